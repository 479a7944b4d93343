"""Learn the shape basis (models/shapes.safetensors) from clips of people talking.

Each clip is tracked with FaceMesh, its head pose taken out on the points that do not move with speech, and its own rest
face subtracted. A ridge regression then tells what every point does when the lower lip drops, the corners spread, the
upper lip rises, the corners lift, the lids close, the brows rise. Each control is first freed of what the ones before
it bring along by themselves: `jaw` carries everything that goes with an opening mouth, `upper` only the rest.

    studio train shapes /path/to/clips --output shapes.safetensors
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FaceNotFound
from studio.head import mesh
from studio.head.easing import eased
from studio.head.faces import track
from studio.head.mesh import F64
from studio.head.shapes import SHAPE_NAMES, Basis, write
from studio.media.files import writing
from studio.media.video import read_video
from studio.types import F32, OnProgress, Progress

log = logging.getLogger(__name__)

MAX_YAW = np.radians(20)  # beyond it the far side of the mesh is a guess
MIN_FRAMES = 25
MAX_GAP = 0.5  # eye distances: yawns and screams are no speech
POSE_POINTS = (*mesh.SKULL, 2, 98, 327, 94, 19, 48, 278)  # with the wings of the nose: steadier pitch
RIDGE = 1e-5
SMOOTHING = (0.25, 3)  # weight of the neighbours, passes

# How far each control goes when its curve is at 1, in eye distances: about the 95th percentile of the speakers seen.
JAW_GAP = 0.30
EXTENT = {"spread": 0.13, "purse": -0.20, "upper": 0.07, "lower": 0.08, "smile": 0.085, "raise": 0.07, "frown": -0.045}
CHIN_BOOST = 1.2  # FaceMesh draws the outline of the chin towards its mean; filmed chins drop further


@dataclass(frozen=True, eq=False)
class Observed:
    """The frames of one clip, pose and person taken out."""

    name: str
    rest: F64
    """float64 (478, 3), upright frame."""
    deltas: F64
    """float64 (N, 478, 3), eye distances, symmetrised."""
    pose: F64
    """float64 (N, 4): pitch, its square, yaw squared, |yaw|, rad; what is left of the pose is regressed out."""


def similarity(a: F64, b: F64) -> tuple[float, F64, F64]:
    """Scale, rotation, shift of the least-squares fit a → b, both (L, 3) (Umeyama 1991)."""
    rotation = mesh.kabsch(a, b)
    turned = (a - a.mean(axis=0)) @ rotation.T
    scale = float((turned * (b - b.mean(axis=0))).sum() / (turned**2).sum())
    return scale, rotation, b.mean(axis=0) - scale * rotation @ a.mean(axis=0)


def stand_up(landmarks: F64, model: F64) -> F64:
    """Take the head pose out of (N, 478, 3): every frame fitted to `model` on the points that speech leaves alone."""
    points = list(POSE_POINTS)
    own = np.empty_like(landmarks)
    for i, frame in enumerate(landmarks):
        scale, rotation, shift = similarity(model[points], frame[points])
        own[i] = (frame - shift) @ rotation / scale
    return own


def rest_frames(own: F64) -> NDArray[np.bool_]:
    """Which frames show the person at rest: lips closest, eyes open."""
    gap = np.linalg.norm(own[:, 13] - own[:, 14], axis=1)
    lids = np.array([mesh.lid_gap(frame) for frame in own])
    closed = gap <= np.quantile(gap, 0.15)
    awake = closed & (lids > np.quantile(lids, 0.3))
    rest: NDArray[np.bool_] = awake if awake.sum() >= 3 else closed
    return rest


def first_model(clips: Sequence[F32]) -> F64:
    """A mean face in the upright frame, from eye line and face axis alone, refined twice by fitting all clips to it."""
    faces = []
    for clip in clips:
        frame = np.median(clip[:: max(1, len(clip) // 50)].astype(np.float64), axis=0)
        left, right = mesh.middle_of_eyes(frame)
        x = (right - left) / np.linalg.norm(right - left)
        down = frame[152] - frame[10]
        y = down - x * (down @ x)
        y /= np.linalg.norm(y)
        turn = mesh.Upright(
            np.stack([x, y, np.cross(x, y)], axis=1), float(np.linalg.norm(right - left)), (left + right) / 2
        )
        faces.append(turn.own(frame))
    model: F64 = np.mean(faces, axis=0)
    for _ in range(2):
        rests = []
        for clip in clips:
            own = stand_up(clip[::4].astype(np.float64), model)
            rests.append(np.median(own[rest_frames(own)], axis=0))
        model = np.mean(rests, axis=0)
        left, right = mesh.middle_of_eyes(model)
        model = (model - (left + right) / 2) / np.linalg.norm(right - left)
    return model


def observe(name: str, landmarks: F32, model: F64, partner: list[int]) -> Observed | None:
    """Take person and pose out of one clip; None where the head is turned too far."""
    landmarks64 = landmarks.astype(np.float64)
    angles = np.array([mesh.upright(frame, model).angles for frame in landmarks64])
    middle = np.median(angles, axis=0)
    if abs(middle[0]) > MAX_YAW:
        log.info("left out: %s is turned by %.0f°", name, np.degrees(middle[0]))
        return None
    own = stand_up(landmarks64, model)
    rest = np.median(own[rest_frames(own)], axis=0)
    deltas = stand_up(own, rest) - rest
    deltas = (deltas + deltas[:, partner] * [-1, 1, 1]) / 2
    gap = np.linalg.norm(own[:, 13] - own[:, 14], axis=1)
    turn = angles - middle
    pose = np.stack([turn[:, 1], turn[:, 1] ** 2, turn[:, 0] ** 2, np.abs(turn[:, 0])], axis=1)
    keep = gap < MAX_GAP
    return Observed(name, rest, deltas[keep], pose[keep])


@dataclass(frozen=True, eq=False)
class Pool:
    """All clips in one, every clip with the square root of its length as weight."""

    deltas: F64
    """float64 (N, 478·3)."""
    pose: F64
    weight: F64
    """float64 (N,)."""

    def fit(self, controls: F64, targets: F64) -> F64:
        """Ridge regression of `targets` (N, M) on `controls` (N, C), pose as nuisance → float64 (C, M)."""
        given = np.concatenate([controls, self.pose - self.pose.mean(axis=0)], axis=1)
        square = given.T @ (given * self.weight[:, None])
        ridge = RIDGE * np.trace(square) / len(square) * np.eye(len(square))
        solution: F64 = np.linalg.solve(square + ridge, given.T @ (targets * self.weight[:, None]))
        return solution[: controls.shape[1]]

    def freed(self, control: F64, *others: F64) -> F64:
        """`control` (N,) less what `others` bring along."""
        before = np.stack(others, axis=1)
        rest: F64 = control - before @ self.fit(before, control[:, None])[:, 0]
        return rest


def pool(observed: Sequence[Observed]) -> Pool:
    """Put the clips together."""
    return Pool(
        np.concatenate([o.deltas.reshape(len(o.deltas), -1) for o in observed]),
        np.concatenate([o.pose for o in observed]),
        np.concatenate([np.full(len(o.deltas), 1 / np.sqrt(len(o.deltas))) for o in observed]),
    )


CONTROLS = ("jaw", "spread", "purse", "lift", "upper", "lid", "raise", "frown")


def controls(data: Pool) -> F64:
    """Measure the controls on every frame, each freed of the ones before it → float64 (N, len(CONTROLS))."""
    points = data.deltas.reshape(len(data.deltas), -1, 3)

    def drop(which: Sequence[int]) -> F64:
        mean: F64 = points[:, list(which), 1].mean(axis=1)
        return mean

    lids = [drop(u[3:6]) - drop(lo[3:6]) for u, lo in zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True)]
    brow = -drop((*mesh.BROWS[0], *mesh.BROWS[1]))
    low = drop((14, 87, 317))
    width = data.freed(points[:, 291, 0] - points[:, 61, 0], low)
    spread, purse = np.maximum(width, 0), np.minimum(width, 0)
    lift = data.freed(-drop((61, 291)), low, spread, purse)
    upper = data.freed(-drop((13, 82, 312)), low, spread, purse, lift)
    columns = (low, spread, purse, lift, upper, (lids[0] + lids[1]) / 2, np.maximum(brow, 0), np.minimum(brow, 0))
    return np.stack(columns, axis=1)


def explained(truth: F64, guess: F64, weight: F64) -> float:
    """Share of the weighted variance of `truth` that `guess` tells."""
    left = ((truth - guess) ** 2 * weight[:, None]).sum()
    return float(1 - left / (truth**2 * weight[:, None]).sum())


def lips_in_plane(deltas: F64) -> F64:
    """x and y of the points of the lips: (N, 478·3) → (N, 2·lips)."""
    lips = sorted({i for row in (*mesh.UPPER_LIP, *mesh.LOWER_LIP) for i in row})
    return deltas.reshape(len(deltas), -1, 3)[:, lips, :2].reshape(len(deltas), -1)


def figures(observed: Sequence[Observed]) -> dict[str, float]:
    """Variance explained on the clips themselves, and on each clip by a basis that never saw it."""
    whole = pool(observed)
    given = controls(whole)
    guess = given @ whole.fit(given, whole.deltas)
    report = {
        "all points, seen": explained(whole.deltas, guess, whole.weight),
        "lips x y, seen": explained(lips_in_plane(whole.deltas), lips_in_plane(guess), whole.weight),
    }
    start, unseen = 0, np.empty_like(guess)
    for i, clip in enumerate(observed):
        stop = start + len(clip.deltas)
        others = pool([*observed[:i], *observed[i + 1 :]])
        unseen[start:stop] = given[start:stop] @ others.fit(controls(others), others.deltas)
        start = stop
    report["all points, unseen"] = explained(whole.deltas, unseen, whole.weight)
    report["lips x y, unseen"] = explained(lips_in_plane(whole.deltas), lips_in_plane(unseen), whole.weight)
    return report


def smooth_step(low: float, high: float, value: F64) -> F64:
    """0 below `low`, 1 above `high`, 3t² − 2t³ between."""
    step: F64 = eased((value - low) / (high - low))
    return step


def smoothed(shape: F64, neighbours: F64) -> F64:
    """Even a (478, 3) displacement out over the mesh."""
    weight, passes = SMOOTHING
    for _ in range(passes):
        shape = (1 - weight) * shape + weight * neighbours @ shape
    return shape


def mesh_neighbours() -> F64:
    """float64 (478, 478): each row averages a point's neighbours on the mesh; the irises keep to themselves."""
    import mediapipe

    near = np.zeros((mesh.NUM_POINTS, mesh.NUM_POINTS))
    for a, b in mediapipe.solutions.face_mesh.FACEMESH_TESSELATION:
        near[a, b] = near[b, a] = 1
    alone = near.sum(axis=1) == 0
    near[alone, alone] = 1
    rows: F64 = near / near.sum(axis=1, keepdims=True)
    return rows


