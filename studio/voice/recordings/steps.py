"""The names of what cleaning can do, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.types import Language

StepName = Literal["declip", "declick", "offset", "hum", "rumble", "denoise", "deess"]

_SAID: dict[StepName, tuple[str, str]] = {
    "declip": (
        "{percent} of the sound was cut off because it was recorded too loudly; the tops were put back.",
        "{percent}的声音因录音过响被削顶，已经补回。",
    ),
    "declick": ("{rate} taken out.", "去除了咔嗒声（{rate}）。"),
    "offset": (
        "The zero line was off by {percent} of full scale; it was put right.",
        "零点偏移了满幅的{percent}，已校正。",
    ),
    "hum": (
        "Mains hum at {amount:.1f} Hz with {count} tones was taken out.",
        "去除了{amount:.1f} Hz 的电源哼声（{count}个音）。",
    ),
    "rumble": ("Rumble below the voice was taken out.", "去除了低于人声的隆隆声。"),
    "denoise": (
        "Noise was taken out by RNNoise and the studio's own network ({percent} of their strength).",
        "用 RNNoise 和自带的网络降噪（强度{percent}）。",
    ),
    "deess": ("The s was too sharp by {amount:.0f} dB; it was softened.", "齿音过强 {amount:.0f} dB，已减弱。"),
}
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


@dataclass(frozen=True)
class Step:
    """One thing that was done to a recording."""

    name: StepName
    amount: float
    """declip: share of the samples; declick: clicks a second; offset: share of full scale; hum: Hz; denoise: share;
    deess: dB; rumble: 0."""
    count: int = 0
    """hum: how many tones."""

    def sentence(self, language: Language = "en") -> str:
        """What was done, in one sentence."""
        english, chinese = _SAID[self.name]
        rate = _rate(self.amount) if language == "en" else _rate_zh(self.amount)
        return (english if language == "en" else chinese).format(
            amount=self.amount, percent=_percent(abs(self.amount)), count=self.count, rate=rate
        )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"


def _rate(a_second: float) -> str:
    """ "Two clicks a second were"."""
    for number, unit in ((a_second, "second"), (60 * a_second, "minute"), (3600 * a_second, "hour")):
        if number >= 0.95:
            count = round(number)
            word = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
            clicks, verb = ("clicks", "were") if count > 1 else ("click", "was")
            return f"{word} {clicks} {'an' if unit == 'hour' else 'a'} {unit} {verb}"
    return "A few clicks were"


def _rate_zh(a_second: float) -> str:
    for number, unit in ((a_second, "秒"), (60 * a_second, "分钟"), (3600 * a_second, "小时")):
        if number >= 0.95:
            return f"每{unit}{round(number)}次"
    return "偶尔几次"
