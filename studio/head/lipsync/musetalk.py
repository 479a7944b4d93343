"""The lipsync stage by MuseTalk 1.5: the lower face of every frame painted in one step, in the space of an autoencoder.

After Zhang et al. 2024, "MuseTalk: Real-Time High-Fidelity Video Dubbing via Spatio-Temporal Sampling"
(arXiv:2410.10122): a UNet of Stable Diffusion's shape gets the latents of the face without its lower half and of a
whole face of the same person, hears Whisper's encoder, and answers with the latents of the face that says it. No noise,
no schedule: one pass. Made of nothing but the classes of diffusers and transformers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio import weights
from studio.errors import Cancelled, EngineUnavailable, FaceNotFound, PhotoUnusable
from studio.head import stored
from studio.head.lipsync import MUSETALK, crop, jaw, mel, silence, whisper
from studio.head.lipsync import boxes as faces_in
from studio.head.lipsync.clip import lengthened
from studio.types import F32, U8, AudioClip, Cancel, FrameSource, frames_for

WEIGHTS = "musetalk"
WHERE = "MuseTalk's files lie at huggingface.co/TMElyralab/MuseTalk (musetalkV15)"
FACE_SIZE = 256  # px, side of the face that the network sees and paints
PREFIXES = ("module.", "unet.", "module.")
# A tensor that only one other network has, and its name.
MARKS = {
    "face_encoder_blocks.0.0.conv_block.0.weight": "Wav2Lip",
    "decoder.conv_in.weight": "an image autoencoder",
    "model.encoder.conv1.weight": "Whisper",
    "down_blocks.0.motion_modules.0.temporal_transformer.norm.weight": "LatentSync",
}
STOPPED = "Stopped. Finished takes are kept in the cache."


@dataclass(frozen=True)
class MuseTalkOptions:
    """How the network is used."""

    chin_margin: float = 0.04
    """How far the square goes on below the chin, a share of its height. The published inference takes 10 px whatever
    the size of the face; this is that much of a face as large as the network's own."""
    smoothing: int = faces_in.SMOOTHING
    """Frames to each side over which the jaw is averaged; 0 for none."""
    rest_in_silence: bool = True
    """Show the clip's own mouth where nothing is said. Right for portraits, whose own mouth rests; not for a clip in
    which the person speaks other words."""
    batch: int = 4
    """Pictures painted at a time; as many frames are held in memory."""


@dataclass(frozen=True, eq=False)
class _Frame:
    """One frame on its way to the network."""

    image: U8
    points: F32 | None
    """Of `jaw.find`; None where there is no face."""
    tokens: F32
    """float32 (tokens, width)."""
    weight: float
    """0 … 1 of the painted mouth."""

    @property
    def spoken(self) -> bool:
        """Is there a mouth to paint?"""
        return self.weight > 0 and self.points is not None


