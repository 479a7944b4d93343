"""What the page is made of, without a server: words, language, HTML, wishes."""

from __future__ import annotations

import asyncio
import re
import string
from dataclasses import replace
from pathlib import Path
from typing import get_args

import gradio as gr
import numpy as np
import pytest

from studio import templates
from studio.app import worker
from studio.app.jobs import JobStatus
from studio.app.projects import films_dir, queue_dir
from studio.app.web import form, gate, notes, record, server, show, template, texts, words
from studio.app.web.errors import Unfinished, shown_to_user
from studio.app.web.wish import Finer, SpokenLine, Wish, submit, write
from studio.errors import PhotoUnusable
from studio.media.audio import write_wav
from studio.people import Person
from studio.production import Production
from studio.types import AudioClip

JOB = JobStatus(
    "a1", "Ruth <b>", "/p/production.yaml", "/films/r", False, "running", 1_000_000.0, "speak", "line 1", 0.25, 42.0
)
WEB = Path(texts.__file__).parent


def wish(photo: Path | None, **changes) -> Wish:
    plain = Wish(
        "tribute",
        "Grace Hopper",
        "1906–1992",
        "en",
        "female",
        photo,
        None,
        (),
        (),
        (SpokenLine("Hello."),),
        "",
        "heir",
        "",
        False,
    )
    return replace(plain, **changes)


# ---- words


def test_every_word_is_there_in_both_languages_with_the_same_fields():
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (english, chinese) in texts.TEXTS.items():
        assert english.strip() and chinese.strip(), key
        assert fields(english) == fields(chinese), key


def test_chinese_words_are_chinese():
    same = {"dates_placeholder"}
    for key, (_, chinese) in texts.TEXTS.items():
        assert key in same or re.search("[\u4e00-\u9fff]", chinese), key


def test_every_word_that_panels_use_is_known():
    used = set()
    for path in WEB.glob("*.py"):
        used |= set(re.findall(r'\b(?:label|say|both)\("(\w+)"', path.read_text(encoding="utf-8")))
    assert len(used) > 40
    assert used <= set(texts.TEXTS)


def test_templates_are_translated():
    known = template.translations(templates.names())
    assert len(known) == 7
    assert known["template_tribute_classic"] == ("Tribute", "追思")


@pytest.mark.parametrize("name", templates.names())
def test_a_template_is_shown_with_its_picture(name):
    html = template.about(name, "zh")
    assert templates.describe(name, "zh") in html
    assert '<img src="data:image/jpeg;base64,/9j/' in html and 'alt="这类影片的画面"' in html


# ---- language and gate


@pytest.mark.parametrize(
    ("query", "cookie", "preferred", "meant"),
    [
        ("", "", "", "en"),
        ("", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "", "de-DE,de;q=0.9,zh;q=0.1", "en"),
        ("", "studio_lang=zh", "en-US", "zh"),
        ("lang=en", "studio_lang=zh", "zh-CN", "en"),
        ("lang=zh&x=1", "other=1; studio_lang=en", "en", "zh"),
        ("lang=<script>", "studio_lang=<script>", "en", "en"),
        ("", "broken;;=;", "zh", "zh"),
    ],
)
def test_the_language_of_the_page(query, cookie, preferred, meant):
    assert gate.language(query, cookie, preferred) == meant


def answered(path: str = "/", query: bytes = b"") -> tuple[dict[bytes, bytes], bytes]:
    """What the gate lets out when the page is asked for."""

    async def page(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b'<html lang="en"><head>', "more_body": True})
        await send({"type": "http.response.body", "body": b"</head></html>"})

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": path, "method": "GET", "query_string": query, "headers": []}
    asyncio.run(gate.Gate(page)(scope, None, send))
    return dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def test_the_page_begins_in_its_language_and_may_ask_no_other_host():
    headers, body = answered(query=b"lang=zh")
    assert b'<html lang="zh-CN" data-lang="zh"><head><script>' in body
    assert int(headers[b"content-length"]) == len(body)
    assert b"studio_lang=zh" in headers[b"set-cookie"]
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    assert b"http" not in headers[b"content-security-policy"]


