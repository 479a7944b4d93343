"""What an intake found, in plain sentences and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from studio.types import Language
from studio.voice.recordings.intake import REFERENCE_S, Intake, Segment, Source, Speaker
from studio.voice.recordings.scoring import TELEPHONE_HZ

_OFFSET = 0.01  # of full scale, worth a word
_FEW = 11_025  # samples a second; with fewer, only what a telephone carries was kept
_SPEECH_SHARE = 0.95  # of a file: then it is all speech


def lasting(seconds: Fraction | float, language: Language = "en") -> str:
    """A length as people say it: 4.2 s, 41 s, 3 min, 3 min 12 s, 1 h 2 min; 4.2 秒, 3 分 12 秒, 1 小时 2 分."""
    hour, minute, second = ("h", "min", "s") if language == "en" else ("小时", "分钟", "秒")
    if seconds < 9.95:
        text = f"{float(seconds):.1f}"
        return f"{text.removesuffix('.0')} {second}"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} {hour} {minutes} {minute}" if minutes else f"{hours} {hour}"
    if not minutes:
        return f"{rest} {second}"
    return f"{minutes} {minute if language == 'en' else '分'} {rest} {second}" if rest else f"{minutes} {minute}"


def moment(seconds: Fraction) -> str:
    """A place in a file as players show it: 0:07, 12:40, 1:02:03."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def summary(intake: Intake, language: Language = "en") -> str:
    """How many voices there are, and what to do about it."""
    count = len(intake.speakers)
    if count == 1:
        return "One voice was found." if language == "en" else "只找到一个人的声音。"
    if language == "zh":
        return f"找到 {count} 个人的声音。请用 --samples FOLDER 写出每个人的样音，听过之后用 --speaker N 选定一位。"
    return (
        f"{count} voices were found. Write a sample of each with --samples FOLDER, listen, "
        "and choose one with --speaker N."
    )


def of_source(source: Source, language: Language = "en") -> tuple[str, ...]:
    """What there is to say of one file."""
    english = language == "en"
    if source.unusable:
        return (f"Nothing of it can be used. {source.unusable}" if english else f"无法使用：{source.unusable}",)
    length, speech = lasting(source.duration, language), lasting(source.speech, language)
    if source.speech >= _SPEECH_SHARE * source.duration:
        said = [f"{length} long; somebody speaks all the time." if english else f"长 {length}，一直有人说话。"]
    else:
        said = [f"{length} long; somebody speaks for {speech}." if english else f"长 {length}，其中 {speech}有人说话。"]
    if source.hum is not None:
        base = f"{source.hum.base:.0f} Hz"
        said.append(
            f"A hum of {base} lies under it; cleaning takes that away."
            if english
            else f"底下有 {base} 的电源哼声，清理时会去除。"
        )
    if abs(source.offset) > _OFFSET:
        off = f"{abs(source.offset):.0%}"
        said.append(
            f"The sound lies off the middle by {off} of full scale; that is set right."
            if english
            else f"声音的零点偏移了满幅的 {off}，会自动校正。"
        )
    if source.sample_rate < _FEW:
        rate = source.sample_rate
        said.append(
            f"It was recorded with {rate} samples a second, as by a telephone: there is nothing above "
            f"{rate // 2} Hz, so the voice will stay a little dull."
            if english
            else f"采样率只有 {rate} Hz，像电话录音：{rate // 2} Hz 以上没有声音，嗓音听起来会略闷。"
        )
    return tuple(said)


def of_speaker(speaker: Speaker, intake: Intake, language: Language = "en") -> tuple[str, ...]:
    """What there is to say of one voice."""
    english, usable = language == "en", speaker.usable
    of, whole = lasting(usable, language), lasting(intake.duration, language)
    enough = _enough(usable, language)
    said = [f"Usable voice: {of} of {whole}{enough}" if english else f"可用的声音：{whole}中有 {of}{enough}"]
    if (reference := speaker.reference) is not None:
        best, where = lasting(reference.seconds, language), place(reference, language)
        praise = _praise(reference, intake, language)
        said.append(f"Best {best}: {where}: {praise}." if english else f"最好的 {best}：{where}：{praise}。")
    elif usable >= REFERENCE_S[0]:
        said.append(
            "No stretch of 3 s is in one piece: what there is, is chosen in bits."
            if english
            else "没有连续 3 秒的片段：只能零散地选取。"
        )
    chosen = sum((segment.speech for segment in speaker.chosen), Fraction(0))
    if chosen < usable:
        best = lasting(chosen, language)
        said.append(
            f"The best {best} of it are chosen; more would hardly teach anything new."
            if english
            else f"从中选取最好的 {best}；再多也几乎学不到新东西。"
        )
    fair, poor = ([s for s in speaker.segments if s.verdict == verdict] for verdict in ("fair", "poor"))
    if flaws := _flaws(fair, language, fatal=False):
        said.append(f"Usable, though not perfect: {flaws}." if english else f"可用但不完美：{flaws}。")
    if left := _flaws(poor, language, fatal=True):
        said.append(f"Left out: {left}." if english else f"未采用：{left}。")
    return tuple(said)


