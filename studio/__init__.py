"""Keepsake Studio: a photo, a few recordings and a script become an edited film in which the person speaks again."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from studio.pipeline import animate, render, speak
    from studio.production import Production

__all__ = ["Production", "animate", "render", "speak"]

_HOMES = {
    "Production": "studio.production",
    "animate": "studio.pipeline",
    "render": "studio.pipeline",
    "speak": "studio.pipeline",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use, so that `studio --help` and `import studio` stay instant.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'studio' has no attribute {name!r}")
