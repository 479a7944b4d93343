"""What an intake found, in plain sentences and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from studio.voice.recordings.intake import REFERENCE_S, Intake, Segment, Source, Speaker
from studio.voice.recordings.scoring import TELEPHONE_HZ

_OFFSET = 0.01  # of full scale, worth a word
_FEW = 11_025  # samples a second; with fewer, only what a telephone carries was kept
_ENOUGH_S, _GOOD_S = 10, 30
_SPEECH_SHARE = 0.95  # of a file: then it is all speech


def lasting(seconds: Fraction | float) -> str:
    """A length as people say it: 4.2 s, 41 s, 3 min, 3 min 12 s, 1 h 2 min."""
    if seconds < 9.95:
        text = f"{float(seconds):.1f}"
        return f"{text.removesuffix('.0')} s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def moment(seconds: Fraction) -> str:
    """A place in a file as players show it: 0:07, 12:40, 1:02:03."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def summary(intake: Intake) -> str:
    """How many voices there are, and what to do about it."""
    if len(intake.speakers) == 1:
        return "One voice was found."
    return (
        f"{len(intake.speakers)} voices were found. Write a sample of each with --samples FOLDER, listen, "
        "and choose one with --speaker N."
    )


def of_source(source: Source) -> tuple[str, ...]:
    """What there is to say of one file."""
    if source.unusable:
        return (f"Nothing of it can be used. {source.unusable}",)
    speech = f"somebody speaks for {lasting(source.speech)}"
    if source.speech >= _SPEECH_SHARE * source.duration:
        speech = "somebody speaks all the time"
    said = [f"{lasting(source.duration)} long; {speech}."]
    if source.hum is not None:
        said.append(f"A hum of {source.hum.base:.0f} Hz lies under it; cleaning takes that away.")
    if abs(source.offset) > _OFFSET:
        said.append(f"The sound lies off the middle by {abs(source.offset):.0%} of full scale; that is set right.")
    if source.sample_rate < _FEW:
        said.append(
            f"It was recorded with {source.sample_rate} samples a second, as by a telephone: there is nothing above "
            f"{source.sample_rate // 2} Hz, so the voice will stay a little dull."
        )
    return tuple(said)


def of_speaker(speaker: Speaker, intake: Intake) -> tuple[str, ...]:
    """What there is to say of one voice."""
    usable = speaker.usable
    said = [f"Usable voice: {lasting(usable)} of {lasting(intake.duration)}{_enough(usable)}"]
    if (reference := speaker.reference) is not None:
        said.append(f"Best {lasting(reference.seconds)}: {place(reference)}: {_praise(reference, intake)}.")
    elif usable >= REFERENCE_S[0]:
        said.append("No stretch of 3 s is in one piece: what there is, is chosen in bits.")
    chosen = sum((segment.speech for segment in speaker.chosen), Fraction(0))
    if chosen < usable:
        said.append(f"The best {lasting(chosen)} of it are chosen; more would hardly teach anything new.")
    if flaws := _flaws([segment for segment in speaker.segments if segment.verdict == "fair"], fatal=False):
        said.append(f"Usable, though not perfect: {flaws}.")
    if left := _flaws([segment for segment in speaker.segments if segment.verdict == "poor"], fatal=True):
        said.append(f"Left out: {left}.")
    return tuple(said)


def _enough(usable: Fraction) -> str:
    if not usable:
        return ". Another recording is needed: 10 s will do, 30 s is good."
    if usable < 3:
        return ". That is too little for a likeness: 10 s will do, 30 s is good."
    if usable < _ENOUGH_S:
        return ". The likeness will be rough: 10 s will do, 30 s is good."
    if usable < _GOOD_S:
        return ". That will do; from 30 s on the likeness is better."
    return ". That is plenty."


def place(segment: Segment) -> str:
    """Where a stretch lies: tape.wav from 0:12 to 0:24."""
    return f"{segment.source.name} from {moment(segment.start)} to {moment(segment.end)}"


