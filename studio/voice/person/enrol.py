"""A person's voice learned from recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.types import F32, AudioClip, VoiceProfile
from studio.voice import features as world
from studio.voice.features import F64, Features, Statistics, Summary
from studio.voice.loudness import fade
from studio.voice.person.phones import Sounds, averaged, heard, sums
from studio.voice.recordings.clean import clean

MAX_EXEMPLARS = 12_000  # frames, 60 s of speech: 2 MB; beyond that nothing new is heard
MAX_SECONDS = 600.0  # of all recordings together that are analysed: the best of them
_CHUNK_S = 30  # analysed at a time, so that memory stays small
_LOW_BAND = slice(4, 40)  # bins, 100 to 900 Hz
_NOISE = 0.5  # share of noise there from which a frame counts as unvoiced
_BEST_S = 20.0  # long recordings are chosen from in stretches of this length
_LEVEL_S = 0.02  # s of sound that one level is measured over
_SNR_CEILING_DB = 45.0  # of a stretch; what is more comes from pauses that were cut to silence
_CLIPPED = 0.99  # of the highest sample
_CLIPPED_PRICE_DB = 1000.0  # 1 % of samples at the top count as much as 10 dB of noise


def enrol(clips: Sequence[AudioClip], *, person: str, hashes: Sequence[str]) -> VoiceProfile:
    """Learns a voice from recordings of it; 30 s are good, 3 s will do.

    The profile's tensors, all float32: `log_f0` (4,), `cepstrum_mean` and `cepstrum_std` (40,), `noise` (513,),
    `average` (513,) and `rate` (1,) as in `features.Statistics`; `exemplars` (M, 40) cepstra in the order they were
    said, `exemplar_voiced` (M,) 1 where there is a pitch, `exemplar_breaks` (B,) where a run of them starts;
    `sound_means` (S, 40) and `sound_frames` (S,), what each speech sound is like, see studio/voice/person/phones.py.

    Args:
        clips: any rate and number of channels; cleaned here. Of more than MAX_SECONDS the best is taken.
        hashes: SHA-256 of the files, for the record.

    Raises:
        AudioUnusable: no clips, or one that is silent, too short, or has no pitch in it.
    """
    if not clips:
        raise AudioUnusable("No recordings were given. Add at least one in which the person speaks.")
    learned = _Learned()
    seconds = 0.0
    for clip, budget in zip(clips, _budgets(clips), strict=True):
        usable = clean(best(clip, budget))
        seconds += float(usable.duration)
        learned.add(usable)
    try:
        person_is = world.together(learned.summaries)
    except ValueError as error:
        raise AudioUnusable("There is hardly any voice in the recordings. Choose one with clear speech.") from error
    tensors = {
        "log_f0": person_is.log_f0,
        "cepstrum_mean": person_is.mean,
        "cepstrum_std": person_is.std,
        "noise": person_is.noise,
        "average": person_is.average,
        "rate": np.array([person_is.rate]),
        "sound_means": learned.sounds.means,
        "sound_frames": learned.sounds.frames,
        **learned.exemplars(),
    }
    held = {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in tensors.items()}
    return VoiceProfile(person, held, tuple(hashes), seconds)


def best(clip: AudioClip, seconds: float) -> AudioClip:
    """The clip, or where it is longer than `seconds`, its best stretches in the order they were said.

    Best is where speech stands highest above its pauses and is not cut off at the top. Stretches that are not
    neighbours are faded into each other's silence, so that nothing clicks.
    """
    length = clip.samples.shape[1]
    step = round(_BEST_S * clip.sample_rate)
    wanted = max(1, round(seconds / _BEST_S))
    if length <= wanted * step:
        return clip
    starts = range(0, length - step + 1, step)
    merits = [_merit(clip.samples[:, start : start + step].mean(axis=0), clip.sample_rate) for start in starts]
    # Stable: of equally good stretches the earlier ones.
    chosen = sorted(int(place) for place in np.argsort(-np.array(merits), kind="stable")[:wanted])
    parts = [
        fade(np.asarray(clip.samples[:, place * step : (place + 1) * step].mean(axis=0), np.float32), clip.sample_rate)
        for place in chosen
    ]
    return AudioClip(np.concatenate(parts)[None], clip.sample_rate)


def statistics_of(profile: VoiceProfile) -> Statistics:
    """What is typical of the person's voice."""
    tensors = {name: profile.tensors[name].astype(np.float64) for name in _STATISTICS}
    return Statistics(
        log_f0=tensors["log_f0"],
        mean=tensors["cepstrum_mean"],
        std=tensors["cepstrum_std"],
        noise=tensors["noise"],
        average=tensors["average"],
        rate=float(tensors["rate"][0]),
    )


