"""Train the refiner (models/refiner.safetensors) to go over painted mouths.

Most of what it starts from are filmed mouths made as soft as networks paint them (Wav2Lip works at 96 px), from far too
soft to not at all; the rest is what the mouth network paints, and what is drawn before any network. The answer is the
filmed mouth. Half of the steps it trains on are the first one, the others begin where its own first step has led, so
that it never counts on a better start than it will have. What a soft mouth was before can be told, and is asked for
pixel by pixel; where a painted one has other teeth than the filmed one, only the losses of the mouth network's training
(studio/train/mouth.py) with its patch critic judge, or the answer would be a haze of all teeth there might be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.head import texture
from studio.head.lipsync.painter import Painter
from studio.head.refine.own import Mouths, Refiner, boxed, noise_like, walk
from studio.train.batches import Batch, ClipPairs, disguised, gather
from studio.train.mouth import Critic, judge, laplacian, losses, weighted
from studio.train.tasks import Look, Turn, halved
from studio.types import F32, U8

if TYPE_CHECKING:
    from studio.train.runs import Run

BATCH = 8
RATES = {"refiner": 4e-4, "critic": 2e-4}
CRITIC_FROM = 0.1  # of the training
SOFT_SHARE, DRAWN_SHARE = 0.7, 0.1  # of the starts; the rest are painted
SOFT_TO = (0.3, 1.05)  # of the close-up's resolution; 96 px for a face is .45, from 1 on it is not made soft
SHARP_WEIGHT, SHARP_INSIDE = 4.0, 8.0  # of the pixels of mouths that were made soft, and how much more of the inside
FIRST_SHARE = 0.5  # of the batches are the first step
LATER = (0.3, 0.8)  # sigma of the others
JUDGED = 16  # mouths of each kept-out person


class Lesson(NamedTuple):
    """A batch, and how its mouths are made coarse."""

    pairs: Batch
    kind: Tensor
    """float32 (B,) in [0, 1): by SOFT_SHARE and DRAWN_SHARE."""
    softness: Tensor
    """float32 (B,): share of the resolution that a soft start keeps."""
    shift: Tensor
    """float32 (B, 2, 3): how far the masks are off, as `affine_grid` takes it."""
    sigma: Tensor
    """float32 (B,): where on the way the mouths are; 1 throughout is the first step."""


def softened(pictures: Tensor, share: float) -> Tensor:
    """Pictures (B, 3, H, W) that went through a smaller network: brought to a share of their resolution and back."""
    if share >= 1:
        return pictures
    size = (round(pictures.shape[-2] * share), round(pictures.shape[-1] * share))
    small = functional.interpolate(pictures, size, mode="bilinear", antialias=True)
    return functional.interpolate(small, pictures.shape[-2:], mode="bicubic").clamp(0, 1)


def coarse_of(lesson: Lesson, painter: Painter) -> Tensor:
    """What the refiner is given to refine: (B, 3, HEIGHT, SIDE)."""
    pairs = lesson.pairs
    coarse = pairs.drawn.clone()
    painted = lesson.kind >= SOFT_SHARE + DRAWN_SHARE
    if bool(painted.any()):
        with torch.no_grad():
            coarse[painted] = painter(*(part[painted] for part in pairs.inputs())).float().clamp(0, 1)
    for at in torch.nonzero(lesson.kind < SOFT_SHARE).flatten().tolist():
        coarse[at] = softened(pairs.filmed[at : at + 1], float(lesson.softness[at]))[0]
    return coarse


def known_of(coarse: Tensor, pairs: Batch) -> Mouths:
    """What the refiner knows, cut to its box."""
    return Mouths(coarse, pairs.inner, pairs.outer, pairs.view, pairs.seen).boxed()


def answers(pairs: Batch) -> Batch:
    """The pairs cut to the refiner's box, which is where it is judged."""
    return pairs._replace(
        drawn=boxed(pairs.drawn),
        inner=boxed(pairs.inner),
        outer=boxed(pairs.outer),
        view=boxed(pairs.view),
        seen=boxed(pairs.seen),
        filmed=boxed(pairs.filmed),
    )


