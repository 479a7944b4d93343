"""Where long text is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.voice.language.sentences import MAX_SENTENCE, sentences


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("She met Mr. Weber. He sang.", ("She met Mr. Weber.", "He sang.")),
        ("He lived in the U.S. She did not.", ("He lived in the U.S.", "She did not.")),
        ("The U.S. Navy came. It left.", ("The U.S. Navy came.", "It left.")),
        ("We met at 5 p.m. The band played.", ("We met at 5 p.m.", "The band played.")),
        ("On Main St. in Boston. Then home.", ("On Main St. in Boston.", "Then home.")),
        ("It cost 3.5 dollars. See www.loc.gov today.", ("It cost 3.5 dollars.", "See www.loc.gov today.")),
        ("See vol. 2, p. 12. It is there.", ("See vol. 2, p. 12.", "It is there.")),
        ("He said “I know. I was there.” We wept.", ("He said “I know. I was there.”", "We wept.")),
        ("她说：“你来了！快坐。”他笑了。", ("她说：“你来了！快坐。”", "他笑了。")),
        ("Lt. Cmdr. Hopper spoke. We listened.", ("Lt. Cmdr. Hopper spoke.", "We listened.")),
        ("Flowers, e.g. Roses bloom. Yes.", ("Flowers, e.g. Roses bloom.", "Yes.")),
        ("Wait... what? No!", ("Wait...", "what?", "No!")),
        ("他去了……我留下。", ("他去了……", "我留下。")),
    ],
)
def test_text_is_cut_where_sentences_end(text: str, pieces: tuple[str, ...]) -> None:
    assert sentences(text) == pieces


def test_a_long_sentence_is_cut_at_marks_then_at_groups_of_words() -> None:
    clause = "she remembered the long white house above the harbour where her father had kept the boats "
    english = sentences((clause * 6).strip())
    assert all(len(piece) <= MAX_SENTENCE for piece in english)
    assert all(piece.split()[0] in ("she", "where", "above", "had") for piece in english)
    mandarin = sentences("她的父亲在重庆的一个小镇上出生后来参加了八路军并且在战场上牺牲了" * 6)
    assert all(len(piece) <= MAX_SENTENCE // 2 for piece in mandarin)
    assert not [piece for piece in mandarin if piece[0] in "的了着过"]
    marked = sentences("她记得那座白色的房子，" * 20)
    assert all(piece.endswith("，") for piece in marked)


@given(st.text(alphabet="ab .,?!\"“”'’Mr123老师说：，。！\n", max_size=400))
@settings(max_examples=80, deadline=None)
def test_nothing_is_lost_and_nothing_is_too_long(text: str) -> None:
    pieces = sentences(text)
    kept = "".join(char for char in text if char.isalnum())
    assert "".join(char for char in "".join(pieces) if char.isalnum()) == kept
    assert all(any(char.isalnum() for char in piece) for piece in pieces)
