"""The same film in another shape: framed anew for it, never cropped, with the same words, motion and timing."""

from __future__ import annotations

from pathlib import Path

from studio import film
from studio.deliverables.order import Order
from studio.finishing import Aspect

NAMES: dict[Aspect, str] = {"16:9": "wide", "9:16": "vertical", "1:1": "square", "4:5": "portrait"}


def make(order: Order, *, aspect: Aspect) -> tuple[Path, ...]:
    """The film in another shape; nothing where it has that shape already."""
    canvas = order.takes.production.canvas
    if canvas.aspect == aspect:
        return ()
    takes = order.takes.on(order.takes.production.with_canvas(canvas.reshaped(aspect)))
    other = film.shoot(takes, order.cut.plans, order.cut.melts)
    return (film.write(other, order.beside(NAMES[aspect], ".mp4"), draft=order.draft),)
