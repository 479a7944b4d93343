"""Marks come out of a line, and what is no mark stays in it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import TextUnspeakable
from studio.voice.language import marks
from studio.voice.language import text as reading
from studio.voice.language.marks import Emphasis, Felt, Marked, Paced, Pause, read


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("I *really* loved you.", ["really"]),
        ("*I really* loved you.", ["I really"]),
        ("**I** loved *you*.", ["I", "you"]),
        ("*“Never,”* she said, and (*never*) wept.", ["“Never,”", "never"]),
        ("我*真的*很爱你。", ["真的"]),
        ("我＊真的＊很爱你。", ["真的"]),
        ("A *well-known*, *don't-know* man", ["well-known", "don't-know"]),
    ],
)
def test_stars_stress_what_is_between_them(written: str, words: list[str]) -> None:
    marked = read(written)
    assert [marked.text[e.start : e.end] for e in marked.emphases] == words
    assert marked.text == written.replace("*", "").replace("＊", "")


def test_two_stars_stress_more() -> None:
    assert read("*a* **b**").emphases == (Emphasis(0, 1, 1.0), Emphasis(2, 3, 1.5))


@pytest.mark.parametrize(
    "written",
    [
        "5 * 3 = 15",
        "2*3*4 and x*y*z",
        "f***ing, s**t",
        "a footnote* and its end*.",
        "one\n***\ntwo",
        "He [sic] said [they] were here [...] in [1952].",
        "［注］这是【标题】。",
        "[warmer] days, [the pause]",
    ],
)
def test_stars_and_brackets_that_are_no_marks_stay(written: str) -> None:
    assert read(written) == Marked(written)


def test_a_backslash_keeps_a_mark() -> None:
    assert read(r"\*so\* \[warm] C:\dir").text == r"*so* [warm] C:\dir"


@pytest.mark.parametrize(
    ("written", "text", "pauses"),
    [
        ("Wait [pause 1.5s] here.", "Wait here.", [(5, "3/2")]),
        ("Wait[pause: 2 seconds].", "Wait.", [(4, "2")]),
        ("[PAUSE 300ms]Wait.", "Wait.", [(0, "3/10")]),
        ("Wait. [pause]", "Wait.", [(5, "4/5")]),
        ("等一下[停 1.5秒]好吗？", "等一下好吗？", [(3, "3/2")]),
        ("等一下［停2秒］好吗？", "等一下好吗？", [(3, "2")]),
        ("她走了……再没回来。", "她走了……再没回来。", [(5, "9/10")]),
        ("one\n[pause 1s]\ntwo", "one\ntwo", [(4, "1")]),
    ],
)
def test_pauses_have_a_place_and_a_length(written: str, text: str, pauses: list[tuple[int, str]]) -> None:
    marked = read(written)
    assert marked.text == text
    assert marked.pauses == tuple(Pause(at, Fraction(seconds)) for at, seconds in pauses)


def test_feelings_and_paces_may_be_inside_each_other_and_cross() -> None:
    marked = read("[warm]My [slow]dear [glad 50%]old[/glad][/warm] friend[/slow].")
    assert marked.text == "My dear old friend."
    assert marked.feelings == (Felt(0, 11, "warm"), Felt(8, 11, "glad", 0.5))
    assert marked.tempos == (Paced(3, 18, marks.SLOW),)


@pytest.mark.parametrize("brackets", ["[]", "【】", "［］"])
def test_chinese_marks(brackets: str) -> None:
    left, right = brackets
    written = f"{left}悲伤 0.6{right}她*走*了，{left}快{right}走得很急。{left}/快{right}{left}/悲伤{right}"
    assert read(written) == Marked(
        "她走了，走得很急。", (Emphasis(1, 2),), (), (Felt(0, 9, "sad", 0.6),), (Paced(4, 9, marks.FAST),)
    )


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("[warm]My dear", "[warm] is not closed"),
        ("My dear[/warm]", "[/warm] closes what was never opened"),
        ("[happy]My[/happy] dear", "[happy]"),
        ("[furious]My[/furious] dear", "[furious]"),
        ("[breath] My dear", "[breath]"),
        ("[pasue 1s] My dear", "[pasue 1s]"),
        ("[pause for long]", "[pause for long]"),
        ("[pause 90s] My dear", "[pause 90s]"),
        ("[warm 3]My[/warm]", "[warm 3]"),
        ("[slow 2]My[/slow]", "[slow 2]"),
        ("[/x] My", "[/x]"),
        ("My *dear friend", "*dear"),
        ("My *dear\nfriend*", "*dear"),
        ("【温暖】亲爱的", "【温暖】…【/温暖】"),
        ("[停 很久]好", "[停 很久]"),
    ],
)
def test_marks_that_cannot_be_followed_are_named(written: str, named: str) -> None:
    with pytest.raises(TextUnspeakable) as caught:
        read(written)
    assert named in str(caught.value)
    assert str(caught.value).count("\n") == 0


MARKS = ["*", "**", "[pause 1s]", "[warm]", "[/warm]", "[slow]", "[/slow]", "……", "[", "]", "\\", " ", "\n", "a", "我"]


@given(st.lists(st.sampled_from([*MARKS, "b", "5", ".", "“", "，"]), max_size=12).map("".join))
def test_a_line_without_its_marks_is_clean_and_every_place_is_in_it(written: str) -> None:
    try:
        marked = read(written)
    except TextUnspeakable:
        return
    assert reading.clean(marked.text) == marked.text
    for span in (*marked.emphases, *marked.feelings, *marked.tempos):
        assert 0 <= span.start < span.end <= len(marked.text)
        assert marked.text[span.start : span.end].strip() == marked.text[span.start : span.end]
    assert all(0 <= pause.at <= len(marked.text) for pause in marked.pauses)


def test_a_line_that_is_only_marks_has_nothing_to_say() -> None:
    with pytest.raises(TextUnspeakable, match="nothing"):
        reading.read(read("[pause 1s]").text, "en")
