"""Every word the page shows, in English and in Chinese.

What is on the page from the start is translated in the browser (`label`); what a handler answers is said in the
language of the request (`say`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gradio as gr

    from studio.types import Language

COOKIE = "studio_lang"  # written by gate.py
MOST_LINES = 12  # that can be written on the page; production.yaml knows no limit

TEXTS: dict[str, tuple[str, str]] = {
    # the page
    "page_title": ("Keepsake Studio", "留声影室"),
    "tagline": (
        "A photo, a few recordings and a few words become a film in which they speak again.",
        "一张照片、几段录音、几句话，做成一部影片，让那个人再次开口。",
    ),
    "private": (
        "Everything stays on this computer. Nothing is uploaded, nothing is counted.",
        "一切都留在这台电脑上：不上传，不统计。",
    ),
    # photo
    "photo_heading": ("## 2 · The person", "## 2 · 人物"),
    "photo_help": (
        "A face looking towards the camera works best. Old, grainy and black-and-white photos are welcome: "
        "they keep their look.",
        "面朝镜头的照片效果最好。老旧、有颗粒、黑白的照片都可以，原有的质感会保留。",
    ),
    "photo_label": ("Photo", "照片"),
    "photo_placeholder": ("Drop a photo here, or click to choose one", "把照片拖到这里，或点击选择"),
    "faces_label": ("Faces found", "找到的人脸"),
    "face_label": ("Who speaks?", "由谁说话？"),
    "face_one": ("One face found.", "找到一张脸。"),
    "face_many": (
        "{count} faces found. Click the one that speaks, or choose its number.",
        "找到 {count} 张脸。点击要说话的那张脸，或选择编号。",
    ),
    "further_label": ("Further photos (optional)", "更多照片（可不添）"),
    "other_photo": ("Another photo", "换一张照片"),
    # voice
    "voice_heading": ("## 3 · The voice", "## 3 · 声音"),
    "voice_help": (
        "Recordings of the person: tapes, voice messages, home videos. Half a minute of clear speech is enough; "
        "noise is cleaned. Without any, a voice of the studio speaks.",
        "此人的录音：磁带、语音留言、家庭录像都可以。半分钟清晰的讲话就够了，杂音会自动清理。没有录音时，由本影室自带的声音来说。",
    ),
    "recordings_label": ("Recordings (sound or video)", "录音（声音或视频）"),
    "microphone_label": ("Or record now", "或现在录音"),
    "language_label": ("Language of the words", "说话的语言"),
    "english": ("English", "英语"),
    "mandarin": ("Chinese (Mandarin)", "中文（普通话）"),
    "own_voice_label": ("Without a recording, the studio speaks as", "没有录音时，代为说话的是"),
    "female": ("A woman", "女声"),
    "male": ("A man", "男声"),
    "finer_label": ("More about the voice", "更多声音设置"),
    "finer_help": (
        "As it stands, this suits most films.",
        "大多数影片保持默认即可。",
    ),
    "profile_label": ("An enrolled voice, instead of recordings", "使用已登记的声音，代替录音"),
    "profile_none": ("None", "不使用"),
    "closeness_label": ("How near to the recordings", "与录音的接近程度"),
    "closeness_info": ("0 is understood best, 1 is nearest", "0 最清楚，1 最像本人"),
    "tape_label": ("Sound of the tape", "磁带的质感"),
    "tape_info": (
        "Lays the sound of the recordings over new words, so that old and new sit side by side",
        "给新的话加上录音的质感，新旧相邻不突兀",
    ),
    "age_label": ("Years older or younger", "年长或年轻几岁"),
    "age_info": ("Than in the recordings", "与录音时相比"),
    "vigour_label": ("Frail or strong", "虚弱或有力"),
    "vigour_info": ("−1 frail, 0 as recorded, 1 strong", "−1 虚弱，0 与录音相同，1 有力"),
    # words
    "told_heading": ("## 4 · What is told", "## 4 · 影片内容"),
    "words_help": (
        "One line for each thought. Say where each comes from: the film keeps their own words apart from words "
        "written for them. With no line at all, the recordings themselves are heard.",
        "一行写一层意思，并注明出处：影片会把本人的原话和后来写的话区分开来。一行都不写，就直接播放录音。",
    ),
    "name_label": ("Name", "姓名"),
    "name_placeholder": ("Ruth Weber", "陈秀兰"),
    "dates_label": ("Dates (optional)", "生卒年（可不填）"),
    "dates_placeholder": ("1931–2019", "1931–2019"),
    **{f"line_{number}": (f"Line {number}", f"第{number}句") for number in range(1, MOST_LINES + 1)},
    "line_placeholder": ("What they say", "要说的话"),
    "source_label": ("These words are", "这句话是"),
    "verbatim": ("their own", "本人原话"),
    "adapted": ("adapted", "改编"),
    "written": ("written for them", "后人代写"),
    "cite_label": ("From (letter, tape, book)", "出处（信件、录音、书）"),
    "cite_placeholder": ("Letter of 3 May 1962", "1962年5月3日的信"),
    "feeling_label": ("Feeling", "情绪"),
    "feeling_heard": ("As heard", "同录音"),
    "feeling_neutral": ("Calm", "平静"),
    "feeling_warm": ("Warm", "温暖"),
    "feeling_glad": ("Glad", "喜悦"),
    "feeling_sad": ("Sad", "悲伤"),
    "feeling_solemn": ("Solemn", "庄重"),
    "add_line": ("Add a line", "再加一句"),
    "add_row": ("Add another", "再加一项"),
    "optional": ("{slot} (optional)", "{slot}（可不填）"),
    "one_a_line": ("One on each line.", "每行一条。"),
    # template
    "template_heading": ("## 1 · The film", "## 1 · 影片"),
    "template_label": ("What shall it become?", "想做成什么？"),
    "template_picture": ("Pictures from such a film", "这类影片的画面"),
    "finish_heading": ("## 5 · Picture and music", "## 5 · 画面与配乐"),
    "shape_label": ("Shape of the picture", "画面比例"),
    "shape_16_9": ("Wide, 16:9", "横屏 16:9"),
    "shape_9_16": ("Upright, 9:16", "竖屏 9:16"),
    "shape_1_1": ("Square", "方形"),
    "shape_4_5": ("Portrait, 4:5", "竖幅 4:5"),
    "mood_label": ("Music", "配乐"),
    "mood_template": ("As the template has it", "按模板默认"),
    "mood_calm": ("Calm", "宁静"),
    "mood_solemn": ("Solemn", "庄重"),
    "mood_warm": ("Warm", "温暖"),
    "mood_hopeful": ("Hopeful", "希望"),
    "mood_moonlit": ("Moonlit (Chinese)", "月夜"),
    "mood_none": ("None", "无配乐"),
    "mood_own": ("My own", "自备音乐"),
    "music_label": ("Your music", "您的音乐"),
    "licence_label": ("By what right it is used", "凭何使用"),
    "licence_placeholder": ("Licensed from …, bought on …", "已获……授权"),
    "also_label": ("Made along with it (optional)", "同时制作（可不选）"),
    "also_vertical": ("An upright film for telephones", "手机竖屏版"),
    "also_square": ("A square film", "方形版"),
    "also_reception": ("A silent loop for the reception", "接待处用的无声循环版"),
    "also_m4a": ("The sound alone", "仅声音"),
    "also_poster": ("A poster picture", "海报图片"),
    # consent
    "consent_heading": ("## 6 · The consent", "## 6 · 同意书"),
    "consent_help": (
        "Who allows this film? The record goes into the film and its recipe. Without one, every frame says that "
        "there is none.",
        "谁同意制作这部影片？这份记录会写进影片及其制作档案。没有记录时，每一帧画面都会注明。",
    ),
    "granted_label": ("Granted by", "同意人"),
    "granted_placeholder": ("Anna Weber, her daughter", "女儿 陈晓梅"),
    "right_label": ("In what right", "以什么身份"),
    "self": ("I am the person shown", "就是本人"),
    "heir": ("Close relative or heir", "近亲属或继承人"),
    "executor": ("Executor of the estate", "遗嘱执行人"),
    "rights-holder": ("Holder of the rights (museum, archive)", "权利人（博物馆、档案馆）"),
    "guardian": ("Guardian", "监护人"),
    "public-domain": ("Public domain", "公有领域"),
    "scope_label": ("For what (optional)", "用途（可不填）"),
    "scope_placeholder": ("Shown to the family", "家人观看"),
    "confirm_label": (
        "I confirm that I may make this film, and that no one will be misled by it.",
        "我确认有权制作这部影片，并且不会用它误导任何人。",
    ),
    # making it
    "make_heading": ("## 7 · Watch", "## 7 · 观看"),
    "draft_button": ("Quick draft", "快速小样"),
    "film_button": ("Make the film", "制作影片"),
    "cancel_button": ("Stop", "停止"),
    "earlier_label": ("Earlier films", "以前的影片"),
    "nothing_yet": ("Your film will appear here.", "影片做好后会显示在这里。"),
    "in_line": ("Waiting in line.", "正在排队。"),
    "stopping": ("Stopping …", "正在停止……"),
    "stopped": (
        "Stopped. What was finished is kept: making it again goes on from there.",
        "已停止。完成的部分已保留，再次制作时会接着做。",
    ),
    "starting": ("Getting ready", "准备中"),
    "may_close": ("You may close this page; the work goes on.", "可以关闭本页，制作会继续。"),
    "no_worker": ("The workshop is starting …", "制作程序正在启动……"),
    "seconds_left": ("about {count} s left", "大约还需 {count} 秒"),
    "minutes_left": ("about {count} min left", "大约还需 {count} 分钟"),
    "failed": ("This film could not be made.", "影片未能完成。"),
    "draft": ("draft", "小样"),
    "download_film": ("Film", "影片"),
    "download_captions": ("Captions {kind}", "字幕 {kind}"),
    "download_recipe": ("Recipe", "制作档案"),
    "download_report": ("Quality report", "质量报告"),
    "downloads": ("Download:", "下载："),
    "captions_track": ("Captions", "字幕"),
    "film_aria": ("Film: {name}", "影片：{name}"),
    "synthetic": (
        "This film is a reconstruction made by a computer.",
        "本影片由计算机重建。",
    ),
    "record": ("What in it is true", "哪些是真实的"),
    "record_time": ("Time", "时间"),
    "record_words": ("Words", "话语"),
    "record_source": ("The words are", "话语来源"),
    "record_voice": ("The voice is", "声音"),
    "true_voice": ("their own recording", "本人真实录音"),
    "made_voice": ("synthetic ({engine})", "合成（{engine}）"),
    "record_picture": ("Moving faces are always synthetic.", "会动的人脸均为合成。"),
    "record_sent": (
        "The words were sent to {host}, another machine, and spoken there.",
        "文字曾发送到另一台机器 {host}，在那里合成语音。",
    ),
    "record_consent": ("Consent: {who}, {right}.", "同意：{who}（{right}）。"),
    "record_no_consent": ("Consent: no record.", "同意：没有记录。"),
    # stages
    "stage_enrol": ("Learning the voice", "学习声音"),
    "stage_speak": ("Speaking", "说出台词"),
    "stage_photo": ("Reading the photo", "分析照片"),
    "stage_animate": ("Moving the face", "让脸动起来"),
    "stage_mix": ("Mixing the sound", "混音"),
    "stage_music": ("Playing the music", "配乐"),
    "stage_card": ("Writing titles", "制作字幕卡"),
    "stage_captions": ("Writing captions", "制作字幕"),
    "stage_quality": ("Measuring the quality", "测量质量"),
    "stage_compose": ("Composing scenes", "合成场景"),
    "stage_film": ("Cutting the film", "剪辑成片"),
    # what is missing
    "need_photo": ("Add a photo first (step 2).", "请先添加照片（第2步）。"),
    "need_name": ("Write the name of the person (step 2).", "请填写此人的姓名（第2步）。"),
    "need_words": (
        "Write at least one line, or add a recording (steps 3 and 4).",
        "请至少写一句话，或添加一段录音（第3、4步）。",
    ),
    "need_album": ("Add photos to be shown (step 2).", "请添加要展示的照片（第2步）。"),
    "need_slot": ("Fill in “{slot}” (step 4).", "请填写“{slot}”（第4步）。"),
    "need_part": (
        "Fill in “{part}” in no. {number} of “{slot}” (step 4).",
        "请填写“{slot}”第{number}项的“{part}”（第4步）。",
    ),
    "need_bounds": (
        "“{slot}” takes a number from {least} to {most} (step 4).",
        "“{slot}”应为 {least} 到 {most} 之间的数（第4步）。",
    ),
    "need_music": ("Add your music, or choose another (step 5).", "请添加您的音乐，或另选配乐（第5步）。"),
    "need_licence": ("Say by what right your music is used (step 5).", "请写明凭何使用您的音乐（第5步）。"),
    "need_confirm": (
        "Tick the confirmation under the consent, or leave “Granted by” empty.",
        "请勾选同意书下的确认，或将“同意人”留空。",
    ),
}


def i18n(templates: dict[str, tuple[str, str]]) -> gr.I18n:
    """The translations the browser gets: ours, and (key → English, Chinese) of the templates."""
    import gradio as gr

    both = {**TEXTS, **templates}
    english = {key: words[0] for key, words in both.items()}
    chinese = {key: words[1] for key, words in both.items()}
    return gr.I18n(**{"en": english, "zh": chinese, "zh-CN": chinese})


def label(key: str) -> Any:
    """A word of the page, translated in the browser."""
    from gradio.i18n import I18nData

    return I18nData(key)


def say(key: str, language: Language, **fields: object) -> str:
    """A word in a language, with its {fields} filled."""
    words = TEXTS[key][1 if language == "zh" else 0]
    return words.format(**fields) if fields else words


def stage(name: str, language: Language) -> str:
    """A stage of the pipeline, as it is called on the page; its own name where it has none."""
    key = f"stage_{name}"
    return say(key, language) if key in TEXTS else name


def language_of(request: gr.Request) -> Language:
    """The language of the page that asks: as chosen there, else as the browser prefers."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in ("en", "zh"):
        return "zh" if chosen == "zh" else "en"
    return "zh" if str(request.headers.get("accept-language", "")).lower().startswith("zh") else "en"