def _praise(segment: Segment, intake: Intake) -> str:
    """Why this stretch was chosen over the others."""
    score = segment.score
    words = "a clear voice" if score.mos.signal >= 3.2 else "the clearest there is"
    noise = (
        "hardly any noise"
        if score.snr_db >= 30
        else f"a little noise (the voice is {score.snr_db:.0f} dB above it)"
        if score.snr_db >= 15
        else f"noisy (the voice is only {score.snr_db:.0f} dB above it)"
    )
    # Whether somebody speaks along can be told only of voices that are also heard alone.
    alone = "" if len(intake.speakers) == 1 else ", the other voices are not in it"
    if score.overlap >= 0.1:
        alone = ", perhaps with another voice in the background"
    width = "" if score.bandwidth_hz > TELEPHONE_HZ else f", nothing above {score.bandwidth_hz:.0f} Hz"
    return f"{words}, {noise}{alone}{width}"


def _flaws(segments: Sequence[Segment], *, fatal: bool) -> str:
    """How long what is wrong: "12 s with noise, 5 s with two people at once"; each stretch under its first reason."""
    seconds: dict[str, Fraction] = {}
    for segment in segments:
        name = next(name for name, alone in segment.score.reasons() if alone or not fatal)
        seconds[name] = seconds.get(name, Fraction(0)) + segment.speech
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    words = ", ".join(f"{lasting(length)} {_WITH[name]}" for name, length in ordered)
    return (
        f"{words} (cleaning helps against noise)" if {"noise", "other sounds"} & seconds.keys() and not fatal else words
    )


_WITH = {
    "noise": "with noise in it",
    "other sounds": "with noise, music or another voice behind it",
    "two people at once": "in which two people seem to speak at once",
    "recorded too loudly": "recorded too loudly",
    "an unclear voice": "with an unclear voice",
    "a narrow sound, as from a telephone": "with a narrow sound, as from a telephone",
    "not surely the same person": "that may be somebody else",
}


def as_data(intake: Intake) -> dict[str, Any]:
    """Everything as plain data, for programs; times in s."""
    return {
        "summary": summary(intake),
        "files": [
            {
                "path": str(source.path),
                "sha256": source.sha256,
                "duration_s": round(float(source.duration), 3),
                "speech_s": round(float(source.speech), 3),
                "sample_rate": source.sample_rate,
                "offset": round(source.offset, 4),
                "hum_hz": [round(line, 2) for line in source.hum.lines] if source.hum else [],
                "usable": not source.unusable,
                "says": list(of_source(source)),
            }
            for source in intake.sources
        ],
        "speakers": [
            {
                "number": speaker.number,
                "heard_s": round(float(speaker.heard), 3),
                "usable_s": round(float(speaker.usable), 3),
                "reference": None if speaker.reference is None else segment_data(speaker.reference),
                "chosen": [segment_data(segment) for segment in speaker.chosen],
                "segments": [segment_data(segment) for segment in speaker.segments],
                "says": list(of_speaker(speaker, intake)),
            }
            for speaker in intake.speakers
        ],
    }


def segment_data(segment: Segment) -> dict[str, Any]:
    """One stretch as plain data."""
    score = segment.score
    return {
        "source": str(segment.source),
        "start_s": round(float(segment.start), 3),
        "end_s": round(float(segment.end), 3),
        "speech_s": round(float(segment.speech), 3),
        "verdict": segment.verdict,
        "reasons": [reason for reason, _ in score.reasons()],
        "snr_db": round(score.snr_db, 1),
        "clipped": round(score.clipped, 5),
        "bandwidth_hz": round(score.bandwidth_hz),
        "dnsmos": [round(value, 2) for value in (score.mos.signal, score.mos.background, score.mos.overall)],
        "likeness": round(score.likeness, 3),
        "overlap": round(score.overlap, 2),
    }
