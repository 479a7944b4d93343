"""MuseTalk paints the lower face and nothing else, frame for frame with the sound.

The networks are a few channels wide and random: what they paint is meaningless, where it is laid is not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio import weights
from studio.errors import AudioUnusable, Cancelled, EngineUnavailable, FaceNotFound, PhotoUnusable
from studio.head import faces, mesh
from studio.head.lipsync import MUSETALK, crop, jaw, load_musetalk, musetalk, whisper
from studio.head.lipsync.musetalk import MuseTalkEngine, MuseTalkOptions
from studio.types import F32, U8, AudioClip, FrameSource, frames_for

pytest.importorskip("transformers")

RATE = Fraction(25)
WIDTH = 16  # channels of a token
# The shape that MuseTalk 1.5 publishes in musetalk.json.
FULL = {
    "_class_name": "UNet2DConditionModel",
    "_diffusers_version": "0.6.0.dev0",
    "act_fn": "silu",
    "attention_head_dim": 8,
    "block_out_channels": [320, 640, 1280, 1280],
    "center_input_sample": False,
    "cross_attention_dim": 384,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "downsample_padding": 1,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "in_channels": 8,
    "layers_per_block": 2,
    "mid_block_scale_factor": 1,
    "norm_eps": 1e-05,
    "norm_num_groups": 32,
    "out_channels": 4,
    "sample_size": 64,
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
}
SMALL = {
    **FULL,
    "block_out_channels": [8, 16],
    "cross_attention_dim": WIDTH,
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "attention_head_dim": 2,
}


def unet_state(config: dict[str, Any] = SMALL) -> dict[str, torch.Tensor]:
    from diffusers import UNet2DConditionModel

    torch.manual_seed(3)
    network = UNet2DConditionModel.from_config(config)
    for name, value in network.named_parameters():
        if "attn2" in name and name.endswith("weight"):
            value.data *= 8  # so that the sound is seen in what it paints
    return dict(network.state_dict())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MuseTalk as its authors lay it out, a few channels wide."""
    from diffusers import AutoencoderKL
    from transformers import WhisperConfig, WhisperModel

    made = tmp_path_factory.mktemp("models") / "musetalk"
    torch.manual_seed(4)
    AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=256,
    ).save_pretrained(made / "sd-vae")
    ear = WhisperConfig(
        d_model=WIDTH,
        encoder_layers=4,
        encoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=16,
        vocab_size=20,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    WhisperModel(ear).save_pretrained(made / "whisper")
    (made / "musetalkV15").mkdir()
    (made / "musetalkV15" / "musetalk.json").write_text(json.dumps(SMALL))
    torch.save(unet_state(), made / "musetalkV15" / "unet.pth")
    return made


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A folder to change."""
    return shutil.copytree(folder, tmp_path / "musetalk")


@pytest.fixture(scope="module")
def engine(folder: Path) -> MuseTalkEngine:
    return musetalk.load(folder, device="cpu")


@pytest.fixture(scope="module")
def small(hopper_photo: U8) -> U8:
    """Half of each side, for speed."""
    return np.ascontiguousarray(hopper_photo[::2, ::2])


@pytest.fixture(scope="module")
def box(hopper_photo: U8) -> F32:
    """Of the face in `small`."""
    return np.array(faces.find(hopper_photo)[0].box, np.float32) / 2


@pytest.fixture(scope="module")
def points(small: U8, box: F32) -> F32:
    with jaw.mesher() as model:
        found = jaw.find(model, small, box)
    assert found is not None
    return found


def noise(seconds: float | Fraction, sample_rate: int = 16_000) -> AudioClip:
    samples = np.random.default_rng(8).normal(0, 0.1, (1, round(seconds * sample_rate)))
    return AudioClip(samples.astype(np.float32), sample_rate)


def clip_of(*images: U8, rate: Fraction = RATE) -> FrameSource:
    def frames() -> Iterator[U8]:
        return (image.copy() for image in images)

    return FrameSource(frames, len(images), rate, (images[0].shape[1], images[0].shape[0]))


def test_only_the_lower_face_changes(engine: MuseTalkEngine, small: U8, box: F32, points: F32) -> None:
    made = engine.sync(clip_of(*[small] * 3), noise(0.12), boxes=box)
    assert (made.num_frames, made.frame_rate, made.size) == (3, RATE, (256, 300))
    out = list(made.open())
    x0, y0, x1, y1 = jaw.square(points, MuseTalkOptions().chin_margin)
    for frame in out:
        assert frame.shape == small.shape and frame.dtype == np.uint8
        changed = np.argwhere((frame != small).any(axis=2))
        (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
        assert top >= (y0 + y1) / 2 - 1
        assert x0 - 1 <= left and right <= x1 + 1 and bottom <= y1 + 1
        # No rectangle: the lower corners of the square are not touched.
        third, quarter = round(y0 + (y1 - y0) * 0.9), round((x1 - x0) * 0.12)
        assert not (frame != small)[third:, : round(x0) + quarter].any()
        assert not (frame != small)[third:, round(x1) - quarter :].any()
        x, y = points[-len(jaw.LIPS) :].mean(axis=0).round().astype(int)
        assert np.abs(frame[y, x].astype(int) - small[y, x]).max() > 5
    assert any((frame != out[0]).any() for frame in out[1:])  # the sound changes, so does the mouth


def test_same_input_same_bytes(engine: MuseTalkEngine, small: U8, box: F32) -> None:
    made = engine.sync(clip_of(*[small] * 2), noise(0.08), boxes=box)
    again = engine.sync(clip_of(*[small] * 2), noise(0.08), boxes=box)
    first, second, other = (b"".join(f.tobytes() for f in one.open()) for one in (made, made, again))
    assert first == second == other


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(60)])
def test_as_many_frames_as_cover_the_sound(engine: MuseTalkEngine, small: U8, box: F32, rate: Fraction) -> None:
    sound = noise(Fraction("0.085"))
    made = engine.sync(clip_of(*[small] * 3, rate=rate), sound, boxes=box)
    assert len(list(made.open())) == made.num_frames == frames_for(sound.duration, rate)


def test_frames_without_a_face_and_silence_come_through(engine: MuseTalkEngine, small: U8, box: F32) -> None:
    boxes = np.stack([box, np.full(4, np.nan, np.float32), box])
    out = list(engine.sync(clip_of(*[small] * 3), noise(0.12), boxes=boxes).open())
    assert (out[0] != small).any() and (out[1] == small).all() and (out[2] != small).any()
    # A box in which the mesh sees no face is none.
    nobody = np.full_like(small, 90)
    out = list(engine.sync(clip_of(small, nobody, small), noise(0.12), boxes=box).open())
    assert (out[0] != small).any() and (out[1] == nobody).all() and (out[2] != small).any()

    quiet = AudioClip(np.zeros((1, 1920), np.float32), 16_000)
    assert all((frame == small).all() for frame in engine.sync(clip_of(*[small] * 3), quiet, boxes=box).open())
    talking = MuseTalkOptions(rest_in_silence=False)
    out = list(engine.sync(clip_of(*[small] * 3), quiet, boxes=box, options=talking).open())
    assert all((frame != small).any() for frame in out)


def test_the_network_sees_half_a_face_and_a_whole_one(
    engine: MuseTalkEngine, small: U8, box: F32, points: F32, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []
    hook = engine._vae.encoder.register_forward_pre_hook(lambda _, args: seen.append(args[0].clone()))
    asked: list[tuple[torch.Tensor, Any, torch.Tensor]] = []
    paint = engine._unet.forward

    def forward(sample: torch.Tensor, timestep: Any, encoder_hidden_states: torch.Tensor) -> Any:
        asked.append((sample, timestep, encoder_hidden_states))
        return paint(sample, timestep, encoder_hidden_states=encoder_hidden_states)

    monkeypatch.setattr(engine._unet, "forward", forward)
    square = jaw.square(points, MuseTalkOptions().chin_margin)
    face = crop.cut(small, square, 256).transpose(2, 0, 1) / np.float32(127.5) - 1
    list(engine.sync(clip_of(small), noise(0.04), boxes=box).open())
    masked, whole = (one[0].numpy() for one in seen)
    np.testing.assert_allclose(whole, face, atol=1e-5)
    np.testing.assert_allclose(masked[:, :128], face[:, :128], atol=1e-5)
    assert (masked[:, 128:] == -1).all()
    ((sample, timestep, tokens),) = asked
    assert sample.shape == (1, 8, 32, 32) and timestep == 0 and tokens.shape == (1, 50, WIDTH)

    seen.clear()
    other = np.ascontiguousarray(small[:, ::-1])
    turned = np.array([small.shape[1] - box[2], box[1], small.shape[1] - box[0], box[3]], np.float32)
    reference = (other, turned)
    out = list(engine.sync(clip_of(*[small] * 2), noise(0.08), boxes=box, reference=reference).open())
    hook.remove()
    assert len(out) == 2 and [len(one) for one in seen] == [1, 2]  # the reference once, then the masked faces
    with pytest.raises(FaceNotFound, match="how the person looks"):
        engine.sync(clip_of(small), noise(0.04), boxes=box, reference=(np.full_like(small, 90), box))


def test_a_black_and_white_portrait_stays_so(engine: MuseTalkEngine, small: U8, box: F32) -> None:
    grey = np.repeat(small.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    (frame,) = engine.sync(clip_of(grey), noise(0.04), boxes=box).open()
    assert (frame != grey).any()
    assert (frame == frame[..., :1]).all()


def test_a_network_that_gives_the_face_back_changes_nothing(
    engine: MuseTalkEngine, hopper_photo: U8, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_paint", lambda _tokens, own, _whole: np.stack(own).astype(np.float32))
    (frame,) = engine.sync(clip_of(hopper_photo), noise(0.04)).open()
    assert np.array_equal(frame, hopper_photo)


def test_what_cannot_be_done_is_said_at_once(engine: MuseTalkEngine, small: U8, box: F32) -> None:
    with pytest.raises(FaceNotFound, match="any of the 2 frames"):
        engine.sync(clip_of(*[small] * 2), noise(0.1), boxes=np.full((2, 4), np.nan, np.float32))
    with pytest.raises(PhotoUnusable, match="no picture"):
        engine.sync(FrameSource(lambda: iter(()), 0, RATE, (10, 10)), noise(0.1), boxes=box)
    with pytest.raises(AudioUnusable, match="no samples"):
        engine.sync(clip_of(small), AudioClip(np.zeros((1, 0), np.float32), 16_000), boxes=box)

    class Pressed:
        def is_set(self) -> bool:
            return True

    made = engine.sync(clip_of(small), noise(0.1), boxes=box, cancel=Pressed())
    with pytest.raises(Cancelled):
        next(iter(made.open()))


def test_the_largest_face_is_followed_without_boxes(engine: MuseTalkEngine, small: U8) -> None:
    empty = np.full_like(small, 90)
    out = list(engine.sync(clip_of(empty, small, small), noise(0.12)).open())
    assert (out[0] == empty).all() and (out[1] != small).any() and (out[2] != small).any()


def test_the_square_has_the_bridge_of_the_nose_in_its_middle(points: F32, hopper_photo: U8) -> None:
    x0, y0, _, y1 = jaw.square(points, 0)
    landmarks = faces.find(hopper_photo)[0].landmarks / 2
    assert (y0 + y1) / 2 == pytest.approx(landmarks[195, 1], abs=1)
    assert y1 == pytest.approx(landmarks[152, 1], abs=1)
    assert x0 == pytest.approx(landmarks[list(jaw.EARS_AND_CHIN), 0].min(), abs=2)
    assert jaw.square(points, 0.04)[3] == pytest.approx(y1 + 0.04 * (y1 - y0))


def test_the_shape_holds_the_lips_and_ends_at_the_jaw(points: F32) -> None:
    square = jaw.square(points, 0.04)
    mask = jaw.shape(points, square, 256)
    assert mask.shape == (256, 256) and mask.dtype == np.float32
    assert not mask[:128].any() and not mask[-1].any() and not mask[:, [0, -1]].any()
    lips = ((points[-len(jaw.LIPS) :] - square[:2]) * 256 / (square[2:] - square[:2])).astype(int)
    assert (mask[lips[:, 1], lips[:, 0]] == 1).all()
    assert np.abs(np.diff(mask, axis=0)).max() < 0.1 and np.abs(np.diff(mask, axis=1)).max() < 0.1  # no edge anywhere
    assert 0.15 < mask.mean() < 0.4


def test_points_are_steadied_within_a_shot() -> None:
    face = np.array([[0, 0], [100, 0], [100, 100], [0, 100]], np.float32)
    trembling = [face + np.float32((-1) ** i) for i in range(6)]
    elsewhere = [face + 500 for _ in range(2)]
    row = [*trembling, None, *elsewhere, face]
    out = list(jaw.steadied(enumerate(row), 2))
    assert [at for at, _ in out] == list(range(len(row)))
    made = [points for _, points in out]
    assert np.array_equal(made[0], trembling[0])  # nothing before it: nothing after it either
    np.testing.assert_allclose(made[1], np.mean(trembling[:3], axis=0), atol=1e-5)
    np.testing.assert_allclose(made[2], np.mean(trembling[:5], axis=0), atol=1e-5)
    np.testing.assert_allclose(made[3], np.mean(trembling[1:6], axis=0), atol=1e-5)
    assert np.array_equal(made[5], trembling[5]) and made[6] is None
    assert np.array_equal(made[7], elsewhere[0]) and np.array_equal(made[9], face)
    assert [points is not None for _, points in jaw.steadied(enumerate(row), 0)] == [one is not None for one in row]


@pytest.fixture(scope="module")
def ear(engine: MuseTalkEngine) -> whisper.Ear:
    return engine._ear


class Counter:
    """Stands for Whisper: says of each moment when it was, counted from the start of the sound."""

    tokens, width = 50, 1

    def __init__(self) -> None:
        self.segments: list[tuple[int, int]] = []

    def segment(self, samples: F32) -> F32:
        start = round(float(samples[0]))
        self.segments.append((start // whisper.STEP, len(samples)))
        moments = start // whisper.STEP + np.arange(whisper.SEGMENT, dtype=np.float32)
        return np.tile(moments[:, None, None], (1, 5, 1))


@pytest.mark.parametrize("rate", [RATE, Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60)])
@pytest.mark.parametrize("seconds", ["0.5", "30", "31", "95.3"])
def test_windows_lie_around_their_pictures(rate: Fraction, seconds: str) -> None:
    # Samples that carry their own number, so that no step of the sound may be taken for another.
    length = round(Fraction(seconds) * 16_000)
    sound = AudioClip(np.arange(length, dtype=np.float32)[None], 16_000)
    count = frames_for(sound.duration, rate)
    counter = Counter()
    found = list(whisper.Ear.windows(counter, sound, count, rate))  # type: ignore[arg-type]
    assert len(found) == count
    steps = length // whisper.STEP
    for index, window in enumerate(found):
        assert window.shape == (50, 1)
        first = int(index * 50 / rate) - 4
        wanted = [moment if 0 <= moment < steps else 0 for moment in range(first, first + 10)]
        assert window[::5, 0].tolist() == wanted
        assert (window.reshape(10, 5) == window[::5]).all()  # by moment, then by layer
    assert len(counter.segments) == max(1, -(-(steps - 100) // 1400))
    assert all(size <= 480_000 for _, size in counter.segments)
    if len(counter.segments) > 1:
        assert [start for start, _ in counter.segments] == [1400 * i for i in range(len(counter.segments))]


def test_every_layer_of_the_encoder_is_heard(ear: whisper.Ear) -> None:
    sound = noise(1)
    layers = ear.segment(sound.mono())
    assert layers.shape == (1500, 5, WIDTH)
    assert np.allclose(layers[:, -1].mean(axis=1), 0, atol=1e-4)  # the last one has been normalised
    assert not np.allclose(layers[:, 0].mean(axis=1), 0, atol=1e-4)
    (first, second) = list(ear.windows(sound, 25, RATE))[10:12]
    # From one picture to the next it is two steps of five layers.
    assert np.array_equal(first.reshape(10, 5, WIDTH)[2:], second.reshape(10, 5, WIDTH)[:-2])


def test_tokens_know_their_place() -> None:
    made = musetalk.positions(50, 384)
    assert made.shape == (50, 384)
    assert made[0, ::2].tolist() == [0] * 192 and made[0, 1::2].tolist() == [1] * 192
    assert made[7, 0] == pytest.approx(np.sin(7)) and made[7, 1] == pytest.approx(np.cos(7))
    assert made[49, 382] == pytest.approx(np.sin(49 / 10_000 ** (382 / 384)), abs=1e-6)


def test_the_full_network_has_musetalks_shape() -> None:
    from diffusers import UNet2DConditionModel

    with torch.device("meta"):
        network = UNet2DConditionModel.from_config(FULL)
    state = network.state_dict()
    assert len(state) == 686
    assert sum(tensor.numel() for tensor in state.values()) == 849_947_844
    assert state["conv_in.weight"].shape == (320, 8, 3, 3)
    heard = [tensor.shape for name, tensor in state.items() if name.endswith("attn2.to_k.weight")]
    assert len(heard) == 16 and all(shape[1] == 384 for shape in heard)


def wrapped(state: dict[str, torch.Tensor], path: Path) -> None:
    """As a training run leaves it."""
    torch.save({"state_dict": {f"module.unet.{name}": tensor for name, tensor in state.items()}, "epoch": 3}, path)


def halved(state: dict[str, torch.Tensor], path: Path) -> None:
    save_file({name: tensor.half() for name, tensor in state.items()}, path)


def older(state: dict[str, torch.Tensor], path: Path) -> None:
    torch.save(state, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize(
    ("write", "name"), [(wrapped, "unet.pth"), (halved, "unet.safetensors"), (older, "pytorch_model.bin")]
)
def test_every_wrapping_gives_the_same_network(write: Callable[..., None], name: str, copy: Path) -> None:
    shutil.rmtree(copy / "musetalkV15")
    (copy / "config.json").write_text(json.dumps(SMALL))
    state = unet_state()
    write(state, copy / name)
    loaded = load_musetalk(copy)._unet
    assert not loaded.training
    for key, tensor in loaded.state_dict().items():
        torch.testing.assert_close(tensor.float().cpu(), state[key], atol=2e-3, rtol=1e-3)


def web_page(folder: Path) -> None:
    (folder / "musetalkV15" / "unet.pth").write_bytes(b"<!DOCTYPE html>" + bytes(500_000))


def cut_off(folder: Path) -> None:
    file = folder / "musetalkV15" / "unet.pth"
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 3 // 4])


def of_stable_diffusion(folder: Path) -> None:
    torch.save(unet_state({**SMALL, "in_channels": 9}), folder / "musetalkV15" / "unet.pth")


def wav2lip(folder: Path) -> None:
    state = {"state_dict": {"module.face_encoder_blocks.0.0.conv_block.0.weight": torch.zeros(500_000)}}
    torch.save(state, folder / "musetalkV15" / "unet.pth")


def of_another_ear(folder: Path) -> None:
    config = {**SMALL, "cross_attention_dim": 24}
    (folder / "musetalkV15" / "musetalk.json").write_text(json.dumps(config))
    torch.save(unet_state(config), folder / "musetalkV15" / "unet.pth")


def no_settings(folder: Path) -> None:
    (folder / "musetalkV15" / "musetalk.json").write_text("<html>")


def deaf(folder: Path) -> None:
    file = folder / "whisper" / "model.safetensors"
    state = load_file(file)
    del state["encoder.conv1.weight"]
    save_file(state, file)


def blind(folder: Path) -> None:
    file = folder / "sd-vae" / "diffusion_pytorch_model.safetensors"
    state = load_file(file)
    del state["encoder.conv_in.weight"]
    save_file(state, file)


def forgotten(folder: Path) -> None:
    (folder / "whisper" / "config.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (web_page, r"unet\.pth is a web page"),
        (cut_off, r"unet\.pth (cannot be opened as weights|has .* MB)"),
        (of_stable_diffusion, r"conv_in\.weight is \(8, 9, 3, 3\), not \(8, 8, 3, 3\)"),
        (wav2lip, "holds Wav2Lip, not MuseTalk's UNet"),
        (of_another_ear, "hears 24; .* hears 16"),
        (no_settings, r"musetalk\.json does not describe MuseTalk's UNet"),
        (deaf, r"whisper/model\.safetensors does not hold the Whisper .* missing \(first conv1\.weight\)"),
        (blind, r"diffusion_pytorch_model\.safetensors lacks 1 tensors \(first encoder\.conv_in\.weight\)"),
        (forgotten, r"lacks whisper/config\.json\. By hand"),
    ],
)
def test_other_files_are_refused_by_name(spoil: Callable[[Path], None], words: str, copy: Path) -> None:
    spoil(copy)
    with pytest.raises(EngineUnavailable, match=words) as told:
        musetalk.load(copy, device="cpu")
    assert "\n" not in str(told.value)


def test_missing_weights_say_how_they_get_here() -> None:
    with pytest.raises(EngineUnavailable, match=r"musetalk are not here.*whisper-tiny.*studio weights add musetalk"):
        weights.path(*MUSETALK.weights)
    assert MUSETALK.commercial and MUSETALK.licence.startswith("MIT")


def test_the_outline_runs_from_ear_to_ear() -> None:
    assert jaw.OUTLINE[0] == 454 and jaw.OUTLINE[-1] == 234 and 152 in jaw.OUTLINE
    assert len(jaw.OUTLINE) == 21 and set(jaw.OUTLINE) <= set(mesh.OVAL)
