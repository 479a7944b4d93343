"""Who is who."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.album import likeness, look, people
from studio.album.record import FaceSeen, Picture
from studio.head import faces
from studio.media.image import read_image
from studio.train.likeness import described


def unit(*values: list[float]) -> np.ndarray:
    rows = np.array(values, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_those_who_are_alike_come_together() -> None:
    vectors = unit([1, 0.1, 0], [1, 0.2, 0], [0, 0.1, 1], [0.1, 0, 1], [-1, 0, 0.2])
    labels = people.grouped(vectors, [0, 1, 2, 3, 4])
    assert labels[0] == labels[1] != labels[2] == labels[3]
    assert labels[4] not in labels[:4]
    assert people.grouped(vectors[:0], []) == []
    assert len(people.grouped(vectors[:1], [0])) == 1


def test_two_faces_of_one_picture_are_two_people() -> None:
    twins = unit([1, 0, 0], [1, 0.01, 0], [1, 0.02, 0])
    together = people.grouped(twins, [0, 1, 2])
    apart = people.grouped(twins, [0, 0, 1])
    assert len(set(together)) == 1
    assert apart[0] != apart[1]


def test_more_faces_than_are_sorted_at_once_still_find_their_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST", 6)
    random = np.random.default_rng(1)
    centres = np.eye(3, 40, dtype=np.float32)
    vectors = unit(*[(centres[i % 3] + random.normal(0, 0.04, 40)).tolist() for i in range(30)])
    labels = people.grouped(vectors, list(range(30)))
    assert [labels[i] == labels[j] for i in range(30) for j in range(30)] == [
        i % 3 == j % 3 for i in range(30) for j in range(30)
    ]


def test_a_description_survives_being_kept(hopper: Path) -> None:
    image = read_image(hopper)
    face = faces.find(image)[0]
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    kept = likeness.features(grey, face.landmarks)
    raw, turned = likeness.unpacked(kept)
    assert raw.shape == (likeness.LENGTH,)
    assert turned == pytest.approx(faces.yaw(face), abs=0.01)
    assert likeness.features(grey, face.landmarks * np.float32(0.05)) == "", "too small to tell"
    darker = likeness.features((grey * 0.6 + 10).astype(np.uint8), face.landmarks)
    one, other = likeness.vectors([kept, darker])
    assert float(one @ one) == pytest.approx(1, abs=1e-4)
    assert float(one @ other) > 0.8, "light does not change who it is"


def test_the_most_seen_comes_first_and_has_the_number_one(
    hopper: Path, picture: Callable[..., Picture], face: Callable[..., FaceSeen]
) -> None:
    image = read_image(hopper)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    mesh = faces.find(image)[0].landmarks
    own = likeness.features(grey, mesh)
    half = likeness.features(look.shrunk(grey, 320), mesh * np.float32(320 / 606))
    pictures = [
        picture(number, faces=(replace(face(), features=kept),)) for number, kept in enumerate((own, half, own, ""))
    ]
    named, found = people.sorted_out(pictures)
    assert [one.people for one in named] == [(1,), (1,), (1,), (0,)]
    assert [(one.number, one.pictures) for one in found] == [(1, 3)]
    assert people.sorted_out([picture(9)])[1] == ()


def test_real_people_are_told_apart(shared: Path) -> None:
    talking = shared / "media" / "talking"
    clips = ["grid_samples/*bbaf2n.mpg", "grid_samples/*brbk7n.mpg", "grid_samples/*swiz3n.mpg", "pc_avs/00473.mp4"]
    found = [(place, one) for place, name in enumerate(clips) for one in described(next(talking.glob(name)))]
    vectors = likeness.vectors([one for _, one in found])
    labels = people.grouped(vectors, list(range(len(found))))
    who = [place for place, _ in found]
    pairs = [(i, j) for i in range(len(who)) for j in range(i)]
    together = [labels[i] == labels[j] for i, j in pairs]
    same = [who[i] == who[j] for i, j in pairs]
    right = sum(a and b for a, b in zip(together, same, strict=True))
    assert right / sum(together) > 0.95
    assert right / sum(same) > 0.7
