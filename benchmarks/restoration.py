"""Restoring photos: `uv run python -m benchmarks.restoration PHOTO… [--megapixels 60]`.

Each photo is damaged with a seed: scratched, dusted, faded, veiled, made grainy, printed in dots. What the studio makes
of it is held against the photo itself, beside plain OpenCV recipes in the same run. Scratches and dust are repaired by
the step that was made for them; where all steps are taken besides, tones and grain change in the whole picture, and
what they make of the undamaged photo is what they are held against. Then: how much of undamaged photos is taken for
damage, and whether likeness lets the studio's own steps pass and refuses faces that were changed.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from studio.head import mesh
from studio.media.scan import Pixels, Scan, read_scan, write_scan
from studio.restoration import likeness, people, scratches
from studio.restoration.photo import View, as_pixels, as_rgb8, as_values, luminance, view
from studio.restoration.restore import restore
from studio.types import F32, U8

Damage = Callable[[F32, np.random.Generator], F32]
Recipe = Callable[[U8], U8]


def scratched(photo: F32, rng: np.random.Generator, count: int = 8) -> F32:
    """Light scratches across the whole photo, 1 … 3 px in 1000."""
    height, width = photo.shape[:2]
    side = max(height, width)
    mask = np.zeros((height, width), np.float32)
    for _ in range(count):
        start = rng.uniform([0, 0], [width, height])
        angle, length = rng.uniform(0, np.pi), rng.uniform(0.25, 0.7) * side
        steps = np.linspace(0, 1, 24)[:, None]
        bend = rng.normal(0, 0.02, (24, 2)).cumsum(axis=0) * 0.15 * length
        points = start + steps * length * [np.cos(angle), np.sin(angle)] + bend
        wide = max(1, round(side / 1000 * rng.uniform(1, 3)))
        cv2.polylines(mask, [np.round(points * 8).astype(np.int32)], False, 1.0, wide, cv2.LINE_AA, 3)
    strength = (mask * rng.uniform(0.85, 1.0))[:, :, None]
    return photo * (1 - strength) + 0.95 * strength


def dusted(photo: F32, rng: np.random.Generator, count: int = 160) -> F32:
    """Light specks, .5 … 2.5 px in 1000."""
    height, width = photo.shape[:2]
    mask = np.zeros((height, width), np.float32)
    for x, y in rng.uniform([0, 0], [width, height], (count, 2)):
        axes = np.maximum(1, np.round(max(height, width) / 1000 * rng.uniform(0.5, 2.5, 2))).astype(int)
        at = (int(x), int(y))
        cv2.ellipse(mask, at, (int(axes[0]), int(axes[1])), float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    return photo * (1 - mask[:, :, None]) + 0.97 * mask[:, :, None]


def faded(photo: F32, rng: np.random.Generator) -> F32:
    """All tones between 24 and 72 %."""
    return 0.24 + photo * np.float32(rng.uniform(0.46, 0.50))


def veiled(photo: F32, rng: np.random.Generator) -> F32:
    """The magenta-yellow of a colour print whose dyes have faded unevenly."""
    gain = np.array([1.0, 0.82, 0.70]) + rng.normal(0, 0.01, 3)
    return np.clip(photo * gain + np.array([0.08, 0.02, 0.0]), 0, 1).astype(np.float32)


def grainy(photo: F32, rng: np.random.Generator, sigma: float = 12.0) -> F32:
    """Grain of 12 grey levels, a little larger than a px, one for all colours as film has it."""
    noise = rng.normal(0, 1, photo.shape[:2]).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.55)
    return np.clip(photo + (noise / noise.std() * sigma / 255)[:, :, None], 0, 1).astype(np.float32)


def printed(photo: F32, rng: np.random.Generator, pitch: float = 4.0) -> F32:
    """Printed in dots at 45° and scanned: black on white, softened by the paper."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, 2)
    turn = np.pi * 2 / pitch / np.sqrt(2)
    screen = (np.cos((x + y) * turn + phase[0]) + np.cos((x - y) * turn + phase[1])) / 4 + 0.5
    dots = 1 / (1 + np.exp(-(luminance(photo) - 0.9 * screen - 0.05) * 14))
    soft = cv2.GaussianBlur(dots.astype(np.float32), (0, 0), 0.9)
    return np.repeat(soft[:, :, None], photo.shape[2], axis=2)


