"""A speech server on the loopback, and everything a server may answer instead of sound."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest
from scipy.io import wavfile

from studio.errors import EngineUnavailable
from studio.types import F32
from studio.voice import engines
from studio.voice.engines import Reference, server

ROOT = Path(engines.__file__).resolve().parents[3]
LINE = "She kept every letter."
KEY = "sk-very-secret"


class Server(ThreadingHTTPServer):
    """Answers POST /v1/audio/speech as it is told."""

    def __init__(self, sound: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.kind, self.body = 200, "audio/wav", sound
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, object], str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body, self.headers["Authorization"]))
        status = self.server.status if self.path == "/v1/audio/speech" else 404
        self.send_response(status)
        self.send_header("Content-Type", self.server.kind)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)


@pytest.fixture
def served(spoken_line: F32) -> Iterator[Server]:
    file = io.BytesIO()
    wavfile.write(file, 24_000, np.round(spoken_line * 32_767).astype(np.int16))
    with Server(file.getvalue()) as one:
        threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
        yield one
        one.shutdown()


def test_what_is_set_is_what_is_asked(served: Server, monkeypatch: pytest.MonkeyPatch, reference: Reference) -> None:
    monkeypatch.setenv("STUDIO_SPEECH_SERVER", served.url + "/v1/")
    monkeypatch.setenv("STUDIO_SPEECH_SERVER_MODEL", "kokoro")
    monkeypatch.setenv("STUDIO_SPEECH_SERVER_KEY", KEY)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # would see everything
    speech = engines.load("server").speak("In 1906, she wrote.", "en", speed=1.2, reference=reference)
    path, body, authorised = served.asked[0]
    assert path == "/v1/audio/speech" and authorised == f"Bearer {KEY}"
    assert body == {
        "model": "kokoro",
        "input": "In nineteen oh six, she wrote.",
        "voice": "alloy",
        "response_format": "wav",
        "speed": 1.2,
    }, "the recording of the person is never sent"
    assert speech.engine == "server" and speech.synthetic and speech.audio.sample_rate == 24_000


def test_words_are_timed_and_no_key_is_sent_where_there_is_none(served: Server) -> None:
    speech = server.SpeechServer(served.url, "tts-1", "alloy").speak(LINE, "en", base="nova")
    assert [word.text for word in speech.words] == ["She", "kept", "every", "letter"]
    assert served.asked[0][1]["voice"] == "nova" and served.asked[0][2] is None


@pytest.mark.parametrize(
    ("status", "kind", "body", "said"),
    [
        (401, "application/json", b'{"error": {"message": "bad key sk-very-secret"}}', "refuses the key: bad key …"),
        (404, "text/html", b"<html>nothing</html>", r"has no /v1/audio/speech, or not the model tts-1\. Look"),
        (500, "application/json", b'{"detail": "out of memory"}', "answers 500 Internal Server Error: out of memory"),
        (422, "text/plain", b"speed must be 1", "answers 422.*: speed must be 1"),
        (200, "text/html; charset=utf-8", b"<html>Sign in</html>", r"answered with text/html instead of sound\. Look"),
        (200, "application/json", b'{"error": "no such voice"}', "instead of sound: no such voice"),
        (200, "audio/wav", b"RIFF and nothing", "answered with 16 bytes that are no sound"),
        (200, "audio/wav", b"", "answered with 0 bytes that are no sound"),
    ],
)
def test_everything_else_than_sound_is_one_sentence(
    served: Server, status: int, kind: str, body: bytes, said: str
) -> None:
    served.status, served.kind, served.body = status, kind, body
    with pytest.raises(EngineUnavailable, match=said) as told:
        server.SpeechServer(served.url, "tts-1", "alloy", KEY).speak(LINE, "en")
    assert KEY not in str(told.value) and f"127.0.0.1:{served.server_port}" in str(told.value)


def test_no_other_address_is_followed(served: Server) -> None:
    served.status, served.headers = 307, {"Location": "http://127.0.0.1:9/v1/audio/speech"}
    with pytest.raises(EngineUnavailable, match="points to another address, which nobody named"):
        server.SpeechServer(served.url, "tts-1", "alloy").speak(LINE, "en")
    assert len(served.asked) == 1


def test_a_server_that_is_not_there_or_hangs(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineUnavailable, match=r"127\.0\.0\.1:9 does not answer \(.*refused.*Start it"):
        server.SpeechServer("http://127.0.0.1:9", "tts-1", "alloy").speak(LINE, "en")
    monkeypatch.setattr(server, "TIMEOUT_S", 0.2)
    held = threading.Event()
    monkeypatch.setattr(Handler, "do_POST", lambda _: held.wait(5))
    with pytest.raises(EngineUnavailable, match=r"does not answer \(timed out\)"):
        server.SpeechServer(served.url, "tts-1", "alloy").speak(LINE, "en")
    held.set()


@pytest.mark.parametrize("address", ["", "localhost:8000", "file:///etc/passwd", "http://", "http://me:pw@host/"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(EngineUnavailable, match="is no address of a speech server") as told:
        server.SpeechServer(address, "tts-1", "alloy")
    assert "pw" not in str(told.value)


def test_a_key_never_travels_in_the_clear() -> None:
    with pytest.raises(EngineUnavailable, match=r"key for speech\.example would travel"):
        server.SpeechServer("http://speech.example", "tts-1", "alloy", KEY)
    assert server.SpeechServer("https://speech.example", "tts-1", "alloy", KEY).name == "server"
    assert server.SpeechServer("http://[::1]:8000", "tts-1", "alloy", KEY).name == "server"


def test_it_says_where_the_words_go() -> None:
    assert server.is_this_machine("http://localhost:1") and server.is_this_machine("http://127.0.0.2:1")
    assert not server.is_this_machine("http://192.168.0.7:1") and not server.is_this_machine(
        "https://127.0.0.1.evil.org"
    )
    assert "on this machine" in server.destination("http://127.0.0.1:8000")
    assert "leave this machine: they are sent to api.example.org" in server.destination("https://api.example.org/v1")


def test_another_machine_is_named_once_before_it_hears_anything(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("STUDIO_SPEECH_SERVER", "http://127.0.0.1:9")
    engines.load("server")
    assert server.sent_to("server") == "" and not caplog.records
    monkeypatch.setenv("STUDIO_SPEECH_SERVER", "https://one.example:8443/v1")
    monkeypatch.setattr(server, "_told", set())
    for _ in range(2):
        engines.load("server")
    (told,) = caplog.records
    assert told.getMessage() == server.destination("https://one.example:8443/v1") and "one.example" in told.getMessage()
    assert server.sent_to("server") == "one.example" and server.sent_to("own") == ""


PRODUCTION = """
schema: studio/1
title: Ruth
people: {ruth: {name: Ruth, photos: [{file: ruth.jpg}]}}
engines: {voice: server}
scenes:
  - {id: words, kind: talking, person: ruth, lines: [{say: Good evening.}]}
