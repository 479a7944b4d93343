"""How real a painted mouth looks: `uv run python -m benchmarks.mouth CLIP … [--network FILE]`.

Frames of clips of people whom no network was trained on stand in for photographs and are moved to the mouths of other
frames of the same clip (studio/train/pairs.py), so that the painted mouth can be laid beside the filmed one. Compared
in the same run: nothing but the warp with a dark hole, the mouth that the rules of anatomy paint, and the studio's own
network: from the photograph alone, with the clip's sound, and with another moment of the same mouth to look at as well.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.types import F32, U8, FrameSource

if TYPE_CHECKING:
    from studio.head.lipsync.painter import Painter as Network
    from studio.head.mesh import F64
    from studio.train.pairs import Clip, Pair

LONGEST = 400  # frames of a clip that are looked at
FEATHER = 10  # px of the close-up over which it is laid back to measure its opening
OPEN = 0.05  # eye distances: a filmed mouth that is less open has no opening to compare
AWAY = 12  # rows: another moment of the same mouth
DARKEST = 2  # percentile of the close-up's lightness that a dark hole is filled with

Painter = Callable[["Scene", "Pair"], U8]
"""What paints the inside of a drawn close-up: RGB, uint8 (SIDE, SIDE, 3)."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One clip."""

    source: FrameSource
    clip: Clip
    sound: F32
    """float32 (N, SOUND_SIZE) for each picture: likelihoods of speech sounds; all 0 in a clip without sound."""


@dataclass(frozen=True)
class Quality:
    """One painted frame beside the filmed one; NaN where the mouth is not open enough to tell."""

    texture: float
    """Laplacian energy inside ÷ filmed; 1 is as real."""
    error: float
    """Mean absolute difference inside, levels of 255."""
    opening: float
    """Gap of the lips that FaceMesh sees ÷ in the filmed frame."""


def hole(_: Scene, pair: Pair) -> U8:
    """The reference: the warped photograph, dark between the lips."""
    from studio.head.tone import LUMA

    lightness = pair.drawn.astype(np.float32) @ LUMA
    dark = pair.drawn[lightness <= np.percentile(lightness, DARKEST)].mean(axis=0)
    share = pair.inner[..., None].astype(np.float32) / 255
    mixed: U8 = np.clip(np.rint(pair.drawn * (1 - share) + dark * share), 0, 255).astype(np.uint8)
    return mixed


def ruled(_: Scene, pair: Pair) -> U8:
    """The mouth that studio/head/mouth.py paints: pairs are drawn with it."""
    return pair.drawn


