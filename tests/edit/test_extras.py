"""What a film's file carries besides picture and sound, looked up in the written file."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path

import av
import pytest

from studio.edit.extras import Chapter, Extras, Subtitles
from studio.media import ffmpeg

CAPTIONS = "1\n00:00:00,000 --> 00:00:00,900\nHello.\n"


def film(folder: Path, name: str, *, shown: bool) -> Path:
    """A second of picture and sound with captions in two languages and two chapters."""
    tracks = []
    for code, title in (("eng", "English"), ("zho", "中文")):
        (folder / f"{code}.srt").write_text(CAPTIONS, encoding="utf-8")
        tracks.append(Subtitles(folder / f"{code}.srt", code, title))
    chapters = (Chapter("One", F(0)), Chapter("Two", F(1, 2)))
    extras = Extras({"title": "x"}, chapters, F(1), tuple(tracks), shown)
    path = folder / name
    inputs = ["-f", "lavfi", "-i", "testsrc=d=1:s=64x64:r=25", "-f", "lavfi", "-i", "sine=d=1"]
    carried, options = extras.arguments(folder, 2, path.suffix)
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-movflags", "+faststart"]
    ffmpeg.run([*inputs, *carried, "-map", "0:v", "-map", "1:a", *codecs, *options, str(path)])
    extras.settle(path)
    return path


def tracks(path: Path) -> list[tuple[str, bool, str]]:
    with av.open(str(path)) as opened:
        assert opened.duration is not None and abs(opened.duration / av.time_base - 1) < 0.1
        found = [
            (stream.type, bool(stream.disposition & av.stream.Disposition.default), stream.metadata.get("language", ""))
            for stream in opened.streams
            if stream.type in ("video", "audio", "subtitle")
        ]
        assert sum(len(packet.decode()) for packet in opened.demux(video=0)) == 25
    return found


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv"])
@pytest.mark.parametrize("shown", [False, True])
def test_captions_are_off_unless_they_are_wanted_on(tmp_path: Path, name: str, shown: bool) -> None:
    path = film(tmp_path, name, shown=shown)
    found = tracks(path)
    assert [track[0] for track in found] == ["video", "audio", "subtitle", "subtitle"]
    assert [default for _, default, _ in found[2:]] == [shown, False]
    if path.suffix != ".mov":  # QuickTime has numbers of its own for languages, and ffmpeg knows few
        assert [language for _, _, language in found[2:]] == ["eng", "zho"]
    if path.suffix != ".mkv":
        assert all(default for kind, default, _ in found if kind != "subtitle")
        # The track header itself, which is what players ask (ISO/IEC 14496-12, 8.3.2: bit 0 is track_enabled).
        data = path.read_bytes()
        flags, start = [], data.find(b"tkhd")
        while start >= 0:
            flags.append(data[start + 7] & 1)
            start = data.find(b"tkhd", start + 4)
        assert flags[:4] == [1, 1, int(shown), 0]


def test_a_film_without_captions_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"nothing of the kind")
    Extras().settle(tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").read_bytes() == b"nothing of the kind"
