"""Hanzi with several readings, in the sentences they come in: the one in brackets is asked for."""

from __future__ import annotations

import pytest

from studio.voice.language.pinyin import readings, syllables

BATTERY = """
他是银行的[行]长 hang2|他是行[长] zhang3|我去银[行]取钱 hang2|她[行]走在路上 xing2|这一[行]字是他写的 hang2
一[行]三人来到北京 xing2|他[重]新开始 chong2|故乡[重]庆 chong2|这很[重]要 zhong4|老友[重]逢 chong2|[重]阳节 chong2
尊[重]生命 zhong4|体[重]上升 zhong4|双[重]打击 chong2|他[重]返战场 chong2|她[长]大了 zhang3|[长]江大桥 chang2
孩子[长]得很高 zhang3|他[长]得真像父亲 zhang3|校[长]先生 zhang3|路很[长] chang2|[长]辈们 zhang3|部[长]来了 zhang3
时间[长]了 chang2|墓前[长]满了青草 zhang3|船[长]站在甲板上 zhang3|他是[长]子 zhang3|擅[长]书法 chang2
我[还]在这里 hai2|把钱[还]给他 huan2|他[还]活着 hai2|归[还]文物 huan2|[还]清了债 huan2|[还]你的书 huan2
我[得]走了 dei3|他获[得]了奖 de2|说[得]很好 de5|他[得]了第一名 de2|她[得]到了爱 de2|看[得]见 de5|做[得]到 de5
你[得]听我说 dei3|跑[得]快 de5|他[得]了重病 de2|记[得]我吗 de5|笑[得]很开心 de5|总[得]有人去 dei3|她深情[地]望着他 de5
出生[地] di4|慢慢[地]走 de5|[地]方很大 di4|墓[地]在山上 di4|静静[地]躺着 de5|目的[地] di4|他勇敢[地]站了出来 de5
这块[地]是他的 di4|默默[地]奉献 de5|热烈[地]欢迎 de5|我睡[着]了 zhao2|他看[着]我 zhe5|房子[着]火了 zhao2|[着]急 zhao2
她穿[着]军装 zhe5|睡不[着]觉 zhao2|[着]手准备 zhuo2|执[着]的人 zhuo2|笑[着]说 zhe5|他的衣[着]朴素 zhuo2|找[着]了 zhao2
接[着]说 zhe5|[着]重介绍 zhuo2|为[了]你 le5|[了]解历史 liao3|忘不[了] liao3|他走[了] le5|受不[了] liao3
[了]不起的人 liao3|吃[了]饭 le5|永远忘不[了]你 liao3|首[都]北京 du1|我们[都]去 dou1|成[都]人 du1|大家[都]哭了 dou1
花[都]开了 dou1|[都]市生活 du1|古[都]西安 du1|他[为]国家服务 wei4|成[为]英雄 wei2|[为]什么 wei4|因[为]爱 wei4
[为]人民服务 wei4|他认[为]自己对 wei2|被誉[为]国宝 wei2|[为]了孩子 wei4|[为]她骄傲 wei4|作[为]父亲 wei2
[为]祖国献身 wei4|以他[为]榜样 wei2|命名[为]红星 wei2|她[教]我写字 jiao1|[教]书四十年 jiao1|[教]育事业 jiao4
[教]会他做人 jiao1|基督[教]会 jiao4|[教]室里 jiao4|他[教]数学 jiao1|任[教]于北大 jiao4|[教]授 jiao4|请[教]老师 jiao4
睡[觉]了 jiao4|感[觉]很好 jue2|一[觉]醒来 jiao4|[觉]得 jue2|睡了一[觉] jiao4|午[觉] jiao4|音[乐]会 yue4|快[乐] le4
[乐]器 yue4|欢[乐] le4|[乐]队 yue4|[乐]观 le4|奏[乐] yue4|他[曾]经来过 ceng2|[曾]国藩 zeng1|[曾]先生 zeng1
我叫[曾]伟 zeng1|他[曾]是军人 ceng2|[曾]祖父 zeng1|[曾]孙 zeng1|未[曾]忘记 ceng2|[单]老师 shan4|[单]位 dan1
姓[单] shan4|简[单] dan1|[单]雄信 shan4|[解]先生 xie4|[解]放 jie3|姓[解] xie4|讲[解]员 jie3|[解]缙 xie4|姓[仇] qiu2
报[仇] chou2|[仇]英的画 qiu2|[盖]叫天 ge3|[盖]房子 gai4|[任]先生 ren2|责[任] ren4|[任]正非 ren2|担[任]主席 ren4
我叫[任]华 ren2|老[任]说 ren2|[华]罗庚 hua4|中[华] hua2|姓[华] hua4|[华]山 hua4|清[华]大学 hua2|[华]佗 hua4
姓[查] zha1|检[查] cha2|姓[朴] piao2|[朴]素 pu3|姓[区] ou1|地[区] qu1|姓[翟] zhai2|姓[缪] miao4|[尉]迟恭 yu4
[长]孙无忌 zhang3|姓[乐] yue4|姓[燕] yan1|姓[宁] ning4|[葛]先生 ge3|唐[朝] chao2|[朝]阳升起 zhao1|[朝]着太阳 chao2
今[朝] zhao1|[朝]鲜战争 chao2|北京市[朝]阳区 chao2|[朝]霞 zhao1|自[传] zhuan4|[传]统 chuan2|[传]记 zhuan4
[传]说 chuan2|宣[传] chuan2|立[传] zhuan4|[参]加 can1|人[参] shen1|[参]观 can1|海[参] shen1|[参]差不齐 cen1
投[降] xiang2|下[降] jiang4|[降]落 jiang4|宁死不[降] xiang2|主[角] jue2|[角]落 jiao3|[角]色 jue2|牛[角] jiao3
女主[角] jue2|[给]我 gei3|[给]予 ji3|供[给] ji3|送[给]你 gei3|爱[好]和平 hao4|[好]人 hao3|[好]奇 hao4|[好]学 hao4
[好]吃 hao3|[少]年 shao4|[少]数 shao3|[少]将 shao4|多[少] shao5|老[少] shao4|[中]国 zhong1|[中]弹牺牲 zhong4
[中]风 zhong4|打[中]了 zhong4|家[中] zhong1|[种]地 zhong4|一[种] zhong3|[种]了一棵树 zhong4|这[种]花 zhong3
[种]子 zhong3|他在院里[种]菜 zhong4|[应]该 ying1|反[应] ying4|[应]他的邀请 ying4|答[应] ying5|[应]邀 ying4
把我[当]亲人 dang4|[当]年 dang1|[当]作 dang4|[当]兵 dang1|上[当] dang4|[更]好 geng4|[更]换 geng1|三[更] geng1
时[间] jian1|[间]接 jian4|[间]断 jian4|[几]乎 ji1|[几]个 ji3|[干]净 gan1|[干]部 gan4|[干]了一辈子 gan4|擦[干]眼泪 gan1
[干]杯 gan1|能[干] gan4|[干]革命 gan4|水[分] fen4|[分]开 fen1|成[分] fen4|知识[分]子 fen4|缘[分] fen4|[数]不清 shu3
[数]学 shu4|[数]着星星 shu3|[数]量 shu4|[空]白 kong4|天[空] kong1|有[空]吗 kong4|[空]军 kong1|[倒]下 dao3|[倒]茶 dao4
摔[倒] dao3|[倒]影 dao4|便[宜] yi5|[便]宜 pian2|方[便] bian4|[大]夫来了 dai4|[大]家 da4|一[石]米 dan4|石[头] tou5
[担]任 dan1|扁[担] dan5|[调]查 diao4|[调]到北京 diao4|空[调] tiao2|强[调] diao4|[调]整 tiao2|[背]着孩子 bei1
[背]影 bei4|[背]后 bei4|[背]包 bei1|灾[难] nan4|困[难] nan2|遇[难]者 nan4|[难]民 nan4|罹[难] nan4|[难]忘 nan2
力[量] liang4|测[量] liang2|衡[量] liang2|质[量] liang4|商[量] liang5|勉[强] qiang3|坚[强] qiang2|倔[强] jiang4
[强]迫 qiang3|相[处] chu3|[处]理 chu3|到[处] chu4|[处]长 chu4|[处]在 chu3|好[处] chu4|[露]天 lu4|[露]面 lou4
[落]下 luo4|冠[军] jun1|[冠]军 guan4|桂[冠] guan1|第一[卷] juan4|[卷]起 juan3|画[卷] juan4|胶[卷] juan3|试[卷] juan4
照[相]机 xiang4|[相]信 xiang1|真[相] xiang4|[相]册 xiang4|[相]声 xiang4|互[相] xiang1|[兴]奋 xing1|高[兴] xing4
复[兴] xing1|[兴]趣 xing4|[创]伤 chuang1|[创]造 chuang4|挣[扎] zha2|[扎]着辫子 za1|[扎]根 zha1|哽[咽] ye4|[咽]下 yan4
记[载] zai3|满[载] zai4|[载]入史册 zai3|[载]歌载舞 zai4|[假]期 jia4|真[假] jia3|放[假] jia4|[假]如 jia3|[尽]管 jin3
[尽]力 jin4|[累]积 lei3|劳[累] lei4|[模]样 mu2|[模]范 mo2|[宁]愿 ning4|安[宁] ning2|一[切] qie4|亲[切] qie4
[切]菜 qie1|歌[曲] qu3|弯[曲] qu1|[曲]折 qu1|[舍]不得 she3|宿[舍] she4|[似]的 shi4|相[似] si4|[挑]战 tiao3
[挑]选 tiao1|[吐]血 tu4|[弹]琴 tan2|子[弹] dan4|她[弹]着钢琴 tan2|炮[弹] dan4|关[系] xi4|[系]鞋带 ji4|[系]着红领巾 ji4
中文[系] xi4|[蒙]古 meng3|启[蒙] meng2|[恶]心 e3|厌[恶] wu4|凶[恶] e4|堵[塞] se4|[塞]外 sai4|分[散] san4|[散]文 san3
[丧]事 sang1|[丧]失 sang4|奔[丧] sang1|[丧]偶 sang4|沮[丧] sang4|治[丧]委员会 sang1|[校]对 jiao4|学[校] xiao4
剥[削] xue1|[要]求 yao1|重[要] yao4|[正]月 zheng1|[正]确 zheng4|两[只]手 zhi1|[只]有 zhi3|这[只]鸟 zhi1
这[只]是开始 zhi3|[转]身 zhuan3|[转]动 zhuan4|[转]圈 zhuan4|[转]变 zhuan3|[率]领 shuai4|效[率] lv4|坦[率] shuai4
沉[没] mo4|[没]有 mei2|[没]收 mo4|参[与] yu4|我[与]你 yu3|照[片] pian4|影[片] pian4|[片]子 pian1|一[片] pian4
授[予] yu3|[鲜]为人知 xian3|新[鲜] xian1|[朝]鲜 chao2|[丽]水 li2|[六]安 lu4|[台]州 tai1|[番]禺 pan1|[秘]鲁 bi4
[柏]林 bo2|吐[蕃] bo1|[厦]门 xia4|大[厦] sha4|[称]职 chen4|[称]为 cheng1|对[称] chen4|[盛]饭 cheng2|[盛]大 sheng4
[供]品 gong4|[供]应 gong1|上[供] gong4|[哪]里 na3|[那]里 na4|[谁]的 shei2|[血]液 xue4|流[血]牺牲 xue4|[薄]纸 bao2
[薄]弱 bo2|[削]苹果 xiao1|他一生[为]了教育 wei4|他把教[室]当家 shi4|[禁]不住 jin1|[禁]止 jin4|[卡]片 ka3|关[卡] qia3
[撒]手 sa1|[撒]种 sa3|眼泪止不住[地]流下来 de5|他长[得]像父亲 de5|碑文共十二[行] hang2|每[行]二十字 hang2
他曾[任]某银行行长 ren4|[为]人正直 wei2|从不[占]公家的便宜 zhan4|还[为]山区的孩子们建了学校 wei4
[重]温当年的誓言 chong2|愿您没有病[痛] tong4|背[着]行李 zhe5|他还了[债] zhai4|[还]剩下三百块钱 hai2|他[调]到北京 diao4
她[扎]着两条长辫子 za1|爸爸[得]的是肺癌 de2|我们[种]的那棵树 zhong4|[弹]起来很难 tan2
"""
ITEMS = [tuple(item.rsplit(" ", 1)) for line in BATTERY.strip().splitlines() for item in line.split("|")]


def test_the_characters_around_decide_the_reading() -> None:
    wrong = []
    for marked, said in ITEMS:
        at = marked.index("[")
        hanzi = marked.replace("[", "").replace("]", "")
        got = syllables(hanzi)[at]
        if got != said:
            wrong.append((marked, got, said))
    assert not wrong


@pytest.mark.parametrize(
    ("hanzi", "place", "source"),
    [
        ("银行", 1, "phrase"),
        ("她教我写字", 1, "context"),
        ("我叫单雄信", 2, "name"),
        ("天", 0, "only"),
        ("他觉", 1, "usual"),
    ],
)
def test_what_decided_is_told(hanzi: str, place: int, source: str) -> None:
    assert readings(hanzi)[place].source == source


def test_a_reading_that_nothing_settled_is_doubtful() -> None:
    assert readings("他调")[1].others
    assert not readings("调查")[0].others
