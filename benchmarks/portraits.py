"""Every portrait of a folder, speaking: `uv run python -m benchmarks.portraits FOLDER SHEET.jpg RECORDING …`.

One row of a contact sheet for each face that can speak: the photograph, then the moments of a recording at which a
mouth is hardest to make, the face above and its mouth alone below. Faces that are refused are listed with the reason.
The table holds, for each face, how far its lips are seen to open (FaceMesh) beside how far the motion opens the lips of
the mean face: the reference is in the same row.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from studio.painting import Painting
from studio.types import (
    F32,
    U8,
    AudioClip,
    Face,
    FaceMotion,
    FrameSource,
    LipSync,
    Portrait,
    Refine,
    Speech,
    frames_for,
)

if TYPE_CHECKING:
    from studio.head.closeup import CloseUp

FRAME_RATE = Fraction(25)
CELL = 200  # px of a face, and of a mouth, on the sheet
MARGIN = 0.25  # of the face's height around it
LABEL = 16  # px, above each row
TALKING = 0.1  # of the jaw
IMAGES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}


@dataclass(frozen=True, eq=False)
class Row:
    """One face on the sheet."""

    name: str
    height: int
    """Forehead to chin in the picture as given, px."""
    recording: str
    cells: tuple[tuple[U8, U8], ...]
    """Face and mouth, uint8 (CELL, CELL, 3) RGB: the photograph, then every moment."""
    seen: tuple[float, ...]
    """Opening of the lips that FaceMesh sees, eye distances, NaN where it sees no face: in the photograph, in the first
    moment (closed), in the widest."""
    meant: float
    """How much further the motion opens the mean face in the widest moment than at rest, eye distances."""


CLOSED, WIDEST = "closed (m b p)", "widest"


def moments(moves: FaceMotion) -> dict[str, tuple[int, float]]:
    """The frames to look at by what the mouth does there, and the value of the curve that says so.

    A moment that the recording does not have is the frame that comes nearest, with a low value.
    """
    jaw, wide = moves.curve("jaw"), moves.curve("wide")
    talking = np.flatnonzero(jaw > TALKING)
    usual = float(np.median(jaw[talking])) if talking.size else 0.0
    found = {
        CLOSED: ("press", np.argmax(moves.curve("press"))),
        "half open": ("jaw", np.argmin(np.abs(jaw - usual))),
        WIDEST: ("jaw", np.argmax(jaw)),
        "f v": ("tuck", np.argmax(moves.curve("tuck"))),
        "ee": ("wide", np.argmax(wide)),
        "oo": ("wide", np.argmin(wide)),
        "blink": ("blink", np.argmax(moves.curve("blink"))),
    }
    return {name: (int(at), float(moves.curve(curve)[at])) for name, (curve, at) in found.items()}


def pictures(folder: Path) -> Iterator[tuple[str, U8]]:
    """Every picture of a folder that opens, by name."""
    from studio.errors import StudioError
    from studio.media.image import read_image

    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGES:
            try:
                yield path.name, read_image(path)
            except StudioError as error:
                print(f"- {path.name}: {error}")


def sitters(name: str, image: U8, most: int) -> Iterator[tuple[str, Face, Portrait]]:
    """The faces of a picture that can speak, largest first, `most` at most; the others are listed."""
    from studio.errors import StudioError
    from studio.head import faces, portrait

    found = faces.find(image)
    middles = [((face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2) for face in found[:most]]
    for number, which in enumerate(middles or [None], start=1):
        title = name if len(found) < 2 else f"{name}, face {number} of {len(found)}"
        try:
            face = faces.choose(found, which, image)
            yield title, face, portrait.make(image, face)
        except StudioError as error:
            print(f"- {title}: {error}")


def performed(speech: Speech) -> FaceMotion:
    """How a face moves while it says a recording."""
    from studio.head import motion

    return motion.perform(speech, frames_for(speech.audio.duration, FRAME_RATE), FRAME_RATE, seed=1)


def speaking(
    sitter: Portrait, speech: Speech, moves: FaceMotion, painted: Painting, mouth: Path | None = None
) -> FrameSource:
    """A portrait that speaks.

    Args:
        mouth: weights of the studio's own network to use instead of those that ship; with lipsync own, unrefined.
    """
    from studio import painting
    from studio.head import animate
    from studio.head.lipsync import own

    if mouth is None:
        return painting.paint(sitter, moves, speech, painted, commercial=False)
    return animate.animate(sitter, moves, own.brush(speech.audio, moves.num_frames, moves.frame_rate, weights=mouth))


def picked(frames: FrameSource, wanted: Sequence[int]) -> list[U8]:
    """Some frames, in the order asked for."""
    kept: dict[int, U8] = {}
    for index, frame in enumerate(frames.open()):
        if index in wanted:
            kept[index] = frame.copy()
        if index >= max(wanted):
            break
    return [kept[index] for index in wanted]


def row(
    title: str, face: Face, sitter: Portrait, recording: tuple[str, Speech], painted: Painting, mouth: Path | None
) -> Row:
    """One face, speaking."""
    from studio.head import closeup, mesh
    from studio.head.shapes import amounts, basis

    name, speech = recording
    moves = performed(speech)
    chosen = {moment: at for moment, (at, _) in moments(moves).items()}
    frames = [sitter.image, *picked(speaking(sitter, speech, moves, painted, mouth), list(chosen.values()))]
    square = closeup.place(sitter.landmarks, basis().neutral)
    cells = tuple((_face(frame, sitter.landmarks), _mouth(frame, square)) for frame in frames)
    moved = basis().neutral + np.tensordot(amounts(moves.curves[chosen[WIDEST]]), basis().shapes, 1)
    meant = mesh.inner_lip_gap(moved) - mesh.inner_lip_gap(basis().neutral)
    shown = [frames[0], *(frames[1 + list(chosen).index(moment)] for moment in (CLOSED, WIDEST))]
    seen = tuple(_gap(frame, sitter.landmarks) for frame in shown)
    return Row(title, face.box[3] - face.box[1], name, cells, seen, meant)


def _mouth(frame: U8, square: CloseUp) -> U8:
    """The close-up of the mouth, as sharp as the frame is."""
    import cv2

    from studio.head.closeup import SIDE

    matrix = square.matrix * (CELL / SIDE)
    if float(np.hypot(*matrix[0, :2])) < 1:
        frame = cv2.GaussianBlur(frame, (0, 0), 0.45 / float(np.hypot(*matrix[0, :2])))
    mouth: U8 = cv2.warpAffine(frame, matrix, (CELL, CELL), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return mouth


def _gap(frame: U8, landmarks: F32) -> float:
    from studio.head import faces, mesh

    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    x, y = ((low + high) / 2).tolist()
    with faces.quiet(), faces.mesher() as model:
        seen = faces.measure(model, frame, (x, y), faces.CROP_MARGIN * float((high - low).max()))
    return float("nan") if seen is None else mesh.inner_lip_gap(seen[0])


def _face(frame: U8, landmarks: F32) -> U8:
    """A square around the face; what lies beyond the picture is black."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    half = (0.5 + MARGIN) * float((high - low).max())
    middle = (low + high) / 2
    x0, y0 = np.round(middle - half).astype(int)
    side = round(2 * half)
    square = np.zeros((side, side, 3), np.uint8)
    top, left = max(0, y0), max(0, x0)
    part = frame[top : y0 + side, left : x0 + side]
    square[top - y0 : top - y0 + part.shape[0], left - x0 : left - x0 + part.shape[1]] = part
    return _fitted(square)


