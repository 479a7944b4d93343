"""Tones as they are heard: third tones in a row, 一 and 不, neutral tones, 儿 that joins."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.voice.language.grouping import breaks, words
from studio.voice.language.pinyin import accented, known, of_tokens, read, spoken, syllables
from studio.voice.language.text import read as read_line

THIRD = """
你好 ni2 hao3|老虎 lao2 hu3|小老虎 xiao3 lao2 hu3|展览馆 zhan2 lan2 guan3|很好 hen2 hao3
我很好 wo3 hen2 hao3/wo2 hen2 hao3|你好吗 ni2 hao3 ma5|雨伞 yu2 san3|所以 suo2 yi3|可以 ke2 yi3
我想你 wo2 xiang2 ni3/wo3 xiang2 ni3|手表 shou2 biao3|总理 zong2 li3|小组长 xiao3 zu2 zhang3/xiao2 zu2 zhang3
老李 lao2 li3|洗脸水 xi2 lian2 shui3|姐姐 jie3 jie5|奶奶 nai3 nai5|想想 xiang2 xiang5|走走 zou2 zou5|耳朵 er3 duo5
水果 shui2 guo3|导演 dao2 yan3|也许 ye2 xu3|美好 mei2 hao3|请你原谅我 qing2 ni3 yuan2 liang4 wo3|马上 ma3 shang4
九五 jiu2 wu3|五百 wu2 bai3|永远 yong2 yuan3|古典 gu2 dian3|领导 ling2 dao3|我也有 wo3 ye2 you3/wo2 ye2 you3
打扫 da2 sao3|我想给你买雨伞 wo2 xiang3 gei2 ni2 mai3 yu2 san3/wo2 xiang2 gei2 ni3 mai3 yu2 san3|好人 hao3 ren2
眼睛 yan3 jing5
"""
ONE_AND_NOT = """
一个 yi2 ge4|一天 yi4 tian1|一年 yi4 nian2|一起 yi4 qi3|一样 yi2 yang4|第一 di4 yi1|第一次 di4 yi1 ci4
一月一日 yi1 yue4 yi1 ri4|星期一 xing1 qi1 yi1|一九四九年 yi1 jiu3 si4 jiu3 nian2|统一 tong3 yi1|一会儿 yi2 hui4 er5
看一看 kan4 yi5 kan4|一生 yi4 sheng1|一百 yi4 bai3|一万 yi2 wan4|十一 shi2 yi1|一点 yi4 dian3|一辈子 yi2 bei4 zi5
唯一 wei2 yi1|万一 wan4 yi1|一家人 yi4 jia1 ren2|二十一个 er4 shi2 yi1 ge4|一位老人 yi2 wei4 lao3 ren2
一年级 yi1 nian2 ji2|一号 yi1 hao4|一等奖 yi1 deng3 jiang3|一些 yi4 xie1|一切 yi2 qie4|一直 yi4 zhi2|不是 bu2 shi4
不好 bu4 hao3|不去 bu2 qu4|不会 bu2 hui4|不知道 bu4 zhi1 dao5|对不起 dui4 bu5 qi3|好不好 hao3 bu5 hao3|不要 bu2 yao4
不错 bu2 cuo4|不久 bu4 jiu3|不能 bu4 neng2|不幸 bu2 xing4|去不去 qu4 bu5 qu4|看不见 kan4 bu5 jian4|不但 bu2 dan4
了不起 liao3 bu5 qi3
"""
LIGHT = """
爸爸 ba4 ba5|妈妈 ma1 ma5|东西 dong1 xi5|先生 xian1 sheng5|朋友 peng2 you5|我们 wo3 men5|孩子 hai2 zi5|桌子 zhuo1 zi5
石头 shi2 tou5|喜欢 xi3 huan5|告诉 gao4 su5|知道 zhi1 dao5|漂亮 piao4 liang5|名字 ming2 zi5|时候 shi2 hou5
事情 shi4 qing5|衣服 yi1 fu5|爷爷 ye2 ye5|什么 shen2 me5|怎么 zen3 me5|为什么 wei4 shen2 me5|早上 zao3 shang5
晚上 wan3 shang5|家里 jia1 li5|这里 zhe4 li5|老婆 lao3 po5|月亮 yue4 liang5|儿子 er2 zi5|女子 nv3 zi3|孔子 kong3 zi3
原子 yuan2 zi3|我的 wo3 de5|去过 qu4 guo5|经过 jing1 guo4|过去的 guo4 qu5 de5/guo4 qu4 de5|坐着 zuo4 zhe5
走了 zou3 le5|好吧 hao3 ba5|王子 wang2 zi3|叶子 ye4 zi5|日子 ri4 zi5|院子里 yuan4 zi5 li5
马路上 ma3 lu4 shang5/ma3 lu4 shang4|公里 gong1 li3|故里 gu4 li3
"""
ROUNDED = """
一会儿 yi2 hui4 er5|花儿 hua1 er5|女儿 nv3 er2|儿子 er2 zi5|这儿 zhe4 er5|那儿 na4 er5|哪儿 na3 er5|玩儿 wan2 er5
小孩儿 xiao3 hai2 er5|婴儿 ying1 er2|幼儿园 you4 er2 yuan2|有点儿 you2 dian3 er5|儿童 er2 tong2|味儿 wei4 er5
事儿 shi4 er5|孤儿 gu1 er2
"""


def _items(table: str) -> list[tuple[str, set[str]]]:
    items = [item.strip().split(" ", 1) for line in table.strip().splitlines() for item in line.split("|")]
    return [(hanzi, set(said.split("/"))) for hanzi, said in items]


@pytest.mark.parametrize("table", [THIRD, ONE_AND_NOT, LIGHT, ROUNDED], ids=["third", "one", "light", "rounded"])
def test_tones_are_those_that_are_heard(table: str) -> None:
    wrong = []
    for hanzi, said in _items(table):
        # Words that the dictionary tone of the next third tone does not touch are given as in books: 一九四九年.
        got = {" ".join(spoken(hanzi)), " ".join(syllables(hanzi))} if table is not THIRD else {" ".join(spoken(hanzi))}
        if not got & said:
            wrong.append((hanzi, got, said))
    assert not wrong


def test_no_two_third_tones_are_heard_in_a_row() -> None:
    for hanzi in ("我想请你给我买两把好雨伞", "老李给我五百九十九本古典小说", "你也可以给我演讲"):
        said = spoken(hanzi)
        assert not [pair for pair in itertools.pairwise(said) if pair[0][-1] == pair[1][-1] == "3"], said


@given(st.text(alphabet="我想你好很老小雨水一不了的儿子天地人国家长行为得着", min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_every_character_gets_one_syllable_that_exists(hanzi: str) -> None:
    said = spoken(hanzi)
    assert len(said) == len(hanzi) == len(syllables(hanzi))
    assert all(known(syllable) for syllable in said)
    assert "".join(words(hanzi)) == hanzi


def test_lines_are_grouped_as_they_are_understood() -> None:
    assert words("他曾经是银行的行长") == ("他", "曾经", "是", "银行", "的", "行长")
    assert words("市长大会在人民大会堂举行")[:2] == ("市长", "大会")
    assert words("") == ()
    parts = words("她的父亲在重庆的一个小镇上出生后来参加了八路军并且在战场上牺牲了")
    ends = [parts[index] for index in breaks(parts)]
    assert ends
    assert "的" not in ends
    assert breaks(words("我们都很好")) == ()


def test_a_given_reading_takes_part_in_what_changes_around_it() -> None:
    line = read_line("请单老师来", "zh", {"单": "shan3"})
    said = of_tokens([token for token in line.tokens if not token.pause])
    assert said == [("qing2",), ("shan2",), ("lao3",), ("shi1",), ("lai2",)]


def test_pinyin_is_read_joined_and_apart_and_shown_as_in_books() -> None:
    assert read("Shàn Xióngxìn") == ["shan4", "xiong2", "xin4"]
    assert read("xī'ān") == ["xi1", "an1"]
    assert read("LǛshùn".lower()) == ["lv4", "shun4"]
    assert not known("blurg1")
    assert [accented(said) for said in ("nv3", "hao3", "gui4", "liu2", "de5", "lve4", "zhong4")] == [
        "nǚ", "hǎo", "guì", "liú", "de", "lüè", "zhòng",
    ]  # fmt: skip
