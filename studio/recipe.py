"""recipe.json: everything a film was made from and by, so that it can be made again and every second accounted for."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from studio import __version__
from studio.engines import specs
from studio.production import Production
from studio.takes import Takes
from studio.types import EngineSpec
from studio.weights import SHIPPED

SCHEMA = "recipe/1"
PACKAGES = (
    "av", "espeakng-loader", "ffmpeg-python", "imageio-ffmpeg", "mediapipe", "numpy", "opencv-contrib-python",
    "pillow", "pyrnnoise", "pyworld-prebuilt", "scipy", "soxr", "torch",
)  # fmt: skip


def describe(
    production: Production,
    takes: Takes,
    *,
    film: Mapping[str, Any],
    deliverables: Sequence[Mapping[str, Any]],
    music: Mapping[str, Any] | None,
    words: Sequence[Mapping[str, Any]],
    timings: Mapping[str, float],
) -> dict[str, Any]:
    """The recipe as JSON values.

    Args:
        film: file name, hash, length, size, rate, chapters and loudness of the result.
        deliverables: file name and hash of everything else that was handed out.
        music: what it is, and by what right it is used.
        words: every line with its scene, times, source, citation, and whether a machine spoke it.
        timings: wall time per stage, s.
    """
    return {
        "schema": SCHEMA,
        "studio": __version__,
        "film": dict(film),
        "deliverables": [dict(one) for one in deliverables],
        "music": dict(music) if music else None,
        "production": production.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "seed": production.seed,
        "inputs": {name: {"sha256": sha256} for name, sha256 in sorted(takes.inputs.items())},
        "engines": [_engine(spec) for spec in specs() if spec.name in takes.engines.get(spec.stage, ())],
        "weights": {name: asdict(weights) for name, weights in SHIPPED.items()},
        "words": [dict(line) for line in words],
        "consent": {
            key: person.consent.model_dump(mode="json") if person.consent else None
            for key, person in production.people.items()
        },
        "takes": [dict(take) for take in takes.made],
        "timings_s": {stage: round(seconds, 3) for stage, seconds in timings.items()},
        "versions": {"python": platform.python_version(), **_versions()},
    }


def _engine(spec: EngineSpec) -> dict[str, Any]:
    """An engine, and the host of another machine to which what is said was sent, where it was."""
    from studio.voice.engines.server import sent_to

    host = sent_to(spec.name) if spec.stage == "voice" else ""
    return {**asdict(spec), "sent_to": host} if host else asdict(spec)


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
