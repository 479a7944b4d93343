"""How tones change in running Mandarin: neutral tones, 一 and 不, third tones in a row, the 儿 that joins its syllable.

After Chao, "A Grammar of Spoken Chinese" (1968), and for the grouping of third tones Shih, "The Prosodic Domain of Tone
Sandhi in Chinese" (1986) and Chen, "Tone Sandhi" (2000): feet of two syllables, words first, left to right; the rule is
obligatory inside a foot and, in speech without a pause, applies between feet too.
"""

from __future__ import annotations

from collections.abc import Sequence

from studio.voice.language.tokens import listed

# Second syllables without a tone, as the Putonghua Shuiping Ceshi lists them; those of kinship and -子 -头 -们 by rule.
LIGHT = frozenset(
    listed("""
东西 先生 妻子 朋友 时候 知道 明白 告诉 喜欢 认识 意思 事情 衣服 漂亮 多少 怎么 什么 那么 这么 多么 孩子 石头 里头
外头 地方 眼睛 窗户 姑娘 媳妇 丈夫 护士 师傅 学生 故事 消息 葡萄 月亮 早上 晚上 暖和 热闹 清楚 舒服 客气 聪明 脾气
力气 便宜 麻烦 休息 商量 收拾 打听 答应 耳朵 头发 嘴巴 尾巴 下巴 胳膊 指头 骨头 名字 木头 馒头 豆腐 点心 粮食 萝卜
云彩 太阳 钥匙 行李 篱笆 棉花 蘑菇 苍蝇 骆驼 牲口 狐狸 兄弟 爱人 巴掌 包袱 本事 扁担 财主 裁缝 厨子 称呼 打发 打量
打算 大方 大爷 大夫 耽误 道士 灯笼 凳子 弟兄 动静 动弹 对付 队伍 废物 风筝 福气 甘蔗 高粱 膏药 疙瘩 工夫 功夫 姑姑
故事 寡妇 怪物 官司 规矩 闺女 棺材 含糊 合同 和尚 核桃 红火 厚道 胡琴 糊涂 皇上 活泼 火候 伙计 机灵 记号 记性 家伙
嫁妆 见识 将就 交情 叫唤 街坊 结实 戒指 精神 咳嗽 口袋 快活 老婆 老实 老爷 累赘 厉害 利落 利索 痢疾 连累 凉快 溜达
啰嗦 骆驼 马虎 买卖 忙活 玫瑰 眉毛 门道 迷糊 苗条 名堂 模糊 奴才 女婿 盘算 佩服 朋友 琵琶 屁股 枇杷 亲戚 勤快 情形
亲家 人家 软和 丧气 扫帚 山药 晌午 上司 烧饼 少爷 身份 牲口 师父 师爷 使唤 世故 似的 事情 收成 首饰 书记 疏忽 爽快
思量 算计 岁数 特务 体面 挑剔 跳蚤 铁匠 头发 妥当 挖苦 娃娃 外甥 位置 尾巴 委屈 温和 文书 稳当 窝囊 稀罕 媳妇 喜欢
下水 吓唬 先生 乡下 相声 响动 消息 小气 笑话 谢谢 心思 星星 猩猩 行李 性子 休息 秀才 秀气 学问 鸭子 牙碜 衙门 哑巴
胭脂 烟筒 眼睛 燕子 秧歌 养活 样子 吆喝 妖精 钥匙 椰子 爷爷 衣裳 意思 应酬 冤枉 月饼 月亮 云彩 运气 在乎 咱们 早上
扎实 眨巴 栅栏 张罗 丈人 帐篷 招呼 招牌 折腾 芝麻 知识 指甲 主意 转悠 庄稼 壮实 状元 字号 自在 祖宗 嘴巴 琢磨 作坊
做作 觉得 记得 懂得 显得 值得 舍得 晓得 认得 回来 出来 进来 起来 过来 上来 下来 过去 回去 出去 进去 上去 下去 身上
手上 路上 地上 世上 墙上 街上 山上 船上 天上 心上 脸上 桌上 床上 书上 家里 心里 屋里 手里 城里 村里 夜里 山里 哪里
这里 那里 水里 嘴里 眼里 梦里 信里 日子 院子 谁的 真的 有的 别的 亲爱的 还是 姥姥 奶奶 太太 妹妹 弟弟 哥哥 姐姐 爸爸
妈妈 叔叔 伯伯 舅舅 婶婶 嫂嫂 宝宝 公公 婆婆 嫂子 看看 说说 想想 听听 走走 试试 坐坐 谈谈 聊聊 歇歇 尝尝 问问
""")
)
FULL_ZI = frozenset(
    listed(
        "女子 男子 弟子 子子 君子 夫子 孔子 孟子 老子 庄子 荀子 墨子 王子 太子 公子 原子 分子 电子 因子 量子 游子 "
        "赤子 才子 父子 母子 长子 次子 独子 学子 天子 妻子儿女 孙子兵法 莲子 种子 瓜子 子弟 骄子 浪子 义子 孝子 亲子 "
        "诸子 臣子 养子 逆子 幼子 爱子 之子 质子 中子 粒子 离子 精子 卵子 鱼子 棋子"
    )
)
_SUFFIX_ZI = frozenset(
    "辈位房桌椅凳箱柜盒杯瓶盘筷勺刀剪镜梳扇帽鞋裙裤袜孩院村屋日样影胡鼻肚脑脖嗓辫胖瘦瞎聋哑小嫂婶妹侄孙儿妻包饺粽栗"
    "柿桃李杏橘梨桔竹叶种稻麦谷豆茄橙狮猴兔"
    "鸭燕虫蚊鸽蝎轿车船桨绳带袋篮筐笼柱梁棚窗帘被褥毯席垫帐炉锅铲钳锤锯钉钩链铺馆园林池坑坡台亭"
    "塔寺庙巷胡弦笛哨鼓锣片本册曲调段句例点面底里份性命乱样法主帖"
    "票稿影谜腰膀爪蹄尾鬃羽翅脚手拐棍棒杆架框夹套罩盖塞口嘴担拍球牌棋骰旗幌"
)
_REPEATED_VERBS = frozenset("看想说听走试坐谈聊歇尝问写读等找玩逛转动笑讲做用拍摸闻数算查擦洗扫")
_NO_PLACE = frozenset(
    "公千万百十几两一二三四五六七八九英海华故邻乡比巴米法克布卡阿厘古意"
)  # 公里, 故里, 阿里: 里 is no "in" there
_NUMERALS = frozenset("零〇一二三四五六七八九十幺")


