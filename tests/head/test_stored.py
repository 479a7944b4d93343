"""Other people's weights open whole, quietly, and only where the packages for them are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from studio.errors import EngineUnavailable
from studio.head import stored
from studio.head.lipsync import MUSETALK


def test_a_missing_package_names_the_door() -> None:
    stored.need(replace(MUSETALK, modules=("torch",)))
    with pytest.raises(
        EngineUnavailable, match=r'musetalk needs nowhere. Install it with: pip install "keepsake-studio\[diffusion]"'
    ):
        stored.need(replace(MUSETALK, modules=("torch", "nowhere")))


def test_the_libraries_speak_again_afterwards() -> None:
    pytest.importorskip("transformers")
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    before = [(module.get_verbosity(), module.is_progress_bar_enabled()) for module in (of_diffusers, of_transformers)]
    with pytest.raises(KeyError), stored.quietly():
        assert not of_diffusers.is_progress_bar_enabled() and not of_transformers.is_progress_bar_enabled()
        raise KeyError
    after = [(module.get_verbosity(), module.is_progress_bar_enabled()) for module in (of_diffusers, of_transformers)]
    assert after == before


def test_every_kind_of_prefix_goes() -> None:
    kept = {"state_dict": {"module.unet.a": torch.zeros(1), "unet.b": torch.zeros(1), "c": 3}}
    assert set(stored.bare(kept, Path("x"), "there", ("module.", "unet."))) == {"a", "b"}
    with pytest.raises(EngineUnavailable, match=r"holds no named tensors\. Look there\."):
        stored.bare({"state_dict": [1]}, Path("x"), "Look there")


def test_the_first_difference_is_named() -> None:
    wanted = {"a": torch.zeros(2), "b.counter": torch.zeros(1)}
    assert stored.difference({"a": torch.ones(2), "b.counter": torch.ones(1)}, wanted) == ""
    assert stored.difference({"a": torch.ones(2)}, wanted, ("counter",)) == ""
    assert stored.difference({"a": torch.ones(2)}, wanted) == "1 tensors are missing (first b.counter)"
    assert stored.difference({**wanted, "d": torch.ones(1)}, wanted) == "1 tensors are unknown (first d)"
    assert stored.difference({**wanted, "a": torch.ones(3)}, wanted) == "a is (3,), not (2,)"


def test_a_network_is_filled_from_nothing_but_the_file() -> None:
    with torch.device("meta"):
        network = torch.nn.Linear(2, 1)
    stored.fill(network, {"weight": torch.ones(1, 2).half(), "bias": torch.ones(1)}, Path("x"))
    assert network(torch.ones(2)).item() == 3
    assert not network.training and not network.weight.requires_grad and network.weight.dtype == torch.float32
    with pytest.raises(EngineUnavailable, match="not numbers"):
        stored.fill(network, {"weight": torch.full((1, 2), torch.inf), "bias": torch.ones(1)}, Path("x"))
