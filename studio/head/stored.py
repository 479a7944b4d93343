"""Named tensors out of the wrappings that other people's weights are passed around in, told apart by their first bytes.

Torch is imported here at the top: only what runs networks imports this module.
"""

from __future__ import annotations

import contextlib
import pickle
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from studio.downloads import unlike_weights
from studio.errors import EngineUnavailable
from studio.readiness import missing, obstacle
from studio.types import EngineSpec

# What the readers of torch, zip and safetensors raise on a file that ends too early or was overwritten.
DAMAGE = (EOFError, RuntimeError, ValueError, LookupError, OSError, pickle.UnpicklingError, zipfile.BadZipFile)
PREFIX = "module."  # left by DataParallel


def read(path: Path, smallest: int, where: str) -> Mapping[str, Any]:
    """Whatever mapping the file holds. Nothing in it is run as Python.

    Args:
        smallest: bytes that the weights need at least.
        where: a sentence without its full stop that says where the right file is.

    Raises:
        EngineUnavailable: the file is missing, no weights, or cut off; the text says which.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise EngineUnavailable(f"{path} cannot be read: {error.strerror}. {where}.") from error
    start = head.lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise EngineUnavailable(
            f"{path} is a web page saved under the name of the weights (a download that asked a question). {where}: "
            "fetch them with a browser."
        )
    if start.startswith(b"version https://git-lfs"):
        raise EngineUnavailable(
            f"{path} is a Git LFS pointer, not the weights themselves. Run `git lfs pull` in its folder, or download "
            "the file itself."
        )
    if size < smallest:
        raise EngineUnavailable(
            f"{path} has {size / 1e6:.1f} MB; these weights have at least {smallest / 1e6:.0f} MB. It is cut off "
            f"or another file. {where}."
        )
    try:
        return _open(path, head)
    except DAMAGE as error:
        if "nsupported global" in str(error):
            raise EngineUnavailable(
                f"{path} holds Python objects that would have to be run to open it. That is refused. {where}."
            ) from error
        raise EngineUnavailable(
            f"{path} cannot be opened as weights ({first_line(error)}). It is probably cut off: download it again."
        ) from error


def _open(path: Path, head: bytes) -> Mapping[str, Any]:
    """Open by kind: safetensors, TorchScript, or torch.save in its newer (zip) or older form."""
    if head[8:9] == b"{":  # eight bytes of length, then JSON
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(path)
        except SafetensorError as error:
            raise ValueError(str(error)) from error
    if head.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            script = any(name.endswith("/constants.pkl") for name in archive.namelist())
        if script:
            with warnings.catch_warnings():
                # The official Wav2Lip files are TorchScript and stay so, however deprecated it is.
                warnings.simplefilter("ignore", DeprecationWarning)
                script_module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
                return dict(script_module.state_dict())
    kept = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(kept, Mapping):
        raise ValueError(f"it holds a {type(kept).__name__}, not named tensors")
    return kept


def first_line(error: Exception) -> str:
    """What an error of another library says, short enough for a sentence of ours."""
    lines = str(error).strip().splitlines()
    return lines[0][:120].rstrip(".") if lines else type(error).__name__


def bare(kept: Mapping[str, Any], path: Path, where: str, prefixes: Iterable[str] = (PREFIX,)) -> dict[str, Tensor]:
    """The named tensors alone: out of a training checkpoint, without the prefixes of what was wrapped around them.

    Raises:
        EngineUnavailable: there are none.
    """
    inner = kept.get("state_dict", kept)
    if not isinstance(inner, Mapping):
        raise EngineUnavailable(f"{path} is a checkpoint whose state_dict holds no named tensors. {where}.")
    found = {}
    for name, value in inner.items():
        if isinstance(value, Tensor):
            short = str(name)
            for prefix in prefixes:
                short = short.removeprefix(prefix)
            found[short] = value
    return found


def difference(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], spare: tuple[str, ...] = ()) -> str:
    """What keeps named tensors from being those of a network; "" where they are.

    Args:
        spare: endings of names that may be missing.
    """
    missing = [name for name in wanted if name not in state and not name.endswith(spare or ("\0",))]
    if missing:
        return f"{len(missing)} tensors are missing (first {missing[0]})"
    extra = [name for name in state if name not in wanted]
    if extra:
        return f"{len(extra)} tensors are unknown (first {extra[0]})"
    other = [name for name in wanted if name in state and state[name].shape != wanted[name].shape]
    if other:
        return f"{other[0]} is {tuple(state[other[0]].shape)}, not {tuple(wanted[other[0]].shape)}"
    return ""


def fill(network: nn.Module, state: Mapping[str, Tensor], path: Path, dtype: torch.dtype = torch.float32) -> None:
    """Give a network, made on the meta device, its tensors, and make it ready for use.

    Raises:
        EngineUnavailable: `path` holds values that are not numbers.
    """
    none = torch.tensor(0)
    wanted = network.state_dict()
    ready = {
        name: state.get(name, none).to(dtype if like.is_floating_point() else like.dtype).contiguous()
        for name, like in wanted.items()
    }
    if not all(bool(torch.isfinite(tensor).all()) for tensor in ready.values()):
        raise EngineUnavailable(f"{path} holds values that are not numbers. The file is damaged: download it again.")
    network.load_state_dict(ready, assign=True)
    network.eval().requires_grad_(False)


def pretrained(kind: Any, file: Path, hint: str) -> Any:
    """A network of diffusers or transformers, ready for use, all of whose values came from a file. Nothing is fetched.

    Args:
        kind: the class; its settings lie beside the file.
        hint: a sentence or two that say where the right file is.

    Raises:
        EngineUnavailable: the file is another one, or not whole.
    """
    try:
        if what := unlike_weights(file):
            raise EngineUnavailable(f"{file} is {what} saved under the name of the weights. {hint}")
        network, told = kind.from_pretrained(
            file.parent,
            local_files_only=True,
            output_loading_info=True,
            variant="fp16" if ".fp16." in file.name else None,
            use_safetensors=file.suffix == ".safetensors",
        )
    except DAMAGE as error:
        raise EngineUnavailable(f"{file} cannot be opened as weights ({first_line(error)}). {hint}") from error
    # Both libraries fill what is missing with random numbers.
    for lack, names in (("lacks", told["missing_keys"]), ("has another shape of", told["mismatched_keys"])):
        if names:
            raise EngineUnavailable(f"{file} {lack} {len(names)} tensors (first {min(map(str, names))}). {hint}")
    return network.eval().requires_grad_(False)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep diffusers' and transformers' progress bars and remarks off stderr while networks are loaded."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    # Each remembers its state for the whole process.
    kept = [
        (module, module.get_verbosity(), module.is_progress_bar_enabled()) for module in (of_diffusers, of_transformers)
    ]
    for module, _, _ in kept:
        module.set_verbosity_error()
        module.disable_progress_bar()
    try:
        yield
    finally:
        for module, verbosity, shown in kept:
            module.set_verbosity(verbosity)
            if shown:
                module.enable_progress_bar()


def need(spec: EngineSpec) -> None:
    """Refuse an engine whose packages are not installed.

    Raises:
        EngineUnavailable: with what to install.
    """
    # Packages are what an obstacle names first.
    if missing(spec) and (why := obstacle(spec)):
        raise EngineUnavailable(f"{why}.")
