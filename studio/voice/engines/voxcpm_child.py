"""VoxCPM2 in its own environment: run by studio/voice/engines/isolated_child.py, where nothing of the studio is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

GUIDANCE, STEPS = 2.0, 10  # of the published examples


def load(folder: str) -> Callable[[dict[str, Any]], tuple[int, Sequence[float]]]:
    """The function that answers requests, with the weights of a folder. Nothing is fetched.

    Raises:
        RuntimeError: the torch of this environment finds no GPU.
    """
    import torch
    from voxcpm import VoxCPM  # type: ignore[import-not-found]

    # The package would go on without one, and need minutes for a word.
    if not torch.cuda.is_available():
        raise RuntimeError("the torch of its environment finds no GPU")
    # A folder that is there is read as it is. Its denoiser is another download: recordings are cleaned before.
    model = VoxCPM.from_pretrained(folder, load_denoiser=False, local_files_only=True, optimize=False)
    sample_rate = int(model.tts_model.sample_rate)

    def speak(request: dict[str, Any]) -> tuple[int, Sequence[float]]:
        file, transcript = request["reference"], request["transcript"]
        known = {"prompt_wav_path": file, "prompt_text": transcript} if transcript else {}
        torch.manual_seed(request["seed"])
        made = model.generate(
            text=request["text"],
            reference_wav_path=file,
            cfg_value=GUIDANCE,
            inference_timesteps=STEPS,
            normalize=False,
            denoise=False,
            **known,
        )
        return sample_rate, [float(sample) for sample in made.reshape(-1)]

    return speak
