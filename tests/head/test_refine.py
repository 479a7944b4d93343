from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from studio import weights
from studio.errors import Cancelled, EngineUnavailable
from studio.head import animate, closeup, mesh, portrait, refine
from studio.head.refine import crops, own
from studio.head.refine.crops import Crops, Engine, Place
from studio.types import F32, MOTION_CURVES, U8, FaceMotion, FrameSource, Portrait

RATE = Fraction(25)


def source(frames: list[U8]) -> FrameSource:
    height, width = frames[0].shape[:2]
    return FrameSource(lambda: iter([frame.copy() for frame in frames]), len(frames), RATE, (width, height))


def spoken(sitter: Portrait, jaws: list[float]) -> list[U8]:
    curves = np.zeros((len(jaws), len(MOTION_CURVES)), np.float32)
    curves[:, MOTION_CURVES.index("jaw")] = jaws
    return list(animate.animate(sitter, FaceMotion(curves, RATE)).open())


@pytest.fixture(scope="module")
def speaking(hopper_portrait: Portrait) -> list[U8]:
    """Closed, opening, open and held, open wider."""
    return spoken(hopper_portrait, [0.0, 0.35, 0.8, 0.8, 1.0])


def engine(what: Callable[[Crops], F32]) -> Engine:
    def refined(given: Crops, seed: int) -> F32:
        assert seed == 0
        return what(given)

    return Engine("own", closeup.SIDE, refined)


def textured(shown: Crops) -> F32:
    """Fine stripes between the lips: a refiner that adds detail and moves nothing."""
    stripes = np.where(np.arange(closeup.SIDE) % 6 < 3, 0.08, -0.08).astype(np.float32)
    made: F32 = np.clip(shown.pictures + shown.inner * stripes, 0, 1).astype(np.float32)
    return made


def close(sitter: Portrait) -> Place:
    return crops.place(sitter.landmarks, (sitter.image.shape[1], sitter.image.shape[0]), closeup.SIDE)


def random_network(strength: float = 0.05) -> own.OwnRefiner:
    torch.manual_seed(1)
    network = own.Refiner((8, 16))
    torch.nn.init.normal_(network.unet.conv_out.weight, 0, strength)
    return own.OwnRefiner(network, device="cpu")


def shown(sitter: Portrait, frame: U8, count: int = 2) -> Crops:
    place = close(sitter)
    inner, outer, reach = (np.stack([mask[None]] * count) for mask in place.masks(sitter.landmarks))
    view = crops.view([(sitter.image, sitter.landmarks)], closeup.SIDE)
    return Crops(np.stack([place.take(frame)] * count), inner, outer, reach, *view)


def test_a_close_up_goes_back_to_where_it_was_taken(hopper_portrait: Portrait) -> None:
    place = close(hopper_portrait)
    x0, y0, x1, y1 = place.box
    back = place.put(np.ascontiguousarray(place.take(hopper_portrait.image).transpose(1, 2, 0))) * 255
    there = hopper_portrait.image[y0:y1, x0:x1].astype(np.float32)
    middle = np.s_[20:-20, 20:-20]
    shift = cv2.phaseCorrelate(back[middle].mean(axis=2), there[middle].mean(axis=2))[0]
    assert np.abs(shift).max() < 0.3
    assert np.abs(back[middle] - there[middle]).mean() < 6
    assert closeup.REACH * 0.9 < (x1 - x0) / (closeup.SIDE / place.scale) * closeup.REACH < closeup.REACH * 1.5


def test_the_view_is_the_one_that_shows_most(hopper_portrait: Portrait) -> None:
    opened = hopper_portrait.landmarks.copy()
    opened[np.array(mesh.INNER_LOWER[1:-1]), 1] += 25
    bright = np.full_like(hopper_portrait.image, 200)
    picture, seen = crops.view([(hopper_portrait.image, hopper_portrait.landmarks), (bright, opened)], closeup.SIDE)
    assert picture.shape == (1, 3, 128, 128)
    assert float(picture.min()) > 0.7
    assert float(seen.sum()) > 200


def test_an_untrained_refiner_changes_nothing(hopper_portrait: Portrait, speaking: list[U8]) -> None:
    given = shown(hopper_portrait, speaking[2])
    made = own.OwnRefiner(own.Refiner((8, 16)), device="cpu").refine(given, 0)
    np.testing.assert_allclose(made, given.pictures, atol=1e-5)


