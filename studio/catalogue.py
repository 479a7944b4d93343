"""What weights there are: from whom, under which licence, and how each file is known to be the right one."""

from __future__ import annotations

from dataclasses import dataclass

ANY_SIZE = (1, 1 << 40)

_FACE_ALIGNMENT = "BSD-3-Clause by their author; trained on pictures (WIDER FACE, 300W-LP) that are for research only"
_INSIGHTFACE = "non-commercial research only (the code is MIT)"
_WAV2LIP = "research, academic and personal use only (trained on LRS2)"
_OPENRAIL = "CreativeML OpenRAIL-M: commercial use is allowed, harmful uses that it lists are not"
_MUSETALK = "MIT, for any purpose (the image autoencoder MIT, Whisper Apache-2.0)"
_EMILIA = "trained on Emilia, which is CC BY-NC 4.0: whether that binds is unclear"
_FFHQ = "trained on FFHQ, which is CC BY-NC-SA 4.0: whether that binds is unclear"
_SHERPA = "https://github.com/k2-fsa/sherpa-onnx/releases/download"
_PYTHON_FAN = "https://www.adrianbulat.com/downloads/python-fan"
_MODEL_ZOO = "https://github.com/deepinsight/insightface/releases/download/v0.7"


@dataclass(frozen=True)
class Part:
    """One file of a set."""

    file: str
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Weights:
    """What is known of one set of weights."""

    file: str
    """Name of the file; of a set, the name of its folder."""
    licence: str
    """Of the weights, data included."""
    commercial: bool = True
    """May films made with them be used commercially?"""
    url: str = ""
    """Where they are fetched; "" where they ship with the studio or have no lasting address."""
    sha256: tuple[str, ...] = ()
    """Of the file at `url`: any of these. Empty where none is published: then the first one used is remembered."""
    size: tuple[int, int] = ANY_SIZE
    """Bytes of the file at `url`, the least and the most it may have."""
    also: tuple[str, ...] = ()
    """Other names the same weights go by."""
    parts: tuple[Part, ...] = ()
    """Of a set: the files that are used; `url`, `sha256` and `size` are of the .zip that brings them."""
    holds: tuple[tuple[str, ...], ...] = ()
    """Of a set that is brought by hand as a folder, or where there is a `url`, as the .tar.bz2 there: each file in it,
    under any of these names. No digests are published for them; the first ones used are remembered."""
    open: bool = False
    """True where other files than those of `sha256` may serve too: checkpoints that people convert and train."""
    by_hand: str = ""
    """Where a person gets them, where there is no `url`."""


def _diffusers(folder: str) -> tuple[str, ...]:
    """The names under which diffusers keeps one network."""
    kinds = ("safetensors", "fp16.safetensors", "bin", "fp16.bin")
    return tuple(f"{folder}/diffusion_pytorch_model.{kind}" for kind in kinds)


SHIPPED: dict[str, Weights] = {
    "shapes": Weights("shapes.safetensors", "CC BY 4.0; models/shapes.md names the sources"),
    "likeness": Weights("likeness.safetensors", "CC BY 4.0; models/likeness.md names the sources"),
    "hearing": Weights("hearing.safetensors", "Apache-2.0; models/hearing.md names the sources"),
    "voice-en": Weights("voice-en.safetensors", "Apache-2.0; models/voice-en.md names the sources"),
    "voice-zh": Weights("voice-zh.safetensors", "CC BY-SA 4.0; models/voice-zh.md names the sources and the credit"),
    "cleaner": Weights("cleaner.safetensors", "CC BY-SA 4.0; models/cleaner.md names the sources and the credit"),
    "mouth": Weights("mouth.safetensors", "CC BY 4.0; models/mouth.md names the sources"),
    "refiner": Weights("refiner.safetensors", "CC BY 4.0; models/refiner.md names the sources"),
}

