"""Voices told apart, from directions that are known."""

from __future__ import annotations

import numpy as np

from studio.types import F32
from studio.voice.recordings.speakers import blends, told_apart, windows_of


def people(count: int) -> F32:
    """Directions as unlike as people are to the encoder: a cosine of about .6."""
    rng = np.random.default_rng(3)
    found = np.abs(rng.standard_normal((count, 256))) ** 0.9
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def said(voice: F32, count: int, seed: int) -> F32:
    """Windows of one person, whose likeness to the person's mean is about .9."""
    noise = np.random.default_rng(seed).standard_normal((count, 256)) * 0.028
    found = voice + noise
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def test_every_stretch_finds_its_voice() -> None:
    truth = people(3)
    turns = [0, 1, 0, 2, 0, 1, 2, 0]
    labels, voices = told_apart([said(truth[who], 10 + who, index) for index, who in enumerate(turns)])
    assert len(voices) == 3
    assert all(len(set(label.tolist())) == 1 for label in labels)
    assert np.allclose(np.linalg.norm(voices, axis=1), 1, atol=1e-5)
    found = [int(label[0]) for label in labels]
    assert [found[index] == found[0] for index in range(8)] == [who == 0 for who in turns]
    assert found[0] == 0  # heard longest


def test_a_change_within_a_stretch_is_seen() -> None:
    truth = people(2)
    both = np.concatenate([said(truth[0], 12, 1), said(truth[1], 9, 2)])
    (label,), _ = told_apart([both])
    assert label.tolist() == [0] * 12 + [1] * 9


def test_one_person_stays_one() -> None:
    truth = people(1)
    labels, voices = told_apart([said(truth[0], 30, 5), said(truth[0], 1, 6)])
    assert len(voices) == 1
    assert {int(value) for label in labels for value in label} == {0}


def test_a_window_is_enough() -> None:
    labels, voices = told_apart([said(people(1)[0], 1, 0)])
    assert [label.tolist() for label in labels] == [[0]]
    assert voices.shape == (1, 256)


def test_more_windows_than_can_be_compared() -> None:
    truth = people(2)
    long = [said(truth[index % 2], 200, index) for index in range(10)]
    labels, voices = told_apart(long)
    assert len(voices) == 2
    assert [int(label[0]) == int(labels[0][0]) for label in labels] == [index % 2 == 0 for index in range(10)]


def test_short_sound_is_filled_up() -> None:
    rng = np.random.default_rng(0)
    short = windows_of((0.1 * rng.standard_normal(8000)).astype(np.float32))
    assert short.voices.shape == (1, 256)
    assert 0 < short.times[0] <= 0.5
    long = windows_of((0.1 * rng.standard_normal(16_000 * 4)).astype(np.float32))
    assert len(long.times) == len(long.voices) == 7
    assert np.allclose(np.diff(long.times), 0.4)


def test_two_at_once_are_no_third_person() -> None:
    truth = people(4)
    both = 0.6 * truth[0] + 0.4 * truth[2]
    voices = np.concatenate([truth, [both / np.linalg.norm(both)]]).astype(np.float32)
    assert blends(voices) == {4: 0}
    assert blends(voices[::-1]) == {}  # heard longest, it is a person
    assert blends(truth) == {}
    assert blends(truth[:1]) == {}
