"""Where a line would rather not break: after an English article or preposition, inside a Chinese word or number.

A full dictionary of Chinese is not needed for that: these few hundred words are most of what people say of a life.
"""

from __future__ import annotations

import re

# A line may end before these words, not after them: article, preposition, conjunction, pronoun with its verb.
LEADERS = frozenset(
    re.findall(
        r"\w+",
        "a an the and or but nor so yet for of in on at to by from with without into over under after before as "
        "than that which who whom whose when where while because if though i "
        "you he she we they it my your his her our their",
    )
)

_TEXT = """
我们 你们 他们 她们 它们 咱们 大家 自己 别人 人们 人类 什么 怎么 怎样 为什么 多少 哪里 哪儿 这里
那里 这儿 那儿 这个 那个 这些 那些 这样 那样 这么 那么 如此 每个 各种 任何 所有 一切 一些 一点
一样 一直 一定 一起 一般 一生 一辈子 一个 一种 一次 一位 一句 一天 一年 第一 有些 有时 有人 没有
没人 不是 不会 不能 不要 不用 不过 不同 不断 不得不 不知道 不仅 不但 不管 还是 还有 还要 只是 只有
只要 只能 就是 就会 就要 都是 也是 也许 可能 可以 可是 能够 应该 必须 需要 愿意 希望 想要 想念
想起 觉得 认为 以为 知道 明白 理解 了解 认识 记得 记住 忘记 忘不了 相信 喜欢 喜爱 热爱 爱好 感谢
感激 感到 感觉 感动 告诉 说话 说过 讲述 讲过 回答 问题 声音 听见 听到 看见 看到 看着 发现 发生
发明 开始 结束 继续 完成 成为 变成 改变 变化 出生 生于 生活 生命 去世 逝世 离开 离世 回来 回家
回到 起来 出来 出去 进来 进去 过来 过去 下来 下去 上来 上去 来到 走过 经过 通过 工作 学习 学校
学生 老师 大学 中学 小学 教授 教师 教书 教育 研究 科学 科学家 技术 机器 计算机 程序 语言 数学 物理
化学 医生 护士 医院 工人 农民 军人 军官 海军 少将 将军 战争 战士 革命 部队 国家 中国 美国 英国
法国 德国 日本 上海 北京 纽约 世界 社会 历史 文化 艺术 音乐 电影 照片 相片 故事 时间 时候 时代
年代 年轻 年纪 今天 明天 昨天 现在 将来 未来 从前 以前 以后 之前 之后 以来 后来 然后 最后 最初
当时 当年 那时 那年 小时 小时候 分钟 早上 晚上 中午 下午 春天 夏天 秋天 冬天 春节 孩子 儿子 女儿
父亲 母亲 爸爸 妈妈 爷爷 奶奶 外公 外婆 祖父 祖母 丈夫 妻子 爱人 兄弟 姐妹 哥哥 姐姐 弟弟 妹妹
朋友 家人 亲人 家庭 家乡 故乡 老家 邻居 同事 同学 先生 女士 夫人 老人 男人 女人 年轻人 名字 东西
事情 地方 办法 方法 机会 原因 结果 因为 所以 如果 虽然 但是 而且 并且 或者 于是 因此 尽管 即使
甚至 除了 关于 对于 由于 为了 根据 按照 随着 直到 已经 曾经 正在 刚刚 刚才 马上 立刻 终于 忽然
突然 常常 经常 总是 永远 从来 从不 几乎 大概 非常 特别 十分 更加 比较 重要 危险 美丽 幸福 快乐
高兴 开心 难过 伤心 悲伤 怀念 思念 追思 纪念 缅怀 安息 平安 健康 简单 困难 努力 勇敢 坚强 善良
温暖 温柔 安静 闹钟 拆开 打开 关上 拿着 带着 坐在 站在 住在 放在 写下 写信 读书 看书 唱歌 跳舞
做饭 吃饭 喝茶 睡觉 散步 旅行 结婚 毕业 参加 加入 成立 建立 创造 制作 生成 合成 录音 影像 授权
记录 资料 来源 博物馆 图书馆 电脑 手机 电话 火车 飞机 汽车 自行车
"""
_WORDS = frozenset(_TEXT.split())
_LONGEST = max(map(len, _WORDS))
_NEVER_FIRST = frozenset("的了着过们吗呢吧啊呀嘛地得之者性化")
_LEAN_FORWARD = frozenset("不没很太最更第每这那把被从向对和与及或将让使给为比跟以")
_DIGITS = frozenset("〇零一二三四五六七八九十百千万亿两")
_COUNTED = frozenset("年月日号岁个位次天名只张本点分秒元")


def inner_breaks(text: str) -> frozenset[int]:
    """Positions k such that a line break between text[k-1] and text[k] would tear a Chinese phrase."""
    torn: set[int] = set()
    index = 0
    while index < len(text):
        length = next(
            (n for n in range(min(_LONGEST, len(text) - index), 1, -1) if text[index : index + n] in _WORDS), 1
        )
        torn.update(range(index + 1, index + length))
        index += length
    for k in range(1, len(text)):
        number = text[k - 1] in _DIGITS and (text[k] in _DIGITS or text[k] in _COUNTED)
        leans = text[k - 1] in _LEAN_FORWARD and k - 1 not in torn and not text[k].isspace()
        if text[k] in _NEVER_FIRST or number or leans:
            torn.add(k)
    return frozenset(torn)
