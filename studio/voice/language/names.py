"""Chinese names: which characters are family names, how those are read, and where a name stands in a line."""

from __future__ import annotations

import re
from functools import lru_cache

from studio.voice.language.vocabulary import COMMON, phrases

FAMILY = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石"
    "姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章"
    "鲁葛伍韦申尤毕聂"
    "焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜单解仇盖华查区朴缪柏种乐燕应宁那纪覃冼过盛费薄褚谷晏柯阮闵包骆丘欧"
    "游宗曲鲍靳冉"
    "屈项柴卫裴席霍巫麦房古甘景车荣司符凌童臧鞠苗明成戚卓简饶敖储连初窦"
)
TWO_CHARACTER_FAMILY = {
    "欧阳": "ou1 yang2",
    "司马": "si1 ma3",
    "诸葛": "zhu1 ge3",
    "上官": "shang4 guan1",
    "司徒": "si1 tu2",
    "尉迟": "yu4 chi2",
    "长孙": "zhang3 sun1",
    "令狐": "ling2 hu2",
    "澹台": "tan2 tai2",
    "万俟": "mo4 qi2",
    "皇甫": "huang2 fu3",
    "慕容": "mu4 rong2",
    "夏侯": "xia4 hou2",
    "东方": "dong1 fang1",
    "单于": "chan2 yu2",
    "公孙": "gong1 sun1",
    "端木": "duan1 mu4",
    "呼延": "hu1 yan2",
}
AS_FAMILY = {
    "单": "shan4",
    "解": "xie4",
    "仇": "qiu2",
    "盖": "ge3",
    "任": "ren2",
    "华": "hua4",
    "曾": "zeng1",
    "查": "zha1",
    "区": "ou1",
    "朴": "piao2",
    "缪": "miao4",
    "翟": "zhai2",
    "柏": "bai3",
    "卜": "bu3",
    "种": "chong2",
    "逄": "pang2",
    "乐": "yue4",
    "冼": "xian3",
    "洗": "xian3",
    "燕": "yan1",
    "应": "ying1",
    "宁": "ning4",
    "那": "na1",
    "纪": "ji3",
    "葛": "ge3",
    "折": "she2",
    "覃": "qin2",
    "宓": "mi4",
    "秘": "bi4",
    "牟": "mu4",
    "车": "che1",
    "相": "xiang4",
    "阚": "kan4",
    "过": "guo1",
    "干": "gan1",
    "句": "gou1",
    "盛": "sheng4",
    "少": "shao4",
    "繁": "po2",
    "祭": "zhai4",
    "员": "yun4",
    "黑": "he4",
    "费": "fei4",
    "谌": "chen2",
    "薄": "bo2",
    "褚": "chu3",
    "召": "shao4",
    "尹": "yin3",
    "冯": "feng2",
    "重": "chong2",
    "隗": "wei3",
    "曲": "qu1",
    "谷": "gu3",
    "贾": "jia3",
    "晟": "cheng2",
    "石": "shi2",
    "仉": "zhang3",
    "幺": "yao1",
    "适": "kuo4",
    "郗": "xi1",
    "哈": "ha3",
    "佴": "nai4",
}
"""Characters that are read otherwise as a family name, or whose usual reading another word might take."""
DOUBTFUL_FAMILY = frozenset("乐覃牟宁纪费谌隗种郗盖翟薄柏单")
"""Families of these names read them in more than one way."""
TITLES = (
    "先生|女士|小姐|太太|夫人|老师|教授|医生|大夫|护士|同志|师傅|主任|校长|院长|局长|部长|市长|县长|经理|总理|"
    "主席|书记|博士|院士|将军|"
    "上将|中将|少将|上校|中校|少校|上尉|中尉|少尉|元帅|司令|参谋|连长|营长|团长|师长|军长|班长|队长|馆长|馆员|"
    "导演|爷爷|奶奶|叔叔|阿姨|伯伯|"
    "大爷|大娘|大妈|大叔|大哥|大姐|妈妈|爸爸|老太太|老爷子|老人|烈士|氏|家的|总(?=[，。说是]|$)|公(?=[，。]|$)|"
    "老(?=[，。]|$)"
)
_COMPOUND = "|".join(TWO_CHARACTER_FAMILY)
_ONE = "[" + "".join(sorted(FAMILY | set(AS_FAMILY))) + "]"
_NOT_GIVEN = "的了是在和与也都就说为不我你他她这那有从到把被给让对向吗呢吧啊们着过"
_GIVEN = f"[^{_NOT_GIVEN}]"
_BEFORE_TITLE = re.compile(rf"((?:{_COMPOUND})|{_ONE})({_GIVEN}{{0,2}})(?=(?:{TITLES}))")
_AFTER_CALL = re.compile(
    rf"(?:(?<=姓)|(?<=名叫)|(?<=[我他她你您]叫)|(?<=原名)|(?<=本名)|(?<=笔名)|(?<=名为)|(?<=化名)|(?<=字叫)|"
    rf"(?<=字是)|(?<=叫做))"
                         rf"((?:{_COMPOUND})|{_ONE})({_GIVEN}{{0,2}})")  # fmt: skip
