"""Packages that are not here, in the shape that they have: same classes, same arguments, same answers, no network.

Written after the public interfaces of sherpa-onnx (python/csrc/offline-tts.cc and its model configurations) and of
voxcpm (core.py). An argument that the real thing does not have is an error here too. What runs in an environment of its
own gets a real one, with a package of that shape in it.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import textwrap
import types
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.media.audio import resample
from studio.types import F32, AudioClip
from studio.voice import engines
from studio.voice.engines import Reference, isolated

LINE = "She kept every letter."
WORDS = "The sun was high above the water."


def said(text: str, language: str = "en", rate: int = 24_000) -> F32:
    """Real speech for the fakes to answer with, float32 (T,)."""
    clip = engines.load("espeak").speak(text, language, base="f3").audio
    return resample(clip, rate).mono()


@pytest.fixture(scope="session")
def spoken_line() -> F32:
    """LINE, float32 (T,) at 24 kHz."""
    return said(LINE)


@pytest.fixture(scope="session")
def reference() -> Reference:
    """4 s of a voice, silence around it, with its words."""
    samples = said(WORDS + " A young girl thought about her house.", rate=22_050)
    quiet = np.zeros(22_050, np.float32)
    clip = AudioClip(np.concatenate([quiet, samples, quiet])[None], 22_050)
    assert clip.duration < 15
    return Reference(clip, "en", WORDS + " A young girl thought about her house.")


@dataclass
class Asked:
    """What a fake was asked, in order, and what it answers with."""

    samples: Any
    calls: list[Any] = field(default_factory=list)
    valid: bool = True


@pytest.fixture
def sherpa_onnx(monkeypatch: pytest.MonkeyPatch, spoken_line: F32) -> Asked:
    """A module like sherpa_onnx 2."""
    asked = Asked(spoken_line.tolist())
    module = types.ModuleType("sherpa_onnx")

    class GenerationConfig:
        __slots__ = (
            "extra",
            "num_steps",
            "reference_audio",
            "reference_sample_rate",
            "reference_text",
            "sid",
            "silence_scale",
            "speed",
        )

        def __init__(self) -> None:
            self.silence_scale, self.speed, self.sid, self.num_steps = 0.2, 1.0, 0, 5
            self.reference_audio, self.reference_sample_rate, self.reference_text, self.extra = [], 0, "", {}

    @dataclass
    class OfflineTtsZipvoiceModelConfig:
        tokens: str
        encoder: str
        decoder: str
        vocoder: str
        data_dir: str = ""
        lexicon: str = ""
        feat_scale: float = 0.1
        t_shift: float = 0.5
        target_rms: float = 0.1
        guidance_scale: float = 1.0

    @dataclass
    class OfflineTtsPocketModelConfig:
        lm_flow: str
        lm_main: str
        encoder: str
        decoder: str
        text_conditioner: str
        vocab_json: str
        token_scores_json: str
        voice_embedding_cache_capacity: int = 50

    @dataclass
    class OfflineTtsModelConfig:
        zipvoice: Any = None
        pocket: Any = None
        num_threads: int = 1
        debug: bool = False
        provider: str = "cpu"

    @dataclass
    class OfflineTtsConfig:
        model: Any
        rule_fsts: str = ""
        rule_fars: str = ""
        max_num_sentences: int = 1
        silence_scale: float = 0.2

        def validate(self) -> bool:
            model = self.model.zipvoice or self.model.pocket
            named = [value for value in vars(model).values() if isinstance(value, str) and value]
            return asked.valid and all(Path(value).exists() for value in named)

    class OfflineTts:
        sample_rate = 24_000

        def __init__(self, config: Any) -> None:
            assert config.validate()
            self.config = config

        def generate(self, text: str, config: Any, callback: Any = None) -> Any:
            # The real one takes a vector of floats and maps of strings; anything else is a TypeError there.
            assert np.asarray(config.reference_audio).dtype == np.float32
            assert all(isinstance(value, str) for pair in config.extra.items() for value in pair)
            asked.calls.append((text, config))
            made = types.SimpleNamespace(samples=asked.samples, sample_rate=24_000 if asked.samples else 0)
            return made

    for kind in (
        GenerationConfig,
        OfflineTts,
        OfflineTtsConfig,
        OfflineTtsModelConfig,
        OfflineTtsPocketModelConfig,
        OfflineTtsZipvoiceModelConfig,
    ):
        setattr(module, kind.__name__, kind)
    module.__spec__ = types.SimpleNamespace(name="sherpa_onnx")  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "sherpa_onnx", module)
    return asked


# What stands in for its packages: numpy is the real one.
TORCH = """
    import json
    from pathlib import Path
    from types import SimpleNamespace

    seeds = []
    manual_seed = seeds.append
    cuda = SimpleNamespace(is_available=lambda: json.loads(Path(__file__).with_name("gpu.json").read_text()))
