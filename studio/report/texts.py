"""What the report says, in English and Chinese."""

from __future__ import annotations

from studio.types import Language

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Quality report", "质量报告"),
    "lead": (
        "The studio measured its own work. The figures say where to look; whether it feels like the person, only those "
        "who knew them can say.",
        "这是对本片制作质量的自动测量。数字只指出该看哪里；像不像那个人，只有认识 TA 的人才能回答。",
    ),
    "film": ("Film", "影片"),
    "made": ("Made", "制作时间"),
    "length": ("Length", "时长"),
    "loudness": ("Loudness", "响度"),
    "synthetic": ("What was made, and what is real", "哪些是合成的，哪些是真实的"),
    "picture": ("Moving picture made from a photograph", "由照片生成的动态画面"),
    "voice_made": ("voice made by {engine}", "由 {engine} 合成的声音"),
    "voice_real": ("their own recording", "本人录音"),
    "nothing_talks": (
        "Nobody speaks from a photograph in this film, so there was nothing to measure.",
        "本片没有会说话的照片，因此没有可测量的内容。",
    ),
    "bar_made": ("made", "合成"),
    "bar_real": ("real voice", "真实声音"),
    "engines": ("Made with", "使用的引擎"),
    "takes": ("How the lines were said", "台词是怎样说的"),
    "take": ("Take {number}", "第 {number} 条"),
    "take_used": ("in the film", "用于影片"),
    "take_how": (
        "To keep one, write its number under the line in production.yaml, for example: take: 2",
        "想固定其中一条，请在 production.yaml 的这句台词下写上它的编号，例如：take: 2",
    ),
    "true_words": ("Their own recording: “{words}” ({source})", "本人录音：“{words}”（{source}）"),
    "sent_to": (
        "the words were sent to {host}, another machine, and spoken there",
        "文字曾发送到另一台机器 {host}，在那里合成语音",
    ),
    "non_commercial": ("not for commercial use", "不可商用"),
    "scene": ("scene {scene}", "场景 {scene}"),
    "calm": ("Every figure is in its band.", "所有数值都在正常范围内。"),
    "look_at": ("Worth a look: {names}.", "值得看一看：{names}。"),
    "poor_at": ("Poor: {names}.", "较差：{names}。"),
    "good": ("good", "良好"),
    "look": ("look at it", "看一看"),
    "poor": ("poor", "较差"),
    "none": ("no band", "无标准"),
    "unknown": ("could not be told", "无法判断"),
    "too_little": ("too little speech to tell", "说话太少，无法判断"),
    "no_rest": ("no pause long enough", "没有足够长的停顿"),
    "unclear": ("no clear common rhythm", "没有清楚的共同节奏"),
    "not_followed": ("hidden, or it does not open", "被遮住或没有张开"),
    "never_open": ("the mouth hardly opens", "嘴几乎没有张开"),
    "no_border": ("the whole picture may move", "整个画面都可以动"),
    "real": ("real people", "真人"),
    "band": ("good", "良好范围"),
    "group_person": ("Is it still the person?", "还是那个人吗？"),
    "group_speech": ("Does the mouth say what is heard?", "口型与声音一致吗？"),
    "group_picture": ("Is the picture whole?", "画面完整吗？"),
    "curve_likeness": ("Likeness over time", "相似度随时间的变化"),
    "curve_mouth": ("Mouth and sound over time", "口型与声音随时间的变化"),
    "legend_seen": ("mouth, as it is seen", "看到的嘴部张开"),
    "legend_heard": ("mouth, as the sound asks for", "声音所要求的张开"),
    "legend_silence": ("silence", "静默"),
    "legend_good": ("good", "良好"),
    "legend_moment": ("moment below", "下方列出的时刻"),
    "seconds": ("seconds", "秒"),
    "lines": ("Line by line", "逐句"),
    "line_timing": ("mouth {lag} ms, follows {agreement}", "口型 {lag} 毫秒，吻合 {agreement}"),
    "line_unclear": ("too short or unclear to time", "太短或不清楚，无法判断时差"),
    "moments": ("Moments to look at", "值得看的时刻"),
    "no_moments": (
        "Nothing stands out: no moment is further off than real people's faces are.",
        "没有突出的问题：没有任何时刻超出真人面部的变化范围。",
    ),
    "in_film": ("{take} in the take, {film} in the film", "镜头内 {take}，影片中 {film}"),
    "in_take": ("at {take}", "{take} 处"),
    "frame_alt": ("the film at this moment", "影片此刻的画面"),
    "photo_alt": ("the photograph", "原照片"),
    "how": ("How this was measured", "如何测量"),
    "how_body": (
        "Every take was looked through frame by frame, before titles and camera moves. FaceMesh (MediaPipe) "
        "follows the "
        "face in every frame; likeness, seams and texture are looked at eight times a second. What a mouth "
        "should do is "
        "heard from the finished sound alone, so a mistake in the plan is not measured with itself.",
        "测量逐帧进行，在加字幕和镜头运动之前。每一帧都由 FaceMesh（MediaPipe）跟踪面部；相似度、接缝与质感每秒看八次。"
        "嘴该怎么动，只从最终的声音里听出来，因此计划里的错误不会被它自己掩盖。",
    ),
    "how_bands": (
        "“Real people” are 11 clips of the GRID corpus (CC BY 4.0), 10 people who face a camera and speak, measured in "
        "the same way against a frame of themselves: 5 % to 95 % of the clips. The bands are a little wider. "
        "For the time "
        "between mouth and sound they are those of ITU-R BT.1359-1. Where a film of a real person has no such "
        "thing, the "
        "photograph itself is the measure.",
        "“真人”指 GRID 语料库（CC BY 4.0）的 11 段视频，10 位面对镜头说话的人，以同样方法与自己的一帧画面比较："
        "取各段的 5% 到 95%。良好范围略宽一些。口型与声音的时差采用 ITU-R BT.1359-1 的标准。"
        "真人影片没有的项目，以照片本身为准。",
    ),
    "how_identity": (
        "Identity was also compared by {engine} ({licence}).",
        "此外用 {engine} 比较了身份（{licence}）。",
    ),
    "how_no_identity": (
        "No face-recognition network had a part in this: none is installed here whose licence allows it.",
        "没有使用人脸识别网络：此处没有安装许可允许的此类网络。",
    ),
}

