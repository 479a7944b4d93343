"""The measures on a clip made here, and on the same clip spoiled in known ways: each must move, and the right way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.errors import FaceNotFound
from studio.head import agreement, animate, bands, motion, portrait, quality, verdict
from studio.head.agreement import Heard
from studio.head.quality import Observed, Reference
from studio.media.image import read_image
from studio.media.video import read_video
from studio.types import MOTION_CURVES, U8, AudioClip, FaceMotion, FrameSource, Portrait, Speech

RATE = Fraction(25)
PAUSE = 1.0  # s of silence after the words
Figures = dict[str, float | None]


@pytest.fixture(scope="module")
def small(hopper_photo: U8) -> Portrait:
    return portrait.make(hopper_photo, max_size=(320, 400))


@pytest.fixture(scope="module")
def speech() -> Speech:
    from studio.voice.speak import speak

    said = speak("Papa wants my apple, Mama saw a boat.", "en", None)
    rest = np.zeros((1, round(PAUSE * said.audio.sample_rate)), np.float32)
    return replace(said, audio=AudioClip(np.concatenate([said.audio.samples, rest], axis=1), said.audio.sample_rate))


@pytest.fixture(scope="module")
def acted(speech: Speech) -> FaceMotion:
    return motion.perform(speech, int(speech.audio.duration * RATE), RATE, seed=1)


@pytest.fixture(scope="module")
def frames(small: Portrait, acted: FaceMotion) -> list[U8]:
    return list(animate.animate(small, acted).open())


@pytest.fixture(scope="module")
def photo(small: Portrait) -> Reference:
    height, width = small.image.shape[:2]
    return quality.reference(small.image, small.landmarks, window=(0, 0, width, height), region=small.region)


@pytest.fixture(scope="module")
def heard(speech: Speech, frames: list[U8]) -> Heard:
    return agreement.listen(speech.audio, len(frames), RATE)


@pytest.fixture(scope="module")
def seen(frames: list[U8], photo: Reference) -> Observed:
    return quality.observe(source(frames), photo)


@pytest.fixture(scope="module")
def good(seen: Observed, heard: Heard, photo: Reference) -> Figures:
    return verdict.figures(seen, heard, photo, RATE)


def source(frames: list[U8]) -> FrameSource:
    height, width = frames[0].shape[:2]
    return FrameSource(lambda: iter(frames), len(frames), RATE, (width, height))


def spoiled(
    frames: list[U8], photo: Reference, heard: Heard, how: Callable[[U8], U8]
) -> tuple[Figures, tuple[verdict.Moment, ...]]:
    """Figures and moments of a clip with something done to each of its frames."""
    observed = quality.observe(source([how(frame.copy()) for frame in frames]), photo)
    return (
        verdict.figures(observed, heard, photo, RATE),
        verdict.moments(observed, heard, photo, RATE),
    )


def value(figures: Figures, name: str) -> float:
    found = figures[name]
    assert found is not None, f"{name} could not be told"
    return found


def test_a_clip_of_the_studio_is_in_every_band_and_nothing_stands_out(
    good: Figures, seen: Observed, heard: Heard, photo: Reference
) -> None:
    assert set(good) == set(bands.BANDS)
    poor = {name: figure for name, figure in good.items() if bands.BANDS[name].verdict(figure) not in ("good", "none")}
    assert not poor
    assert good["outside"] == 0
    assert verdict.moments(seen, heard, photo, RATE) == ()


@pytest.mark.parametrize("late", [-0.2, 0.2])
def test_a_shifted_sound_is_found_within_a_frame(
    speech: Speech, seen: Observed, good: Figures, frames: list[U8], late: float
) -> None:
    """The sound 200 ms late is a mouth 200 ms early."""
    moved = np.roll(speech.audio.samples, round(late * speech.audio.sample_rate), axis=1)
    heard = agreement.listen(AudioClip(moved, speech.audio.sample_rate), len(frames), RATE)
    found = agreement.agree(seen.opening, heard, RATE)
    assert found.lag_s is not None
    assert found.lag_s - value(good, "lag") / 1000 == pytest.approx(-late, abs=0.04)
    assert bands.BANDS["lag"].verdict(1000 * found.lag_s) != "good"


def test_too_little_speech_gives_no_lag(seen: Observed, frames: list[U8]) -> None:
    silence = AudioClip(np.zeros((1, 48_000 * 5), np.float32), 48_000)
    found = agreement.agree(seen.opening, agreement.listen(silence, len(frames), RATE), RATE)
    assert found.lag_s is None
    assert found.spoken_s == 0


def test_a_mouth_that_flutters_in_a_pause(
    small: Portrait, acted: FaceMotion, photo: Reference, heard: Heard, good: Figures
) -> None:
    curves = acted.curves.copy()
    resting = np.flatnonzero(heard.resting)
    curves[resting, MOTION_CURVES.index("jaw")] = 0.5 + 0.5 * np.sin(resting)
    fluttering = animate.animate(small, FaceMotion(curves, RATE))
    observed = quality.observe(fluttering, photo)
    figures = verdict.figures(observed, heard, photo, RATE)
    assert value(good, "flutter") < 5
    assert bands.BANDS["flutter"].verdict(figures["flutter"]) == "poor"
    assert any(moment.kind == "pause" for moment in verdict.moments(observed, heard, photo, RATE))


def test_a_blurred_mouth(frames: list[U8], photo: Reference, heard: Heard, good: Figures) -> None:
    x0, y0, x1, y1 = around_mouth(photo)

    def blur(frame: U8) -> U8:
        frame[y0:y1, x0:x1] = cv2.GaussianBlur(frame[y0:y1, x0:x1], (0, 0), 2.5)
        return frame

    figures, moments = spoiled(frames, photo, heard, blur)
    assert value(figures, "lips") < 0.5 * value(good, "lips")
    assert value(figures, "inside") < 0.5 * value(good, "inside")
    assert bands.BANDS["lips"].verdict(figures["lips"]) == "poor"
    assert {moment.kind for moment in moments} & {"lips", "inside"}


def test_a_pasted_box(frames: list[U8], photo: Reference, heard: Heard, good: Figures) -> None:
    x0, y0, x1, y1 = around_mouth(photo)

    def paste(frame: U8) -> U8:
        frame[y0:y1, x0:x1] = np.clip(frame[y0:y1, x0:x1].astype(int) + 30, 0, 255)
        return frame

    figures, moments = spoiled(frames, photo, heard, paste)
    assert value(figures, "seam") > 1.25 * value(good, "seam")
    assert bands.BANDS["seam"].verdict(figures["seam"]) != "good"
    assert value(figures, "likeness") == pytest.approx(value(good, "likeness"), abs=0.12)
    assert len(moments) <= verdict.MOST_MOMENTS


def test_a_face_of_other_proportions(frames: list[U8], photo: Reference, heard: Heard, good: Figures) -> None:
    height, width = frames[0].shape[:2]

    def stretch(frame: U8) -> U8:
        taller: U8 = cv2.resize(frame, (width, round(height * 1.2)), interpolation=cv2.INTER_LINEAR)
        return taller[:height]

    figures, _ = spoiled(frames, photo, heard, stretch)
    assert value(figures, "geometry") > 2 * value(good, "geometry")
    assert value(figures, "likeness") < value(good, "likeness") - 0.2


def test_another_face(shared: Path, photo: Reference, heard: Heard, good: Figures) -> None:
    other = portrait.make(read_image(shared / "media/portraits/liveportrait_s11.jpg"), max_size=(320, 400))
    observed = quality.observe(source([other.image] * 8), replace(photo, window=None, region=None, rings=photo.rings))
    figures = verdict.figures(
        observed, agreement.listen(AudioClip(np.zeros((1, 16_000), np.float32), 16_000), 8, RATE), photo, RATE
    )
    assert np.nanmax(verdict.likeness(observed)) < 0.35
    assert np.nanmax(observed.texture) < bands.BANDS["texture"].fair[0]
    assert figures["lag"] is None


def test_a_background_that_swims_is_seen(frames: list[U8], photo: Reference, heard: Heard) -> None:
    numbers = iter(range(len(frames)))

    def swim(frame: U8) -> U8:
        frame[:6, :6] += np.uint8(next(numbers) % 3)
        return frame

    figures, moments = spoiled(frames, photo, heard, swim)
    assert value(figures, "outside") >= 1
    assert moments and {moment.kind for moment in moments} == {"outside"}
    apart = np.diff([moment.frame for moment in moments])
    assert (apart >= verdict.APART_S * RATE).all()


def test_a_trembling_head(frames: list[U8], photo: Reference, heard: Heard, good: Figures) -> None:
    numbers = iter(range(len(frames)))

    def tremble(frame: U8) -> U8:
        by = 1.5 if next(numbers) % 2 else -1.5
        shift = np.array([[1, 0, by], [0, 1, 0]], np.float32)
        moved: U8 = cv2.warpAffine(frame, shift, frame.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        return moved

    figures, _ = spoiled(frames, photo, heard, tremble)
    assert value(figures, "shake") > 10 * value(good, "shake")
    assert bands.BANDS["shake"].verdict(figures["shake"]) == "poor"


def test_a_mouth_that_is_not_seen_to_open_is_not_called_wrong(
    frames: list[U8], photo: Reference, heard: Heard, small: Portrait
) -> None:
    """Under a beard nobody sees lips: the page must not say that they are out of time."""
    figures, moments = spoiled(frames, photo, heard, lambda _: small.image)
    assert value(figures, "opening") < 100 * verdict.LEAST_RANGE
    assert bands.BANDS["opening"].verdict(figures["opening"]) == "look"
    assert [figures[name] for name in ("lag", "agreement", "rest", "flutter")] == [None] * 4
    assert moments == ()


def test_a_face_that_is_gone_for_a_while(frames: list[U8], photo: Reference, heard: Heard) -> None:
    empty = [np.full_like(frame, 127) if 30 <= i < 50 else frame for i, frame in enumerate(frames)]
    observed = quality.observe(source(empty), photo)
    (gone,) = [one for one in verdict.moments(observed, heard, photo, RATE) if one.kind == "unseen"]
    assert gone.frame == 30
    assert gone.value == pytest.approx(0.8, abs=0.1)


def test_a_clip_without_any_face_is_refused(photo: Reference) -> None:
    with pytest.raises(FaceNotFound, match="No face"):
        quality.observe(source([np.zeros((400, 320, 3), np.uint8)] * 3), photo)


def test_a_real_speaker_is_good_and_in_sync(shared: Path) -> None:
    path = shared / "media/talking/grid_samples/evaluation__samples__GRID__sbwe5n.mpg"
    from studio.media.audio import read_audio

    clip = read_video(path)
    first = next(iter(clip.open()))
    photo = quality.read(first, clip.size, framed=False)
    observed = quality.observe(clip, photo)
    figures = verdict.figures(
        observed,
        agreement.listen(read_audio(path, mono=True), clip.num_frames, clip.frame_rate),
        photo,
        clip.frame_rate,
    )
    assert abs(value(figures, "lag")) < 45
    assert value(figures, "likeness") > 0.65
    assert bands.BANDS["agreement"].verdict(figures["agreement"]) == "good"


def around_mouth(photo: Reference) -> tuple[int, int, int, int]:
    """The square in which networks paint: 1.4 eye distances around the lips."""
    from studio.head import mesh

    unit = mesh.eye_distance(photo.landmarks)
    x, y = photo.landmarks[list(mesh.OUTER_UPPER + mesh.OUTER_LOWER), :2].mean(axis=0)
    half = 0.7 * unit
    return int(x - half), int(y - half), int(x + half), int(y + half)