def test_other_answers_are_passed_on_untouched():
    headers, body = answered("/gradio_api/info")
    assert headers == {b"content-length": b"5"}
    assert body == b'<html lang="en"><head></head></html>'


def test_the_page_is_served_to_this_machine_only():
    options = server.options(1, open_browser=False)
    assert options["server_name"] == "127.0.0.1"
    for off in ("share", "ssr_mode", "run_history", "mcp_server", "enable_monitoring", "pwa"):
        assert options[off] is False, off
    assert options["allowed_paths"] == [str(films_dir().resolve())]
    assert isinstance(options["theme"], gr.themes.Base)
    assert options["theme"]._stylesheets == []


def test_a_taken_port_is_one_sentence():
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(server.PortTaken, match="--port 0"):
            server._free(other.getsockname()[1])


# ---- what is shown


def test_a_running_job_says_stage_share_and_what_is_left():
    html = show.progress(JOB, "en")
    assert "Speaking" in html
    assert 'aria-valuenow="25"' in html
    assert "about 42 s left" in html
    assert "Ruth &lt;b&gt;" in html and "<b>" not in html
    assert "说出台词" in show.progress(JOB, "zh")


def test_a_stage_without_a_name_of_its_own_is_shown_as_it_is():
    assert "polish" in show.progress(replace(JOB, stage="polish"), "zh")


def test_a_failed_job_shows_its_sentence_and_no_markup_of_it():
    html = show.progress(replace(JOB, state="failed", error="<img src=x> is no photo."), "en")
    assert "&lt;img src=x&gt; is no photo." in html
    assert 'role="alert"' in html


def test_a_film_never_plays_by_itself():
    done = replace(
        JOB, state="done", film='/films/r/a "b".mp4', captions=("/films/r/a.srt", "/films/r/a.vtt"),
        recipe="/films/r/recipe.json", duration_s=65.2,
    )  # fmt: skip
    html = show.film(done, "zh")
    assert "autoplay" not in html
    assert "controls" in html and 'kind="captions"' in html and 'srclang="zh"' in html
    assert "/gradio_api/file=/films/r/a%20%22b%22.mp4" in html
    assert html.count("download=") == 4
    assert "poster" not in html
    assert 'poster="/gradio_api/file=/films/r/a.png"' in show.film(replace(done, poster="/films/r/a.png"), "en")
    assert "1:05" in html
    assert show.film(JOB, "en") == ""


def test_the_page_says_what_in_a_film_is_true():
    recipe = {
        "words": [
            {"start_s": 4.6, "text": "A <ship>.", "source": "verbatim", "cite": "Lecture", "synthetic_voice": False},
            {"start_s": 65.0, "text": "Go on.", "source": "written", "engine": "espeak", "synthetic_voice": True},
        ],
        "consent": {"ruth": {"granted_by": "Anna & Co", "right": "heir"}, "karl": None},
    }  # fmt: skip
    html = record.html(recipe, "en")
    first, second = re.findall("<tr><td>.*?</tr>", html)
    assert "A &lt;ship&gt;." in first and "their own · Lecture" in first and "their own recording" in first
    assert "1:05" in second and "written for them" in second and "synthetic (espeak)" in second
    assert "Anna &amp; Co, Close relative or heir" in html
    assert "no record" in html
    assert "本人真实录音" in record.html(recipe, "zh")
    assert "another machine" not in html
    sent = {**recipe, "engines": [{"name": "espeak"}, {"name": "server", "sent_to": "speech.example"}]}
    assert "The words were sent to speech.example" in record.html(sent, "en")


def test_a_film_without_a_readable_recipe_is_still_shown(tmp_path):
    (tmp_path / "recipe.json").write_text("[", encoding="utf-8")
    assert record.html(record.read(tmp_path / "recipe.json"), "en") == ""
    assert record.html(record.read(tmp_path / "none.json"), "en") == ""


