"""A clean room for every test: nothing in the working directory, no network, no logged errors, one thread."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def clean_room(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """No test may write to the working directory, use the network, log an error, or touch the user's own cache."""
    room = tmp_path_factory.mktemp("cwd")
    home = tmp_path_factory.mktemp("home")
    monkeypatch.chdir(room)
    monkeypatch.setenv("STUDIO_CACHE_DIR", str(home / "cache"))
    monkeypatch.setenv("STUDIO_PROJECTS_DIR", str(home / "projects"))
    monkeypatch.setenv("STUDIO_VOICES_DIR", str(home / "voices"))
    connect = socket.socket.connect

    def loopback_only(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else str(address)
        if isinstance(address, tuple) and host not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", loopback_only)
    yield
    left = sorted(path.name for path in room.iterdir())
    assert not left, f"files left in the working directory: {left}"
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, errors


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Two threads of one test and two of another fight for two cores and take ten times as long."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def hopper() -> Path:
    """Rear Admiral Grace Hopper, official US Navy photograph (public domain), from matplotlib's wheel."""
    from matplotlib import cbook

    return Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real portraits and recordings beside the checkout, where there is one."""
    folder = ROOT.parent / "shared"
    if not (folder / "media").is_dir():
        pytest.skip("no ../shared/media beside the checkout: real portraits and recordings are not here")
    return folder


@pytest.fixture(scope="session")
def couple(hopper: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of two people side by side: Grace Hopper, and herself in the mirror."""
    from PIL import Image, ImageOps

    one = Image.open(hopper).convert("RGB")
    one = one.resize((round(one.width * 0.6), round(one.height * 0.6)))
    both = Image.new("RGB", (2 * one.width, one.height))
    both.paste(one, (0, 0))
    both.paste(ImageOps.mirror(one), (one.width, 0))
    path = tmp_path_factory.mktemp("couple") / "couple.png"
    both.save(path)
    return path
