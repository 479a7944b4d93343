"""What in a film is true and what was made, from its recipe, as HTML. Pure; every word of a user is escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from studio.app.console import clock
from studio.app.web.texts import TEXTS, say
from studio.types import Language


def read(recipe: Path) -> Mapping[str, Any]:
    """A recipe; nothing where it is gone or damaged, since the film can be shown without it."""
    try:
        found = json.loads(recipe.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def html(recipe: Mapping[str, Any], language: Language) -> str:
    """A folded table: which words were said by the person and which were written for them, in which voice."""
    words = recipe.get("words") or ()
    if not words:
        return ""
    heads = "".join(
        f'<th scope="col">{say(f"record_{name}", language)}</th>' for name in ("time", "words", "source", "voice")
    )
    rows = "".join(_row(word, language) for word in words)
    hosts = [str(engine["sent_to"]) for engine in recipe.get("engines") or () if engine.get("sent_to")]
    sent = "".join(f"<p>{escape(say('record_sent', language, host=host))}</p>" for host in hosts)
    consents = "".join(f"<p>{_consent(consent, language)}</p>" for consent in (recipe.get("consent") or {}).values())
    return (
        f'<details class="record"><summary>{say("record", language)}</summary><div class="record-table"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"<p>{say('record_picture', language)}</p>{sent}{consents}</details>"
    )


def _row(word: Mapping[str, Any], language: Language) -> str:
    source = _known(str(word.get("source", "written")), language)
    cite = f" · {word['cite']}" if word.get("cite") else ""
    if word.get("synthetic_voice", True):
        voice = say("made_voice", language, engine=word.get("engine", "?"))
    else:
        voice = say("true_voice", language)
    cells = (clock(float(word.get("start_s", 0))), str(word.get("text", "")), source + cite, voice)
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _consent(consent: Mapping[str, Any] | None, language: Language) -> str:
    if not consent:
        return say("record_no_consent", language)
    right = _known(str(consent.get("right", "")), language)
    return escape(say("record_consent", language, who=consent.get("granted_by", ""), right=right))


def _known(key: str, language: Language) -> str:
    return say(key, language) if key in TEXTS else key
