"""Which landmark engines there are, which one `auto` takes, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import studio
from studio import readiness, weights
from studio.errors import EngineUnavailable, FaceNotFound
from studio.head import engines, faces
from studio.head.engines.landmarks import Seen
from studio.types import U8

LANDMARK_ENGINES = ("mediapipe-facemesh", "face-alignment", "insightface", "insightface-small")
ROOT = Path(studio.__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def nothing_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(weights.FOLDER_VARIABLE, raising=False)


def test_specs_are_whole_and_name_known_weights() -> None:
    names = [(spec.stage, spec.name) for spec in engines.SPECS]
    assert len(set(names)) == len(names)
    assert {spec.name for spec in engines.SPECS if spec.stage == "faces"} == set(LANDMARK_ENGINES)
    for spec in engines.SPECS:
        assert spec.licence and spec.about.endswith(".")
        for name in spec.weights:
            # An engine may not promise more than its weights allow.
            assert weights.record(name).commercial or not spec.commercial


def test_the_list_costs_nothing_heavy() -> None:
    heavy = ["torch", "cv2", "mediapipe", "face_alignment", "insightface", "onnxruntime", "scipy"]
    code = f"import sys, studio.head.engines; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("commercial", [False, True])
def test_auto_takes_what_is_embedded(commercial: bool) -> None:
    assert engines.choose("auto", commercial=commercial).name == "mediapipe-facemesh"


@pytest.mark.parametrize("name", LANDMARK_ENGINES[1:])
def test_engines_without_weights_say_how_to_get_them(name: str) -> None:
    with pytest.raises(EngineUnavailable, match=r"not here\. Fetch them: studio weights fetch"):
        engines.load(name)


@pytest.mark.parametrize("name", LANDMARK_ENGINES[1:])
def test_a_commercial_film_is_refused_what_is_for_research(name: str) -> None:
    with pytest.raises(EngineUnavailable, match=f"{name} may not be used for a commercial film .*research"):
        engines.load(name, commercial=True)


@pytest.mark.parametrize("name", ["facemesh", "visemes", "mesh-warp", ""])
def test_names_of_no_landmark_engine_are_refused(name: str) -> None:
    with pytest.raises(EngineUnavailable, match="Choose auto or one of: mediapipe-facemesh, face-alignment"):
        engines.load(name)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "find_spec", lambda _: None)
    with pytest.raises(
        EngineUnavailable, match=r"needs insightface, onnxruntime\. Install it with: pip install insightface"
    ):
        engines.load("insightface")


def test_facemesh_behind_the_door_is_facemesh(hopper_photo: U8) -> None:
    engine = engines.load("auto")
    (seen,) = engine.find(hopper_photo)
    (face,) = faces.find(hopper_photo)
    assert isinstance(seen, Seen) and seen.scheme == "facemesh478"
    assert (seen.points == face.landmarks[:, :2]).all()
    (again,) = engine.find(hopper_photo, [seen.box])
    eyes = abs(seen.points[33] - seen.points[263]).max()
    assert abs(again.points - seen.points).max() < 0.1 * eyes
    with pytest.raises(FaceNotFound, match="No face is to be seen at 0, 0"):
        engine.find(hopper_photo, [(0.0, 0.0, 30.0, 30.0)])
