"""The page beside a film: what it says, that it needs nothing else, and that it comes from what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from studio import pipeline, report
from studio.cache import Cache
from studio.errors import FileUnreadable
from studio.head import bands, quality
from studio.media.image import read_image
from studio.media.video import write_video
from studio.report import clips, gather
from studio.report.clips import Clip, Line
from studio.report.page import html
from studio.report.texts import FIGURES, GROUPS, MOMENTS, TEXTS
from studio.types import U8, AudioClip, FrameSource, Language

RATE = Fraction(25)
RECIPE = {
    "schema": "recipe/1",
    "film": {"file": "f.mp4", "duration_s": "4", "made": "2026-01-02T03:04:05+00:00", "scenes": []},
    "production": {"title": "Grace <奶奶>", "language": "zh"},
    "engines": [
        {"name": "espeak", "stage": "voice", "licence": "GPL", "commercial": True},
        {"name": "wav2lip", "stage": "lipsync", "licence": "research only", "commercial": False},
    ],
    "words": [
        {"text": "Hello", "start_s": 0.5, "end_s": 1.5, "engine": "espeak", "synthetic_voice": True},
        {"text": "Real", "start_s": 2, "end_s": 3, "engine": "recording", "synthetic_voice": False},
    ],
    "takes": [],
}


@pytest.fixture(scope="module")
def still(hopper: Path) -> U8:
    """A small photo, both sides even."""
    return np.ascontiguousarray(read_image(hopper)[:480:2, :480:2])


@pytest.fixture(scope="module")
def measured(still: U8, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A photo that stands still for 2 s, but for its corner, which jumps in the middle."""

    def frames() -> Iterator[U8]:
        for number in range(50):
            frame = still.copy()
            if number >= 24:
                frame[-4:, -4:] ^= 255
            yield frame

    folder = tmp_path_factory.mktemp("measured")
    photo = quality.read(still, (240, 240))
    assert photo.region is not None
    photo = replace(photo, region=(0, 0, 200, 200))
    silence = AudioClip(np.zeros((1, 96_000), np.float32), 48_000)
    lines = [Line("Good <b>evening</b>", 0.2, 1.5, "espeak", synthetic=True)]
    source = FrameSource(frames, 50, RATE, (240, 240))
    clips.examine(source, photo, silence, folder, scene="one", person="Grace & co", lines=lines)
    return clips.load(folder, 1.0)


