"""What marks a film as made by a machine: words in the picture and keys in the container."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from studio.types import Language

LABEL: dict[Language, str] = {"en": "AI reconstruction", "zh": "AI 重现"}
DRAFT: dict[Language, str] = {"en": "DRAFT: NO CONSENT RECORD", "zh": "草稿：未登记授权 · DRAFT: NO CONSENT RECORD"}
WordSource = Literal["verbatim", "adapted", "written"]
SOURCES: dict[Language, dict[WordSource, str]] = {
    "en": {"verbatim": "verbatim", "adapted": "adapted", "written": "written for this film"},
    "zh": {"verbatim": "原话", "adapted": "改编", "written": "为本片撰写"},
}


def metadata(producer: str, produce_id: str, comment: str) -> Mapping[str, str]:
    """Container tags: the AIGC key of GB 45438-2025 (Label 1: generated) and a comment for people.

    Args:
        producer: who made the content; here the program.
        produce_id: names this very film; the hash of its recipe.
    """
    aigc = {
        "Label": "1",
        "ContentProducer": producer,
        "ProduceID": produce_id,
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }
    return {"AIGC": json.dumps(aigc, ensure_ascii=False, separators=(",", ":")), "comment": comment}
