from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from studio import templates
from studio.errors import FileUnreadable, ProductionInvalid
from studio.media.audio import write_wav
from studio.production import Engines, Production, TalkingScene, speaker, speakers
from studio.types import AudioClip
from studio.weights import data_dir

GOOD = """
schema: studio/1
title: 奶奶
language: zh
people:
  grandma: {name: 王奶奶, dates: 1931, photos: [{file: "photos/奶奶 'old' \\"1950\\".png", face: 1}]}
scenes:
  - {id: title, kind: title, heading: 王奶奶}
  - id: words
    kind: talking
    person: grandma
    lines: [{say: 你好。, source: verbatim, cite: 家书}]
canvas: {fps: 29.97, aspect: "9:16"}
"""


def write(folder: Path, text: str) -> Path:
    (folder / "photos").mkdir(exist_ok=True)
    Image.new("RGB", (64, 64)).save(folder / "photos" / "奶奶 'old' \"1950\".png")
    (folder / "production.yaml").write_text(text, encoding="utf-8")
    return folder / "production.yaml"


def test_a_good_file_is_read(tmp_path: Path) -> None:
    production = Production.load(write(tmp_path, GOOD))
    assert production.people["grandma"].dates == "1931"
    assert production.canvas.fps == Fraction(30000, 1001)
    assert production.canvas.size == (406, 720) or production.canvas.size == (404, 720)
    assert production.resolve(production.people["grandma"].photos[0].file).is_file()
    assert production.name == tmp_path.name


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("heading:", "headin:", "scenes.0.headin is not known here; did you mean `heading`"),
        ("people:", "peopel:", "did you mean `people`"),
        ("cite:", "cit:", "did you mean `cite`"),
        ("kind: title", "kind: titel", "needs a `kind:`, one of clip, end, photo"),
        ("fps: 29.97", "fps: fast", "write a rate like 25"),
        ("fps: 29.97", "fps: 500", "between 10 and 60"),
        ("fps: 29.97", 'fps: "1/0"', "write a rate like 25"),
        ("heading: 王奶奶", "heading: [1, 2]", "scenes.0.heading"),
        ("id: title", "id: words", "two scenes have the id 'words'"),
        ("person: grandma", "person: grandpa", "'grandpa', who is not among people: grandma"),
        ("kind: talking", "kind: talking\n    photo: 3", "wants photo 3"),
        ("say: 你好。,", "say: 你好。, recording: a.wav,", "either `say:`"),
        ("say: 你好。,", "", "either `say:`"),
        ("source: verbatim", "source: true-story", "'verbatim', 'adapted' or 'written'"),
        ("cite: 家书", "emotion: 生气", "'生气' is no feeling that a face shows here; choose one of neutral (平静)"),
        ("cite: 家书", "intensity: 2", "scenes.1.lines.0.intensity"),
        ("dates: 1931", "mouth: none.safetensors", "people.grandma.mouth"),
        ("dates: 1931", "manner: {smiel: 1}", "did you mean `smile`"),
        ("dates: 1931", "manner: {gaze: -1}", "people.grandma.manner.gaze"),
        ("canvas:", "engines: {refine: best}\ncanvas:", "'none', 'own' or 'sd-lcm'"),
        ("cite: 家书", "person: grandpa", "'grandpa', who is not among people: grandma"),
        ("studio/1", "studio/9", "studio/1"),
        ("'old'", "'new'", "does not exist"),
        ("schema:", "schema", "is not valid YAML"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(ProductionInvalid) as caught:
        Production.load(write(tmp_path, text))
    assert words in str(caught.value)
    assert "production.yaml" in str(caught.value)


@pytest.mark.parametrize("text", ["", "just words", "[1, 2]", "a: [", "\x00"])
def test_what_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProductionInvalid):
        Production.load(write(tmp_path, text))


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProductionInvalid, match="does not exist"):
        Production.load(tmp_path / "none.yaml")
    (tmp_path / "film.yaml").write_bytes(bytes(range(256)))
    with pytest.raises(ProductionInvalid, match="not valid YAML"):
        Production.load(tmp_path / "film.yaml")


def test_music_of_ones_own_needs_a_licence(tmp_path: Path) -> None:
    with pytest.raises(ProductionInvalid, match="by what right"):
        Production.load(write(tmp_path, GOOD + "music: {file: song.mp3}\n"))


COUPLE = """
schema: studio/1
title: Two
manner: {gaze: 0.8}
people:
  ruth: {name: Ruth, emotion: 温暖, photos: [{file: both.jpg, face: 1}]}
  adam: {name: Adam, photos: [{file: alone.jpg}, {file: both.jpg, face: 2}]}
scenes:
  - id: talk
    kind: talking
    person: ruth
    lines: [{say: Hello.}, {say: Good evening., person: adam, emotion: glad, intensity: 0.5}, {say: Yes.}]
"""