def rolled_lips(neutral: F64, upper: float, lower: float) -> F64:
    """Lips thinned towards the line between them: each row moves by its share of `upper` and `lower` (0 … 1)."""
    moved = np.zeros_like(neutral)
    for rows, share in ((mesh.UPPER_LIP, upper), (mesh.LOWER_LIP, lower)):
        inner = neutral[list(rows[0])]
        for row in rows[1:]:
            towards = inner - neutral[list(row)]
            taper = np.sin(np.linspace(0, np.pi, len(row)))[:, None] ** 0.7
            moved[list(row)] = share * taper * towards * [0, 1, 0]
    return moved


def compose(learned: dict[str, F64], neutral: F64) -> dict[str, F64]:
    """From regression coefficients to shapes with the extents of the motion curves.

    `press` and `tuck` follow a rule: FaceMesh does not see lips that roll in, so the clips cannot teach it.
    """
    x, y = np.abs(neutral[:, 0:1]), neutral[:, 1:2]
    below_eyes = smooth_step(0.15, 0.55, y)
    above_mouth = 1 - smooth_step(0.35, 0.75, y)
    no_chin = 1 - smooth_step(1.20, 1.45, y)
    is_low = np.zeros((len(neutral), 1))
    is_low[sorted({i for row in mesh.LOWER_LIP for i in row[1:-1]})] = 1
    jaw = learned["jaw"] * JAW_GAP
    chin = smooth_step(1.25, 1.5, y) * (1 - smooth_step(0.45, 0.9, x))
    jaw = jaw * (1 + (CHIN_BOOST - 1) * chin)
    lift = learned["lift"] * below_eyes
    upper = learned["upper"] * below_eyes * no_chin * (1 - is_low)
    part = smooth_step(0.95, 1.1, y) * (1 - smooth_step(1.3, 1.6, y)) * is_low
    lower = part * jaw / jaw[14, 1]

    def shut(shape: F64) -> F64:
        """The same shape with the lips left together: opening them is for `jaw`, `upper` and `lower` to do."""
        closed: F64 = shape - upper * (shape[14, 1] - shape[13, 1]) / (upper[14, 1] - upper[13, 1])
        return closed

    # A spread mouth is not a smile: most of the lift that came with it belongs to `smile`.
    spread = shut(learned["spread"] * below_eyes - 0.32 * lift)
    purse = shut(learned["purse"] * below_eyes)
    smile = shut(lift + 0.9 * spread)
    press = rolled_lips(neutral, 0.45, 0.45)
    tuck = rolled_lips(neutral, 0.0, 0.55)
    lip = np.zeros((len(neutral), 1))
    for row in mesh.LOWER_LIP:
        lip[list(row), 0] = np.maximum(lip[list(row), 0], np.sin(np.linspace(0, np.pi, len(row))))
    tuck = tuck + lip * [0, -0.02, 0.05] + chin * [0, -0.012, 0] + upper * 0.045
    shapes = {
        "jaw": jaw * below_eyes,
        "spread": spread * EXTENT["spread"],
        "purse": purse * EXTENT["purse"],
        "upper": upper * EXTENT["upper"],
        "lower": lower * EXTENT["lower"],
        "press": press,
        "tuck": tuck,
        "smile": smile * EXTENT["smile"],
        "blink": learned["lid"] * above_mouth * 0.13,
        "raise": learned["raise"] * above_mouth * [1, 1, 0] * EXTENT["raise"],
        "frown": learned["frown"] * above_mouth * [1, 1, 0] * EXTENT["frown"],
    }
    neighbours = mesh_neighbours()
    partner = mesh.partners(neutral)
    even = {}
    for name in SHAPE_NAMES:
        shape = smoothed(shapes[name], neighbours)
        even[name] = (shape + shape[partner] * [-1, 1, 1]) / 2
    even["jaw"] *= JAW_GAP / (even["jaw"][14, 1] - even["jaw"][13, 1])
    return even


