"""The pack as an edit suite finds it: lists that open, media that are there and carry the timecode the lists say."""

from __future__ import annotations

import csv
import re
from fractions import Fraction as F
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np
import opentimelineio as otio
import pytest

from studio.edit import timecode
from studio.media import ffmpeg
from studio.media.audio import read_audio
from studio.media.probe import probe
from studio.media.video import read_video

pytestmark = pytest.mark.film


def local(url: str) -> Path:
    return Path(unquote(urlparse(url).path))


def test_what_is_in_it(handed_out: Any) -> None:
    pack = handed_out.file("p-pack")
    names = sorted(path.relative_to(pack).as_posix() for path in pack.rglob("*") if path.is_file())
    shots = ("001-title", "002-one", "003-show-01", "004-show-02", "005-show-03", "006-wait", "007-end")
    assert names == sorted(
        ["README.txt", "ai-use.csv", "ai-use.txt", "p.edl", "p.otio", "p.xml"]
        + [f"plates/{name}.mov" for name in shots]
        + ["masks/002-one-mask.mov", "masks/006-wait-mask.mov"]
        + [f"stems/p-{name}.wav" for name in ("dialogue", "effects", "m-and-e", "music")]
    )  # fmt: skip
    readme = (pack / "README.txt").read_text()
    assert "10:00:00:00" in readme and "NO CONSENT RECORD" in readme


def test_every_list_finds_its_plates_and_shows_the_film(handed_out: Any) -> None:
    """Frame by frame: what the list says is seen at a moment is what the film shows then, where no two melt."""
    pack = handed_out.file("p-pack")
    film = [frame.astype(int) for frame in read_video(handed_out.render.path).open()]
    opened = otio.adapters.read_from_file(str(pack / "p.otio"))
    plates: dict[str, list[Any]] = {}
    position, checked, melting = 0, 0, 0
    for item in opened.tracks[0]:
        if isinstance(item, otio.schema.Transition):
            melting = round(item.out_offset.value)
            continue
        media, first = item.media_reference, round(item.source_range.start_time.value)
        frames = list(read_video(local(media.target_url)).open())
        start = round(media.available_range.start_time.value)
        assert len(frames) == round(media.available_range.duration.value)
        text = ffmpeg.run(["-i", str(local(media.target_url)), "-f", "null", "-"])
        assert re.search(r"timecode\s*: (\S+)", text)[1] == timecode.code(start, F(25), drop=False)  # type: ignore[index]
        assert "dnxhd" in text.lower() and "yuv422p" in text
        length = round(item.source_range.duration.value)
        for frame in range(melting + 1, length - 12, 5):
            # One frame off, moving photos differ by 8 and more; the encode of the film alone makes 3 to 5.5.
            # The middle of the picture: captions are painted into the film, and the label stands still elsewhere.
            shot = frames[first + frame - start].astype(int)[60:180, 120:300]
            assert np.abs(shot - film[position + frame][60:180, 120:300]).mean() < 7, (item.name, frame)
            checked += 1
        plates[item.name] = frames
        position += length
    assert position == len(film) and checked > 15
    assert [track.name for track in opened.tracks] == ["picture", "dialogue", "music", "effects"]
    for suffix in ("xml", "edl"):
        again = otio.adapters.read_from_file(str(pack / f"p.{suffix}"), **({"rate": 25} if suffix == "edl" else {}))
        found = [clip.media_reference for clip in again.tracks[0].find_clips()]
        assert len(found) == len(plates)
        if suffix == "xml":
            assert all(local(media.target_url).is_file() for media in found)


def test_plates_have_the_handles_there_are(handed_out: Any) -> None:
    pack = handed_out.file("p-pack")
    opened = otio.adapters.read_from_file(str(pack / "p.otio"))
    handles = []
    for clip in opened.tracks[0].find_clips():
        media, source = clip.media_reference.available_range, clip.source_range
        before = source.start_time - media.start_time
        handles.append((before.value, (media.duration - source.duration - before).value))
    assert handles == [(0, 8), *[(8, 8)] * 5, (8, 0)]


def test_the_mask_is_white_where_the_face_moves(handed_out: Any) -> None:
    pack = handed_out.file("p-pack")
    mask = np.array([frame[:, :, 0] for frame in read_video(pack / "masks" / "002-one-mask.mov").open()])
    plate = list(read_video(pack / "plates" / "002-one.mov").open())
    assert len(mask) == len(plate) and mask.shape[1:] == plate[0].shape[:2]
    middle = mask[len(mask) // 2]
    rows, columns = np.nonzero(middle > 128)
    # In the middle of the picture, where she is; nothing at its edges, where the photo ends.
    assert 200 < len(rows) < 0.4 * middle.size
    assert columns.min() > 90 and columns.max() < 340 and middle[:, :80].max() < 20


def test_stems_are_the_film(handed_out: Any) -> None:
    pack, film = handed_out.file("p-pack") / "stems", read_audio(handed_out.render.path)
    parts = [read_audio(pack / f"p-{name}.wav").samples for name in ("dialogue", "music", "effects")]
    whole = sum(parts[1:], parts[0])
    length = min(whole.shape[1], film.samples.shape[1])
    wrong = whole[:, :length] - film.samples[:, :length]
    assert np.sqrt(np.mean(wrong**2)) < 0.1 * np.sqrt(np.mean(film.samples**2))


def test_the_log_says_what_a_machine_has_made(handed_out: Any) -> None:
    text = (handed_out.file("p-pack") / "ai-use.csv").read_text(encoding="utf-8-sig")
    picture, sound, waiting = list(csv.DictReader(text.splitlines()))
    assert (waiting["shot"], waiting["kind"], waiting["person"]) == ("wait", "picture", "Grace Hopper")
    assert (picture["shot"], picture["kind"], picture["reel"]) == ("one", "picture", "KS002")
    assert "mesh-warp" in picture["made_by"] and "mesh-warp:" in picture["licence"]
    assert picture["consent"] == "Grace Hopper: NO CONSENT RECORD" and picture["from_tc"] == "10:00:01:10"
    assert sound["words"] == "Mama." and sound["source"] == "adapted: a letter" and sound["licence"]
    assert probe(handed_out.render.path).duration > float(sound["to_s"]) > float(sound["from_s"]) > 1.4
