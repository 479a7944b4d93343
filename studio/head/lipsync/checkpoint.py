"""Official Wav2Lip weights from any of the wrappings they are passed around in, told apart by their first bytes."""

from __future__ import annotations

import pickle
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from studio.errors import EngineUnavailable
from studio.head.lipsync.network import SyncNet, Wav2Lip
from studio.media.files import writing

Network = TypeVar("Network", Wav2Lip, SyncNet)
WHERE = "The README of https://github.com/Rudrabha/Wav2Lip says where the weights are"
DEEPER = re.compile(r"face_(en|de)coder_blocks\.([7-9]|\d\d)\.")  # the official network ends with block 6
PREFIX = "module."  # left by DataParallel
# What the readers of torch, zip and safetensors raise on a file that ends too early or was overwritten.
DAMAGE = (EOFError, RuntimeError, ValueError, LookupError, OSError, pickle.UnpicklingError, zipfile.BadZipFile)
# A tensor that only one of the release's networks has, and its name.
MARKS = {
    "face_encoder.0.conv_block.0.weight": "the sync expert, which judges but does not paint",
    "binary_pred.0.weight": "the visual discriminator, used in training only",
    "output_block.1.weight": "the generator, which paints but does not judge",
}
COUNTER = "num_batches_tracked"  # of batch norm; not used for painting, and missing from very old files


def load(path: Path) -> Wav2Lip:
    """The generator with the weights of a file, in float32 on the CPU, ready to use.

    Takes the dict of the first release (optimizer and `module.` inside), TorchScript archives, a bare state dict, and
    safetensors. Nothing in a file is run as Python.

    Raises:
        EngineUnavailable: the file is missing, no checkpoint, cut off, or of another network; the text says which.
    """
    return _filled(Wav2Lip, path)


def load_expert(path: Path) -> SyncNet:
    """The sync expert (lipsync_expert.pth), in the same wrappings as the generator.

    Raises:
        EngineUnavailable: as `load`.
    """
    return _filled(SyncNet, path)


def _filled(kind: type[Network], path: Path) -> Network:
    """A network with the weights of a file."""
    # On "meta" no time is spent on random values that are overwritten at once.
    with torch.device("meta"):
        network = kind()
    wanted = network.state_dict()
    # Two bytes for each value, a little less than all of them.
    state = _bare(_read(path, 19 * sum(tensor.numel() for tensor in wanted.values()) // 10), path)
    _compare(state, wanted, path)
    none = torch.tensor(0)
    ready = {name: state.get(name, none).to(tensor.dtype).contiguous() for name, tensor in wanted.items()}
    if not all(bool(torch.isfinite(tensor).all()) for tensor in ready.values()):
        raise EngineUnavailable(f"{path} holds values that are not numbers. The file is damaged: download it again.")
    network.load_state_dict(ready, assign=True)
    return network.eval().requires_grad_(False)


def convert(source: Path, target: Path) -> None:
    """Write the weights of a file in any wrapping as safetensors: smaller, quicker to open, the same values.

    Raises:
        EngineUnavailable: as `load`.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    from safetensors.torch import save_file

    network = load(source)
    with writing(target) as temporary:
        save_file(network.state_dict(), temporary, metadata={"network": "Wav2Lip", "source": source.name})


def _read(path: Path, smallest: int) -> Mapping[str, Any]:
    """Whatever mapping the file holds.

    Args:
        smallest: bytes that the weights need at least.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise EngineUnavailable(f"{path} cannot be read: {error.strerror}. {WHERE}.") from error
    start = head.lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise EngineUnavailable(
            f"{path} is a web page saved under the name of the weights (a download that asked a question). {WHERE}: "
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
            f"or another file. {WHERE}."
        )
    try:
        return _open(path, head)
    except DAMAGE as error:
        if "nsupported global" in str(error):
            raise EngineUnavailable(
                f"{path} holds Python objects that would have to be run to open it. That is refused. {WHERE}."
            ) from error
        raise EngineUnavailable(
            f"{path} cannot be opened as weights ({_first_line(error)}). It is probably cut off: download it again."
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
                # The official files are TorchScript and stay so, however deprecated it is.
                warnings.simplefilter("ignore", DeprecationWarning)
                script_module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
                return dict(script_module.state_dict())
    kept = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(kept, Mapping):
        raise ValueError(f"it holds a {type(kept).__name__}, not named tensors")
    return kept


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:120].rstrip(".") if lines else type(error).__name__


def _bare(kept: Mapping[str, Any], path: Path) -> dict[str, Tensor]:
    """The named tensors alone: out of a training checkpoint, without DataParallel's prefix."""
    inner = kept.get("state_dict", kept)
    if not isinstance(inner, Mapping):
        raise EngineUnavailable(f"{path} is a checkpoint whose state_dict holds no named tensors. {WHERE}.")
    return {str(name).removeprefix(PREFIX): value for name, value in inner.items() if isinstance(value, Tensor)}


def _compare(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], path: Path) -> None:
    """Refuse any other network than the one that is wanted, saying which one it is where that can be told."""
    extra = [name for name in state if name not in wanted]
    missing = [name for name in wanted if name not in state and not name.endswith(COUNTER)]
    other = [name for name in wanted if name in state and state[name].shape != wanted[name].shape]
    if not (extra or missing or other):
        return
    if fork := _fork(state):
        raise EngineUnavailable(
            f"{path} holds the weights of {fork}, a larger fork with other layers; this engine is the official "
            f"96 px network. {WHERE}."
        )
    for mark, name in MARKS.items():
        if mark in state and mark not in wanted:
            raise EngineUnavailable(f"{path} holds {name}, not the network that is asked for. {WHERE}.")
    found = (
        f"{len(missing)} tensors are missing (first {missing[0]})" if missing
        else f"{len(extra)} tensors are unknown (first {extra[0]})" if extra
        else f"{other[0]} is {tuple(state[other[0]].shape)}, not {tuple(wanted[other[0]].shape)}"
    )  # fmt: skip
    raise EngineUnavailable(f"{path} does not hold the weights of Wav2Lip that are asked for: {found}. {WHERE}.")


def _fork(state: Mapping[str, Tensor]) -> str:
    """The name of the larger network that a state dict belongs to; "" for none that is known."""
    if any(name.startswith("audio_refine") for name in state):
        return "Wav2Lip 384 px"
    if not any(DEEPER.match(name) for name in state):
        return ""
    # The 288 px network (primepake) begins with a 5×5 convolution after the first; those of 256 and 384 px do not.
    second = state.get("face_encoder_blocks.1.0.conv_block.0.weight")
    if second is not None and second.shape[-1] == 5:
        return "Wav2Lip 288 px"
    first = state.get("face_encoder_blocks.0.0.conv_block.0.weight")
    return "Wav2Lip 384 px" if first is not None and first.shape[0] == 8 else "Wav2Lip 256 px or larger"
