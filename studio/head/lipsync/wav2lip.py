"""The lipsync stage by the official Wav2Lip: frames of a face and a sound become frames that say the sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from studio.errors import PhotoUnusable
from studio.head.lipsync import boxes as faces_in
from studio.head.lipsync import checkpoint, crop, mel, silence
from studio.head.lipsync.clip import lengthened
from studio.head.lipsync.network import FACE_SIZE, Wav2Lip, fused
from studio.types import F32, U8, AudioClip, Cancel, FrameSource, frames_for


@dataclass(frozen=True)
class Wav2LipOptions:
    """How the network is used."""

    pads: tuple[float, float, float, float] = (0.0, 0.06, 0.0, 0.0)
    """Top, bottom, left, right: how far the box is made larger, shares of its height and width. An opening jaw needs
    some room below."""
    audio_lead_frames: Fraction | int = 1
    """How far the sound's window begins before its picture, in frames of 25 fps. 1 is how the network was trained, 0
    what the published inference does (there the mouth is 40 ms early)."""
    reference: Literal["other", "same"] = "other"
    """Which whole face the network sees beside the masked one: another frame of the same shot, as in training, or the
    frame itself, whose mouth then leaks into the result."""
    smoothing: int = faces_in.SMOOTHING
    """Frames to each side over which boxes are averaged; 0 for none."""
    rest_in_silence: bool = True
    """Show the clip's own mouth where nothing is said. Right for portraits, whose own mouth rests; not for a clip in
    which the person speaks other words."""
    batch: int = 8
    """Pictures painted at a time; as many frames are held in memory."""


@dataclass(frozen=True, eq=False)
class _Frame:
    """One frame on its way to the network."""

    image: U8
    box: F32
    """float32 (4,) px; NaN where there is no face."""
    reference: U8 | None
    """RGB, uint8 (96, 96, 3); None for the frame's own face."""
    mel: F32
    """float32 (80, 16)."""
    weight: float
    """0 … 1 of the painted mouth."""

    @property
    def spoken(self) -> bool:
        """Is there a mouth to paint?"""
        return self.weight > 0 and not bool(np.isnan(self.box).any())