def test_two_people_in_one_photo_share_a_scene(tmp_path: Path) -> None:
    for name in ("both.jpg", "alone.jpg"):
        Image.new("RGB", (64, 64)).save(tmp_path / name)
    production = Production.load(write(tmp_path, COUPLE))
    scene = production.scenes[0]
    assert isinstance(scene, TalkingScene)
    assert speakers(scene) == ("ruth", "adam")
    assert [speaker(scene, line) for line in scene.lines] == ["ruth", "adam", "ruth"]
    assert production.people["ruth"].emotion == "warm" and production.manner.gaze == 0.8
    production.save(tmp_path / "again.yaml")
    assert Production.load(tmp_path / "again.yaml") == production


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (", {file: both.jpg, face: 2}", "", "'adam' speaks, but is not in both.jpg; add it to people.adam.photos"),
        ("face: 2", "face: 1", "'ruth' and 'adam' have the same face in both.jpg"),
    ],
)
def test_people_who_are_not_where_they_speak_are_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    for name in ("both.jpg", "alone.jpg"):
        Image.new("RGB", (64, 64)).save(tmp_path / name)
    text = COUPLE.replace(old, new, 1)
    with pytest.raises(ProductionInvalid) as caught:
        Production.load(write(tmp_path, text))
    assert words in str(caught.value)


def test_the_studio_s_own_mouth_is_what_a_film_gets(tmp_path: Path) -> None:
    production = Production.load(write(tmp_path, GOOD))
    assert (production.engines.lipsync, production.engines.refine) == ("own", "none")
    other = production.with_engines(Engines(lipsync="none"))
    assert (other.engines.lipsync, production.engines.lipsync) == ("none", "own")
    assert other.resolve(Path("a")) == production.resolve(Path("a"))


def test_saving_and_loading_gives_the_same(tmp_path: Path) -> None:
    production = Production.load(write(tmp_path, GOOD))
    production.save(tmp_path / "again.yaml")
    assert Production.load(tmp_path / "again.yaml") == production
    assert "\\u" not in (tmp_path / "again.yaml").read_text(encoding="utf-8")


def test_the_published_schema_is_the_one_that_is_read() -> None:
    published = json.loads((data_dir("templates") / "production.schema.json").read_text(encoding="utf-8"))
    assert published == Production.model_json_schema(by_alias=True), (
        "run: uv run studio schema > templates/production.schema.json"
    )


@pytest.mark.parametrize("name", templates.names())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_template_gives_a_production(tmp_path: Path, hopper: Path, name: str, language: str) -> None:
    photo = tmp_path / "奶奶's photo.JPG"
    shutil.copy(hopper, photo)
    path = templates.new(
        name, tmp_path / "out", name="王 Grace", photos=[photo, hopper], language=language, dates="1906"
    )
    production = Production.load(path)
    assert production.language == language
    assert [scene.id for scene in production.scenes if scene.kind == "talking"]
    assert "$" not in path.read_text(encoding="utf-8")
    assert photo.read_bytes() == hopper.read_bytes()
    assert templates.describe(name, language) and templates.title(name, language)


def test_recordings_are_the_lines_where_no_words_are_given(tmp_path: Path, hopper: Path) -> None:
    tape = tmp_path / "tape.wav"
    write_wav(tape, AudioClip(np.full((1, 16_000), 0.1, np.float32), 16_000))
    path = templates.new("tribute", tmp_path / "a", name="G", photos=[hopper], recordings=[tape], face=(250, 180))
    person = Production.load(path).people["g"]
    assert person.photos[0].face is not None
    lines = yaml.safe_load(path.read_text())["scenes"][1]["lines"]
    assert lines == [{"recording": "recordings/01-tape.wav", "source": "verbatim"}]
    path = templates.new("tribute", tmp_path / "b", name="G", photos=[hopper], recordings=[tape], words=["Hello."])
    assert yaml.safe_load(path.read_text())["scenes"][1]["lines"] == [{"say": "Hello."}]


def test_nothing_is_overwritten_and_bad_inputs_are_named(tmp_path: Path, hopper: Path) -> None:
    templates.new("tribute", tmp_path / "out", name="G", photos=[hopper])
    with pytest.raises(ProductionInvalid, match="there already"):
        templates.new("tribute", tmp_path / "out", name="G", photos=[hopper])
    with pytest.raises(ProductionInvalid, match="no template called 'tribut'"):
        templates.new("tribut", tmp_path / "b", name="G", photos=[hopper])
    with pytest.raises(ProductionInvalid, match="at least one photo"):
        templates.new("tribute", tmp_path / "b", name="G", photos=[])
    with pytest.raises(FileUnreadable, match="does not exist"):
        templates.new("tribute", tmp_path / "b", name="G", photos=[tmp_path / "no.jpg"])
    assert not (tmp_path / "b").exists()
