"""The page in a real Chromium: what people see and do."""

from __future__ import annotations

import shutil
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import studio
from studio.app import worker
from studio.app.web import server
from studio.errors import Cancelled, FaceNotFound
from studio.production import Production
from studio.types import AudioClip, Face, FrameSource, Progress, Render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.page,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",  # the page itself has to keep still
)
BOXES = ((60, 80, 160, 200), (330, 90, 430, 210))


@dataclass
class Fake:
    """A pipeline with two faces and a film that waits to be let on."""

    go_on: threading.Event = field(default_factory=threading.Event)
    rendered: list[Path] = field(default_factory=list)

    def faces(self, photo: Path) -> tuple[Face, ...]:
        from studio.media.image import read_image

        if read_image(photo).shape[0] < 100:
            raise FaceNotFound("No face in <small.png>. Use another photo.")
        # The right one is the larger, and the largest comes first.
        return tuple(Face(np.zeros((478, 3), np.float32), box) for box in reversed(BOXES))

    def render(self, production, output, *, draft, on_progress, cancel) -> Render:
        from studio.media.files import write_text
        from studio.media.video import write_video

        self.rendered.append(production)
        on_progress(Progress("animate", "scene 2", 0.42, 33.0))
        while not self.go_on.wait(0.02):
            if cancel.is_set():
                raise Cancelled("Stopped.")
        frames = FrameSource(
            lambda: (np.full((90, 160, 3), i * 5, np.uint8) for i in range(25)), 25, Fraction(25), (160, 90)
        )
        output.mkdir(parents=True, exist_ok=True)
        write_video(output / "film.mp4", frames, AudioClip(np.zeros((1, 48000), np.float32), 48000))
        write_text(output / "film.vtt", "WEBVTT\n\n00:00.000 --> 00:00.900\nHello.\n")
        write_text(output / "recipe.json", "{}")
        return Render(output / "film.mp4", (output / "film.vtt",), output / "recipe.json", Fraction(1), "0" * 64)


@pytest.fixture
def fake(monkeypatch) -> Fake:
    fake = Fake()
    module = types.ModuleType("studio.pipeline")
    module.faces, module.render = fake.faces, fake.render
    monkeypatch.setitem(sys.modules, "studio.pipeline", module)
    monkeypatch.setattr(studio, "pipeline", module, raising=False)
    monkeypatch.delitem(sys.modules, "studio.app.web.page", raising=False)
    return fake


