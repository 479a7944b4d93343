"""Engines whose packages cannot live beside the studio's: each runs in a Python environment and a process of its own.

The environment is made by hand, once, in `cache_dir`/engines/NAME; studio/voice/engines/isolated_child.py is what runs
in it, and says how the two talk.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from studio.errors import EngineUnavailable
from studio.settings import settings
from studio.types import F32
from studio.voice.engines import ISOLATED

LOAD_TIMEOUT_S = 600.0  # gigabytes from a slow disk
ANSWER_TIMEOUT_S = 900.0  # a long sentence on a processor that is a tenth as fast as it should be
_END_TIMEOUT_S = 5.0
_LAST_WORDS = 160  # characters of stderr that go into a sentence
_PROTOCOL = 1
_CHILD = Path(__file__).with_name("isolated_child.py")
# What would make the child find this environment's packages instead of its own, or fetch something.
_KEPT_OUT = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def environment(name: str) -> Path:
    """The folder of the Python environment that the engine runs in."""
    return settings().cache_dir / "engines" / name


def interpreter(name: str) -> Path:
    """The Python of that environment, whether it is there or not."""
    return environment(name) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def lacking(name: str) -> str:
    """What has to be done before the engine can run, without a full stop; "" where its environment is there."""
    if interpreter(name).exists():
        return ""
    folder = environment(name)
    # Not whatever Python is the newest: these packages come later to that one.
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"{name} runs in a Python environment of its own, which is not here. Make it with: "
        f"uv venv --python {version} {folder} && uv pip install --python {folder} {ISOLATED[name]}"
    )


class Isolated:
    """One engine in its own process, started when it is first needed and again after it died."""

    def __init__(self, name: str, python: Path, engine: Path, folder: Path) -> None:
        """Take what there is to run.

        Args:
            name: of the engine, for errors.
            python: the interpreter.
            engine: the file that is the engine there; see studio/voice/engines/isolated_child.py.
            folder: its weights.
        """
        self.name = name
        self.load_timeout_s, self.answer_timeout_s = LOAD_TIMEOUT_S, ANSWER_TIMEOUT_S
        # -I, for else the folder of _CHILD is searched first, and the engines in it have the names of their packages.
        self._command = [str(python), "-I", "-X", "utf8", str(_CHILD), str(engine), str(folder)]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._words: IO[bytes] | None = None
        self._asked = 0
        atexit.register(self.close)

    def ask(self, request: Mapping[str, Any]) -> tuple[int, F32]:
        """Sample rate in Hz and samples, float32 (T,), for one request without its id.

        Raises:
            EngineUnavailable: it cannot be started, refuses, takes too long, or stops in the middle.
        """
        with self._lock:
            process = self._running()
            self._asked += 1
            line = json.dumps({**request, "id": self._asked}).encode() + b"\n"
            reply = self._exchange(process, line, self.answer_timeout_s)
            if reply.get("id") != self._asked:
                raise self._ended(process, "answered something else than it was asked")
        if "error" in reply:
            raise EngineUnavailable(
                f"{self.name} cannot say this: {reply['error']}. Reword that line, or take another engine."
            )
        try:
            samples = np.frombuffer(base64.b64decode(reply["samples"], validate=True), dtype="<f4").astype(np.float32)
            return int(reply["sample_rate"]), samples
        except (LookupError, TypeError, ValueError) as error:
            raise EngineUnavailable(
                f"{self.name} answered in a way that is not understood. Install it again."
            ) from error

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, past its first words."""
        # A forked process must not share its parent's pipes.
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        kept = {name: value for name, value in os.environ.items() if name not in _KEPT_OUT}
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  as long as the process
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                env=kept | _OFFLINE,
            )
        except OSError as error:
            raise EngineUnavailable(f"{self.name} cannot be started ({self._command[0]}: {error.strerror}).") from error
        self._process, self._owner = process, os.getpid()
        first = self._exchange(process, b"", self.load_timeout_s)
        if "error" in first:
            self._stop(process)
            raise EngineUnavailable(f"{self.name} cannot be loaded: {first['error']}. Install it or its weights again.")
        if first.get("protocol") != _PROTOCOL:
            raise self._ended(process, "speaks another protocol")
        return process

    def _exchange(self, process: subprocess.Popen[bytes], line: bytes, limit_s: float) -> dict[str, Any]:
        """Write a line, read one."""
        if process.stdin is None or process.stdout is None:
            raise self._ended(process, "has no pipes")
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limit_s, give_up)
        timer.start()
        try:
            if line:
                process.stdin.write(line)
                process.stdin.flush()
            answered = process.stdout.readline()
        except OSError:
            answered = b""
        finally:
            timer.cancel()
        if late.is_set():
            raise self._ended(process, f"gave no answer for {limit_s:g} s and was stopped")
        try:
            reply = json.loads(answered)
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise self._ended(process, "stopped" if not answered else "answered with something else than JSON")
        return reply

    def _ended(self, process: subprocess.Popen[bytes], what: str) -> EngineUnavailable:
        """The error for a process that is of no more use; it has ended then."""
        code = self._stop(process)
        words = ""
        if self._words is not None:
            self._words.seek(0)
            lines = self._words.read().decode("utf-8", "replace").strip().splitlines()
            words = f"; its last words: {lines[-1][:_LAST_WORDS]}" if lines else ""
        return EngineUnavailable(f"{self.name} {what} (exit code {code}{words}). Try again, or take another engine.")

    def _stop(self, process: subprocess.Popen[bytes]) -> int | None:
        self._process = None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # What was still to be written has nobody to read it.
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            return process.wait(timeout=_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def close(self) -> None:
        """End the process, if there is one."""
        process = self._process
        if process is not None and self._owner == os.getpid():
            self._stop(process)


def opened(name: str, folder: Path) -> Isolated:
    """The engine studio/voice/engines/NAME_child.py in its environment, with the weights of a folder.

    Raises:
        EngineUnavailable: the environment is not here.
    """
    if why := lacking(name):
        raise EngineUnavailable(f"{why}.")
    return Isolated(name, interpreter(name), Path(__file__).with_name(f"{name}_child.py"), folder)