# name, unit, what it means
FIGURES: dict[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "likeness": (
        ("Likeness", "相似度"),
        ("", ""),
        (
            "1 is the photograph itself, 0 is as far from it as another person usually is. From the next two; "
            "mouth and "
            "lids are left out, for they are meant to move.",
            "1 就是照片本身，0 相当于换了一个人。由下面两项得出；嘴和眼睑不计，因为它们本来就要动。",
        ),
    ),
    "geometry": (
        ("Shape of the face", "脸型偏差"),
        (" %", " %"),
        (
            "How far eyes, nose and temples have moved from where the photograph has them, of the distance "
            "between the eyes.",
            "眼睛、鼻子与鬓角偏离照片位置的程度，占两眼距离的百分比。",
        ),
    ),
    "texture": (
        ("Skin", "皮肤"),
        ("", ""),
        (
            "How alike the skin around eyes and nose is to the photograph's: 1 is the same; two people rarely "
            "reach 0.76.",
            "眼鼻周围皮肤与照片的相关程度：1 为相同；不同的人很少达到 0.76。",
        ),
    ),
    "identity": (
        ("ArcFace", "ArcFace"),
        ("", ""),
        (
            "What a face-recognition network thinks, 1 is the same face. Shown without a band: it was not "
            "measured here.",
            "人脸识别网络的看法，1 为同一张脸。没有标准范围：此处未测量过。",
        ),
    ),
    "opening": (
        ("Mouth in speech", "说话时嘴的张开"),
        (" %", " %"),
        (
            "How far it opens at most, of the distance between the eyes. Where it is hardly seen to open, a beard may "
            "hide it, or it does not move: look for yourself.",
            "最大张开程度，占两眼距离的百分比。若几乎看不到张开，可能被胡须遮住，也可能没有动：请亲自看一看。",
        ),
    ),
    "lag": (
        ("Mouth against sound", "口型与声音的时差"),
        (" ms", " 毫秒"),
        (
            "Above 0 the mouth is late, below 0 it is early. Viewers notice 45 ms late or 125 ms early.",
            "大于 0 表示嘴慢，小于 0 表示嘴早。慢 45 毫秒或早 125 毫秒时观众会察觉。",
        ),
    ),
    "agreement": (
        ("Mouth follows what is heard", "口型与所听一致"),
        ("", ""),
        (
            "Correlation of the mouth's opening with what the sounds ask for; 1 would be more than any person does.",
            "嘴的张开与声音所要求的张开之间的相关；真人也达不到 1。",
        ),
    ),
    "loudness": (
        ("Mouth follows loudness", "口型随音量"),
        ("", ""),
        (
            "For comparison only: people's mouths follow what is said, not how loud it is.",
            "仅供参考：人的嘴随所说的内容而动，而不是随音量。",
        ),
    ),
    "rest": (
        ("Mouth at rest in pauses", "停顿时嘴的张开"),
        (" %", " %"),
        (
            "How far it stays open while nobody speaks, of its range in speech.",
            "无人说话时嘴张开的程度，占说话时范围的百分比。",
        ),
    ),
    "flutter": (
        ("Movement in pauses", "停顿时嘴的抖动"),
        (" %", " %"),
        (
            "How much the lips move while nobody speaks, of their range in speech.",
            "无人说话时嘴唇的活动，占说话时范围的百分比。",
        ),
    ),
    "seam": (
        ("Seams around the mouth", "嘴周围的接缝"),
        (" ×", " 倍"),
        (
            "Steps of lightness along the rings in which mouths are pasted, against the photograph's own; the "
            "worst 5 %.",
            "在粘贴嘴部的边界上明暗突变的程度，与照片相比；取最差的 5%。",
        ),
    ),
    "border": (
        ("Border of the moving part", "活动区域的边界"),
        (" ×", " 倍"),
        (
            "The same where the moving part of the picture ends; 1 is the photograph.",
            "活动画面边缘的同类测量；1 为照片本身。",
        ),
    ),
    "lips": (
        ("Detail of the lips", "嘴唇细节"),
        (" ×", " 倍"),
        (
            "Fine detail against the photograph's lips; well below 1 they are blurred.",
            "与照片中嘴唇的细节相比；明显低于 1 表示模糊。",
        ),
    ),
    "inside": (
        ("Detail inside the mouth", "口内细节"),
        (" ×", " 倍"),
        (
            "Teeth and tongue against the photograph's lips, while the mouth is open; a blurred mouth is below 1.2.",
            "张嘴时牙齿与舌头的细节，与照片的嘴唇相比；低于 1.2 表示模糊。",
        ),
    ),
    "teeth": (
        ("The same against the photo's own teeth", "与照片自身的牙齿相比"),
        (" ×", " 倍"),
        (
            "The photograph shows an open mouth: how the film's compares with it.",
            "照片中嘴是张开的：影片中的嘴与它相比。",
        ),
    ),
    "outside": (
        ("Change where nothing may change", "静止部分的变化"),
        ("", ""),
        (
            "Largest change of lightness from frame to frame outside the moving part, of 255. It must be 0.",
            "活动区域之外相邻两帧的最大亮度变化（满值 255），必须为 0。",
        ),
    ),
    "flicker": (
        ("Flicker in pauses", "停顿时的闪烁"),
        (" ×", " 倍"),
        (
            "Change of the lower face from frame to frame while nobody speaks, against the photograph's grain.",
            "无人说话时下半脸的逐帧变化，与照片颗粒相比。",
        ),
    ),
    "shake": (
        ("Trembling", "抖动"),
        (" ‰", " ‰"),
        (
            "How unevenly the skin of the upper face moves from frame to frame, of the distance between the eyes.",
            "上半脸皮肤逐帧移动的不平稳程度，占两眼距离的千分比。",
        ),
    ),
}
GROUPS = {
    "group_person": ("likeness", "geometry", "texture", "identity"),
    "group_speech": ("opening", "lag", "agreement", "loudness", "rest", "flutter"),
    "group_picture": ("seam", "border", "lips", "inside", "teeth", "outside", "flicker", "shake"),
}
MOMENTS: dict[str, tuple[str, str]] = {
    "likeness": ("The face looks less like the photograph here (likeness {value}; real people stay above {limit}).",
                 "此处的脸不太像照片（相似度 {value}；真人高于 {limit}）。"),
    "seam": ("An edge shows around the mouth ({value} times the photograph's; real people stay below {limit}).",
             "嘴的周围能看出边缘（为照片的 {value} 倍；真人低于 {limit}）。"),
    "border": ("The border of the moving part shows ({value} times the photograph's).",
               "能看出活动区域的边界（为照片的 {value} 倍）。"),
    "lips": ("The lips are blurred (detail {value} of the photograph's; real lips stay above {limit}).",
             "嘴唇模糊（细节为照片的 {value}；真人高于 {limit}）。"),
    "inside": ("The inside of the mouth is blurred (detail {value}; real mouths stay above {limit}).",
               "口内模糊（细节 {value}；真人高于 {limit}）。"),
    "outside": ("Something changes outside the moving part, by {value} of 255 levels.",
                "活动区域之外有变化，幅度为 {value}/255。"),
    "flicker": ("The lower face flickers in a pause ({value} times the grain; real faces stay below {limit}).",
                "停顿中下半脸在闪烁（颗粒的 {value} 倍；真人低于 {limit}）。"),
    "shake": ("The face jerks from one frame to the next ({value} ‰ of the eyes' distance; real faces below {limit}).",
              "脸在相邻两帧间跳动（两眼距离的 {value} ‰；真人低于 {limit}）。"),
    "pause": ("The mouth moves while nobody speaks (by {value} % of its range).",
              "无人说话时嘴在动（幅度为说话范围的 {value} %）。"),
    "shut": ("The mouth stays shut while open sounds are heard.", "听到张口音时嘴仍然闭着。"),
    "unseen": ("No face was found here for {value} s.", "此处有 {value} 秒找不到脸。"),
}  # fmt: skip
MISSING = {
    "lag": "unclear", "rest": "no_rest", "flutter": "no_rest", "flicker": "no_rest", "inside": "never_open",
    "border": "no_border", "outside": "no_border",
}  # fmt: skip
"""Why a figure may be missing."""


def say(key: str, language: Language, **values: object) -> str:
    """A text with its values filled in."""
    return TEXTS[key][language == "zh"].format(**values)
