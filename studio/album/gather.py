"""From a folder to a production draft: everything is looked at once, kept, and chosen from.

Stopped or killed, the next run goes on: what was found out lies in `album/looked.jsonl` beside the production. Nothing
in the folder is changed, moved or written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from studio.album import draft, report, sheet
from studio.album.choose import Chosen, choose
from studio.album.crew import Crew, Lost
from studio.album.dates import dated
from studio.album.duplicates import Twins, twins
from studio.album.examine import Task, TooHeavy, examined, fingerprinted
from studio.album.movements import Placed, ordered
from studio.album.people import CLEARLY, Person, sorted_out
from studio.album.record import Found, PhotoSeen, Picture, RecordingSeen, Seen, Skipped, Unusable, Usable, VideoSeen
from studio.album.scan import Plan, scan
from studio.album.store import Store
from studio.errors import Cancelled, EngineUnavailable, PhotoUnusable, ProductionInvalid
from studio.media import files
from studio.media.workers import cores
from studio.meter import Meter
from studio.types import Cancel, Language, OnProgress

COUNT = 70
MOST = 200  # pictures of one draft
TEMPLATE = "tribute-slideshow"
STORE, SUMMARY, SHEET, FACES, REPORT = (
    Path("album") / "looked.jsonl",
    Path("album") / "album.json",
    Path("album") / "album.jpg",
    Path("album") / "people.png",
    Path("album") / "album.txt",
)
SPEECH_S = 3.0  # of speech from which a recording is offered as one of the person's
TAPES = 8  # recordings that are laid beside the production
_CREW = 12  # processes at most; each takes about 400 MB
_LIMIT_S = 900.0  # for one file; an hour of film takes about a minute
_VIDEO_UNITS, _PER_MB = 6.0, 0.15  # what a film costs, where a photo is 1


@dataclass(frozen=True)
class Album:
    """What was found and what became of it."""

    plan: Plan
    out: Path
    seen: tuple[tuple[Found, Usable], ...]
    """Every file that could be used, in order of the names."""
    skipped: tuple[Skipped, ...]
    pictures: tuple[Picture, ...]
    """All photos, and moments of films; copies included."""
    twins: tuple[Twins, ...]
    """Places in `pictures`."""
    single: tuple[Picture, ...]
    """Those that may be chosen: of copies only the best."""
    people: tuple[Person, ...]
    """Their faces are in places of `single`."""
    dear: tuple[int, ...]
    """Who the film is about, by number; empty where nobody is seen twice."""
    asked: bool
    """Whether somebody said so; otherwise it is who is there most."""
    placed: tuple[Placed, ...]
    poor: tuple[tuple[Picture, str], ...]
    recordings: tuple[Path, ...]
    """Those laid beside the production."""
    production: Path
    written: tuple[Path, ...]
    """Files of the draft, relative to `out`."""


def gather(
    folder: Path,
    out: Path,
    *,
    name: str,
    template: str = TEMPLATE,
    language: Language = "en",
    count: int = COUNT,
    person: Sequence[int] = (),
    today: date,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Album:
    """Look at everything in a folder and draft the film, with a contact sheet, a strip of faces and a report.

    Args:
        out: folder of the production; a draft that nobody has changed is replaced.
        count: how many pictures, 1 … 200; fewer where there are not so many good ones.
        person: who the film is about, by the numbers of the strip; several where one person was taken for several.
        today: no picture is younger.

    Raises:
        FileUnreadable: the folder cannot be read.
        PhotoUnusable: there is no picture in it that can be used.
        ProductionInvalid: no name, unknown template or person, or the draft was changed by hand.
        OutputUnwritable: the disk is full, or `out` may not be written. What was looked at is kept.
        EngineUnavailable: a part of the studio that looks or listens is missing.
        Cancelled: `cancel` was set.
    """
    _check(name, count, folder, out, template)
    before = _before(out)
    meter = Meter(on_progress, cancel)
    plan = scan(folder, leave_out=(out,))
    if not (plan.of("photo") or plan.of("video")):
        raise PhotoUnusable(report.nothing(plan))
    with Store(out / STORE) as store:
        seen = tuple(_looked_at(plan, store, meter))
    usable = tuple((found, one) for found, one in seen if not isinstance(one, Unusable))
    refused = tuple(Skipped(found.path, one.reason) for found, one in seen if isinstance(one, Unusable))
    with meter.stage("choose", "duplicates, people, times"):
        pictures = tuple(_pictures(plan, usable, today))
        if not pictures:
            raise PhotoUnusable(report.nothing_usable(plan, refused))
        same = twins(pictures)
        single, people = sorted_out(_without_copies(pictures, same))
    _show_people(out, single, people, meter)
    with meter.stage("choose", "the best of them"):
        dear = _dear(person, people)
        chosen = _good(plan, single, choose(single, count, dear))
    album = Album(
        plan=plan,
        out=out,
        seen=usable,
        skipped=(*plan.skipped, *refused),
        pictures=pictures,
        twins=same,
        single=single,
        people=people,
        dear=dear,
        asked=bool(person),
        placed=ordered([single[place] for place in chosen.places], dear),
        poor=tuple((single[place], why) for place, why in chosen.poor),
        recordings=_tapes(usable),
        production=out / draft.FILE,
        written=(),
    )
    album = _drafted(album, before, meter, name=name.strip(), template=template, language=language)
    _tell(album, language, meter)
    return album


def _check(name: str, count: int, folder: Path, out: Path, template: str) -> None:
    """Raise ProductionInvalid for what cannot be, before anything is looked at."""
    if not name.strip():
        raise ProductionInvalid("A production needs a name: say who it is for (--name).")
    if not 1 <= count <= MOST:
        raise ProductionInvalid(f"A draft has from 1 to {MOST} pictures (--count); {count} were asked for.")
    if out.resolve() == folder.resolve():
        raise ProductionInvalid(f"{out} is the folder with the originals. Choose another one for the film (--out).")
    draft.check_template(template)


def _drafted(
    album: Album, before: dict[str, Any], meter: Meter, *, name: str, template: str, language: Language
) -> Album:
    """The production written, in place of the draft of an earlier run."""
    with meter.stage("write", draft.FILE):
        written = draft.write(
            album.out,
            album.placed,
            name=name,
            template=template,
            language=language,
            portrait=draft.portrait_of(album.single, album.dear),
            dear=album.dear,
            recordings=album.recordings,
            stale=[Path(part) for part in before.get("written", ())],
        )
        # At once, so that a run that is killed while it draws the sheet leaves a draft that is known as its own.
        own = {"production_sha256": files.sha256_file(album.production), "written": [str(part) for part in written]}
        files.write_text(album.out / SUMMARY, json.dumps(own))
    return replace(album, written=written)


def _show_people(out: Path, pictures: Sequence[Picture], people: Sequence[Person], meter: Meter) -> None:
    """The strip of faces comes first: whoever has to say who somebody is needs it, whatever becomes of the draft."""
    meter.expect(sheet.faces_shown(people))
    sheet.people(out / FACES, pictures, people, lambda: _step(meter, FACES))


def _step(meter: Meter, made: Path) -> None:
    """One picture more is drawn."""
    with meter.stage("show", made.name, 1):
        pass


def _before(out: Path) -> dict[str, Any]:
    """What an earlier run left; empty where there was none.

    Raises:
        ProductionInvalid: there is a production that was not drafted here, or was changed since.
    """
    production = out / draft.FILE
    try:
        before = json.loads((out / SUMMARY).read_text(encoding="utf-8"))
        same = production.is_file() and files.sha256_file(production) == before["production_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        before, same = {}, False
    if production.exists() and not same:
        raise ProductionInvalid(
            f"{production} is there already and was written or changed by hand. Choose another --out, or move it away."
        )
    return dict(before)


def _looked_at(plan: Plan, store: Store, meter: Meter) -> Iterator[tuple[Found, Seen]]:
    """Every file with what is known of it, in order; what is not known yet is found out by several processes."""
    size = min(cores(), _CREW)
    digests = _known(plan, store, meter, size)
    missing: dict[str, Found] = {}
    meter.expect(sum(_units(found) for found in plan.found) * 1.02)
    for found in plan.found:
        digest = digests[found]
        if isinstance(digest, Unusable):
            continue
        if store.seen(digest) is None and digest not in missing:
            missing[digest] = found
        else:
            meter.skip("look", found.path.name, _units(found))
    lost = _examine(missing, store, meter, size)
    for found in plan.found:
        digest = digests[found]
        yield found, (digest if isinstance(digest, Unusable) else store.seen(digest) or lost[digest])


def _known(plan: Plan, store: Store, meter: Meter, size: int) -> dict[Found, str | Unusable]:
    """What every file is known by."""
    digests: dict[Found, str | Unusable] = {}
    unread: dict[Path, Found] = {}
    for found in plan.found:
        known = store.digest(found)
        if known is None:
            unread[found.path] = found
        else:
            digests[found] = known
    meter.expect(max(1, len(unread)))
    with ThreadPoolExecutor(size) as readers:  # hashing lets other threads run
        for path, digest in zip(unread, readers.map(fingerprinted, unread), strict=True):
            try:
                with meter.stage("read", path.name, 1):
                    digests[unread[path]] = digest
            except Cancelled:
                readers.shutdown(cancel_futures=True)
                raise
            if isinstance(digest, str):
                store.keep_digest(unread[path], digest)
    return digests


def _examine(missing: dict[str, Found], store: Store, meter: Meter, size: int) -> dict[str, Unusable]:
    """Look at files side by side, then at those that need much memory one by one.

    Returns:
        What could not be read and is worth another try some day, by content: it is not kept.
    """
    digest_of = {found.path: digest for digest, found in missing.items()}
    # Films first: a long one that began last would keep one core busy and leave the others idle.
    order = sorted(missing.values(), key=lambda found: (found.kind != "video", -found.size * (found.kind == "video")))
    tasks = [Task(found.path, found.kind) for found in order]
    passing: dict[str, Unusable] = {}
    for alone in (False, True):
        crew = Crew(examined, 1 if alone else size, seconds=_LIMIT_S, **({"files_each": 4} if alone else {}))
        heavy: list[Task] = []
        for task, seen in crew.run(tasks, meter.cancel):
            if isinstance(seen, TooHeavy):
                heavy.append(replace(task, alone=True))
                continue
            if isinstance(seen, EngineUnavailable):
                raise seen
            digest = digest_of[task.path]
            with meter.stage("look", task.path.name, _units(missing[digest])):
                found = Unusable("unusable", seen.reason, lasting=False) if isinstance(seen, Lost) else seen
                if isinstance(found, Unusable) and not found.lasting:
                    passing[digest] = found
                else:
                    store.keep(digest, found)
        tasks = heavy
    return passing


def _units(found: Found) -> float:
    if found.kind == "photo":
        return 1.0
    return _VIDEO_UNITS + min(120.0, _PER_MB * found.size / 1e6) if found.kind == "video" else 2.0


def _pictures(plan: Plan, usable: Sequence[tuple[Found, Usable]], today: date) -> Iterator[Picture]:
    """Every photo, and every moment of the films."""
    for found, seen in usable:
        where = found.path.relative_to(plan.folder)
        if isinstance(seen, PhotoSeen):
            grey = Picture(found.path, seen.looked, None, "").grey
            when = dated(where, seen.taken, seen.device, grey=grey, today=today)
            event = when.day if when is not None and when.day else where.parent.as_posix()
            yield Picture(found.path, seen.looked, when, event)
        elif isinstance(seen, VideoSeen):
            when = dated(where, seen.taken, "", grey=False, today=today)
            when = when if when is None or when.source != "EXIF" else replace(when, source="film")
            for moment in seen.moments:
                yield Picture(found.path, moment.looked, when, where.as_posix(), at=moment.at)


def _good(plan: Plan, single: Sequence[Picture], chosen: Chosen) -> Chosen:
    """What was chosen, if anything was."""
    if not chosen.places:
        raise PhotoUnusable(report.all_poor(plan, single, chosen))
    return chosen


def _without_copies(pictures: Sequence[Picture], same: Sequence[Twins]) -> list[Picture]:
    """Of what is there twice, only the best."""
    copies = {place for group in same for place in group.others}
    return [picture for place, picture in enumerate(pictures) if place not in copies]


def _dear(person: Sequence[int], people: Sequence[Person]) -> tuple[int, ...]:
    """Who the film is about: those asked for, or whoever is in most pictures, if in more than two.

    Raises:
        ProductionInvalid: there is no such person.
    """
    for number in person:
        if not 1 <= number <= len(people):
            there = f"there are {len(people)}" if people else "nobody is seen in two pictures"
            raise ProductionInvalid(
                f"There is no person {number}: {there}, numbered from 1, in {FACES.name} of an earlier run."
            )
    return tuple(person) or ((1,) if people and people[0].pictures >= CLEARLY else ())


def _tapes(usable: Sequence[tuple[Found, Usable]]) -> tuple[Path, ...]:
    """The recordings with most speech in them; films stay where they are."""
    spoken = [
        (seen.sound.speech, found.path)
        for found, seen in usable
        if isinstance(seen, RecordingSeen) and seen.sound.speech >= SPEECH_S
    ]
    spoken.sort(key=lambda one: -one[0])
    return tuple(path for _, path in spoken[:TAPES])


def _tell(album: Album, language: Language, meter: Meter) -> None:
    """Write the contact sheet, the report, and last the summary that the next run goes by."""
    meter.expect(len(album.placed))
    sheet.album(album.out / SHEET, album.placed, language, lambda: _step(meter, SHEET))
    files.write_text(album.out / REPORT, report.text(album, language))
    summary = {"production_sha256": files.sha256_file(album.production), **report.as_data(album)}
    files.write_text(album.out / SUMMARY, json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