def _enough(usable: Fraction, language: Language) -> str:
    for limit, english, chinese in _ENOUGH:
        if usable <= 0 if limit == 0 else usable < limit:
            return english if language == "en" else chinese
    return ". That is plenty." if language == "en" else "，非常充足。"


def place(segment: Segment, language: Language = "en") -> str:
    """Where a stretch lies: tape.wav from 0:12 to 0:24."""
    name, start, end = segment.source.name, moment(segment.start), moment(segment.end)
    return f"{name} from {start} to {end}" if language == "en" else f"{name} 的 {start} 至 {end}"


def _praise(segment: Segment, intake: Intake, language: Language) -> str:
    """Why this stretch was chosen over the others."""
    score = segment.score
    english, above = language == "en", f"{score.snr_db:.0f} dB"
    words = [("a clear voice", "嗓音清晰") if score.mos.signal >= 3.2 else ("the clearest there is", "是最清晰的一段")]
    if score.snr_db >= 30:
        words.append(("hardly any noise", "几乎没有噪声"))
    elif score.snr_db >= 15:
        words.append((f"a little noise (the voice is {above} above it)", f"略有噪声（人声高出 {above}）"))
    else:
        words.append((f"noisy (the voice is only {above} above it)", f"噪声较大（人声只高出 {above}）"))
    # Whether somebody speaks along can be told only of voices that are also heard alone.
    if score.overlap >= 0.1:
        words.append(("perhaps with another voice in the background", "背景里可能有别人说话"))
    elif len(intake.speakers) > 1:
        words.append(("the other voices are not in it", "没有混入其他人的声音"))
    if score.bandwidth_hz <= TELEPHONE_HZ:
        words.append((f"nothing above {score.bandwidth_hz:.0f} Hz", f"{score.bandwidth_hz:.0f} Hz 以上没有声音"))
    return ", ".join(word for word, _ in words) if english else "，".join(word for _, word in words)


def _flaws(segments: Sequence[Segment], language: Language, *, fatal: bool) -> str:
    """How long what is wrong: "12 s with noise, 5 s with two people at once"; each stretch under its first reason."""
    seconds: dict[str, Fraction] = {}
    for segment in segments:
        name = next(name for name, alone in segment.score.reasons() if alone or not fatal)
        seconds[name] = seconds.get(name, Fraction(0)) + segment.speech
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    helps = bool({"noise", "other sounds"} & seconds.keys()) and not fatal
    if language == "zh":
        words = "，".join(f"{lasting(length, language)}{_WITH[name][1]}" for name, length in ordered)
        return f"{words}（清理可以减轻噪声）" if helps else words
    words = ", ".join(f"{lasting(length)} {_WITH[name][0]}" for name, length in ordered)
    return f"{words} (cleaning helps against noise)" if helps else words


# Up to how many seconds of usable voice, and what that is worth.
_ENOUGH = (
    (0, ". Another recording is needed: 10 s will do, 30 s is good.", "。需要另一段录音：10 秒即可，30 秒更好。"),
    (3, ". That is too little for a likeness: 10 s will do, 30 s is good.", "，太少，无法相像：10 秒即可，30 秒更好。"),
    (10, ". The likeness will be rough: 10 s will do, 30 s is good.", "，只能大致相像：10 秒即可，30 秒更好。"),
    (30, ". That will do; from 30 s on the likeness is better.", "，够用；30 秒以上会更像。"),
)
_WITH = {
    "noise": ("with noise in it", "有噪声"),
    "other sounds": ("with noise, music or another voice behind it", "背景有噪声、音乐或其他人声"),
    "two people at once": ("in which two people seem to speak at once", "似乎有两个人同时说话"),
    "recorded too loudly": ("recorded too loudly", "录音过响而削顶"),
    "an unclear voice": ("with an unclear voice", "嗓音不清楚"),
    "a narrow sound, as from a telephone": ("with a narrow sound, as from a telephone", "频带很窄，像电话里的声音"),
    "not surely the same person": ("that may be somebody else", "可能是别人的声音"),
}


def as_data(intake: Intake, language: Language = "en") -> dict[str, Any]:
    """Everything as plain data, for programs; times in s, sentences in `language`."""
    return {
        "summary": summary(intake, language),
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
                "says": list(of_source(source, language)),
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
                "says": list(of_speaker(speaker, intake, language)),
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
