"""The whole path on real input: photo and words in, film out; and what the studio promises about it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import studio
from studio import pipeline
from studio.errors import EngineUnavailable, OutputUnwritable, ProductionInvalid, StudioError, TextUnspeakable
from studio.media import ffmpeg
from studio.media.audio import read_audio, write_wav
from studio.media.probe import probe
from studio.media.video import read_video
from studio.production import Production
from studio.types import AudioClip, Progress

pytestmark = pytest.mark.film
CANVAS = {"height": 240, "fps": 25}


def production(folder: Path, hopper: Path, **changes: object) -> Path:
    """A small film with every kind of scene that needs no further input."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "g.jpg").write_bytes(hopper.read_bytes())
    table = {
        "schema": "studio/1",
        "title": "Grace 奶奶",
        "people": {"g": {"name": "Grace Hopper", "photos": [{"file": "g.jpg"}]}},
        "scenes": [
            {"id": "title", "kind": "title", "heading": "Grace", "seconds": 1.5},
            {"id": "one", "kind": "talking", "person": "g", "lines": [{"say": "Good evening.", "source": "written"}]},
            {"id": "two", "kind": "talking", "person": "g", "lines": [{"say": "Mama.", "source": "written"}]},
            {"id": "end", "kind": "end", "seconds": 1.5},
        ],
        "transition": 0.4,
        "canvas": CANVAS,
        **changes,
    }
    (folder / "production.yaml").write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    return folder / "production.yaml"


def framemd5(film: Path, folder: Path) -> str:
    ffmpeg.run(["-i", str(film), "-f", "framemd5", str(folder / "md5")])
    return (folder / "md5").read_text()


def takes_made(recipe: Path) -> dict[str, list[str]]:
    """Stage → details of what was not in the cache."""
    made: dict[str, list[str]] = {}
    for take in json.loads(recipe.read_text())["takes"]:
        if not take["cached"]:
            made.setdefault(take["stage"], []).append(take["detail"])
    return made


def test_a_film_with_all_that_lies_beside_it(tmp_path: Path, hopper: Path) -> None:
    told: list[Progress] = []
    out = tmp_path / "out put 'x' 奶奶"
    made = pipeline.render(production(tmp_path / "p", hopper), out, on_progress=told.append)
    info = probe(made.path)
    assert made.path == out / "p.mp4" and info.video is not None and info.audio is not None
    assert (info.video.width, info.video.height, info.video.frame_rate) == (426, 240, 25)
    assert info.audio.sample_rate == 48_000
    assert json.loads(info.tags["AIGC"])["Label"] == "1" and "AI reconstruction" in info.tags["comment"]
    frames = sum(1 for _ in read_video(made.path).open())
    assert frames == made.duration * 25
    recipe = json.loads(made.recipe.read_text())
    assert recipe["film"]["sha256"] == made.sha256
    assert list(recipe["inputs"]) == ["g.jpg"] and len(recipe["inputs"]["g.jpg"]["sha256"]) == 64
    assert [line["text"] for line in recipe["words"]] == ["Good evening.", "Mama."]
    assert {engine["name"] for engine in recipe["engines"]} == {
        "mediapipe-facemesh", "visemes", "mesh-warp", "own",
    }  # fmt: skip
    srt, vtt = (path.read_text() for path in made.captions)
    assert "Good evening." in srt and vtt.startswith("WEBVTT")
    # Captions stand where the words are heard.
    hours, minutes, seconds, millis = map(int, re.findall(r"(\d+):(\d+):(\d+),(\d+) -->", srt)[0])
    assert abs(hours * 3600 + minutes * 60 + seconds + millis / 1000 - recipe["words"][0]["start_s"]) < 0.3
    sound = read_audio(made.path, mono=True)
    line = recipe["words"][0]
    a, b = (int(line[key] * 48_000) for key in ("start_s", "end_s"))
    assert np.sqrt(np.mean(sound.mono()[a:b] ** 2)) > 0.02
    assert [p.done for p in told][-1] == pytest.approx(1) and {p.stage for p in told} >= {"speak", "animate", "film"}
    assert sorted(path.name for path in out.iterdir()) == ["p.mp4", "p.srt", "p.vtt", "recipe.json", "report.html"]


