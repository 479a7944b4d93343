"""insightface with ONNX models made here: of the real shapes, but with answers that are known beforehand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from studio import weights
from studio.errors import EngineUnavailable
from studio.head import engines
from studio.head.engines import insightface as adapter
from studio.head.engines.landmarks import Seen
from studio.types import U8
from studio.weights import Part, Weights

SIDE = 640  # px the detector looks at
STRIDES = (8, 16, 32)
# (stride, row, column, score, half width and height in strides)
FACES = ((16, 10, 12, 0.9, 3.0, 4.0), (32, 12, 8, 0.7, 2.0, 2.5))
KEYS = np.array([[-1, -1], [1, -1], [0, 0], [-0.8, 1.2], [0.8, 1.2]], np.float32)  # strides from the middle
RED, BLUE = (255, 0, 0), (0, 0, 255)


def save(path: Path, nodes: list, inputs: list[int | str], outputs: dict[str, list], constants: dict) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, inputs)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def detector(path: Path) -> None:
    """A SCRFD that sees FACES in every picture: 3 strides × (scores, boxes, key points), 2 anchors a cell."""
    from onnx import helper

    answers: dict[str, np.ndarray] = {}
    for kind, width in (("score", 1), ("box", 4), ("key", 10)):
        for stride in STRIDES:
            cells = SIDE // stride
            answer = np.zeros((cells, cells, 2, width), np.float32)
            for at, row, column, score, w, h in FACES:
                if at == stride:
                    values = {"score": [score], "box": [w, h, w, h], "key": KEYS.ravel()}
                    answer[row, column, 0] = values[kind]
            answers[f"{kind}{stride}"] = answer.reshape(-1, width)
    # Each answer has the picture's first pixel added to it, times nothing: models without a use for their input are
    # turned into constants by the runtime.
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["mean"], name="look", axes=[0, 1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"], name="drop"),
        *(helper.make_node("Add", [f"{name}_", "nothing"], [name], name=f"say_{name}") for name in answers),
    ]
    save(
        path,
        nodes,
        [1, 3, "?", "?"],
        {name: list(value.shape) for name, value in answers.items()},
        {"zero": 0.0, **{f"{name}_": value for name, value in answers.items()}},
    )


def by_colour(path: Path, side: int, matrix: np.ndarray) -> None:
    """A model whose answer is the picture's mean red, green and blue times a matrix (3, D)."""
    from onnx import helper

    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["colour"], name="look", axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["colour", "matrix"], ["answer"], name="say"),
    ]
    save(path, nodes, [1, 3, side, side], {"answer": [1, matrix.shape[1]]}, {"matrix": matrix})


def red_less_blue() -> np.ndarray:
    """The 106 points move to the right by a tenth of red − blue, in half sides of the crop."""
    matrix = np.zeros((3, 212), np.float32)
    matrix[0, ::2], matrix[2, ::2] = 0.1, -0.1
    return matrix


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights") / "buffalo_s"
    made.mkdir()
    detector(made / "det_500m.onnx")
    by_colour(made / "2d106det.onnx", 192, red_less_blue())
    by_colour(made / "w600k_mbf.onnx", 112, np.random.default_rng(3).standard_normal((3, 512)))
    return made


def pack(folder: Path, *files: str) -> Weights:
    parts = []
    for file in files:
        body = (folder / file).read_bytes()
        parts.append(Part(file, hashlib.sha256(body).hexdigest(), len(body)))
    return Weights("buffalo_s", "made here", commercial=False, url="https://example.org/x.zip", parts=tuple(parts))


@pytest.fixture(autouse=True)
def at_hand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = pack(folder, "det_500m.onnx", "2d106det.onnx", "w600k_mbf.onnx")
    monkeypatch.setattr(weights, "FETCHED", {**weights.FETCHED, "buffalo_s": known})
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(folder.parent))


@pytest.fixture
def engine() -> adapter.InsightFace:
    return adapter.create(pack="buffalo_s")


def plain(colour: tuple[int, int, int], height: int = 1280, width: int = 1280) -> U8:
    return np.full((height, width, 3), colour, np.uint8)


def test_faces_come_where_the_detector_saw_them_largest_first(engine: adapter.InsightFace) -> None:
    large, small = engine.find(plain((127, 127, 127)))
    # 1280 px are searched at 640: everything comes back twice as large.
    for seen, (stride, row, column, score, w, h) in ((large, FACES[1]), (small, FACES[0])):
        middle = np.array([column, row]) * stride
        box = 2 * np.array([*(middle - np.array([w, h]) * stride), *(middle + np.array([w, h]) * stride)])
        assert np.allclose(seen.box, box) and seen.score == pytest.approx(score, abs=1e-6)
        assert seen.five is not None and np.allclose(seen.five, 2 * (middle + KEYS * stride))
        assert seen.scheme == "insightface106" and seen.points.shape == (106, 2)
        # Grey moves the points nowhere: they lie in the middle of the box.
        assert np.abs(seen.points - (box[:2] + box[2:]) / 2).max() < 1.0


