"""One page of pictures for one voice: what it says and how it sounds, for people and not for engineers alone."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import FontMissing
from studio.media.files import writing
from studio.types import F32, Language
from studio.voice import features
from studio.voice.recordings.formants import HOP_S
from studio.voice.recordings.spectra import SAMPLE_RATE, Spread, VoiceFeatures, powers, spectrum

SHOWN_S = 10.0  # s of the spectrogram: more would be too narrow to read
_INCHES, _DPI = (12.0, 9.2), 150
_BACK, _CARD, _INK, _SOFT, _RULE = "#f6f4f0", "#ffffff", "#22201d", "#6d675f", "#e2ddd4"
_PITCH, _FORMANTS = "#c07a2c", ("#2f6f73", "#4f9a9d", "#83b9ba", "#b5d4d4")
_SHADES = ("#ffffff", "#efe9df", "#d3c8b8", "#a2968a", "#5d5650", "#22201d")  # of the spectrogram, soft to loud
_RANGE_DB = 60.0
_HIGHEST_HZ = 8000.0
# Means of Peterson and Barney, "Control methods used in a study of the vowels", JASA 24, 1952: F1 and F2 in Hz.
_VOWELS_MEN = {"i": (270, 2290), "ɛ": (530, 1840), "æ": (660, 1720), "a": (730, 1090), "ɔ": (570, 840), "u": (300, 870)}
_VOWELS_WOMEN = {
    "i": (310, 2790),
    "ɛ": (610, 2330),
    "æ": (860, 2050),
    "a": (850, 1220),
    "ɔ": (590, 920),
    "u": (370, 950),
}
_SHORT_TRACT_HZ = 2650.0  # of F3, half way between the two: a man who shouts has a high voice, but no shorter mouth

_SAID: dict[str, tuple[str, str]] = {
    "spectrogram": ("Spectrogram with pitch and resonances", "语谱图，叠加基频与共振峰"),
    "pitch": ("Pitch F0 (right scale)", "基频 F0（右轴）"),
    "time": ("Time in the recording, s", "录音中的时间（秒）"),
    "hertz": ("Frequency, Hz", "频率（Hz）"),
    "f0": ("F0, Hz", "基频（Hz）"),
    "average": ("Long-term spectrum of the speech", "长时平均频谱"),
    "level_db": ("Level, dB", "声级（dB）"),
    "vowels": ("Vowel space", "元音空间"),
    "level": ("Level over the whole piece", "整段的声级"),
    "level_full": ("Level, dBFS", "声级（dBFS）"),
    "seconds": ("Time, s", "时间（秒）"),
    "numbers": ("In numbers", "数值"),
    "f0_row": ("Pitch, median (5–95 %)", "基频中位数（5–95%）"),
    "melody": ("Melody, standard deviation", "语调标准差"),
    "jitter": ("Jitter", "频率微扰（jitter）"),
    "shimmer": ("Shimmer", "振幅微扰（shimmer）"),
    "hnr": ("Harmonics to noise", "谐噪比"),
    "loud": ("Level of the speech", "语音声级"),
    "semitones": ("semitones", "半音"),
    "unknown": ("unknown", "未知"),
    "vowels_across": ("F2, Hz  (letters: American English means)", "F2（Hz）　字母：美国英语平均值"),
    "vowels_up": ("F1, Hz", "F1（Hz）"),
}


@dataclass(frozen=True)
class _Page:
    """What all the pictures of a page share."""

    found: VoiceFeatures
    language: Language
    font: Any

    def say(self, name: str) -> str:
        return _SAID[name][0 if self.language == "en" else 1]

    def prepare(self, axes: Any, title: str, across: str, up: str) -> None:
        """Frame, title and labels of one picture."""
        axes.set_facecolor(_CARD)
        axes.set_title(self.say(title), fontproperties=self.font, fontsize=12, color=_INK, loc="left", pad=8)
        axes.set_xlabel(self.say(across), fontproperties=self.font, fontsize=9, color=_SOFT)
        axes.set_ylabel(self.say(up), fontproperties=self.font, fontsize=9, color=_SOFT)
        axes.tick_params(colors=_SOFT, labelsize=8, length=3)
        for spine in axes.spines.values():
            spine.set_color(_RULE)
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            label.set_fontproperties(self.font)
            label.set_fontsize(8)


def draw(found: VoiceFeatures, path: Path, *, title: str, language: Language = "en") -> None:
    """Write a PNG page: spectrogram with pitch and formants, long-term spectrum, vowel space, level, numbers.

    Raises:
        FontMissing: Chinese was asked for, and the font is not installed.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = _Page(found, language, _font())
    figure = Figure(figsize=_INCHES, dpi=_DPI, facecolor=_BACK)
    grid = figure.add_gridspec(
        3, 3, height_ratios=(1.5, 1.25, 0.55), hspace=0.42, wspace=0.3, left=0.065, right=0.945, top=0.885, bottom=0.06
    )
    figure.text(0.065, 0.957, title, fontproperties=page.font, fontsize=18, color=_INK, va="center", parse_math=False)
    _spectrogram(page, figure.add_subplot(grid[0, :]))
    _average(page, figure.add_subplot(grid[1, 0]))
    _vowels(page, figure.add_subplot(grid[1, 1]))
    _numbers(page, figure.add_subplot(grid[1, 2]))
    _level(page, figure.add_subplot(grid[2, :]))
    FigureCanvasAgg(figure)
    with writing(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=_BACK)


