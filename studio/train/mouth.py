"""Train the mouth network (models/mouth.safetensors) from pairs of drawn and filmed mouths.

L1 on the lips, a soft one on what is between them, and as much fine detail as was filmed; then a critic that judges
patches (hinge loss, Lim & Ye 2017, arXiv:1705.02894; spectral norm, Miyato et al. 2018) with feature matching (Wang et
al. 2018, arXiv:1711.11585), for sharp teeth; and an expert that tells whether a mouth fits its sound
(studio/train/expert.py), where the clip's sound belongs to its picture. No pretrained network is in any of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.head.lipsync.painter import Painter, reach
from studio.train.batches import Batch, ClipPairs, disguised, gather
from studio.train.expert import Expert, agreement
from studio.train.tasks import Look, Turn, halved
from studio.types import F32, U8

if TYPE_CHECKING:
    from studio.train.runs import Run

BATCH = 16
STEPS = 9000
WEIGHTS = {"l1": 1.0, "detail": 12.0, "features": 2.0, "sync": 0.01}
CRITIC_SHARE = 0.25  # of the pull of l1 at the last layer; from 1.5 on it drew ornaments on the teeth
CRITIC_MOST = 1.0
INSIDE_WEIGHT, LIPS_WEIGHT = 1.0, 2.0
SOFT_WEIGHT = 5.0  # of the inside, seen softly
SOFT = 9  # px: teeth may be somewhere else than they were filmed, but light and dark may not
DETAIL = 7  # px within which there shall be as much detail as was filmed
CRITIC_FROM = 0.2  # of the training: first the painter learns where things are
RATES = {"painter": 4e-4, "critic": 2e-4}


class Critic(nn.Module):
    """Judges patches of about 30 px: is this a filmed mouth? (PatchGAN, Isola et al. 2017)"""

    def __init__(self, widths: tuple[int, ...] = (40, 80, 144)) -> None:
        super().__init__()
        layers, width_in = [], 5
        for width in widths:
            conv = nn.Conv2d(width_in, width, 4, 2, 1)
            layers.append(nn.utils.parametrizations.spectral_norm(conv))
            width_in = width
        self.layers = nn.ModuleList(layers)
        self.out = nn.utils.parametrizations.spectral_norm(nn.Conv2d(width_in, 1, 3, 1, 1))

    def forward(self, picture: Tensor, inner: Tensor, outer: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Verdicts (B, 1, h, w) and the features on the way to them."""
        x = torch.cat([picture - 0.5, inner, outer], 1)
        features = []
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.out(x), features


