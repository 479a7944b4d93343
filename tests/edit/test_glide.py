"""A slow move's frames, held against exact resampling, and against what ffmpeg makes of the same still."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.edit.glide import Glide, Sheet
from studio.edit.render import render
from studio.edit.timeline import FULL, Clip, Fit, Media, Move, Rect, Timeline, TimeRange, Track
from studio.errors import FileUnreadable
from studio.media.image import write_png
from studio.media.video import read_video
from studio.types import U8

SIZE = (320, 180)
STAY = Move(FULL, FULL)


def grain(size: tuple[int, int], seed: int = 0) -> U8:
    """Coloured clouds with fine detail, RGB uint8."""
    rng = np.random.default_rng(seed)
    made = np.zeros((size[1], size[0], 3))
    for cells, height in ((4, 70), (30, 30), (160, 20)):
        cloud = Image.fromarray(rng.integers(0, 255, (cells, cells, 3), np.uint8)).resize(
            size, Image.Resampling.BICUBIC
        )
        made += (np.asarray(cloud, float) / 255 - 0.5) * height * 2
    return np.clip(made + 128, 0, 255).astype(np.uint8)


def luma(glide: Glide) -> list[U8]:
    width, height = glide.size
    return [np.frombuffer(frame, np.uint8)[: width * height].reshape(height, width).copy() for frame in glide.frames()]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((a.astype(float) - b.astype(float)) ** 2))))


def shown(path: Path, *effects: object, size: tuple[int, int] = SIZE) -> U8:
    """One frame of a still in a film, RGB."""
    clip = Clip("s", Media(path, "still"), TimeRange(F(0), F(1, 25)), effects)  # type: ignore[arg-type]
    out = path.with_suffix(".mkv")
    render(Timeline(F(25), size, (Track("video", (clip,)),)), out, quality="scene")
    return next(iter(read_video(out).open()))


@pytest.mark.parametrize("view", [Rect(0.05, 0.1, 0.8, 0.8), Rect(0.31, 0.22, 0.4, 0.4)])
def test_every_frame_shows_what_resampling_the_photo_shows(tmp_path: Path, view: Rect) -> None:
    photo = grain((1280, 720))
    write_png(tmp_path / "p.png", photo)
    move = Move(view, Rect(view.x + 0.03, view.y, view.width * 0.9, view.height * 0.9), "linear")
    glide = Glide(tmp_path / "p.png", Fit(), move, SIZE, 5)
    grey = Image.fromarray(np.round(photo @ [0.2126, 0.7152, 0.0722]).astype(np.uint8))
    for number, frame in enumerate(luma(glide)):
        seen = glide.view(number)
        box = (seen.x * 1280, seen.y * 720, (seen.x + seen.width) * 1280, (seen.y + seen.height) * 720)
        exact = np.asarray(grey.resize(SIZE, Image.Resampling.LANCZOS, box), float) * 219 / 255 + 16
        assert psnr(frame, exact) > 38


def test_the_camera_comes_and_goes_slowly(tmp_path: Path) -> None:
    glide = Glide(tmp_path / "p.png", Fit(), Move(FULL, Rect(0.1, 0.1, 0.8, 0.8)), SIZE, 11)
    widths = [glide.view(number).width for number in range(11)]
    steps = -np.diff(widths)
    assert widths[0] == 1 and widths[-1] == pytest.approx(0.8)
    assert steps[0] < steps[4] / 3 and steps == pytest.approx(steps[::-1])


@pytest.mark.parametrize("mode", ["contain", "contain-blur", "cover"])
@pytest.mark.parametrize("size", [(500, 700), (900, 300), (640, 360)])
def test_a_still_that_moves_lies_as_one_that_does_not(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    write_png(tmp_path / "p.png", grain(size))
    fit = Fit(mode, (0.3, 0.2))  # type: ignore[arg-type]
    moved, fixed = shown(tmp_path / "p.png", fit, STAY), shown(tmp_path / "p.png", fit)
    assert psnr(moved, fixed) > (26 if mode == "contain-blur" else 33)
    # ffmpeg rounds the colours of the blurred copy down twice.
    most = 5.0 if mode == "contain-blur" else 1.0
    assert np.abs(moved.astype(float).mean((0, 1)) - fixed.astype(float).mean((0, 1))).max() < most


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (190, 140, 110)])
def test_colours_stay(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    write_png(tmp_path / "p.png", np.full((180, 320, 3), colour, np.uint8))
    assert np.abs(shown(tmp_path / "p.png", STAY).astype(int) - colour).max() <= 4


def test_a_near_view_of_a_large_photo_is_sharper_than_the_canvas(tmp_path: Path) -> None:
    fine = np.indices((720, 1280)).sum(0) // 4 % 2 * 255  # stripes that the canvas cannot hold and the near view can
    write_png(tmp_path / "p.png", np.repeat(fine[..., None].astype(np.uint8), 3, axis=2))
    near = Rect(0.4, 0.4, 0.2, 0.2)
    assert luma(Glide(tmp_path / "p.png", Fit(), Move(near, near), SIZE, 1))[0].std() > 60


def test_nothing_trembles(tmp_path: Path) -> None:
    """The path of a dot over a zoom of 10 %, mean second difference of px."""
    y, x = np.mgrid[0:180, 0:320]
    light = np.clip(255 - 40 * (np.hypot(x - 80, y - 50) - 5), 0, 255).astype(np.uint8)
    write_png(tmp_path / "p.png", np.repeat(light[..., None], 3, axis=2))
    path = []
    for frame in luma(Glide(tmp_path / "p.png", Fit(), Move(FULL, Rect(0.05, 0.05, 0.9, 0.9)), SIZE, 200)):
        weight = frame.astype(float) - 16
        path.append(((x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum()))
    assert np.hypot(*np.diff(np.array(path), 2, axis=0).T).mean() <= 0.03


def test_from_the_whole_to_a_detail(tmp_path: Path) -> None:
    write_png(tmp_path / "p.png", grain((1280, 720)))
    move = Move(FULL, Rect(0.499, 0.499, 0.002, 0.002))
    first, *_, last = luma(Glide(tmp_path / "p.png", Fit(), move, (1280, 720), 3))
    assert first.std() > 20 and last.std() < first.std() / 3


def test_only_what_is_seen_is_laid_out() -> None:
    photo = grain((1280, 720))
    sheet = Sheet.of(photo, Fit(), SIZE)
    whole = sheet.drawn(FULL, (640, 360))
    part = sheet.drawn(Rect(0.25, 0.5, 0.5, 0.25), (320, 90))
    assert psnr(part, whole[180:270, 160:480]) > 40


def test_a_damaged_still_is_named(tmp_path: Path) -> None:
    write_png(tmp_path / "p.png", grain((640, 360)))
    data = (tmp_path / "p.png").read_bytes()
    (tmp_path / "p.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(FileUnreadable, match="damaged or cut short"):
        shown(tmp_path / "p.png", STAY)
    assert [path.name for path in tmp_path.iterdir()] == ["p.png"]