def learn(tracks: Sequence[tuple[str, F32]]) -> tuple[Basis, dict[str, float]]:
    """Learn the basis from tracked clips, (name, float32 (N, 478, 3)) each; also the figures for its card."""
    model = first_model([landmarks for _, landmarks in tracks])
    partner = mesh.partners(model)
    model = (model + model[partner] * [-1, 1, 1]) / 2
    observed = [o for name, landmarks in tracks if (o := observe(name, landmarks, model, partner)) is not None]
    if len(observed) < 2:
        raise FaceNotFound(
            f"Clips that show a face from the front for a second: {len(observed)}. Each is judged by the "
            "others, so give videos of several people who talk to the camera."
        )
    neutral = np.mean([o.rest for o in observed], axis=0)
    neutral = (neutral + neutral[partner] * [-1, 1, 1]) / 2
    left, right = mesh.middle_of_eyes(neutral)
    neutral = (neutral - (left + right) / 2) / np.linalg.norm(right - left)
    whole = pool(observed)
    learned = whole.fit(controls(whole), whole.deltas).reshape(len(CONTROLS), -1, 3)
    shapes = compose(dict(zip(CONTROLS, learned, strict=True)), neutral)
    report = {"clips": float(len(observed)), "frames": float(len(whole.deltas)), **figures(observed)}
    return Basis(neutral.astype(np.float32), np.stack([shapes[n] for n in SHAPE_NAMES]).astype(np.float32)), report


def follow_all(folder: Path, on_progress: OnProgress | None = None) -> list[tuple[str, F32]]:
    """The tracks of all videos below a folder, one face each: (name, float32 (N, 478, 3)).

    Raises:
        FileUnreadable: a file there is no video.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    tracks = []
    for place, path in enumerate(paths):
        if on_progress is not None:
            on_progress(Progress("follow", path.name, place / len(paths)))
        landmarks = track(read_video(path))
        if len(landmarks) < MIN_FRAMES:
            log.info("left out: no face in %s", path.name)
            continue
        tracks.append((path.stem, landmarks))
    return tracks


def train(tracks: Sequence[tuple[str, F32]], output: Path) -> dict[str, float]:
    """Learn the basis from tracked clips and write it; returns the figures for its card.

    Raises:
        FaceNotFound: fewer than two clips show a face from the front for a second.
    """
    usable = [(name, landmarks) for name, landmarks in tracks if len(landmarks) >= MIN_FRAMES]
    if not usable:
        raise FaceNotFound("No clip shows a face for a second. Give videos of people who talk to the camera.")
    found, report = learn(usable)
    with writing(output) as temporary:
        write(temporary, found)
    return report
