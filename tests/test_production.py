from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import ProductionInvalid
from studio.finishing import Engines
from studio.production import Production
from studio.storyboard import TalkingScene, speaker, speakers
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
        ("kind: title", "kind: titel", "needs a `kind:`, one of clip, end, idle, photo"),
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


KINDS = """
schema: studio/1
title: Ruth
people:
  ruth: {name: Ruth, photos: [{file: ruth.png}]}
scenes:
  - {id: slate, kind: slate, scene: 12A, take: 2}
  - {id: title, kind: title, heading: Ruth, photo: garden.png, chapter: Arrival}
  - id: answer
    kind: talking
    person: ruth
    place: left
    behind: garden.png
    questions: ['Where were you born?', 你在哪里出生？]
    lines: [{say: By the sea., translations: {zh: 在海边。}}]
  - {id: card, kind: quote, text: She laughed easily., by: Anna}
  - {id: show, kind: slideshow, photos: [{file: ruth.png}, {file: garden.png, caption: 1950}]}
  - {id: waiting, kind: idle, person: ruth}
outputs: {also: [answers, pack], timecode: "01:00:00:24"}
canvas: {fps: 25}
"""


def write_kinds(folder: Path, text: str) -> Path:
    for name in ("ruth.png", "garden.png"):
        Image.new("RGB", (64, 64)).save(folder / name)
    return write(folder, text)


def test_every_kind_of_scene_is_read_and_written_again(tmp_path: Path) -> None:
    production = Production.load(write_kinds(tmp_path, KINDS))
    assert [scene.kind for scene in production.scenes] == ["slate", "title", "talking", "quote", "slideshow", "idle"]
    production.save(tmp_path / "again.yaml")
    assert Production.load(tmp_path / "again.yaml") == production


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    behind: garden.png\n", "", "`place: left` leaves room in the picture; name a photo"),
        ("    place: left\n", "", "`behind:` is hidden by the portrait"),
        ("behind: garden.png", "behind: gardn.png", "gardn.png does not exist"),
        ("photo: garden.png", "photo: gardn.png", "scene 'title'"),
        ("garden.png, caption", "gardn.png, caption", "scene 'show'"),
        ("['Where were you born?', 你在哪里出生？]", "['Where were you born?', '']", "scenes.2.questions.1"),
        ("你在哪里出生？", "'where  were you BORN?'", "lists the question 'where  were you BORN?' twice"),
        ("    questions: ['Where were you born?', 你在哪里出生？]\n", "", "wants answers, but no talking scene has"),
        ("zh: 在海边。", "en: By the sea.", "translates a line into 'en', the language it is said in"),
        ("zh: 在海边。", "zh: ''", "scenes.2.lines.0.translations.zh"),
        ("zh: 在海边。", "fr: Au bord de la mer.", "'en' or 'zh'"),
        ("id: card", "id: show-01", "'show-01' is a photo of the slideshow 'show'; rename that scene"),
        ("photos: [{file: ruth.png}, {file: garden.png, caption: 1950}]", "photos: []", "scenes.4.photos"),
        ("01:00:00:24", "01:00:00:25", "has a frame 25, but a second has only 25"),
        ("01:00:00:24", "01:00:00;24", "drops frames, which is done at 29.97 and 59.94 only"),
        ("01:00:00:24", "01:75:00:00", "outputs.timecode"),
        ("pack", "pakc", "outputs.also"),
        ("person: ruth}", "person: ruth, photo: 1}", "wants photo 1, but 'ruth' has 1"),
        ("take: 2", "take: 0", "scenes.0.take"),
        ("She laughed easily.", "''", "scenes.3.text"),
    ],
)
def test_what_makes_no_sense_in_a_scene_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = KINDS.replace(old, new, 1)
    assert text != KINDS
    with pytest.raises(ProductionInvalid) as caught:
        Production.load(write_kinds(tmp_path, text))
    assert words in str(caught.value)


def test_a_question_is_answered_once_in_the_film(tmp_path: Path) -> None:
    second = (
        "  - {id: again, kind: talking, person: ruth, questions: ['WHERE were you born?'], lines: [{say: There.}]}\n"
    )
    with pytest.raises(ProductionInvalid, match="'answer' and 'again' answer the same question"):
        Production.load(write_kinds(tmp_path, KINDS.replace("outputs:", f"{second}outputs:")))


@pytest.mark.parametrize(
    ("code", "fine"), [("01:00:00;02", True), ("00:01:00;00", False), ("00:10:00;00", True), ("00:01:00;02", True)]
)
def test_drop_frame_timecodes_are_those_there_are(tmp_path: Path, code: str, fine: bool) -> None:
    text = KINDS.replace("01:00:00:24", code).replace("fps: 25", "fps: 29.97")
    if fine:
        assert Production.load(write_kinds(tmp_path, text)).outputs.timecode == code
        return
    with pytest.raises(ProductionInvalid, match="drop-frame counting leaves out"):
        Production.load(write_kinds(tmp_path, text))


def test_translations_go_by_the_language_of_who_speaks(tmp_path: Path) -> None:
    text = KINDS.replace("ruth: {name: Ruth", "ruth: {name: Ruth, language: zh", 1)
    with pytest.raises(ProductionInvalid, match="into 'zh', the language it is said in"):
        Production.load(write_kinds(tmp_path, text))
    assert Production.load(write_kinds(tmp_path, text.replace("zh: 在海边。", "en: By the sea.")))


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
