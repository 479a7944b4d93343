"""The door: copies, records, refusals; and the networks, on tiny ones that are made here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.restoration import changed, faded, grainy, printed
from studio import weights
from studio.errors import EngineUnavailable, OutputUnwritable, PhotoUnusable, ProductionInvalid
from studio.media.files import sha256_file
from studio.media.scan import Scan, read_scan, write_scan
from studio.restoration import likeness
from studio.restoration.photo import View, as_pixels, as_values
from studio.restoration.restore import restore, restore_all
from studio.restoration.steps import read_list
from studio.types import F32

EIGHT = np.zeros((1, 1, 1), np.uint8)


def written(path: Path, values: F32, like: np.ndarray = EIGHT) -> Path:
    write_scan(path, Scan(as_pixels(values.astype(np.float32), like)))
    return path


def test_a_good_photo_comes_back_as_it_was(hopper: Path, tmp_path: Path) -> None:
    before = sha256_file(hopper)
    done = restore(hopper, tmp_path / "h.restored.png")
    assert done.steps == ()
    assert done.pictures == ()
    assert np.array_equal(read_scan(done.path).pixels, read_scan(hopper).pixels)
    assert sha256_file(hopper) == before


def test_a_faded_face_is_restored_and_is_still_the_same(hopper_view: View, tmp_path: Path) -> None:
    old = written(tmp_path / "old.png", faded(as_values(hopper_view.pixels), np.random.default_rng(0)))
    done = restore(old, tmp_path / "out" / "old.restored.png")
    assert done.steps[0].name == "levels"
    assert all(not face.objection for face in done.likeness)
    assert len(done.likeness) == 1
    said = json.loads(done.record.read_text(encoding="utf-8"))
    assert said["source"]["sha256"] == sha256_file(old)
    assert said["restored"]["sha256"] == sha256_file(done.path)
    assert said["steps"][0]["measured"]["light"] == pytest.approx(0.72, abs=0.04)
    assert said["engine"] is None
    assert all(path.stat().st_size > 1000 for path in done.pictures)
    again = restore(old, done.path)  # an earlier copy of the same photo may be replaced
    assert sha256_file(again.path) == said["restored"]["sha256"]


def test_sixteen_bits_and_grey_stay_so(soft_scene: F32, tmp_path: Path) -> None:
    deep = written(tmp_path / "deep.png", faded(soft_scene, np.random.default_rng(0)), np.zeros((1, 1, 1), np.uint16))
    done = restore(deep, tmp_path / "deep.restored.png", steps=("levels",))
    after = read_scan(done.path).pixels
    assert after.dtype == np.uint16
    assert after.shape == (480, 640, 1)
    assert len(np.unique(after)) > 1000


def test_nothing_is_ever_written_over(hopper: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    write_scan(photo, read_scan(hopper))
    with pytest.raises(OutputUnwritable, match="the photo itself"):
        restore(photo, photo)
    other = tmp_path / "other.png"
    other.write_bytes(photo.read_bytes())
    with pytest.raises(OutputUnwritable, match="there already"):
        restore(photo, other)
    with pytest.raises(ProductionInvalid, match="does not end in"):
        restore(photo, tmp_path / "out.jpg")
    assert not list(tmp_path.glob("*.json"))


def test_steps_are_named_left_out_and_weighed(soft_scene: F32, tmp_path: Path) -> None:
    old = written(tmp_path / "old.png", faded(soft_scene, np.random.default_rng(0)))
    whole = restore(old, tmp_path / "a.png", steps={"levels": 1.0}, show=False)
    part = restore(old, tmp_path / "b.png", steps=read_list("levels=0.5"), show=False)
    spread = [float(np.ptp(read_scan(done.path).pixels)) for done in (whole, part)]
    assert float(np.ptp(read_scan(old).pixels)) < spread[1] < spread[0]
    assert restore(old, tmp_path / "c.png", without=("levels", "grain", "sharpen"), show=False).steps == ()
    for wrong in ("polish", {"levels": 1.5}):
        with pytest.raises(ProductionInvalid):
            restore(old, tmp_path / "d.png", steps=wrong)
    assert not (tmp_path / "d.png").exists()


def test_a_mask_of_another_shape_is_refused(soft_scene: F32, tmp_path: Path) -> None:
    photo = written(tmp_path / "photo.png", soft_scene)
    mask = written(tmp_path / "mask.png", np.ones((200, 200, 1), np.float32))
    with pytest.raises(PhotoUnusable, match="draw it on a copy"):
        restore(photo, tmp_path / "out.png", mask=mask)


def test_one_bad_photo_among_many_is_told(soft_scene: F32, tmp_path: Path) -> None:
    good = written(tmp_path / "good.png", soft_scene)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture at all")
    batch = restore_all([good, bad], tmp_path / "out", show=False)
    assert [done.source for done in batch.restored] == [good]
    assert [path for path, _ in batch.skipped] == [bad]


def test_changed_faces_are_refused_and_restored_ones_are_not(hopper_view: View) -> None:
    (sitter,) = likeness.sitters(hopper_view)
    faces = changed(sitter)
    found = dict(zip(faces, likeness.compare([sitter] * len(faces), list(faces.values())), strict=True))
    for name in ("eyes 16 % wider", "mouth smiles", "nose shorter", "smoothed .08"):
        assert found[name].objection, name
    (same,) = likeness.compare([sitter], [sitter.image])
    assert not same.objection
    darker = np.round(sitter.image * 0.7 + 20).astype(np.uint8)
    (lit,) = likeness.compare([sitter], [darker])
    assert not lit.objection


def network(path: Path, out: int, *, bias: float = 0.0) -> Path:
    """A tiny ONNX network: a picture in, the same moved down by four px out in `out` channels, plus `bias`."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kernel = np.zeros((out, 3, 9, 9), np.float32)
    kernel[range(out), range(out), 0, 4] = 1
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=[4, 4, 4, 4])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, out, 64, 64])],
        [numpy_helper.from_array(kernel, "w"), numpy_helper.from_array(np.full(out, bias, np.float32), "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights in which small ones are allowed."""
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(folder))
    small = {name: replace(known, size=weights.ANY_SIZE) for name, known in weights.FETCHED.items()}
    monkeypatch.setattr(weights, "FETCHED", small)
    return folder


def test_without_weights_an_engine_says_what_to_do(hopper: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="studio weights add gfpgan"):
        restore(hopper, tmp_path / "out.png", engine="gfpgan")
    with pytest.raises(EngineUnavailable, match="no engine 'codeformer'"):
        restore(hopper, tmp_path / "out.png", engine="codeformer")
    with pytest.raises(EngineUnavailable, match="may not be used for what is sold"):
        restore(hopper, tmp_path / "out.png", engine="gfpgan", commercial=True)


def test_a_network_that_makes_somebody_else_is_refused(hopper: Path, brought: Path, tmp_path: Path) -> None:
    network(brought / "GFPGANv1.4.onnx", 3)  # eyes, nose and mouth a quarter of an eye distance lower
    done = restore(hopper, tmp_path / "out.png", engine="gfpgan", strength=1.0, steps=())
    assert done.engine is None
    assert [left.name for left in done.left if left.refused] == ["gfpgan"]
    assert np.array_equal(read_scan(done.path).pixels, read_scan(hopper).pixels)


def test_colours_are_said_to_be_invented(hopper_view: View, brought: Path, tmp_path: Path) -> None:
    network(brought / "ddcolor.onnx", 2, bias=12.0)
    grey = as_values(hopper_view.pixels).mean(axis=2, keepdims=True)
    photo = written(tmp_path / "grey.png", grey)
    done = restore(photo, tmp_path / "out.png", engine="ddcolor", steps=(), show=False)
    said = json.loads(done.record.read_text(encoding="utf-8"))
    assert said["invented"][0].startswith("The colours are invented")
    assert list(said["engine"]["weights"]) == ["ddcolor"]
    after = read_scan(done.path).pixels
    assert after.shape[2] == 3
    light = cv2.cvtColor(after, cv2.COLOR_RGB2LAB)[:, :, 0].astype(int)
    before = cv2.cvtColor(np.repeat(read_scan(photo).pixels, 3, axis=2), cv2.COLOR_RGB2LAB)[:, :, 0].astype(int)
    assert np.abs(light - before).mean() < 2


def test_a_file_that_is_another_network_is_refused(hopper: Path, brought: Path, tmp_path: Path) -> None:
    (brought / "GFPGANv1.4.onnx").write_bytes(b"not a network")
    with pytest.raises(EngineUnavailable, match="no network that onnxruntime can read"):
        restore(hopper, tmp_path / "out.png", engine="gfpgan")


def test_printed_and_grainy_faces_pass(hopper_view: View, tmp_path: Path) -> None:
    whole = as_values(hopper_view.pixels)
    for name, damage in (("printed", printed), ("grainy", grainy)):
        done = restore(
            written(tmp_path / f"{name}.png", damage(whole, np.random.default_rng(0))),
            tmp_path / f"{name}.restored.png",
            show=False,
        )
        assert done.steps, name
        assert not [left for left in done.left if left.refused], name
