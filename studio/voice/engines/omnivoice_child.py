"""OmniVoice in its own environment: run by studio/voice/engines/isolated_child.py, where nothing of the studio is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

STEPS = 32  # the package's own


def load(folder: str) -> Callable[[dict[str, Any]], tuple[int, Sequence[float]]]:
    """The function that answers requests, with the weights of a folder. Nothing is fetched."""
    import torch
    from omnivoice import OmniVoice  # type: ignore[import-not-found]

    gpu = torch.cuda.is_available()
    model = OmniVoice.from_pretrained(
        folder, device_map="cuda:0" if gpu else "cpu", dtype=torch.float16 if gpu else torch.float32
    )
    sample_rate = int(getattr(model, "sampling_rate", 0) or 24_000)

    def speak(request: dict[str, Any]) -> tuple[int, Sequence[float]]:
        torch.manual_seed(request["seed"])
        made = model.generate(
            text=request["text"],
            language=request["language"],
            ref_audio=request["reference"],
            ref_text=request["transcript"],
            speed=request["speed"],
            num_step=STEPS,
        )
        return sample_rate, [float(sample) for sample in made[0].reshape(-1)]

    return speak