def sharpness(made: Tensor, wanted: Batch, soft: Tensor) -> Tensor:
    """How far those mouths are from the filmed ones, pixel by pixel, that had only been made soft: a scalar.

    Args:
        soft: float32 (B,): 1 for those.
    """
    weight = (1 + SHARP_INSIDE * wanted.inner + wanted.outer) * soft[:, None, None, None]
    apart = (made - wanted.filmed).abs() + (laplacian(made) - laplacian(wanted.filmed)).abs()
    return SHARP_WEIGHT * (apart * weight).mean()


class RefinerTask:
    """The refiner against its critic."""

    def __init__(
        self,
        clips: Sequence[ClipPairs],
        kept_out: Sequence[ClipPairs],
        painter: Painter,
        *,
        critic_from: float = CRITIC_FROM,
        batch: int = BATCH,
    ) -> None:
        """Get ready.

        Args:
            kept_out: people who are in no clip of `clips`.
            painter: a trained mouth network; it stays as it is.
            critic_from: share of the training after which the critic judges.
            batch: mouths seen at a time.
        """
        self.critic_from, self.size = critic_from, batch
        self.clips, self.kept_out = tuple(clips), tuple(kept_out)
        self.painter = painter.eval().requires_grad_(False)
        self.refiner, self.critic = Refiner().to(memory_format=torch.channels_last), Critic()
        self.modules: Mapping[str, nn.Module] = {"refiner": self.refiner, "critic": self.critic}
        self.optimisers: Mapping[str, torch.optim.Optimizer] = {
            "refiner": torch.optim.AdamW(self.refiner.parameters(), RATES["refiner"], (0.5, 0.99), weight_decay=1e-3),
            "critic": torch.optim.AdamW(self.critic.parameters(), RATES["critic"], (0.5, 0.99), weight_decay=0.0),
        }
        self.averaged = ("refiner",)
        self._chances = [clip.weights() for clip in self.clips]

    def batch(self, rng: np.random.Generator) -> Lesson:
        """A clip at random for each pair, and a pair of it, open mouths more often."""
        picks = []
        for place in rng.integers(len(self.clips), size=self.size):
            clip = self.clips[place]
            picks.append((clip, int(rng.choice(len(clip.drawn), p=self._chances[place]))))
        pairs = disguised(gather(picks, rng), torch.Generator().manual_seed(int(rng.integers(2**31))))
        shift = np.zeros((self.size, 2, 3))
        shift[:, 0, 0], shift[:, 1, 1] = rng.uniform(0.96, 1.04, self.size), rng.uniform(0.92, 1.08, self.size)
        shift[:, :, 2] = rng.uniform(-0.025, 0.025, (self.size, 2))
        first = rng.random() < FIRST_SHARE
        numbers = (
            rng.random(self.size),
            rng.uniform(*SOFT_TO, self.size),
            shift,
            np.ones(self.size) if first else rng.uniform(*LATER, self.size),
        )
        return Lesson(pairs, *(torch.from_numpy(number).float() for number in numbers))

    def turns(self, lesson: Lesson, run: Run) -> Iterator[Turn]:
        """The refiner's turn, then the critic's."""
        pairs = lesson.pairs
        known = self._seen(lesson, known_of(coarse_of(lesson, self.painter.to(run.device)), pairs))
        now = self._on_the_way(lesson, known)
        made = self.refiner(now, lesson.sigma, known).float()
        wanted = answers(pairs)
        judging = run.share >= self.critic_from
        with torch.autocast(run.device.type, enabled=False):
            found = losses(made, wanted, self.critic if judging else None, None)
            found["sharp"] = sharpness(made, wanted, (lesson.kind < SOFT_SHARE).float())
            total = weighted(found, self.refiner.unet.conv_out.weight) + found["sharp"]
        yield Turn("refiner", total, found)
        if judging:
            with torch.autocast(run.device.type, enabled=False):
                verdict = judge(self.critic, made, wanted)
            yield Turn("critic", verdict)

    def _seen(self, lesson: Lesson, known: Mouths) -> Mouths:
        """With masks as far off as those that are measured in a film."""
        at = functional.affine_grid(lesson.shift, list(known.inner.shape), align_corners=False)
        inner, outer = (
            functional.grid_sample(mask.float(), at, mode="bilinear", padding_mode="zeros", align_corners=False)
            for mask in (known.inner, known.outer)
        )
        return known._replace(inner=inner, outer=outer)

    def _on_the_way(self, lesson: Lesson, known: Mouths) -> Tensor:
        """The start, or a later place on the line from it to where the first step leads."""
        # The loop seeds torch anew for every batch.
        noise = noise_like(known.coarse, torch.default_generator)
        start = known.coarse + noise
        if bool((lesson.sigma == 1).all()):
            return start
        with torch.no_grad():
            led: Tensor = self.refiner(start, torch.ones_like(lesson.sigma), known).float()
        sigma = lesson.sigma[:, None, None, None]
        return sigma * start + (1 - sigma) * led

    def look(self, run: Run) -> Look:
        """Kept-out people: painted mouths, and soft ones."""
        refiner = cast(Refiner, run.best["refiner"])
        self.painter.to(run.device)
        figures: dict[str, float] = {}
        for kind in ("painted", "soft"):
            found = [judged(refiner, self.painter, clip, kind, run.device) for clip in self.kept_out]
            for key in found[0]:
                figures[f"{key}_{kind}"] = float(np.nanmean([figure[key] for figure in found]))
        return Look(figures, {"refined": sheet(refiner, self.painter, self.kept_out, run.device)})

    def weights(self, run: Run) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
        """The refiner's averaged weights."""
        return halved(run.best["refiner"].state_dict()), {"network": "refiner"}