def test_the_refiner_changes_lips_only_and_by_the_same_noise(hopper_portrait: Portrait, speaking: list[U8]) -> None:
    given = shown(hopper_portrait, speaking[2])
    network = random_network()
    made = network.refine(given, 7)
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= 1
    away = cv2.dilate(given.outer[0, 0], np.ones((31, 31), np.uint8)) == 0
    assert np.array_equal(made[0][:, away], given.pictures[0][:, away])
    assert np.abs(made - given.pictures).max() > 0.02
    np.testing.assert_allclose(made[0], made[1], atol=1e-5)
    assert np.array_equal(made, network.refine(given, 7))
    assert not np.array_equal(made, network.refine(given, 8))
    with pytest.raises(ValueError, match="128"):
        network.refine(given._replace(pictures=given.pictures[..., :64]), 0)


def test_a_walk_ends_where_the_network_says(hopper_portrait: Portrait, speaking: list[U8]) -> None:
    """A network that always names one picture is followed there in any number of steps."""

    class Sure(own.Refiner):
        def forward(self, now: torch.Tensor, sigma: torch.Tensor, known: own.Mouths) -> torch.Tensor:
            assert now.shape[0] == sigma.shape[0]
            return torch.full_like(now, 0.25)

    x0, y0, x1, y1 = own.BOX
    size = (y1 - y0, x1 - x0)
    known = own.Mouths(torch.rand(1, 3, *size), *(torch.rand(1, n, *size) for n in (1, 1, 3, 1)))
    noise = own.noise_like(known.coarse, torch.Generator().manual_seed(0))
    assert 0.8 * own.NOISE < float(noise.std()) < 1.2 * own.NOISE
    for sigmas in ((1.0,), (1.0, 0.5), (1.0, 0.75, 0.5, 0.25)):
        torch.testing.assert_close(own.walk(Sure((8, 16)), known, noise, sigmas), torch.full((1, 3, *size), 0.25))