def test_what_the_user_can_mend_becomes_a_notice():
    @shown_to_user
    def handler(number: int) -> int:
        if number:
            raise PhotoUnusable("<b>cat.png</b> has no face.")
        return number

    assert handler(0) == 0
    with pytest.raises(gr.Error) as caught:
        handler(1)
    assert caught.value.message == "&lt;b&gt;cat.png&lt;/b&gt; has no face."


def test_a_bug_stays_a_bug():
    @shown_to_user
    def handler() -> None:
        raise ValueError("shapes differ")

    with pytest.raises(ValueError, match="shapes differ"):
        handler()


# ---- wishes


def test_lines_without_words_are_left_out():
    lines = words.read(
        [
            *("  Hello \n there. ", "verbatim", " Letter ", "glad"),
            *("", "written", "x", ""),
            *(None, None, None, None),
            *("Bye.", None, None, None),
        ]
    )
    assert lines == (SpokenLine("Hello there.", "verbatim", "Letter", "glad"), SpokenLine("Bye.", "written", ""))


def test_what_is_missing_is_said_all_at_once():
    with pytest.raises(Unfinished) as caught:
        submit(wish(None, name=" ", lines=(), granted_by="Anna"), draft=True, language="en")
    for key in ("need_photo", "need_name", "need_words", "need_confirm"):
        assert texts.say(key, "en") in str(caught.value)
    assert worker.listing() == []


def test_a_wish_becomes_a_production_that_keeps_sources_and_consent(hopper):
    lines = (SpokenLine("A ship in port is safe.", "verbatim", "Lecture, 1982"), SpokenLine("Go on.", "adapted", ""))
    path = write(
        wish(
            hopper,
            lines=lines,
            granted_by="US Navy",
            right="public-domain",
            scope="Exhibit",
            confirmed=True,
            face=(260.0, 150.0),
        )
    )
    production = Production.load(path)
    said = {line.say: line for scene in production.scenes for line in getattr(scene, "lines", [])}
    assert (said["A ship in port is safe."].source, said["A ship in port is safe."].cite) == (
        "verbatim",
        "Lecture, 1982",
    )
    assert said["Go on."].source == "adapted"
    (person,) = production.people.values()
    assert (person.name, person.dates) == ("Grace Hopper", "1906–1992")
    assert person.consent is not None
    assert (person.consent.granted_by, person.consent.right, person.consent.scope) == (
        "US Navy",
        "public-domain",
        "Exhibit",
    )
    assert person.photos[0].face is not None


def test_feelings_and_the_finer_voice_come_into_the_film(hopper):
    lines = (SpokenLine("Go on.", feeling="glad"), SpokenLine("Good night."))
    finer = Finer(profile="ruth", closeness=0.7, tape=0.4, age=10, vigour=-0.2)
    production = Production.load(write(wish(hopper, lines=lines, finer=finer)))
    said = {line.say: line.emotion for scene in production.scenes for line in getattr(scene, "lines", [])}
    assert said == {"Go on.": "glad", "Good night.": None}
    (person,) = production.people.values()
    assert (person.profile, person.closeness, person.tape) == ("ruth", 0.7, 0.4)
    assert (person.vitality.age, person.vitality.vigour) == (10, -0.2)


def test_shape_music_and_what_is_made_along_come_into_the_film(hopper):
    production = Production.load(write(wish(hopper, shape="9:16", mood="hopeful", also=("m4a", "poster"))))
    assert production.canvas.size == (720, 1280)
    assert production.music.mood == "hopeful"
    assert set(production.outputs.also) >= {"m4a", "poster"}
    assert Production.load(write(wish(hopper, dates="1"))).music.mood == "calm"


def test_what_the_page_offers_is_what_a_production_knows(hopper):
    canvas, music, outputs = (Production.model_fields[name].annotation for name in ("canvas", "music", "outputs"))
    assert set(template.SHAPES) == set(get_args(canvas.model_fields["aspect"].annotation))
    assert set(template.MOODS) == set(get_args(music.model_fields["mood"].annotation))
    assert set(template.ALSO) <= set(get_args(get_args(outputs.model_fields["also"].annotation)[0]))