def laplacian(pixels: Tensor) -> Tensor:
    """Four-neighbour Laplacian of the lightness: (B, 3, H, W) → (B, 1, H, W)."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], device=pixels.device).view(1, 1, 3, 3)
    return functional.conv2d(pixels.mean(1, keepdim=True), kernel, padding=1)


def detail(pixels: Tensor) -> Tensor:
    """How much fine detail there is around each pixel: root mean square of the Laplacian, (B, 1, H, W).

    A difference of Laplacians would be least without any detail, wherever it cannot be known where a tooth ends.
    """
    energy = functional.avg_pool2d(laplacian(pixels) ** 2, DETAIL, 1, DETAIL // 2, count_include_pad=False)
    return (energy + 1e-6).sqrt()


def losses(painted: Tensor, batch: Batch, critic: Critic | None, expert: Expert | None) -> dict[str, Tensor]:
    """What is wrong with a painting, by name."""
    weight = 1 + INSIDE_WEIGHT * batch.inner + LIPS_WEIGHT * batch.outer
    apart = painted - batch.filmed
    softly = functional.avg_pool2d(apart, SOFT, 1, SOFT // 2, count_include_pad=False)
    area = batch.outer + batch.inner
    found = {
        "l1": (apart.abs() * weight).mean() + SOFT_WEIGHT * (softly.abs() * batch.inner).mean(),
        "detail": ((detail(painted) - detail(batch.filmed)).abs() * area).sum() / (area.sum() + 1e-6),
    }
    if critic is not None:
        area = reach(batch.outer)
        verdict, features = critic(painted * area, batch.inner, batch.outer)
        with torch.no_grad():
            _, wanted = critic(batch.filmed * area, batch.inner, batch.outer)
        where = functional.adaptive_avg_pool2d(batch.outer, verdict.shape[-2:])
        found["critic"] = -(verdict * where).sum() / (where.sum() + 1e-6)
        found["features"] = torch.stack([(a - b).abs().mean() for a, b in zip(features, wanted, strict=True)]).sum()
    if expert is not None and float(batch.heard.sum()) > 0:
        fits = agreement(expert, painted, batch.sound)
        found["sync"] = ((1 - fits) * batch.heard).sum() / batch.heard.sum()
    return found


def judge(critic: Critic, painted: Tensor, batch: Batch) -> Tensor:
    """The critic's own loss: hinge, where there are lips."""
    area = reach(batch.outer)
    fake, _ = critic(painted.detach() * area, batch.inner, batch.outer)
    real, _ = critic(batch.filmed * area, batch.inner, batch.outer)
    where = functional.adaptive_avg_pool2d(batch.outer, fake.shape[-2:])
    both = functional.relu(1 + fake) + functional.relu(1 - real)
    return (both * where).sum() / (where.sum() + 1e-6)


def weighted(found: Mapping[str, Tensor], last: Tensor) -> Tensor:
    """The sum that is minimised.

    How much the critic counts follows from how hard it pulls at the last layer (VQGAN, Esser et al. 2021,
    arXiv:2012.09841, eq. 7): too little of it gives blur, too much gives teeth that nobody has.

    Args:
        last: weights of the painter's last layer.
    """
    total = torch.stack([WEIGHTS[name] * value for name, value in found.items() if name in WEIGHTS]).sum()
    if "critic" not in found:
        return total
    towards, against = (
        torch.autograd.grad(found[name], last, retain_graph=True)[0].norm() for name in ("l1", "critic")
    )
    weight: Tensor = (CRITIC_SHARE * towards / (against + 1e-8)).clamp(max=CRITIC_MOST).detach()
    return total + weight * found["critic"]


def measure(network: nn.Module, batch: Batch, *, deaf: bool = False) -> dict[str, Tensor]:
    """Per pair, float32 (B,): error between the lips and texture against the filmed frame, before and after."""
    if deaf:
        batch = batch._replace(sound=torch.zeros_like(batch.sound))
    with torch.no_grad():
        painted = network(*batch.inputs()).clamp(0, 1)
    inside = (batch.inner > 0.5).float()
    size = inside.sum((1, 2, 3)) + 1e-6

    def error(picture: Tensor) -> Tensor:
        return ((picture - batch.filmed).abs() * inside).sum((1, 2, 3)) / (3 * size)

    def energy(picture: Tensor) -> Tensor:
        return (laplacian(picture) ** 2 * inside).sum((1, 2, 3))

    real = energy(batch.filmed) + 1e-6
    return {
        "size": size,
        "error": error(painted),
        "error_drawn": error(batch.drawn),
        "texture": energy(painted) / real,
        "texture_drawn": energy(batch.drawn) / real,
    }


