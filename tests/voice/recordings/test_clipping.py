"""Cut tops are seen, and put back where they were."""

from __future__ import annotations

import numpy as np
import pytest

from studio.types import F32, AudioClip
from studio.voice.recordings.clipping import Cut, Tops, declipped


@pytest.fixture(scope="module")
def voice(voice_clip: AudioClip) -> F32:
    sound = voice_clip.mono()
    return np.asarray(0.9 * sound / np.abs(sound).max(), dtype=np.float32)


def cut_of(*blocks: F32) -> Cut | None:
    tops = Tops()
    for block in blocks:
        tops.hear(block)
    return tops.cut()


def test_a_loud_voice_is_not_a_clipped_one(voice: F32) -> None:
    assert cut_of(voice) is None
    assert cut_of(np.zeros(100, np.float32)) is None
    assert cut_of(0.05 * np.clip(voice, -0.3, 0.3)) is None


def test_the_cut_is_found_on_either_side_and_in_any_blocks(voice: F32) -> None:
    clipped = np.clip(voice, -0.4, 0.3).astype(np.float32)
    cut = cut_of(clipped[:20_000], clipped[20_000:])
    assert cut is not None
    assert (cut.low, cut.high) == pytest.approx((-0.4, 0.3), abs=1e-4)
    assert cut.share == pytest.approx(float((np.abs(voice - clipped) > 0).mean()), rel=0.1)
    upper = cut_of(np.minimum(voice, np.float32(0.3)))
    assert upper is not None
    assert upper.low == -np.inf


def test_tops_come_back_and_the_rest_stays(voice: F32, voice_clip: AudioClip) -> None:
    voice = voice[: 3 * voice_clip.sample_rate]
    clipped = np.clip(voice, -0.35, 0.35).astype(np.float32)
    cut = cut_of(clipped)
    assert cut is not None
    mended = declipped(clipped, cut, voice_clip.sample_rate)
    lost = np.abs(clipped) >= 0.349
    assert np.array_equal(mended[~lost], clipped[~lost])
    assert (np.abs(mended[lost]) >= 0.349).all()

    def snr_db(samples: F32) -> float:
        return float(10 * np.log10(np.square(voice).sum() / np.square(samples - voice).sum()))

    assert snr_db(mended) > snr_db(clipped) + 5


def test_one_side_alone_is_mended(voice: F32, voice_clip: AudioClip) -> None:
    voice = voice[: voice_clip.sample_rate]
    clipped = np.minimum(voice, np.float32(0.3))
    mended = declipped(clipped, Cut(-np.inf, 0.3, 0.01), voice_clip.sample_rate)
    assert np.isfinite(mended).all()
    assert mended.max() > 0.35
    assert mended.min() == voice.min()
