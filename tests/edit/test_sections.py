"""Where a film is parted, and when a section counts as the same."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.edit import captions, fonts, sections
from studio.edit.captions import Cue
from studio.edit.timeline import Captions, Clip, Media, Overlay, Timeline, TimeRange, Track, Transition
from studio.media.image import write_png

RATES = (F(24000, 1001), F(25), F(30000, 1001))


def film(rate: F, lengths: tuple[int, ...], **more: Any) -> Timeline:
    """Scenes of so many frames that melt into each other for ten."""
    items: list[Any] = []
    for number, length in enumerate(lengths):
        if number:
            items.append(Transition(5 / rate, 5 / rate))
        media = Media(Path(f"/takes/{number}-{length}.mkv"), "video", (length + 20) / rate)
        items.append(Clip(f"{number}", media, TimeRange(10 / rate, length / rate)))
    return Timeline(rate, (320, 180), (Track("video", tuple(items)),), **more)


@pytest.mark.parametrize("rate", RATES)
def test_a_film_is_parted_after_each_melt_and_long_scenes_in_pieces(rate: F) -> None:
    timeline = film(rate, (100, 200, 30, 2000, 150))
    parts = sections.parts(timeline)
    long = round(sections.LONGEST * rate)
    # The scene of thirty frames is too short for a section of its own, and goes with the long one after it.
    starts = [0, 105, 305, *range(305 + long, 2335 - 40, long), 2335]
    assert [part.start for part in parts] == starts
    assert [part.stop for part in parts] == [*starts[1:], timeline.num_frames]


@pytest.mark.parametrize("rate", RATES)
def test_one_changed_scene_changes_its_own_sections_only(rate: F) -> None:
    """Longer, it moves all that comes after it; what is seen there is the same."""
    before, after = film(rate, (100, 200, 150, 160, 170)), film(rate, (100, 200, 190, 160, 170))
    told = [
        [sections.contents(timeline, part, str) for part in sections.parts(timeline)] for timeline in (before, after)
    ]
    assert [a == b for a, b in zip(*told, strict=True)] == [True, False, False, True, True]


def test_everything_that_is_seen_counts(tmp_path: Path) -> None:
    rate = F(25)
    write_png(tmp_path / "a.png", np.zeros((8, 8, 4), np.uint8))
    font = fonts.font_for("a")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "f").write_bytes(b"")
    text = captions.to_ass([Cue(F(5), F(6), ("a",))], size=(320, 180), family=font.family)
    (tmp_path / "a.ass").write_text(text, encoding="utf-8")
    plain = film(rate, (100, 100, 100))
    label = Overlay(tmp_path / "a.png", TimeRange(F(1), F(1)), (4, 4), F(1, 5))
    words = Captions(tmp_path / "a.ass", tmp_path / "fonts")

    def changed(timeline: Timeline) -> list[bool]:
        # What lies over the film is compared with nothing lying over it.
        parts = sections.parts(plain)
        seen = [sections.contents(timeline, part, str)["effects"] for part in parts]
        return [any(effects) for effects in seen]

    assert changed(replace(plain, effects=(label,))) == [True, False, False]
    assert changed(replace(plain, effects=(words,))) == [False, True, False]
    part = sections.parts(plain)[1]
    one = sections.contents(replace(plain, effects=(words,)), part, str)
    (tmp_path / "a.ass").write_text(text.replace("}a", "}b"), encoding="utf-8")
    assert sections.contents(replace(plain, effects=(words,)), part, str) != one
    assert sections.contents(replace(plain, size=(640, 360)), part, str) != sections.contents(plain, part, str)
    assert sections.contents(plain, part, str) != sections.contents(plain, part, lambda path: f"other {path}")