def open_rows(clip: ClipPairs) -> list[int]:
    """Pairs of a clip from the widest open mouth to the middle one."""
    area = clip.inner.reshape(len(clip.inner), -1).sum(axis=1, dtype=np.int64)
    return [int(row) for row in np.argsort(-area)[: max(1, len(area) // 2)]]


def refined(
    refiner: Refiner, painter: Painter, clip: ClipPairs, rows: Sequence[int], kind: str, device: torch.device
) -> tuple[Batch, Mouths, Tensor]:
    """Some pairs of a clip seen without another view: the batch, what the refiner is shown, and what it makes of it."""
    batch = gather([(clip, row) for row in rows], np.random.default_rng(0), views=0.0)
    batch = Batch(*(part.to(device) for part in batch))
    with torch.no_grad():
        coarse = painter(*batch.inputs()).clamp(0, 1) if kind == "painted" else softened(batch.filmed, 0.45)
        known = known_of(coarse, batch)
        noise = noise_like(known.coarse[:1], torch.Generator().manual_seed(0))
        return batch, known, walk(refiner, known, noise).clamp(0, 1)


def judged(refiner: Refiner, painter: Painter, clip: ClipPairs, kind: str, device: torch.device) -> dict[str, float]:
    """Figures of one clip's open mouths: median texture against the filmed ones, mean error inside in levels."""
    rows = open_rows(clip)
    rows = rows[:: max(1, len(rows) // JUDGED)][:JUDGED]
    batch, known, made = refined(refiner, painter, clip, rows, kind, device)
    real, inside = _levels(boxed(batch.filmed)), known.inner[:, 0].cpu().numpy()
    figures = {}
    for name, pictures in (("", made), ("_before", known.coarse)):
        levels = _levels(pictures)
        triples = list(zip(levels, real, inside, strict=True))
        figures["texture" + name] = texture.typical([texture.texture_ratio(*triple) for triple in triples])
        errors = [texture.inside_error(*triple) for triple in triples]
        figures["error" + name] = float(np.nanmean(errors)) if np.isfinite(errors).any() else float("nan")
    return figures


def sheet(refiner: Refiner, painter: Painter, clips: Sequence[ClipPairs], device: torch.device) -> U8:
    """Three moments of each kept-out person; below each other painted, refined, filmed, soft, soft and refined."""
    columns: list[F32] = []
    for clip in clips:
        rows = open_rows(clip)
        rows = [rows[min(2, len(rows) - 1)], rows[len(rows) // 2], rows[-1]]
        batch, known, made = refined(refiner, painter, clip, rows, "painted", device)
        _, soft, cleared = refined(refiner, painter, clip, rows, "soft", device)
        stacked = torch.cat([known.coarse, made, boxed(batch.filmed), soft.coarse, cleared], 2)
        columns += [picture.permute(1, 2, 0).cpu().numpy() for picture in stacked]
    whole: U8 = (np.concatenate(columns, axis=1) * 255).round().astype(np.uint8)
    return whole


def _levels(pictures: Tensor) -> F32:
    """(B, 3, h, w) in [0, 1] → float32 (B, h, w, 3), 0 … 255."""
    levels: F32 = pictures.permute(0, 2, 3, 1).cpu().numpy() * np.float32(255)
    return levels