def own(network: Network, *, heard: bool, lent: bool) -> Painter:
    """The studio's network.

    Args:
        heard: it hears the clip.
        lent: it sees the most open mouth of the clip, away from the filmed frame; else the photograph itself.
    """
    import torch

    from studio.head.closeup import BAND, INNER_RING, filled
    from studio.head.lipsync.painter import SOUND_SIZE

    def tensor(picture: U8) -> torch.Tensor:
        band = picture[BAND] if picture.ndim == 3 else picture[BAND][..., None]
        return torch.from_numpy(np.ascontiguousarray(band)).permute(2, 0, 1)[None].float() / 255

    def paint(scene: Scene, pair: Pair) -> U8:
        clip = scene.clip
        row = _most_open(clip, pair) if lent else pair.reference
        inside = filled(clip.points[row][list(INNER_RING)])
        shown = [pair.drawn, pair.inner, pair.outer, clip.crops[row], inside]
        sound = scene.sound[clip.frames[pair.target]] if heard else np.zeros(SOUND_SIZE, np.float32)
        with torch.inference_mode():
            painted = network(*(tensor(picture) for picture in shown), torch.from_numpy(sound)[None])[0]
        made = pair.drawn.copy()
        made[BAND] = (painted.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
        return made

    return paint


def _most_open(clip: Clip, pair: Pair) -> int:
    """The row of a clip with the widest mouth that is not filmed within AWAY rows of the answer."""
    from studio.head import mesh

    gaps = np.array([mesh.inner_lip_gap(points) for points in clip.landmarks])
    gaps[np.abs(np.arange(len(gaps)) - pair.target) <= AWAY] = -1
    return int(np.argmax(gaps))


def pairs_of(path: Path, count: int, seed: int) -> tuple[Scene, list[Pair]]:
    """One clip and its first pairs."""
    from studio.head import faces
    from studio.media.video import read_video
    from studio.train import pairs

    whole = read_video(path)
    length = 0

    def first() -> Iterator[U8]:
        nonlocal length
        length = 0
        for frame in islice(whole.open(), LONGEST):
            length += 1
            yield frame

    source = FrameSource(first, min(LONGEST, whole.num_frames), whole.frame_rate, whole.size)
    landmarks = faces.track(source)
    # The tracker leaves out what comes before the first face, and nothing after it.
    clip = pairs.follow(source, landmarks, tuple(range(length - len(landmarks), length)))
    made = pairs.make(source, clip, np.random.default_rng(seed))
    return Scene(source, clip, _sound(path, length, whole.frame_rate)), list(islice(made, count))


def _sound(path: Path, length: int, frame_rate: Fraction) -> F32:
    from studio.errors import AudioUnusable
    from studio.head.lipsync import own as engine
    from studio.head.lipsync.painter import SOUND_SIZE
    from studio.media.audio import read_audio

    try:
        return engine.sounds(read_audio(path, mono=True), length, frame_rate)
    except AudioUnusable:
        return np.zeros((length, SOUND_SIZE), np.float32)


def laid_back(frame: U8, square: U8, matrix: F64) -> U8:
    """A copy of a frame with a close-up laid over its place, feathered at its border."""
    import cv2

    side = square.shape[0]
    size = (frame.shape[1], frame.shape[0])
    edge = np.minimum(np.arange(side), np.arange(side)[::-1])
    share = np.clip(np.minimum(edge[:, None], edge[None]) / FEATHER, 0, 1).astype(np.float32)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    soft = cv2.GaussianBlur(square, (0, 0), 0.45 * scale) if scale > 1.25 else square
    back = cv2.warpAffine(soft, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    over = cv2.warpAffine(share, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)[..., None]
    mixed: U8 = np.clip(np.rint(frame * (1 - over) + back * over), 0, 255).astype(np.uint8)
    return mixed


def openings(scene: Scene, pairs: Sequence[Pair], painted: Sequence[Sequence[U8]]) -> list[F32]:
    """Gap of the lips that FaceMesh sees in every painted close-up when it is laid back into its frame, eye distances.

    Returns:
        One float32 (painters,) for each pair, NaN where no face is seen.
    """
    from studio.head import closeup, faces, mesh
    from studio.head.shapes import basis

    clip, neutral = scene.clip, basis().neutral
    wanted: dict[int, list[int]] = {}
    for index, pair in enumerate(pairs):
        wanted.setdefault(clip.frames[pair.target], []).append(index)
    found = [np.full(len(painted[0]), np.nan, np.float32) for _ in pairs]
    with faces.quiet(), faces.mesher() as model:
        for at, frame in enumerate(scene.source.open()):
            for index in wanted.get(at, ()):
                points = clip.landmarks[pairs[index].target]
                low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
                centre, side = (low + high) / 2, faces.CROP_MARGIN * float((high - low).max())
                matrix = closeup.place(points, neutral).matrix
                for place, square in enumerate(painted[index]):
                    seen = faces.measure(
                        model, laid_back(frame, square, matrix), (float(centre[0]), float(centre[1])), side
                    )
                    if seen is not None:
                        found[index][place] = mesh.inner_lip_gap(seen[0])
    return found


def judged(path: Path, painters: dict[str, Painter], count: int, seed: int) -> dict[str, list[Quality]]:
    """Every painter on every pair of one clip."""
    from studio.head import texture

    scene, pairs = pairs_of(path, count, seed)
    if not pairs:
        return {name: [] for name in painters}
    painted = [[painter(scene, pair) for painter in painters.values()] for pair in pairs]
    gaps = openings(scene, pairs, [[*made, pair.filmed] for made, pair in zip(painted, pairs, strict=True)])
    result: dict[str, list[Quality]] = {name: [] for name in painters}
    for pair, made, gap in zip(pairs, painted, gaps, strict=True):
        for place, name in enumerate(painters):
            result[name].append(
                Quality(
                    texture.texture_ratio(made[place], pair.filmed, pair.inner),
                    texture.inside_error(made[place], pair.filmed, pair.inner),
                    float(gap[place] / gap[-1]) if gap[-1] > OPEN else float("nan"),
                )
            )
    return result


def main(clips: Sequence[Path], painters: dict[str, Painter], count: int, seed: int) -> None:
    """Print the tables."""
    from studio.head.texture import typical

    by_clip = {path.stem: judged(path, painters, count, seed) for path in clips}
    print(
        "| painter | texture ÷ filmed | error inside, levels | opening ÷ filmed | open frames |\n|---|---|---|---|---|"
    )
    for name in painters:
        every = [one for made in by_clip.values() for one in made[name]]
        texture, error, opening = (
            typical([getattr(one, key) for one in every]) for key in ("texture", "error", "opening")
        )
        seen = sum(bool(np.isfinite(one.texture)) for one in every)
        print(f"| {name} | {texture:.2f} | {error:.1f} | {opening:.2f} | {seen} |")
    print("\n| texture ÷ filmed, by clip | " + " | ".join(painters) + " |\n|---" + "|---" * len(painters) + "|")
    for stem, made in by_clip.items():
        cells = [typical([one.texture for one in made[name]]) for name in painters]
        print(f"| {stem} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    print("\nAll figures are medians over frames; 1 is as real, texture below 1 softer, above 1 harsher.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clips", nargs="+", type=Path, help="clips of people whom the network was not trained on")
    parser.add_argument("--pairs", type=int, default=200, help="of each clip")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--network", type=Path, help="weights of another mouth network than the one that ships")
    given = parser.parse_args()
    compared: dict[str, Painter] = {"warp and a dark hole (reference)": hole, "rules of anatomy": ruled}
    from studio import weights
    from studio.head.lipsync import painter

    loaded = painter.load(given.network or weights.path("mouth"))
    compared |= {
        "own network, photograph alone": own(loaded, heard=False, lent=False),
        "own network, with the sound": own(loaded, heard=True, lent=False),
        "own network, with the sound and another view": own(loaded, heard=True, lent=True),
    }
    main(given.clips, compared, given.pairs, given.seed)
