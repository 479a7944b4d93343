"""The points of other engines on the studio's own mesh."""

from __future__ import annotations

import numpy as np
import pytest

from studio.head import faces, mesh
from studio.head.engines import landmarks
from studio.head.engines.landmarks import MESH_68, SUBSET_106, Seen
from studio.head.shapes import basis
from studio.types import F32, U8, Face

BOX = (0.0, 0.0, 1.0, 1.0)
LIPS = sorted({i for row in (*mesh.UPPER_LIP, *mesh.LOWER_LIP) for i in row})
LIDS = sorted({i for row in (*mesh.UPPER_LIDS, *mesh.LOWER_LIDS) for i in row})
# The 68 points seen in a mirror.
MIRROR_68 = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),
]


@pytest.fixture(scope="module")
def face(hopper_photo: U8) -> Face:
    return faces.find(hopper_photo)[0]


def seen_68(points: F32) -> Seen:
    return Seen(points.astype(np.float32), "ibug68", BOX, 1.0)


def test_the_mapping_is_whole_and_symmetric() -> None:
    assert len(MESH_68) == len(set(MESH_68)) == len(SUBSET_106) == len(set(SUBSET_106)) == 68
    assert max(SUBSET_106) == 105
    partners = mesh.partners(basis().neutral)
    assert [partners[i] for i in MESH_68] == [MESH_68[i] for i in MIRROR_68]


def test_the_mapping_meets_another_peoples_mean_face() -> None:
    """insightface's wheel carries the mean of 68 points in space; laid on ours it falls on the vertices we name."""
    from insightface.data import get_object

    theirs = np.asarray(get_object("meanshape_68.pkl"), np.float64)[:, :3] * [1, 1, -1]
    ours = basis().neutral[list(MESH_68)].astype(np.float64)
    steady = [*range(27, 68)]
    a, b = theirs[steady], ours[steady]
    rotation = mesh.kabsch(a, b)
    turned = (a - a.mean(axis=0)) @ rotation.T
    scale = (turned * (b - b.mean(axis=0))).sum() / (turned**2).sum()
    laid = scale * (theirs - a.mean(axis=0)) @ rotation.T + b.mean(axis=0)
    apart = np.linalg.norm(laid - ours, axis=1)  # eye distances
    assert apart[steady].mean() < 0.06 and apart[steady].max() < 0.12
    assert apart[8] < 0.1  # the chin
    assert np.linalg.norm((laid - ours)[1:16, :2], axis=1).max() < 0.35  # the jaw, as seen from the front


def test_the_three_schemes_meet_in_the_68_points(face: Face) -> None:
    whole = Seen(face.landmarks[:, :2], "facemesh478", BOX, 1.0)
    points = landmarks.as_68(whole)
    assert (points == face.landmarks[list(MESH_68), :2]).all()
    assert (landmarks.as_68(seen_68(points)) == points).all()
    many = np.zeros((106, 2), np.float32)
    many[list(SUBSET_106)] = points
    assert (landmarks.as_68(Seen(many, "insightface106", BOX, 1.0)) == points).all()


def test_points_of_a_wrong_count_are_a_bug() -> None:
    with pytest.raises(ValueError, match="ibug68 has 68 points"):
        Seen(np.zeros((67, 2), np.float32), "ibug68", BOX, 1.0)


def test_five_points_are_eyes_nose_and_corners(face: Face) -> None:
    five = landmarks.five_points(seen_68(face.landmarks[list(MESH_68), :2]))
    left, right = mesh.middle_of_eyes(face.landmarks)
    eyes = mesh.eye_distance(face.landmarks)
    assert np.abs(five[:2] - np.stack([left, right])[:, :2]).max() < 0.05 * eyes
    assert (five[3:] == face.landmarks[[61, 291], :2]).all()
    given = np.arange(10, dtype=np.float32).reshape(5, 2)
    assert landmarks.five_points(Seen(np.zeros((106, 2), np.float32), "insightface106", BOX, 1.0, given)) is given


def test_disagreement_is_in_eye_distances(face: Face) -> None:
    points = face.landmarks[list(MESH_68), :2]
    assert landmarks.disagreement(face, seen_68(points)) == 0.0
    moved = points + np.array([0.1 * mesh.eye_distance(face.landmarks), 0.0])
    assert landmarks.disagreement(face, seen_68(moved)) == pytest.approx(0.1, abs=1e-4)
    jaw = points.copy()
    jaw[:17] += 50  # the outline is nobody's error
    assert landmarks.disagreement(face, seen_68(jaw)) == 0.0


def test_a_whole_face_comes_back_from_68_points(face: Face) -> None:
    again = landmarks.to_face(seen_68(face.landmarks[list(MESH_68), :2]))
    eyes = mesh.eye_distance(face.landmarks)
    apart = np.linalg.norm((again.landmarks - face.landmarks)[:, :2], axis=1) / eyes
    assert again.landmarks.shape == (478, 3) and again.landmarks.dtype == np.float32
    assert apart[list(MESH_68)].max() < 0.01
    assert apart[LIPS].mean() < 0.015 and apart[LIDS].mean() < 0.015 and apart.mean() < 0.03
    assert abs(faces.yaw(again) - faces.yaw(face)) < np.radians(3)
    assert np.abs(np.array(again.box) - face.box).max() < 0.25 * eyes


def test_a_face_from_points_moves_with_them(face: Face) -> None:
    points = face.landmarks[list(MESH_68), :2]
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    straight = landmarks.to_face(seen_68(points)).landmarks[:, :2]
    turned = landmarks.to_face(seen_68(2 * points @ turn.T + 30)).landmarks[:, :2]
    assert np.abs(turned - (2 * straight @ turn.T + 30)).max() < 0.05


def test_a_mesh_needs_no_rebuilding(face: Face) -> None:
    with pytest.raises(ValueError, match="already"):
        landmarks.to_face(Seen(face.landmarks[:, :2], "facemesh478", BOX, 1.0))


def test_the_far_outline_of_a_turned_head_does_not_bend_it(face: Face) -> None:
    neutral = basis().neutral.astype(np.float64)
    angle = np.radians(35)
    turn = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    picture = 100 * neutral @ turn.T + 300
    points = picture[list(MESH_68), :2]
    straight = landmarks.to_face(seen_68(points))
    assert faces.yaw(straight) == pytest.approx(angle, abs=np.radians(3))
    outline = points.copy()
    outline[9:17] += [20, 0]  # a fifth of an eye distance further out, on the side the nose points to
    bent = landmarks.to_face(seen_68(outline))
    assert (bent.landmarks == straight.landmarks).all()
    near = points.copy()
    near[0:8] -= [20, 0]
    assert np.abs(landmarks.to_face(seen_68(near)).landmarks - straight.landmarks).max() > 10