def test_again_from_the_cache_and_one_changed_line(tmp_path: Path, hopper: Path) -> None:
    file = production(tmp_path / "p", hopper)
    first = pipeline.render(file, tmp_path / "a")
    again = pipeline.render(file, tmp_path / "b")
    assert takes_made(again.recipe) == {}
    assert again.path.read_bytes() == first.path.read_bytes()
    text = file.read_text().replace("Mama.", "Papa is here.")
    file.write_text(text)
    changed = pipeline.render(file, tmp_path / "c")
    made = takes_made(changed.recipe)
    assert made.pop("speak") == ["Papa is here."]
    assert made.pop("animate") == ["two"] and made.pop("mix") == ["two"] and made.pop("compose") == ["two"]
    assert made.pop("quality") == ["two: Grace Hopper"]
    # As long as the film, what it says at its end, and what of it is encoded anew.
    assert set(made) <= {"music", "captions", "card", "section", "master"}


def test_killed_in_the_middle_it_goes_on_and_the_film_is_the_same(tmp_path: Path, hopper: Path) -> None:
    file = production(tmp_path / "p", hopper)
    paths = f"Path({str(file)!r}), Path({str(tmp_path / 'k')!r})"
    code = f"from pathlib import Path; from studio import pipeline; pipeline.render({paths})"
    home = Path(studio.__file__).resolve().parent.parent
    environment = {**os.environ, "STUDIO_CACHE_DIR": str(tmp_path / "killed"), "PYTHONPATH": str(home)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "killed").glob("takes/animate/*/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not list((tmp_path / "k").glob("*.mp4"))
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    straight = pipeline.render(file, tmp_path / "straight")
    assert framemd5(tmp_path / "k" / "p.mp4", tmp_path) == framemd5(straight.path, tmp_path)
    assert (tmp_path / "k" / "p.mp4").read_bytes() == straight.path.read_bytes()


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001"])
def test_the_animated_photo_is_as_long_as_the_sound(tmp_path: Path, hopper: Path, rate: str) -> None:
    samples = 0.2 * np.sin(2 * np.pi * 150 * np.arange(int(48_000 * 1.37)) / 48_000)
    write_wav(tmp_path / "a.wav", AudioClip(samples.astype(np.float32)[None], 48_000))
    out = pipeline.animate(hopper, tmp_path / "a.wav", tmp_path / "a.mp4", frame_rate=Fraction(rate))
    frames = sum(1 for _ in read_video(out).open())
    assert frames == -(-Fraction(137, 100) * Fraction(rate) // 1)
    info = probe(out)
    assert info.video is not None and info.video.frame_rate == Fraction(rate)


def test_one_scene_alone_then_the_film_takes_it_from_the_cache(tmp_path: Path, hopper: Path) -> None:
    file = production(tmp_path / "p", hopper)
    alone = pipeline.render(file, tmp_path / "a", only="one")
    assert alone.path.name == "p-one.mp4"
    whole = pipeline.render(file, tmp_path / "a")
    assert "one" not in takes_made(whole.recipe).get("animate", [])
    with pytest.raises(ProductionInvalid, match="title, one, two, end"):
        pipeline.render(file, tmp_path / "a", only="three")


def test_a_draft_has_the_timing_of_the_film(tmp_path: Path, hopper: Path) -> None:
    file = production(tmp_path / "p", hopper)
    draft = pipeline.render(file, tmp_path / "a", draft=True)
    info = probe(draft.path)
    assert draft.path.name == "p-draft.mp4" and info.video is not None and info.video.height == 360
    assert draft.duration == pipeline.render(file, tmp_path / "a").duration


def test_without_a_consent_record_the_picture_says_so(tmp_path: Path, hopper: Path) -> None:
    """A red bar along the top of a portrait that moves; with a record that stands, none, and none over a photo."""
    moving = {"id": "idle", "kind": "idle", "person": "g", "seconds": 1}
    still = {"id": "photo", "kind": "photo", "file": "g.jpg", "seconds": 1, "move": {"from": "full", "to": "full"}}
    consent = {"granted_by": "U.S. Navy", "right": "public-domain"}

    def top_row(people: dict[str, object], name: str, scene: dict[str, object] = moving) -> np.ndarray:
        film = pipeline.render(production(tmp_path / name, hopper, scenes=[scene], people=people), tmp_path / name).path
        return next(iter(read_video(film).open()))[3].mean(axis=0)

    person: dict[str, object] = {"name": "G", "photos": [{"file": "g.jpg"}]}
    red = top_row({"g": person}, "without")
    assert red[0] > 100 and red[0] > 3 * red[2]
    blue = top_row({"g": {**person, "consent": consent}}, "with")
    assert blue[0] < 1.5 * blue[2]
    gone = {**consent, "until": "2020-01-01"}
    assert top_row({"g": {**person, "consent": gone}}, "expired")[0] > 100
    grey = top_row({"g": person}, "photo", still)
    assert grey[0] < 1.5 * grey[2]


def test_a_moviepy_clip_is_a_scene_and_a_film_is_a_moviepy_clip(tmp_path: Path, hopper: Path) -> None:
    from moviepy import ColorClip

    file = production(tmp_path / "p", hopper, scenes=[{"id": "dark", "kind": "silence", "seconds": 1}], transition=0)
    film = Production.load(file)
    film.add_clip("green", ColorClip((64, 48), (0, 200, 0), duration=1).with_fps(25))
    made = pipeline.render(film, tmp_path / "out")
    assert made.duration == 2
    frames = list(read_video(made.path).open())
    assert frames[10][120, 213].max() < 30 and frames[40][120, 213, 1] > 150


@pytest.fixture
def wav2lip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights of the right names and shapes with nothing learned in them, where the studio looks for the real ones."""
    import torch
    from safetensors.torch import save_file

    from studio.head.lipsync.network import Wav2Lip

    torch.manual_seed(1)
    folder = tmp_path / "weights"
    folder.mkdir()
    save_file(Wav2Lip().state_dict(), folder / "wav2lip.safetensors")
    monkeypatch.setenv("STUDIO_WEIGHTS_DIR", str(folder))
    return folder


def test_the_official_network_paints_the_mouth_of_a_portrait_and_of_a_clip(
    tmp_path: Path, hopper: Path, wav2lip: Path
) -> None:
    from studio.voice.speak import speak

    write_wav(tmp_path / "a.wav", speak("Ma.", "en", None).audio)
    length = read_audio(tmp_path / "a.wav").duration
    plain = pipeline.animate(hopper, tmp_path / "a.wav", tmp_path / "plain.mp4")
    painted = pipeline.animate(hopper, tmp_path / "a.wav", tmp_path / "painted.mp4", lipsync="wav2lip")
    dubbed = pipeline.dub(plain, tmp_path / "a.wav", tmp_path / "dubbed.mp4")
    before, after, over = (list(read_video(path).open()) for path in (plain, painted, dubbed))
    assert len(before) == len(after) == len(over) == -(-length * 25 // 1)
    middle = len(before) // 2
    changed = np.abs(before[middle].astype(int) - after[middle]).max(axis=2) > 40
    rows, columns = np.nonzero(changed)
    height, width = changed.shape
    # Only the lower face: below the eyes, above the collar, in the middle of the picture.
    assert 0.2 * height < rows.min() and rows.max() < 0.6 * height
    assert 0.25 * width < columns.min() and columns.max() < 0.75 * width


def test_a_network_without_its_weights_or_its_licence_is_refused(tmp_path: Path, hopper: Path, wav2lip: Path) -> None:
    chosen = {"engines": {"lipsync": "wav2lip"}, "use": "commercial"}
    with pytest.raises(EngineUnavailable, match="commercial"):
        pipeline.render(production(tmp_path / "p", hopper, **chosen), tmp_path / "out")
    # Made for a private film, it lies in the cache; a commercial one still may not have it.
    private = production(tmp_path / "p", hopper, engines=chosen["engines"])
    pipeline.render(private, tmp_path / "private", only="two")
    with pytest.raises(EngineUnavailable, match="commercial"):
        pipeline.render(production(tmp_path / "p", hopper, **chosen), tmp_path / "out", only="two")
    (wav2lip / "wav2lip.safetensors").unlink()
    with pytest.raises(EngineUnavailable, match="studio weights add wav2lip"):
        pipeline.render(production(tmp_path / "p", hopper, engines=chosen["engines"]), tmp_path / "out")


@pytest.mark.parametrize(
    ("line", "words"),
    [("", "empty"), ("   ", "empty"), ("🙂🙂", "nothing"), ("Привет, мир", "English"), ("\x00\x07", "nothing")],
)
def test_words_that_cannot_be_said_name_the_line(tmp_path: Path, hopper: Path, line: str, words: str) -> None:
    scenes = [{"id": "one", "kind": "talking", "person": "g", "lines": [{"say": line}]}]
    (tmp_path / "out").mkdir()
    with pytest.raises(TextUnspeakable):
        pipeline.render(production(tmp_path / "p", hopper, scenes=scenes), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_two_people_in_one_photo_take_turns(tmp_path: Path, hopper: Path, couple: Path) -> None:
    """Who does not speak listens, alive; a changed feeling makes the scene again, and nothing else."""
    lines = [{"say": "Papa."}, {"say": "Mama.", "person": "b", "emotion": "glad"}]
    people = {
        key: {"name": key, "photos": [{"file": "couple.png", "face": face}]} for key, face in (("a", 2), ("b", 1))
    }
    scene = {"id": "one", "kind": "talking", "person": "a", "lines": lines, "framing": "full"}
    told = {"people": people, "scenes": [scene], "music": {"mood": "none"}, "engines": {"lipsync": "none"}}
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "couple.png").write_bytes(couple.read_bytes())
    made = pipeline.render(production(tmp_path / "p", hopper, **told), tmp_path / "out")
    words = json.loads(made.recipe.read_text())["words"]
    assert [(word["person"], word["text"]) for word in words] == [("a", "Papa."), ("b", "Mama.")]
    frames = np.array([frame[:, :, 0].astype(float) for frame in read_video(made.path).open()])
    halves = np.split(frames, [frames.shape[2] // 2], axis=2)
    turns = [slice(int(word["start_s"] * 25), int(word["end_s"] * 25)) for word in words]
    alive = [half[turn, 30:140].std(axis=0).max() for half in halves for turn in turns]
    assert min(alive) > 5
    lines[1]["emotion"] = "sad"
    again = pipeline.render(production(tmp_path / "p", hopper, **told), tmp_path / "out")
    # A feeling is heard and seen.
    assert set(takes_made(again.recipe)) == {"speak", "mix", "animate", "compose", "quality", "section", "master"}


def test_a_photo_without_a_face_is_refused_and_nothing_is_left(tmp_path: Path, hopper: Path) -> None:
    file = production(tmp_path / "p", hopper)
    from PIL import Image

    Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 300, 3), np.uint8)).save(tmp_path / "p" / "g.jpg")
    with pytest.raises(StudioError, match="face"):
        pipeline.render(file, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_no_write_permission(tmp_path: Path, hopper: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    if os.geteuid() == 0:  # who may write anywhere but into the kernel's own folder
        locked = Path("/sys")
    with pytest.raises(OutputUnwritable, match="may not be written"):
        pipeline.render(production(tmp_path / "p", hopper), locked / "out")


def test_the_disk_fills_up_in_the_middle(tmp_path: Path, hopper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The film's encode meets a full disk: one sentence, no film, every take kept for the next run."""
    file, run = production(tmp_path / "p", hopper), ffmpeg.run

    def full(args: Sequence[str], **how: Any) -> str:
        said = run(args, **how)
        if str(args[-1]).endswith(".mp4"):
            ffmpeg.check(1, "av_interleaved_write_frame(): No space left on device")
        return said

    with monkeypatch.context() as patched, pytest.raises(OutputUnwritable, match="full"):
        patched.setattr(ffmpeg, "run", full)
        pipeline.render(file, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert "animate" not in takes_made(pipeline.render(file, tmp_path / "out").recipe)


def test_a_folder_that_is_a_file(tmp_path: Path, hopper: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(OutputUnwritable, match="taken is a file where a folder is needed"):
        pipeline.render(production(tmp_path / "p", hopper), tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b""


def painted(folder: Path, count: int, size: tuple[int, int] = (400, 300)) -> list[dict[str, str]]:
    """Slides of as many pictures that nobody is in."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        random = np.random.default_rng(number).integers(0, 255, (6, 8, 3), np.uint8)
        Image.fromarray(random).resize(size, Image.Resampling.BICUBIC).save(folder / f"{number}.jpg", quality=95)
    return [{"file": f"{number}.jpg"} for number in range(count)]


def slideshow(folder: Path, hopper: Path, count: int = 5, **changes: object) -> Path:
    """A film of pictures that cut on no beat."""
    scenes = [{"id": "show", "kind": "slideshow", "seconds": 2.4, "photos": painted(folder, count)}]
    told = {"scenes": scenes, "people": {}, "music": {"mood": "calm", "on_beat": False}, **changes}
    return production(folder, hopper, **told)


def test_one_changed_photo_is_encoded_anew_and_nothing_else(tmp_path: Path, hopper: Path) -> None:
    file = slideshow(tmp_path / "p", hopper)
    first = takes_made(pipeline.render(file, tmp_path / "a").recipe)
    assert len(first["section"]) == len(first["compose"]) == 5
    (tmp_path / "p" / "2.jpg").write_bytes((tmp_path / "p" / "g.jpg").read_bytes())
    again = takes_made(pipeline.render(file, tmp_path / "a").recipe)
    assert again.pop("compose") == ["show-03"] and len(again.pop("photo")) == 1 and len(again.pop("faces")) == 1
    # Its own section, and the end of the one before, into which it melts.
    assert again.pop("section") == ["p.mp4 2", "p.mp4 3"]
    assert set(again) <= {"master"}  # which sounds the same, from another scene's file


def test_any_number_of_workers_makes_the_same_film(
    tmp_path: Path, hopper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = slideshow(tmp_path / "p", hopper)
    films, recipes = [], []
    for workers in ("1", "4"):
        monkeypatch.setenv("STUDIO_WORKERS", workers)
        monkeypatch.setenv("STUDIO_CACHE_DIR", str(tmp_path / f"cache-{workers}"))
        told: list[Progress] = []
        made = pipeline.render(file, tmp_path / workers, on_progress=told.append)
        shares = [progress.done for progress in told if progress.stage in ("compose", "section", "film")]
        assert all(after >= before - 1e-9 for before, after in pairwise(shares)) and shares[-1] == pytest.approx(1)
        films.append(made.path.read_bytes())
        recipes.append([(take["stage"], take["detail"]) for take in json.loads(made.recipe.read_text())["takes"]])
    assert films[0] == films[1] and recipes[0] == recipes[1]


def test_stopped_while_several_scenes_are_made(tmp_path: Path, hopper: Path) -> None:
    import threading

    from studio.errors import Cancelled

    cancel = threading.Event()

    def stop(progress: Progress) -> None:
        if progress.stage == "compose" and progress.done > 0:
            cancel.set()

    file = slideshow(tmp_path / "p", hopper)
    with pytest.raises(Cancelled):
        pipeline.render(file, tmp_path / "out", on_progress=stop, cancel=cancel)
    assert list((tmp_path / "out").iterdir()) == []
    assert threading.active_count() < 5


def test_chapters_captions_to_switch_on_and_loudness(tmp_path: Path, hopper: Path) -> None:
    line = {"say": "Mama.", "source": "written", "translations": {"zh": "妈妈。"}}
    photo = {"id": "photo", "kind": "photo", "file": "g.jpg", "speaker": "g", "seconds": 2, "lines": [line]}
    scenes = [
        {"id": "title", "kind": "title", "heading": "Grace", "seconds": 1.5},
        {**photo, "chapter": "Words = 话; #1"},
        {"id": "end", "kind": "end", "seconds": 1.5, "chapter": "End"},
    ]
    told = {"scenes": scenes, "sound": {"loudness": "broadcast"}, "captions": {"soft": True, "languages": ["zh"]}}
    made = pipeline.render(production(tmp_path / "p", hopper, **told), tmp_path / "out")
    text = ffmpeg.run(["-i", str(made.path), "-f", "null", "-"])
    assert re.findall(r"title +: (.+)", text.split("Output #0")[0])[1:4] == ["Grace 奶奶", "Words = 话; #1", "End"]
    assert text.split("Output #0")[0].count("Subtitle: mov_text") == 2 and "(zho)" in text
    film = json.loads(made.recipe.read_text())["film"]
    assert [part["name"] for part in film["chapters"]] == ["Grace 奶奶", "Words = 话; #1", "End"]
    assert film["loudness"]["profile"] == "broadcast" and film["loudness"]["within"]
    assert film["loudness"]["integrated_lufs"] == pytest.approx(-23, abs=0.5)


def test_a_telephone_clip_of_uneven_rate_and_without_sound(tmp_path: Path, hopper: Path) -> None:
    """Thirty frames at uneven moments: what is on the screen at a moment is what the clip shows then."""
    listed = ["ffconcat version 1.0"]
    painted(tmp_path / "p", 30, (320, 240))
    for number in range(30):
        shade = np.full((240, 320, 3), 20 + 7 * number, np.uint8)
        from PIL import Image

        Image.fromarray(shade).save(tmp_path / "p" / f"f{number}.png")
        listed += [f"file f{number}.png", f"duration {0.02 if number % 3 else 0.08}"]
    (tmp_path / "p" / "list.ffconcat").write_text("\n".join(listed), encoding="utf-8")
    clip = tmp_path / "p" / "phone.mp4"
    source = ["-f", "concat", "-safe", "0", "-i", str(tmp_path / "p" / "list.ffconcat")]
    ffmpeg.run([*source, "-fps_mode", "vfr", "-pix_fmt", "yuv420p", "-crf", "5", str(clip)])
    scenes = [{"id": "clip", "kind": "clip", "file": "phone.mp4"}]
    made = pipeline.render(
        production(tmp_path / "p", hopper, scenes=scenes, people={}, music={"mood": "none"}), tmp_path / "out"
    )
    frames = [float(frame[120, 213].mean()) for frame in read_video(made.path).open()]
    # A cycle of three frames lasts 0.12 s, three frames of the film: 21 levels later.
    assert abs(len(frames) - 30) <= 1
    assert frames[27] - frames[0] == pytest.approx(7 * 27, abs=16)
    assert np.all(np.diff(frames) >= -2)
    assert np.abs(read_audio(made.path).samples).max() < 0.01