def lightened(words: Sequence[str], syllables: Sequence[str]) -> list[str]:
    """Syllables with the neutral tone where speech has it."""
    said = list(syllables)
    hanzi = "".join(words)
    end = 0
    for word in words:
        end += len(word)
        if word in LIGHT and said[end - 1][-1] != "5":
            said[end - 1] = said[end - 1][:-1] + "5"
        elif word in FULL_ZI:
            said[end - 1] = "zi3"
        elif word[-1] == "子" and end > 1 and hanzi[end - 2] in _SUFFIX_ZI and hanzi[end - 2 : end] not in FULL_ZI:
            said[end - 1] = "zi5"
    for at in range(len(hanzi)):
        said[at] = _particle(hanzi, at, said[at])
    return said


def _particle(hanzi: str, at: int, syllable: str) -> str:
    """The syllable without its tone where the character only helps another one."""
    char, before, after = hanzi[at], hanzi[max(at - 1, 0) : at], hanzi[at + 1 : at + 2]
    if not before:
        return syllable
    tried = char == before and char in _REPEATED_VERBS and hanzi[max(at - 2, 0) : at - 1] != char and after != char
    inside = char == "里" and syllable == "li3" and before not in _NO_PLACE and after not in _MORE_THAN_INSIDE
    once = char == "过" and before in _LIVED and after not in _MORE_THAN_ONCE
    between = char == "不" and after and (before == after or hanzi[at - 1 : at + 2] in _POTENTIAL)
    asked = char in "吗呢吧啊嘛啦么" and not after
    plural = char == "们" and before != "图"
    return syllable[:-1] + "5" if tried or inside or once or between or asked or plural else syllable


_MORE_THAN_INSIDE = tuple("面边程外头弄")
_LIVED = tuple("去来看听说做吃住学写读当见问想爱到打穿教干得有")
_MORE_THAN_ONCE = tuple("去来年程关节渡期度失")
_POTENTIAL = frozenset(
    listed(
        "对不起 看不见 看不到 看不清 看不懂 听不见 听不到 听不懂 来不及 差不多 说不出 说不完 用不着 睡不着 找不到 "
        "找不着 忍不住 忘不了 受不了 了不起 舍不得 "
        "想不到 做不到 买不到 见不到 回不来 回不去 走不动 数不清 放不下 吃不下 比不上 禁不住 靠不住 记不住 记不清 "
        "分不清 离不开 少不了 免不了 想不起 怪不得"
    )
)


