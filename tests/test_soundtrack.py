"""The sound around the voices: music under speech, cuts on beats, stems, figures for the recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from benchmarks.sound import voice
from studio import soundtrack
from studio.cache import Cache
from studio.cast import Heard, Spoken
from studio.edit import music
from studio.edit.beats import Beat
from studio.edit.loudness import PROFILES, levelled
from studio.edit.mix import mixed
from studio.edit.timeline import Clip, Gap, Media, Timeline, TimeRange, Track, Transition
from studio.errors import AudioUnusable, ProductionInvalid
from studio.media.audio import read_audio, write_wav
from studio.meter import Meter
from studio.people import Line
from studio.production import Production
from studio.scenes import Plan
from studio.storyboard import PhotoScene, Scene, TalkingScene, TitleScene
from studio.takes import Takes
from studio.types import AudioClip, Speech

RATE = 48_000
SCENES = [{"id": "title", "kind": "title", "heading": "Ruth"}]


def takes(folder: Path, **changes: object) -> Takes:
    table = {"schema": "studio/1", "title": "Ruth", "scenes": SCENES, **changes}
    (folder / "production.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    return Takes(Production.load(folder / "production.yaml"), Cache(folder / "cache"), Meter())


def said(start: F, seconds: float, key: str = "ruth") -> Heard:
    audio = AudioClip(voice(seconds)[:1], RATE)
    speech = Speech(audio, "Hello.", "en", (), (), "espeak", True)
    return Heard("s", Spoken(key, Line(say="Hello."), speech, start), start)


def heard_music(bed: Clip, duration: F, folder: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    nothing = Track("video", (Gap(duration),))
    timeline = Timeline(F(25), (320, 180), (nothing, Track("audio", (bed,), "music")))
    return read_audio(mixed(timeline, folder / "mix.wav")).samples


def level(wave: np.ndarray[Any, np.dtype[np.float32]], begin: float, end: float) -> float:
    return float(10 * np.log10((wave[:, round(begin * RATE) : round(end * RATE)] ** 2).mean()))


def tune(folder: Path, seconds: int, name: str = "tune.wav") -> str:
    hum = 0.25 * np.sin(2 * np.pi * 200 * np.arange(seconds * RATE) / RATE)
    write_wav(folder / name, AudioClip(np.stack([hum, hum]).astype(np.float32), RATE))
    return name


def test_your_own_music_gives_way_as_far_as_was_asked(tmp_path: Path) -> None:
    wanted = {"file": tune(tmp_path, 40), "licence": "mine", "level": -26, "duck": -9}
    film = takes(tmp_path, music=wanted)
    bed = soundtrack.bed(film, F(30), [said(F(8), 4), said(F(13), 3)])
    assert bed is not None and bed.duration == 30
    wave = heard_music(bed, F(30), tmp_path)
    # A steady tone: its level in LUFS where nobody speaks, 9 dB less where somebody does and in the short pause.
    nobody = level(wave, 2, 7)
    assert level(wave, 8.1, 15.9) - nobody == pytest.approx(-9, abs=0.2)
    assert level(wave, 18, 25) == pytest.approx(nobody, abs=0.2)
    assert nobody + 3 - 0.7 == pytest.approx(-26, abs=0.7)  # LUFS: both channels' powers added, less 0.7 dB
    assert soundtrack.credit(film) == {
        "file": "tune.wav",
        "sha256": film.inputs["tune.wav"],
        "licence": "mine",
    }


def test_music_shorter_than_the_film_goes_round_and_ends_softly(tmp_path: Path) -> None:
    film = takes(tmp_path, music={"file": tune(tmp_path, 12), "licence": "mine"})
    bed = soundtrack.bed(film, F(45), [])
    assert bed is not None
    wave = heard_music(bed, F(45), tmp_path)
    assert wave.shape[1] == 45 * RATE
    assert level(wave, 30, 40) == pytest.approx(level(wave, 3, 8), abs=3)
    assert level(wave, 44.5, 45) < level(wave, 30, 40) - 15
    assert np.abs(np.diff(wave[0])).max() < 1.5 * np.abs(np.diff(wave[0, RATE : 5 * RATE])).max()


def test_the_studios_music_is_made_once(tmp_path: Path) -> None:
    film = takes(tmp_path, music={"mood": "warm"})
    first, again = (soundtrack.bed(film, F(601, 25), []) for _ in range(2))
    assert first == again and first is not None and first.duration == F(601, 25)
    assert [take["cached"] for take in film.made] == [False, True]
    credit = soundtrack.credit(film)
    assert credit is not None and credit["mood"] == "warm"
    assert soundtrack.bed(takes(tmp_path, music={"mood": "none"}), F(9), []) is None
    assert soundtrack.credit(takes(tmp_path, music={"mood": "none"})) is None
    assert soundtrack.beats(takes(tmp_path, music={"mood": "none"}), F(9)) == ()


def test_music_that_is_none_is_refused(tmp_path: Path) -> None:
    write_wav(tmp_path / "quiet.wav", AudioClip(np.zeros((2, RATE), np.float32), RATE))
    film = takes(tmp_path, music={"file": "quiet.wav", "licence": "mine"})
    with pytest.raises(AudioUnusable, match=r"quiet\.wav is silent"):
        soundtrack.bed(film, F(5), [])
    with pytest.raises(ProductionInvalid, match="licence"):
        takes(tmp_path, music={"file": "quiet.wav"})


# --- cuts on beats


def photo(name: str) -> Scene:
    return PhotoScene(kind="photo", id=name, file=Path("a.jpg"))


def plan(scene: Scene, own: F, head: F = F(2, 5), tail: F = F(2, 5), spoken: tuple[Spoken, ...] = ()) -> Plan:
    return Plan(scene, head, tail, own + head + tail, spoken)


def show(count: int, own: F = F(9, 2), rate: F = F(25)) -> list[Plan]:
    frames = F(round(own * rate)) / rate
    melt = F(10) / rate
    return [plan(photo(f"p{n}"), frames, F(0) if n == 0 else melt, melt) for n in range(count)]


def middles(plans: Sequence[Plan]) -> list[F]:
    """The middle of each cross-fade, s."""
    clock, found = F(0), []
    for one, after in pairwise(plans):
        clock += one.own
        found.append(clock + (one.tail - after.head) / 2)
    return found


@pytest.mark.parametrize("rate", [F(24000, 1001), F(25), F(30000, 1001)])
@pytest.mark.parametrize("mood", ["calm", "solemn", "warm", "hopeful", "moonlit"])
def test_photos_change_on_the_beat(mood: music.Mood, rate: F) -> None:
    plans = show(30, rate=rate)
    beats = music.beats(mood, F(300))
    moved = soundtrack.on_beats(plans, beats, rate)
    times = [beat.time for beat in beats]
    for middle in middles(moved):
        assert min(abs(middle - time) for time in times) <= 1 / (2 * rate)
    for one, before in zip(moved, plans, strict=True):
        assert (one.duration * rate).denominator == 1
        assert (one.scene, one.head, one.tail) == (before.scene, before.head, before.tail)
        assert abs(one.own - before.own) <= min(F(1, 5) * before.own, 1)
    bars = [beat.time for beat in beats if beat.bar]
    on_bars = sum(min(abs(middle - time) for time in bars) <= 1 / (2 * rate) for middle in middles(moved))
    assert on_bars >= 8  # 29 cuts; by chance a bar would come every three or four
    assert abs(sum(p.own for p in moved) - sum(p.own for p in plans)) < 2


def test_speech_and_cards_never_change() -> None:
    talking = TalkingScene(kind="talking", id="t", person="r", lines=[Line(say="Hello.")])
    told = Spoken("r", Line(say="Hello."), said(F(0), 2).spoken.speech, F(1))
    plans = [
        plan(TitleScene(kind="title", id="a", heading="A"), F(4), F(0)),
        plan(talking, F(33, 10), spoken=(told,)),
        plan(photo("p"), F(5)),
        plan(photo("q"), F(5), spoken=(told,)),
        plan(photo("r"), F(5)),
        plan(photo("last"), F(5), tail=F(0)),
    ]
    moved = soundtrack.on_beats(plans, music.beats("calm", F(60)), F(25))
    changed = [p.scene.id for p, before in zip(moved, plans, strict=True) if p.own != before.own]
    assert set(changed) <= {"p", "r"} and "p" in changed
    times = [beat.time for beat in music.beats("calm", F(60))]
    for place in (2, 4):
        assert min(abs(middles(moved)[place] - time) for time in times) <= F(1, 50)


def test_cross_fades_always_find_room() -> None:
    """A photo hardly longer than its cross-fades is not made shorter than they are."""
    melt = F(3, 5)
    plans = [plan(photo(f"{n}"), F(13, 10), F(0) if n == 0 else melt, melt) for n in range(8)]
    every = tuple(Beat(n * F(1, 10)) for n in range(200))
    moved = soundtrack.on_beats(plans, every, F(25))
    media = Media(Path("a.mkv"), "video")
    items: list[Clip | Transition] = []
    for n, one in enumerate(moved):
        items += [Transition(melt, melt)] * (n > 0)
        items.append(Clip(one.scene.id, media, TimeRange(one.head, one.own)))
    Track("video", tuple(items))  # refuses transitions that overlap


def test_without_beats_nothing_moves() -> None:
    plans = show(4)
    assert soundtrack.on_beats(plans, (), F(25)) == plans
    assert soundtrack.on_beats([], music.beats("calm", F(9)), F(25)) == []
    assert soundtrack.on_beats(plans[:1], music.beats("calm", F(9)), F(25)) == plans[:1]


def test_a_film_is_paced_as_its_production_says(tmp_path: Path, hopper: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(hopper.read_bytes())
    show_of_six = [{"id": "show", "kind": "slideshow", "photos": [{"file": "a.jpg"}] * 6}]
    film = takes(tmp_path, scenes=show_of_six, music={"mood": "calm"})
    plans = [replace(one, scene=photo(f"show-0{n + 1}")) for n, one in enumerate(show(6))]
    moved = soundtrack.paced(film, plans)
    assert moved != plans and len(moved) == 6
    times = [beat.time for beat in soundtrack.beats(film, F(40))]
    assert all(min(abs(middle - time) for time in times) <= F(1, 50) for middle in middles(moved))
    # One photo alone, or where it is not wanted: as long as it is.
    assert soundtrack.paced(film, plans[2:3]) == plans[2:3]
    still = takes(tmp_path, scenes=show_of_six, music={"mood": "calm", "on_beat": False})
    assert soundtrack.paced(still, plans) == plans


def test_your_own_musics_beats_are_found_once(tmp_path: Path) -> None:
    piece = music.bed(F(30), mood="warm", seed=1)
    write_wav(tmp_path / "waltz.wav", piece)
    film = takes(tmp_path, music={"file": "waltz.wav", "licence": "mine"})
    found = [beat.time for beat in soundtrack.beats(film, F(20))]
    true = [beat.time for beat in music.beats("warm", F(30))]
    near = sum(min(abs(time - other) for other in true) < F(7, 100) for time in found)
    assert near / len(found) > 0.9
    again = soundtrack.beats(film, F(20))
    assert [beat.time for beat in again] == found and film.made[-1]["cached"]


# --- what is handed out


def test_stems_know_whose_sound_is_whose(tmp_path: Path) -> None:
    (tmp_path / "home.mp4").write_bytes(b"only its name matters here")
    film = takes(
        tmp_path,
        scenes=[*SCENES, {"id": "video", "kind": "clip", "file": "home.mp4"}],
        sound={"loudness": "broadcast"},
    )
    for name, seed in (("title", 1), ("video", 2)):
        write_wav(tmp_path / f"{name}.wav", AudioClip(voice(2, seed), RATE))
    clips = [Clip(name, Media(tmp_path / f"{name}.wav", "audio"), TimeRange(F(0), F(2))) for name in ("title", "video")]
    tracks = (Track("video", (Gap(F(4)),)), Track("audio", tuple(clips), "scenes"))
    timeline = Timeline(F(25), (320, 180), tracks)
    files = soundtrack.stems(film.production, timeline, tmp_path / "out" / "film")
    assert [path.name for path in files] == [f"film-{part}.wav" for part in ("dialogue", "music", "effects", "m-and-e")]
    dialogue, tunes, effects, both = (read_audio(path).samples for path in files)
    half = 2 * RATE
    assert dialogue[:, :half].any() and not dialogue[:, half:].any()
    assert effects[:, half:].any() and not effects[:, :half].any()
    assert not tunes.any() and np.array_equal(both, effects)


@pytest.mark.parametrize("name", ["web", "broadcast"])
def test_what_was_measured_is_told(name: str, tmp_path: Path) -> None:
    film = takes(tmp_path, sound={"loudness": name})
    write_wav(tmp_path / "mix.wav", AudioClip(voice(5), RATE))
    levelled(tmp_path / "mix.wav", tmp_path / "film.wav", PROFILES["broadcast"], RATE)
    told = soundtrack.loudness_of(film.production, tmp_path / "film.wav")
    assert told["profile"] == name and told["within"] == (name == "broadcast")
    assert told["integrated_lufs"] == pytest.approx(-23, abs=0.2)
    assert told["true_peak_dbtp"] <= told["limit_dbtp"]
    write_wav(tmp_path / "none.wav", AudioClip(np.zeros((2, 4 * RATE), np.float32), RATE))
    silent = soundtrack.loudness_of(film.production, tmp_path / "none.wav")
    assert silent["integrated_lufs"] is None and silent["within"]