def _font() -> Any:
    """Noto Sans SC, which has both scripts, from its wheel."""
    from matplotlib.font_manager import FontProperties

    spec = find_spec("pylopdf_fonts_zh_cn")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / "NotoSansSC-Regular.otf").is_file():
            return FontProperties(fname=str(path))
    raise FontMissing("The font of the pictures is not installed. Install it with: pip install pylopdf-fonts-zh-cn")


def _spectrogram(page: _Page, axes: Any) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    tracks = page.found.tracks
    first = _loudest(tracks.f0, len(tracks.sound) / SAMPLE_RATE)
    last = min(first + SHOWN_S, len(tracks.sound) / SAMPLE_RATE)
    offset = float(page.found.begins)
    page.prepare(axes, "spectrogram", "time", "hertz")
    hop = SAMPLE_RATE // 400
    power = powers(tracks.sound[round(first * SAMPLE_RATE) : round(last * SAMPLE_RATE)], size=384, hop=hop)
    # The voice falls 6 dB an octave: lifted as much, its resonances are seen in one grey.
    hertz = np.linspace(0, SAMPLE_RATE / 2, power.shape[1])
    shown = 10 * np.log10(power + 1e-14) + 20 * np.log10(np.maximum(hertz, 200) / 1000)
    top = np.percentile(shown[:, hertz < _HIGHEST_HZ], 99.7)
    extent = (offset + first, offset + last, 0.0, SAMPLE_RATE / 2)
    shades = LinearSegmentedColormap.from_list("paper", _SHADES)
    axes.imshow(
        shown.T, origin="lower", aspect="auto", extent=extent, cmap=shades, vmin=top - _RANGE_DB, vmax=top,
        interpolation="bilinear",
    )  # fmt: skip
    axes.set_ylim(0, min(_HIGHEST_HZ, _top_of(page.found)))
    axes.set_xlim(extent[:2])
    frames = np.arange(len(tracks.formants)) * HOP_S
    seen = (frames >= first) & (frames < last)
    for index, colour in enumerate(_FORMANTS):
        axes.plot(
            offset + frames[seen],
            tracks.formants[seen, index],
            ".",
            color=colour,
            markersize=3.2,
            label=f"F{index + 1}",
        )
    _pitch(page, axes, (first, last))