# Digests and byte counts are those that several projects which pin these files publish, each by itself; the first
# digits of face-alignment's are part of the file names too. No file was at hand to compare when this was written.
FETCHED: dict[str, Weights] = {
    "s3fd": Weights(
        "s3fd-619a316812.pth",
        _FACE_ALIGNMENT,
        commercial=False,
        url=f"{_PYTHON_FAN}/s3fd-619a316812.pth",
        sha256=("619a31681264d3f7f7fc7a16a42cbbe8b23f31a256f75a366e5a1bcd59b33543",),
        size=(89_843_225, 89_843_225),
        also=("s3fd.pth",),
    ),
    "2dfan4": Weights(
        "2DFAN4-11f355bf06.pth.tar",
        _FACE_ALIGNMENT,
        commercial=False,
        url=f"{_PYTHON_FAN}/2DFAN4-11f355bf06.pth.tar",
        sha256=("11f355bf0693120222f5955ce3f9dc8fb5763ebb30a47d7906e509490d32e4aa",),
        size=(90_000_000, 102_000_000),
    ),
    "buffalo_l": Weights(
        "buffalo_l",
        _INSIGHTFACE,
        commercial=False,
        url=f"{_MODEL_ZOO}/buffalo_l.zip",
        sha256=("80ffe37d8a5940d59a7384c201a2a38d4741f2f3c51eef46ebb28218a7b0ca2f",),
        size=(288_621_354, 288_621_354),
        parts=(
            Part("det_10g.onnx", "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91", 16_923_827),
            Part("2d106det.onnx", "f001b856447c413801ef5c42091ed0cd516fcd21f2d6b79635b1e733a7109dbf", 5_030_888),
            Part("w600k_r50.onnx", "4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43", 174_383_860),
        ),
    ),
    "buffalo_s": Weights(
        "buffalo_s",
        _INSIGHTFACE,
        commercial=False,
        url=f"{_MODEL_ZOO}/buffalo_s.zip",
        sha256=("d85a87f503f691807cd8bb97128bdf7a0660326cd9cd02657127fa978bab8b5e",),
        size=(127_607_557, 127_607_557),
        parts=(
            Part("det_500m.onnx", "5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a", 2_524_817),
            Part("2d106det.onnx", "f001b856447c413801ef5c42091ed0cd516fcd21f2d6b79635b1e733a7109dbf", 5_030_888),
            Part("w600k_mbf.onnx", "9cc6e4a75f0e2bf0b1aed94578f144d15175f357bdc05e815e5c4a02b319eb4f", 13_616_099),
        ),
    ),
    # The authors' links move, so there is no address to build on. Both the old checkpoints (with the optimiser's state,
    # 436 MB) and today's TorchScript files (146 MB) are about, and converted ones of either.
    "wav2lip": Weights(
        "wav2lip.pth",
        _WAV2LIP,
        commercial=False,
        sha256=("b78b681b68ad9fe6c6fb1debc6ff43ad05834a8af8a62ffc4167b7b34ef63c37",),
        size=(70_000_000, 500_000_000),
        also=("Wav2Lip-SD-NOGAN.pt", "wav2lip.safetensors"),
        open=True,
        by_hand="the README of github.com/Rudrabha/Wav2Lip links to Wav2Lip-SD-NOGAN.pt",
    ),
    "wav2lip-gan": Weights(
        "wav2lip_gan.pth",
        _WAV2LIP,
        commercial=False,
        sha256=(
            "180cfd49d31d47f195d5bfc62830ffe2c40724b7bbbce6faadc73ac6ab1a3b8e",
            "ca9ab7b7b812c0e80a6e70a5977c545a1e8a365a6c49d5e533023c034d7ac3d8",
        ),
        size=(70_000_000, 500_000_000),
        also=("Wav2Lip-SD-GAN.pt", "wav2lip_gan.safetensors"),
        open=True,
        by_hand="the README of github.com/Rudrabha/Wav2Lip links to Wav2Lip-SD-GAN.pt",
    ),
    "musetalk": Weights(
        "musetalk",
        _MUSETALK,
        # The first names are those of the authors' own folder of models, which may be used as it is.
        holds=(
            ("musetalkV15/musetalk.json", "musetalk.json", "config.json"),
            ("musetalkV15/unet.pth", "unet.pth", "unet.safetensors", "pytorch_model.bin", "model.safetensors"),
            ("sd-vae/config.json", "sd-vae-ft-mse/config.json", "vae/config.json"),
            tuple(
                f"{folder}/diffusion_pytorch_model.{kind}"
                for folder in ("sd-vae", "sd-vae-ft-mse", "vae")
                for kind in ("safetensors", "bin")
            ),
            ("whisper/config.json",),
            ("whisper/model.safetensors", "whisper/pytorch_model.bin"),
        ),
        by_hand="bring musetalkV15/musetalk.json and musetalkV15/unet.pth from huggingface.co/TMElyralab/MuseTalk, "
        "config.json and diffusion_pytorch_model.safetensors from huggingface.co/stabilityai/sd-vae-ft-mse as sd-vae/, "
        "config.json and model.safetensors from huggingface.co/openai/whisper-tiny as whisper/, all in one folder",
    ),
    "sd-inpaint": Weights(
        "sd-inpaint",
        _OPENRAIL,
        holds=(
            ("unet/config.json",),
            _diffusers("unet"),
            ("vae/config.json",),
            _diffusers("vae"),
            ("text_encoder/config.json",),
            (
                "text_encoder/model.safetensors",
                "text_encoder/model.fp16.safetensors",
                "text_encoder/pytorch_model.bin",
                "text_encoder/pytorch_model.fp16.bin",
            ),
            ("tokenizer/vocab.json", "tokenizer/tokenizer.json"),
            ("scheduler/scheduler_config.json",),
        ),
        by_hand="bring unet/, vae/, text_encoder/, tokenizer/ and scheduler/ of a Stable Diffusion 1.5 in diffusers' "
        "layout, best huggingface.co/stable-diffusion-v1-5/stable-diffusion-inpainting, in one folder",
    ),
    "lcm-lora": Weights(
        "lcm-lora-sdv1-5.safetensors",
        "OpenRAIL++: commercial use is allowed, harmful uses that it lists are not",
        size=(1_000_000, 500_000_000),
        also=("pytorch_lora_weights.safetensors",),
        open=True,
        by_hand="pytorch_lora_weights.safetensors from huggingface.co/latent-consistency/lcm-lora-sdv1-5",
    ),
    "zipvoice": Weights(
        "zipvoice-distill-int8",
        f"Apache-2.0, {_EMILIA}; espeak-ng's dictionaries in it are GPL-3.0",
        commercial=False,
        url=f"{_SHERPA}/tts-models/sherpa-onnx-zipvoice-distill-int8-zh-en-emilia.tar.bz2",
        sha256=("77219c8b40f4ee8d73a7f902305ff6c1128ef9b54461c41b4ca6ed890b6c2803",),
        size=(109_162_785, 109_162_785),
        also=("sherpa-onnx-zipvoice-distill-int8-zh-en-emilia",),
        holds=(
            ("encoder.int8.onnx",),
            ("decoder.int8.onnx",),
            ("tokens.txt",),
            ("lexicon.txt",),
            *((f"espeak-ng-data/{part}",) for part in ("phontab", "phonindex", "phondata", "intonations")),
        ),
    ),
    "vocos": Weights(
        "vocos_24khz.onnx",
        "MIT",
        url=f"{_SHERPA}/vocoder-models/vocos_24khz.onnx",
        sha256=("bcb3b970e384161c4d634f0bb9e999ff1c471b34c9bc0b1049a5014065ed3cc0",),
        size=(54_157_409, 54_157_409),
    ),
    "pocket": Weights(
        "pocket-tts-int8",
        "CC BY 4.0 by Kyutai, with the agreement of whom it imitates; this conversion's notice says non-commercial",
        commercial=False,
        url=f"{_SHERPA}/tts-models/sherpa-onnx-pocket-tts-int8-2026-01-26.tar.bz2",
        sha256=("2f3b88823cbbb9bf0b2477ec8ae7b3fec417b3a87b6bb5f256dba66f2ad967cb",),
        size=(80_000_000, 120_000_000),
        also=("sherpa-onnx-pocket-tts-int8-2026-01-26",),
        holds=(
            ("lm_flow.int8.onnx",),
            ("lm_main.int8.onnx",),
            ("encoder.onnx",),
            ("decoder.int8.onnx",),
            ("text_conditioner.onnx",),
            ("vocab.json",),
            ("token_scores.json",),
        ),
    ),
    "voxcpm2": Weights(
        "VoxCPM2",
        "Apache-2.0",
        holds=(
            ("config.json",),
            ("model.safetensors",),
            ("audiovae.safetensors", "audiovae.pth"),
            ("tokenizer.json",),
            ("tokenizer_config.json",),
        ),
        by_hand="bring config.json, model.safetensors, audiovae.pth, tokenizer.json, tokenizer_config.json and "
        "special_tokens_map.json from huggingface.co/openbmb/VoxCPM2, all in one folder",
    ),
    "omnivoice": Weights(
        "OmniVoice",
        f"Apache-2.0 by its card, {_EMILIA}; the audio tokenizer has a licence of its own",
        commercial=False,
        holds=(
            ("config.json",),
            ("model.safetensors",),
            ("tokenizer.json",),
            ("audio_tokenizer/config.json",),
            ("audio_tokenizer/model.safetensors",),
            ("audio_tokenizer/preprocessor_config.json",),
        ),
        by_hand="bring config.json, model.safetensors, tokenizer.json, tokenizer_config.json and the folder "
        "audio_tokenizer from huggingface.co/k2-fsa/OmniVoice, all in one folder",
    ),
    # Passed around under many names, converted by many hands: none has published a digest to build on.
    "gfpgan": Weights(
        "GFPGANv1.4.onnx",
        f"Apache-2.0 by its authors, {_FFHQ}",
        commercial=False,
        size=(100_000_000, 800_000_000),
        also=("gfpgan_1.4.onnx", "gfpgan-v1.4.onnx", "GFPGANv1.3.onnx", "gfpgan.pt"),
        open=True,
        by_hand="GFPGANv1.4.pth of github.com/TencentARC/GFPGAN, turned into ONNX or TorchScript "
        "(github.com/xuanandsix/GFPGAN-onnxruntime-demo shows how)",
    ),
    "restoreformer": Weights(
        "restoreformer_plus_plus.onnx",
        f"Apache-2.0 by its authors, {_FFHQ}",
        commercial=False,
        size=(100_000_000, 800_000_000),
        also=("RestoreFormer++.onnx", "restoreformer.onnx", "restoreformer.pt"),
        open=True,
        by_hand="RestoreFormer++ of github.com/wzhouxiff/RestoreFormerPlusPlus, turned into ONNX or TorchScript",
    ),
    "ddcolor": Weights(
        "ddcolor.onnx",
        "Apache-2.0 by its authors, trained on ImageNet's pictures: whether their terms bind is unclear",
        commercial=False,
        size=(50_000_000, 1_500_000_000),
        also=("ddcolor_artistic.onnx", "ddcolor_paper_tiny.onnx", "ddcolor.pt"),
        open=True,
        by_hand="a model of github.com/piddnad/DDColor, turned into ONNX by its own script for that",
    ),
}