class MouthTask:
    """The painter against its critic."""

    def __init__(
        self,
        clips: Sequence[ClipPairs],
        kept_out: Sequence[ClipPairs],
        expert: Expert | None,
        *,
        critic_from: float = CRITIC_FROM,
        batch: int = BATCH,
    ) -> None:
        self.clips, self.kept_out, self.expert = tuple(clips), tuple(kept_out), expert
        self.critic_from, self.size = critic_from, batch
        if expert is not None:
            expert.eval().requires_grad_(False)
        self.painter, self.critic = Painter().to(memory_format=torch.channels_last), Critic()
        self.modules: Mapping[str, nn.Module] = {"painter": self.painter, "critic": self.critic}
        self.optimisers: Mapping[str, torch.optim.Optimizer] = {
            "painter": torch.optim.AdamW(self.painter.parameters(), RATES["painter"], (0.5, 0.99), weight_decay=1e-3),
            "critic": torch.optim.AdamW(self.critic.parameters(), RATES["critic"], (0.5, 0.99), weight_decay=0.0),
        }
        self.averaged = ("painter",)
        self._chances = [clip.weights() for clip in self.clips]

    def batch(self, rng: np.random.Generator) -> Batch:
        """A clip at random for each pair, and a pair of it, open mouths more often."""
        picks = []
        for place in rng.integers(len(self.clips), size=self.size):
            clip = self.clips[place]
            picks.append((clip, int(rng.choice(len(clip.drawn), p=self._chances[place]))))
        return disguised(gather(picks, rng), torch.Generator().manual_seed(int(rng.integers(2**31))))

    def turns(self, batch: Batch, run: Run) -> Iterator[Turn]:
        """The painter's turn, then the critic's."""
        painted = self.painter(*batch.inputs()).float()
        judging = run.share >= self.critic_from
        found = losses(painted, batch, self.critic if judging else None, self.expert)
        yield Turn("painter", weighted(found, self.painter.out.weight), found)
        if judging:
            yield Turn("critic", judge(self.critic, painted, batch))

    def look(self, run: Run) -> Look:
        """Kept-out people, with and without another view of their mouths."""
        painter = run.best["painter"]
        figures: dict[str, float] = {}
        for name, views in (("", 0.0), ("_viewed", 1.0)):
            found = [judged(painter, clip, views, run.device) for clip in self.kept_out]
            for key in found[0]:
                figures[key + name] = float(np.mean([figure[key] for figure in found]))
        return Look(figures, {"mouths": sheet(painter, self.kept_out, run.device)})

    def weights(self, run: Run) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
        """The painter's averaged weights."""
        return halved(run.best["painter"].state_dict()), {"network": "mouth"}


def judged(network: nn.Module, clip: ClipPairs, views: float, device: torch.device) -> dict[str, float]:
    """Figures of one clip: mean error and median texture over its open mouths."""
    area = clip.inner.reshape(len(clip.inner), -1).sum(axis=1, dtype=np.int64)
    rows = np.argsort(-area)[: len(area) // 2][::2][:48]
    batch = gather([(clip, int(row)) for row in rows], np.random.default_rng(0), views=views)
    batch = Batch(*(part.to(device) for part in batch))
    found = {name: value.cpu().numpy() for name, value in measure(network, batch).items()}
    means = {name: float(found[name].mean()) for name in ("error", "error_drawn")}
    return means | {name: float(np.median(found[name])) for name in ("texture", "texture_drawn")}


def sheet(network: nn.Module, clips: Sequence[ClipPairs], device: torch.device) -> U8:
    """Kept-out mouths, three moments of each person: photograph, drawn, painted and filmed, one below the other."""
    columns: list[F32] = []
    for clip in clips:
        area = clip.inner.reshape(len(clip.inner), -1).sum(axis=1, dtype=np.int64)
        order = np.argsort(-area)
        rows = [order[2], order[len(order) // 4], order[len(order) // 2]]
        batch = gather([(clip, int(row)) for row in rows], np.random.default_rng(0), views=0.0)
        batch = Batch(*(part.to(device) for part in batch))
        with torch.no_grad():
            painted = network(*batch.inputs()).clamp(0, 1)
        stacked = torch.cat([batch.view, batch.drawn, painted, batch.filmed], 2)
        columns += [picture.permute(1, 2, 0).cpu().numpy() for picture in stacked]
    whole: U8 = (np.concatenate(columns, axis=1) * 255).round().astype(np.uint8)
    return whole
