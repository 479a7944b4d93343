"""How long a scene is, which is known once its lines are spoken, and how it meets its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from studio.cast import Spoken
from studio.edit.timeline import (
    TransitionName,
)
from studio.media.probe import probe
from studio.storyboard import (
    ClipScene,
    Crossing,
    PhotoScene,
    QuoteScene,
    Scene,
    SlideshowScene,
    TalkingScene,
    speaker,
)
from studio.takes import Takes
from studio.types import frames_for

LEAD_IN = Fraction(6, 10)  # s from the cut to the first word: the picture is seen before it speaks
LEAD_OUT = Fraction(9, 10)  # s from the last word to the cut


@dataclass(frozen=True)
class Plan:
    """A scene whose length is known."""

    scene: Scene
    head: Fraction
    """Handle before its own time, s: the cross-fade into it begins there."""
    tail: Fraction
    """Handle after its own time, s."""
    duration: Fraction
    """Of the file with both handles, s; whole frames."""
    spoken: tuple[Spoken, ...]

    @property
    def own(self) -> Fraction:
        """Length without the handles, s: what it adds to the film."""
        return self.duration - self.head - self.tail


def handles(scenes: Sequence[Scene], transition: float, frame_rate: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
    """(head, tail) of every scene, s: half of the cross-fade on either side of each cut, in whole frames."""
    frames = [0]
    for scene in scenes[1:]:
        asked = scene.transition.seconds if isinstance(scene.transition, Crossing) else scene.transition
        frames.append(round((transition if asked is None else asked) * frame_rate))
    heads = [Fraction(count // 2) / frame_rate for count in frames]
    tails = [Fraction(count - count // 2) / frame_rate for count in frames[1:]] + [Fraction(0)]
    return tuple(zip(heads, tails, strict=True))


def crossing(scene: Scene) -> TransitionName:
    """How the scene before passes into this one."""
    return scene.transition.name if isinstance(scene.transition, Crossing) else "fade"


def reading_time(text: str) -> Fraction:
    """How long words stay on a card to be read at leisure, s: some 15 letters or 5 Chinese characters a second, half of
    what captions are allowed, and a moment to find the beginning."""
    chinese = sum(1 for char in text if char > "⺀" and char.isalpha())
    other = sum(1 for char in text if not char.isspace()) - chinese
    return max(Fraction(3), Fraction(other, 15) + Fraction(chinese, 5) + Fraction(3, 2))


def plan(takes: Takes, scene: Scene, head: Fraction, tail: Fraction) -> Plan:
    """Speak the scene's lines, and know how long it is."""
    spoken, end = _speak(takes, scene, head)
    wanted = Fraction(0)
    if isinstance(scene, ClipScene):
        wanted = probe(takes.input(scene.file)).duration
    elif isinstance(scene, QuoteScene) and scene.seconds is None:
        wanted = head + reading_time(f"{scene.text} {scene.by}") + tail
    elif not isinstance(scene, TalkingScene | SlideshowScene):
        wanted = head + Fraction(str(scene.seconds)) + tail
    if spoken:
        wanted = max(wanted, end + LEAD_OUT + tail)
    rate = takes.production.canvas.fps
    return Plan(scene, head, tail, frames_for(wanted, rate) / rate, spoken)


def _speak(takes: Takes, scene: Scene, head: Fraction) -> tuple[tuple[Spoken, ...], Fraction]:
    if not isinstance(scene, TalkingScene | PhotoScene):
        return (), Fraction(0)
    spoken: list[Spoken] = []
    clock = head + LEAD_IN
    for line in scene.lines:
        if spoken:
            clock += Fraction(str(spoken[-1].line.pause))
        key = speaker(scene, line)
        speech = takes.line(key, line)
        spoken.append(Spoken(key, line, speech, clock))
        clock += speech.audio.duration
    return tuple(spoken), clock
