"""What is seen in each kind of scene, before and after it is rendered."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from studio import scenes
from studio.cache import Cache
from studio.edit.look import Look
from studio.edit.timeline import FULL, Clip, Fade, Gap, Move, Overlay, Place, Timeline
from studio.errors import FileUnreadable, FontMissing
from studio.framing import CAPTION_TOP
from studio.media.image import read_image
from studio.media.video import read_video
from studio.meter import Meter
from studio.production import Production
from studio.storyboard import Crossing, Scene
from studio.takes import Takes

SHAPES = {"16:9": 240, "9:16": 426, "1:1": 240, "4:5": 300}
Stage = Callable[..., Takes]


@pytest.fixture
def stage(tmp_path: Path, hopper: Path) -> Stage:
    """A production of some scenes, whose photos are Grace Hopper's."""

    def build(*written: dict[str, Any], aspect: str = "16:9", **changes: Any) -> Takes:
        (tmp_path / "g.jpg").write_bytes(hopper.read_bytes())
        table = {
            "schema": "studio/1",
            "title": "Grace 奶奶",
            "people": {"g": {"name": "Grace", "photos": [{"file": "g.jpg"}]}},
            "scenes": [{"id": f"s{number}", **scene} for number, scene in enumerate(written)],
            "canvas": {"aspect": aspect, "height": SHAPES[aspect]},
            **changes,
        }
        file = tmp_path / "production.yaml"
        file.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
        return Takes(Production.load(file), Cache(tmp_path / "cache"), Meter())

    return build


def staged(takes: Takes, number: int = 0, head: F = F(0), tail: F = F(0)) -> tuple[Timeline, scenes.Plan]:
    planned = scenes.plan(takes, takes.production.scenes[number], head, tail)
    return scenes.staged(takes, planned), planned


def clips(timeline: Timeline) -> list[Clip]:
    return [item for track in timeline.video for item in track.items if isinstance(item, Clip)]


def effect(clip: Clip, kind: type) -> Any:
    return next((one for one in clip.effects if isinstance(one, kind)), None)


TITLE = {"kind": "title", "heading": "Grace Hopper", "subheading": "1906 – 1992"}
QUOTE = {"kind": "quote", "text": "It is easier to ask forgiveness than it is to get permission.", "by": "G. H."}
SLATE = {"kind": "slate", "scene": "12A", "take": 3, "notes": "21 Nov 2026"}
PHOTO = {"kind": "photo", "file": "g.jpg", "seconds": 1}
SAY = {
    "kind": "talking",
    "person": "g",
    "lines": [{"say": "Good evening, everyone."}],
    "lower_third": {"name": "Grace", "role": "US Navy"},
}


def test_reading_takes_as_long_as_it_takes() -> None:
    assert scenes.reading_time("Yes.") == 3
    assert scenes.reading_time("a" * 150) == F(23, 2)
    assert scenes.reading_time("春" * 50) == F(23, 2)
    assert scenes.reading_time("春" * 50 + " " * 90) == F(23, 2)


def test_a_quotation_stays_until_it_is_read_or_as_long_as_it_is_told(stage: Stage) -> None:
    takes = stage(QUOTE, {**QUOTE, "seconds": 2})
    first, second = (scenes.plan(takes, scene, F(1, 5), F(2, 5)) for scene in takes.production.scenes)
    assert 0 <= first.own - scenes.reading_time(f"{QUOTE['text']} G. H.") < F(1, 25)
    assert second.own == 2


@pytest.mark.parametrize("aspect", SHAPES)
@pytest.mark.parametrize("written", [QUOTE, SLATE, TITLE])
def test_cards_fill_the_canvas_and_carry_no_look(aspect: str, written: dict[str, Any], stage: Stage) -> None:
    takes = stage(written, PHOTO, aspect=aspect, look={"grain": 0.5, "print": "sepia"})
    timeline, _ = staged(takes)
    (clip,) = clips(timeline)
    height, width = read_image(clip.media.path).shape[:2]
    assert (width, height) == takes.production.canvas.size
    assert effect(clip, Look) is None
    assert effect(clip, Fade) == Fade(F(4, 5))  # the film's first scene rises from black