class Page(HTMLParser):
    """What is in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_needs_nothing_else_and_is_whole(measured: Clip, language: Language) -> None:
    text = html(RECIPE, [measured], language)
    page = Page(text)
    assert not page.open
    names = [tag for tag, _ in page.tags]
    assert "script" not in names and "link" not in names
    assert not re.search(r"https?://|url\(|@import", text)
    assert all(str(found["src"]).startswith("data:image/jpeg;base64,") for tag, found in page.tags if tag == "img")
    assert dict(page.tags)["html"]["lang"] == {"en": "en", "zh": "zh-Hans"}[language]
    assert "prefers-color-scheme:dark" in text and any(found.get("name") == "viewport" for _, found in page.tags)
    said = " ".join(page.words)
    assert "Grace <奶奶>" in said and "Good <b>evening</b>" in said and "Grace & co" in said
    assert ("口型" in said) == (language == "zh")


def test_the_page_says_what_was_made_and_by_what(measured: Clip) -> None:
    said = " ".join(Page(html(RECIPE, [measured], "en")).words)
    assert "voice made by espeak" in said and "their own recording" in said
    assert "Moving picture made from a photograph: Grace & co" in said
    assert "not for commercial use" in said and "research only" in said
    assert "another machine" not in said
    far = {**RECIPE, "engines": [{**RECIPE["engines"][0], "name": "server", "sent_to": "speech.example"}]}
    assert "the words were sent to speech.example, another machine" in " ".join(Page(html(far, [], "en")).words)
    assert "No face-recognition network" in said


def test_a_still_photo_that_jumps_in_a_corner(measured: Clip) -> None:
    assert measured.num_frames == 50 and measured.duration == 2
    assert measured.figures["likeness"] == pytest.approx(1, abs=0.15)
    assert measured.figures["lag"] is None and measured.figures["agreement"] is None
    assert [moment.kind for moment in measured.moments] == ["outside"]
    assert measured.moments[0].at == pytest.approx(0.96, abs=0.13)
    page = html(RECIPE, [measured], "en")
    assert "Something changes outside the moving part" in page and "Poor: Change where nothing may change." in page
    assert page.count("<img") == 2
    assert "too little speech to tell" in page and "0:01.0 in the take, 0:02.0 in the film" in page


def test_where_nothing_stands_out_it_says_so(measured: Clip) -> None:
    figures: dict[str, float | None] = {
        name: (sum(band.good) / 2 if name != "outside" else 0.0) for name, band in bands.BANDS.items()
    }
    calm = replace(measured, moments=(), figures=figures)
    page = html(RECIPE, [calm], "en")
    assert "Nothing stands out" in page and "Every figure is in its band." in page and "<img" not in page


def test_every_figure_and_moment_has_its_words() -> None:
    assert set(FIGURES) == set(bands.BANDS) == {name for group in GROUPS.values() for name in group}
    assert set(MOMENTS) == set(bands.MOMENTS) | {"unseen"}
    for english, chinese in [*TEXTS.values(), *MOMENTS.values()]:
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese))


def test_what_was_measured_is_kept_as_it_was(measured: Clip) -> None:
    assert clips.load(measured.folder, 1.0) == measured


def test_a_film_is_reported_again_from_the_cache(
    measured: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_CACHE_DIR", str(tmp_path / "cache"))

    def make(folder: Path) -> None:
        for file in measured.folder.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())

    take = Cache(tmp_path / "cache/takes").take(gather.STAGE, {"k": 1}, make)
    scenes = [{"id": "one", "start_s": "3/2", "lead_s": "1/2"}]
    table = {
        **RECIPE,
        "film": {**RECIPE["film"], "scenes": scenes},  # type: ignore[dict-item]
        "takes": [{"stage": gather.STAGE, "detail": "one", "key": take.key, "cached": False}],
    }
    (tmp_path / "recipe.json").write_text(json.dumps(table), encoding="utf-8")
    page = pipeline.report(tmp_path)
    assert page == tmp_path / report.NAME and "质量报告" in page.read_text(encoding="utf-8")
    english = pipeline.report(tmp_path, tmp_path / "en.html", language="en").read_text(encoding="utf-8")
    assert "Quality report" in english and "0:01.0 in the take, 0:02.0 in the film" in english
    for file in take.folder.iterdir():
        file.unlink()
    take.folder.rmdir()
    with pytest.raises(FileUnreadable, match="Render it again"):
        pipeline.report(tmp_path)


@pytest.mark.parametrize("recipe", ["", "{", "[]", '{"schema": "other"}'])
def test_a_folder_without_a_films_recipe(tmp_path: Path, recipe: str) -> None:
    if recipe:
        (tmp_path / "recipe.json").write_text(recipe)
    with pytest.raises(FileUnreadable, match="recipe"):
        pipeline.report(tmp_path)
    assert not (tmp_path / report.NAME).exists()


def test_any_clip_against_a_photo(still: U8, hopper: Path, tmp_path: Path) -> None:
    clip = tmp_path / "c.mp4"
    source = FrameSource(lambda: iter([still] * 10), 10, RATE, (240, 240))
    write_video(clip, source, AudioClip(np.zeros((1, 19_200), np.float32), 48_000))
    page = pipeline.report(clip, photo=hopper).read_text(encoding="utf-8")
    assert (tmp_path / "c.report.html").is_file() and "c.mp4" in page
    with pytest.raises(FileUnreadable, match="--photo"):
        pipeline.report(clip)
