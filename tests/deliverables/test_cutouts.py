from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.media import ffmpeg
from studio.media.probe import probe

pytestmark = pytest.mark.film


def alpha_of(path: Path, folder: Path, *decoder: str) -> np.ndarray[Any, Any]:
    """The decoded alpha of a video, uint8 (N, H, W)."""
    info = probe(path).video
    assert info is not None
    raw = folder / "alpha.raw"
    ffmpeg.run([*decoder, "-i", str(path), "-vf", "alphaextract,format=gray", "-f", "rawvideo", str(raw)])
    return np.fromfile(raw, np.uint8).reshape(-1, info.height, info.width)


@pytest.mark.parametrize(
    ("name", "decoder", "said"),
    [("p-one-alpha.mov", (), "yuva444p"), ("p-one-alpha.webm", ("-c:v", "libvpx-vp9"), "alpha_mode")],
)
def test_the_ground_is_see_through_and_the_person_is_not(
    handed_out: Any, tmp_path: Path, name: str, decoder: tuple[str, ...], said: str
) -> None:
    path = handed_out.file(name)
    alpha = alpha_of(path, tmp_path, *decoder)
    height, width = alpha.shape[1:]
    face = alpha[:, height // 4 : height // 2, 2 * width // 5 : 3 * width // 5]
    assert face.min() > 245
    # Left of her shoulder and above; the label and the draft mark are along the top and stay solid.
    assert alpha[:, height // 3 : height // 2, : width // 10].max() < 40
    assert alpha[:, 4, width // 2].min() > 200
    text = ffmpeg.run(["-i", str(path), "-f", "null", "-"])
    assert said in text and "Audio" in text
    tags = {key.lower(): value for key, value in probe(path).tags.items()}
    assert json.loads(tags["aigc"])["Label"] == "1"


def test_the_outline_does_not_tremble(handed_out: Any, tmp_path: Path) -> None:
    alpha = alpha_of(handed_out.file("p-one-alpha.mov"), tmp_path).astype(int)
    assert np.abs(np.diff(alpha, axis=0)).mean() < 0.5