def test_a_slate_is_the_same_on_any_day_and_tells_takes_apart(stage: Stage) -> None:
    def shown(**changes: Any) -> bytes:
        timeline, _ = staged(stage({**SLATE, **changes}))
        return clips(timeline)[0].media.path.read_bytes()

    assert shown() == shown()
    assert len({shown(), shown(take=4), shown(notes=""), shown(scene="13")}) == 4


@pytest.mark.parametrize("aspect", SHAPES)
def test_a_title_over_a_photo_hides_no_face(aspect: str, stage: Stage) -> None:
    takes = stage({**TITLE, "photo": "g.jpg"}, PHOTO, aspect=aspect, look={"print": "mono"})
    timeline, _ = staged(takes)
    (clip,) = clips(timeline)
    (words,) = timeline.effects
    assert isinstance(words, Overlay)
    assert effect(clip, Look).print == "mono"
    assert words.fade_in == effect(clip, Fade).start == F(4, 5)
    picture = rgba(words.path)
    letters = np.flatnonzero((picture[..., :3].min(axis=2) > 90).any(axis=1)) + words.position[1]
    chin = read_sitter(takes, clip)[3]
    assert letters[0] >= chin * takes.production.canvas.height - 2


def rgba(path: Path) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGBA"))


def read_sitter(takes: Takes, clip: Clip) -> tuple[float, float, float, float]:
    """The face of a still as it is seen at the end of its move."""
    from studio.framing import Framing, sitters
    from studio.head import faces

    image = read_image(clip.media.path)
    size = (image.shape[1], image.shape[0])
    framing = Framing(size, takes.production.canvas.size, sitters(faces.find(image), size))
    return framing.seen(framing.faces[0], effect(clip, Move).end)


@pytest.mark.parametrize(("aspect", "place"), [("16:9", "left"), ("9:16", "left"), ("1:1", "corner")])
def test_a_portrait_over_a_photo(aspect: str, place: str, stage: Stage) -> None:
    takes = stage({**SAY, "place": place, "behind": "g.jpg"}, aspect=aspect)
    timeline, planned = staged(takes)
    *below, speaking = clips(timeline)
    assert speaking.media.kind == "video"
    box = effect(speaking, Place).box
    edge, third = timeline.effects
    assert isinstance(edge, Overlay) and isinstance(third, Overlay)
    assert edge.range.duration == planned.duration
    width, height = takes.production.canvas.size
    assert len(timeline.video) == (2 if place == "corner" else 3)
    if place == "corner":
        assert box.y + box.height <= CAPTION_TOP + 1e-9
    else:
        assert isinstance(timeline.video[0].items[0], Gap)
        other = effect(below[0], Place).box
        assert box.width * box.height + other.width * other.height == pytest.approx(1)
    # The name lies inside the picture.
    picture = rgba(third.path)
    bright = (picture[..., :3].min(axis=2) > 150) & (picture[..., 3] > 128)
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    assert third.position[0] + columns[0] >= 0 and third.position[0] + columns[-1] < width
    assert third.position[1] + rows[0] >= 0 and third.position[1] + rows[-1] < CAPTION_TOP * height + 0.04 * height


def test_somebody_who_waits_goes_round_without_a_seam(stage: Stage) -> None:
    takes = stage({"kind": "idle", "person": "g", "seconds": 2}, PHOTO)
    timeline, planned = staged(takes, head=F(2, 5), tail=F(3, 5))
    pieces = [(clip.source.start, clip.source.duration) for clip in clips(timeline)]
    assert pieces == [(F(8, 5), F(2, 5)), (0, 2), (0, F(3, 5))]
    film = scenes.shoot(takes, planned)
    frames = np.array([frame[::2, ::2] for frame in read_video(film).open()], np.float32)
    assert len(frames) == 75
    own = frames[10:60]
    steps = np.abs(np.diff(own, axis=0)).mean(axis=(1, 2, 3))
    seam = float(np.abs(own[0] - own[-1]).mean())
    assert steps.max() > 0.05  # it lives
    assert seam <= max(float(np.median(steps)), 0.1)
    # The handles are what comes before and after where it goes round.
    assert np.abs(frames[:10] - own[-10:]).mean() < 0.5
    assert np.abs(frames[60:] - own[:15]).mean() < 0.5


