"""FAN with weights drawn at random: the way in and out is tested, not what it has learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio import weights
from studio.errors import EngineUnavailable
from studio.head import engines
from studio.head.engines import face_alignment as adapter
from studio.head.engines.landmarks import Seen
from studio.types import U8
from studio.weights import Weights

BOX = (150.0, 90.0, 360.0, 330.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder with a FAN of the real size and an S3FD that sees nothing."""
    import torch
    from face_alignment.detection.sfd.net_s3fd import s3fd
    from face_alignment.models import FAN

    made = tmp_path_factory.mktemp("weights")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        torch.save(FAN(4).state_dict(), made / "2DFAN4-11f355bf06.pth.tar")
        nothing = {name: torch.zeros_like(tensor) for name, tensor in s3fd().state_dict().items()}
    for name, tensor in nothing.items():
        if name.endswith("conf.bias"):
            tensor[:-1] = 9.0  # background everywhere, the last class is the face
    torch.save(nothing, made / "s3fd-619a316812.pth")
    return made


@pytest.fixture(autouse=True)
def at_hand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unchecked = {
        "2dfan4": Weights("2DFAN4-11f355bf06.pth.tar", "made here"),
        "s3fd": Weights("s3fd-619a316812.pth", "made here"),
    }
    monkeypatch.setattr(weights, "FETCHED", {**weights.FETCHED, **unchecked})
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(folder))


@pytest.fixture(scope="module")
def given(folder: Path, hopper_photo: U8) -> list[Seen]:
    """The same face twice, from two engines."""
    network = adapter._network(folder / "2DFAN4-11f355bf06.pth.tar", "cpu")
    return [adapter.FaceAlignment(network, None).find(hopper_photo, [BOX])[0] for _ in range(2)]


def test_68_points_in_the_box_the_same_every_time(given: list[Seen]) -> None:
    seen, again = given
    assert seen.points.shape == (68, 2) and seen.points.dtype == np.float32 and seen.scheme == "ibug68"
    assert np.isfinite(seen.points).all() and 0.0 <= seen.score <= 1.0 and seen.box == BOX
    # FAN looks at a square of 200/195 times width plus height around the box.
    reach = (BOX[2] - BOX[0] + BOX[3] - BOX[1]) / 195 * 200 / 2 + 4
    assert np.abs(seen.points - [(BOX[0] + BOX[2]) / 2, (BOX[1] + BOX[3]) / 2 - 0.12 * (BOX[3] - BOX[1])]).max() < reach
    assert len(np.unique(seen.points, axis=0)) > 10
    assert (seen.points == again.points).all() and seen.score == again.score


def test_the_points_are_those_of_the_package_itself(
    given: list[Seen], folder: Path, tmp_path: Path, hopper_photo: U8
) -> None:
    """With its weights in torch's own cache, the package finds the same points bit for bit."""
    import face_alignment
    import torch

    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "2DFAN4-11f355bf06.pth.tar").symlink_to(folder / "2DFAN4-11f355bf06.pth.tar")
    before = torch.hub.get_dir()
    torch.hub.set_dir(str(tmp_path))
    try:
        theirs = face_alignment.FaceAlignment(
            face_alignment.LandmarksType.TWO_D, device="cpu", compile=False, face_detector="folder"
        )
    finally:
        torch.hub.set_dir(before)
    (points,) = theirs.get_landmarks_from_image(hopper_photo, detected_faces=[np.array([*BOX, 1.0])])
    assert (points == given[0].points).all()


def test_loading_leaves_nothing_behind_and_changes_no_switch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("compiled")

    monkeypatch.setattr(torch, "compile", refuse)
    before = torch.backends.cudnn.benchmark
    engine = engines.load("face-alignment")
    assert engine.name == "face-alignment"
    assert torch.backends.cudnn.benchmark == before


def test_s3fd_without_a_face_gives_none(hopper_photo: U8) -> None:
    assert adapter.create(detector="s3fd").find(hopper_photo) == ()


class Boxes:
    """A detector and a network in one that remember what they were shown."""

    def __init__(self, *boxes: tuple[float, ...]) -> None:
        self.boxes, self.shown = boxes, []

    def detect_from_image(self, image: U8) -> list[np.ndarray]:
        self.shown.append(image.shape)
        return [np.array(box) for box in self.boxes]

    def get_landmarks_from_image(self, image: U8, detected_faces, return_landmark_score):
        self.shown.append(image.shape)
        count = len(detected_faces)
        return [np.zeros((68, 2))] * count, [np.full(68, 1.5)] * count, None


def test_large_pictures_are_searched_small_and_boxes_come_back_large(hopper_photo: U8) -> None:
    parts = Boxes((10, 10, 20, 30, 0.9), (100, 50, 160, 130, 0.8))
    picture = np.zeros((1280, 960, 3), np.uint8)
    large, small = adapter.FaceAlignment(parts, parts).find(picture)
    assert parts.shown == [(640, 480, 3), (1280, 960, 3)]
    assert large.box == (200.0, 100.0, 320.0, 260.0) and small.box == (20.0, 20.0, 40.0, 60.0)
    assert large.score == 0.75


def test_without_a_detector_the_studios_own_finds_the_faces(hopper_photo: U8) -> None:
    from studio.head.faces import find

    (seen,) = adapter.FaceAlignment(Boxes(), None).find(hopper_photo)
    assert seen.box == tuple(map(float, find(hopper_photo)[0].box))


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    for body in (b"no checkpoint at all", b""):
        (tmp_path / "x.pth.tar").write_bytes(body)
        with pytest.raises(EngineUnavailable, match="no checkpoint that torch can read"):
            adapter._network(tmp_path / "x.pth.tar", "cpu")


def test_a_machine_without_a_gpu_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(EngineUnavailable, match="no GPU"):
        engines.load("face-alignment", device="cuda")
