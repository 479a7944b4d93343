from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from studio.errors import FaceNotFound
from studio.head import faces, mesh
from studio.head.shapes import basis
from studio.media.image import read_image
from studio.types import U8, Face


def drawn(x: float, y: float, size: float, yaw: float = 0.0) -> Face:
    """The mean face drawn at a place: `size` is the distance of its eyes, px."""
    turn = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    points = (basis().neutral @ turn.T * size + [x, y, 0]).astype(np.float32)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return Face(points, (int(low[0]), int(low[1]), int(np.ceil(high[0])), int(np.ceil(high[1]))))


PAGE = np.zeros((600, 900, 3), np.uint8)
LEFT, MIDDLE, RIGHT = drawn(150, 200, 60), drawn(450, 150, 90), drawn(750, 300, 40)
SITTERS = (MIDDLE, LEFT, RIGHT)  # largest first


@pytest.mark.parametrize(
    ("which", "face"),
    [
        (None, MIDDLE),
        (1, LEFT),
        (2, MIDDLE),
        (3, RIGHT),
        ((160.0, 220.0), LEFT),
        ((899.0, 599.0), RIGHT),
        ((450.0, 10.0), MIDDLE),
    ],
)
def test_choose_by_size_number_and_place(which: int | tuple[float, float] | None, face: Face) -> None:
    assert faces.choose(SITTERS, which, PAGE) is face


@pytest.mark.parametrize("which", [0, -1, 4])
def test_a_number_that_is_not_there_says_how_many_there_are(which: int) -> None:
    with pytest.raises(FaceNotFound, match=f"Face {which} .* there are 3"):
        faces.choose(SITTERS, which, PAGE)


def test_no_face_says_what_to_use_instead() -> None:
    with pytest.raises(FaceNotFound, match=r"No human face .*900×600.*from the front"):
        faces.choose((), None, PAGE)


def test_a_tiny_face_says_how_small_it_is_and_what_would_do() -> None:
    tiny = drawn(100, 100, 12)
    tall = tiny.box[3] - tiny.box[1]
    with pytest.raises(FaceNotFound, match=rf"only {tall} px .* resolution"):
        faces.choose((tiny,), None, PAGE)


@pytest.mark.parametrize("degrees", [-60, 60])
def test_a_profile_asks_for_a_front_view(degrees: float) -> None:
    with pytest.raises(FaceNotFound, match=r"turned away by about 60°.*front"):
        faces.choose((drawn(300, 300, 80, np.radians(degrees)),), None, PAGE)


@pytest.mark.parametrize("degrees", [-35, 0, 20])
def test_yaw_is_measured_with_the_sign_of_the_motion_curve(degrees: float) -> None:
    turned = drawn(300, 300, 80, np.radians(degrees))
    assert np.degrees(faces.yaw(turned)) == pytest.approx(degrees, abs=1)
    nose, eyes = turned.landmarks[1, 0], turned.landmarks[168, 0]
    assert np.sign(round(float(nose - eyes))) == np.sign(degrees)  # positive: towards the picture's right


def test_hopper_is_found_where_she_is(hopper_photo: U8) -> None:
    (face,) = faces.find(hopper_photo)
    assert face.landmarks.shape == (478, 3)
    assert face.landmarks.dtype == np.float32
    # Her pupils, read off the photograph (512×600).
    np.testing.assert_allclose(face.landmarks[468, :2], [221, 190], atol=4)
    np.testing.assert_allclose(face.landmarks[473, :2], [306, 187], atol=4)


def test_finding_writes_nothing_to_stderr(hopper: Path) -> None:
    # In a process that has found nothing yet: the first model, picture and face are those that make it chatter.
    code = (
        "import sys; from pathlib import Path;"
        "from studio.head import faces; from studio.media.image import read_image;"
        "print(len(faces.find(read_image(Path(sys.argv[1]))[100:300, 150:400])))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(hopper)], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_quiet_lets_errors_through(capfd: pytest.CaptureFixture[str]) -> None:
    with faces.quiet():
        os.write(2, b"W0000 00:00:1.0 1 x.cc:1] chatter\nINFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"E0000 00:00:1.0 1 x.cc:2] broken\nTraceback\n")
    assert capfd.readouterr().err == "E0000 00:00:1.0 1 x.cc:2] broken\nTraceback\n"


def test_threads_that_are_quiet_at_once_leave_stderr_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    inside, leave = threading.Barrier(2), threading.Event()

    def first() -> None:
        with faces.quiet():
            inside.wait()
            leave.wait()

    thread = threading.Thread(target=first)
    thread.start()
    with faces.quiet():
        inside.wait()
        os.write(2, b"heard\n")
        leave.set()
        thread.join()
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "heard\nlater\n"


def test_searches_at_once_find_what_one_after_another_do(hopper_photo: U8) -> None:
    pictures = [hopper_photo, hopper_photo[:, ::-1].copy(), hopper_photo[60:500, 80:400], hopper_photo[:150, :150]] * 2
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(faces.find, pictures))
    for picture, found in zip(pictures, together, strict=True):
        alone = faces.find(picture)
        assert [face.box for face in found] == [face.box for face in alone]
        for a, b in zip(found, alone, strict=True):
            np.testing.assert_array_equal(a.landmarks, b.landmarks)
    assert [len(found) for found in together[:4]] == [1, 1, 1, 0]


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_and_emptiness_hold_no_face(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert faces.find(noise) == ()
    assert faces.find(np.full((64, 64, 3), 90 * seed, np.uint8)) == ()


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("two_people.jpg", 2, 2),
        ("historical_NativeAmericans.jpg", 4, 4),
        ("historical_Unidentified1855.jpg", 2, 2),
        ("historical_Cork1905.jpg", 8, 40),
        ("historical_w-b-yeats.jpg", 1, 1),
        ("historical_marktwain.jpg", 1, 1),
        ("face_240p.jpg", 1, 1),
        ("noface_cat.png", 0, 0),
        ("noface_coffee.png", 0, 0),
        ("historical_WestVirginiaHouse.jpg", 0, 0),
    ],
)
def test_faces_in_old_pictures(shared: Path, name: str, least: int, most: int) -> None:
    found = faces.find(read_image(shared / "media" / "portraits" / name))
    assert least <= len(found) <= most
    areas = [(f.box[2] - f.box[0]) * (f.box[3] - f.box[1]) for f in found]
    assert areas == sorted(areas, reverse=True)


def test_a_true_profile_is_refused(shared: Path) -> None:
    image = read_image(shared / "media" / "portraits" / "historical_NativeWoman1926.jpg")
    with pytest.raises(FaceNotFound, match="profile"):
        faces.choose(faces.find(image), None, image)


def test_mesh_measures() -> None:
    points = basis().neutral * 50
    assert mesh.eye_distance(points) == pytest.approx(50, rel=1e-4)
    opened = points.copy()
    opened[list(mesh.INNER_LOWER), 1] += 10
    assert mesh.inner_lip_gap(opened) - mesh.inner_lip_gap(points) == pytest.approx(0.2, abs=0.02)
    closed = points.copy()
    for upper, lower in zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True):
        closed[list(upper)] = closed[list(lower)]
    assert mesh.lid_gap(closed) == 0
