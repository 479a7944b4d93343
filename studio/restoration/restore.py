"""Restore a photo: a copy beside the original, with a record of everything that was done to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.errors import Cancelled, FileUnreadable, PhotoUnusable, ProductionInvalid
from studio.media.image import write_png
from studio.media.scan import Pixels, Scan, read_scan, write_scan
from studio.restoration import engines, geometry, likeness, pictures, record, tears
from studio.restoration.likeness import Likeness, Sitter
from studio.restoration.photo import Box, Finding, View, apply, view
from studio.restoration.record import Left, Restored, Taken
from studio.restoration.steps import STEPS, Chosen, Wanted, choose
from studio.types import U8, Cancel, OnProgress, Progress


@dataclass
class _Work:
    """A photo on its way: what is known of it, and what was done so far."""

    seen: View
    people: tuple[Sitter, ...]
    mask: U8 | None
    shown: tuple[U8, tuple[U8, Box] | None]
    """As it came: small, and its largest face with where that is; for the pictures of before and after."""
    taken: list[Taken]
    left: list[Left]
    cancel: Cancel | None

    def took(self, name: str) -> bool:
        """Was the step of that name taken?"""
        return any(step.name == name for step in self.taken)

    def untouched(self) -> tuple[Likeness, ...]:
        """The faces as they are where nothing was done to them."""
        return likeness.compare(self.people, [one.image for one in self.people])

    def take(self, name: str, finding: Finding, amount: float) -> bool:
        """Do what was found, unless a face would not be the same; was it done?"""
        _check(self.cancel)
        pixels = apply(self.seen, finding, amount, self.cancel)
        parts = [pixels[y0:y1, x0:x1] for x0, y0, x1, y1 in (one.box for one in self.people)]
        faces = likeness.compare(self.people, parts)
        objection = next((face.objection for face in faces if face.objection), "")
        if objection:
            self.left.append(Left(name, f"{finding.why}; not done, for {objection}", True))
            return False
        if np.array_equal(pixels, self.seen.pixels):
            self.left.append(Left(name, f"{finding.why}; nothing would change", False))
            return False
        self.seen = self.seen.changed(pixels)
        self.taken.append(Taken(name, round(amount, 3), finding.why, finding.figures, faces))
        return True


def restore(
    photo: Path,
    out: Path,
    *,
    steps: Wanted = "auto",
    without: Iterable[str] = (),
    strength: float = 1.0,
    mask: Path | None = None,
    neutral: bool = False,
    engine: str = "none",
    commercial: bool = False,
    show: bool = True,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Restored:
    """Restore a photo into a copy; the photo itself is never changed.

    Every step first measures whether it is needed; a photo without faults comes back as it was. Every face is measured
    after every step, and a step after which somebody is not the same any more is not taken.

    Args:
        photo: a scan or a photo, 8 or 16 bit.
        out: the copy, .png; its record and pictures of before and after are written beside it under its name.
        steps: "auto"; or the names of steps, which then are taken wherever they find anything to do; or names with
            amounts 0 … 1.
        without: steps that are not taken.
        strength: 0 … 1, of every step.
        mask: a picture, white where the photo is torn, drawn on a copy of it of any size.
        neutral: take the brown out of a toned print, which otherwise stays.
        engine: "none", or a network of studio/restoration/engines whose weights are here.
        commercial: is the copy for something that is sold?
        show: write the pictures of before and after.

    Raises:
        FileUnreadable, PhotoUnusable: the photo or the mask cannot be used.
        OutputUnwritable: `out` is the photo itself or another's file, or cannot be written.
        ProductionInvalid: there is no such step, or an amount is out of range.
        EngineUnavailable: the engine is unknown, has no weights here, or may not be used for that.
        Cancelled: the user stopped the work; nothing is written.
    """
    chosen = choose(steps, without, strength, neutral=neutral)
    network = None if engine == "none" else engines.load(engine, commercial=commercial)
    record.check_target(photo, out)
    tell = _teller(on_progress, photo.name)
    tell(0.0, "reading")
    scan = read_scan(photo)
    source = record.Source.of(photo, scan)
    drawn = None if mask is None else tears.read_mask(mask, (scan.pixels.shape[1], scan.pixels.shape[0]))
    work = _begun(scan.pixels, drawn, chosen, cancel)
    _take_steps(work, chosen, tell)
    if network is not None:
        tell(0.78, network.spec.name)
        _engine(work, network, chosen.strength)
    _enlarge(work, chosen)
    tell(0.9, "writing")
    write_scan(out, Scan(work.seen.pixels, scan.profile, scan.dpi))
    done = Restored(
        source=photo,
        path=out,
        record=record.beside(out),
        pictures=_pictures(work, out) if show else (),
        steps=tuple(work.taken),
        left=tuple(work.left),
        likeness=next((step.likeness for step in reversed(work.taken) if step.likeness), work.untouched()),
        engine=network.spec if network is not None and work.took(network.spec.name) else None,
    )
    record.write(done, source, mask)
    tell(1.0, "done")
    return done


@dataclass(frozen=True)
class Batch:
    """What became of many photos."""

    restored: tuple[Restored, ...]
    skipped: tuple[tuple[Path, str], ...]
    """Photos that cannot be used, and why."""


def restore_all(
    photos: Sequence[Path],
    folder: Path,
    *,
    steps: Wanted = "auto",
    without: Iterable[str] = (),
    strength: float = 1.0,
    mask: Path | None = None,
    neutral: bool = False,
    engine: str = "none",
    commercial: bool = False,
    show: bool = True,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Batch:
    """Restore photos into a folder, as NAME.restored.png; see `restore`. One that cannot be used is skipped and told.

    Raises:
        ProductionInvalid: there is no photo, two have one name, or one mask is given for several.
        FileUnreadable, PhotoUnusable: the only photo cannot be used.
    """
    _check_batch(photos, mask)
    done: list[Restored] = []
    skipped: list[tuple[Path, str]] = []
    for number, photo in enumerate(photos):

        def tell(one: Progress, number: int = number) -> None:
            if on_progress is not None:
                on_progress(Progress(one.stage, one.detail, (number + one.done) / len(photos)))

        try:
            done.append(
                restore(
                    photo,
                    folder / f"{photo.stem}{record.ENDING}",
                    steps=steps,
                    without=without,
                    strength=strength,
                    mask=mask,
                    neutral=neutral,
                    engine=engine,
                    commercial=commercial,
                    show=show,
                    on_progress=tell,
                    cancel=cancel,
                )
            )
        except (FileUnreadable, PhotoUnusable) as error:
            if len(photos) == 1:
                raise
            skipped.append((photo, str(error)))
    return Batch(tuple(done), tuple(skipped))


def _check_batch(photos: Sequence[Path], mask: Path | None) -> None:
    if not photos:
        raise ProductionInvalid("There is no photo to restore. Name at least one.")
    if mask is not None and len(photos) > 1:
        raise ProductionInvalid("A mask belongs to one photo. Restore the torn one by itself.")
    stems = [photo.stem for photo in photos]
    for stem in stems:
        if stems.count(stem) > 1:
            raise ProductionInvalid(f"Two photos are called {stem}. Restore them into two folders.")


def _teller(on_progress: OnProgress | None, name: str) -> Callable[[float, str], None]:
    def tell(done: float, detail: str) -> None:
        if on_progress is not None:
            on_progress(Progress("restore", f"{name}: {detail}", done))

    return tell


def _take_steps(work: _Work, chosen: Chosen, tell: Callable[[float, str], None]) -> None:
    """Take what is needed or asked for, in order."""
    for number, step in enumerate(STEPS):
        tell(0.15 + 0.6 * number / len(STEPS), step.name)
        named = step.name in chosen.named
        amount = chosen.amount(step.name, step.amount)
        if amount <= 0 or not (step.by_itself or named):
            continue
        finding = step.look(work.seen, named, work.mask)
        if finding.repair is not None and (finding.needed or named):
            work.take(step.name, finding, amount)
        else:
            work.left.append(Left(step.name, finding.why, False))


def _check(cancel: Cancel | None) -> None:
    if cancel is not None and cancel.is_set():
        raise Cancelled("Stopped. Nothing was written.")


def _begun(pixels: Pixels, mask: U8 | None, chosen: Chosen, cancel: Cancel | None) -> _Work:
    """The photo in the outline it shall have, with its faces."""
    taken, left = [], []
    if "crop" in chosen.named and "crop" not in chosen.without:
        where = geometry.outline(pixels)
        if where is None:
            left.append(Left("crop", "no even rim around the print was found", False))
        else:
            pixels = geometry.cut(pixels, where)
            mask = None if mask is None else geometry.cut_mask(mask, where)
            taken.append(Taken("crop", 1.0, where.why, {"angle": round(where.angle, 2)}, ()))
    _check(cancel)
    seen = view(pixels)
    people = likeness.sitters(seen, mask)
    largest = (pictures.face(pixels, people[0].box), people[0].box) if people else None
    return _Work(seen, people, mask, (pictures.small(pixels), largest), taken, left, cancel)


def _engine(work: _Work, network: engines.Network, strength: float) -> None:
    """What a network makes anew."""
    if network.colours and work.seen.tone == "colour":
        work.left.append(Left(network.spec.name, "this is a colour photo already", False))
        return
    before = work.seen
    if network.colours and work.seen.pixels.shape[2] == 1:
        work.seen = work.seen.changed(np.concatenate([work.seen.pixels] * 3, axis=2))
    finding = network.look(work.seen)
    if finding.repair is None:
        work.left.append(Left(network.spec.name, finding.why, False))
    elif work.take(network.spec.name, finding, network.amount * strength) and network.colours:
        work.seen = work.seen.changed(work.seen.pixels, "colour")
    else:
        work.seen = work.seen if work.took(network.spec.name) else before


def _enlarge(work: _Work, chosen: Chosen) -> None:
    if "enlarge" not in chosen.named or "enlarge" in chosen.without:
        return
    longest = max(work.seen.size)
    if longest > geometry.SMALL:
        work.left.append(Left("enlarge", f"{longest} px are enough", False))
        return
    work.seen = work.seen.changed(geometry.enlarged(work.seen.pixels))
    work.taken.append(Taken("enlarge", 1.0, f"it is only {longest} px long", {"factor": float(geometry.FACTOR)}, ()))


def _pictures(work: _Work, out: Path) -> tuple[Path, ...]:
    """Write before and after, where anything was done."""
    if not work.taken:
        return ()
    before, largest = work.shown
    after = pictures.small(work.seen.pixels)
    faces = None
    if largest is not None:
        factor = geometry.FACTOR if work.took("enlarge") else 1
        x0, y0, x1, y1 = (side * factor for side in largest[1])
        faces = largest[0], pictures.face(work.seen.pixels, (x0, y0, x1, y1))
    beside, strip = record.pictures_of(out)
    write_png(beside, pictures.side_by_side(before, after, faces))
    write_png(strip, pictures.slider(before, after))
    return beside, strip