ALL_STEPS = ("auto", "scratches")
DAMAGES: dict[str, tuple[Damage, tuple[str, ...]]] = {
    "scratches": (scratched, ("scratches",)),
    "dust": (dusted, ("scratches",)),
    "scratches, all steps": (scratched, ALL_STEPS),
    "dust, all steps": (dusted, ALL_STEPS),
    "fade": (faded, ("auto",)),
    "veil": (veiled, ("auto",)),
    "grain": (grainy, ("auto",)),
    "halftone": (printed, ("auto",)),
}


def _clahe(image: U8) -> U8:
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(2.0, (8, 8)).apply(lab[:, :, 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


RECIPES: dict[str, Recipe] = {
    "median 3": lambda image: cv2.medianBlur(image, 3),
    "median 5": lambda image: cv2.medianBlur(image, 5),
    "NLM h=7": lambda image: cv2.fastNlMeansDenoisingColored(image, None, 7, 7),
    "CLAHE 2": _clahe,
}


def psnr(a: F32, b: F32) -> float:
    """Peak signal-to-noise ratio, dB."""
    return float(10 * np.log10(1 / max(float(np.mean((a - b) ** 2)), 1e-12)))


def ssim(a: F32, b: F32) -> float:
    """Structural similarity of the luminance (Wang et al. 2004), Gaussian window of 1.5 px."""
    x, y = luminance(a), luminance(b)

    def mean(plane: F32) -> F32:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), 1.5), np.float32)

    mx, my = mean(x), mean(y)
    vx, vy, both = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return float(((2 * mx * my + c1) * (2 * both + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean())


def held(photos: Sequence[Path], folder: Path) -> None:
    """Every damage, mean over the photos: PSNR and SSIM against the photo itself."""
    print(f"{'damage':<21}{'damaged':>16}{'studio':>16}" + "".join(f"{name:>16}" for name in RECIPES) + "   seconds")
    for name, (damage, steps) in DAMAGES.items():
        rows: dict[str, list[tuple[float, float]]] = {}
        took = 0.0
        for number, path in enumerate(photos):
            whole = as_values(read_scan(path).pixels)
            if name == "veil" and View(as_pixels(whole, np.zeros(1, np.uint8)), "grey", ()).pixels.shape[2] == 1:
                continue
            like = np.zeros((1, 1, 1), np.uint8)
            broken = as_pixels(damage(whole, np.random.default_rng(number)).astype(np.float32), like)
            source, out = folder / f"{name}{number}.png", folder / f"{name}{number}.out.png"
            write_scan(source, Scan(broken))
            begun = time.perf_counter()
            restore(source, out, steps=steps, show=False)
            took += time.perf_counter() - begun
            made = {"damaged": as_values(broken), "studio": as_values(read_scan(out).pixels)}
            made |= {recipe: as_values(act(as_rgb8(broken))) for recipe, act in RECIPES.items()}
            rgb = as_values(as_rgb8(as_pixels(whole, like)))
            aims = dict.fromkeys(made, rgb)
            if steps == ALL_STEPS:
                source, out = folder / f"{name}{number}.whole.png", folder / f"{name}{number}.whole.out.png"
                write_scan(source, Scan(as_pixels(whole, like)))
                restore(source, out, steps=steps, show=False)
                aims["studio"] = as_values(as_rgb8(read_scan(out).pixels))
            for which, values in made.items():
                shown = np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values
                rows.setdefault(which, []).append((psnr(shown, aims[which]), ssim(shown, aims[which])))
        cells = [np.mean(rows[which], axis=0) for which in ("damaged", "studio", *RECIPES)]
        line = "".join(f"{cell[0]:>9.2f} {cell[1]:.4f}" for cell in cells)
        print(f"{name:<21}{line}{took / len(photos):>10.1f}")


def mistaken(photos: Sequence[Path]) -> None:
    """How much of photos as they are is taken for scratches and dust."""
    print(f"\n{'taken for damage, ppm':<40}{'by itself':>12}{'when told':>12}")
    for path in photos:
        seen = view(read_scan(path).pixels)
        where = people.zones(seen)
        shares = [float((scratches.find(seen.light, where, told=told).both > 0).mean()) * 1e6 for told in (False, True)]
        print(f"{path.name:<40}{shares[0]:>12.0f}{shares[1]:>12.0f}")


def changed(sitter: likeness.Sitter) -> dict[str, U8]:
    """A face with something changed that makes another person of it, RGB uint8 (h, w, 3) each."""
    points, image = sitter.mesh, sitter.image
    unit = mesh.eye_distance(points)
    eyes = [eye[:2] for eye in mesh.middle_of_eyes(points)]
    out = (eyes[1] - eyes[0]) / np.linalg.norm(eyes[1] - eyes[0])

    def pulled(places: Sequence[np.ndarray], moves: Sequence[np.ndarray], reach: float) -> U8:
        y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
        at_x, at_y = x.copy(), y.copy()
        for place, move in zip(places, moves, strict=True):
            near = np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * (reach * unit) ** 2))
            at_x -= (near * move[0] * unit).astype(np.float32)
            at_y -= (near * move[1] * unit).astype(np.float32)
        return np.asarray(cv2.remap(image, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    up = np.array([out[1], -out[0]])
    return {
        "eyes 16 % wider": pulled(eyes, [-0.08 * out, 0.08 * out], 0.35),
        "mouth smiles": pulled([points[61, :2], points[291, :2]], [0.1 * up, 0.1 * up], 0.25),
        "nose shorter": pulled([points[4, :2]], [0.1 * up], 0.25),
        "smoothed .08": cv2.GaussianBlur(image, (0, 0), 0.08 * unit),
        "smoothed .04": cv2.GaussianBlur(image, (0, 0), 0.04 * unit),
    }


def told_apart(photos: Sequence[Path]) -> None:
    """How often likeness refuses a changed face, and how often another person's."""
    refused: dict[str, list[bool]] = {}
    sitters = [one for path in photos for one in likeness.sitters(view(read_scan(path).pixels))[:1]]
    for number, sitter in enumerate(sitters):
        faces = changed(sitter)
        if len(sitters) > 1:
            other = sitters[(number + 1) % len(sitters)]
            skull = list(mesh.SKULL)
            place, _ = cv2.estimateAffinePartial2D(other.mesh[skull, :2], sitter.mesh[skull, :2])
            size = sitter.image.shape[1::-1]
            faces["another person"] = cv2.warpAffine(other.image, place, size, borderMode=cv2.BORDER_REPLICATE)
        for name, face in faces.items():
            refused.setdefault(name, []).append(bool(likeness.compare([sitter], [face])[0].objection))
    print(f"\n{'changed faces':<24}refused")
    for name, those in refused.items():
        print(f"{name:<24}{sum(those)} of {len(those)}")


def large(photo: Path, megapixels: float, folder: Path) -> None:
    """Time and memory for a scan of that many megapixels, with every step that a whole photo passes through."""
    pixels: Pixels = read_scan(photo).pixels
    by = (megapixels * 1e6 / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    scan = cv2.resize(pixels, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC).reshape(
        -1, round(pixels.shape[1] * by), pixels.shape[2]
    )
    source = folder / "large.png"
    write_scan(source, Scan(scan))
    # In a process of its own: this one has held the scan before it was written.
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "benchmarks.restoration", "--alone", str(source)], check=True)
    took = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{megapixels:g} megapixels: {took:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of CPU")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--megapixels", type=float, default=0.0, help="restore a scan of that size instead")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.alone:
        steps = ("auto", "levels", "scratches", "grain", "sharpen")
        restore(said.photos[0], said.photos[0].with_suffix(".out.png"), steps=steps)
        # Linux only; what getrusage says of a child counts its parent's peak.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        print(f"\nat most {int(status.split('VmHWM:')[1].split()[0]) / 1024:.0f} MB", flush=True)
        return
    with tempfile.TemporaryDirectory() as name:
        if said.megapixels:
            large(said.photos[0], said.megapixels, Path(name))
            return
        held(said.photos, Path(name))
        mistaken(said.photos)
        told_apart(said.photos)


if __name__ == "__main__":
    sys.exit(main())
