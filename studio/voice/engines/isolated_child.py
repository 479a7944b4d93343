"""The child process of an engine whose packages cannot live beside the studio's: run by its own interpreter, by path.

Nothing but the standard library is imported here, for nothing of the studio is installed there. The engine itself is a
file that is named on the command line, with

    def load(folder: str) -> Callable[[dict], tuple[int, Sequence[float]]]

which gives a function from a request to a sample rate in Hz and samples in [-1, 1].

One JSON object a line, both ways, in UTF-8. The child speaks first:

    {"protocol": 1, "ready": true}                                   or {"protocol": 1, "error": "one line"}
    > {"id": 1, "text": …, "language": "en", "speed": 1.0, "seed": 0, "reference": "/path.wav", "transcript": …}
    < {"id": 1, "sample_rate": 24000, "samples": "base64 of 32-bit floats, little-endian"}
                                                                     or {"id": 1, "error": "one line"}

The end of its input ends the process, so it never outlives its parent. What libraries print goes to stderr.
"""

from __future__ import annotations

import array
import base64
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TextIO

PROTOCOL = 1
Speak = Callable[[dict[str, Any]], tuple[int, Sequence[float]]]


def first_line(error: BaseException) -> str:
    """What went wrong, short enough for a sentence."""
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:300].rstrip('.')}" if said else type(error).__name__


def packed(samples: Sequence[float]) -> str:
    """Samples as the protocol carries them."""
    floats = array.array("f", samples)
    if sys.byteorder == "big":
        floats.byteswap()
    return base64.b64encode(floats.tobytes()).decode("ascii")


def answer(speak: Speak, line: str) -> dict[str, Any]:
    """The reply to one line. A mistake of the engine is an answer too: the next line may do better."""
    request = json.loads(line)
    try:
        sample_rate, samples = speak(request)
        return {"id": request["id"], "sample_rate": int(sample_rate), "samples": packed(samples)}
    except Exception as error:  # noqa: BLE001  whatever the engine raises, its parent is told
        return {"id": request["id"], "error": first_line(error)}


def serve(engine: str, folder: str, requests: TextIO, replies: TextIO) -> int:
    """Load the engine, say so, and answer until the input ends; the exit code."""

    def tell(reply: dict[str, Any]) -> None:
        replies.write(json.dumps(reply) + "\n")
        replies.flush()

    try:
        spec = importlib.util.spec_from_file_location("engine", engine)
        if spec is None or spec.loader is None:
            raise ImportError(f"{engine} is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        speak: Speak = module.load(folder)
    except Exception as error:  # noqa: BLE001  packages fail to load in every way there is
        tell({"protocol": PROTOCOL, "error": first_line(error)})
        return 1
    tell({"protocol": PROTOCOL, "ready": True})
    for line in requests:
        if line.strip():
            tell(answer(speak, line))
    return 0


def main() -> int:
    """Serve on stdin and stdout."""
    private = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(private, "w", encoding="utf-8") as replies, open(0, encoding="utf-8", closefd=False) as requests:
        return serve(sys.argv[1], sys.argv[2], requests, replies)


if __name__ == "__main__":
    sys.exit(main())
