"""Fonts: covering ones are found, missing characters are named."""

from __future__ import annotations

import pytest

from studio.edit import fonts
from studio.edit.fonts import drawn, font_for
from studio.errors import FontMissing


@pytest.mark.parametrize(
    ("text", "serif", "family"),
    [
        ("Grace Hopper, 1906–1992", False, "Noto Sans SC"),
        ("Grace Hopper", True, "Noto Serif SC"),
        ("葛丽丝·霍珀，永远怀念 “Amazing Grace”", True, "Noto Serif SC"),
        ("Ђорђе Šćepanović", False, "DejaVu Sans"),
        ("ناصر", False, "DejaVu Sans"),
        ("", False, "Noto Sans SC"),
    ],
)
def test_the_first_font_that_has_everything(text: str, serif: bool, family: str) -> None:
    font = font_for(text, serif=serif)
    assert font.family == family
    assert font.path.is_file()


def test_missing_characters_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_system_fonts", tuple)
    with pytest.raises(FontMissing, match=r"ส \(U\+0E2A thai character so sua\).*install a font"):
        font_for("Grace สวัสดี")
    with pytest.raises(FontMissing, match=r"🕯 \(U\+1F56F candle\)"):
        font_for("In memory 🕯")


def test_signs_that_are_not_drawn_need_no_font() -> None:
    assert drawn("a\u200d b\n\ufe0f\u2060\u3000\t") == {"a", "b"}
