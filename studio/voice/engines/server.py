"""Any server with OpenAI's speech interface: POST /v1/audio/speech gives sound for text.

What is to be said leaves this process, and this machine where the address is another one's. So there is no address
unless somebody set one, none but that one is ever spoken to, whatever the server answers, and its name stands in every
error. The server speaks with a voice of its own; a recording of the person is never sent.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import tempfile
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from studio.errors import AudioUnusable, EngineUnavailable, FileUnreadable
from studio.media.audio import read_audio
from studio.settings import settings
from studio.types import Language, Speech
from studio.voice.engines import Reference
from studio.voice.engines.cloning import as_speech, written

log = logging.getLogger(__name__)

TIMEOUT_S = 300.0  # a large model on a slow machine, for one sentence
MOST_BYTES = 256 << 20  # 20 minutes of 48 kHz stereo
SPEEDS = (0.25, 4.0)  # of the interface
_DEFAULT_RATE = 24_000  # Hz; of OpenAI's own, until the first answer tells
_told: set[str] = set()  # addresses on other machines that somebody has been told of


class _NoRedirect(HTTPRedirectHandler):
    """Another address was not what somebody named."""

    def redirect_request(self, *_: Any) -> None:
        return None


def is_this_machine(address: str) -> bool:
    """Does the address name the machine this runs on?"""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def destination(address: str) -> str:
    """One sentence that says where what is to be said goes; for whoever chooses this engine."""
    host = urlsplit(address).hostname
    if is_this_machine(address):
        return f"The words are spoken by the server at {address}, on this machine."
    return f"The words leave this machine: they are sent to {host}, where somebody else's computer speaks them."


def sent_to(engine: str) -> str:
    """The host of another machine to which an engine sends what is to be said, as it is set up now; "" for none."""
    address = settings().speech_server
    if engine != SpeechServer.name or not address or is_this_machine(address):
        return ""
    return urlsplit(address).hostname or ""


class SpeechServer:
    """The `SpeechEngine` server; see studio/voice/engines/__init__.py."""

    name = "server"

    def __init__(self, address: str, model: str, voice: str, key: str = "") -> None:
        """Take what is known of the server.

        Args:
            address: http or https, with or without the /v1 at its end.
            voice: which of the server's voices, where a line names none.
            key: "" for none.

        Raises:
            EngineUnavailable: the address is none, or the key would travel in the clear.
        """
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise EngineUnavailable(
                f"{parts.scheme or 'That'}://{parts.hostname or ''} is no address of a speech server. Set one such as "
                "STUDIO_SPEECH_SERVER=http://127.0.0.1:8000"
            )
        if key and parts.scheme == "http" and not is_this_machine(address):
            raise EngineUnavailable(
                f"The key for {parts.hostname} would travel where anybody can read it. Use an address with https."
            )
        self.sample_rate = _DEFAULT_RATE
        self._base = address.rstrip("/").removesuffix("/v1")
        self._host = parts.netloc
        self._model, self._voice, self._key = model, voice, key
        # A proxy would see what goes to this very machine.
        self._opener: OpenerDirector = build_opener(
            _NoRedirect, *([ProxyHandler({})] if is_this_machine(address) else [])
        )

    def speak(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,  # noqa: ARG002  the interface has none
        lexicon: Mapping[str, str] | None = None,
        base: str = "",
        reference: Reference | None = None,  # noqa: ARG002  never sent
    ) -> Speech:
        """See `SpeechEngine.speak`. `base` is one of the server's voices."""
        asked = {
            "model": self._model,
            "input": written(text, language, lexicon, self.name),
            "voice": base or self._voice,
            "response_format": "wav",
            "speed": min(max(speed, SPEEDS[0]), SPEEDS[1]),
        }
        sound = self._answer(json.dumps(asked).encode())
        with tempfile.TemporaryDirectory(prefix="studio-voice-") as folder:
            file = Path(folder) / "said.wav"
            file.write_bytes(sound)
            try:
                clip = read_audio(file, mono=True)
            except (FileUnreadable, AudioUnusable) as error:
                raise EngineUnavailable(
                    f"The speech server at {self._host} answered with {len(sound):,} bytes that are no sound. "
                    "Look whether it can give WAV."
                ) from error
        self.sample_rate = clip.sample_rate
        return as_speech(clip.mono(), clip.sample_rate, text, language, self.name)

    def _answer(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "audio/wav", "User-Agent": "keepsake-studio"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = Request(f"{self._base}/v1/audio/speech", data=body, headers=headers, method="POST")  # noqa: S310  checked
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                kind = answer.headers.get_content_type()
                sound: bytes = answer.read(MOST_BYTES + 1)
        except HTTPError as error:
            raise EngineUnavailable(self._refused(error)) from error
        except (URLError, HTTPException, OSError) as error:
            why = getattr(error, "reason", None) or error
            raise EngineUnavailable(
                f"The speech server at {self._host} does not answer ({why}). Start it, or take another engine."
            ) from error
        if len(sound) > MOST_BYTES:
            raise EngineUnavailable(f"The speech server at {self._host} sends without an end. Look at its settings.")
        if kind in ("text/html", "application/json", "text/plain"):
            raise EngineUnavailable(
                f"The speech server at {self._host} answered with {kind} instead of sound{self._told(sound)}. "
                "Look whether that is the right address."
            )
        return sound

    def _refused(self, error: HTTPError) -> str:
        """The sentence for an answer that is an error."""
        told = self._told(error.read(4096))
        where = f"The speech server at {self._host}"
        if error.code in (301, 302, 303, 307, 308):
            return f"{where} points to another address, which nobody named. Set the address it really has."
        if error.code in (401, 403):
            return f"{where} refuses the key{told}. Set STUDIO_SPEECH_SERVER_KEY."
        if error.code == 404:
            return f"{where} has no /v1/audio/speech, or not the model {self._model}{told}. Look at its address."
        return f"{where} answers {error.code} {error.reason}{told}. Look at its own log."

    def _told(self, body: bytes) -> str:
        """What the server says itself, shortened, as the rest of a sentence; never the key."""
        said = body.decode("utf-8", "replace")
        try:
            inner = json.loads(said)
            while isinstance(inner, dict):
                inner = inner.get("error") or inner.get("message") or inner.get("detail") or ""
            said = str(inner)
        except ValueError:
            if said.lstrip()[:1] == "<":
                return ""
        line = " ".join(said.split())[:200]
        return f": {line.replace(self._key, '…') if self._key else line}".rstrip(": .")


def create() -> SpeechServer:
    """The engine, at the address that was set. Once and before anything is sent, it says which other machine hears it.

    Raises:
        EngineUnavailable: there is none, or it is none.
    """
    known = settings()
    engine = SpeechServer(
        known.speech_server,
        known.speech_server_model,
        known.speech_server_voice,
        known.speech_server_key.get_secret_value(),
    )
    # A warning is on stderr wherever nobody has arranged otherwise: for the command line, the worker and Python alike.
    if sent_to(engine.name) and known.speech_server not in _told:
        _told.add(known.speech_server)
        log.warning("%s", destination(known.speech_server))
    return engine