def of_one_and_not(hanzi: str, syllables: Sequence[str]) -> list[str]:
    """一 and 不 with the tones they take from the next syllable.

    不 rises before a fourth tone. 一 rises before a fourth tone and falls before the others; it keeps its own tone at
    the end, in ranks and dates and where digits are read one by one; between two like syllables it has none: 看一看.
    """
    said = list(syllables)
    for at, char in enumerate(hanzi[:-1]):
        if char == "不" and said[at] == "bu4" and syllables[at + 1][-1] == "4":
            said[at] = "bu2"
        elif char == "一" and said[at].startswith("yi") and said[at][-1] in "124":
            said[at] = _one(hanzi, at, syllables)
    return said


def _one(hanzi: str, at: int, syllables: Sequence[str]) -> str:
    before, after = hanzi[at - 1 : at], hanzi[at + 1]
    ranked = before in (
        "第",
        "初",
        "周",
        "期",
        "拜",
        "之",
        "统",
        "唯",
        "万",
        "十",
        "专",
        "划",
        "同",
        "合",
        "零",
        "点",
    ) and not (before in ("之", "同", "万", "点", "期") and after in "个家位样起道天年")
    dated = after in "月号" or (after == "日" and before == "月") or (after in "年" and before in _NUMERALS)
    if (
        ranked
        or dated
        or after in _NUMERALS
        or before in _NUMERALS
        or hanzi[at + 1 : at + 3] in ("楼的", "年级", "等奖", "班长")
    ):
        return "yi1"
    if after in ("楼", "班", "营", "连", "排", "团", "师", "军") and before in ("", "在", "住", "到", "红", "的", "了"):
        return "yi1" if after != "团" else "yi4"
    if before and before == after and hanzi[max(at - 2, 0) : at - 1] != "一":
        return "yi5"
    following = syllables[at + 1][-1]
    original = "4" if after in "个" else following  # 个 is light, and once was a fourth tone
    return "yi2" if original == "4" else "yi4"


def third_tones(words: Sequence[str], syllables: Sequence[str]) -> list[str]:
    """Surface tones: the first of two third tones in a row rises, by feet.

    老虎 is lao2 hu3, 小老虎 xiao3 lao2 hu3, 展览馆 zhan2 lan2 guan3, 我想买雨伞 wo2 xiang3 mai3 yu2 san3 in feet, where
    a last third tone of one foot still rises before a third tone that begins the next.
    """
    said = list(syllables)
    feet = _feet(words, said)
    for start, end in feet:
        _rise(said, start, end)
    for _, end in feet[:-1]:
        if said[end - 1][-1] == "3" and said[end][-1] == "3":
            said[end - 1] = said[end - 1][:-1] + "2"
    hanzi = "".join(words)
    for at in range(len(hanzi) - 1):
        # 想想 rises although its second syllable is light: 姐姐 does not (Chao 1968).
        if hanzi[at] == hanzi[at + 1] and hanzi[at] in _REPEATED_VERBS and said[at][-1] == "3":
            said[at] = said[at][:-1] + "2"
    return said


def _rise(said: list[str], start: int, end: int) -> None:
    for at in range(start, end - 1):
        if said[at][-1] == "3" and said[at + 1][-1] == "3":
            said[at] = said[at][:-1] + "2"


def _feet(words: Sequence[str], syllables: Sequence[str]) -> list[tuple[int, int]]:
    """Feet as (start, end): words of two are feet; of three, what is known inside them leads; single ones pair up."""
    from studio.voice.language.vocabulary import COMMON

    feet: list[tuple[int, int]] = []
    single: int | None = None
    at = 0
    for word in words:
        end = at + len(word)
        if len(word) == 1:
            light = syllables[at][-1] == "5"
            if light and feet and feet[-1][1] == at and single is None:
                feet[-1] = (feet[-1][0], end)
            elif single is not None:
                feet.append((single, end))
                single = None
            else:
                single = at
        else:
            if single is not None:
                feet.append((single, at))
                single = None
            feet += _inside(word, at, COMMON)
        at = end
    if single is not None:
        feet.append((single, at))
    return feet


def _inside(word: str, at: int, known: frozenset[str]) -> list[tuple[int, int]]:
    if len(word) <= 2:
        return [(at, at + len(word))]
    if len(word) == 3:
        if word[1:] in known and word[:2] not in known:
            return [(at, at + 1), (at + 1, at + 3)] if word[0] in "小老大好很不" else [(at, at + 3)]
        return [(at, at + 3)]
    return [(start, min(start + 2, at + len(word))) for start in range(at, at + len(word), 2)]