"""
VOXCPM = """
    import json
    from pathlib import Path
    from types import SimpleNamespace

    import numpy
    import torch

    HERE = Path(__file__).parent

    class VoxCPM:
        def __init__(self, folder):
            architecture = json.loads((Path(folder) / "config.json").read_text())["architecture"]
            if architecture != "voxcpm2":
                raise ValueError(f"Unsupported architecture: {architecture}\\nmore")
            self.tts_model = SimpleNamespace(sample_rate=48_000)

        @classmethod
        def from_pretrained(
            cls,
            hf_model_id="openbmb/VoxCPM2",
            load_denoiser=True,
            zipenhancer_model_id="iic/speech_zipenhancer_ans_multiloss_16k_base",
            cache_dir=None,
            local_files_only=False,
            optimize=True,
        ):
            assert Path(hf_model_id).is_dir(), "a name that is no folder would be fetched"
            assert local_files_only and not load_denoiser
            return cls(hf_model_id)

        def generate(
            self,
            text,
            prompt_wav_path=None,
            prompt_text=None,
            reference_wav_path=None,
            cfg_value=2.0,
            inference_timesteps=10,
            min_len=2,
            max_len=4096,
            normalize=False,
            denoise=False,
            retry_badcase=True,
            retry_badcase_max_times=3,
            retry_badcase_ratio_threshold=6.0,
        ):
            if (prompt_wav_path is None) != (prompt_text is None):
                raise ValueError("prompt_wav_path and prompt_text must both be provided or both be None")
            assert Path(reference_wav_path).read_bytes()[:4] == b"RIFF"
            assert prompt_wav_path in (None, reference_wav_path)
            if "memory" in text:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB.\\nSee documentation")
            with open(HERE / "asked.jsonl", "a") as asked:
                asked.write(json.dumps([text, prompt_text, reference_wav_path, torch.seeds[-1]]) + "\\n")
            return numpy.load(HERE / "line.npy")
"""


@dataclass(frozen=True)
class Packages:
    """The packages of a Python environment of its own."""

    folder: Path

    def gpu(self, there: bool) -> None:
        """Say whether its torch finds a GPU."""
        (self.folder / "gpu.json").write_text(json.dumps(there))

    @property
    def calls(self) -> list[list[Any]]:
        """Text, words of the recording, its file and the seed of each line, in order."""
        return [json.loads(line) for line in (self.folder / "asked.jsonl").read_text().splitlines()]


@pytest.fixture
def voxcpm(weights_folder: Path, spoken_line: F32) -> Packages:
    """The environment of voxcpm: a Python with a package like voxcpm 2, and weights that it accepts."""
    environment = isolated.environment("voxcpm")
    venv.create(environment, symlinks=os.name != "nt")
    inside = {"base": str(environment), "platbase": str(environment)}
    packages = Packages(Path(sysconfig.get_path("purelib", scheme="venv", vars=inside)))
    (packages.folder / "numpy.pth").write_text(str(Path(np.__file__).parents[1]))
    for name, code in (("torch", TORCH), ("voxcpm", VOXCPM)):
        (packages.folder / f"{name}.py").write_text(textwrap.dedent(code))
    np.save(packages.folder / "line.npy", resample(AudioClip(spoken_line[None], 24_000), 48_000).mono())
    packages.gpu(True)
    (weights_folder / "VoxCPM2" / "config.json").write_text('{"architecture": "voxcpm2"}')
    return packages


def brought(folder: Path, name: str) -> Path:
    """A folder with a file for everything that a set of weights holds."""
    from studio import weights

    known = weights.record(name)
    if not known.holds:
        (folder / known.file).parent.mkdir(parents=True, exist_ok=True)
        (folder / known.file).write_bytes(b"weights")
        return folder / known.file
    for names in known.holds:
        file = folder / known.file / names[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(names[0].encode())
    return folder / known.file


@pytest.fixture
def weights_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the user names, with tiny stand-ins for all weights of voice engines."""
    from dataclasses import replace

    from studio import weights

    folder = tmp_path / "weights"
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(folder))
    # No 54 MB for a test: any file may be the vocoder here.
    monkeypatch.setitem(weights.FETCHED, "vocos", replace(weights.FETCHED["vocos"], sha256=(), size=weights.ANY_SIZE))
    for name in ("zipvoice", "vocos", "pocket", "voxcpm2", "omnivoice"):
        brought(folder, name)
    return folder