@pytest.fixture
def address(fake, monkeypatch, tmp_path) -> Iterator[str]:
    """The page, served, with a worker in a thread."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    desks = []
    begin = worker._Desk.__init__
    monkeypatch.setattr(worker._Desk, "__init__", lambda desk: (begin(desk), desks.append(desk))[0])

    def work() -> None:
        with pytest.raises(KeyboardInterrupt):
            worker.work()

    server._prepare()
    from studio.app.web.page import build

    page = build()
    port = server._free(0)
    page.launch(**server.options(port, open_browser=False))
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        fake.go_on.set()
        page.close(verbose=False)
        while not desks:
            pass
        desks[0].leaving.set()
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


PATIENCE = 120_000  # ms; a machine that does other things as well opens the page slowly
LEFT = ("AbortError: signal is aborted", "errored out. ")


@contextmanager
def opened(browser, address: str, *, locale: str = "en-US", width: int = 1280):
    """A tab on the page; afterwards it must have been quiet: no other host, no error, nothing refused."""
    context = browser.new_context(locale=locale, viewport={"width": width, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE)
    asked, wrong = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
    tab.goto(address)
    tab.wait_for_selector("#progress p")
    tab.wait_for_selector("#line-1 textarea")
    yield tab
    context.close()
    own = ("data:", "blob:", address.partition("?")[0])
    assert [url for url in asked if not url.startswith(own)] == []
    # Gradio's own script complains when a tab is left while it listens to the server; nobody is there to see it.
    assert [words for words in wrong if not any(leaving in words for leaving in LEFT)] == []


def fill_in(tab, hopper: Path) -> None:
    tab.set_input_files("#photo input[type=file]", hopper)
    tab.wait_for_selector("#faces img")
    tab.fill("#name input, #name textarea", "Grace <b>Hopper</b>")
    tab.fill("#line-1 textarea", "A ship in port is safe.")


@pytest.mark.parametrize(
    ("locale", "query", "words", "tag"),
    [
        ("en-US", "", ("Keepsake Studio", "The person", "Make the film", "Granted by", "Tribute"), "en"),
        ("zh-CN", "", ("留声影室", "人物", "制作影片", "同意人", "追思"), "zh-CN"),
        ("en-US", "?lang=zh", ("留声影室", "影片内容", "快速小样", "这句话是", "追思"), "zh-CN"),
    ],
)
def test_the_page_speaks_both_languages(browser, address, locale, query, words, tag):
    with opened(browser, address + query, locale=locale) as tab:
        text = tab.locator("body").inner_text()
        for word in words[1:]:
            assert word in text
        assert tab.evaluate("document.documentElement.lang") == tag
        assert tab.title() == words[0]
        if query:
            # The choice is kept without the address saying so.
            tab.goto(address)
            tab.wait_for_selector("#progress p")
            assert tab.evaluate("document.documentElement.lang") == tag
            tab.click(".masthead nav a[hreflang=en]")
            tab.wait_for_selector("#progress p")
            assert "Make the film" in tab.locator("#make-film").inner_text()


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_sticks_out_and_every_field_has_a_name(browser, address, width):
    with opened(browser, address, width=width) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert unnamed(tab) == []


def unnamed(tab) -> list[str]:
    return tab.evaluate(
        """() => [...document.querySelectorAll('input:not([type=file]), textarea, select, button')]
        .filter(e => e.offsetParent && !(e.labels && e.labels.length && e.labels[0].innerText.trim())
            && !e.getAttribute('aria-label') && !e.title && !e.innerText.trim())
        .map(e => e.outerHTML.slice(0, 200))"""
    )


NAMES = ("tribute-classic", "tribute-slideshow", "letter", "museum-exhibit", "museum-answers", "corporate-history",
         "film-draft")  # fmt: skip
ALONE = {
    "tribute-classic": "chapters", "tribute-slideshow": "minutes", "letter": "keepsake", "museum-exhibit": "credits",
    "museum-answers": "answers-1-text", "corporate-history": "company", "film-draft": "timecode",
}  # fmt: skip


def choose(tab, name: str) -> None:
    tab.check(f"#template input[value={name}]")
    sign = ALONE[name]
    tab.wait_for_selector(f"#table-{sign}" if sign == "chapters" else f"#slot-{sign}", state="visible")
    # The fields of the template before are gone.
    others = {f"#slot-{other}" for other in ALONE.values()} - {f"#slot-{sign}", "#slot-chapters"}
    for other in others:
        tab.wait_for_selector(other, state="detached")


@pytest.mark.parametrize(("width", "locale"), [(1280, "en-US"), (400, "zh-CN")])
def test_every_template_has_its_form(browser, address, width, locale):
    from studio import templates

    language = "zh" if locale == "zh-CN" else "en"
    with opened(browser, address, locale=locale, width=width) as tab:
        for name in NAMES:
            choose(tab, name)
            tab.wait_for_function("about => document.querySelector('#kind p')?.innerText === about",
                                  arg=templates.describe(name, language))  # fmt: skip
            for folded in tab.locator("[id^=table-] > button").all():
                folded.click()
            text = tab.locator("#told").inner_text()
            for slot in templates.slots(name):
                if slot.name not in ("person", "words", "album", "music", "licence", "aspect", "also"):
                    assert slot.title[language] in text, slot.name
                    for part in slot.parts:
                        assert part.title[language] in text, part.name
            assert "__i18n__" not in tab.locator("body").inner_text()
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, name
            assert unnamed(tab) == [], name
            music = any(slot.name == "music" for slot in templates.slots(name))
            tab.wait_for_selector("#mood", state="visible" if music else "detached")


def production(tab) -> Production:
    tab.wait_for_selector(".bar")
    return Production.load(Path(worker.listing()[0].production))


def test_a_letter_becomes_a_draft(browser, address, fake, hopper):
    with opened(browser, address) as tab:
        fill_in(tab, hopper)
        choose(tab, "letter")
        assert tab.input_value("#line-1 textarea") == "A ship in port is safe."
        tab.click("#make-draft")
        tab.wait_for_selector(".toast-body")
        assert "Fill in “To” (step 4)." in tab.locator(".toast-body").inner_text()
        assert worker.listing() == []
        tab.fill("#slot-to input, #slot-to textarea", "Anna")
        tab.fill("#slot-keepsake input, #slot-keepsake textarea", "Go ahead and do it.")
        tab.click("#make-draft")
        scenes = {scene.id: scene for scene in production(tab).scenes}
        assert scenes["envelope"].heading == "For Anna"
        assert scenes["letter"].lines[0].say == "A ship in port is safe."
        assert scenes["keepsake"].text == "Go ahead and do it."
        fake.go_on.set()
        tab.wait_for_selector("#player video")


def test_answers_are_asked_for_row_by_row(browser, address, hopper):
    with opened(browser, address, locale="zh-CN") as tab:
        tab.set_input_files("#photo input[type=file]", hopper)
        tab.wait_for_selector("#faces img")
        tab.fill("#name input, #name textarea", "葛丽丝")
        choose(tab, "museum-answers")
        assert tab.locator("#line-1").count() == 0
        tab.click("#make-draft")
        tab.wait_for_selector(".toast-body")
        assert "请填写“回答”（第4步）。" in tab.locator(".toast-body").inner_text()
        tab.click(".toast-close")
        tab.fill("#slot-answers-1-questions textarea", "你在哪里出生？\n你的家乡在哪里？")
        tab.fill("#slot-answers-1-text textarea", "我出生在纽约。")
        tab.click("#add-answers")
        tab.wait_for_selector("#slot-answers-2-text")
        assert tab.input_value("#slot-answers-1-text textarea") == "我出生在纽约。"
        tab.fill("#slot-answers-2-text textarea", "我教计算机听懂人话。")
        tab.click("#make-draft")
        tab.wait_for_selector(".toast-body")
        assert "请填写“回答”第2项的“问题”（第4步）。" in tab.locator(".toast-body").inner_text()
        tab.fill("#slot-answers-2-questions textarea", "你做过什么？")
        tab.click("#make-draft")
        answers = [scene for scene in production(tab).scenes if scene.id.startswith("answer")]
        assert [scene.questions for scene in answers] == [["你在哪里出生？", "你的家乡在哪里？"], ["你做过什么？"]]
        assert [scene.lines[0].say for scene in answers] == ["我出生在纽约。", "我教计算机听懂人话。"]


def test_what_was_told_stays_through_other_templates_and_a_reload(browser, address, hopper):
    with opened(browser, address) as tab:
        choose(tab, "corporate-history")
        tab.fill("#slot-company input, #slot-company textarea", "Weber & Daughters")
        tab.click("#table-milestones > button")
        tab.set_input_files("#slot-milestones-1-photo input[type=file]", hopper)
        tab.wait_for_selector("#slot-milestones-1-photo .file-preview, #slot-milestones-1-photo table")
        tab.fill("#slot-milestones-1-text textarea, #slot-milestones-1-text input", "The first shop.")
        choose(tab, "letter")
        choose(tab, "corporate-history")
        assert tab.locator("#slot-company input, #slot-company textarea").input_value() == "Weber & Daughters"
        tab.reload()
        tab.wait_for_selector("#slot-company")
        assert tab.is_checked("#template input[value=corporate-history]")
        assert tab.locator("#slot-company input, #slot-company textarea").input_value() == "Weber & Daughters"
        words = tab.locator("#slot-milestones-1-text textarea, #slot-milestones-1-text input")
        assert words.input_value() == "The first shop."
        assert "grace_hopper" in tab.locator("#slot-milestones-1-photo").inner_text()


def test_a_click_chooses_the_face(browser, address, hopper):
    with opened(browser, address) as tab:
        tab.set_input_files("#photo input[type=file]", hopper)
        tab.wait_for_selector("#faces img")
        assert "2 faces found" in tab.locator("#faces-note").inner_text()
        assert tab.locator("#which-face input").nth(1).is_checked()
        before = tab.locator("#faces img").get_attribute("src")
        tab.locator("#faces img").scroll_into_view_if_needed()
        shown = tab.locator("#faces img").bounding_box()
        width, height = tab.locator("#faces img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
        # The picture is letterboxed inside its element.
        scale = min(shown["width"] / width, shown["height"] / height)
        left = shown["x"] + (shown["width"] - width * scale) / 2
        top = shown["y"] + (shown["height"] - height * scale) / 2
        tab.mouse.click(left + 110 * scale, top + 140 * scale)
        tab.wait_for_function("document.querySelectorAll('#which-face input')[0].checked")
        tab.wait_for_function("was => document.querySelector('#faces img').src !== was", arg=before)
        tab.click("#other-photo")
        tab.wait_for_selector("#photo input[type=file]", state="attached")


def test_what_cannot_be_used_is_said(browser, address, tmp_path):
    from studio.media.image import write_png

    write_png(tmp_path / "small.png", np.zeros((80, 80, 3), np.uint8))
    with opened(browser, address) as tab:
        tab.set_input_files("#photo input[type=file]", tmp_path / "small.png")
        tab.wait_for_selector(".toast-body")
        assert "No face in <small.png>. Use another photo." in tab.locator(".toast-body").inner_text()
        tab.click(".toast-close")
        tab.wait_for_selector(".toast-body", state="detached")
        tab.click("#make-film")
        tab.wait_for_selector(".toast-body")
        missing = tab.locator(".toast-body").inner_text()
        assert "step 2" in missing and "steps 3 and 4" in missing


def test_a_film_is_made_seen_through_a_reload_and_watched(browser, address, fake, hopper):
    with opened(browser, address) as tab:
        fill_in(tab, hopper)
        tab.click("#make-draft")
        tab.wait_for_selector(".bar[aria-valuenow='42']")
        assert "Moving the face" in tab.locator("#progress").inner_text()
        assert "about 33 s left" in tab.locator("#progress").inner_text()
        assert "Grace <b>Hopper</b>" in tab.locator("#progress").inner_text()

        tab.reload()
        tab.wait_for_selector(".bar[aria-valuenow='42']")
        # What was filled in is there again too.
        tab.wait_for_selector("#faces img")
        assert tab.input_value("#line-1 textarea") == "A ship in port is safe."
        assert tab.locator("#name input, #name textarea").input_value() == "Grace <b>Hopper</b>"

        fake.go_on.set()
        tab.wait_for_selector("#player video")
        tab.wait_for_function("document.querySelector('#player video').readyState >= 2")
        film = tab.locator("#player video").evaluate("v => [v.paused, v.autoplay, v.currentTime < 0.1, v.duration]")
        assert film[:3] == [True, False, True]
        assert film[3] == pytest.approx(1.0, abs=0.1)
        with tab.expect_download() as download:
            tab.click(".downloads a >> nth=1")
        assert Path(download.value.path()).read_text(encoding="utf-8").startswith("WEBVTT")
        assert "Grace <b>Hopper</b>" in tab.locator("#earlier").inner_text()
        assert tab.evaluate("document.querySelectorAll('[autoplay]').length") == 0


def test_a_film_is_stopped(browser, address, fake, hopper):
    with opened(browser, address) as tab:
        fill_in(tab, hopper)
        tab.click("#make-film")
        tab.wait_for_selector(".bar[aria-valuenow='42']")
        tab.click("#stop")
        tab.wait_for_selector("#progress .film-note")
        assert "Stopped" in tab.locator("#progress").inner_text()
        assert [job.state for job in worker.listing()] == ["cancelled"]


def test_nothing_but_films_is_handed_out(browser, address, hopper):
    with opened(browser, address) as tab:
        fill_in(tab, hopper)
        tab.click("#make-draft")
        tab.wait_for_selector(".bar")
        (job,) = worker.listing()
        fetch = "url => fetch(url).then(answer => answer.status)"
        private = [job.production, str(Path(job.production).parent / "photos" / "01-grace_hopper.jpg"), "/etc/passwd"]
        # Asked outside the tab: a refusal is what is wanted here.
        other = tab.context.request
        assert [other.get(f"{address}gradio_api/file={path}").status for path in private] == [403, 403, 403]
        assert other.get(address, headers={"Host": "elsewhere.example"}).status == 400
        assert tab.evaluate(fetch, f"{address}gradio_api/info") == 200