class Wav2LipEngine:
    """Wav2Lip, loaded. Same input, same machine, same bytes."""

    name = "wav2lip"

    def __init__(self, network: Wav2Lip, *, device: str = "auto", bfloat16: bool = False) -> None:
        """Make a network ready.

        Args:
            network: with its weights, in float32.
            device: cpu, cuda, cuda:1 …; auto takes a GPU where there is one.
            bfloat16: compute in half the bits: twice as fast where the processor has them (AVX-512 BF16, AMX, GPUs),
                off by a few levels of 255.
        """
        chosen = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        self._device = torch.device(chosen)
        self._dtype = torch.bfloat16 if bfloat16 else torch.float32
        ready = fused(network)
        self._network = ready.to(self._device, self._dtype).to(memory_format=torch.channels_last)
        self._mask = crop.lower_face()

    def sync(
        self,
        frames: FrameSource,
        audio: AudioClip,
        *,
        boxes: F32 | None = None,
        reference: tuple[U8, F32] | None = None,
        options: Wav2LipOptions | None = None,
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
                with the teeth in sight. Taken for all frames.

        Raises:
            FaceNotFound: there is no face in any frame.
            PhotoUnusable: there is no frame.
            AudioUnusable: there is no sample in the sound.
            Cancelled: the user stopped the work.
        """
        options = options or Wav2LipOptions()
        if frames.num_frames < 1:
            raise PhotoUnusable("There is no picture in the clip that shall speak. Choose another one.")
        heard = mel.spectrogram(audio)
        found = faces_in.spoken(frames, boxes, cancel)
        steady = faces_in.padded(faces_in.smooth(found, options.smoothing), options.pads)
        views = _References(frames, steady, options, reference)
        count = frames_for(audio.duration, frames.frame_rate)
        weights = (
            silence.speaking(audio, count, frames.frame_rate) if options.rest_in_silence else np.ones(count, np.float32)
        )

        def made() -> Iterator[U8]:
            sounds = mel.windows(heard, count, frames.frame_rate, audio_lead_frames=options.audio_lead_frames)
            waiting: list[_Frame] = []
            for (index, image), sound, weight in zip(lengthened(frames, count), sounds, weights, strict=True):
                box = steady[min(index, len(steady) - 1)]
                waiting.append(_Frame(image, box, views.of(index), sound, float(weight)))
                if len(waiting) >= options.batch:
                    yield from self._finish(waiting)
                    waiting = []
            yield from self._finish(waiting)

        return FrameSource(made, count, frames.frame_rate, frames.size)

    def _finish(self, waiting: Sequence[_Frame]) -> Iterator[U8]:
        """The frames as they are shown."""
        spoken = [one for one in waiting if one.spoken]
        own = [crop.cut(one.image, one.box) for one in spoken]
        faces = zip(own, self._paint(spoken, own), strict=True)
        for one in waiting:
            if one.spoken:
                face, painted = next(faces)
                yield crop.lay(one.image, painted, face, one.box, self._mask, one.weight)
            else:
                yield one.image

    def _paint(self, spoken: Sequence[_Frame], own: Sequence[U8]) -> F32:
        """The network's faces: RGB, float32 (B, 96, 96, 3), 0 … 255."""
        if not spoken:
            return np.empty((0, FACE_SIZE, FACE_SIZE, 3), np.float32)
        whole = [face if one.reference is None else one.reference for one, face in zip(spoken, own, strict=True)]
        # Blue first inside here, as the weights want it.
        masked_bgr = np.stack(own)[..., ::-1].copy()
        masked_bgr[:, FACE_SIZE // 2 :] = 0
        seen_bgr = np.concatenate([masked_bgr, np.stack(whole)[..., ::-1]], axis=3).astype(np.float32) / 255
        face = torch.from_numpy(seen_bgr.transpose(0, 3, 1, 2))
        sound = torch.from_numpy(np.stack([one.mel for one in spoken])[:, None])
        with torch.inference_mode(), torch.backends.cudnn.flags(benchmark=False, deterministic=True):
            painted_bgr = self._network(
                sound.to(self._device, self._dtype),
                face.to(self._device, self._dtype, memory_format=torch.channels_last),
            )
        painted: F32 = painted_bgr.float().cpu().numpy().transpose(0, 2, 3, 1)[..., ::-1] * np.float32(255)
        return painted


class _References:
    """The whole faces that the network sees beside the masked ones: one or two of each shot, 27 kB each."""

    def __init__(self, frames: FrameSource, steady: F32, options: Wav2LipOptions, given: tuple[U8, F32] | None) -> None:
        self._given: U8 | None = None
        self._chosen = np.full(len(steady), -1, np.int64)  # frame → the frame whose face it is shown
        self._faces: dict[int, U8] = {}
        if given is not None:
            image, box = given
            self._given = crop.cut(image, faces_in.padded(np.asarray(box, np.float32), options.pads))
        elif options.reference == "other":
            self._choose(steady)
            self._collect(frames, steady)

    def of(self, index: int) -> U8 | None:
        """RGB, uint8 (96, 96, 3); None for the frame's own face."""
        if self._given is not None:
            return self._given
        return self._faces.get(int(self._chosen[min(index, len(self._chosen) - 1)]))

    def _choose(self, steady: F32) -> None:
        for run in faces_in.spans(steady):
            # One face for the whole shot, so that its look does not change on the way; itself it sees its neighbour.
            middle = (run.start + run.stop - 1) // 2
            self._chosen[run.start : run.stop] = middle
            if len(run) > 1:
                self._chosen[middle] = middle + 1

    def _collect(self, frames: FrameSource, steady: F32) -> None:
        wanted = {int(index) for index in self._chosen if index >= 0}
        last = max(wanted, default=-1)
        for index, image in enumerate(frames.open()):
            if index in wanted:
                self._faces[index] = crop.cut(image, steady[index])
            if index >= last:
                return


def load(path: Path, *, device: str = "auto", bfloat16: bool = False) -> Wav2LipEngine:
    """The engine with the weights of a file, in any of the wrappings that `checkpoint` knows.

    Raises:
        EngineUnavailable: the file does not hold them; the text says why.
    """
    return Wav2LipEngine(checkpoint.load(path), device=device, bfloat16=bfloat16)
