"""The report as one HTML page that needs nothing else: pictures inside, no scripts, light and dark, small screens."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from typing import Any

from studio.head.bands import BANDS, Band
from studio.head.verdict import LEAST_RANGE
from studio.report import curves, takes
from studio.report.clips import Clip, Line, Shown
from studio.report.style import STYLE
from studio.report.texts import FIGURES, GROUPS, MISSING, MOMENTS, say
from studio.types import Language

_WORST_FIRST = ("poor", "look")


def html(recipe: Mapping[str, Any], clips: Sequence[Clip], language: Language) -> str:
    """The whole page.

    Args:
        recipe: the film's, as studio/recipe.py writes it; of a single clip, {}.
        clips: in order of time.
    """
    film = recipe.get("film", {})
    title = str(recipe.get("production", {}).get("title", "") or (clips[0].scene if clips else ""))
    body = [f"<header><h1>{escape(title)}</h1><p class='kind'>{say('title', language)}</p>{_about(film, language)}"]
    body.append(f"<p class='lead'>{say('lead', language)}</p></header>")
    if film:
        body += [_synthetic(recipe, clips, language), _engines(recipe, language)]
        body.append(takes.section(recipe, language))
        body += [] if clips else [f"<p>{say('nothing_talks', language)}</p>"]
    body += [_clip(clip, language, in_film=bool(film)) for clip in clips]
    body.append(_how(recipe, clips, language))
    lang = {"en": "en", "zh": "zh-Hans"}[language]
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{say('title', language)} · {escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def clock(seconds: float) -> str:
    """m:ss.s"""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _about(film: Mapping[str, Any], language: Language) -> str:
    if not film:
        return ""
    length = clock(float(Fraction(str(film["duration_s"]))))
    facts = [("film", film["file"]), ("length", length), ("made", str(film["made"]).replace("T", " ")[:16] + " UTC")]
    heard = film.get("loudness") or {}
    if heard.get("integrated_lufs") is not None:
        level = f"{heard['integrated_lufs']:.1f} LUFS, {heard['true_peak_dbtp']:.1f} dBTP ({heard['profile']})"
        facts.append(("loudness", level))
    pairs = "".join(f"<div><dt>{say(name, language)}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts)
    return f"<dl class='facts'>{pairs}</dl>"


def _synthetic(recipe: Mapping[str, Any], clips: Sequence[Clip], language: Language) -> str:
    """A bar over the film, and what each stretch of it is."""
    duration = float(Fraction(str(recipe["film"]["duration_s"])))
    stretches = [
        (clip.start, clip.start + clip.duration, say("picture", language) + f": {clip.person}", "picture")
        for clip in clips
    ]
    for word in recipe.get("words", ()):
        made = bool(word.get("synthetic_voice", True))
        voice = say("voice_made", language, engine=word.get("engine", "")) if made else say("voice_real", language)
        kind = "made" if made else "true"
        stretches.append((float(word["start_s"]), float(word["end_s"]), f"“{word['text']}” — {voice}", kind))
    stretches = [(max(0.0, a), min(duration, b), what, kind) for a, b, what, kind in stretches]
    bars = "".join(
        f'<i class="{kind}" style="left:{100 * a / duration:.2f}%;width:{100 * (b - a) / duration:.2f}%"></i>'
        for a, b, _, kind in stretches
    )
    rows = "".join(
        f'<li><span class="dot {kind}"></span><b>{clock(a)}–{clock(b)}</b> {escape(what)}</li>'
        for a, b, what, kind in sorted(stretches, key=lambda one: (one[0], one[3] != "picture"))
    )
    head = f"<h2>{say('synthetic', language)}</h2><div class='bar'>{bars}</div>"
    return f"<section>{head}<ul class='plain'>{rows}</ul></section>"


def _engines(recipe: Mapping[str, Any], language: Language) -> str:
    rows = []
    for engine in recipe.get("engines", ()):
        limit = "" if engine.get("commercial", True) else f" <em>{say('non_commercial', language)}</em>"
        if host := engine.get("sent_to"):
            limit += f" <em>{escape(say('sent_to', language, host=host))}</em>"
        rows.append(
            f"<li><b>{escape(engine['name'])}</b> <span class='stage'>{escape(engine['stage'])}</span> "
            f"{escape(engine['licence'])}{limit}</li>"
        )
    return f"<section><h2>{say('engines', language)}</h2><ul class='plain'>{''.join(rows)}</ul></section>"


def _clip(clip: Clip, language: Language, *, in_film: bool) -> str:
    scene = say("scene", language, scene=clip.scene) if in_film else clip.scene
    verdicts = {name: BANDS[name].verdict(value) for name, value in clip.figures.items()}
    told = [
        say(
            f"{key}_at",
            language,
            names=_names([name for name, verdict in verdicts.items() if verdict == key], language),
        )
        for key in _WORST_FIRST
        if key in verdicts.values()
    ]
    groups = "".join(_group(name, clip, language) for name in GROUPS)
    good = BANDS["likeness"].good[0]
    legend = "".join(
        f'<span class="{kind}">{say(f"legend_{kind}", language)}</span>' for kind in ("seen", "heard", "silence")
    )
    return (
        f"<section class='clip'><h2>{escape(clip.person)} <small>{escape(scene)}</small></h2>"
        f"<p class='told'>{' '.join(told) or say('calm', language)}</p><div class='groups'>{groups}</div>"
        f"<figure><figcaption>{say('curve_likeness', language)}</figcaption>"
        f"{curves.likeness(clip, good, language)}</figure>"
        f"<figure><figcaption>{say('curve_mouth', language)}</figcaption>{curves.mouth(clip, language)}"
        f"<p class='legend'>{legend}</p></figure>"
        f"{_lines(clip.lines, language)}{_moments(clip, language, in_film=in_film)}</section>"
    )


def _names(keys: Sequence[str], language: Language) -> str:
    comma = {"en": ", ", "zh": "、"}[language]
    return comma.join(_pick(FIGURES[key][0], language) for key in keys)


def _pick(pair: tuple[str, str], language: Language) -> str:
    return pair[language == "zh"]


def _group(name: str, clip: Clip, language: Language) -> str:
    # A clip whose figure has no meaning at all (no network, no teeth) does not speak of it.
    shown = [key for key in GROUPS[name] if clip.figures.get(key) is not None or key not in ("identity", "teeth")]
    opening = clip.figures.get("opening")
    followed = opening is None or opening >= 100 * LEAST_RANGE
    missing = MISSING if followed else {**MISSING, **dict.fromkeys(GROUPS["group_speech"], "not_followed")}
    rows = "".join(_figure(key, clip.figures.get(key), missing.get(key, "too_little"), language) for key in shown)
    return f"<div class='group'><h3>{say(name, language)}</h3>{rows}</div>"


def _figure(key: str, value: float | None, missing: str, language: Language) -> str:
    """One row.

    Args:
        missing: a key of TEXTS: why there is no value, where there is none.
    """
    band = BANDS[key]
    name, unit, meaning = (_pick(pair, language) for pair in FIGURES[key])
    if value is None:
        shown, verdict = f"<span class='missing'>{say(missing, language)}</span>", "none"
    else:
        shown, verdict = f"<b>{_number(value, band.digits)}{unit}</b>", band.verdict(value)
    chip = "" if verdict == "none" else f"<span class='chip {verdict}'>{say(verdict, language)}</span>"
    real = ""
    if band.real is not None:
        low, _, high = (_number(one, band.digits) for one in band.real)
        real = f"<small>{say('real', language)} {low} … {high}{unit}</small>"
    good = "" if band.source == "none" else f"<p>{say('band', language)}: {_range(band, key)}{unit}</p>"
    return (
        f"<details class='figure'><summary><span class='name'>{name}{real}</span>{shown}{chip}</summary>"
        f"<p>{meaning}</p>{good}</details>"
    )


def _range(band: Band, key: str) -> str:
    low, high = band.good
    if low == high:
        return _number(low, band.digits)
    if key in ("likeness", "texture", "agreement"):
        return f"≥ {_number(low, band.digits)}"
    return (
        f"≤ {_number(high, band.digits)}" if low == 0 else f"{_number(low, band.digits)} – {_number(high, band.digits)}"
    )


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    zero = f"{0:.{digits}f}"
    return zero if text == f"-{zero}" else text.replace("-", "−")


def _lines(lines: Sequence[Line], language: Language) -> str:
    if not lines:
        return ""
    rows = []
    for line in lines:
        timed = line.lag_ms is not None and line.agreement is not None
        told = (
            say("line_timing", language, lag=_number(line.lag_ms or 0, 0), agreement=_number(line.agreement or 0, 2))
            if timed
            else say("line_unclear", language)
        )
        rows.append(
            f"<li><b>{clock(line.start)}–{clock(line.end)}</b> “{escape(line.text)}” "
            f"<span class='stage'>{told}</span></li>"
        )
    return f"<h3>{say('lines', language)}</h3><ul class='plain'>{''.join(rows)}</ul>"


def _moments(clip: Clip, language: Language, *, in_film: bool) -> str:
    head = f"<h3>{say('moments', language)}</h3>"
    if not clip.moments:
        return f"{head}<p>{say('no_moments', language)}</p>"
    photo = _picture(clip, clip.photo, say("photo_alt", language))
    cards = []
    for number, one in enumerate(clip.moments, start=1):
        when = (
            say("in_film", language, take=clock(one.at), film=clock(max(0.0, clip.start + one.at)))
            if in_film
            else say("in_take", language, take=clock(one.at))
        )
        frame = _picture(clip, one.picture, say("frame_alt", language))
        cards.append(
            f"<article><div class='pair'>{frame}{photo}</div><p><span class='count'>{number}</span>"
            f"<b>{when}</b> {escape(_sentence(one, language))}</p></article>"
        )
    return f"{head}<div class='moments'>{''.join(cards)}</div>"


def _sentence(one: Shown, language: Language) -> str:
    digits = 0 if one.kind in ("pause", "outside") else 1 if one.kind in ("unseen", "shake") else 2
    return _pick(MOMENTS[one.kind], language).format(value=_number(one.value, digits), limit=_number(one.limit, digits))


def _picture(clip: Clip, name: str, alt: str) -> str:
    data = base64.b64encode((clip.folder / name).read_bytes()).decode("ascii")
    return f'<figure><img alt="{alt}" src="data:image/jpeg;base64,{data}"><figcaption>{alt}</figcaption></figure>'


def _how(recipe: Mapping[str, Any], clips: Sequence[Clip], language: Language) -> str:
    engine = next((clip.identity for clip in clips if clip.identity), "")
    licences = {one["name"]: one["licence"] for one in recipe.get("engines", ())}
    identity = (
        say("how_identity", language, engine=escape(engine), licence=escape(licences.get(engine, "")))
        if engine
        else say("how_no_identity", language)
    )
    parts = (say("how_body", language), say("how_bands", language), identity)
    return f"<section><h2>{say('how', language)}</h2>{''.join(f'<p>{part}</p>' for part in parts)}</section>"