@pytest.mark.parametrize(("colour", "way"), [(RED, 1), (BLUE, -1)])
def test_the_models_see_red_as_red(engine: adapter.InsightFace, colour: tuple[int, int, int], way: int) -> None:
    box = (500.0, 500.0, 700.0, 740.0)
    (seen,) = engine.find(plain(colour), [box])
    # The crop shows 1.5 times the longer side; half a side is 0.75 · 240 px; red less blue is 255/128.
    shift = way * 0.1 * 255 / 128 * 0.75 * 240
    assert np.abs(seen.points - [600 + shift, 620]).max() < 1.0
    assert seen.box == box and seen.score == 1.0 and seen.five is None


def test_identity_is_a_direction_and_likeness_its_cosine(engine: adapter.InsightFace) -> None:
    red, blue = plain(RED), plain(BLUE)
    face = engine.find(red)[0]
    ours, again, other = engine.identity(red, face), engine.identity(red, face), engine.identity(blue, face)
    assert ours.shape == (512,) and np.linalg.norm(ours) == pytest.approx(1.0, abs=1e-6)
    assert (ours == again).all() and adapter.likeness(ours, again) == pytest.approx(1.0, abs=1e-6)
    matrix = np.random.default_rng(3).standard_normal((3, 512))
    r, b = np.array([1.0, -1.0, -1.0]) @ matrix, np.array([-1.0, -1.0, 1.0]) @ matrix
    expected = r @ b / np.linalg.norm(r) / np.linalg.norm(b)
    assert adapter.likeness(ours, other) == pytest.approx(expected, abs=1e-4)


def test_identity_takes_faces_of_other_engines(engine: adapter.InsightFace, hopper_photo: U8) -> None:
    (face,) = engines.load("mediapipe-facemesh").find(hopper_photo)
    identity = engine.identity(hopper_photo, face)
    assert identity.shape == (512,) and adapter.likeness(identity, identity) == pytest.approx(1.0)


def test_likeness_of_what_is_no_identity_is_a_bug() -> None:
    one = np.array([1.0, 0.0], np.float32)
    assert adapter.likeness(one, np.array([0.0, 2.0], np.float32)) == 0.0
    assert adapter.likeness(one, -3 * one) == -1.0
    for wrong in (np.zeros(2, np.float32), np.ones(3, np.float32)):
        with pytest.raises(ValueError, match="identities must be"):
            adapter.likeness(one, wrong)


def test_a_model_that_answers_zeros_is_named(folder: Path, engine: adapter.InsightFace) -> None:
    grey = plain((127, 127, 127))

    class Zeros:
        def get(self, image: U8, face: object) -> np.ndarray:
            return np.zeros(512, np.float32)

    engine._recognition = Zeros()
    with pytest.raises(EngineUnavailable, match="answers with zeros"):
        engine.identity(grey, Seen(np.ones((106, 2), np.float32), "insightface106", (0.0, 0.0, 9.0, 9.0), 1.0))


def test_the_picture_is_not_changed(engine: adapter.InsightFace) -> None:
    picture = plain(RED)
    engine.identity(picture, engine.find(picture)[0])
    assert (picture == plain(RED)).all()


def test_loading_by_name_and_the_licence_gate() -> None:
    assert engines.load("insightface-small").name == "insightface-small"
    with pytest.raises(EngineUnavailable, match="may not be used for a commercial film"):
        engines.load("insightface-small", commercial=True)


def test_a_folder_without_one_of_the_tasks_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "FETCHED", {"buffalo_s": pack(folder, "det_500m.onnx", "w600k_mbf.onnx")})
    with pytest.raises(EngineUnavailable, match=r"buffalo_s has no model for landmark_2d_106\. Fetch buffalo_s again"):
        adapter.create(pack="buffalo_s")


def test_a_changed_model_is_never_opened(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "buffalo_s").mkdir()
    for file in folder.iterdir():
        (tmp_path / "buffalo_s" / file.name).write_bytes(file.read_bytes())
    broken = tmp_path / "buffalo_s" / "2d106det.onnx"
    broken.write_bytes(broken.read_bytes()[:-1] + b"x")
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(EngineUnavailable, match=r"2d106det\.onnx is not the weights buffalo_s: its SHA-256"):
        engines.load("insightface-small")


def test_a_machine_without_the_gpu_build_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(EngineUnavailable, match="no GPU build"):
        adapter.create(pack="buffalo_s", device="cuda")
