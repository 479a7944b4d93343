"""The one module that knows models/: name → file, where it comes from, how large it is, under which licence.

The studio's own weights ship in models/. Those of others are fetched only when the user asks (`studio weights fetch`),
or put by hand into the folder STUDIO_WEIGHTS_DIR names; a file is used only after its size and SHA-256 were looked at.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.downloads import Ledger, download, place_copy, unpack, wrong
from studio.errors import EngineUnavailable, FileUnreadable
from studio.settings import settings
from studio.types import Cancel, OnProgress

_PACKAGE = Path(__file__).resolve().parent
FOLDER_VARIABLE = "STUDIO_WEIGHTS_DIR"
ANY_SIZE = (1, 1 << 40)

_FACE_ALIGNMENT = "BSD-3-Clause by their author; trained on pictures (WIDER FACE, 300W-LP) that are for research only"
_INSIGHTFACE = "non-commercial research only (the code is MIT)"
_WAV2LIP = "research, academic and personal use only (trained on LRS2)"
_PYTHON_FAN = "https://www.adrianbulat.com/downloads/python-fan"
_MODEL_ZOO = "https://github.com/deepinsight/insightface/releases/download/v0.7"


def data_dir(name: str) -> Path:
    """The folder `models` or `templates`: inside an installed package, or beside it in a checkout."""
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


@dataclass(frozen=True)
class Part:
    """One file of a set."""

    file: str
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Weights:
    """What is known of one set of weights."""

    file: str
    """Name of the file; of a set, the name of its folder."""
    licence: str
    """Of the weights, data included."""
    commercial: bool = True
    """May films made with them be used commercially?"""
    url: str = ""
    """Where they are fetched; "" where they ship with the studio or have no lasting address."""
    sha256: tuple[str, ...] = ()
    """Of the file at `url`: any of these. Empty where none is published: then the first one used is remembered."""
    size: tuple[int, int] = ANY_SIZE
    """Bytes of the file at `url`, the least and the most it may have."""
    also: tuple[str, ...] = ()
    """Other names the same weights go by."""
    parts: tuple[Part, ...] = ()
    """Of a set: the files that are used; `url`, `sha256` and `size` are of the .zip that brings them."""
    open: bool = False
    """True where other files than those of `sha256` may serve too: checkpoints that people convert and train."""
    by_hand: str = ""
    """Where a person gets them, where there is no `url`."""


SHIPPED: dict[str, Weights] = {
    "shapes": Weights("shapes.safetensors", "CC BY 4.0; models/shapes.md names the sources"),
    "hearing": Weights("hearing.safetensors", "Apache-2.0; models/hearing.md names the sources"),
}

# Digests and byte counts are those that several projects which pin these files publish, each by itself; the first
# digits of face-alignment's are part of the file names too. No file was at hand to compare when this was written.
FETCHED: dict[str, Weights] = {
    "s3fd": Weights(
        "s3fd-619a316812.pth",
        _FACE_ALIGNMENT,
        commercial=False,
        url=f"{_PYTHON_FAN}/s3fd-619a316812.pth",
        sha256=("619a31681264d3f7f7fc7a16a42cbbe8b23f31a256f75a366e5a1bcd59b33543",),
        size=(89_843_225, 89_843_225),
        also=("s3fd.pth",),
    ),
    "2dfan4": Weights(
        "2DFAN4-11f355bf06.pth.tar",
        _FACE_ALIGNMENT,
        commercial=False,
        url=f"{_PYTHON_FAN}/2DFAN4-11f355bf06.pth.tar",
        sha256=("11f355bf0693120222f5955ce3f9dc8fb5763ebb30a47d7906e509490d32e4aa",),
        size=(90_000_000, 102_000_000),
    ),
    "buffalo_l": Weights(
        "buffalo_l",
        _INSIGHTFACE,
        commercial=False,
        url=f"{_MODEL_ZOO}/buffalo_l.zip",
        sha256=("80ffe37d8a5940d59a7384c201a2a38d4741f2f3c51eef46ebb28218a7b0ca2f",),
        size=(288_621_354, 288_621_354),
        parts=(
            Part("det_10g.onnx", "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91", 16_923_827),
            Part("2d106det.onnx", "f001b856447c413801ef5c42091ed0cd516fcd21f2d6b79635b1e733a7109dbf", 5_030_888),
            Part("w600k_r50.onnx", "4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43", 174_383_860),
        ),
    ),
    "buffalo_s": Weights(
        "buffalo_s",
        _INSIGHTFACE,
        commercial=False,
        url=f"{_MODEL_ZOO}/buffalo_s.zip",
        sha256=("d85a87f503f691807cd8bb97128bdf7a0660326cd9cd02657127fa978bab8b5e",),
        size=(127_607_557, 127_607_557),
        parts=(
            Part("det_500m.onnx", "5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a", 2_524_817),
            Part("2d106det.onnx", "f001b856447c413801ef5c42091ed0cd516fcd21f2d6b79635b1e733a7109dbf", 5_030_888),
            Part("w600k_mbf.onnx", "9cc6e4a75f0e2bf0b1aed94578f144d15175f357bdc05e815e5c4a02b319eb4f", 13_616_099),
        ),
    ),
    # The authors' links move, so there is no address to build on. Both the old checkpoints (with the optimiser's state,
    # 436 MB) and today's TorchScript files (146 MB) are about, and converted ones of either.
    "wav2lip": Weights(
        "wav2lip.pth",
        _WAV2LIP,
        commercial=False,
        sha256=("b78b681b68ad9fe6c6fb1debc6ff43ad05834a8af8a62ffc4167b7b34ef63c37",),
        size=(70_000_000, 500_000_000),
        also=("Wav2Lip-SD-NOGAN.pt", "wav2lip.safetensors"),
        open=True,
        by_hand="the README of github.com/Rudrabha/Wav2Lip links to Wav2Lip-SD-NOGAN.pt",
    ),
    "wav2lip-gan": Weights(
        "wav2lip_gan.pth",
        _WAV2LIP,
        commercial=False,
        sha256=(
            "180cfd49d31d47f195d5bfc62830ffe2c40724b7bbbce6faadc73ac6ab1a3b8e",
            "ca9ab7b7b812c0e80a6e70a5977c545a1e8a365a6c49d5e533023c034d7ac3d8",
        ),
        size=(70_000_000, 500_000_000),
        also=("Wav2Lip-SD-GAN.pt", "wav2lip_gan.safetensors"),
        open=True,
        by_hand="the README of github.com/Rudrabha/Wav2Lip links to Wav2Lip-SD-GAN.pt",
    ),
}


@dataclass(frozen=True)
class State:
    """Weights on this machine."""

    name: str
    weights: Weights
    path: Path | None
    """Where they lie, usable or not; None where they are not here."""
    why: str
    """Why they cannot be used, and what to do; "" where they can."""


def record(name: str) -> Weights:
    """What is known of the weights called `name`.

    Raises:
        EngineUnavailable: nothing is.
    """
    known = SHIPPED.get(name) or FETCHED.get(name)
    if known is None:
        raise EngineUnavailable(
            f"There are no weights called {name!r}. Known: {', '.join(sorted({**SHIPPED, **FETCHED}))}."
        )
    return known


def folders() -> tuple[Path, ...]:
    """Where fetched weights are looked for, the first being where they are put."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    own = settings().cache_dir / "weights"
    return (Path(named).expanduser().absolute(), own) if named else (own,)


