"""How well faces are told apart: `uv run python -m benchmarks.likeness MEDIA`, MEDIA holds talking/ and portraits/.

Pairs of frames of one clip (the same day and light), pairs of the same person in two clips, pairs of different people;
and what the sorting of them all into people comes to. Every pair is judged with a mean that neither clip went into.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from studio.album import likeness, look, people
from studio.head import faces
from studio.media.preview import preview
from studio.train.likeness import described, mean_of

# Clips that show somebody of another clip, by their names.
SAME = {
    "evaluation__samples__id2_vcd_swwp2s": "evaluation__samples__GRID__pwij3p",
    "741400163": "741400104",
    "517600055": "00002",
    "examples__face__3": "examples__ref_video__WDA_AlexandriaOcasioCortez_000",
}
FOLDS = 4


def gathered(media: Path) -> tuple[list[str], list[str], list[bool]]:
    """Descriptions of all faces, the clip or photo each is from, and whether it is from a clip."""
    kept: list[str] = []
    names: list[str] = []
    for clip in sorted(path for path in (media / "talking").rglob("*") if path.suffix in {".mp4", ".mpg"}):
        found = list(described(clip))
        kept += found
        names += [clip.stem] * len(found)
    clips = len(kept)
    for photo in sorted((media / "portraits").iterdir()):
        image = look.shrunk(preview(photo, look.SIDE).image, 768)
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        for number, face in enumerate(faces.find(image)):
            if own := likeness.features(grey, face.landmarks):
                kept.append(own)
                names.append(f"{photo.stem} {number}")
    return kept, names, [place < clips for place in range(len(kept))]


def likenesses(kept: list[str], names: list[str], filmed: list[bool]) -> np.ndarray:
    """How alike any two faces are, float32 (N, N), each pair with a mean of other clips."""
    clips = sorted({name for name, film in zip(names, filmed, strict=True) if film})
    fold = {SAME.get(name, name): number % FOLDS for number, name in enumerate(clips)}
    own = np.array([fold.get(SAME.get(name, name), FOLDS) for name in names])
    alike = np.zeros((len(kept), len(kept)), np.float32)
    for one in range(FOLDS + 1):
        for other in range(one, FOLDS + 1):
            used = [name for name in clips if fold[SAME.get(name, name)] not in (one, other)]
            mean = mean_of([[kept[i] for i in range(len(kept)) if names[i] == name] for name in used])
            vectors = likeness.vectors(kept, mean)
            both = np.outer(own == one, own == other)
            both |= both.T
            alike[both] = (vectors @ vectors.T)[both]
    return alike


def rates(same: np.ndarray, apart: np.ndarray) -> tuple[float, float, float]:
    """Equal error rate, and how many of the same are found where 1 % and .1 % of the others are taken for them."""
    steps = np.quantile(np.concatenate([same, apart]), np.linspace(0, 1, 800))
    equal = min(max((same < step).mean(), (apart >= step).mean()) for step in steps)
    found = [(same > np.quantile(apart, share)).mean() for share in (0.99, 0.999)]
    return float(equal), float(found[0]), float(found[1])


def main(media: Path) -> None:
    """Print both tables."""
    kept, names, filmed = gathered(media)
    alike = likenesses(kept, names, filmed)
    who = np.array([SAME.get(name, name) for name in names])
    clip, film = np.array(names), np.array(filmed)
    first, second = np.triu_indices(len(kept), 1)
    values = alike[first, second]
    same = who[first] == who[second]
    own = clip[first] == clip[second]
    print(f"{len(kept)} faces of {len(set(who))} people\n")
    print("| pairs | number | equal error | found at 1 % | found at .1 % |\n|---|---|---|---|---|")
    for label, chosen in (("one clip", same & own & film[first]), ("two clips of one person", same & ~own)):
        equal, often, seldom = rates(values[chosen], values[~same])
        print(f"| {label} | {chosen.sum()} | {equal:.3f} | {often:.3f} | {seldom:.3f} |")
    print("\n| together from | people found | pairs together that are one | pairs of one that are together |")
    print("|---|---|---|---|")
    for step in (0.34, 0.36, 0.38, 0.40, 0.42, 0.44, 0.46, 0.50):
        labels = np.array(people.labelled(alike, step))
        joined = labels[first] == labels[second]
        right = (joined & same).sum()
        print(f"| {step:.2f} | {len(set(labels))} | {right / max(1, joined.sum()):.3f} | {right / same.sum():.3f} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
