"""Processes that work side by side, and survive a task that kills one of them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from studio.album.crew import Crew, Lost
from studio.errors import Cancelled, EngineUnavailable

HERE = Path(__file__).resolve().parent


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """`crew_tasks.work`, which other processes find by PYTHONPATH."""
    spec = importlib.util.spec_from_file_location("crew_tasks", HERE / "crew_tasks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "crew_tasks", module)
    monkeypatch.syspath_prepend(str(HERE))
    return module.work


def test_everything_is_done_by_others(work: Callable[[str], str]) -> None:
    tasks = [f"task {number}" for number in range(8)]
    found = dict(Crew(work, 2, seconds=60).run(tasks))
    assert sorted(found) == sorted(tasks)
    assert all(str(found[task]).startswith(f"{task} by ") for task in tasks)
    assert str(os.getpid()) not in {str(answer).split()[-1] for answer in found.values()}
    assert list(Crew(work, 2, seconds=60).run([])) == []


def test_a_task_that_kills_or_hangs_is_named_and_the_rest_goes_on(work: Callable[[str], str]) -> None:
    found = dict(Crew(work, 2, seconds=1.5).run(["a", "die", "b", "hang", "c", "d"]))
    assert isinstance(found["die"], Lost)
    assert "exit code 3" in found["die"].reason
    assert isinstance(found["hang"], Lost)
    assert "longer than" in found["hang"].reason
    assert all(str(found[task]).startswith(task) for task in "abcd")


def test_processes_are_replaced_so_that_nothing_grows(work: Callable[[str], str]) -> None:
    found = dict(Crew(work, 1, seconds=60, files_each=2).run(["a", "b", "c", "d", "e"]))
    assert len({str(answer).split()[-1] for answer in found.values()}) == 3


def test_the_user_can_stop_it_and_nobody_stays_behind(work: Callable[[str], str]) -> None:
    stop = threading.Event()
    crew = Crew(work, 2, seconds=60).run(["a", "hang", "hang", "hang"], stop)
    next(crew)
    stop.set()
    with pytest.raises(Cancelled):
        list(crew)
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def test_whoever_is_killed_takes_the_others_along(work: Callable[[str], str], tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, crew_tasks\nfrom studio.album.crew import Crew\n"
        "if __name__ == '__main__':\n"
        "    for task, answer in Crew(crew_tasks.work, 2, seconds=60).run(['a', 'b', 'c']):\n"
        "        print(answer.split()[-1], flush=True)\n"
        "        if task == 'b':\n            os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent.parent}"})  # fmt: skip
    assert done.returncode == -9
    pids = {int(line) for line in done.stdout.split()}
    assert pids
    deadline = time.monotonic() + 10
    while any(psutil.pid_exists(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_script_without_a_main_guard_is_told_so(work: Callable[[str], str], tmp_path: Path) -> None:
    script = tmp_path / "bare.py"
    script.write_text(
        "import crew_tasks\nfrom studio.album.crew import Crew\nlist(Crew(crew_tasks.work, 1, seconds=60).run(['a']))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent.parent}"})  # fmt: skip
    assert f"{EngineUnavailable.__name__}: " in done.stderr
    assert "its first call has to stand under" in done.stderr