"""


@pytest.mark.parametrize("command", ["speak", "render"])
def test_the_command_line_says_where_words_go_before_they_do(command: str, tmp_path: Path, hopper: Path) -> None:
    (tmp_path / "production.yaml").write_text(PRODUCTION, encoding="utf-8")
    copyfile(hopper, tmp_path / "ruth.jpg")
    words = ["--text", "Good evening.", "--engine", "server", str(tmp_path / "out.wav")]
    given = words if command == "speak" else [str(tmp_path / "production.yaml")]
    # Not a loopback address, and yet nothing leaves: on this one a system calls itself, and nobody listens at port 9.
    env = {**os.environ, "STUDIO_SPEECH_SERVER": "http://0.0.0.0:9"}
    told = subprocess.run(
        [sys.executable, "-m", "studio", command, *given],
        capture_output=True, text=True, check=False, env=env, cwd=ROOT,
    )  # fmt: skip
    lines = told.stderr.splitlines()
    said = [number for number, line in enumerate(lines) if line == server.destination("http://0.0.0.0:9")]
    failed = next(number for number, line in enumerate(lines) if "0.0.0.0:9 does not answer" in line)
    assert told.returncode == 2 and len(said) == 1 and said[0] < failed


def test_the_key_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from studio.settings import settings

    monkeypatch.setenv("STUDIO_SPEECH_SERVER_KEY", KEY)
    assert KEY not in repr(settings()) and KEY not in str(settings().model_dump())
