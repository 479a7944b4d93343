"""Cards: text inside the canvas, at its size, readable, in both languages and every shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.edit import cards
from studio.edit.fonts import font_for
from studio.edit.phrases import inner_breaks
from studio.edit.typeset import fit, wrap
from studio.errors import FontMissing
from studio.trust import label
from studio.types import U8

SIZES = [(640, 360), (360, 640), (480, 480), (384, 480)]
LONG = "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff the Elder of Bergerdorf"
NAMES = ["Grace Murray Hopper", "葛丽丝·霍珀", LONG, "阿卜杜拉·本·阿卜杜勒阿齐兹·本·阿卜杜勒拉赫曼"]


def ink(picture: U8) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of what is bright: text and rules; the ground is below 90."""
    bright = picture[..., :3].max(axis=2) > 110
    if picture.shape[2] == 4:
        bright &= picture[..., 3] > 60
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_every_name_fits_every_card(name: str, size: tuple[int, int]) -> None:
    width, height = size
    pictures: list[U8] = [
        cards.title_card(size, name, dates="1906 – 1992", subtitle="永远怀念" if "·" in name else "In loving memory"),
        cards.title_overlay(size, name, dates="1906 – 1992"),
        cards.quote_card(size, f"{name}: {name}, {name}.", attribution=name),
        cards.lower_third(size, name, role=name),
        cards.end_card(size, heading=name, explanation=f"{name} " * 3, sections=[("SOURCES", [name] * 4)]),
    ]
    for picture in pictures:
        assert picture.shape[:2] == (height, width)
        assert picture.dtype == np.uint8
        x0, y0, x1, y1 = ink(picture)
        assert x0 >= 0.02 * width and x1 <= 0.98 * width, (x0, x1)
        assert y0 >= 0.02 * height and y1 <= 0.98 * height, (y0, y1)


def test_a_title_is_centred_and_stands_out() -> None:
    picture = cards.title_card((640, 360), "Grace Hopper", dates="1906 – 1992")
    x0, _, x1, _ = ink(picture)
    assert abs((x0 + x1) / 2 - 320) < 4
    ground = np.median(picture.reshape(-1, 3), axis=0)
    assert 15 < ground.mean() < 60
    assert ground[0] > ground[2]  # warm, not grey

    def luminance(rgb: Any) -> float:  # WCAG 2
        linear = (np.asarray(rgb, float) / 255) ** 2.2
        return float(linear @ (0.2126, 0.7152, 0.0722))

    assert (luminance(picture.reshape(-1, 3).max(axis=0)) + 0.05) / (luminance(ground) + 0.05) > 7


def test_cards_are_the_same_each_time_and_have_grain() -> None:
    one, two = (cards.title_card((320, 180), "A", seed=3) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, cards.title_card((320, 180), "A", seed=4))
    assert len(np.unique(one[:20].reshape(-1, 3), axis=0)) > 8