def place(name: str) -> Path:
    """Where the file, or the folder of the set, called `name` is put.

    Raises:
        EngineUnavailable: the name is unknown.
    """
    return folders()[0] / record(name).file


def path(name: str) -> Path:
    """Where the weights called `name` lie: a file, or the folder of a set. Never fetches anything.

    Raises:
        EngineUnavailable: the name is unknown, or the weights are not there, or are not what they should be.
    """
    known = record(name)
    if name in SHIPPED:
        file = data_dir("models") / known.file
        if not file.is_file():
            raise EngineUnavailable(f"{file} is missing. It ships with the studio: install it again.")
        return file
    found = _find(known)
    if found is None:
        raise EngineUnavailable(_absent(name))
    if not known.parts:
        _vouch(name, found, known.sha256, known.size, others=known.open)
    for part in known.parts:
        if not (found / part.file).is_file():
            raise EngineUnavailable(f"{found} lacks {part.file}. Fetch the set again with: studio weights fetch {name}")
        _vouch(name, found / part.file, (part.sha256,), (part.size, part.size), others=False)
    return found


def states() -> tuple[State, ...]:
    """All weights there are, and where they are here."""
    found = []
    for name, known in {**SHIPPED, **FETCHED}.items():
        try:
            found.append(State(name, known, path(name), ""))
        except EngineUnavailable as error:
            found.append(State(name, known, None if name in SHIPPED else _find(known), str(error)))
    return tuple(found)


