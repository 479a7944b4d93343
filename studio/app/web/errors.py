"""What went wrong, as the page shows it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from html import escape
from typing import ParamSpec, TypeVar

from studio.errors import StudioError

P = ParamSpec("P")
R = TypeVar("R")


class Unfinished(StudioError):
    """Something on the page still has to be filled in; the text is in the language of the page."""


def shown_to_user(handler: Callable[P, R]) -> Callable[P, R]:
    """`handler`, whose StudioError becomes a notice on the page. Bugs stay errors with a traceback in the log."""

    @functools.wraps(handler)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        import gradio as gr

        try:
            return handler(*args, **kwargs)
        except StudioError as error:
            # The notice is read as HTML, and names of files are in it. The user closes it: a sentence with a remedy
            # must not vanish while it is read. Its title is in page.css, since Gradio 6.31 ignores the one given here.
            raise gr.Error(escape(str(error)), duration=None, print_exception=False) from error

    return answer