def test_a_voice_nobody_touched_stays_as_it_is(hopper):
    (person,) = Production.load(write(wish(hopper))).people.values()
    plain = Person(name="x")
    assert (person.profile, person.closeness, person.tape) == (None, plain.closeness, plain.tape)
    assert person.vitality == plain.vitality


def test_without_a_grant_there_is_no_record(hopper):
    production = Production.load(write(wish(hopper)))
    assert [person.consent for person in production.people.values()] == [None]


def test_the_film_after_a_draft_uses_the_same_production(hopper):
    first, second, other = (
        worker.status(submit(wish(hopper, **changes), draft=draft, language="en"))
        for draft, changes in ((True, {}), (False, {}), (False, {"dates": ""}))
    )
    assert first.production == second.production != other.production
    assert first.draft and not second.draft
    assert first.output != second.output


def test_further_photos_come_into_the_film(hopper, couple):
    production = Production.load(write(wish(hopper, further=(couple,))))
    assert [len(person.photos) for person in production.people.values()] == [2]


# ---- notes


def test_what_was_filled_in_is_kept(hopper):
    assert notes.load() == {}
    notes.keep(
        {"name": "陈秀兰", "photo": str(hopper), "recordings": [str(hopper), "/gone.wav"], "microphone": "/gone.wav"}
    )
    assert notes.load() == {"name": "陈秀兰", "photo": str(hopper), "recordings": [str(hopper)], "microphone": None}
    notes.keep({"slot-to": "Anna", "name": ""})
    assert notes.load()["slot-to"] == "Anna" and notes.load()["name"] == "" and notes.load()["photo"] == str(hopper)


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_damaged_notes_are_no_notes(text):
    notes.keep({})
    (queue_dir() / notes.FILE).write_text(text, encoding="utf-8")
    assert notes.load() == {}


@pytest.mark.parametrize(
    ("filled", "asked", "count"), [((), 0, 2), ((0,), 0, 2), ((3,), 0, 5), ((0,), 7, 7), ((11,), 0, 12)]
)
def test_one_line_more_is_shown_than_has_words(filled, asked, count):
    assert words.shown({words.key(number, "say"): "Words." for number in filled}, asked) == count


# ---- forms


def schema(name: str, language="en"):
    return templates.fields(name, language)


def table(name: str, slot: str, *rows):
    """The fields of a table and their values, of which each row gives some."""
    one = schema(name)["properties"][slot]
    fields = [each for number in range(len(rows)) for each in form.row(slot, one, number)]
    return fields, [rows[each.row].get(each.part) for each in fields]


def test_rows_are_read_as_templates_take_them(hopper):
    fields, values = table(
        "museum-answers", "answers",
        {"questions": " Who? \n\nWho are you?", "text": " Grace. ", "source": "verbatim"},
        {"source": "written"},
        {"text": "", "questions": "When?", "source": "written", "recording": str(hopper)},
    )  # fmt: skip
    assert form.given(fields, values) == {
        "answers": [
            {"questions": ["Who?", "Who are you?"], "text": "Grace.", "source": "verbatim"},
            {"questions": ["When?"], "recording": hopper, "source": "written"},
        ]
    }
    kept = {each.key: value for each, value in zip(fields, values, strict=True)}
    assert form.rows_filled("answers", schema("museum-answers")["properties"]["answers"], kept) == 3
    assert form.rows_filled("answers", schema("museum-answers")["properties"]["answers"], {}) == 0


