"""Speech of a base voice made to sound like a person, frame for frame as long as before.

Two steps: the person's pitch, breath, and the mean of their spectrum; then the length of the vocal tract and the colour
by which an ear that tells voices apart knows them (colour.py). `closeness` is how much of the second is done.

Measured from the studio's own base voices, paced as the person, on eight people whose recordings were learned by 4 to
8 s (five of them Mandarin), three lines each, by the part of the recording that was not learned from
(benchmarks/conversion.py):

| | likeness | told | colour | DNSMOS | words missed | syllables missed |
|---|---|---|---|---|---|---|
| base voice | .605 | −.16 | 5.8 dB | 3.17 | .32 | .24 |
| closeness 0 | .626 | .28 | 3.7 dB | 2.98 | .43 | .21 |
| closeness 1 | .750 | .32 | 5.2 dB | 2.98 | .31 | .28 |

Likeness is the cosine of Resemblyzer's embeddings (the recordings' own two parts: .87; strangers: .54). The colour was
chosen by that same network, so a second ear is asked that knows nothing of it: `told` is by how much a Gaussian mixture
of this person is likelier than one of everybody, nats a frame (benchmarks/telling.py; two parts of one recording: .28,
strangers: −.41). It hears a little gain in the colour; `colour`, the distance of the mean spectra, grows: the equaliser
goes where the encoder wants it rather than where the average is. Words missed are of three people, nine lines: on ten
people, five lines each, .36 in the base voice become about .44. Four people more, whom nobody looked at meanwhile
(Mandarin, filmed for a few seconds): likeness .598 to .722, told .18 to 1.22, syllables missed .15 to .18. The eight by
3 s each: likeness .612 to .750, told .02 to 1.00, DNSMOS 3.14 to 2.91, words .31 to .37, syllables .24 to .29.

What costs clearness is pitch, which must be the person's (DNSMOS 3.15 to 2.84 where people speak high), and was the
spread of each coefficient while it was brought to the person's as well: few seconds tell it badly. Ten people,
closeness 1, with it and without: DNSMOS 2.76 and 2.88, words missed .50 and .45, likeness .745 and .742.

Tried and left: drawing every speech sound to the person's mean of it, and laying in moments that they really spoke
(unit selection): .745, with .78 of the words missed, for six seconds of speech hold too few ways into a sound. An
affine map of the cepstra: .744 and .69.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from studio.types import Speech, VoiceProfile
from studio.voice import features as world
from studio.voice.features import F64, Features, Statistics
from studio.voice.person.bases import Base
from studio.voice.person.colour import coloured, costs, fitted
from studio.voice.person.enrol import statistics_of
from studio.voice.person.profile import digest

CLOSENESS = 1.0
_PITCH_SPREAD = (0.6, 2.2)  # how much livelier the melody may become; espeak-ng's own is flat
_TRACTS = (0.94, 1.0, 1.06, 1.12)
"""How much shorter than the base's a vocal tract may be, tried by ear: the mean spectrum says where the person's
formants lie, not how far they move."""
# Beside the tract that was recorded none is made longer than by this: .56 of the syllables were missed, not .36.
_LONGEST = 0.9
_PRICE = 1.0  # of the square of ln of a tract, beside one minus the likeness
_PITCH_ROOM = 0.15  # of ln Hz beyond what the person was heard to reach


def converted(
    parts: Features, speech: Speech, profile: VoiceProfile, base: Base, *, closeness: float = CLOSENESS
) -> Features:
    """The features of base speech moved to the person's; as many frames, and the same ones voiced.

    Args:
        parts: N frames.
        speech: whose phonemes say what is heard in each frame; its sound is not looked at. Without phonemes the
            frames' own voicing is gone by.
        base: what is typical of the voice that speaks.
        closeness: 0 … 1. At 0 pitch and spectrum are the person's on average: best understood. At 1 they have their
            whole colour. A profile that was made before there was a `guide` in it, and a base without a line, keep the
            colour of their statistics.
    """
    if closeness <= 0 or base.line is None or "guide" not in profile.tensors:
        return _brought(parts, profile, base.statistics)
    colour = _colour(_Asked(digest(profile), base, profile))
    tract = colour.tract**closeness
    moved = _brought(_with(tract, parts), profile, _typical(base, tract))
    return coloured(moved, speech, closeness * colour.gains)


@dataclass(frozen=True, eq=False)
class _Colour:
    """What makes a base voice known as a person."""

    tract: float
    """How much shorter the vocal tract is made."""
    gains: F64
    """The equaliser, see person/colour.py."""


@dataclass(frozen=True)
class _Asked:
    """What a colour was chosen for. The same voice read twice is the same."""

    digest: str
    base: Base
    profile: VoiceProfile = field(compare=False)


@lru_cache(maxsize=16)
def _colour(asked: _Asked) -> _Colour:
    """The tract and the equaliser for a person and a base voice; found once."""
    if asked.base.line is None:
        raise ValueError("a base voice that says nothing cannot be listened to")
    speech, parts = asked.base.line
    who = asked.profile.tensors["guide"]
    lengths = tracts(asked.base)
    ways = [_brought(_with(tract, parts), asked.profile, _typical(asked.base, tract)) for tract in lengths]
    far = np.array(costs(ways, speech, who)) + _PRICE * np.square(np.log(lengths))
    best = int(np.argmin(far))
    return _Colour(lengths[best], fitted(ways[best], speech, who))


def tracts(base: Base) -> list[float]:
    """How much shorter the vocal tract of a base voice may be made; 1 is always among them."""
    return [tract for tract in _TRACTS if tract >= min(1.0, _LONGEST / base.tract)]


@lru_cache(maxsize=64)
def _typical(base: Base, tract: float) -> Statistics:
    """What is typical of a base voice with another vocal tract."""
    return base.statistics if tract == 1 or base.line is None else world.statistics([_with(tract, base.line[1])])


def _with(tract: float, parts: Features) -> Features:
    return parts if tract == 1 else replace(parts, envelope=_as_loud(world.warped(parts.envelope, tract), parts))


def _brought(parts: Features, profile: VoiceProfile, typical: Statistics) -> Features:
    """With the person's pitch, breath and the mean of their spectrum."""
    person = statistics_of(profile)
    target = world.cepstrum(parts.envelope) - typical.mean + person.mean
    noise = np.log(parts.aperiodicity + 1e-6) + np.where(parts.voiced[:, None], person.noise - typical.noise, 0.0)
    envelope = _as_loud(world.uncepstrum(target), parts)
    return Features(_melody(parts.f0, person, typical), envelope, np.clip(np.exp(noise), 1e-4, 1.0))


def _as_loud(envelope: F64, parts: Features) -> F64:
    """Loudness stays the line's own, or some words would shout and others fade."""
    return np.asarray(envelope * parts.envelope.sum(axis=1, keepdims=True) / envelope.sum(axis=1, keepdims=True))


def _melody(f0: F64, person: Statistics, base: Statistics) -> F64:
    """Pitch with the person's mean and liveliness, inside what the person was heard to reach."""
    spread = float(np.clip(person.log_f0[1] / max(float(base.log_f0[1]), 1e-3), *_PITCH_SPREAD))
    voiced = f0 > 0
    moved = np.zeros_like(f0)
    logs = (np.log(f0[voiced]) - base.log_f0[0]) * spread + person.log_f0[0]
    low, high = person.log_f0[2] - _PITCH_ROOM, person.log_f0[3] + _PITCH_ROOM
    moved[voiced] = np.exp(np.clip(logs, low, high))
    return moved