def test_a_lower_third_leaves_room_for_captions_and_the_face() -> None:
    for size in SIZES:
        picture = cards.lower_third(size, "Grace Hopper", role="Rear Admiral")
        x0, y0, x1, y1 = ink(picture)
        assert x0 == round(size[0] * 0.065)
        assert y0 > 0.5 * size[1] and y1 < 0.8 * size[1] and x1 < 0.8 * size[0]
        assert picture[: size[1] // 3, :, 3].max() < 12  # nothing over the upper third


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", list(label.LABEL.values()))
@pytest.mark.parametrize("share", [0.026, 0.05])
def test_the_label_is_as_high_as_the_rule_asks(text: str, share: float, size: tuple[int, int]) -> None:
    picture = cards.corner_label(size, text, text_height=share)
    x0, y0, x1, y1 = ink(picture)
    assert y1 - y0 >= share * min(size) - 1
    assert x0 > size[0] / 20 and x1 < size[0] and x1 > 0.85 * size[0]
    assert y1 < size[1] / 4
    assert picture[size[1] // 2 :, :, 3].max() == 0


def test_a_draft_is_marked_and_can_still_be_judged() -> None:
    for size in SIZES:
        for text in label.DRAFT.values():
            mark = cards.draft_mark(size, text)
            alpha = mark[..., 3].astype(float) / 255
            assert alpha[2].min() > 0.85  # the bar
            assert mark[2, 2, 0] > 2 * mark[2, 2, 1]  # red
            below = alpha[size[1] // 6 :]
            assert 0.005 < (below > 0.2).mean() < 0.25
            assert below.max() < 0.7
            assert (alpha[size[1] // 3 : size[1] // 3 * 2] > 0.2).any()


def test_trimming_keeps_what_is_visible_on_even_pixels() -> None:
    picture = np.zeros((100, 200, 4), np.uint8)
    picture[31:40, 55:80] = 255
    small, (left, top) = cards.trimmed(picture)
    assert (left, top) == (54, 30)
    assert small.shape == (10, 26, 4)
    assert np.array_equal(picture[30:40, 54:80], small)
    with pytest.raises(ValueError, match="visible"):
        cards.trimmed(np.zeros((4, 4, 4), np.uint8))


def test_letters_have_no_dark_edge() -> None:
    """Over white, a half-covered pixel of an ivory letter is lighter than the letter, never darker."""
    picture = cards.lower_third((640, 360), "Hello").astype(float)
    letters = picture[:, 46:][picture[:, 46:, 3] > 252]  # without the golden bar
    assert len(letters) > 50 and letters[:, :3].min() > 150


def test_an_end_card_holds_much_and_says_when_it_is_too_much() -> None:
    many = [("SOURCES", [f"“A line of some length, number {n}”  archive, box {n}" for n in range(24)])]
    x0, y0, x1, y1 = ink(cards.end_card((1280, 720), heading="AI reconstruction", sections=many))
    assert y1 - y0 > 360 and y0 > 20 and y1 < 700 and x0 > 60 and x1 < 1220
    with pytest.raises(ValueError, match="too much"):
        cards.end_card((320, 180), heading="x", sections=[("S", ["word " * 150] * 9)])


def test_what_no_font_has_is_refused() -> None:
    with pytest.raises(FontMissing):
        cards.title_card((320, 180), "Grace \U00012000")


def test_text_shrinks_before_it_wraps() -> None:
    wide = fit("Grace Murray Hopper", (1000, 200), pixels=60, floor=40, max_lines=2)
    narrow = fit("Grace Murray Hopper", (450, 200), pixels=60, floor=40, max_lines=2)
    wrapped = fit("Grace Murray Hopper", (300, 200), pixels=60, floor=40, max_lines=2)
    assert (wide.pixels, len(wide.lines)) == (60, 1)
    assert 40 <= narrow.pixels < 60 and len(narrow.lines) == 1
    assert len(wrapped.lines) == 2 and wrapped.width <= 300


def test_chinese_lines_break_by_the_rules() -> None:
    text = "语言里最危险的一句话是：“我们一直都是这么做的。”她出生于一九〇六年（纽约），毕业于耶鲁大学。"
    font = font_for(text)
    for width in range(120, 700, 20):
        lines = wrap(text, font, 24, 0.0, width)
        assert "".join(lines) == text
        for line in lines:
            assert line[0] not in "，。：”）、" and line[-1] not in "“（", lines
        if width > 300:
            assert not any(a.endswith(("我", "危", "一九", "大")) for a in lines), lines


def test_english_lines_break_at_blanks_only() -> None:
    text = "The most dangerous phrase is, “We’ve always done it this way”—so she said…"
    font = font_for(text)
    for width in range(150, 500, 10):
        lines = wrap(text, font, 24, 0.0, width)
        assert " ".join(lines) == text
    mixed = "她说 “We’ve always done it” 是最危险的话，詹姆斯·戴维斯也同意。"
    for width in range(160, 500, 10):
        lines = wrap(mixed, font_for(mixed), 24, 0.0, width)
        assert "".join(lines).replace(" ", "") == mixed.replace(" ", "")
        assert not any(line.endswith(("We’", "·")) or line.startswith(("’", "·")) for line in lines), lines


def test_words_and_numbers_are_not_torn() -> None:
    assert inner_breaks("我愿意") == {2}
    assert inner_breaks("科学家") == {1, 2}
    assert {k for k in inner_breaks("在一九〇六年的") if k > 1} == {2, 3, 4, 5, 6}
    assert inner_breaks("Grace Hopper") == frozenset()
