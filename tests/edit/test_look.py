"""Film looks on real pictures: what each does to them, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from studio.edit import look as looks
from studio.edit.look import Look
from studio.edit.render import render
from studio.edit.timeline import Clip, Fit, Gap, Media, Place, Rect, Timeline, TimeRange, Track
from studio.errors import FileUnreadable
from studio.media.image import write_png
from studio.media.video import read_video, write_video
from studio.types import U8, FrameSource

SIZE = (320, 180)


def film(clip: Clip, size: tuple[int, int] = SIZE, rate: F = F(25)) -> Timeline:
    return Timeline(rate, size, (Track("video", (clip,)),))


def pictures(timeline: Timeline, folder: Path) -> list[U8]:
    render(timeline, folder / "o.mkv", quality="scene")
    return list(read_video(folder / "o.mkv").open())


def still(folder: Path, image: U8, look: Look, frames: int = 2) -> Clip:
    write_png(folder / "p.png", image)
    return Clip("p", Media(folder / "p.png", "still"), TimeRange(F(0), F(frames, 25)), (Fit(), look))


def flat(colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> U8:
    return np.full((size[1], size[0], 3), colour, np.uint8)


def patches() -> U8:
    """Red, green, blue, grey, black and white, side by side."""
    colours = [(200, 40, 40), (40, 180, 60), (40, 60, 200), (128, 128, 128), (0, 0, 0), (255, 255, 255)]
    return np.repeat(np.repeat(np.array(colours, np.uint8)[None], 60, axis=0), 40, axis=1)


def patch(image: U8, number: int) -> np.ndarray:
    return image[20:40, 40 * number + 10 : 40 * number + 30].reshape(-1, 3).mean(axis=0)


def table(path: Path, edge: int, colour: Callable[[float, float, float], tuple[float, float, float]]) -> Path:
    steps = np.linspace(0, 1, edge)
    rows = [" ".join(f"{v:.6f}" for v in colour(r, g, b)) for b in steps for g in steps for r in steps]
    path.write_text('TITLE "a look"\n# by hand\n' + f"LUT_3D_SIZE {edge}\n\n" + "\n".join(rows) + "\n")
    return path


def written(path: Path, source: Path) -> Path:
    path.write_text("".join(looks.cube(source)))
    return path


def test_prints_turn_faded_brown_and_grey(tmp_path: Path) -> None:
    shown = {}
    for kind in ("none", "faded", "sepia", "mono"):
        image = pictures(film(still(tmp_path, patches(), Look(print=kind)), (240, 60)), tmp_path)[0]
        shown[kind] = [patch(image, number) for number in range(6)]
    assert all(np.ptp(colour) <= 3 for colour in shown["mono"])
    for number in range(6):  # the light of a picture without colour is that of the picture: BT.709
        light = float(shown["none"][number] @ [0.2126, 0.7152, 0.0722])
        assert shown["mono"][number].mean() == pytest.approx(light, abs=3)
    assert all(red > green > blue for red, green, blue in shown["sepia"][:4])
    assert shown["faded"][4].min() > 12 and shown["faded"][5].max() < 252  # no black and no white are left
    assert shown["faded"][5][2] < shown["faded"][5][0] - 20  # the paper yellows
    assert np.ptp(shown["faded"][2]) < np.ptp(shown["none"][2])


def test_a_table_of_colours_is_followed(tmp_path: Path) -> None:
    source = table(tmp_path / "swap.cube", 5, lambda r, g, b: (b, g, 0.5 * r))
    look = Look(lut=written(tmp_path / "clean.cube", source))
    before = pictures(film(still(tmp_path, patches(), Look(vignette=0.0)), (240, 60)), tmp_path)[0]
    after = pictures(film(still(tmp_path, patches(), look), (240, 60)), tmp_path)[0]
    for number in range(6):
        red, green, blue = patch(before, number)
        assert patch(after, number) == pytest.approx([blue, green, red / 2], abs=4)


def test_a_table_of_another_program_is_understood(tmp_path: Path) -> None:
    rows = "\n".join(f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1))
    path = tmp_path / "r.cube"
    path.write_bytes(b"\xef\xbb\xbf" + f"LUT_3D_SIZE 2\r\nLUT_3D_INPUT_RANGE 0.0 2.0\r\n{rows}\r\n".encode())
    lines = list(looks.cube(path))
    assert lines[:3] == ["LUT_3D_SIZE 2\n", "DOMAIN_MIN 0.0 0.0 0.0\n", "DOMAIN_MAX 2.0 2.0 2.0\n"]
    assert len(lines) == 3 + 8


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "LUT_3D_SIZE"),
        ("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n", "one-dimensional"),
        ("LUT_3D_SIZE two\n", "from 2 to 256"),
        ("LUT_3D_SIZE 1000\n", "from 2 to 256"),
        ("LUT_3D_SIZE 2\n0 0 0\n", "1 colours where LUT_3D_SIZE 2 asks for 8"),
        ("LUT_3D_SIZE 2\n0 0 0\n0 0\n", "line 3: expected three numbers, found '0 0'"),
        ("LUT_3D_SIZE 2\n0 0 0\n0 0 nan\n", "line 3"),
        ("LUT_3D_SIZE 2\nDOMAIN_MIN 1 1 1\n" + 8 * "0 0 0\n", "DOMAIN_MIN is not below"),
        ("LUT_3D_SIZE 2\nDOMAIN_MAX 1 1\n" + 8 * "0 0 0\n", "DOMAIN_MAX: expected three"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "not text"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(text: str | bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "x.cube"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FileUnreadable, match=r"is no \.cube table that can be used") as refused:
        list(looks.cube(path))
    assert why in str(refused.value)


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"nowhere\.cube"):
        list(looks.cube(tmp_path / "nowhere.cube"))


def test_grain_moves_is_the_same_each_time_and_leaves_colour_and_light(tmp_path: Path) -> None:
    clip = still(tmp_path, flat((150, 110, 90)), Look(grain=0.6, seed=4), frames=4)
    frames = pictures(film(clip), tmp_path)
    first = (tmp_path / "o.mkv").read_bytes()
    seen = np.array(frames, float)
    assert len(frames) == 4
    bare = pictures(film(still(tmp_path, flat((150, 110, 90)), Look(vignette=0.0))), tmp_path)[0]
    assert seen[1].mean(axis=(0, 1)) == pytest.approx(bare.mean(axis=(0, 1)), abs=5)
    assert abs(np.corrcoef(seen[1, ..., 1].ravel(), seen[2, ..., 1].ravel())[0, 1]) < 0.1
    # Silver, not noise of a sensor: light varies, colour does not.
    assert (seen[1, ..., 0] - seen[1, ..., 2]).std() < 0.5 * seen[1, ..., 1].std()
    clip = still(tmp_path, flat((150, 110, 90)), Look(grain=0.6, seed=4), frames=4)
    assert pictures(film(clip), tmp_path)[1].tobytes() == frames[1].tobytes()
    assert (tmp_path / "o.mkv").read_bytes() == first
    other = pictures(film(still(tmp_path, flat((150, 110, 90)), Look(grain=0.6, seed=5), frames=4)), tmp_path)
    assert other[1].tobytes() != frames[1].tobytes()


def test_grain_is_as_strong_to_the_eye_at_any_size_and_gone_in_black_and_white(tmp_path: Path) -> None:
    import cv2

    strength = {}
    for size in ((480, 270), (1280, 720)):
        frame = pictures(film(still(tmp_path, flat((127,) * 3, size), Look(grain=1)), size), tmp_path)[0]
        small = cv2.resize(frame, (480, 270), interpolation=cv2.INTER_AREA)
        strength[size] = float(small[..., 1].std())
    assert strength[480, 270] == pytest.approx(strength[1280, 720], rel=0.15)
    assert strength[480, 270] > 3
    for level in (0, 255):
        frame = pictures(film(still(tmp_path, flat((level,) * 3), Look(grain=1))), tmp_path)[0]
        assert frame.std() < 0.35 * strength[480, 270]


def test_a_vignette_darkens_the_corners_alone(tmp_path: Path) -> None:
    frame = pictures(film(still(tmp_path, flat((180, 180, 180)), Look(vignette=1.0))), tmp_path)[0].astype(float)
    assert frame[90, 160].mean() == pytest.approx(180, abs=4)
    assert frame[4, 4].mean() < 90
    assert abs(frame[4, 4].mean() - frame[-5, -5].mean()) < 6


def test_a_look_stays_on_its_clip(tmp_path: Path) -> None:
    """A picture within the picture takes a look, its see-through edge and what lies below it do not."""
    write_png(tmp_path / "g.png", flat((60, 120, 200)))
    write_png(tmp_path / "r.png", flat((200, 60, 60)))
    ground = Clip("g", Media(tmp_path / "g.png", "still"), TimeRange(F(0), F(1)))
    look = Look(print="mono", grain=0.3, vignette=0.3)
    small = Clip(
        "r", Media(tmp_path / "r.png", "still"), TimeRange(F(0), F(2, 5)), (Place(Rect(0.5, 0.5, 0.5, 0.5)), look)
    )
    tracks = (Track("video", (ground,)), Track("video", (Gap(F(1, 5)), small)))
    frames = [frame.astype(int) for frame in pictures(Timeline(F(25), SIZE, tracks), tmp_path)]
    for frame in (frames[2], frames[10], frames[20]):
        assert abs(frame[30, 30] - [60, 120, 200]).max() < 8
    assert np.ptp(frames[10][130, 240]) < 12
    assert abs(frames[20][130, 240] - [60, 120, 200]).max() < 8


def source(folder: Path, level: Callable[[int], int], frames: int, rate: F = F(25)) -> Path:
    def go() -> Iterator[U8]:
        for number in range(frames):
            yield flat((level(number),) * 3)

    write_video(folder / "f.mkv", FrameSource(go, frames, rate, SIZE), lossless=True)
    return folder / "f.mkv"


def levels(path: Path, look: Look, frames: int, folder: Path, rate: F = F(25)) -> np.ndarray:
    clip = Clip("f", Media(path, "video"), TimeRange(F(0), frames / rate), (look,))
    seen = pictures(film(clip, rate=rate), folder)
    assert len(seen) == frames
    return np.array([frame.mean() for frame in seen])


def flashes(levels: np.ndarray, rate: int) -> float:
    """The most flashes in any second: pairs of opposing changes of a tenth of the brightest light or more, the darker
    side below 0.8 of it (ITU-R BT.1702)."""
    light = (levels / 255) ** 2.4
    turns, low, high, rising = [], light[0], light[0], None
    for number, value in enumerate(light):
        low, high = min(low, value), max(high, value)
        if rising is not False and high - value >= 0.1 and value < 0.8:
            turns.append(number)
            rising, low = False, value
        elif rising is not True and value - low >= 0.1 and low < 0.8:
            turns.append(number)
            rising, high = True, value
    return max((sum(t <= turn < t + rate for turn in turns) / 2 for t in range(len(light))), default=0.0)


@pytest.mark.parametrize(("hz", "rate"), [(12, 25), (5, 25), (4, 25), (6, 50)])
def test_flashes_are_damped_to_three_a_second(hz: int, rate: int, tmp_path: Path) -> None:
    frames = 3 * rate
    path = source(tmp_path, lambda n: 255 * (int(n * 2 * hz / rate) % 2), frames, F(rate))
    bare = levels(path, Look(vignette=0.0), frames, tmp_path, F(rate))
    guarded = levels(path, Look(flash_guard=True), frames, tmp_path, F(rate))
    assert flashes(bare, rate) >= hz - 0.5
    assert flashes(guarded, rate) <= 3


def test_a_picture_without_flashes_passes_the_guard(tmp_path: Path) -> None:
    path = source(tmp_path, lambda n: 100 + n, 50)
    assert levels(path, Look(flash_guard=True), 50, tmp_path) == pytest.approx(
        levels(path, Look(vignette=0.0), 50, tmp_path), abs=2
    )


def test_light_that_flickers_is_made_even(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    flicker = 110 + rng.normal(0, 8, 60)
    path = source(tmp_path, lambda n: int(np.clip(flicker[n], 0, 255)), 60)
    before = levels(path, Look(vignette=0.0), 60, tmp_path)
    after = levels(path, Look(deflicker=True), 60, tmp_path)
    assert np.abs(np.diff(after[5:])).mean() < 0.5 * np.abs(np.diff(before[5:])).mean()
    assert after.mean() == pytest.approx(before.mean(), abs=3)


def test_a_look_out_of_range_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="0 … 1"):
        Look(grain=1.2)
