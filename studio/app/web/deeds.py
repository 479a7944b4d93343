"""What a person does to a field, as opposed to what the page itself does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def of(components: Iterable[Any]) -> list[Any]:
    """The events by which a person fills in these components.

    `change` is none: it also fires for the empty fields of a page that opens, and would wipe what was kept.
    """
    found = []
    for component in components:
        # `input` does not hear what is pasted by mouse; `blur` does.
        names = ("upload", "delete", "clear", "stop_recording") if hasattr(component, "upload") else ("input", "blur")
        found += [getattr(component, name) for name in names if hasattr(component, name)]
    return found
