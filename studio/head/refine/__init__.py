"""The refine stage: a diffusion model goes once more over the painted mouths. Nothing heavy is imported before `load`.

frames = refine.refine(frames, sitter, refine.load("own"), views=views, seed=seed)
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from studio.types import F32, U8, Cancel, EngineSpec, FrameSource, Portrait, Refine

if TYPE_CHECKING:
    from studio.head.refine.crops import Crops, Engine
    from studio.head.refine.stage import Refined

log = logging.getLogger(__name__)

SD_SIZE = 256  # px, side of the close-ups that Stable Diffusion is shown; it enlarges them to what it was trained on
SPEC = EngineSpec(
    name="own",
    stage="refine",
    licence="CC BY 4.0; models/refiner.md names the sources",
    commercial=True,
    weights=("refiner",),
    modules=("diffusers",),
    rank=2,
    about="The studio's own small diffusion model over the lips, one step: a few hundredths of a second a frame.",
)


def load(name: Refine) -> Engine:
    """A refiner, by the name that films use.

    Raises:
        EngineUnavailable: its weights are not here, or are not what they should be.
        ValueError: `none` refines nothing.
    """
    from studio import weights
    from studio.head import closeup
    from studio.head.refine.crops import Engine

    if name == "none":
        raise ValueError("none refines nothing")
    if name == "own":
        from studio.head.refine import own

        return Engine(name, closeup.SIDE, own.load(weights.path("refiner")).refine)
    from studio.head.refine import sd

    lora = next(state for state in weights.states() if state.name == sd.LORA)
    if lora.path is None or lora.why:
        log.info("refining without %s, a little softer: %s", sd.LORA, lora.why)
    network = sd.load(weights.path(sd.WEIGHTS), lora=None if lora.why else lora.path)

    def refined(crops: Crops, seed: int) -> F32:
        return network.refine(crops.pictures, crops.reach, seed)

    return Engine(name, SD_SIZE, refined)


def refine(
    frames: FrameSource,
    sitter: Portrait,
    engine: Engine,
    *,
    views: Sequence[tuple[U8, F32]] = (),
    seed: int = 0,
    cancel: Cancel | None = None,
) -> Refined:
    """The same frames with finer mouths: see `studio.head.refine.stage.refine`."""
    from studio.head.refine import stage

    return stage.refine(frames, sitter, engine, views=views, seed=seed, cancel=cancel)