def _pitch(page: _Page, axes: Any, shown: tuple[float, float]) -> None:
    tracks = page.found.tracks
    times = np.arange(len(tracks.f0)) * features.FRAME_S
    seen = (times >= shown[0]) & (times < shown[1])
    right = axes.twinx()
    line = np.where(tracks.f0 > 0, tracks.f0, np.nan)[seen]
    right.plot(float(page.found.begins) + times[seen], line, color=_CARD, linewidth=4)
    right.plot(float(page.found.begins) + times[seen], line, color=_PITCH, linewidth=2, label=page.say("pitch"))
    high = max(300.0, 1.25 * page.found.f0.high)
    right.set_ylim(0, high * 1.6)
    right.set_ylabel(page.say("f0"), fontproperties=page.font, fontsize=9, color=_PITCH)
    right.tick_params(colors=_PITCH, labelsize=8, length=3)
    for spine in right.spines.values():
        spine.set_color(_RULE)
    lines, names = axes.get_legend_handles_labels()
    more, labels = right.get_legend_handles_labels()
    legend = right.legend(
        more + lines, labels + names, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncol=5, frameon=False,
        prop=page.font, markerscale=2.5, handletextpad=0.4, columnspacing=1.2, borderaxespad=0.2,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_color(_SOFT)
        text.set_fontsize(9)


def _average(page: _Page, axes: Any) -> None:
    page.prepare(axes, "average", "hertz", "level_db")
    hertz, level = spectrum(page.found.tracks.sound)
    band = hertz >= 50
    hertz, level = hertz[band], level[band] - level.max()
    axes.fill_between(hertz, level, -90, color=_FORMANTS[0], alpha=0.12, linewidth=0)
    axes.plot(hertz, level, color=_FORMANTS[0], linewidth=1.4)
    axes.set_xscale("log")
    axes.set_xlim(60, 12_000)
    axes.set_ylim(-80, 3)
    axes.set_xticks([100, 200, 500, 1000, 2000, 5000, 10_000], ["100", "200", "500", "1k", "2k", "5k", "10k"])
    axes.minorticks_off()
    axes.grid(color=_RULE, linewidth=0.6)


def _vowels(page: _Page, axes: Any) -> None:
    page.prepare(axes, "vowels", "vowels_across", "vowels_up")
    tracks = page.found.tracks
    steady = tracks.formants[tracks.steady]
    axes.plot(steady[:, 1], steady[:, 0], ".", color=_FORMANTS[0], alpha=0.35, markersize=5, markeredgewidth=0)
    vowels = _VOWELS_WOMEN if page.found.formants[2].median > _SHORT_TRACT_HZ else _VOWELS_MEN
    for letter, (first, second) in vowels.items():
        axes.text(second, first, letter, fontsize=15, color=_PITCH, ha="center", va="center", family="DejaVu Sans")
    axes.set_xlim(3100, 500)  # as phoneticians draw it: the front of the mouth at the left, open vowels below
    axes.set_ylim(1100, 180)
    axes.grid(color=_RULE, linewidth=0.6)


def _numbers(page: _Page, axes: Any) -> None:
    axes.set_axis_off()
    axes.set_title(page.say("numbers"), fontproperties=page.font, fontsize=12, color=_INK, loc="left", pad=8)
    found = page.found
    rows = [(page.say("f0_row"), _range(page, found.f0))]
    rows += [(page.say("melody"), f"{found.f0_semitones:.1f} {page.say('semitones')}")]
    rows += [(f"F{index}", _range(page, spread)) for index, spread in enumerate(found.formants, 1)]
    even = found.evenness
    rows += [
        (page.say("jitter"), _known(page, even.jitter, "{:.1%}")),
        (page.say("shimmer"), _known(page, even.shimmer, "{:.1%}")),
        (page.say("hnr"), _known(page, even.hnr_db, "{:.0f} dB")),
        (page.say("loud"), _known(page, found.level_db, "{:.0f} dBFS")),
    ]
    for index, (name, value) in enumerate(rows):
        height = 0.97 - index * 0.1
        for text, at, side, colour in ((name, 0.0, "left", _SOFT), (value, 1.0, "right", _INK)):
            axes.text(
                at, height, text, transform=axes.transAxes, fontproperties=page.font, fontsize=9.5, color=colour,
                ha=side, va="top",
            )  # fmt: skip
        axes.plot([0, 1], [height - 0.07] * 2, transform=axes.transAxes, color=_RULE, linewidth=0.7, clip_on=False)


def _level(page: _Page, axes: Any) -> None:
    page.prepare(axes, "level", "seconds", "level_full")
    sound = page.found.tracks.sound
    size = max(1, round(0.05 * SAMPLE_RATE), len(sound) // 1500)
    blocks = sound[: len(sound) // size * size].reshape(-1, size)
    level = 10 * np.log10(np.square(blocks).mean(axis=1) + 1e-10)
    times = float(page.found.begins) + (np.arange(len(level)) + 0.5) * size / SAMPLE_RATE
    axes.fill_between(times, level, -90, color=_FORMANTS[1], alpha=0.5, linewidth=0)
    axes.set_ylim(-85, 0)
    axes.set_xlim(times[0], times[-1])
    axes.grid(color=_RULE, linewidth=0.6)


def _loudest(f0: F32 | Any, seconds: float) -> float:
    """Where the seconds with the most voice begin, s."""
    if seconds <= SHOWN_S:
        return 0.0
    width = round(SHOWN_S / features.FRAME_S)
    total = np.concatenate([[0], np.cumsum(f0 > 0)])
    return float(np.argmax(total[width:] - total[:-width]) * features.FRAME_S)


def _top_of(found: VoiceFeatures) -> float:
    """Up to where the spectrogram is drawn, Hz: as far as there is sound, 4 kHz at least."""
    hertz, level = spectrum(found.tracks.sound)
    return float(max(4000.0, min(_HIGHEST_HZ, 1.1 * hertz[level > level.max() - 70].max())))


def _range(page: _Page, spread: Spread) -> str:
    if not np.isfinite(spread.median):
        return page.say("unknown")
    return f"{spread.median:.0f} Hz ({spread.low:.0f}–{spread.high:.0f})"


def _known(page: _Page, value: float, form: str) -> str:
    return form.format(value) if np.isfinite(value) else page.say("unknown")
