"""People in a photo act: who moves, who listens, what stays as it was."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio import acting
from studio.acting import Part
from studio.errors import FaceNotFound
from studio.media.image import read_image
from studio.painting import Painting
from studio.types import U8, Feeling, Manner, PhonemeSpan, Portrait, Speech
from studio.types import AudioClip as Clip

RATE = Fraction(25)
UNPAINTED = Painting("none", "none")


def says(seconds: int, start: Fraction, end: Fraction) -> Speech:
    """An a, wide open, from `start` to `end`."""
    sound = np.zeros((1, 48_000 * seconds), np.float32)
    inside = slice(int(start * 48_000), int(end * 48_000))
    sound[0, inside] = 0.3 * np.sin(np.arange(inside.stop - inside.start) / 50)
    spans = (
        PhonemeSpan("", Fraction(0), start),
        PhonemeSpan("ɑ", start, end, 2),
        PhonemeSpan("", end, Fraction(seconds)),
    )
    return Speech(Clip(sound, 48_000), "ah", "en", (), spans, "test", True)


@pytest.fixture(scope="module")
def photo(couple: Path) -> U8:
    return read_image(couple)


@pytest.fixture(scope="module")
def sitters(photo: U8) -> tuple[Portrait, ...]:
    return acting.sit(photo, [2], (480, 480), everyone=True)


def mouth(one: Portrait) -> tuple[slice, slice]:
    x, y = np.round(one.landmarks[13, :2]).astype(int)
    return slice(y - 8, y + 12), slice(x - 14, x + 14)


def test_who_is_asked_for_sits_first_and_the_others_from_the_left(sitters: tuple[Portrait, ...]) -> None:
    assert len(sitters) == 2
    assert sitters[0].landmarks[:, 0].mean() > 240 > sitters[1].landmarks[:, 0].mean()


def test_people_take_turns_and_the_room_stays_still(sitters: tuple[Portrait, ...]) -> None:
    half, end = Fraction(3, 2), Fraction(3)
    first, second = (Fraction(1, 2), half - Fraction(1, 4)), (half + Fraction(1, 4), end - Fraction(1, 4))
    parts = [Part(says(3, *first), lines=(first,)), Part(says(3, *second), lines=(second,))]
    frames = list(acting.play(sitters, parts, 75, RATE, seed=1, painted=UNPAINTED).open())
    assert len(frames) == 75
    photo = sitters[0].image.astype(int)
    moved = np.array([np.abs(frame.astype(int) - photo).max(axis=2) for frame in frames])
    free = np.ones(photo.shape[:2], bool)
    for one in sitters:
        x0, y0, x1, y1 = one.region
        free[y0:y1, x0:x1] &= one.mask == 0
    assert free.any() and not moved[:, free].any()
    ahs = [moved[(slice(None), *mouth(one))].mean(axis=(1, 2)) for one in sitters]
    one, other = (np.argmax(ah[10:35]) + 10 for ah in ahs), (np.argmax(ah[42:70]) + 42 for ah in ahs)
    (speaks, listens), (listened, spoke) = one, other
    assert ahs[0][speaks] > 2 * ahs[1][listens]
    assert ahs[1][spoke] > 2 * ahs[0][listened]


def test_they_do_not_blink_together() -> None:
    blinks = [acting.perform(Part(), 500, RATE, seed=seed).curve("blink") > 0.5 for seed in (1, 1 + acting.SEEDS_APART)]
    assert all(blink.any() for blink in blinks)
    assert np.count_nonzero(blinks[0] & blinks[1]) < 0.3 * min(np.count_nonzero(blink) for blink in blinks)


def test_one_manner_passes_into_the_next() -> None:
    speech = says(6, Fraction(1), Fraction(5))
    plain, smiling = Manner(feelings=(Feeling(Fraction(0), "warm", 0.5),)), Manner(smile=0.8, amount=1.5)
    before = acting.perform(Part(speech, plain), 150, RATE, seed=2).curves
    changed = acting.perform(Part(speech, plain, ((Fraction(3), smiling),)), 150, RATE, seed=2).curves
    np.testing.assert_array_equal(changed[:75], before[:75])
    told = Manner(smile=0.8, amount=1.5, feelings=plain.feelings)
    after = acting.perform(Part(speech, told), 150, RATE, seed=2).curves
    np.testing.assert_allclose(changed[101:], after[101:], atol=1e-5)
    step = np.abs(np.diff(changed - before, axis=0)).max()
    assert step < 0.5 * np.abs(after - before).max()


def test_a_view_is_the_head_and_its_mesh_in_it(photo: U8) -> None:
    ((crop, points),) = acting.seen([(photo, (30.0, 60.0))])
    assert crop.shape[0] < photo.shape[0] or crop.shape[1] < photo.shape[1] / 2
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    assert (low > 0).all() and (high < crop.shape[1::-1]).all()


def test_nobody_gets_anothers_teeth(photo: U8) -> None:
    """Two people and nobody said which; no face at all; and a face that is named."""
    nobody = np.full((300, 300, 3), 90, np.uint8)
    assert acting.seen([(photo, None), (nobody, None)]) == ()
    assert len(acting.seen([(photo, 1)])) == 1


def test_two_people_cannot_be_the_same_face(photo: U8) -> None:
    with pytest.raises(FaceNotFound, match="same face"):
        acting.sit(photo, [1, 1], (480, 480))


def test_the_box_is_around_all_who_are_asked_for(sitters: tuple[Portrait, ...]) -> None:
    one, both = acting.face_box(sitters[:1]), acting.face_box(sitters)
    assert one[0] > 0.5 and both[0] < 0.5 and both[2] == one[2]
