"""Make the film, see how far it is, watch it. What is shown comes from the job files, so a reload loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from studio.app import jobs, worker
from studio.app.jobs import JobStatus
from studio.app.web import show
from studio.app.web.errors import shown_to_user
from studio.app.web.texts import label, language_of
from studio.app.web.wish import Wish, submit
from studio.errors import StudioError
from studio.types import Language

LOOK = 1.0  # s between two looks at a running job
MOST_EARLIER = 20


Attach = Callable[[Sequence[Any], Callable[..., Wish]], None]
"""Told of the components of the other panels, and of what makes their values into a wish; as often as they change."""


def build(page: gr.Blocks) -> Attach:
    """Add the panel."""
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("make_heading"))
        with gr.Row(elem_id="make-row"):
            draft = gr.Button(label("draft_button"), elem_id="make-draft")
            film = gr.Button(label("film_button"), variant="primary", elem_id="make-film")
        progress = gr.HTML(elem_id="progress")
        stop = gr.Button(label("cancel_button"), size="sm", visible=False, elem_id="stop")
        player = gr.HTML(elem_id="player")
        earlier = gr.Radio(
            label=label("earlier_label"), choices=[], visible=False, elem_id="earlier", elem_classes="choices"
        )
    current = gr.State("")
    shown = gr.State("")
    timer = gr.Timer(LOOK, active=False)
    view = [progress, stop, player, earlier, shown, timer]

    def attach(fields: Sequence[Any], read: Callable[..., Wish]) -> None:
        def start(is_draft: bool, values: Sequence[Any], request: gr.Request) -> tuple[Any, ...]:
            language = language_of(request)
            job = submit(read(*values), draft=is_draft, language=language)
            return job, *_view(job, "", language)

        def start_draft(request: gr.Request, *values: Any) -> tuple[Any, ...]:
            return start(True, values, request)

        def start_film(request: gr.Request, *values: Any) -> tuple[Any, ...]:
            return start(False, values, request)

        draft.click(shown_to_user(start_draft), list(fields), [current, *view], **quiet)
        film.click(shown_to_user(start_film), list(fields), [current, *view], **quiet)

    def load(request: gr.Request) -> tuple[Any, ...]:
        found = jobs.every()
        job = next((job for job in found if job.active), found[0] if found else None)
        return (job.id if job else ""), *_view(job.id if job else "", "", language_of(request))

    def tick(job: str, was: str, request: gr.Request) -> tuple[Any, ...]:
        return _view(job, was, language_of(request))

    def cancel(job: str, was: str, request: gr.Request) -> tuple[Any, ...]:
        worker.cancel(job)
        return _view(job, was, language_of(request))

    def watch(job: str | None, request: gr.Request) -> tuple[Any, ...]:
        if job is None:
            return tuple(gr.skip() for _ in range(3))
        language = language_of(request)
        return job, show.film(_find(job), language), show.progress(_find(job), language)

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    stop.click(shown_to_user(cancel), [current, shown], view, **quiet)
    earlier.input(shown_to_user(watch), earlier, [current, player, progress], **quiet)
    timer.tick(shown_to_user(tick), [current, shown], view, **quiet)
    page.load(shown_to_user(load), None, [current, *view], **quiet)
    return attach


def _find(job_id: str) -> JobStatus | None:
    try:
        return jobs.load(job_id) if job_id else None
    except StudioError:
        return None


def _view(job_id: str, was: str, language: Language) -> tuple[Any, ...]:
    """Progress, stop button, player, earlier films, what is shown now, timer."""
    job = _find(job_id)
    active = job is not None and job.active
    now = f"{job.id} {job.state}" if job else "-"
    words = show.progress(job, language, worker_there=not active or worker.working())
    stop = gr.Button(visible=active and job is not None and not job.stopping)
    timer = gr.Timer(active=active)
    if now == was:
        # A player that is set again would start from its beginning.
        return words, stop, gr.skip(), gr.skip(), was, timer
    return words, stop, show.film(job, language), _earlier(language, job_id), now, timer


def _earlier(language: Language, job_id: str) -> Any:
    done = [job for job in jobs.every() if job.state == "done" and Path(job.film).is_file()][:MOST_EARLIER]
    choices = [(show.title(job, language), job.id) for job in done]
    value = job_id if any(job.id == job_id for job in done) else None
    return gr.Radio(choices=choices, value=value, visible=bool(done))
