"""What is read for what is written."""

from __future__ import annotations

import time

import pytest

from studio.errors import TextUnspeakable
from studio.voice.language import english, mandarin
from studio.voice.language.text import MAX_CHARACTERS, MAX_SENTENCE, check, clean, normalise, read, sentences

ENGLISH = [
    ("in 1906", "in nineteen oh six"),
    (
        "1900, 1952, 2000, 2005, 2024",
        "nineteen hundred, nineteen fifty-two, two thousand, two thousand five, twenty twenty-four",
    ),
    ("the 1940s", "the nineteen forties"),
    ("(1906–1992)", ", nineteen oh six to nineteen ninety-two,"),
    ("December 9, 1906", "December ninth, nineteen oh six"),
    ("9 December 1906", "the ninth of December nineteen oh six"),
    ("1906-12-09", "December ninth, nineteen oh six"),
    ("12/9/1906", "December ninth, nineteen oh six"),
    ("Dec. 25", "December twenty-fifth"),
    ("May I go in May?", "May I go in May?"),
    ("at 5:30 p.m.", "at five thirty P M"),
    ("at 10:00", "at ten o'clock"),
    ("7:05", "seven oh five"),
    ("$3.50", "three dollars and fifty cents"),
    ("$1", "one dollar"),
    ("£1,200", "one thousand two hundred pounds"),
    ("$3.5 million", "three point five million dollars"),
    ("12.5%", "twelve point five percent"),
    ("1st 2nd 3rd 12th 21st 30th", "first second third twelfth twenty-first thirtieth"),
    ("-5 °C", "minus five degrees Celsius"),
    ("60 mph", "sixty miles per hour"),
    ("1 km", "one kilometre"),
    ("3.14", "three point one four"),
    ("1,000,001", "one million one"),
    ("007", "zero zero seven"),
    ("555-1234", "five five five one two three four"),
    ("+1 212 555 1234", "one two one two five five five one two three four"),
    ("1/2 and ¾", "one half and three quarters"),
    ("Dr. Smith and Mrs. Lee", "Doctor Smith and Missus Lee"),
    ("Adm. Grace B. Hopper, U.S. Navy", "Admiral Grace B Hopper, U S Navy"),
    ("St. Paul lives in Main St.", "Saint Paul lives in Main Street"),
    ("King Henry VIII", "King Henry the eighth"),
    ("I saw Elizabeth I.", "I saw Elizabeth the first."),
    ("World War II", "World War two"),
    ("COVID-19, B-52, 5G", "COVID nineteen, B fifty-two, five G"),
    ("FBI and NASA", "F B I and NASA"),
    ("salt & pepper", "salt and pepper"),
    ("it's the children's", "it's the children's"),
    ("it’s", "it's"),
    ("HELLO MY DEAR FRIENDS", "hello my dear friends"),
    ("Hello 😀 world 👍🏽", "Hello world"),
    ("ＡＢ１２", "Ay B twelve"),
    ("① ½ ⅛ 5 m² Ⅷ", "one one half one eighth five square metres eight"),
    ("٣ ﬁne", "three fine"),
    ("a visit to example.org", "a visit to example dot org"),
    ("mid-1940s, a Ph.D., 24/7", "mid nineteen forties, a P H D, twenty-four seven"),
    ("version 2.0.1", "version two point zero point one"),
    ("www.example.com", "w w w dot example dot com"),
    ("She said 你好 in 1952年.", "She said 你好 in 一九五二年."),
]

MANDARIN = [
    ("1952年5月3日", "一九五二年五月三日"),
    ("一九五二年", "一九五二年"),
    ("2024-05-03", "二零二四年五月三日"),
    ("在1906-1992年间", "在一九零六至一九九二年间"),
    ("90年代", "九十年代"),
    ("2个人", "两个人"),
    ("22个人", "二十二个人"),
    ("第2名", "第二名"),
    ("2月2日2点5分", "二月二日两点五分"),
    ("2年级", "二年级"),
    ("200", "二百"),
    ("2000", "两千"),
    ("20000", "两万"),
    ("105", "一百零五"),
    ("1005", "一千零五"),
    ("10010", "一万零一十"),
    ("110", "一百一十"),
    ("15", "十五"),
    ("100000000", "一亿"),
    ("12.5%", "百分之十二点五"),
    ("-5℃", "负五摄氏度"),
    ("¥100.5", "一百点五元"),
    ("$3.5万", "三点五万美元"),
    ("3:30开会", "三点三十分开会"),
    ("5-10个", "五到十个"),
    ("13812345678", "幺三八幺二三四五六七八"),
    ("2.5km", "二点五公里"),
    ("1/2", "二分之一"),
    ("格蕾丝·霍珀", "格蕾丝霍珀"),
    ("我爱Grace Hopper！", "我爱 Grace Hopper!"),
    ("１２３", "一百二十三"),
    ("面积50㎡", "面积五十平方米"),
    ("½和①", "二分之一和一"),
    ("你好😀，世界", "你好,世界"),
]