_NICK = re.compile(
    r"(?:(?<=老)|(?<=小)|(?<=阿))([任曾仇解查翟盖缪单葛纪应柏])(?=说|是|的|在|来|去|就|也|和|啊|呀|又|还|都|从|$)"
)
_KNOWN = {
    "单雄信": "shan4 xiong2 xin4",
    "单田芳": "shan4 tian2 fang1",
    "任正非": "ren2 zheng4 fei1",
    "任弼时": "ren2 bi4 shi2",
    "任长霞": "ren2 chang2 xia2",
    "华罗庚": "hua4 luo2 geng1",
    "华佗": "hua4 tuo2",
    "曾国藩": "zeng1 guo2 fan1",
    "曾参": "zeng1 shen1",
    "曾巩": "zeng1 gong3",
    "曾志伟": "zeng1 zhi4 wei3",
    "曾国荃": "zeng1 guo2 quan2",
    "解缙": "xie4 jin4",
    "解海龙": "xie4 hai3 long2",
    "仇英": "qiu2 ying1",
    "盖叫天": "ge3 jiao4 tian1",
    "查良镛": "zha1 liang2 yong1",
    "查理": "cha2 li3",
    "朴槿惠": "piao2 jin3 hui4",
    "纪晓岚": "ji3 xiao3 lan2",
    "纪昀": "ji3 yun2",
    "葛优": "ge3 you1",
    "葛洪": "ge3 hong2",
    "乐毅": "yue4 yi4",
    "尉迟恭": "yu4 chi2 gong1",
    "长孙无忌": "zhang3 sun1 wu2 ji4",
    "诸葛亮": "zhu1 ge3 liang4",
    "邓稼先": "deng4 jia4 xian1",
    "梁启超": "liang2 qi3 chao1",
    "冯友兰": "feng2 you3 lan2",
    "应昌期": "ying1 chang1 qi1",
    "翟志刚": "zhai2 zhi4 gang1",
    "区寄": "ou1 ji4",
    "吐蕃": "tu3 bo1",
    "大月氏": "da4 yue4 zhi1",
    "可汗": "ke4 han2",
    "秘鲁": "bi4 lu3",
    "龟兹": "qiu1 ci2",
    "六安": "lu4 an1",
    "台州": "tai1 zhou1",
    "丽水": "li2 shui3",
    "蚌埠": "beng4 bu4",
    "亳州": "bo2 zhou1",
    "番禺": "pan1 yu2",
    "东阿": "dong1 e1",
    "歙县": "she4 xian4",
    "涪陵": "fu2 ling2",
    "铅山": "yan2 shan1",
    "大埔": "da4 bu4",
    "黄埔": "huang2 pu3",
    "乐亭": "lao4 ting2",
    "莘县": "shen1 xian4",
    "渑池": "mian3 chi2",
    "洪洞": "hong2 tong2",
    "阿房宫": "e1 pang2 gong1",
    "十里堡": "shi2 li3 pu4",
    "大栅栏": "da4 shi5 lan4",
    "厦门": "xia4 men2",
    "浣纱": "huan4 sha1",
    "台儿庄": "tai2 er2 zhuang1",
    "单县": "shan4 xian4",
    "华山": "hua4 shan1",
    "朝阳区": "chao2 yang2 qu1",
    "朝阳门": "chao2 yang2 men2",
    "柏林": "bo2 lin2",
}
"""Names of people and places that single characters would betray."""


def known(hanzi: str, place: int) -> bool:
    """Whether the character at `place` belongs to a name that is known as a whole."""
    return any(
        word in hanzi[max(0, place - len(word) + 1) : place + len(word)] for word in _KNOWN if hanzi[place] in word
    )


def full_name(hanzi: str, start: int, end: int) -> bool:
    """Whether hanzi[start:end] is a name for sure: a known one, or one that a title or 叫 marks."""
    if hanzi[start:end] in _KNOWN:
        return True
    return (start, end) in _marked(hanzi)


@lru_cache(maxsize=64)
def _marked(hanzi: str) -> frozenset[tuple[int, int]]:
    return frozenset((start, end) for start, end, _ in _spans(hanzi))


def _spans(hanzi: str) -> list[tuple[int, int, int]]:
    """Start, end and length of the family name of names that the words around them mark."""
    found = []
    for match in _AFTER_CALL.finditer(hanzi):
        found.append((match.start(1), match.end(2), len(match[1])))
    for match in _BEFORE_TITLE.finditer(hanzi):
        start = match.start(1)
        # 担任主席 and 华侨老人 hold no names: their characters make words.
        if not (_is_word(hanzi[max(start - 1, 0) : start + 1]) or _is_word(match[0])):
            found.append((start, match.end(2), len(match[1])))
    return found


def _is_word(hanzi: str) -> bool:
    return len(hanzi) > 1 and hanzi not in TWO_CHARACTER_FAMILY and (hanzi in COMMON or hanzi in phrases())


def family_readings(hanzi: str) -> dict[int, str]:
    """Place → syllable of family names that are read otherwise than the character by itself."""
    found: dict[int, str] = {}
    for start, _, length in _spans(hanzi):
        family = hanzi[start : start + length]
        if length == 2:
            found.update(zip((start, start + 1), TWO_CHARACTER_FAMILY[family].split(), strict=True))
        elif family in AS_FAMILY:
            found[start] = AS_FAMILY[family]
    for match in _NICK.finditer(hanzi):
        found[match.start(1)] = AS_FAMILY[match[1]]
    for word, said in _KNOWN.items():
        at = hanzi.find(word)
        while at >= 0:
            found.update(enumerate(said.split(), at))
            at = hanzi.find(word, at + 1)
    return found
