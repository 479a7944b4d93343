"""A person's voice learned from recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import F32, AudioClip, VoiceProfile
from studio.voice import features as world
from studio.voice.features import Statistics, Summary
from studio.voice.loudness import fade, to_level
from studio.voice.person import likeness
from studio.voice.recordings.clean import clean

MAX_SECONDS = 600.0  # of all recordings together that are analysed: the best of them
_CHUNK_S = 30  # analysed at a time, so that memory stays small
_BEST_S = 20.0  # long recordings are chosen from in stretches of this length
_LEVEL_S = 0.02  # s of sound that one level is measured over
_SNR_CEILING_DB = 45.0  # of a stretch; what is more comes from pauses that were cut to silence
_CLIPPED = 0.99  # of the highest sample
_KNOWN_S = 60.0  # s of all recordings together by which a voice is known
_CLIPPED_PRICE_DB = 1000.0  # 1 % of samples at the top count as much as 10 dB of noise


def enrol(clips: Sequence[AudioClip], *, person: str, hashes: Sequence[str]) -> VoiceProfile:
    """Learns a voice from recordings of it; 30 s are good, 3 s will do.

    The profile's tensors, all float32: `log_f0` (4,), `cepstrum_mean` and `cepstrum_std` (40,), `noise` (513,),
    `average` (513,) and `rate` (1,) as in `features.Statistics`; `guide` (256,), the embedding of the first minute at
    the encoder's own level, for studio/voice/person/colour.py.

    Args:
        clips: any rate and number of channels; cleaned here. Of more than MAX_SECONDS the best is taken.
        hashes: SHA-256 of the files, for the record.

    Raises:
        AudioUnusable: no clips, or one that is silent, too short, or has no pitch in it.
        EngineUnavailable: Resemblyzer or silero-vad is not installed.
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
        "guide": learned.guide(),
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
    """What recordings have told so far: of every piece its summary, never its spectra."""

    def __init__(self) -> None:
        self.summaries: list[Summary] = []
        self._sound: list[F32] = []  # 16 kHz, _KNOWN_S of it

    def guide(self) -> F32:
        """Whose voice it is, float32 (256,): at one level, because the encoder hears a louder voice as another."""
        samples = to_level(np.concatenate(self._sound), likeness.SAMPLE_RATE, likeness.LEVEL_DB)
        return likeness.embedding(AudioClip(samples[None], likeness.SAMPLE_RATE))

    def add(self, clip: AudioClip) -> None:
        """A cleaned recording, piece by piece."""
        left = _KNOWN_S - sum(map(len, self._sound)) / likeness.SAMPLE_RATE
        if left > 0:
            beginning = AudioClip(clip.samples[:, : round(left * clip.sample_rate)], clip.sample_rate)
            self._sound.append(resample(beginning, likeness.SAMPLE_RATE).mono())
        step = _CHUNK_S * clip.sample_rate
        length = min(clip.samples.shape[1], round(MAX_SECONDS * clip.sample_rate))
        # A last piece of less than a second joins the one before.
        starts = [start for start in range(0, length, step) if start == 0 or length - start > clip.sample_rate]
        for start, end in zip(starts, [*starts[1:], length], strict=True):
            piece = AudioClip(np.ascontiguousarray(clip.samples[:, start:end]), clip.sample_rate)
            self.summaries.append(world.summary(world.analyse(piece, careful=True)))


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
