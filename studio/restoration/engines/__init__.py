"""Networks that make parts of a photo anew, where a person has brought their weights. None is ever taken by itself.

CodeFormer is not among them: its licence (S-Lab License 1.0) allows no commercial use, and people do not recognise
their own in what it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from studio.errors import EngineUnavailable
from studio.types import EngineSpec

if TYPE_CHECKING:
    from studio.restoration.photo import Finding, View

_FFHQ = "trained on FFHQ, which is CC BY-NC-SA 4.0: whether that binds is unclear"

SPECS: tuple[EngineSpec, ...] = (
    EngineSpec(
        name="gfpgan",
        stage="restore",
        licence=f"Apache-2.0 by its authors, {_FFHQ}",
        commercial=False,
        weights=("gfpgan",),
        modules=("onnxruntime", "cv2"),
        rank=-1,
        about="GFPGAN: paints the detail that a blurred face has lost; laid over in part, refused if it is not them.",
    ),
    EngineSpec(
        name="restoreformer",
        stage="restore",
        licence=f"Apache-2.0 by its authors, {_FFHQ}",
        commercial=False,
        weights=("restoreformer",),
        modules=("onnxruntime", "cv2"),
        rank=-1,
        about="RestoreFormer++: the same by another network, nearer to the photo on strong damage.",
    ),
    EngineSpec(
        name="ddcolor",
        stage="restore",
        licence="Apache-2.0 by its authors, trained on ImageNet's pictures: whether their terms bind is unclear",
        commercial=False,
        weights=("ddcolor",),
        modules=("onnxruntime", "cv2"),
        rank=-1,
        about="DDColor: colours a black-and-white photo. The colours are invented, and the record says so.",
    ),
)
INVENTS: Mapping[str, str] = {"gfpgan": "detail", "restoreformer": "detail", "ddcolor": "colour"}
"""What each makes up."""


class Network(Protocol):
    """A network that is loaded."""

    spec: EngineSpec
    amount: float
    """How much of it is laid over the photo, 0 … 1."""
    colours: bool
    """Does it make a colour photo of another?"""

    def look(self, seen: View) -> Finding:
        """What it would make of a photo."""
        ...


def find(name: str, *, commercial: bool = False) -> EngineSpec:
    """The engine of that name, where it may be used and its weights are here.

    Raises:
        EngineUnavailable: unknown, not allowed for that, a package is missing, or the weights are; it says what to do.
    """
    from studio import weights

    spec = next((spec for spec in SPECS if spec.name == name), None)
    if spec is None:
        known = ", ".join(spec.name for spec in SPECS)
        raise EngineUnavailable(f"There is no engine {name!r} for restoring photos. Choose none or one of: {known}.")
    if commercial and not spec.commercial:
        raise EngineUnavailable(f"{name} may not be used for what is sold ({spec.licence}). Leave the engine out.")
    absent = [module for module in spec.modules if find_spec(module) is None]
    if absent:
        raise EngineUnavailable(f"{name} needs {', '.join(absent)}; install with: pip install {' '.join(absent)}.")
    for needed in spec.weights:
        weights.path(needed)
    return spec


def load(name: str, *, commercial: bool = False) -> Network:
    """The engine of that name, ready to work.

    Raises:
        EngineUnavailable: see `find`; or its file holds another network.
    """
    from studio import weights
    from studio.restoration.engines import colour, faces, network

    spec = find(name, commercial=commercial)
    opened = network.open_file(weights.path(spec.weights[0]), weights.by_hand(spec.weights[0]))
    return colour.Colours(spec, opened) if INVENTS[name] == "colour" else faces.Faces(spec, opened)
