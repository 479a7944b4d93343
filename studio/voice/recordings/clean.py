"""Old and noisy recordings made fit to learn a voice from: every fault mended that is there, and nothing else done.

What was recorded is compared with what came out: the speaker encoder says whether it is still the same voice, DNSMOS
whether it sounds better. The encoder hears noise as part of a voice (one in noise 5 dB below it is .68 like itself), so
it is also asked with what was taken out laid over what came out backwards: the same noise at other moments, and what
differs then is the voice. Where that has changed more than the gain in quality is worth, the gentler treatment is kept,
and the record says so.

Measured by benchmarks/cleaning.py on n recordings: likeness to the clean one and DNSMOS overall, before and after.

| fault                                   |  n | likeness    | DNSMOS      |
|-----------------------------------------|----|-------------|-------------|
| none (clean)                            |  5 | 1.00 → 1.00 | 2.94 → 2.94 |
| pink noise at 5 dB                      |  5 | .640 → .929 | 1.31 → 2.83 |
| hiss and hum at 5 dB                    |  5 | .624 → .948 | 1.27 → 2.84 |
| real noise, −2 to 8 dB                  |  5 | .661 → .898 | 1.12 → 2.63 |
| the same at 5 dB                        |  5 | .674 → .917 | 1.17 → 2.78 |
| hum at 15 dB                            |  5 | .914 → .977 | 2.70 → 2.97 |
| 3 % of the samples cut off              |  5 | .985 → .999 | 2.90 → 2.96 |
| two clicks a second                     |  5 | .995 → 1.00 | 2.82 → 2.94 |
| telephone, 8 kHz (not undone)           |  4 | .708 → .709 | 2.76 → 2.72 |

All are the five pairs of the DNS challenge (16 kHz). Eight others, 22 to 48 kHz: pink noise .696 → .928 (DNSMOS 2.09
→ 3.06), hiss and hum .709 → .964 (2.41 → 3.24), hum .909 → .987, clean 1.00. The clean ones pass untouched, only their
ends are cut. A gain that knew the noise would reach .98 on real noise. What is left of the noise costs more than what
goes of the voice: with a tenth of the recording mixed back, real noise at 5 dB comes to .85.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np

from studio.media.blocks import clip_blocks
from studio.types import F32, AudioClip, Language
from studio.voice.loudness import LEVEL_DB, level_db, limit
from studio.voice.person.likeness import embedding, likeness
from studio.voice.recordings import clicks, clipping, hum, sibilance
from studio.voice.recordings.condition import (
    CLEAN_DB,
    OFFSET,
    Condition,
    Faults,
    Source,
    VoiceReport,
    frame_levels,
    high_passed,
    listened,
    refuse,
    resampled,
    snr_db,
)
from studio.voice.recordings.denoise import denoised
from studio.voice.recordings.passing import locally
from studio.voice.recordings.quality import SAMPLE_RATE as MOS_RATE
from studio.voice.recordings.quality import WINDOW, mos_of
from studio.voice.recordings.rnnoise import SAMPLE_RATE
from studio.voice.recordings.steps import Step

__all__ = ["Cleaning", "Step", "VoiceReport", "clean", "cleaned", "cleaned_blocks", "examine", "overdone", "refuse"]

_LEAD_S, _TAIL_S = 0.15, 0.30  # kept around the first and the last voice: soft consonants and breath
_NOISY_DB = 25.0  # from here down noise is taken out in full, at CLEAN_DB not at all, with a gradual change between
# Of 95 good treatments of noise at 5 to 25 dB these two refuse none; of 285 with the voice hurt on purpose (its soft
# parts sunk, what is above 2.5 kHz gone) 61 of the 140 that are less like the clean voice than the noise was.
_LOST = 0.05  # of likeness that no better quality is asked for: what other moments of the same noise cost
_WORTH = 0.2  # of likeness that a whole point of quality is worth
_NO_WORSE = -0.05  # of DNSMOS: how well some windows of a recording tell it
_GENTLER = (1.0, 0.5)  # shares of the denoising that are tried, one after the other, and then none
_COMPARED_DB = -32.0  # dBFS RMS; below this the speaker encoder itself raises sound to one level
_MOS_WINDOWS = 6  # judged at most
# A voice is learned from a recording, and then what the recording was like is told: it is cleaned once.
_CLEANED: WeakKeyDictionary[AudioClip, tuple[AudioClip, Cleaning]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Cleaning:
    """What was done to a recording, and what it did."""

    steps: tuple[Step, ...]
    """In the order in which they were done; empty where nothing was wrong."""
    snr_db: tuple[float, float]
    """Level of the voice over the pauses, before and after."""
    mos: tuple[float, float]
    """DNSMOS, overall, before and after."""
    likeness: float
    """Of the cleaned voice to the recorded one, cosine; in the same noise where that is nearer."""
    withheld: str = ""
    """Why less was done than could have been, in one sentence; "" where nothing was held back."""

    def sentences(self, language: Language = "en") -> tuple[str, ...]:
        """What was done, in one sentence each; one that says so where nothing was."""
        said = tuple(step.sentence(language) for step in self.steps)
        if not said:
            said = ("Nothing had to be done." if language == "en" else "无需处理。",)
        if self.withheld:
            said += (self.withheld if language == "en" else "再清理会改变人声，因此保留了较轻的处理。",)
        return said


@dataclass(frozen=True, eq=False)
class _Treatment:
    """What is to be done, judged on the excerpt."""

    faults: Faults
    share: float
    """Of the denoising, 0 … 1."""
    gain: np.float32
    record: Cleaning
    excerpt: F32
    """float32 (T,) at 48 kHz: the excerpt after it, without the gain."""


def examine(clip: AudioClip) -> VoiceReport:
    """Measures a recording; works for any rate and number of channels, and never refuses."""
    return listened(_source(clip), clip.sample_rate, closely=False).report


def clean(clip: AudioClip) -> AudioClip:
    """The voice of a recording, mended where it is broken: mono, 48 kHz, without silence at its ends, at −20 dBFS.

    Raises:
        AudioUnusable: silent, less than a second of voice, or cut off nearly everywhere.
        EngineUnavailable: RNNoise, Resemblyzer, silero-vad or speechmos is not installed.
    """
    return cleaned(clip)[0]


def cleaned(clip: AudioClip) -> tuple[AudioClip, Cleaning]:
    """As `clean`, with the record of what was done; remembered as long as the clip itself is held."""
    if (known := _CLEANED.get(clip)) is not None:
        return known
    source = _source(clip)
    condition = listened(source, clip.sample_rate)
    chosen = _treatment(condition, clip.sample_rate)
    if condition.whole:  # the excerpt is the recording: it has been treated already
        pieces = [chosen.excerpt]
    else:
        pieces = list(_treated(source(), clip.sample_rate, chosen.faults, chosen.share))
    samples = np.concatenate(list(_levelled(_trimmed(pieces, condition.span), chosen.gain)))
    _CLEANED[clip] = AudioClip(samples[None], SAMPLE_RATE), chosen.record
    return _CLEANED[clip]


def cleaned_blocks(source: Source, sample_rate: int) -> tuple[Iterator[F32], Cleaning]:
    """As `cleaned`, for sound that is not held in memory: three hours need no more of it than a minute.

    The sound is opened twice: once to be listened to, before this returns, and once while the blocks are taken.

    Args:
        source: opens the recording; for a file `lambda: studio.media.blocks.file_blocks(path, sample_rate)`.
        sample_rate: Hz of its blocks; best the file's own, for clipping can only be seen there.

    Returns:
        Mono blocks at 48 kHz, float32 (T,), and the record.
    """
    condition = listened(source, sample_rate)
    chosen = _treatment(condition, sample_rate)
    blocks = _treated(source(), sample_rate, chosen.faults, chosen.share)
    return _levelled(_trimmed(blocks, condition.span), chosen.gain), chosen.record


def overdone(same: float, before: float, after: float) -> bool:
    """Has a treatment changed the voice more than its gain in quality is worth?

    Args:
        same: likeness of the voice after it to the voice before, in the same noise.
        before: DNSMOS overall before it.
        after: the same after it.
    """
    return after < before + _NO_WORSE or same < 1 - _LOST - _WORTH * max(0.0, after - before)


def _source(clip: AudioClip) -> Source:
    return partial(clip_blocks, clip, clip.sample_rate)


def _treatment(condition: Condition, sample_rate: int) -> _Treatment:
    """The strongest treatment that is not overdone."""
    refuse(condition.report)
    recorded = np.concatenate(list(resampled([condition.excerpt - _mean(condition.excerpt)], sample_rate)))
    voice, quality = _who(recorded), _overall(recorded)
    full = float(np.clip((CLEAN_DB - condition.report.snr_db) / (CLEAN_DB - _NOISY_DB), 0, 1))
    withheld = ""
    tried = _treatments(condition.faults, full)
    whole = _Whole(condition.excerpt, sample_rate)
    for index, (faults, share) in enumerate(tried):
        out = whole.treated(faults, share)
        same, after = 1.0, quality
        if _steps(faults, share):
            taken = recorded - out
            same = max(likeness(voice, _who(out)), likeness(voice, _who(out + taken[::-1])))
            after = _overall(out)
        if index == len(tried) - 1 or not overdone(same, quality, after):
            break
        withheld = "More cleaning would have changed the voice without making it better: the gentler one was kept."
    snr = condition.report.snr_db, snr_db(frame_levels(np.concatenate(list(high_passed([out])))))
    record = Cleaning(_steps(faults, share), snr, (quality, after), same, withheld)
    gain = np.float32(10 ** ((LEVEL_DB - level_db(out, SAMPLE_RATE)) / 20))
    return _Treatment(faults, share, gain, record, out)


@dataclass(eq=False)
class _Whole:
    """A sound that is treated in several ways: what the ways share is done once."""

    sound: F32
    """float32 (T,), as recorded."""
    sample_rate: int
    _mended: tuple[Faults, F32] | None = None
    _denoised: F32 | None = None

    def treated(self, faults: Faults, share: float) -> F32:
        """What `_treated` gives."""
        if self._mended is None or not _alike(self._mended[0], faults):
            mended = np.concatenate(list(_mended([self.sound], self.sample_rate, faults)))
            self._mended, self._denoised = (faults, mended), None
        sound = self._mended[1]
        if share:
            if self._denoised is None:
                self._denoised = np.concatenate(list(denoised([sound], 1.0)))
            kept = np.float32(share)
            sound = kept * self._denoised + (1 - kept) * sound
        return np.concatenate(list(_softened([sound], faults)))


def _alike(one: Faults, other: Faults) -> bool:
    """Do both ask for the same before the noise is taken out?"""
    return replace(one, sharpness_db=0.0, vowels=0.0) == replace(other, sharpness_db=0.0, vowels=0.0)


def _treatments(faults: Faults, full: float) -> list[tuple[Faults, float]]:
    """From the strongest to the gentlest: only what takes something of the voice along is ever left out."""
    tried = [(faults, full * share) for share in _GENTLER if full > 0]
    tried.append((faults, 0.0))
    if faults.rumble or faults.vowels:
        tried.append((replace(faults, rumble=False, sharpness_db=0.0, vowels=0.0), 0.0))
    return tried


def _steps(faults: Faults, share: float) -> tuple[Step, ...]:
    done: list[Step] = []
    if faults.cut:
        done.append(Step("declip", faults.cut.share))
    if faults.clicks:
        done.append(Step("declick", faults.clicks))
    if abs(faults.offset) > OFFSET:
        done.append(Step("offset", faults.offset))
    if faults.hum:
        done.append(Step("hum", faults.hum.base, len(faults.hum.harmonics)))
    if faults.rumble:
        done.append(Step("rumble", 0.0))
    if share:
        done.append(Step("denoise", share))
    if faults.vowels:
        done.append(Step("deess", faults.sharpness_db))
    return tuple(done)


def _treated(blocks: Iterable[F32], sample_rate: int, faults: Faults, share: float) -> Iterator[F32]:
    """The sound at 48 kHz after everything that is to be done to it but its level."""
    sound = _mended(blocks, sample_rate, faults)
    if share:
        sound = denoised(sound, share)
    yield from _softened(sound, faults)


def _mended(blocks: Iterable[F32], sample_rate: int, faults: Faults) -> Iterator[F32]:
    """The sound at 48 kHz, mended in everything but its noise and its sibilance."""
    sound: Iterable[F32] = blocks
    if faults.cut:
        size = clipping.window(sample_rate)
        mend = partial(clipping.declipped, cut=faults.cut, sample_rate=sample_rate)
        sound = locally(sound, mend, margin=2 * size, grid=size)
    if faults.clicks:
        size = round(clicks.MARGIN_S * sample_rate)
        sound = locally(sound, partial(clicks.declicked, sample_rate=sample_rate), margin=size, grid=size)
    if faults.offset:
        sound = (block - np.float32(faults.offset) for block in sound)
    sound = resampled(sound, sample_rate)
    if faults.hum:
        take = partial(hum.unhummed, sample_rate=SAMPLE_RATE, found=faults.hum)
        sound = locally(sound, take, margin=hum.MARGIN_S * SAMPLE_RATE, grid=hum.HOP_S * SAMPLE_RATE)
    yield from high_passed(sound) if faults.rumble else sound


def _softened(sound: Iterable[F32], faults: Faults) -> Iterator[F32]:
    """The sound at 48 kHz, its sibilance softened."""
    if faults.vowels:
        soften = partial(sibilance.softened, sample_rate=SAMPLE_RATE, vowels=faults.vowels)
        sound = locally(sound, soften, margin=round(sibilance.MARGIN_S * SAMPLE_RATE))
    yield from sound


def _trimmed(blocks: Iterable[F32], span: tuple[float, float]) -> Iterator[F32]:
    """Only what lies from a little before the first voice to a little after the last."""
    start, end = round((span[0] - _LEAD_S) * SAMPLE_RATE), round((span[1] + _TAIL_S) * SAMPLE_RATE)
    at = 0
    for block in blocks:
        kept = block[max(0, start - at) : max(0, end - at)]
        at += len(block)
        if len(kept):
            yield kept


def _levelled(blocks: Iterable[F32], gain: np.float32) -> Iterator[F32]:
    """Louder or softer by a factor, peaks held down."""
    loud = (block * gain for block in blocks)
    yield from locally(loud, partial(limit, sample_rate=SAMPLE_RATE), margin=SAMPLE_RATE // 10)


def _mean(samples: F32) -> np.float32:
    return np.float32(samples.mean()) if len(samples) else np.float32(0)


def _one_level(samples: F32) -> F32:
    """Neither the speaker encoder nor DNSMOS may take a change of level for a change of voice."""
    power = float(np.square(samples, dtype=np.float64).mean())
    return samples * np.float32(10 ** ((_COMPARED_DB - 10 * np.log10(max(power, 1e-12))) / 20))


def _who(samples: F32) -> F32:
    """The voice of a sound at 48 kHz, at one level."""
    return embedding(AudioClip(_one_level(samples)[None], SAMPLE_RATE))


def _overall(samples: F32) -> float:
    """DNSMOS of a sound at 48 kHz, at one level."""
    import soxr

    heard = soxr.resample(_one_level(samples), SAMPLE_RATE, MOS_RATE, quality="HQ")
    if len(heard) < WINDOW:  # one window of it, repeated: more say nothing new
        heard = np.resize(heard, WINDOW)
    return mos_of(heard, hop=max(MOS_RATE, (len(heard) - WINDOW) // _MOS_WINDOWS)).overall
