"""From a template and a few inputs to a production.yaml that a person can read and change."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import yaml

from studio.errors import AudioUnusable, ProductionInvalid
from studio.media import files
from studio.media.audio import read_audio
from studio.media.image import read_image
from studio.production import SCHEMA, Production
from studio.types import Emotion, Language, StandIn
from studio.weights import data_dir

if TYPE_CHECKING:
    from studio.voice.recordings.mood import Mood


def names() -> tuple[str, ...]:
    """The templates there are."""
    return tuple(sorted(path.stem for path in data_dir("templates").glob("*.yaml")))


def title(name: str, language: Language) -> str:
    """A template's title."""
    return str(_read(name)["title"][language])


def describe(name: str, language: Language) -> str:
    """A template in one or two sentences."""
    return str(_read(name)["about"][language])


def new(
    template: str,
    out: Path,
    *,
    name: str,
    photos: Sequence[Path],
    recordings: Sequence[Path] = (),
    words: Sequence[str] = (),
    dates: str = "",
    voice: StandIn = "male",
    language: Language = "en",
    face: int | tuple[float, float] | None = None,
    emotion: Emotion = "neutral",
) -> Path:
    """Fill a template and give the path of its production.yaml; the inputs are copied beside it, never moved.

    Without `words`, the recordings themselves are the lines: their true words come first.

    Args:
        out: folder of the production; made if needed. A production.yaml that is there already is not overwritten.
        voice: which of the studio's own voices speaks where there is no recording.
        face: whose face in the first photo: a number counted from the left, or a point in px.
        emotion: what their face and their new words show, unless a line says otherwise; see `mood`.

    Raises:
        ProductionInvalid: unknown template, no name or photo, or a production is there already.
        FileUnreadable, PhotoUnusable, AudioUnusable: an input cannot be used.
        OutputUnwritable: `out` cannot be written.
    """
    table = _read(template)
    target = out / "production.yaml"
    if target.exists():
        raise ProductionInvalid(f"{target} is there already. Choose another --out, or edit that file.")
    if not name.strip() or not photos:
        raise ProductionInvalid("A production needs a name and at least one photo (--name, --photo).")
    sizes = [read_image(photo).shape for photo in photos]
    for recording in recordings:
        read_audio(recording, mono=True)
    kept_photos = _keep(photos, out, "photos")
    kept_recordings = _keep(recordings, out, "recordings")
    person = slug(name)
    first = {"file": kept_photos[0], "face": _face(face, sizes[0])}
    own_words = [{"say": line.strip()} for line in words if line.strip()]
    true_words = [{"recording": file, "source": "verbatim"} for file in kept_recordings]
    sample = [{"say": Template(line).safe_substitute(name=name)} for line in table["words"][language]]
    slots: dict[str, Any] = {
        "name": name,
        "dates": dates,
        "person": person,
        "lines": own_words or true_words or sample,
        "first_photo": kept_photos[0],
        "further_photos": kept_photos[1:],
        "all_photos": kept_photos,
    }
    people = {
        person: {
            "name": name,
            "dates": dates,
            "voice": voice,
            "photos": [first, *({"file": file} for file in kept_photos[1:])],
            "recordings": [{"file": file} for file in kept_recordings],
            **({} if emotion == "neutral" else {"emotion": emotion}),
        }
    }
    filled = _fill(table["production"], slots, language)
    Production.model_validate({"schema": SCHEMA, "language": language, "people": people, **filled}).save(target)
    return target


def mood(recordings: Sequence[Path]) -> Mood | None:
    """How somebody sounds in their recordings; what is clear in it is offered as how they say new words.

    None where there are no recordings, or too little speech in them to tell.

    Raises:
        FileUnreadable, AudioUnusable: a recording cannot be read.
    """
    from studio.voice.recordings import mood as moods

    try:
        return moods.recognised([read_audio(path, mono=True) for path in recordings]) if recordings else None
    except AudioUnusable:
        return None


def slug(name: str) -> str:
    """A name as a key and folder: letters and digits of any script, joined by hyphens."""
    plain = unicodedata.normalize("NFC", name).lower()
    return re.sub(r"[^\w]+", "-", plain).strip("-_")[:60] or "person"


def _face(face: int | tuple[float, float] | None, shape: tuple[int, ...]) -> Any:
    """A choice of face as production.yaml writes it: points as shares of the photo."""
    if face is None or isinstance(face, int):
        return face
    return {"x": round(face[0] / shape[1], 4), "y": round(face[1] / shape[0], 4)}


def _read(name: str) -> dict[str, Any]:
    if name not in names():
        raise ProductionInvalid(f"There is no template called {name!r}. Choose one of: {', '.join(names())}.")
    table = yaml.safe_load((data_dir("templates") / f"{name}.yaml").read_text(encoding="utf-8"))
    return dict(table)


def _keep(sources: Sequence[Path], out: Path, kind: str) -> list[str]:
    kept: list[str] = []
    for number, source in enumerate(sources, 1):
        target = out / kind / f"{number:02d}-{slug(source.stem)}{source.suffix.lower()}"
        files.copy(source, target)
        kept.append(target.relative_to(out).as_posix())
    return kept


def _fill(node: Any, slots: Mapping[str, Any], language: Language) -> Any:
    """`node` with its $slots filled, {en, zh} texts chosen, and `for_each` scenes repeated."""
    if isinstance(node, dict):
        if set(node) == {"en", "zh"}:
            return _fill(node[language], slots, language)
        return {key: _fill(value, slots, language) for key, value in node.items()}
    if isinstance(node, list):
        return [filled for item in node for filled in _repeat(item, slots, language)]
    if isinstance(node, str):
        whole = node[1:] if node.startswith("$") else ""
        return slots[whole] if whole in slots else Template(node).safe_substitute(slots)
    return node


def _repeat(item: Any, slots: Mapping[str, Any], language: Language) -> list[Any]:
    if not (isinstance(item, dict) and "for_each" in item):
        return [_fill(item, slots, language)]
    return [
        _fill(item["scene"], {**slots, "item": value, "number": str(number)}, language)
        for number, value in enumerate(slots[item["for_each"]], 1)
    ]
