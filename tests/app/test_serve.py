"""`studio web` as people start it: one process for the page, one for the films, both gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

import studio

# A shell that starts something in the background makes it deaf to Ctrl-C; a terminal does not, and is what is meant.
START = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import studio.__main__ as m; m.main()"
ROOT = Path(studio.__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(tmp_path):
    """The running page and its address."""
    port = free_port()
    # A room of its own for the process: what it leaves there would be a litter for the user.
    process = subprocess.Popen(
        [sys.executable, "-c", START, "web", "--no-browser", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}/"
    said = process.stderr.readline()
    assert address in said, said + process.stderr.read()
    yield process, address
    process.kill()
    process.wait()
    process.stderr.close()
    assert list(tmp_path.iterdir()) == []


def workers_of(process: subprocess.Popen[str], seconds: float = 20) -> list[psutil.Process]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = [child for child in psutil.Process(process.pid).children() if "worker" in child.cmdline()]
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("no worker was started")


def test_the_page_answers_on_this_machine_only_and_ends_by_ctrl_c_with_its_worker(served):
    process, address = served
    with urllib.request.urlopen(address) as answer:  # noqa: S310
        assert b"Keepsake Studio" in answer.read()
    listening = [
        link.laddr.ip for link in psutil.Process(process.pid).net_connections("inet") if link.status == "LISTEN"
    ]
    assert set(listening) == {"127.0.0.1"}
    workers = workers_of(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert process.stderr.read().startswith("The page is closed.")
    assert psutil.wait_procs(workers, timeout=10)[1] == []


def test_the_worker_ends_when_the_page_is_killed(served):
    process, _ = served
    workers = workers_of(process)
    process.kill()
    assert psutil.wait_procs(workers, timeout=10)[1] == []


def test_a_second_page_on_the_same_port_says_so(served):
    _, address = served
    port = address.rstrip("/").rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "studio", "web", "--no-browser", "--port", port],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == 2
    assert "--port 0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.film
def test_a_killed_worker_goes_on_and_finishes_the_film(served, hopper):
    """The whole way with the true pipeline: ordered, killed in the middle, finished by the next worker."""
    from studio import templates
    from studio.app import worker
    from studio.app.projects import films_dir, free_folder

    process, _ = served
    production = templates.new(
        "museum-exhibit", free_folder("Grace"), name="Grace Hopper", photos=[hopper], words=["A ship in port is safe."]
    )
    job = worker.submit(production, films_dir() / "grace", draft=True, name="Grace Hopper")
    end = time.monotonic() + 240

    def wait_for(condition) -> None:
        while not condition(worker.status(job)):
            assert time.monotonic() < end
            assert worker.status(job).state != "failed", worker.status(job).error
            time.sleep(0.1)

    wait_for(lambda status: status.state == "running" and status.done > 0.05)
    first = workers_of(process)[0]
    first.kill()
    wait_for(lambda status: status.state == "done")
    status = worker.status(job)
    assert status.attempts == 2
    recipe = json.loads(Path(status.recipe).read_text(encoding="utf-8"))
    assert any(take["cached"] for take in recipe["takes"])
    assert Path(status.film).stat().st_size > 10_000