def test_weights_that_are_missing_or_damaged_are_named(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"gone\.safetensors is missing"):
        own.load(tmp_path / "gone.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"no tensors")
    with pytest.raises(EngineUnavailable, match=r"bad\.safetensors is damaged"):
        own.load(tmp_path / "bad.safetensors")
    with pytest.raises(ValueError, match="none"):
        refine.load("none")


def test_only_open_lips_change(hopper_portrait: Portrait, speaking: list[U8]) -> None:
    made = refine.refine(source(speaking), hopper_portrait, engine(textured))
    assert (made.num_frames, made.frame_rate, made.size) == (5, RATE, source(speaking).size)
    after = list(made.open())
    assert np.array_equal(after[0], speaking[0])
    assert (made.tally.refined, made.tally.untouched, made.tally.fallen_back) == (4, 1, 0)
    reach = cv2.dilate(close(hopper_portrait).masks(hopper_portrait.landmarks)[1], np.ones((9, 9), np.uint8))
    x0, y0, x1, y1 = close(hopper_portrait).box
    for before, now in zip(speaking[1:], after[1:], strict=True):
        different = (before != now).any(axis=2)
        assert different.sum() > 100
        different[y0:y1, x0:x1] = False
        assert not different.any()
    # Above the lips, inside the close-up, nothing changes either.
    above = close(hopper_portrait).put(reach)[: (y1 - y0) // 6] == 0
    change = (speaking[4] != after[4]).any(axis=2)[y0:y1, x0:x1]
    assert not change[: (y1 - y0) // 6][above].any()


def test_it_reads_again_the_same(hopper_portrait: Portrait, speaking: list[U8]) -> None:
    network = random_network(0.01)
    made = refine.refine(source(speaking), hopper_portrait, Engine("own", closeup.SIDE, network.refine), seed=3)
    one, again = list(made.open()), list(made.open())
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))


def test_a_mouth_that_holds_still_is_refined_still(hopper_portrait: Portrait, speaking: list[U8]) -> None:
    """A refiner whose invention changes with every call does not flicker where the lips rest open."""
    chance = np.random.default_rng(0)

    def restless(given: Crops) -> F32:
        blotches = chance.normal(0, 0.06, (len(given.pictures), 1, 128, 128)).astype(np.float32)
        blotches = np.stack([cv2.GaussianBlur(one[0], (0, 0), 2.0)[None] * 4 for one in blotches])
        made: F32 = np.clip(given.pictures + given.inner * blotches, 0, 1).astype(np.float32)
        return made

    after = list(refine.refine(source([speaking[3]] * 12), hopper_portrait, engine(restless)).open())
    x0, y0, x1, y1 = close(hopper_portrait).box
    changes = [np.abs(one.astype(int) - two)[y0:y1, x0:x1].max() for one, two in itertools.pairwise(after[4:])]
    first = np.abs(after[0].astype(int) - speaking[3])[y0:y1, x0:x1].max()
    assert first > 10
    assert np.mean(changes) < 0.5 * first
    steady = list(refine.refine(source([speaking[3]] * 4), hopper_portrait, engine(textured)).open())
    assert np.array_equal(steady[2], steady[3])


def test_moved_lips_are_shown_as_they_were(
    hopper_portrait: Portrait, speaking: list[U8], caplog: pytest.LogCaptureFixture
) -> None:
    """A refiner that lifts the lips has it its own way in no frame."""

    def lifting(given: Crops) -> F32:
        return np.roll(given.pictures, -12, axis=2)

    made = refine.refine(source(speaking), hopper_portrait, engine(lifting))
    with caplog.at_level(logging.WARNING):
        after = list(made.open())
    assert made.tally.fallen_back == 4
    assert all(np.array_equal(before, now) for before, now in zip(speaking, after, strict=True))
    assert f"in {made.tally.fallen_back} of 5 frames" in caplog.text


@pytest.mark.parametrize("toned", [False, True])
def test_colour_stays_the_photographs(hopper_photo: U8, toned: bool) -> None:
    grey = cv2.cvtColor(hopper_photo, cv2.COLOR_RGB2GRAY)[..., None].repeat(3, axis=2)
    levels = np.arange(256, dtype=np.float32)
    print_curve = np.stack([levels * 0.9 + 25, levels * 0.85 + 12, levels * 0.75], axis=1).astype(np.uint8)
    photo = print_curve[grey[..., 0]] if toned else grey
    sitter = portrait.make(photo)
    assert sitter.monochrome is not toned

    def reddening(given: Crops) -> F32:
        red = np.array([0.2, -0.05, -0.05], np.float32)[:, None, None]
        made: F32 = np.clip(textured(given) + given.inner * red, 0, 1).astype(np.float32)
        return made

    frames = spoken(sitter, [0.8, 0.8])
    made = refine.refine(source(frames), sitter, engine(reddening))
    after = list(made.open())[1]
    assert made.tally.refined == 2
    changed = (after != frames[1]).any(axis=2)
    assert changed.sum() > 100
    red, green, blue = after[changed].astype(int).T
    if not toned:
        assert np.array_equal(red, green)
        assert np.array_equal(green, blue)
        return
    # Every colour of the print has one lightness; the new pixels lie on the same curve, where it is not cut off.
    light = after[changed].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    curve = print_curve.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    expected = np.stack([np.interp(light, curve, print_curve[:, c]) for c in range(3)], axis=1)
    assert np.abs(after[changed] - expected).mean() < 4


def test_stopping_is_heeded(hopper_portrait: Portrait, speaking: list[U8]) -> None:
    class Stopped:
        def is_set(self) -> bool:
            return True

    made = refine.refine(source(speaking), hopper_portrait, engine(textured), cancel=Stopped())
    with pytest.raises(Cancelled):
        list(made.open())
    with pytest.raises(ValueError, match="portrait"):
        refine.refine(source([frame[:-2] for frame in speaking]), hopper_portrait, engine(textured))


def test_grain_is_given_back_where_it_was_cleaned_away(hopper_photo: U8) -> None:
    rough = np.random.default_rng(0).normal(0, 9, hopper_photo.shape[:2])[..., None]
    noisy = np.clip(hopper_photo + rough, 0, 255).astype(np.uint8)
    sitter = portrait.make(noisy)
    frames = spoken(sitter, [0.9] * 3)

    def washing(given: Crops) -> F32:
        soft = np.stack([cv2.GaussianBlur(one.transpose(1, 2, 0), (0, 0), 2.5).transpose(2, 0, 1) for one in given[0]])
        made: F32 = (given.pictures + given.inner * (soft - given.pictures)).astype(np.float32)
        return made

    after = list(refine.refine(source(frames), sitter, engine(washing)).open())
    place = close(sitter)
    x0, y0, x1, y1 = place.box
    inside = (after[2] != frames[2]).any(axis=2)[y0:y1, x0:x1]
    assert inside.sum() > 100

    def roughness(frame: U8) -> float:
        grey = frame[y0:y1, x0:x1].astype(np.float32).mean(axis=2)
        return float((grey - cv2.GaussianBlur(grey, (0, 0), 2.5))[inside].std())

    assert roughness(after[2]) > 0.6 * roughness(frames[2])


@pytest.mark.skipif(not (weights.data_dir("models") / "refiner.safetensors").is_file(), reason="not trained yet")
def test_the_refiner_that_ships(hopper_portrait: Portrait, speaking: list[U8]) -> None:
    shipped = weights.data_dir("models") / "refiner.safetensors"
    assert shipped.stat().st_size < 25e6
    network = own.load(shipped, device="cpu")
    made = refine.refine(source(speaking), hopper_portrait, Engine("own", closeup.SIDE, network.refine))
    list(made.open())
    assert made.tally.untouched == 1
    assert made.tally.fallen_back <= 1
