"""A line as it will be read, before anything is spoken."""

from __future__ import annotations

from studio.voice.language.reading import Piece, Preview, preview


def _piece(found: Preview, written: str) -> Piece:
    return next(piece for piece in found.pieces if piece.written == written)


def test_english_is_shown_with_words_sounds_and_rules() -> None:
    found = preview("In 1943 Ruth read to Mr. Nguyen.", "en", {"Nguyen": "{W IH1 N}"})
    assert [piece.written for piece in found.pieces] == ["In", "1943", "Ruth", "read", "to", "Mr.", "Nguyen", "."]
    assert (_piece(found, "1943").said, _piece(found, "1943").why) == ("nineteen forty-three", "year")
    assert (_piece(found, "read").sounds, _piece(found, "read").why) == ("ɹˈɛd", "context")
    assert (_piece(found, "Nguyen").sounds, _piece(found, "Nguyen").why) == ("wˈɪn", "lexicon: Nguyen")
    assert _piece(found, "Ruth").sounds == "ɹˈuːθ"
    assert not found.doubtful


def test_mandarin_is_shown_by_words_with_the_tones_that_are_heard() -> None:
    found = preview("1952年，他是银行的行长，有两把雨伞。", "zh")
    assert (_piece(found, "1952").said, _piece(found, "1952").sounds) == ("一九五二", "yī jiú wǔ èr")
    assert _piece(found, "行长").sounds == "háng zhǎng"
    assert _piece(found, "雨伞").sounds == "yú sǎn"
    assert _piece(found, "银行").why == "词语"
    assert not found.doubtful


def test_pieces_are_places_of_the_line_in_order() -> None:
    line = "Ruth came in 1943.\nShe said 你好 twice. 007 letters!"
    found = preview(line, "en")
    assert all(found.text[piece.start : piece.end] == piece.written for piece in found.pieces)
    starts = [piece.start for piece in found.pieces]
    assert starts == sorted(starts)
    assert [piece.sounds for piece in found.pieces if piece.language == "zh"] == ["ní hǎo"]


def test_what_is_doubtful_is_told_with_what_to_do() -> None:
    found = preview("On 07/12/1941 we met Siobhan at desk 007.", "en")
    doubts = {piece.written: piece.doubt for piece in found.doubtful}
    assert set(doubts) == {"07/12/1941", "Siobhan", "007"}
    assert 'lexicon an entry "Siobhan"' in doubts["Siobhan"]
    assert "month first" in doubts["07/12/1941"]
    assert "digit by digit" in doubts["007"]
    (piece,) = preview("他调。", "zh").doubtful
    assert "diào" in piece.doubt
    assert "tiáo" in piece.doubt
    assert "词表中写 调" in piece.doubt
    assert not preview("他调。", "zh", {"调": "tiáo"}).doubtful


def test_names_everybody_knows_are_not_asked_about() -> None:
    assert not preview("Grace Hopper met Mary at Yale in New York on Monday, December 9.", "en").doubtful
    assert not preview("任正非和华罗庚都在。", "zh").doubtful