def fetch(name: str, on_progress: OnProgress | None = None, cancel: Cancel | None = None) -> Path:
    """Bring the weights called `name` to this machine, unless they are here; where they lie then.

    Raises:
        EngineUnavailable: unknown, no lasting address, no connection, or not what was wanted came.
        OutputUnwritable: the disk is full or the folder may not be written.
        Cancelled: asked to stop.
    """
    known = record(name)
    with contextlib.suppress(EngineUnavailable):
        return path(name)
    if not known.url:
        raise EngineUnavailable(_absent(name))
    target = place(name)
    brought = target.with_name(f"{known.file}.zip") if known.parts else target
    download(
        known.url,
        brought,
        sha256=known.sha256,
        size=known.size,
        by_hand=_by_hand(name),
        on_progress=on_progress,
        cancel=cancel,
    )
    if known.parts:
        unpack(brought, target, {part.file: (part.sha256, part.size) for part in known.parts})
        brought.unlink()
    return path(name)


def add(name: str, source: Path) -> Path:
    """Copy weights that were brought by hand into their place; where they lie then. `source` is not changed.

    Args:
        source: the file; for a set, its .zip or the folder it was unpacked to.

    Raises:
        EngineUnavailable: unknown, or `source` is not what it should be.
        FileUnreadable: there is no `source`.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    known = record(name)
    if name in SHIPPED:
        raise EngineUnavailable(f"The weights {name} ship with the studio; nothing has to be added.")
    if not source.exists():
        raise FileUnreadable(f"There is no file {source}. Check the name.")
    if known.parts:
        target = place(name)
        if source.is_dir():
            for part in known.parts:
                place_copy(source / part.file, target / part.file, (part.sha256,), (part.size, part.size))
        else:
            unpack(source, target, {part.file: (part.sha256, part.size) for part in known.parts})
        return path(name)
    target = folders()[0] / _name_for(source, known)
    standing = _find(known)
    if standing is not None and standing.parent == target.parent and standing.name != target.name:
        raise EngineUnavailable(f"{standing} is used for {name} already. Move it away, then add {source} again.")
    place_copy(source, target, () if known.open else known.sha256, known.size)
    _ledger().forget(target)
    return path(name)


def _names(known: Weights) -> tuple[str, ...]:
    return (known.file, *known.also)


def _find(known: Weights) -> Path | None:
    for folder in folders():
        for file in _names(known):
            found = folder / file
            if found.is_dir() if known.parts else found.is_file():
                return found
    return None


def _name_for(source: Path, known: Weights) -> str:
    """The name under which `source` is kept: loaders tell formats apart by the ending."""
    for name in _names(known):
        if source.name == name:
            return name
    return next((name for name in _names(known) if Path(name).suffix == source.suffix), known.file)


def _by_hand(name: str) -> str:
    """What a person can do without a connection."""
    known, add_it = record(name), f"studio weights add {name} FILE"
    if not known.url:
        return f"By hand: {known.by_hand}; then: {add_it}"
    if known.parts:
        return f"By hand: download {known.url} and unpack it into {place(name)}, or: {add_it}"
    return f"By hand: download {known.url} and put it at {place(name)}, or: {add_it}"


def _absent(name: str) -> str:
    known = record(name)
    if not known.url:
        return f"The weights {name} are not here, and have no lasting address. {_by_hand(name)}"
    # The address stands in what `fetch` says where there is no connection.
    return f"The weights {name} are not here. Fetch them: studio weights fetch {name}"


def _refused(name: str, file: Path, why: str) -> EngineUnavailable:
    return EngineUnavailable(f"{file} is not the weights {name}: {why}. {_by_hand(name)}")


def _vouch(name: str, file: Path, sha256: Sequence[str], size: tuple[int, int], *, others: bool) -> None:
    """Refuse a file that is not what it should be.

    Where no digest is published, or `others` may serve too, the file that was seen first is held on to.
    """
    if why := wrong(file, (), size):
        raise _refused(name, file, why)
    now, first = _ledger().digests(file)
    if now in sha256:
        return
    if sha256 and not others:
        raise _refused(name, file, f"its SHA-256 is {now}, not {' or '.join(sha256)}")
    if now != first:
        raise EngineUnavailable(
            f"{file} has changed since it was first used. If that is meant: studio weights add {name} {file}"
        )


def _ledger() -> Ledger:
    return Ledger(settings().cache_dir / "weights" / "checked.json")