def sounds_of(profile: VoiceProfile) -> Sounds:
    """What each speech sound is like in the person's voice."""
    tensors = profile.tensors
    return Sounds(tensors["sound_means"].astype(np.float64), tensors["sound_frames"].astype(np.float64))


_STATISTICS = ("log_f0", "cepstrum_mean", "cepstrum_std", "noise", "average", "rate")


def nearest_base(person: Statistics, bases: Mapping[str, Statistics]) -> str:
    """Which of the base voices, by name, is nearest to the person.

    By pitch first, half an octave counting as much as 6 dB of spectrum, then by the shape of the spectrum after the
    base's vocal tract was brought to the person's length.
    """
    band = slice(8, 200)  # 200 to 4700 Hz

    def distance(own: Statistics) -> float:
        pitch = abs(person.log_f0[0] - own.log_f0[0]) / np.log(2) / 0.5
        moved = world.warped_many(own.average, np.array([world.tract_ratio(person, own)]))[0]
        difference = person.average[band] - moved[band]
        return float(pitch + (difference - difference.mean()).std() * 10 / np.log(10) / 6)

    return min(bases, key=lambda name: distance(bases[name]))


class _Learned:
    """What recordings have told so far: of every piece its summary and its cepstra, never its spectra."""

    def __init__(self) -> None:
        self.summaries: list[Summary] = []
        self._cepstra: list[F32] = []
        self._voiced: list[NDArray[np.bool_]] = []
        self._starts: list[NDArray[np.bool_]] = []
        self._sums: list[tuple[F64, F64]] = []

    @property
    def sounds(self) -> Sounds:
        """What each speech sound is like."""
        totals, frames = zip(*self._sums, strict=True)
        return averaged(np.sum(totals, axis=0), np.sum(frames, axis=0))

    def add(self, clip: AudioClip) -> None:
        """A cleaned recording, piece by piece."""
        step = _CHUNK_S * clip.sample_rate
        length = min(clip.samples.shape[1], round(MAX_SECONDS * clip.sample_rate))
        # A last piece of less than a second joins the one before.
        starts = [start for start in range(0, length, step) if start == 0 or length - start > clip.sample_rate]
        for start, end in zip(starts, [*starts[1:], length], strict=True):
            piece = AudioClip(np.ascontiguousarray(clip.samples[:, start:end]), clip.sample_rate)
            part = world.analyse(piece, careful=True)
            self._sums.append(sums(part.envelope, heard(piece, len(part.f0))))
            self._analysed(part)

    def _analysed(self, part: Features) -> None:
        self.summaries.append(world.summary(part))
        level = part.envelope.sum(axis=1)
        said = level > np.percentile(level, 90) * 1e-4
        self._cepstra.append(world.cepstrum(part.envelope[said]).astype(np.float32))
        # Harvest finds a pitch nearly everywhere; D4C calls all of a frame noise where there is none.
        self._voiced.append((part.voiced & (part.aperiodicity[:, _LOW_BAND].mean(axis=1) < _NOISE))[said])
        self._starts.append(np.diff(np.flatnonzero(said), prepend=-2) > 1)

    def exemplars(self) -> dict[str, NDArray[np.float64]]:
        """Cepstra of speech, evenly many of each piece where there are too many, and where each run of them starts."""
        share = max(1, MAX_EXEMPLARS // len(self._cepstra))

        def kept(pieces: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
            return np.asarray(np.concatenate([piece[:share] for piece in pieces]), np.float64)

        return {
            "exemplars": kept(self._cepstra),
            "exemplar_voiced": kept(self._voiced),
            "exemplar_breaks": np.flatnonzero(kept(self._starts)).astype(np.float64),
        }


def _budgets(clips: Sequence[AudioClip]) -> list[float]:
    """How many seconds of each clip may be used: MAX_SECONDS shared by length."""
    total = sum(float(clip.duration) for clip in clips)
    return [float(clip.duration) * min(1.0, MAX_SECONDS / max(total, 1e-9)) for clip in clips]


def _merit(samples: F32, sample_rate: int) -> float:
    """How good a stretch of sound is to learn a voice from, dB: float32 (T,)."""
    hop = round(_LEVEL_S * sample_rate)
    power = np.square(samples[: len(samples) // hop * hop].reshape(-1, hop), dtype=np.float64).mean(axis=1)
    quiet, loud = 10 * np.log10(np.percentile(power, (10, 90)) + 1e-10)
    top = float(np.abs(samples).max())
    clipped = float((np.abs(samples) > _CLIPPED * top).mean()) if top > 0 else 0.0
    # −70 dBFS: below that nobody speaks, however quiet the pauses are.
    return float(min(loud - quiet, _SNR_CEILING_DB) + min(0.0, loud + 70.0) - _CLIPPED_PRICE_DB * clipped)
