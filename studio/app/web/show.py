"""A job as HTML: how far it is, the finished film, its files. Pure; every word of a user is escaped."""

from __future__ import annotations

from html import escape
from pathlib import Path
from time import localtime, strftime
from urllib.parse import quote

from studio.app.console import clock
from studio.app.jobs import JobStatus
from studio.app.web import record
from studio.app.web.texts import say, stage
from studio.types import Language


def progress(job: JobStatus | None, language: Language, *, worker_there: bool = True) -> str:
    """How far a job is; an invitation where there is none, nothing where the film itself is shown."""
    if job is None:
        return f'<p class="film-empty">{say("nothing_yet", language)}</p>'
    if job.state == "done":
        return ""
    if job.state == "cancelled":
        return f'<p class="film-note" role="status">{say("stopped", language)}</p>'
    if job.state == "failed":
        return (
            f'<div class="film-failed" role="alert"><strong>{say("failed", language)}</strong>'
            f"<p>{escape(job.error)}</p></div>"
        )
    return _bar(job, language, worker_there)


def _bar(job: JobStatus, language: Language, worker_there: bool) -> str:
    if job.stopping:
        head = say("stopping", language)
    elif not worker_there:
        head = say("no_worker", language)
    elif job.state == "queued":
        head = say("in_line", language)
    else:
        head = stage(job.stage, language) if job.stage else say("starting", language)
    percent = round(100 * min(max(job.done, 0.0), 1.0))
    named = f"{job.name} · {say('draft', language)}" if job.draft else job.name
    return (
        f'<div class="film-progress"><div class="film-progress-head"><strong role="status">{escape(head)}</strong>'
        f"<span>{escape(left(job.remaining_s, language))}</span></div>"
        f'<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}"'
        f' aria-label="{escape(named)}"><div style="width:{max(percent, 1)}%"></div></div>'
        f'<div class="film-progress-foot"><span>{escape(named)} · {percent} %</span>'
        f"<span>{escape(job.detail)}</span></div>"
        f"<p>{say('may_close', language)}</p></div>"
    )


def left(seconds: float | None, language: Language) -> str:
    """What is left, as a person says it."""
    if seconds is None:
        return ""
    if seconds < 90:
        return say("seconds_left", language, count=max(1, round(seconds)))
    return say("minutes_left", language, count=round(seconds / 60))


def film(job: JobStatus | None, language: Language) -> str:
    """A finished film with its player and its files; "" for any other job."""
    if job is None or job.state != "done":
        return ""
    captions = [Path(path) for path in job.captions]
    track = next((path for path in captions if path.suffix == ".vtt"), None)
    name = escape(job.name)
    extra = f" · {say('draft', language)}" if job.draft else ""
    subtitles = (
        f'<track kind="captions" srclang="{language}" label="{say("captions_track", language)}" src="{url(track)}">'
        if track
        else ""
    )
    files = [(say("download_film", language), Path(job.film))]
    files += [(say("download_captions", language, kind=path.suffix[1:].upper()), path) for path in captions]
    files += [(say("download_recipe", language), Path(job.recipe))] if job.recipe else []
    files += [(say("download_report", language), Path(job.report))] if job.report else []
    links = "".join(
        f'<a href="{url(path)}" download="{escape(path.name)}">{escape(words)}</a>' for words, path in files
    )
    picture = f' poster="{url(Path(job.poster))}"' if job.poster else ""
    # Nothing plays by itself: nobody should be spoken to by the dead unasked.
    return (
        f'<figure class="film"><video controls preload="metadata" playsinline src="{url(Path(job.film))}"{picture}'
        f' aria-label="{say("film_aria", language, name=name)}">{subtitles}</video>'
        f"<figcaption><strong>{name}</strong><span>{clock(job.duration_s)}{extra}</span></figcaption>"
        f'<p class="film-note">{say("synthetic", language)}</p>'
        f'<p class="downloads"><span>{say("downloads", language)}</span>{links}</p>'
        f"{record.html(record.read(Path(job.recipe)), language) if job.recipe else ''}</figure>"
    )


def url(path: Path) -> str:
    """Where the page finds a file of the films folder."""
    return f"/gradio_api/file={quote(str(path))}"


def title(job: JobStatus, language: Language) -> str:
    """A finished film in the list of earlier ones."""
    day = strftime("%Y-%m-%d %H:%M", localtime(job.created))
    extra = f" · {say('draft', language)}" if job.draft else ""
    return f"{job.name} · {clock(job.duration_s)}{extra} · {day}"
