"""The queue: nothing is lost, whatever ends when."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import types
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import studio
from studio.app import jobs, worker
from studio.app.keeper import Keeper
from studio.app.projects import queue_dir
from studio.errors import AudioUnusable, Cancelled
from studio.types import Progress, Render

ROOT = Path(studio.__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_PROJECTS_DIR", str(tmp_path / "projects"))
    monkeypatch.setenv("STUDIO_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def pipeline(monkeypatch):
    """A pipeline whose render can be given; by default it ends at once."""
    fake = types.ModuleType("studio.pipeline")
    fake.calls = []

    def render(production, output, *, draft=False, on_progress, cancel):
        fake.calls.append((production, output, draft))
        on_progress(Progress("speak", "line 1", 0.5, 4.0))
        return Render(output / "f.mp4", (output / "f.vtt",), output / "recipe.json", Fraction(3, 2), "0" * 64)

    fake.render = render
    # The films of these tests are names only.
    monkeypatch.setattr("studio.app.poster.make", lambda made: made.path.with_suffix(".png"))
    monkeypatch.setitem(sys.modules, "studio.pipeline", fake)
    monkeypatch.setattr(studio, "pipeline", fake, raising=False)
    return fake


def submit(tmp_path: Path, name: str = "Ruth") -> str:
    return worker.submit(tmp_path / "ruth" / "production.yaml", tmp_path / "films" / "ruth", draft=True, name=name)


def until(condition, seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def working(pipeline):
    """A worker at work in a thread, ended with the test."""
    desks = []
    make = worker._Desk.__init__

    def remember(self):
        make(self)
        desks.append(self)

    def work():
        with pytest.raises(KeyboardInterrupt):
            worker.work()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker._Desk, "__init__", remember)
        thread = threading.Thread(target=work)
        thread.start()
        until(lambda: desks and worker.working())
        yield pipeline
        desks[0].leaving.set()
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_a_job_is_made_and_its_result_written_down(working, tmp_path):
    job = submit(tmp_path)
    until(lambda: worker.status(job).state == "done")
    status = worker.status(job)
    assert working.calls == [(tmp_path / "ruth/production.yaml", tmp_path / "films/ruth", True)]
    assert (status.done, status.duration_s, status.name) == (1.0, 1.5, "Ruth")
    assert (status.film, status.poster) == (str(tmp_path / "films/ruth/f.mp4"), str(tmp_path / "films/ruth/f.png"))
    assert status.captions == (str(tmp_path / "films/ruth/f.vtt"),)


def test_jobs_are_made_one_at_a_time_and_in_order(working, tmp_path):
    at_work, most, order = [], [], []

    def render(production, output, *, draft, on_progress, cancel):
        at_work.append(1)
        most.append(len(at_work))
        order.append(production.parent.name)
        time.sleep(0.1)
        at_work.pop()
        return Render(output, (), output, Fraction(1), "")

    working.render = render
    names = ["one", "two", "three"]
    made = [worker.submit(tmp_path / name / "production.yaml", tmp_path) for name in names]
    until(lambda: all(worker.status(job).state == "done" for job in made))
    assert order == names
    assert max(most) == 1
    assert [job.name for job in worker.listing()] == names[::-1]


def test_progress_can_be_read_while_it_works(working, tmp_path):
    go_on = threading.Event()

    def render(production, output, *, draft, on_progress, cancel):
        on_progress(Progress("animate", "scene 2", 0.4, 12.0))
        assert go_on.wait(10)
        return Render(output, (), output, Fraction(1), "")

    working.render = render
    job = submit(tmp_path)
    until(lambda: worker.status(job).stage == "animate")
    status = worker.status(job)
    assert (status.state, status.detail, status.done, status.remaining_s) == ("running", "scene 2", 0.4, 12.0)
    go_on.set()
    until(lambda: worker.status(job).state == "done")


def test_a_running_job_is_stopped(working, tmp_path):
    def render(production, output, *, draft, on_progress, cancel):
        on_progress(Progress("animate", "", 0.1))
        while not cancel.is_set():
            time.sleep(0.01)
        raise Cancelled("Stopped.")

    working.render = render
    job = submit(tmp_path)
    until(lambda: worker.status(job).state == "running")
    worker.cancel(job)
    until(lambda: worker.status(job).state == "cancelled")
    worker.cancel(job)
    assert worker.status(job).state == "cancelled"


def test_a_waiting_job_is_stopped_at_once(pipeline, tmp_path):
    job = submit(tmp_path)
    worker.cancel(job)
    assert worker.status(job).state == "cancelled"
    worker.make(job)
    assert pipeline.calls == []


def test_what_went_wrong_is_kept_for_the_user(pipeline, tmp_path):
    def render(*args, **how):
        raise AudioUnusable("tape.wav is silent. Choose another recording.")

    pipeline.render = render
    job = submit(tmp_path)
    worker.make(job)
    assert worker.status(job).state == "failed"
    assert worker.status(job).error == "tape.wav is silent. Choose another recording."


def test_a_bug_ends_the_job_and_not_the_worker(pipeline, tmp_path, monkeypatch):
    def render(*args, **how):
        raise ValueError("shapes differ")

    told = []
    monkeypatch.setattr(worker.log, "exception", lambda *words: told.append(words))
    pipeline.render = render
    job = submit(tmp_path)
    worker.make(job)
    assert worker.status(job).state == "failed"
    assert "shapes differ" in worker.status(job).error
    assert len(told) == 1


def test_a_job_of_a_killed_worker_is_put_back(pipeline, tmp_path):
    job = submit(tmp_path)
    queue, _ = worker._queue(queue_dir() / "queue.db")
    assert queue.dequeue().args[0] == job
    jobs.save(replace(worker.status(job), state="running", attempts=1, stage="animate", done=0.4))
    worker._recover()
    assert worker.status(job).state == "queued"
    assert queue.dequeue().args[0] == job


def test_a_job_that_never_reached_the_queue_is_found(tmp_path):
    job = jobs.new("Ruth", tmp_path / "p.yaml", tmp_path, draft=False)
    queue, _ = worker._queue(queue_dir() / "queue.db")
    worker._recover()
    assert queue.pending_count() == 0  # its submitter may be about to queue it
    jobs.save(replace(job, created=job.created - jobs.LOST - 1))
    worker._recover()
    worker._recover()
    assert [task.args[0] for task in queue.pending()] == [job.id]


def test_a_job_that_kills_every_worker_is_given_up(tmp_path):
    job = jobs.new("Ruth", tmp_path / "p.yaml", tmp_path, draft=False)
    jobs.save(replace(job, state="running", attempts=worker.MOST_ATTEMPTS))
    worker._recover()
    assert worker.status(job.id).state == "failed"
    assert "memory" in worker.status(job.id).error


def test_a_stop_that_the_killed_worker_did_not_hear_still_counts(tmp_path):
    job = jobs.new("Ruth", tmp_path / "p.yaml", tmp_path, draft=False)
    jobs.save(replace(job, state="running", attempts=1))
    worker.cancel(job.id)
    assert worker.status(job.id).stopping
    worker._recover()
    assert worker.status(job.id).state == "cancelled"


def test_there_is_one_worker(working):
    with pytest.raises(worker.WorkerBusy), worker._only_worker(patience=0.0):
        pass


def test_the_queue_file_holds_data_and_no_code(tmp_path):
    job = submit(tmp_path)
    queue, _ = worker._queue(queue_dir() / "queue.db")
    (message,) = queue.storage.enqueued_items()
    assert json.loads(message)[6] == [job]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a/b", "ключ", "nothing"])
def test_only_real_ids_are_looked_up(name):
    with pytest.raises(jobs.JobUnknown):
        worker.status(name)


def test_a_damaged_job_file_hides_only_itself(tmp_path):
    job = submit(tmp_path)
    (queue_dir() / "broken.job.json").write_text("{", encoding="utf-8")
    assert [found.id for found in worker.listing()] == [job]


# ---- with real processes; the productions do not exist, so that the true pipeline refuses them at once


def started(tmp_path: Path, *args: str, **how) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "studio", "worker", *args],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **how,
    )


def test_a_worker_process_ends_with_its_parent(tmp_path):
    child = started(tmp_path, "--with-parent", stdin=subprocess.PIPE)
    until(worker.working)
    child.stdin.close()
    assert child.wait(timeout=10) == 0
    assert not worker.working()


def test_a_worker_process_ends_by_ctrl_c(tmp_path):
    child = started(tmp_path, stderr=subprocess.PIPE)
    until(worker.working)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=10)
    assert child.returncode == 130
    assert b"Traceback" not in said


def test_the_keeper_starts_a_worker_again(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.app.keeper.LOOK", 0.1)
    keeper = Keeper()
    keeper.start()
    try:
        until(lambda: worker.working() and keeper.pid is not None)
        first = keeper.pid
        os.kill(first, signal.SIGKILL)
        until(lambda: keeper.pid not in (None, first) and worker.working())
        job = submit(tmp_path)
        until(lambda: worker.status(job).state == "failed", 60)
        assert "production.yaml" in worker.status(job).error
    finally:
        keeper.stop()
    assert keeper.pid is None
    assert not worker.working()