def _fitted(square: U8) -> U8:
    import cv2

    how = cv2.INTER_AREA if square.shape[0] > CELL else cv2.INTER_CUBIC
    fitted: U8 = cv2.resize(square, (CELL, CELL), interpolation=how)
    return fitted


def sheet(rows: Sequence[Row], heads: Sequence[str]) -> U8:
    """All rows under each other, each with its name: RGB, uint8."""
    from PIL import Image, ImageDraw

    lines = []
    for one in rows:
        strip = Image.new("RGB", (CELL * len(one.cells), LABEL))
        draw = ImageDraw.Draw(strip)
        draw.text((4, 2), one.name[:32], fill="white")
        for place, head in enumerate(heads, start=1):
            draw.text((CELL * place + 4, 2), head, fill="white")
        cells = [np.concatenate(list(part), axis=1) for part in zip(*one.cells, strict=True)]
        lines.append(np.concatenate([np.asarray(strip), *cells], axis=0))
    return np.concatenate(lines, axis=0)


def main(folder: Path, output: Path, recordings: Sequence[Path], options: argparse.Namespace) -> None:
    """Write the sheet and print the table."""
    from PIL import Image

    from studio.media.audio import read_audio
    from studio.media.files import writing

    sounds = []
    for path in recordings:
        audio = read_audio(path, mono=True)
        part = AudioClip(audio.samples[:, : round(options.seconds * audio.sample_rate)], audio.sample_rate)
        sounds.append((path.stem, Speech(part, "", "en", (), (), engine="recording", synthetic=False)))
    turns, painted = cycle(sounds), Painting(options.lipsync, options.refine)
    rows = []
    print("Not used:")
    for name, image in pictures(folder):
        for title, face, sitter in sitters(name, image, options.faces):
            rows.append(row(title, face, sitter, next(turns), painted, options.mouth))
    if not rows:
        print("\nNo face here can speak.")
        return
    told = {name: moments(performed(speech)) for name, speech in sounds}
    heads = list(next(iter(told.values())))
    with writing(output) as temporary:
        Image.fromarray(sheet(rows, heads)).save(temporary, quality=92)
    print("\n| strength of the moment, 0 … 1 | " + " | ".join(heads) + " |\n" + "|---" * (len(heads) + 1) + "|")
    for name, found in told.items():
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for _, value in found.values()) + " |")
    print("\n| face | px | recording | opening in the photo | closed | widest | meant | (widest − closed) ÷ meant |")
    print("|---" * 8 + "|")
    for one in rows:
        ratio = (one.seen[2] - one.seen[1]) / max(one.meant, 1e-6)
        gaps = " | ".join(f"{gap:.3f}" for gap in (*one.seen, one.meant))
        print(f"| {one.name} | {one.height} | {one.recording} | {gaps} | {ratio:.2f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="pictures")
    parser.add_argument("sheet", type=Path, help="the JPEG to write")
    parser.add_argument("recordings", nargs="+", type=Path, help="taken in turn, one for each face")
    parser.add_argument("--lipsync", choices=get_args(LipSync), default="own")
    parser.add_argument("--mouth", type=Path, help="other weights for lipsync own")
    parser.add_argument("--refine", choices=get_args(Refine), default="none")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each recording")
    parser.add_argument("--faces", type=int, default=2, help="of each picture at most, largest first")
    given = parser.parse_args()
    if given.mouth is not None and Painting(given.lipsync, given.refine) != Painting("own", "none"):
        parser.error("--mouth is for --lipsync own without --refine")
    main(given.folder, given.sheet, given.recordings, given)