def test_words_that_look_like_a_file_are_words():
    farewell = form.field("farewell", schema("tribute-classic"))
    assert form.given([farewell], ["notes.txt\n /etc/passwd"]) == {
        "farewell": [{"say": "notes.txt"}, {"say": "/etc/passwd"}]
    }


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("letter", {}, ["Fill in “To” (step 4)."]),
        ("letter", {"to": "Anna"}, []),
        ("museum-answers", {"idle": 200}, [
            "Fill in “Answers” (step 4).", "“Waiting” takes a number from 2 to 120 (step 4).",
        ]),
        ("museum-answers", {"answers": [{"questions": ["A"], "recording": "a.wav"}]}, []),
        ("museum-answers", {"answers": [{"text": "A"}, {"questions": ["B"]}]}, [
            "Fill in “Questions” in no. 1 of “Answers” (step 4).", "Fill in “Answer” in no. 2 of “Answers” (step 4).",
        ]),
        ("tribute-slideshow", {}, ["Add photos to be shown (step 2)."]),
        ("tribute-slideshow", {"chapters": [{"title": "A"}]}, []),
        ("film-draft", {"handles": 0.0}, []),
    ],
)  # fmt: skip
def test_what_a_template_lacks_is_said(name, values, said):
    assert form.lacking(schema(name), values, "en") == said
    assert len(form.lacking(schema(name, "zh"), values, "zh")) == len(said)


@pytest.mark.parametrize("name", templates.names())
def test_the_page_asks_for_every_slot_once(name):
    own, known = form.own(schema(name)), {slot.name for slot in templates.slots(name)}
    assert set(own) | form.ELSEWHERE >= known and not set(own) & form.ELSEWHERE
    for slot in own.values():
        kinds = {part["x-slot"] for part in form.parts(slot).values()} if form.is_table(slot) else {slot["x-slot"]}
        assert kinds <= {"text", "text[]", "lines", "number", "choice", "image", "image[]", "audio", "audio[]"}


def test_slots_of_a_template_come_into_the_film(hopper, couple):
    slots = {"company": "Weber", "behind": couple, "milestones": [{"when": "1924", "photo": hopper, "text": "A shop."}]}
    path = write(wish(hopper, template="corporate-history", slots=slots, further=(couple,), shape="9:16"))
    production = Production.load(path)
    scenes = {scene.id: scene for scene in production.scenes}
    assert production.title == "Weber" and production.canvas.size == (720, 1280)
    assert (path.parent / scenes["milestone-01"].file).read_bytes() == hopper.read_bytes()
    assert [scene.kind for scene in production.scenes].count("slideshow") == 1


def test_words_with_a_source_are_also_shown_where_a_template_does_that(hopper):
    line = SpokenLine("A ship in port is safe.", "verbatim", "Lecture, 1982")
    scenes = Production.load(write(wish(hopper, template="museum-exhibit", lines=(line,)))).scenes
    assert [(scene.text, scene.by) for scene in scenes if scene.kind == "quote"] == [(line.say, line.cite)]


def test_a_slideshow_needs_no_portrait(hopper, couple):
    path = write(wish(None, template="tribute-slideshow", lines=(), further=(hopper, couple), slots={"minutes": 1.0}))
    (photos,) = (scene.photos for scene in Production.load(path).scenes if scene.kind == "slideshow")
    assert [photo.file.name for photo in photos] == ["01-grace_hopper.jpg", "02-couple.png"]
    with pytest.raises(Unfinished, match=r"^Add photos to be shown"):
        submit(wish(None, template="tribute-slideshow", lines=()), draft=True, language="en")


def test_music_of_ones_own_needs_its_right(hopper, tmp_path):
    song = tmp_path / "song.wav"
    write_wav(song, AudioClip(np.zeros((1, 16_000), np.float32), 16_000))
    for changes, key in (({}, "need_music"), ({"music": song}, "need_licence")):
        with pytest.raises(Unfinished) as caught:
            submit(wish(hopper, mood="own", **changes), draft=True, language="zh")
        assert str(caught.value) == texts.say(key, "zh")
    music = Production.load(write(wish(hopper, mood="own", music=song, licence="CC0"))).music
    assert (music.file, music.licence) == (Path("music/01-song.wav"), "CC0")
    # What was chosen for another film does not reach one without music.
    draft = wish(hopper, template="film-draft", mood="own", music=song, licence="CC0")
    assert Production.load(write(draft)).music.mood == "none"
