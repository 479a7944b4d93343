"""What a machine has made in a film, shot by shot: for the edit suite, the archive and whoever asks."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from studio import engines, film, pictures
from studio.deliverables.order import Order
from studio.edit import timecode
from studio.edit.conform import Clock, Plate
from studio.edit.timeline import frame_at
from studio.film import Cut
from studio.people import Person
from studio.scenes import Plan
from studio.storyboard import IdleScene, TalkingScene, named
from studio.trust import label

Row = Mapping[str, str]

_PICTURE = ("faces", "motion", "animate", "lipsync", "refine")
"""Stages of engines that have a part in a moving portrait."""


def rows(cut: Cut, plates: Sequence[Plate], clock: Clock) -> tuple[Row, ...]:
    """One row for every synthetic picture and every spoken line, in the order of the film."""
    found: list[Row] = []
    for place, (planned, plate) in enumerate(zip(cut.plans, plates, strict=True)):
        scene, rate = planned.scene, cut.timeline.frame_rate
        start = cut.starts[place]
        base = {"shot": scene.id, "reel": plate.reel, "plate": plate.path.name}

        if isinstance(scene, TalkingScene | IdleScene):
            used = _engines(cut, _PICTURE)
            found.append(
                base
                | _times(start, start + planned.own, rate, clock)
                | {"kind": "picture", "what": "a photo made to move", "made_by": used[0], "licence": used[1]}
                | {"person": _names(cut, planned), "consent": _consents(cut, planned), "words": "", "source": ""}
            )
        for spoken in planned.spoken:
            speech, person = spoken.speech, cut.takes.production.people[spoken.key]
            begin = start - planned.head + spoken.start
            what = "a synthetic voice" if speech.synthetic else "the person's own recording"
            licence = _licence("voice", speech.engine) if speech.synthetic else ""
            found.append(
                base
                | _times(begin, begin + speech.audio.duration, rate, clock)
                | {"kind": "sound", "what": what, "made_by": speech.engine, "licence": licence}
                | {"person": person.name, "consent": _consent(person), "words": speech.text}
                | {"source": ": ".join(filter(None, (spoken.line.source, spoken.line.cite)))}
            )
    return tuple(found)


COLUMNS = ("shot", "reel", "plate", "from_tc", "to_tc", "from_s", "to_s", "kind", "what", "made_by", "licence",
           "person", "consent", "words", "source")  # fmt: skip


def as_csv(rows: Sequence[Row]) -> str:
    """The log for programs, with a byte order mark: spreadsheets take it for Latin-1 otherwise."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + text.getvalue()


def as_text(cut: Cut, rows: Sequence[Row]) -> str:
    """The log for people."""
    production = cut.takes.production
    made = " ".join(pictures.what_was_made(cut.takes)) or "Nothing in it was made by machine."
    lines = [production.title, made, ""]
    shot = None
    for row in rows:
        if row["shot"] != shot:
            shot = row["shot"]
            lines += ["", f"{row['reel']}  {shot}  ({row['plate']})"]
        lines.append(f"  {row['from_tc']} – {row['to_tc']}  {row['kind']}: {row['what']}, {row['person']}")
        details = (("by", "made_by"), ("licence", "licence"), ("words", "words"), ("source", "source"))
        lines += [f"      {name}: {row[key]}" for name, key in (*details, ("consent", "consent")) if row[key]]
    return "\n".join(lines) + "\n"


def readme(order: Order, plates: Sequence[Plate], masks: Mapping[str, Path], clock: Clock) -> str:
    """What is in the pack and how it is counted."""
    cut, production = order.cut, order.takes.production
    rate, size, stem = cut.timeline.frame_rate, cut.timeline.size, order.film.stem
    counted = "drop frame (DF)" if clock.drop else "non-drop frame (NDF)"
    first = timecode.code(clock.start, rate, drop=clock.drop)
    language = production.language
    lines = [
        production.title,
        "",
        f"{size[0]}×{size[1]}, {rate} frames per second, {counted}. The film's first frame is {first};",
        f"it has {cut.timeline.num_frames} frames.",
        "",
        f"{stem}.otio      the cut, for OpenTimelineIO and DaVinci Resolve",
        f"{stem}.xml       the cut as Final Cut Pro 7 XML, for Premiere Pro, Resolve, Media Composer",
        f"{stem}.edl       the cut as CMX3600: pictures and dissolves",
        f"plates/         {len(plates)} shots as DNxHR HQ (8 bit, 4:2:2, BT.709)",
        f"masks/          {len(masks)} passes, as long as their plates: white where a machine made the pixels",
        "stems/          dialogue, music, effects, music with effects: 48 kHz, 24 bit, as long as the film",
        "ai-use.csv      which seconds a machine has made, with what, by which licence and whose consent",
        "ai-use.txt      the same, to read",
        "",
        f"Handles: up to {production.outputs.handles} frames before and after each shot. The first shot has none",
        "before it, the last none after it; a finished clip has as many as its cross-fades need.",
        "Timecode: a plate's frame carries the timecode of the moment of the film in which it is seen.",
        "Dissolves: in the EDL one begins at the cut, as CMX3600 has it; in the other lists it lies around the cut.",
        "Both show the same pictures in the same frames.",
        "Masks: the blurred copy of a photo that fills the picture beside it is not marked.",
        "Media are named by where they were written. Moved, relink them by reel or file name.",
        "",
    ]
    if film.anything_made(order.takes):
        lines.append(
            f"Plates that show synthetic pictures carry the label “{label.LABEL[language]}”, in their metadata too."
        )
    if not film.allowed(order.takes):
        lines.append(f"{label.DRAFT[language]}: no plate may be shown to anybody until there is one.")
    return "\n".join(lines) + "\n"


def _times(begin: Fraction, end: Fraction, rate: Fraction, clock: Clock) -> dict[str, str]:
    """When it is seen or heard, s and timecode of the film."""
    numbers = [clock.start + frame_at(moment, rate) for moment in (begin, end)]
    codes = [timecode.code(number, rate, drop=clock.drop) for number in numbers]
    return {"from_s": f"{float(begin):.3f}", "to_s": f"{float(end):.3f}", "from_tc": codes[0], "to_tc": codes[1]}


def _engines(cut: Cut, stages: Sequence[str]) -> tuple[str, str]:
    """What made the moving pictures, and by which licences: names, then licences, in the order of the stages."""
    used = [
        spec for stage in stages for spec in engines.specs()
        if spec.stage == stage and spec.name in cut.takes.engines.get(stage, ())
    ]  # fmt: skip
    return ", ".join(spec.name for spec in used), "; ".join(f"{spec.name}: {spec.licence}" for spec in used)


def _licence(stage: str, name: str) -> str:
    return next((spec.licence for spec in engines.specs() if spec.stage == stage and spec.name == name), "")


def _people(cut: Cut, planned: Plan) -> list[Person]:
    return [cut.takes.production.people[key] for key in dict.fromkeys(named(planned.scene))]


def _names(cut: Cut, planned: Plan) -> str:
    return ", ".join(person.name for person in _people(cut, planned))


def _consents(cut: Cut, planned: Plan) -> str:
    return "; ".join(f"{person.name}: {_consent(person)}" for person in _people(cut, planned))


def _consent(person: Person) -> str:
    record = person.consent
    if record is None:
        return "NO CONSENT RECORD"
    until = f", until {record.until}" if record.until else ""
    return f"{record.granted_by} ({record.right}){until}"
