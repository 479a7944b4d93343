"""Work in another process: results and errors come back, and the process goes when it is let go."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.errors import EngineUnavailable, TextUnspeakable
from studio.media.aside import Aside
from studio.types import AudioClip


def doubled(clip: AudioClip) -> AudioClip:
    os.write(1, b"a library that talks on stdout\n")
    return AudioClip(clip.samples * 2, clip.sample_rate)


def refused(text: str) -> None:
    raise TextUnspeakable(f"{text} cannot be spoken.")


def test_what_is_made_there_comes_back() -> None:
    aside = Aside()
    try:
        clip = AudioClip(np.full((1, 1000), 0.25, np.float32), 48_000)
        made = aside(doubled, clip)
        assert made.sample_rate == 48_000 and np.array_equal(made.samples, clip.samples * 2)
        assert aside(os.getpid) == aside(os.getpid) != os.getpid()
        with pytest.raises(TextUnspeakable, match="It cannot be spoken"):
            aside(refused, "It")
        assert aside(len, "four") == 4
    finally:
        aside.end()


def test_it_ends_and_begins_again() -> None:
    aside = Aside()
    first = aside(os.getpid)
    aside.end()
    assert not Path(f"/proc/{first}").exists() if sys.platform == "linux" else True
    assert aside(os.getpid) != first
    aside.end()
    aside.end()


def test_a_process_that_dies_is_said() -> None:
    aside = Aside()
    with pytest.raises(EngineUnavailable, match="stopped in the middle"):
        aside(os._exit, 1)
    assert aside(len, "it is back") == 10
    aside.end()


def test_what_cannot_be_sent_back_is_said() -> None:
    aside = Aside()
    with pytest.raises(EngineUnavailable):
        aside(open, os.devnull)
    aside.end()
