"""The child process that holds espeak-ng: `python -m studio.voice.engines.espeak_child`.

espeak-ng is GPL-3.0; it is loaded here and nowhere else, so that it never shares a process with the studio.
One request is a 4-byte length (big-endian) and JSON; one reply the same, followed by `num_samples` 16-bit samples.
The end of its input ends the process, so it never outlives its parent.

espeak-ng carries noise and flutter over from one text to the next, and no call resets them. Each request is therefore
answered by a fork of the untouched process, so that the same text always gives the same samples. Where a system cannot
fork, the process answers one request and ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS, espeak-ng/speak_lib.h
_PHONEME_EVENTS_IPA = 3  # espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_PHONEME_IPA
_UTF8_WITH_PHONEMES = 0x101  # espeakCHARS_UTF8 | espeakPHONEMES: [[…]] in the text is phonemes
_WORD, _PHONEME = 1, 7  # espeakEVENT_*
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeakRATE, espeakPITCH, espeakRANGE


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Synthesiser:
    """espeak-ng behind ctypes: one text in, samples and events out."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._data = Path(espeakng_loader.get_data_path())
        data = str(self._data).encode()
        self.sample_rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS_IPA))
        if self.sample_rate <= 0:
            raise OSError(f"espeak-ng finds no voices in {self._data}")
        self._sound = bytearray()
        self._events: list[tuple[str, int, int, str]] = []
        # Kept on self: ctypes frees a callback nobody holds, and espeak would call into nothing.
        self._callback = _CALLBACK(self._heard)
        self._library.espeak_SetSynthCallback(self._callback)

    def _heard(self, samples: Any, count: int, events: Any) -> int:
        if count > 0:
            self._sound += ctypes.string_at(samples, 2 * count)
        at = 0
        while events[at].type:
            event = events[at]
            if event.type == _WORD:
                self._events.append(("word", event.text_position - 1, event.sample, ""))
            elif event.type == _PHONEME:
                # The name has no terminating zero where it fills all 8 bytes.
                name = bytes(event.id).partition(b"\0")[0].decode("utf-8", "ignore")
                self._events.append(("phoneme", 0, event.sample, name))
            at += 1
        return 0

    def say(self, text: str, voice: str, rate: int, pitch: int, pitch_range: int) -> tuple[dict[str, Any], bytes]:
        """The reply's header and samples for one text."""
        self._sound.clear()
        self._events.clear()
        _, _, variant = voice.partition("+")
        # An unknown variant is passed over in silence by the library.
        known = not variant or (self._data / "voices" / "!v" / variant).is_file()
        if not known or self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return {"error": f"it has no voice called {voice!r}"}, b""
        for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        code = self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8_WITH_PHONEMES, None, None)
        if code != 0:
            return {"error": f"espeak_Synth gave code {code}"}, b""
        header = {"sample_rate": self.sample_rate, "num_samples": len(self._sound) // 2, "events": self._events}
        return header, bytes(self._sound)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until the input ends; see above for why each is answered by a fork."""
    synthesiser = Synthesiser()
    can_fork = hasattr(os, "fork")
    while len(size := requests.read(4)) == 4:
        request = json.loads(requests.read(struct.unpack(">I", size)[0]))
        if not can_fork:
            _answer(synthesiser, request, replies, last=True)
            return
        process_id = os.fork()
        if process_id == 0:
            _answer(synthesiser, request, replies, last=False)
            os._exit(0)
        _, status = os.waitpid(process_id, 0)
        if status:
            sys.exit(1)  # the parent sees the end of the replies, and starts another process


def _answer(synthesiser: Synthesiser, request: dict[str, Any], replies: BinaryIO, *, last: bool) -> None:
    header, sound = synthesiser.say(**request)
    data = json.dumps({**header, "last": last}).encode()
    replies.write(struct.pack(">I", len(data)) + data + sound)
    replies.flush()


def main() -> None:
    """Serve on stdin and stdout; whatever the library itself writes to stdout goes to stderr."""
    private = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(private, "wb") as replies:
        serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
