"""Those who speak, cut out of their photos: video with a see-through ground, to be laid over anything."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from studio import film
from studio.deliverables import mattes
from studio.deliverables.order import Order
from studio.edit import cards
from studio.media import ffmpeg
from studio.media.files import scratch, writing
from studio.media.image import write_png
from studio.media.probe import probe
from studio.pictures import OPENING_TEXT_HEIGHT
from studio.scenes import Plan
from studio.storyboard import TalkingScene
from studio.takes import COST, Takes
from studio.trust import label

Codec = Literal["prores", "vp9"]

_COLOURS = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
_CODECS: dict[Codec, tuple[str, list[str]]] = {
    "prores": (
        ".mov",
        ["-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le", "-alpha_bits", "16", "-vendor", "apl0",
         "-c:a", "pcm_s24le", "-movflags", "+use_metadata_tags"],
    ),
    "vp9": (
        ".webm",
        # Alternate reference frames and alpha exclude each other in libvpx.
        ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-crf", "22", "-b:v", "0",
         "-deadline", "good", "-cpu-used", "4", "-row-mt", "1", "-c:a", "libopus", "-b:a", "128k"],
    ),
}  # fmt: skip


def make(order: Order, *, codec: Codec) -> tuple[Path, ...]:
    """FILM-SCENE-alpha.mov or .webm for every talking scene: the whole portrait, at the size it was made in."""
    cut = order.cut
    return tuple(
        _cut_out(order, planned, shot, codec)
        for planned, shot in zip(cut.plans, cut.shots, strict=True)
        if isinstance(planned.scene, TalkingScene)
    )


def _cut_out(order: Order, planned: Plan, shot: Path, codec: Codec) -> Path:
    takes, scene = order.takes, planned.scene
    suffix, options = _CODECS[codec]
    path = order.beside(f"{scene.id}-alpha", suffix)
    take = mattes.take_of(takes, planned)
    seconds = float(planned.duration)
    matte = mattes.outline(takes, take, scene.id, seconds * COST.film)
    with scratch() as folder, writing(path) as draft:
        inputs = ["-i", str(take), "-i", str(matte), "-i", str(shot)]
        # The matte is kept as video, whose black is 16 and whose white is 235.
        graph = "[1:v]scale=in_range=tv:out_range=pc,format=gray[m];[0:v]format=yuv444p[p];[p][m]alphamerge[v0]"
        for number, (mark, (left, top)) in enumerate(_marks(takes, take, folder)):
            inputs += ["-i", str(mark)]
            graph += f";[v{number}][{number + 3}:v]overlay={left}:{top}:format=yuv444[v{number + 1}]"
        last = graph.rsplit("[", 1)[1].rstrip("]")
        tags = [text for item in film.tags(takes, order.cut.timeline).items() for text in ("-metadata", "=".join(item))]
        args = [*inputs, "-filter_complex", graph, "-map", f"[{last}]", "-map", "2:a", "-map_metadata", "-1"]
        args += [*options, *_COLOURS, "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", *tags]
        with takes.meter.stage("film", path.name, seconds * COST.film * 2) as share:
            ffmpeg.run([*args, str(draft)], duration=planned.duration, on_progress=share, cancel=takes.meter.cancel)
    return path


def _marks(takes: Takes, take: Path, folder: Path) -> list[tuple[Path, tuple[int, int]]]:
    """The film's marks, drawn for a picture of the take's size; they are as solid as they are in the film."""
    video = probe(take).video
    assert video is not None  # noqa: S101  (it was written as one)
    size, language = (video.width, video.height), takes.production.language
    marked = not film.allowed(takes)
    drawn = [cards.corner_label(size, label.LABEL[language], text_height=OPENING_TEXT_HEIGHT)]
    drawn += [cards.draft_mark(size, label.DRAFT[language])] if marked else []
    placed = []
    for number, picture in enumerate(drawn):
        trimmed, (left, top) = cards.trimmed(picture)
        if marked and number == 0:
            top += trimmed.shape[0]  # below the bar of the draft mark
        write_png(folder / f"{number}.png", trimmed)
        placed.append((folder / f"{number}.png", (left, top)))
    return placed
