"""Films rendered and measured: frames, cuts, sound and picture together, loudness, colours, awkward names."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.edit import captions, fonts, sections
from studio.edit.extras import Extras
from studio.edit.loudness import PROFILES, measure
from studio.edit.render import render
from studio.edit.timeline import (
    FULL,
    Captions,
    Clip,
    Fade,
    Fit,
    Gap,
    Media,
    Move,
    Overlay,
    Place,
    Rect,
    Timeline,
    TimeRange,
    Track,
    Transition,
    duck,
)
from studio.errors import Cancelled, FileUnreadable
from studio.media import ffmpeg
from studio.media.audio import read_audio, write_wav
from studio.media.image import write_png
from studio.media.probe import probe
from studio.media.video import read_video, write_video
from studio.types import U8, AudioClip, FrameSource

RATES = (F(24000, 1001), F(25), F(30000, 1001))
SIZE = (320, 180)


def flat(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Path:
    write_png(path, np.full((size[1], size[0], 3), colour, np.uint8))
    return path


def tone(path: Path, seconds: float, level_db: float = -20.0, hertz: float = 440.0) -> Path:
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * 48_000)) / 48_000)
    write_wav(path, AudioClip(np.stack([wave, wave]).astype(np.float32), 48_000))
    return path


def still(path: Path, seconds: F, *effects: Any) -> Clip:
    return Clip(path.stem, Media(path, "still"), TimeRange(F(0), seconds), effects)


def heard(path: Path, seconds: F, *effects: Any, start: F = F(0)) -> Clip:
    return Clip(path.stem, Media(path, "audio"), TimeRange(start, seconds), effects)


def film(*items: Any, rate: F = F(25), sound: Sequence[Track] = (), **more: Any) -> Timeline:
    return Timeline(rate, SIZE, (Track("video", items), *sound), **more)


def frames(path: Path) -> list[U8]:
    return list(read_video(path).open())


def brightness(path: Path) -> np.ndarray[Any, Any]:
    return np.array([frame.mean() for frame in frames(path)])


@pytest.mark.parametrize("rate", RATES)
def test_sound_and_picture_meet(rate: F, tmp_path: Path) -> None:
    """One white frame and one beep at the same moment of a take, through scene and film: still together at the end."""
    flash = 20
    count = 40
    pictures = FrameSource(
        lambda: (np.full((180, 320, 3), 255 if n == flash else 16, np.uint8) for n in range(count)), count, rate, SIZE
    )
    moment = F(flash) / rate
    wave = np.zeros((1, round(count / rate * 48_000)), np.float32)
    begin = round(moment * 48_000)
    wave[0, begin : begin + 480] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(480) / 48_000)
    take = tmp_path / "take.mkv"
    write_video(take, pictures, AudioClip(wave, 48_000), lossless=True)
    length = F(count) / rate
    media = Media(take, "video")
    clip = Clip("take", media, TimeRange(F(0), length))
    scene = tmp_path / "scene.mkv"
    sound = Track("audio", (Clip("take", Media(take, "audio"), TimeRange(F(0), length)),))
    render(film(clip, rate=rate, sound=(sound,)), scene, quality="scene")
    # In the film the scene comes after 1.3 s of black, melting in from 0.2 s of its own.
    before = still(flat(tmp_path / "black.png", (16, 16, 16)), F(13, 10))
    cut = Clip("scene", Media(scene, "video"), TimeRange(F(1, 5), length - F(1, 5)))
    melt = Transition(F(1, 5), F(0))
    voice = Track("audio", (Gap(F(13, 10)), Clip("scene", Media(scene, "audio"), TimeRange(F(1, 5), length - F(1, 5)))))
    out = tmp_path / "film.mp4"
    render(film(before, melt, cut, rate=rate, sound=(voice,)), out)
    seen = int(np.argmax(brightness(out))) / float(rate)
    samples = np.abs(read_audio(out, sample_rate=48_000).mono())
    beep = int(np.argmax(samples > samples.max() / 4)) / 48_000
    # A cut lies on a frame, so the picture may be half a frame off the clock that the sound keeps.
    assert abs(seen - beep) <= 0.5 / float(rate)
    assert abs(beep - float(F(11, 10) + moment)) < 0.003


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_is_there(rate: F, tmp_path: Path) -> None:
    one, two = flat(tmp_path / "1.png", (200, 0, 0)), flat(tmp_path / "2.png", (0, 0, 200))
    sound = Track("audio", (heard(tone(tmp_path / "a.wav", 1.0), F(1)),))
    cut = film(still(one, F(7, 10)), still(two, F(9, 10)), Gap(F(1, 7)), rate=rate, sound=(sound,))
    out = tmp_path / "o.mkv"
    render(cut, out, quality="scene")
    pictures = frames(out)
    assert len(pictures) == cut.num_frames == -(-(cut.duration * rate) // 1)
    blue = [bool(p[..., 2].mean() > 100) for p in pictures]
    first, last = blue.index(True), len(blue) - blue[::-1].index(True)
    assert first == (F(7, 10) * rate + F(1, 2)) // 1
    assert last == (F(16, 10) * rate + F(1, 2)) // 1
    assert read_audio(out).samples.shape[1] == (cut.num_frames / rate * 48_000 + F(1, 2)) // 1
    assert probe(out).video is not None and probe(out).video.frame_rate == rate  # type: ignore[union-attr]


def test_a_cross_fade_lasts_as_long_as_it_says(tmp_path: Path) -> None:
    black, white = flat(tmp_path / "b.png", (0, 0, 0)), flat(tmp_path / "w.png", (255, 255, 255))
    out = tmp_path / "o.mkv"
    render(film(still(black, F(1)), Transition(F(1, 5), F(2, 5)), still(white, F(1))), out, quality="scene")
    levels = brightness(out)
    assert len(levels) == 50
    between = np.flatnonzero((levels > 3) & (levels < 252))
    # From frame 20 to 35; the first is still all black, so fourteen steps lie between.
    assert between[0] == 21
    assert between[-1] == 34
    assert np.all(np.diff(levels[20:36]) > 0)


def test_the_colours_are_those_of_the_picture(tmp_path: Path) -> None:
    """RGB to BT.709 and back; with the matrix of SD video red would come back as (222, 39, 0)."""
    colours = [(200, 30, 30), (30, 180, 40), (40, 60, 200), (128, 128, 128)]
    clips = [still(flat(tmp_path / f"{n}.png", colour), F(1, 5)) for n, colour in enumerate(colours)]
    patch = np.zeros((20, 40, 4), np.uint8)
    patch[...] = (200, 30, 30, 255)
    write_png(tmp_path / "patch.png", patch)
    overlay = Overlay(tmp_path / "patch.png", TimeRange(F(0), F(4, 5)), (10, 10))
    out = tmp_path / "o.mp4"
    render(film(*clips, effects=(overlay,)), out)
    pictures = frames(out)
    for n, colour in enumerate(colours):
        assert np.abs(pictures[n * 5 + 2][120, 200].astype(int) - colour).max() <= 4, colour
        assert np.abs(pictures[n * 5 + 2][20, 30].astype(int) - (200, 30, 30)).max() <= 4
    text = ffmpeg.run(["-i", str(out), "-f", "null", "-"])
    assert "yuv420p(tv, bt709, progressive)" in text


def test_a_slow_move_does_not_tremble(tmp_path: Path) -> None:
    """A dot under a 10 % zoom: its path has no jerks (zoompan's mean |acceleration| is 0.6 px per frame²)."""
    y, x = np.mgrid[0:180, 0:320]
    dot = np.clip(255 - 40 * (np.hypot(x - 80, y - 50) - 5), 0, 255).astype(np.uint8)
    write_png(tmp_path / "dot.png", np.repeat(dot[..., None], 3, axis=2))
    out = tmp_path / "o.mkv"
    clip = still(tmp_path / "dot.png", F(4), Move(FULL, Rect(0.05, 0.05, 0.9, 0.9)))
    render(film(clip), out, quality="scene")
    path = []
    for picture in frames(out):
        weight = picture[..., 0].astype(float)
        path.append((float((weight * x).sum() / weight.sum()), float((weight * y).sum() / weight.sum())))
    track = np.array(path)
    assert np.abs(np.diff(track, 2, axis=0)).mean() <= 0.03
    assert np.all(np.diff(track[5:-5], axis=0) <= 0.002)
    start, end = track[0], track[-1]
    assert start == pytest.approx((80, 50), abs=0.5)
    assert end == pytest.approx(((80.5 - 16) / 0.9 - 0.5, (50.5 - 9) / 0.9 - 0.5), abs=0.6)


def test_fit_keeps_or_cuts(tmp_path: Path) -> None:
    tall = np.zeros((400, 200, 3), np.uint8)
    tall[:200] = (220, 220, 220)
    tall[200:] = (60, 60, 60)
    write_png(tmp_path / "tall.png", tall)
    path = tmp_path / "tall.png"
    clips = [
        still(path, F(1, 5), Fit("contain")),
        still(path, F(1, 5), Fit("cover", (0.5, 0.0))),
        still(path, F(1, 5), Fit("cover", (0.5, 1.0))),
        still(path, F(1, 5), Fit("contain-blur")),
    ]
    out = tmp_path / "o.mkv"
    render(film(*clips), out, quality="scene")
    contain, top, bottom, blur = (picture.astype(int) for picture in frames(out)[2::5])
    assert contain[90, 10].max() < 8 and contain[40, 160].min() > 200 and contain[140, 160].max() < 80
    assert top.min() > 200
    assert bottom.max() < 80
    assert blur[40, 160].min() > 200 and 20 < blur[90, 10].mean() < 200


def test_a_take_over_a_background(tmp_path: Path) -> None:
    ground, red = flat(tmp_path / "g.png", (40, 40, 40)), flat(tmp_path / "r.png", (220, 20, 20))
    upper = Track("video", (Gap(F(2, 5)), still(red, F(1), Place(Rect(0.5, 0.5, 0.25, 0.25)), Fade(F(1, 5), F(0)))))
    out = tmp_path / "o.mkv"
    render(Timeline(F(25), SIZE, (Track("video", (still(ground, F(2)),)), upper)), out, quality="scene")
    pictures = [picture.astype(int) for picture in frames(out)]
    assert np.abs(pictures[9] - 40).max() <= 3
    assert np.abs(pictures[20][100, 180] - (220, 20, 20)).max() <= 6
    assert np.abs(pictures[20][80, 150] - 40).max() <= 6
    assert 50 < pictures[12][100, 180, 0] < 200
    assert np.abs(pictures[36][100, 180] - 40).max() <= 6


def test_music_goes_down_under_speech_by_what_was_asked(tmp_path: Path) -> None:
    black = flat(tmp_path / "b.png", (0, 0, 0))
    music = heard(tone(tmp_path / "m.wav", 6), F(6), duck((TimeRange(F(2), F(2)),), depth_db=-12))
    out = tmp_path / "o.mkv"
    render(film(still(black, F(6)), sound=(Track("audio", (music,)),)), out, quality="scene")
    wave = read_audio(out).mono()
    peak = np.abs(wave[: len(wave) // 480 * 480].reshape(-1, 480)).max(axis=1)  # every 10 ms
    level = 20 * np.log10(peak)
    assert level[50:160] == pytest.approx(-20, abs=0.2)
    assert level[202:398] == pytest.approx(-32, abs=0.2)
    assert level[495:590] == pytest.approx(-20, abs=0.2)
    # No clicks: nothing but the tone itself, whose steepest step is known, at any moment of the way.
    assert np.abs(np.diff(wave)).max() <= 1.02 * 0.1 * 2 * np.pi * 440 / 48_000
    falling = level[172:198]
    assert np.all(np.diff(falling) < 0.05)


def test_two_tracks_are_summed_and_mono_keeps_its_loudness(tmp_path: Path) -> None:
    wave = np.full((1, 48_000), 0.25, np.float32)
    write_wav(tmp_path / "mono.wav", AudioClip(wave, 48_000))
    mono = heard(tmp_path / "mono.wav", F(1))
    out = tmp_path / "o.mkv"
    cut = film(
        still(flat(tmp_path / "b.png", (0, 0, 0)), F(1)), sound=(Track("audio", (mono,)), Track("audio", (mono,)))
    )
    render(cut, out, quality="scene")
    # On two channels the same loudness is 3 dB less on each; twice that is the sum.
    assert read_audio(out).samples[:, 1000:-1000] == pytest.approx(2 * 0.25 / 2**0.5, abs=1e-4)


@pytest.mark.parametrize("kind", ["quiet", "peaks", "silence"])
def test_a_film_is_as_loud_as_it_should_be(kind: str, tmp_path: Path) -> None:
    black = flat(tmp_path / "b.png", (0, 0, 0))
    random = np.random.default_rng(7)
    # As dark as a voice: AAC drops the top of white noise, and with it loudness.
    wave = np.stack([np.convolve(random.normal(0, 0.02, 48_000 * 5), np.ones(24) / 24, "same") for _ in range(2)])
    if kind == "peaks":  # clicks 40 dB over the rest: one gain alone would clip them
        wave[:, ::9600] = 0.6
        wave[:, 1::9600] = -0.6
    if kind == "silence":
        wave[:] = 0
    write_wav(tmp_path / "a.wav", AudioClip(wave.astype(np.float32), 48_000))
    out = tmp_path / "o.mp4"
    render(film(still(black, F(5)), sound=(Track("audio", (heard(tmp_path / "a.wav", F(5)),)),)), out)
    loudness = measure(out)
    if kind == "silence":
        assert loudness.integrated == float("-inf")
        return
    assert loudness.integrated == pytest.approx(PROFILES["web"].integrated, abs=0.5)
    assert loudness.true_peak <= PROFILES["web"].true_peak + 0.3


@pytest.mark.parametrize("rate", RATES)
def test_many_clips_are_rendered_in_sections_without_a_seam(
    rate: F, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fourteen greys melting into each other under a label, whole and in sections: the same frames."""
    items: list[Any] = []
    for n in range(14):
        if n:
            items.append(Transition(F(1, 5), F(1, 4)) if n % 3 else Transition(F(0), F(1, 10), "fadeblack"))
        items.append(still(flat(tmp_path / f"{n}.png", (15 * n + 20,) * 3), F(7, 10)))
    label = np.zeros((40, 60, 4), np.uint8)
    label[...] = 255
    write_png(tmp_path / "l.png", label)
    effects = (Overlay(tmp_path / "l.png", TimeRange(F(3), F(5)), (0, 0), F(2), F(2)),)
    music = Track("audio", (heard(tone(tmp_path / "a.wav", 9), F(9)),))
    cut = film(*items, rate=rate, sound=(music,), effects=effects)
    told: list[float] = []
    assert len(sections.parts(cut)) == 4
    render(cut, tmp_path / "sections.mp4", on_progress=told.append)
    monkeypatch.setattr(sections, "SHORTEST", 100)
    assert len(sections.parts(cut)) == 1
    render(cut, tmp_path / "whole.mp4")
    parted, whole = brightness(tmp_path / "sections.mp4"), brightness(tmp_path / "whole.mp4")
    assert len(parted) == len(whole) == cut.num_frames
    assert np.abs(parted - whole).max() < 0.7
    assert told == sorted(told) and told[-1] == pytest.approx(1, abs=0.02)
    text = ffmpeg.run(["-i", str(tmp_path / "sections.mp4"), "-vf", "showinfo", "-f", "null", "-"])
    times = [float(line.split("pts_time:")[1].split()[0]) for line in text.splitlines() if "pts_time:" in line]
    assert times == pytest.approx([float(n / rate) for n in range(cut.num_frames)], abs=1e-4)


def test_a_label_stays_over_hard_cuts(tmp_path: Path) -> None:
    """Sections that begin at a cut: what lies over the film is there from their first frame on."""
    items = [still(flat(tmp_path / f"{n}.png", (0, 0, 0)), F(3)) for n in range(3)]
    label = np.full((*SIZE[::-1], 4), 255, np.uint8)
    write_png(tmp_path / "l.png", label)
    cut = film(*items, effects=(Overlay(tmp_path / "l.png", TimeRange(F(0), F(9))),))
    assert len(sections.parts(cut)) == 3
    render(cut, tmp_path / "o.mp4")
    assert brightness(tmp_path / "o.mp4").min() > 230


def test_the_same_timeline_gives_the_same_film(tmp_path: Path, hopper: Path) -> None:
    cut = film(
        still(hopper, F(1), Fit("cover", (0.5, 0.3)), Move(FULL, Rect(0.1, 0.1, 0.8, 0.8))),
        Transition(F(1, 5), F(1, 5)),
        still(hopper, F(1)),
        sound=(Track("audio", (heard(tone(tmp_path / "a.wav", 2), F(2)),)),),
    )
    hashes, films = [], []
    for name in ("1.mp4", "2.mp4"):
        render(cut, tmp_path / name, extras=Extras({"title": "x"}))
        ffmpeg.run(["-i", str(tmp_path / name), "-f", "framemd5", str(tmp_path / "md5.txt")])
        hashes.append((tmp_path / "md5.txt").read_text())
        films.append((tmp_path / name).read_bytes())
    assert hashes[0] == hashes[1]
    assert films[0] == films[1]


def test_tags_of_any_name_stay(tmp_path: Path) -> None:
    out = tmp_path / "o.mp4"
    tags = {"AIGC": '{"Label":"1","ContentProducer":"工作室; a=b"}', "title": "It's “one”: a, b"}
    render(film(still(flat(tmp_path / "b.png", (0, 0, 0)), F(1, 5))), out, extras=Extras(tags))
    assert {key: probe(out).tags.get(key) for key in tags} == tags
    head = out.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")  # faststart


AWKWARD = ("it's a film", "a: b, c; d [e] =f", "追思 影片", "100%d\\name", "-q")


@pytest.mark.parametrize("name", AWKWARD)
def test_names_may_be_awkward(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    picture = flat(folder / f"{name}.png", (90, 90, 90))
    sound = tone(folder / f"{name}.wav", 1)
    label = np.zeros((20, 20, 4), np.uint8)
    label[...] = 255
    write_png(folder / f"{name} label.png", label)
    fonts_folder = folder / f"{name} fonts"
    fonts_folder.mkdir()
    font = fonts.font_for("字")
    (fonts_folder / "font.otf").symlink_to(font.path)
    cue = captions.Cue(F(0), F(1), ("字字字字",))
    (folder / f"{name}.ass").write_text(captions.to_ass([cue], size=SIZE, family=font.family), encoding="utf-8")
    effects = (
        Captions(folder / f"{name}.ass", fonts_folder),
        Overlay(folder / f"{name} label.png", TimeRange(F(0), F(1)), (4, 4)),
    )
    out = folder / f"{name}.mp4"
    render(film(still(picture, F(1)), sound=(Track("audio", (heard(sound, F(1)),)),), effects=effects), out)
    shot = frames(out)[12].astype(int)
    assert shot[10, 10].min() > 240
    assert shot[130:].max() > 200  # the captions are there
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"gone\.png"):
        render(film(still(tmp_path / "gone.png", F(1))), tmp_path / "o.mp4")
    short = tone(tmp_path / "short.wav", 1)
    black = flat(tmp_path / "b.png", (0, 0, 0))
    with pytest.raises(FileUnreadable, match=r"lasts 1\.00 s"):
        render(film(still(black, F(3)), sound=(Track("audio", (heard(short, F(3)),)),)), tmp_path / "o.mp4")
    with pytest.raises(FileUnreadable, match="no picture"):
        clip = Clip("x", Media(short, "video"), TimeRange(F(0), F(1)))
        render(film(clip), tmp_path / "o.mp4")
    assert not (tmp_path / "o.mp4").exists()


def test_a_render_can_be_stopped_and_tells_how_far_it_is(tmp_path: Path, hopper: Path) -> None:
    stop = threading.Event()
    told: list[float] = []

    def progress(done: float) -> None:
        told.append(done)
        stop.set()

    cut = Timeline(F(25), (640, 360), (Track("video", (still(hopper, F(60), Move(FULL, Rect(0.1, 0.1, 0.8, 0.8))),)),))
    with pytest.raises(Cancelled):
        render(cut, tmp_path / "o.mp4", on_progress=progress, cancel=stop)
    assert told and 0 <= told[0] < 1
    assert list(tmp_path.iterdir()) == []
