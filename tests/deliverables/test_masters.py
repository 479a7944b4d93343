from __future__ import annotations

import json
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from studio.edit.loudness import measure
from studio.media import ffmpeg
from studio.media.audio import read_audio
from studio.media.probe import probe
from studio.media.video import read_video

pytestmark = pytest.mark.film


@pytest.mark.parametrize("codec", ["mp3", "m4a"])
def test_the_sound_alone_says_first_what_it_is(handed_out: Any, codec: str) -> None:
    path, film = handed_out.file(f"p.{codec}"), handed_out.render
    info = probe(path)
    assert info.video is None and info.tags["title"] == "Grace 奶奶" and json.loads(info.tags["AIGC"])["Label"] == "1"
    sound = read_audio(path, mono=True)
    lead = float(sound.duration - film.duration)
    assert 1 < lead < 4  # the spoken notice and the pause after it
    said = sound.mono()[: int((lead - 0.7) * sound.sample_rate)]
    pause = sound.mono()[int((lead - 0.6) * sound.sample_rate) : int((lead - 0.1) * sound.sample_rate)]
    assert np.sqrt(np.mean(said**2)) > 0.02 and np.abs(pause).max() < 0.01
    text = ffmpeg.run(["-i", str(path), "-f", "null", "-"])
    assert "A = b; #1" in text and "二" in text
    assert measure(path).true_peak < -0.5


def test_the_master_keeps_every_value(handed_out: Any) -> None:
    master, film = handed_out.file("p-mezzanine.mkv"), handed_out.render
    text = ffmpeg.run(["-i", str(master), "-f", "null", "-"])
    assert "ffv1" in text and "pcm_s24le" in text and "二" in text
    info = probe(master)
    assert json.loads(info.tags["AIGC"])["Label"] == "1" and info.duration == pytest.approx(film.duration, abs=0.02)
    kept, seen = list(read_video(master).open()), list(read_video(film.path).open())
    assert len(kept) == len(seen) == film.duration * F(25)
    assert np.mean([np.abs(a.astype(int) - b).mean() for a, b in zip(kept, seen, strict=True)]) < 2