@pytest.mark.parametrize(("written", "said"), ENGLISH)
def test_english_is_read_as_people_say_it(written: str, said: str) -> None:
    assert normalise(written, "en") == said


@pytest.mark.parametrize(("written", "said"), MANDARIN)
def test_mandarin_is_read_as_people_say_it(written: str, said: str) -> None:
    assert normalise(written, "zh") == said


def test_every_token_is_a_piece_of_the_line_in_order() -> None:
    line = read("In 1906, she spent $3.5 million on Dec. 9.", "en")
    pieces = [line.text[token.start : token.end] for token in line.tokens if not token.pause]
    assert pieces == ["In", "1906", "she", "spent", "$3.5 million", "on", "Dec.", "9"]
    starts = [token.start for token in line.tokens]
    assert starts == sorted(starts)


def test_chinese_digits_read_one_by_one_are_shown_one_by_one() -> None:
    line = read("1952年有120人", "zh")
    assert [line.text[t.start : t.end] for t in line.tokens] == ["1", "9", "5", "2", "年", "有", "120", "人"]


def test_lexicon_respells_and_gives_phonemes_and_pinyin() -> None:
    assert normalise("Hopper met hopper.", "en", {"Hopper": "Hawper"}) == "Hawper met Hawper."
    assert normalise("Hopperland", "en", {"Hopper": "Hawper"}) == "Hopperland"
    assert normalise("Nguyen", "en", {"Nguyen": "/wɪn/"}) == "/wɪn/"
    assert [token.said for token in read("单老师", "zh", {"单": "shàn"}).tokens] == ["{shan4}", "老", "师"]
    with pytest.raises(TextUnspeakable, match="2 syllables for 1 characters"):
        read("单", "zh", {"单": "shan4 dan1"})


@pytest.mark.parametrize(
    ("text", "language", "says"),
    [
        ("", "en", "nothing in it"),
        ("   \n ", "en", "nothing in it"),
        ("😀😀", "zh", "nothing in it"),
        ("…?!", "en", "nothing in it"),
        ("Привет", "en", "Cyrillic.*English and Mandarin"),
        ("さくら", "zh", "Hiragana"),
        ("مرحبا", "en", "Arabic"),
        ("a" * (MAX_CHARACTERS + 1), "en", "20,000"),
        ("Bonjour", "fr", "en .*zh"),
    ],
)
def test_what_cannot_be_said_is_refused(text: str, language: str, says: str) -> None:
    with pytest.raises(TextUnspeakable, match=says):
        check(text, language)  # type: ignore[arg-type]


def test_invisible_characters_go_and_letters_are_composed() -> None:
    assert clean("\ufeffcafe\u0301\u200b \u0007ok\r\n\r\n yes\u00a0!") == "café ok\nyes !"
    assert clean("❤️ love\u00adly") == "lovely" or clean("❤️ love\u00adly") == "love-ly".replace("-", "")


def test_sentences_end_where_people_end_them() -> None:
    text = 'Dr. Smith met J. K. Rowling. They spoke. "Yes!" he said. It cost 3.5 dollars… 你好。他说：“好！”走了'
    assert sentences(text) == (
        "Dr. Smith met J. K. Rowling.",
        "They spoke.",
        '"Yes!"',
        "he said.",
        "It cost 3.5 dollars…",
        "你好。",
        "他说：“好！”",
        "走了",
    )


@pytest.mark.parametrize("word", ["word ", "words, ", "字", "x"])
def test_long_text_is_cut_and_nothing_is_lost(word: str) -> None:
    text = word * (10_000 // len(word))
    pieces = sentences(text)
    assert max(map(len, pieces)) <= MAX_SENTENCE
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


def test_ten_thousand_characters_are_read_quickly() -> None:
    text = "In 1906, Dr. Hopper said: “It cost $3.50, i.e. 12% of it.” " * 170
    started = time.process_time()
    normalise(text, "en")
    assert time.process_time() - started < 5


def test_numbers_of_any_size() -> None:
    assert english.cardinal(-21) == "minus twenty-one"
    assert english.cardinal(10**12 + 5) == "one trillion five"
    assert english.cardinal(10**30).startswith("one zero zero")
    assert mandarin.cardinal(-10) == "负十"
    assert mandarin.cardinal(1_0000_0001) == "一亿零一"
    assert mandarin.cardinal(10**20).startswith("一零零")
    assert english.roman("XIV") == 14
    assert english.roman("IIII") == 0
