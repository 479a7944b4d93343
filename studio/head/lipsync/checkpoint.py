"""Official Wav2Lip weights from any of the wrappings they are passed around in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from studio.errors import EngineUnavailable
from studio.head import stored
from studio.head.lipsync.network import SyncNet, Wav2Lip
from studio.media.files import writing

Network = TypeVar("Network", Wav2Lip, SyncNet)
WHERE = "The README of https://github.com/Rudrabha/Wav2Lip says where the weights are"
DEEPER = re.compile(r"face_(en|de)coder_blocks\.([7-9]|\d\d)\.")  # the official network ends with block 6
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
    smallest = 19 * sum(tensor.numel() for tensor in wanted.values()) // 10
    state = stored.bare(_read(path, smallest), path, WHERE)
    _compare(state, wanted, path)
    stored.fill(network, state, path)
    return network


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
    """Whatever mapping the file holds."""
    return stored.read(path, smallest, WHERE)


def _compare(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], path: Path) -> None:
    """Refuse any other network than the one that is wanted, saying which one it is where that can be told."""
    found = stored.difference(state, wanted, (COUNTER,))
    if not found:
        return
    if fork := _fork(state):
        raise EngineUnavailable(
            f"{path} holds the weights of {fork}, a larger fork with other layers; this engine is the official "
            f"96 px network. {WHERE}."
        )
    for mark, name in MARKS.items():
        if mark in state and mark not in wanted:
            raise EngineUnavailable(f"{path} holds {name}, not the network that is asked for. {WHERE}.")
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