class MuseTalkEngine:
    """MuseTalk, loaded. Same input, same machine, same bytes."""

    name = "musetalk"

    def __init__(self, unet: Any, vae: Any, ear: whisper.Ear) -> None:
        """Make the networks ready.

        Args:
            unet: a `UNet2DConditionModel` of twice as many input channels as the latents have.
            vae: an `AutoencoderKL`, on the same device and of the same precision.

        Raises:
            EngineUnavailable: they do not belong together; the text says which.
        """
        latents = vae.config.latent_channels
        found = (unet.config.in_channels, unet.config.out_channels, unet.config.cross_attention_dim)
        if found != (2 * latents, latents, ear.width):
            raise EngineUnavailable(
                f"This UNet takes {found[0]} channels, gives {found[1]} and hears {found[2]}; with these latents and "
                f"this Whisper MuseTalk's takes {2 * latents}, gives {latents} and hears {ear.width}. {WHERE}."
            )
        self._unet, self._vae, self._ear = unet, vae, ear
        self._device, self._dtype = unet.device, unet.dtype
        self._places = torch.from_numpy(positions(ear.tokens, ear.width)).to(self._device, self._dtype)

    def sync(
        self,
        frames: FrameSource,
        audio: AudioClip,
        *,
        boxes: F32 | None = None,
        reference: tuple[U8, F32] | None = None,
        options: MuseTalkOptions | None = None,
        cancel: Cancel | None = None,
    ) -> FrameSource:
        """The same clip, saying what is heard; as many frames as cover the sound.

        A longer clip is cut; a shorter one goes on with its last second played backwards and forwards. Frames without
        a face, and with `rest_in_silence` those without speech, come through untouched; in the others nothing but the
        lower face changes. The face is looked for at once, the frames are made when the result is read.

        Args:
            frames: an animated portrait, a still picture repeated, or an existing clip.
            boxes: of the face that speaks: float32 (N, 4) x0 y0 x1 y1 px from forehead to chin, NaN where it is not
                seen, or (4,) for a face that stays in its place. The largest face is followed where None.
            reference: another picture of the same person, RGB uint8 (H, W, 3), and the box of the face in it; best
                with the teeth in sight and the head held alike. Without it every frame is its own, as published: then
                the mouth of the clip leaks a little into the new one.
            cancel: asked between frames, also while the result is read.

        Raises:
            FaceNotFound: there is no face in any frame, or none in the reference.
            PhotoUnusable: there is no frame.
            AudioUnusable: there is no sample in the sound.
            Cancelled: the user stopped the work.
        """
        options = options or MuseTalkOptions()
        if frames.num_frames < 1:
            raise PhotoUnusable("There is no picture in the clip that shall speak. Choose another one.")
        count = frames_for(audio.duration, frames.frame_rate)
        mel.heard(audio)  # what cannot be heard is refused here, not when the frames are read
        found = faces_in.spoken(frames, boxes, cancel)
        whole = None if reference is None else self._reference(reference, options)
        shares = (
            silence.speaking(audio, count, frames.frame_rate) if options.rest_in_silence else np.ones(count, np.float32)
        )

        def made() -> Iterator[U8]:
            waiting: list[_Frame] = []
            seen = jaw.steadied(_seen(lengthened(frames, count), found), options.smoothing)
            heard = self._ear.windows(audio, count, frames.frame_rate)
            for (image, points), tokens, share in zip(seen, heard, shares, strict=True):
                if cancel is not None and cancel.is_set():
                    raise Cancelled(STOPPED)
                waiting.append(_Frame(image, points, tokens, float(share)))
                if len(waiting) >= options.batch:
                    yield from self._finish(waiting, whole, options)
                    waiting = []
            yield from self._finish(waiting, whole, options)

        return FrameSource(made, count, frames.frame_rate, frames.size)

    def _reference(self, reference: tuple[U8, F32], options: MuseTalkOptions) -> torch.Tensor:
        """Latents (1, C, h, w) of the whole face in another picture."""
        image, box = reference
        with jaw.mesher() as model:
            points = jaw.find(model, image, np.asarray(box, np.float32))
        if points is None:
            raise FaceNotFound(
                "No face was found where it should be in the picture that shows how the person looks. "
                "Use one that shows them from the front."
            )
        face = crop.cut(image, jaw.square(points, options.chin_margin), FACE_SIZE)
        with torch.inference_mode():
            return self._latents(face[None])

    def _finish(self, waiting: Sequence[_Frame], whole: torch.Tensor | None, options: MuseTalkOptions) -> Iterator[U8]:
        """The frames as they are shown."""
        spoken = [(one, one.points) for one in waiting if one.spoken and one.points is not None]
        squares = [jaw.square(points, options.chin_margin) for _, points in spoken]
        own = [crop.cut(one.image, box, FACE_SIZE) for (one, _), box in zip(spoken, squares, strict=True)]
        painted = self._paint([one.tokens for one, _ in spoken], own, whole)
        faces = zip(spoken, squares, own, painted, strict=True)
        for one in waiting:
            if one.spoken:
                (_, points), box, face, new = next(faces)
                yield crop.lay(one.image, new, face, box, jaw.shape(points, box, FACE_SIZE), one.weight)
            else:
                yield one.image

    def _paint(self, tokens: Sequence[F32], own: Sequence[U8], whole: torch.Tensor | None) -> F32:
        """The network's faces: RGB, float32 (B, 256, 256, 3), 0 … 255."""
        if not own:
            return np.empty((0, FACE_SIZE, FACE_SIZE, 3), np.float32)
        seen = np.stack(own)
        halves = seen.copy()
        halves[:, FACE_SIZE // 2 :] = 0
        with torch.inference_mode(), torch.backends.cudnn.flags(benchmark=False, deterministic=True):
            masked = self._latents(halves)
            other = self._latents(seen) if whole is None else whole.expand_as(masked)
            heard = torch.from_numpy(np.stack(tokens)).to(self._device, self._dtype) + self._places
            latents = self._unet(torch.cat([masked, other], dim=1), 0, encoder_hidden_states=heard).sample
            faces = self._vae.decode(latents / self._vae.config.scaling_factor).sample
        painted: F32 = faces.float().cpu().numpy().transpose(0, 2, 3, 1)
        if not np.isfinite(painted).all():
            raise EngineUnavailable(f"{self.name} gave values that are not numbers. {weights.by_hand(WEIGHTS)}")
        return np.clip((painted + 1) * np.float32(127.5), 0, 255)

    def _latents(self, faces: U8) -> torch.Tensor:
        """(B, C, h, w) of pictures RGB, uint8 (B, H, W, 3).

        The mean of what the autoencoder gives, where the published inference draws from around it: the same every time.
        """
        pixels = torch.from_numpy(np.ascontiguousarray(faces.transpose(0, 3, 1, 2))).to(self._device, self._dtype)
        latents: torch.Tensor = (
            self._vae.encode(pixels / 127.5 - 1).latent_dist.mode() * self._vae.config.scaling_factor
        )
        return latents


def _seen(shown: Iterable[tuple[int, U8]], boxes: F32) -> Iterator[tuple[U8, F32 | None]]:
    """Each frame, and the points of the face in its box."""
    with jaw.mesher() as model:
        for index, image in shown:
            box = boxes[min(index, len(boxes) - 1)]
            yield image, None if np.isnan(box).any() else jaw.find(model, image, box)


def positions(tokens: int, width: int) -> F32:
    """Where a token stands, as waves of growing length: float32 (tokens, width) (Vaswani et al. 2017, 3.5)."""
    rates = np.exp(np.arange(0, width, 2) * (-math.log(10_000) / width))
    angles = np.arange(tokens)[:, None] * rates
    made = np.empty((tokens, width), np.float32)
    made[:, 0::2] = np.sin(angles)
    made[:, 1::2] = np.cos(angles)
    return made


def load(folder: Path, *, device: str = "auto", bfloat16: bool = False) -> MuseTalkEngine:
    """The engine with the weights of a folder: MuseTalk's own, the autoencoder's and Whisper's. Nothing is fetched.

    Args:
        folder: `studio.weights.path("musetalk")`, or the folder of models that MuseTalk's authors describe.
        device: cpu, cuda, cuda:1 …; auto takes a GPU where there is one. In half precision on a GPU.
        bfloat16: compute in half the bits on the CPU too: faster where the processor has them.

    Raises:
        EngineUnavailable: a package or a file is missing, or a file is not what it should be; the text says which.
    """
    stored.need(MUSETALK)
    config, file, _, vae_file, ear_config, ear_file = weights.held(WEIGHTS, folder)
    chosen = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    place = torch.device(chosen)
    dtype = torch.float16 if place.type == "cuda" else torch.bfloat16 if bfloat16 else torch.float32
    with stored.quietly():
        from diffusers import AutoencoderKL

        ear = whisper.load(ear_config, ear_file, f"{WHERE}, the ear at huggingface.co/openai/whisper-tiny")
        vae = stored.pretrained(AutoencoderKL, vae_file, "Use huggingface.co/stabilityai/sd-vae-ft-mse.")
        unet = load_unet(config, file)
        return MuseTalkEngine(unet.to(place, dtype), vae.to(place, dtype), ear.to(place, dtype))


def load_unet(config: Path, file: Path) -> Any:
    """MuseTalk's UNet in float32 on the CPU, from its settings and a file in any wrapping.

    Raises:
        EngineUnavailable: a file is not what it should be; the text says which.
    """
    from diffusers import UNet2DConditionModel

    try:
        known = json.loads(config.read_text(encoding="utf-8"))
        with torch.device("meta"):
            unet = UNet2DConditionModel.from_config(known)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise EngineUnavailable(
            f"{config} does not describe MuseTalk's UNet ({stored.first_line(error)}). {WHERE}."
        ) from error
    wanted = unet.state_dict()
    smallest = 19 * sum(tensor.numel() for tensor in wanted.values()) // 10
    state = stored.bare(stored.read(file, smallest, WHERE), file, WHERE, PREFIXES)
    if found := stored.difference(state, wanted):
        for mark, what in MARKS.items():
            if mark in state and mark not in wanted:
                raise EngineUnavailable(f"{file} holds {what}, not MuseTalk's UNet. {WHERE}.")
        raise EngineUnavailable(f"{file} does not hold the UNet that {config} describes: {found}. {WHERE}.")
    stored.fill(unet, state, file)
    return unet
