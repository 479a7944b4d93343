"""Every template fills from little and from much, in both languages, and says in a sentence what is wrong."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import yaml
from PIL import Image

from studio import templates
from studio.errors import FileUnreadable, OutputUnwritable, ProductionInvalid, StudioError
from studio.finishing import Deliverable
from studio.media.audio import write_wav
from studio.production import Production
from studio.storyboard import IdleScene, PhotoScene, QuoteScene, SlideshowScene, TalkingScene, TitleScene, unrolled
from studio.types import AudioClip
from studio.weights import data_dir

NAMES = templates.names()
LANGUAGES = ("en", "zh")
NEEDED: dict[str, dict[str, Any]] = {
    "letter": {"to": "Anna"},
    "museum-answers": {"answers": [{"questions": ["Where were you born?"], "text": "By the sea."}]},
    "corporate-history": {"company": "Weber & Daughters"},
}


def photo(path: Path, shade: int = 90, size: tuple[int, int] = (96, 72)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 120, 160)).save(path)
    return path


def tone(path: Path, seconds: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.1 * np.sin(np.arange(int(16_000 * seconds), dtype=np.float32) / 9)
    write_wav(path, AudioClip(samples[None].astype(np.float32), 16_000))
    return path


def needed(name: str, folder: Path) -> dict[str, Any]:
    slots = dict(NEEDED.get(name, {}))
    if name == "tribute-slideshow":
        slots["album"] = [photo(folder / "one.jpg")]
    return slots


def everything(name: str, folder: Path) -> dict[str, Any]:
    """A value for every slot of a template, as a person would give it."""
    album = [photo(folder / "album" / f"{number}.jpg", number) for number in range(3)]
    row = {
        "chapters": [
            {"title": "童年 🌸", "when": "1931", "photos": [folder / "album"], "words": ["We had no telephone."]},
            {"title": "School", "photos": [album[0]]},
            {"title": "Last years", "words": [{"say": "I was content.", "source": "adapted", "cite": "a letter"}]},
            f"Garden: {album[1]}: She grew roses.",
        ],
        "quotes": [{"by": "Anna", "text": "She laughed easily."}, "Karl: 她心地善良。"],
        "answers": [
            {"questions": "Where were you born?", "text": "By the sea.", "source": "verbatim", "cite": "Diary"},
            {"questions": ["Who are you?", "你是谁？"], "recording": tone(folder / "tape.wav"), "text": "I am Ruth."},
        ],
        "milestones": [{"when": 1924, "photo": album[0], "text": "The first shop."}, "1950:: A second one."],
    }
    by_type: dict[str, Any] = {
        "text": "Ruth's 茶 ☕",
        "choice[]": "vertical, stems，kiosk",
        "image": album[2],
        "image[]": folder / "album",
        "music": tone(folder / "song.wav", 40),
        "lines": ["Hello.", {"say": "再见。", "source": "verbatim", "cite": "家书", "language": "zh"}],
    }
    found = {slot.name: by_type.get(slot.type, row.get(slot.name)) for slot in templates.slots(name)}
    found |= {slot.name: slot.max for slot in templates.slots(name) if slot.type == "number"}
    found |= {slot.name: list(slot.choices)[-1] for slot in templates.slots(name) if slot.type == "choice"}
    found |= {"timecode": "02:00:00:00"} if "timecode" in found else {}
    del found["person"]
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_fills_from_what_it_needs(tmp_path: Path, hopper: Path, name: str, language: Any) -> None:
    portrait = tmp_path / "奶奶's photo.JPG"
    shutil.copy(hopper, portrait)
    slots = needed(name, tmp_path)
    path = templates.new(name, tmp_path / "out", name="王 Grace", photos=[portrait], language=language, **slots)
    production = Production.load(path)
    assert production.language == language
    assert production.people["王-grace"].photos[0].file.parts[0] == "photos"
    assert "$" not in path.read_text(encoding="utf-8")
    assert portrait.read_bytes() == hopper.read_bytes()
    assert {file.name for file in path.parent.iterdir()} <= {"production.yaml", "photos"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_fills_from_everything(tmp_path: Path, hopper: Path, name: str, language: Any) -> None:
    slots = everything(name, tmp_path)
    path = templates.new(
        name,
        tmp_path / "out",
        name="奶奶 👵",
        dates="1931 – 2019",
        photos=[hopper],
        recordings=[tone(tmp_path / "tape 1.wav")],
        language=language,
        emotion="warm",
        face=(250, 180),
        **slots,
    )
    production = Production.load(path)
    text = path.read_text(encoding="utf-8")
    assert "$" not in text and text.startswith("schema: studio/1\ntitle:")
    assert "Ruth's 茶 ☕" in text or name == "museum-answers"
    assert unrolled(production.scenes)
    if any(slot.name == "music" for slot in templates.slots(name)):
        assert production.music.file == Path("music/01-song.wav") and production.music.licence
    assert production.people["奶奶"].emotion == "warm"
    assert production.people["奶奶"].photos[0].face is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_slot_is_told_in_both_languages_and_used(name: str) -> None:
    production = yaml.safe_load((data_dir("templates") / f"{name}.yaml").read_text(encoding="utf-8"))["production"]
    used = json.dumps(production)
    for language in LANGUAGES:
        assert templates.title(name, language) and templates.describe(name, language)
    for slot in templates.slots(name):
        for each in (slot, *slot.parts):
            assert each.title.en and any("\u4e00" <= letter <= "\u9fff" for letter in each.title.zh), each.name
            assert bool(each.help.en) == bool(each.help.zh), each.name
        if slot.name != "minutes":  # it decides the pace
            assert f"${slot.name}" in used or f'"{slot.name}"' in used or f"|{slot.name}" in used, slot.name


def test_what_can_be_made_besides_is_what_can_be_asked_for() -> None:
    for name in NAMES:
        (also,) = (slot for slot in templates.slots(name) if slot.name == "also")
        assert set(also.choices) == set(get_args(Deliverable))


def test_the_fields_are_a_json_schema() -> None:
    for name in NAMES:
        for language in LANGUAGES:
            schema = json.loads(json.dumps(templates.fields(name, language), ensure_ascii=False))
            assert schema["type"] == "object" and schema["additionalProperties"] is False
            assert set(schema["properties"]) == {slot.name for slot in templates.slots(name)}
            assert "person" in schema["required"]
    letter = templates.fields("letter", "zh")
    assert letter["properties"]["to"] == {
        "title": "收信人", "x-slot": "text", "description": "这封信写给谁。", "type": "string", "maxLength": 100
    }  # fmt: skip
    chapters = templates.fields("tribute-classic")["properties"]["chapters"]
    assert chapters["items"]["required"] == ["title"] and chapters["maxItems"] == 40
    assert templates.fields("tribute-slideshow")["properties"]["also"]["items"]["enum"] == list(get_args(Deliverable))


def test_a_form_is_offered_what_it_can_fill() -> None:
    simple = ("person", "words", "album")
    assert set(NAMES) - set(templates.names(only=simple)) == {"letter", "museum-answers", "corporate-history"}


def test_a_template_is_found_by_its_former_name(tmp_path: Path, hopper: Path) -> None:
    assert "tribute" not in NAMES and templates.aliases()["tribute"] == "tribute-classic"
    assert templates.called("tribute") == templates.called("tribute-classic") == "tribute-classic"
    assert templates.title("tribute", "zh") == "追思"
    assert templates.slots("tribute") == templates.slots("tribute-classic")
    assert Production.load(templates.new("tribute", tmp_path / "a", name="G", photos=[hopper]))


def test_four_movements(tmp_path: Path, hopper: Path) -> None:
    slots = everything("tribute-classic", tmp_path)
    path = templates.new("tribute-classic", tmp_path / "out", name="Ruth", photos=[hopper], language="zh", **slots)
    production = Production.load(path)
    chapters = [scene.chapter for scene in production.scenes if scene.chapter]
    assert chapters == ["相聚", "童年 🌸", "School", "Last years", "Garden", "点滴", "为人", "送别"]
    by_id = {scene.id: scene for scene in production.scenes}
    childhood, told, rest = (by_id[f"life-01{part}"] for part in ("", "-told", "-photos"))
    assert isinstance(childhood, TitleScene) and childhood.photo is not None and childhood.subheading == "1931"
    assert isinstance(told, PhotoScene) and told.speaker == "ruth" and told.file == childhood.photo
    assert isinstance(rest, SlideshowScene) and len(rest.photos) == 2
    assert isinstance(by_id["life-02-photos"], SlideshowScene) and "life-02-told" not in by_id
    assert isinstance(by_id["life-03-told"], TalkingScene) and "life-03-photos" not in by_id
    assert isinstance(by_id["life-04-told"], PhotoScene) and "life-04-photos" not in by_id
    assert [scene.by for scene in production.scenes if isinstance(scene, QuoteScene)] == ["Anna", "Karl"]
    # A photo that is shown in several places is kept once.
    assert len(list((tmp_path / "out" / "photos").iterdir())) == 4


def test_chapters_are_folders_files_or_one_line_each(tmp_path: Path, hopper: Path) -> None:
    album = tmp_path / "album"
    for name in ("10 Age", "2 School", ".hidden"):
        for number in (10, 9):
            photo(album / name / f"{number}.jpg", number)
    (album / "2 School" / "words.txt").write_text("First line.\n\nSecond line.\n", encoding="utf-8")
    (album / "notes.txt").write_text("not a chapter")
    listed = tmp_path / "chapters.yaml"
    listed.write_text("- {title: Sea, photos: [album/2 School/9.jpg], words: By the sea.}\n", encoding="utf-8")
    path = templates.new(
        "tribute-classic",
        tmp_path / "out",
        name="R",
        photos=[hopper],
        chapters=[album, listed, f"山里：{album}/10 Age/*.jpg：山很高：真的。", "Alone"],
    )
    scenes = Production.load(path).scenes
    assert [scene.chapter for scene in scenes if scene.id.startswith("life") and scene.chapter] == [
        "School", "Age", "Sea", "山里", "Alone"
    ]  # fmt: skip
    told = [scene for scene in scenes if isinstance(scene, PhotoScene) and scene.lines]
    assert [[line.say for line in scene.lines] for scene in told] == [
        ["First line.", "Second line."], ["By the sea."], ["山很高：真的。"]
    ]  # fmt: skip
    assert told[0].file.name.endswith("-9.jpg"), "photos are counted as people count: 9 before 10"


@pytest.mark.parametrize("count", [1, 80])
def test_a_slideshow_of_any_length_is_quick(tmp_path: Path, count: int) -> None:
    for number in range(count):
        photo(tmp_path / "photos" / f"photo {number}.jpg", number % 250)
    since = time.perf_counter()
    path = templates.new(
        "tribute-slideshow", tmp_path / "out", name="Ruth", album=tmp_path / "photos", minutes=5, language="zh"
    )
    production = Production.load(path)
    assert time.perf_counter() - since < 5
    (show,) = (scene for scene in production.scenes if isinstance(scene, SlideshowScene))
    assert len(show.photos) == count
    assert show.seconds == (8 if count == 1 else pytest.approx((300 - 10) / 80, abs=0.01))
    assert [slide.file.name.split("-", 1)[1] for slide in show.photos] == [f"photo-{n}.jpg" for n in range(count)]
    assert len(unrolled(production.scenes)) == count + 2


def test_a_slideshow_lasts_as_long_as_its_music(tmp_path: Path) -> None:
    album = [photo(tmp_path / "photos" / f"{number}.jpg", number) for number in range(10)]
    song = tone(tmp_path / "song.wav", 60)
    slots = {"album": album, "music": song, "licence": "CC0"}
    path = templates.new("tribute-slideshow", tmp_path / "a", name="Ruth", **slots)
    (show,) = (scene for scene in Production.load(path).scenes if isinstance(scene, SlideshowScene))
    assert show.seconds == 5
    path = templates.new("tribute-slideshow", tmp_path / "b", name="Ruth", album=album)
    (show,) = (scene for scene in Production.load(path).scenes if isinstance(scene, SlideshowScene))
    assert show.seconds == 4.5


def test_words_over_a_slideshow_need_no_portrait(tmp_path: Path, hopper: Path) -> None:
    album = [photo(tmp_path / "photos" / "1.jpg")]
    voice_over = Production.load(
        templates.new("tribute-slideshow", tmp_path / "a", name="R", album=album, words=["Hi."])
    )
    assert [scene.kind for scene in voice_over.scenes] == ["title", "photo", "slideshow", "end"]
    assert voice_over.people["r"].photos == []
    seen = Production.load(
        templates.new("tribute-slideshow", tmp_path / "b", name="R", photos=[hopper], album=album, words=["Hi."])
    )
    assert [scene.kind for scene in seen.scenes] == ["title", "talking", "slideshow", "end"]
    assert len(seen.people["r"].photos) == 1, "photos of a life may show others, whose teeth are nobody else's"


def test_an_exhibit_shows_what_was_verifiably_said(tmp_path: Path, hopper: Path) -> None:
    lines = [
        {"say": "I was *never* afraid.", "source": "verbatim", "cite": "Letter, 1951"},
        {"say": "Welcome.", "source": "written"},
        {"say": "x" * 300, "source": "verbatim", "cite": "A long one"},
    ]
    production = Production.load(
        templates.new(
            "museum-exhibit", tmp_path / "out", name="G", photos=[hopper], words=lines, role="Admiral", idle=9
        )
    )
    cards = [scene for scene in production.scenes if isinstance(scene, QuoteScene)]
    assert [(card.text, card.by) for card in cards] == [("I was never afraid.", "Letter, 1951")]
    (idle,) = (scene for scene in production.scenes if isinstance(scene, IdleScene))
    assert idle.seconds == 9
    assert (production.use, production.outputs.also) == ("public", ["kiosk"])


def test_answers_come_from_a_file_with_their_sources(tmp_path: Path, hopper: Path) -> None:
    tone(tmp_path / "tapes" / "who.wav")
    bank = tmp_path / "answers.json"
    rows = [
        {"questions": ["Who are you?"], "recording": "tapes/who.wav"},
        {"questions": ["When?", "何时？"], "text": "In 1906.", "source": "adapted", "cite": "Register"},
    ]
    bank.write_text(json.dumps(rows), encoding="utf-8")
    path = templates.new(
        "museum-answers", tmp_path / "out", name="G", photos=[hopper], answers=[bank, "Why: So: Book: 2"]
    )
    talking = [scene for scene in Production.load(path).scenes if isinstance(scene, TalkingScene)]
    assert [scene.questions for scene in talking] == [["Who are you?"], ["When?", "何时？"], ["Why"]]
    assert [(line.say, line.source, line.cite) for scene in talking for line in scene.lines] == [
        (None, "verbatim", ""), ("In 1906.", "adapted", "Register"), ("So", "written", "Book: 2")
    ]  # fmt: skip
    assert {(scene.photo, scene.framing, scene.place) for scene in talking} == {(0, "full", "full")}


def test_recordings_are_the_lines_where_no_words_are_given(tmp_path: Path, hopper: Path) -> None:
    tape = tone(tmp_path / "tape.wav")
    path = templates.new("tribute", tmp_path / "a", name="G", photos=[hopper], recordings=[tape], face=(250, 180))
    person = Production.load(path).people["g"]
    assert person.photos[0].face is not None
    lines = yaml.safe_load(path.read_text())["scenes"][1]["lines"]
    assert lines == [{"recording": "recordings/01-tape.wav", "source": "verbatim"}]
    path = templates.new("tribute", tmp_path / "b", name="G", photos=[hopper], recordings=[tape], words=["Hello."])
    assert yaml.safe_load(path.read_text())["scenes"][1]["lines"] == [{"say": "Hello."}]
    text = tmp_path / "words.txt"
    text.write_text("第一句。\n\n第二句。\n", encoding="utf-8")
    path = templates.new("tribute", tmp_path / "c", name="G", photos=[hopper], words=[text])
    assert yaml.safe_load(path.read_text())["scenes"][1]["lines"] == [{"say": "第一句。"}, {"say": "第二句。"}]


def test_a_person_may_be_written_down_in_a_file(tmp_path: Path, hopper: Path) -> None:
    shutil.copy(hopper, tmp_path / "g.jpg")
    (tmp_path / "grace.yaml").write_text(
        "name: Grace\nphotos: g.jpg\nvoice: female\nlexicon: {COBOL: KOH ball}\n"
        "consent: {granted_by: U.S. Navy, right: public-domain}\n"
    )
    production = Production.load(templates.new("tribute", tmp_path / "out", person=tmp_path / "grace.yaml"))
    person = production.people["grace"]
    assert (person.voice, person.lexicon) == ("female", {"COBOL": "KOH ball"})
    assert person.consent is not None and person.consent.right == "public-domain"


def test_further_photos_lend_a_few_at_most(tmp_path: Path, hopper: Path) -> None:
    photos = [photo(tmp_path / f"{number}.jpg", number) for number in range(12)]
    production = Production.load(templates.new("tribute", tmp_path / "out", name="G", photos=[hopper, *photos]))
    assert len(production.people["g"].photos) == 6
    (show,) = (scene for scene in production.scenes if isinstance(scene, SlideshowScene))
    assert len(show.photos) == 12


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("tribut", {}, "There is no template called 'tribut'; did you mean 'tribute'?"),
    ("nonsense", {}, "There is no template called 'nonsense'; there are corporate-history,"),
    ("tribute", {"name": "  "}, "A production needs a name and at least one photo (--name, --photo)."),
    ("tribute", {"photos": []}, "A production needs a name and at least one photo (--name, --photo)."),
    ("tribute-slideshow", {"name": "", "album": "photos"}, "A production needs a name (--name)."),
    ("tribute-slideshow", {}, "tribute-slideshow needs its album (--album): A folder,"),
    ("letter", {}, "letter needs its to (--set to=…): For whom the letter is."),
    ("museum-answers", {}, "museum-answers needs its answers (--set answers=…)"),
    ("museum-answers", {"words": ["Hi."]}, "museum-answers has no slot 'words'"),
    ("tribute", {"chapterz": []}, "tribute-classic has no slot 'chapterz'; did you mean 'chapters'?"),
    ("letter", {"to": ["Anna"]}, "letter: to takes text, not a list."),
    ("letter", {"to": "A" * 101}, "letter: to takes at most 100 characters; these are 101."),
    ("letter", {"to": True}, "letter: to takes text, not yes or no."),
    ("tribute", {"aspect": "17:9"}, "tribute-classic: aspect is one of 16:9, 9:16, 1:1, 4:5, not '17:9'."),
    ("tribute", {"also": "kiosk, tape"}, "tribute-classic: also is one of wide,"),
    ("tribute", {"also": "answers"}, "`outputs.also` wants answers, but no talking scene has `questions:`"),
    ("film-draft", {"take": "two"}, "film-draft: take takes a number, not 'two'."),
    ("film-draft", {"take": 0}, "film-draft: take takes a number from 1 to 999, not 0."),
    ("film-draft", {"take": 1.5}, "scenes.0.take"),
    ("film-draft", {"timecode": "soon"}, "outputs.timecode"),
    ("tribute", {"music": "jazz"}, "hopeful, moonlit, none, or a sound file; 'jazz' is neither"),
    ("tribute", {"music": "song.wav"}, "tribute-classic needs its licence (--licence): by what right song.wav is used"),
    ("tribute", {"music": Path("none.mp3")}, "none.mp3 does not exist"),
    ("tribute", {"music": "words.txt", "licence": "mine"}, "words.txt"),
    ("tribute", {"album": "none.jpg"}, "tribute-classic: album: none.jpg does not exist. Check the name."),
    ("tribute", {"album": "photos/*.png"}, "photos/*.png, but no photo matches that."),
    ("tribute", {"album": "empty"}, "empty, but there is no photo in it."),
    ("tribute", {"album": [3]}, "tribute-classic: album takes files, folders or patterns, not 3."),
    ("tribute", {"album": "words.txt"}, "words.txt is not a picture that can be read here."),
    ("tribute-slideshow", {"album": "many"}, "tribute-slideshow: album takes from 1 to 200 photos; these are 201."),
    ("tribute", {"chapters": "Childhood: photos"}, "is written TITLE: PHOTOS: WORDS"),
    ("tribute", {"chapters": f"Childhood: {'words ' * 80}: Words."}, "chapters[1].photos takes files, folders or"),
    ("tribute", {"chapters": "Childhood: none/*.jpg: Words."}, "chapters[1].photos names none/*.jpg, but no photo"),
    ("tribute", {"chapters": [{"photos": "photos"}]}, "chapters[1] needs its title: Such as “Childhood”."),
    ("tribute", {"chapters": [{"titel": "A"}]}, "chapters[1] has no part 'titel'; did you mean 'title'?"),
    ("tribute", {"chapters": [{"title": "A"}, 7]}, "chapters[2] takes a table with title, when, photos, words, not 7."),
    ("tribute", {"chapters": "empty"}, "which has no folders in it: each is one chapter."),
    ("tribute", {"chapters": "broken.yaml"}, "which is not valid:"),
    ("tribute", {"chapters": "number.yaml"}, "which holds no list and no table."),
    ("tribute", {"chapters": "gone.yaml"}, "gone.yaml does not exist."),
    ("tribute", {"chapters": [{"title": "A"}] * 41}, "chapters takes of at most 40 entries; these are 41."),
    ("tribute", {"words": [{"sya": "Hi."}]}, "words[1] is no line: sya is not known here; did you mean `say`?"),
    ("tribute", {"words": [{"recording": "gone.wav"}]}, "words[1]: gone.wav does not exist."),
    ("tribute", {"words": "binary.txt"}, "binary.txt cannot be read as UTF-8 text."),
    ("tribute", {"quotes": [{"by": "Anna"}]}, "quotes[1] needs its text: What they say."),
    ("tribute", {"quotes": "She laughed."}, "quotes[1] needs its text: What they say."),
    ("museum-answers", {"answers": [{"questions": "A"}]}, "answers[1] needs its text"),
    ("museum-answers", {"answers": [{"questions": "A", "text": "B"}] * 2}, "answer the same question, 'A'"),
    ("tribute", {"person": {"name": "A", "shoe": 9}}, "person has no part 'shoe'"),
    ("tribute", {"face": (1, 2, 3)}, "person.face takes a number, counted from the left, or a point x,y in px"),
    ("tribute", {"name": "A" * 201}, "person.name takes at most 200 characters"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "slots", "words"), BAD, ids=[words[:60] for _, _, words in BAD])
def test_what_is_wrong_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hopper: Path, name: str, slots: dict[str, Any], words: str
) -> None:
    room = tmp_path / "room"
    photo(room / "photos" / "1.jpg")
    (room / "empty").mkdir()
    for number in range(201) if slots.get("album") == "many" else ():
        photo(room / "many" / f"{number}.png", size=(1, 1))
    tone(room / "song.wav")
    (room / "words.txt").write_text("Hi.")
    (room / "broken.yaml").write_text("- {a: [")
    (room / "number.yaml").write_text("7")
    (room / "binary.txt").write_bytes(bytes(range(128, 256)))
    monkeypatch.chdir(room)
    with pytest.raises(StudioError) as caught:
        templates.new(name, tmp_path / "out", **{"name": "G", "photos": [hopper], **slots})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value) and caught.value.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(tmp_path: Path, hopper: Path) -> None:
    templates.new("tribute", tmp_path / "out", name="G", photos=[hopper])
    with pytest.raises(ProductionInvalid, match="there already"):
        templates.new("tribute", tmp_path / "out", name="G", photos=[hopper])
    with pytest.raises(FileUnreadable, match="does not exist"):
        templates.new("tribute", tmp_path / "b", name="G", photos=[tmp_path / "no.jpg"])
    assert not (tmp_path / "b").exists()


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path, hopper: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "recordings").write_text("a file where a folder is needed")
    tape = tone(tmp_path / "tape.wav")
    with pytest.raises(OutputUnwritable):
        templates.new("tribute", tmp_path / "out", name="G", photos=[hopper], recordings=[tape])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["recordings"]


def test_names_of_any_script_are_keys(tmp_path: Path) -> None:
    assert [templates.slug(name) for name in ("王奶奶", "Ruth  Weber!", "👵", "")] == [
        "王奶奶", "ruth-weber", "person", "person"
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_template_has_a_picture(name: str) -> None:
    path = templates.picture(name)
    assert path is not None and path.stat().st_size <= 60_000
    with Image.open(path) as picture:
        assert picture.format == "JPEG" and picture.width >= 480
