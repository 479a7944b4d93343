"""Frame rates as people write them, and as what they mean."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

# What people write for the rates of NTSC countries, and what is meant (SMPTE ST 12-1).
NTSC = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
}


def _frame_rate(value: Any) -> Fraction:
    text = str(value).strip()
    try:
        rate = NTSC.get(text) or Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError('write a rate like 25, 29.97 or "30000/1001"') from error
    if not 10 <= rate <= 60:
        raise ValueError("choose a rate between 10 and 60 frames per second")
    return rate


FrameRate = Annotated[
    Fraction,
    BeforeValidator(_frame_rate),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "examples": [25, 29.97, "30000/1001"]}),
]
