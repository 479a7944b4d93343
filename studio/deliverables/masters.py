"""The film without loss, its sound alone, and its sound in parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from studio import film, soundtrack
from studio.deliverables.order import Order
from studio.edit.extras import Extras
from studio.edit.loudness import PROFILES, levelled
from studio.media import ffmpeg
from studio.media.audio import write_wav
from studio.media.files import scratch, writing
from studio.media.probe import probe
from studio.takes import Takes, version
from studio.trust import label

Codec = Literal["mp3", "m4a"]

PAUSE = Fraction(7, 10)  # s between the notice and the film's own first sound
_CODECS: dict[Codec, list[str]] = {
    "mp3": ["-c:a", "libmp3lame", "-b:a", "192k", "-id3v2_version", "3"],
    "m4a": ["-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart+use_metadata_tags"],
}


def mezzanine(order: Order) -> tuple[Path, ...]:
    """The film as FFV1 (every value kept, each frame with a checksum) and 24-bit PCM, in Matroska."""
    cut = order.cut
    extras = Extras(chapters=film.chapters(cut), duration=cut.timeline.duration)
    path = order.beside("mezzanine", ".mkv")
    return (film.encode(order.takes, cut.timeline, path, quality="master", extras=extras),)


def stems(order: Order) -> tuple[Path, ...]:
    """Dialogue, music, effects, and music with effects."""
    takes = order.takes
    return soundtrack.stems(takes.production, order.cut.timeline, order.film.with_suffix(""), takes.meter.cancel)


def sound(order: Order, *, codec: Codec) -> tuple[Path, ...]:
    """The film to listen to. Where a machine speaks in it, it begins with a spoken notice that says so."""
    takes, timeline = order.takes, order.cut.timeline
    whole = film.mastered(takes, timeline)
    with scratch() as folder:
        inputs, graph, lead = ["-i", str(whole)], "[0:a]anull[out]", Fraction(0)
        if film.anything_made(takes):
            notice = spoken_notice(takes)
            profile = PROFILES[takes.production.sound.loudness]
            rate = timeline.sample_rate
            notice = levelled(notice, folder / "notice.wav", profile, rate, takes.meter.cancel)
            lead = probe(notice).duration + PAUSE
            inputs += ["-i", str(notice)]
            shape = f"aresample={rate},aformat=sample_fmts=fltp:channel_layouts=stereo"
            graph = (
                f"[1:a]{shape},apad=pad_dur={float(PAUSE)}[said];[0:a]{shape}[film];[said][film]concat=n=2:v=0:a=1[out]"
            )
        parts = tuple(replace(part, start=part.start + lead) for part in film.chapters(order.cut))
        extras = Extras(film.tags(takes, timeline), parts, timeline.duration + lead)
        given, options = extras.arguments(folder, len(inputs) // 2, f".{codec}")
        path = order.film.with_suffix(f".{codec}")
        with writing(path) as draft, takes.meter.stage("film", path.name):
            bare = ["-map_metadata:g", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
            ffmpeg.run(
                [
                    *inputs,
                    *given,
                    "-filter_complex",
                    graph,
                    "-map",
                    "[out]",
                    *bare,
                    *_CODECS[codec],
                    *options,
                    str(draft),
                ],
                cancel=takes.meter.cancel,
            )
    return (path,)


def spoken_notice(takes: Takes) -> Path:
    """The label as somebody says it who is nobody in particular: a WAV in the cache."""
    language = takes.production.language
    text = label.LABEL[language]

    def make(folder: Path, _: Callable[[float], None]) -> None:
        from studio.voice.speak import speak

        said = speak(text, language, None, seed=takes.production.seed, commercial=takes.commercial)
        write_wav(folder / "notice.wav", said.audio)

    key = {
        "text": text,
        "language": language,
        "seed": takes.production.seed,
        "commercial": takes.commercial,
        "version": version("voice"),
    }
    return takes.take("notice", text, key, make).folder / "notice.wav"
