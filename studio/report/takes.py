"""The lines of a film that were said more than once, to compare and choose; and what is doubtful in any line."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from studio.report.texts import say
from studio.types import Language


def section(recipe: Mapping[str, Any], language: Language) -> str:
    """Players that wait to be started, one per take; "" where every line has one take and no doubts."""
    parts = [_line(word, language) for word in recipe.get("words", ())]
    told = "".join(part for part in parts if part)
    return f"<section><h2>{say('takes', language)}</h2>{told}</section>" if told else ""


def _line(word: Mapping[str, Any], language: Language) -> str:
    takes, doubts, true = word.get("takes", ()), word.get("doubts", ()), word.get("true_words", ())
    left = word.get("left_on_tape", ())
    if not (takes or doubts or true or left):
        return ""
    rows = [f"<li>{escape(str(told))}</li>" for told in (*doubts, *left)]
    rows += [
        f"<li>{escape(say('true_words', language, words=str(part['text']), source=str(part['source'])))}</li>"
        for part in true
    ]
    for take in takes:
        used = f" <em>{say('take_used', language)}</em>" if take["used"] else ""
        player = f'<audio controls preload="none" src="{quote(str(take["file"]))}"></audio>'
        rows.append(f"<li><b>{say('take', language, number=str(take['number']))}</b>{used} {player}</li>")
    how = f"<p class='stage'>{say('take_how', language)}</p>" if takes else ""
    return f"<h3>“{escape(str(word['text']))}”</h3><ul class='plain'>{''.join(rows)}</ul>{how}"
