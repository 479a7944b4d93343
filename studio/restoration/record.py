"""What is written beside a restored copy: where it comes from, what was done to it and why, and who is still who."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio import __version__
from studio.errors import OutputUnwritable, ProductionInvalid
from studio.media import files
from studio.media.scan import Scan
from studio.restoration import likeness
from studio.restoration.likeness import Likeness
from studio.types import EngineSpec

SCHEMA = "restored.1"
ENDING = ".restored.png"
INVENTED = {
    "colour": "The colours are invented: a network guessed them, the photo holds none.",
    "detail": "Detail in the faces is invented: a network painted what such faces have; it is laid over in part.",
}


@dataclass(frozen=True)
class Taken:
    """A step that was taken."""

    name: str
    amount: float
    """0 … 1."""
    why: str
    """What was found, in words."""
    figures: Mapping[str, float]
    """What was measured."""
    likeness: tuple[Likeness, ...]
    """Of every face, after this step against the photo as it came."""


@dataclass(frozen=True)
class Left:
    """A step that was not taken."""

    name: str
    why: str
    refused: bool
    """True where it was needed or asked for, and somebody would not have been the same any more."""


@dataclass(frozen=True)
class Restored:
    """A restored copy and what lies beside it."""

    source: Path
    path: Path
    """The copy; the pixels of the photo itself where nothing was needed."""
    record: Path
    pictures: tuple[Path, ...]
    """Side by side, and a strip with a moving divider; none where nothing was done."""
    steps: tuple[Taken, ...]
    left: tuple[Left, ...]
    likeness: tuple[Likeness, ...]
    """Of every face, at the end against the photo as it came; empty where there is no face to measure."""
    engine: EngineSpec | None
    """What made parts of it anew; None where no network did."""


@dataclass(frozen=True)
class Source:
    """A photo as it came."""

    path: Path
    sha256: str
    size: tuple[int, int]
    """W, H px."""
    bits: int
    """Of each channel."""

    @classmethod
    def of(cls, photo: Path, scan: Scan) -> Source:
        """The source of a scan that was read."""
        size = scan.pixels.shape[1], scan.pixels.shape[0]
        return cls(photo, files.sha256_file(photo), size, 8 * scan.pixels.dtype.itemsize)


def beside(out: Path) -> Path:
    """Where the record of a copy lies."""
    return out.with_suffix(".json")


def pictures_of(out: Path) -> tuple[Path, Path]:
    """Where before and after lie: side by side, and the strip."""
    return out.with_name(f"{out.stem}.before-after.png"), out.with_name(f"{out.stem}.slider.png")


def check_target(photo: Path, out: Path) -> None:
    """Refuse to write over anything that is not an earlier copy of the same photo.

    Raises:
        ProductionInvalid: the copy shall not be a .png, which alone keeps every tone.
        OutputUnwritable: `out` is the photo itself, or a file that was not written here.
    """
    if out.suffix.lower() != ".png":
        raise ProductionInvalid(
            f"{out} does not end in .png. The copy keeps every tone of the scan, and only PNG does."
        )
    written = (out, beside(out), *pictures_of(out))
    for path in written:
        if path.exists() and photo.exists() and path.samefile(photo):
            raise OutputUnwritable(f"{path} is the photo itself, which is never written over. Choose another name.")
    if out.exists() and _of_earlier(out) != files.sha256_file(photo):
        raise OutputUnwritable(f"{out} is there already and is no restored copy of {photo}. Choose another folder.")


def _of_earlier(out: Path) -> str:
    """The hash of the photo that an earlier copy was made of; "" where it is none."""
    try:
        said = json.loads(beside(out).read_text(encoding="utf-8"))
        return str(said["source"]["sha256"]) if said["schema"] == SCHEMA else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def as_data(done: Restored) -> dict[str, Any]:
    """What was done, for programs."""
    return {
        "path": str(done.path),
        "record": str(done.record),
        "pictures": [str(path) for path in done.pictures],
        "steps": [
            {"name": one.name, "amount": one.amount, "why": one.why, "measured": dict(one.figures)}
            for one in done.steps
        ],
        "refused": [{"name": one.name, "why": one.why} for one in done.left if one.refused],
        "left": [{"name": one.name, "why": one.why} for one in done.left if not one.refused],
        "likeness": [face.as_data() for face in done.likeness],
        "engine": None if done.engine is None else done.engine.name,
        "invented": invented(done),
    }


def invented(done: Restored) -> list[str]:
    """What of a copy nobody ever saw, in sentences."""
    from studio.restoration.engines import INVENTS

    return [] if done.engine is None else [INVENTED[INVENTS[done.engine.name]]]


def write(done: Restored, source: Source, mask: Path | None) -> None:
    """Write the record of a copy that is written already.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    said = as_data(done)
    data = {
        "schema": SCHEMA,
        "studio": __version__,
        "source": {
            "name": source.path.name,
            "sha256": source.sha256,
            "size": list(source.size),
            "bits": source.bits,
        },
        "restored": {"name": done.path.name, "sha256": files.sha256_file(done.path)},
        "mask": None if mask is None else {"name": mask.name, "sha256": files.sha256_file(mask)},
        "steps": [
            {**one, "likeness": [face.as_data() for face in taken.likeness]}
            for one, taken in zip(said["steps"], done.steps, strict=True)
        ],
        "refused": said["refused"],
        "left": said["left"],
        "likeness": {
            "faces": said["likeness"],
            "before": Likeness(0.0, 1.0, 1.0, 1.0, None, None).as_data(),
            "limits": {
                "moved": likeness.MOST_MOVED,
                "eyes, nose, mouth": likeness.LEAST_ALIKE,
                "iris": likeness.MOST_COLOUR,
                "identity": likeness.LEAST_IDENTITY,
            },
        },
        "engine": _engine(done.engine),
        "invented": said["invented"],
    }
    files.write_text(done.record, json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def _engine(spec: EngineSpec | None) -> dict[str, Any] | None:
    from studio import weights

    if spec is None:
        return None
    return {
        "name": spec.name,
        "licence": spec.licence,
        "commercial": spec.commercial,
        "weights": {name: weights.fingerprint(name) for name in spec.weights},
    }