def test_who_waits_is_seen_as_a_speaker_begins(stage: Stage) -> None:
    waits = {"kind": "idle", "person": "g", "seconds": 1}
    for changes in ({}, {"framing": "full"}):
        takes = stage(waits, {**SAY, "lower_third": None, **changes})
        resting, speaking = (effect(clips(staged(takes, number)[0])[0], Move) for number in (0, 1))
        begins = speaking.start if speaking else FULL
        assert (resting.start if resting else FULL) == (resting.end if resting else FULL) == begins


def test_an_idle_scene_longer_handles_than_itself(stage: Stage) -> None:
    timeline, planned = staged(stage({"kind": "idle", "person": "g", "seconds": 1}), head=F(12, 5), tail=F(3))
    assert sum(clip.duration for clip in clips(timeline)) == planned.duration == F(32, 5)
    assert clips(timeline)[0].source.start == F(3, 5)


def test_a_photo_without_faces_is_moved_over_too(stage: Stage, tmp_path: Path) -> None:
    from studio.media.image import write_png

    write_png(tmp_path / "wall.png", np.full((300, 400, 3), 120, np.uint8))
    timeline, _ = staged(stage({**PHOTO, "file": "wall.png"}))
    move = effect(clips(timeline)[0], Move)
    assert move.start != move.end


def test_looks_lie_on_photos_and_only_films_flicker(stage: Stage, tmp_path: Path) -> None:
    from studio.media.video import write_video
    from studio.types import FrameSource

    grey = np.full((90, 160, 3), 120, np.uint8)
    write_video(tmp_path / "c.mp4", FrameSource(lambda: iter([grey] * 30), 30, F(25), (160, 90)))
    (tmp_path / "warm.cube").write_text(
        "LUT_3D_SIZE 2\n" + "\n".join(f"{r} {g} {b}" for b in (0, 0.9) for g in (0, 1) for r in (0, 1))
    )
    look = {"lut": "warm.cube", "vignette": 0.2, "deflicker": True, "flash_guard": True}
    takes = stage(PHOTO, {"kind": "clip", "file": "c.mp4"}, look=look)
    photo, clip = (effect(clips(staged(takes, number)[0])[0], Look) for number in (0, 1))
    assert photo.lut == clip.lut and photo.lut.is_file()
    assert (photo.vignette, photo.deflicker, photo.flash_guard) == (0.2, False, False)
    assert (clip.vignette, clip.deflicker, clip.flash_guard) == (0.2, True, True)
    assert clip.lut in scenes.named_files(staged(takes, 1)[0])
    (tmp_path / "warm.cube").write_text("LUT_3D_SIZE 2\n0 0 0\n")
    with pytest.raises(FileUnreadable, match="asks for 8"):
        staged(stage(PHOTO, look=look))


def test_a_transition_may_have_a_length_and_a_name(stage: Stage) -> None:
    takes = stage(
        PHOTO,
        {**PHOTO, "transition": 1},
        {**PHOTO, "transition": {"seconds": 0.4, "name": "fadeblack"}},
        {**PHOTO, "transition": {"name": "hblur"}},
    )
    written: list[Scene] = takes.production.scenes
    assert [scenes.crossing(scene) for scene in written] == ["fade", "fade", "fadeblack", "hblur"]
    assert isinstance(written[2].transition, Crossing)
    heads = [head for head, _ in scenes.handles(written, 0.8, F(25))]
    tails = [tail for _, tail in scenes.handles(written, 0.8, F(25))]
    assert [(head + tail) * 25 for head, tail in zip(heads[1:], tails, strict=False)] == [25, 10, 20]


def test_a_letter_that_no_font_has_is_told_in_a_sentence(stage: Stage) -> None:
    with pytest.raises(FontMissing, match="𓀀"):
        staged(stage({**TITLE, "heading": "Anna 𓀀"}))
