"""What is installed on this machine, what is missing, and what to do about it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any, Literal

from studio import __version__
from studio.errors import StudioError
from studio.media.files import free_bytes, writing
from studio.settings import settings

State = Literal["ok", "note", "missing"]

NEEDED_BYTES = 2 * 2**30  # a ten-minute film at 1080p and its takes
SENTENCE = {"en": "The quick brown fox — “naïve” café.", "zh": "「归去来兮」一二三，繁體与简体。"}
# package → what the studio cannot do without it; the first group is needed for any film at all.
NEEDED = {
    "numpy": "everything",
    "scipy": "everything",
    "av": "reading photos' and recordings' files",
    "PIL": "photos, titles and captions",
    "cv2": "moving faces",
    "mediapipe": "finding faces",
    "soxr": "sound",
    "espeakng_loader": "speech",
    "pyworld": "the person's voice",
    "pydantic": "production.yaml",
    "yaml": "production.yaml",
}
USEFUL = {
    "torch": "the engines that use neural networks",
    "gradio": "the page (`studio web`)",
    "huey": "the page (`studio web`)",
    "pyrnnoise": "cleaning noisy recordings",
    "pypinyin": "Chinese speech",
    "opentimelineio": "handing the cut to editing programs",
    "diffusers": "refining the mouth by diffusion",
    "insightface": "measuring likeness",
    "moviepy": "exchanging clips with MoviePy",
}
_DISTRIBUTIONS = {
    "PIL": "pillow",
    "cv2": "opencv-contrib-python",
    "espeakng_loader": "espeakng-loader",
    "pyworld": "pyworld-prebuilt",
    "yaml": "pyyaml",
}
_INSTALL = "Install the studio again: `uv sync` in its folder."


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    """ok, note: the studio works without it, missing: no film can be made."""
    found: str
    """What is there."""
    advice: str = ""
    """What to do; "" where nothing needs doing."""


def examine() -> list[Check]:
    """Look at everything a film needs. Nothing is downloaded and nothing is left behind."""
    checks = [
        Check("studio", "ok", f"{__version__}, Python {platform.python_version()} on {platform.system().lower()}"),
        *(_package(name, purpose, "missing") for name, purpose in NEEDED.items()),
        *(_package(name, purpose, "note") for name, purpose in USEFUL.items()),
    ]
    looks: Sequence[Callable[[], list[Check]]] = (_ffmpeg, _fonts, _faces, _voices, _engines, _gpu, _folders)
    for look in looks:
        checks += look()
    return checks


def usable(checks: Sequence[Check]) -> bool:
    """Can films be made here?"""
    return all(check.state != "missing" for check in checks)


def as_dict(checks: Sequence[Check]) -> dict[str, Any]:
    """For programs."""
    return {"usable": usable(checks), "checks": [asdict(check) for check in checks]}


def show(checks: Sequence[Check]) -> None:
    """For people."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(ratio=1)
    marks = {"ok": "ok", "note": "[yellow]note[/yellow]", "missing": "[red]missing[/red]"}
    for check in checks:
        words = check.found if not check.advice else f"{check.found} {check.advice}"
        table.add_row(marks[check.state], check.name, words.replace("[", r"\["))
    console = Console(highlight=False)
    console.print(table)
    missing = [check.name for check in checks if check.state == "missing"]
    console.print()
    console.print(f"Not usable yet: {', '.join(missing)}." if missing else "Ready to make films.", style="bold")


def _package(name: str, purpose: str, without: State) -> Check:
    distribution = _DISTRIBUTIONS.get(name, name)
    if util.find_spec(name) is None:
        return Check(distribution, without, f"Not installed; needed for {purpose}.", _INSTALL)
    try:
        return Check(distribution, "ok", metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return Check(distribution, "ok", "installed")


def _ffmpeg() -> list[Check]:
    from studio.media import ffmpeg

    try:
        ffmpeg.run(["-f", "lavfi", "-i", "anullsrc=d=0.1", "-f", "null", "-"])  # a tenth of a second of nothing
    except (StudioError, ImportError, RuntimeError) as error:
        return [
            Check(
                "ffmpeg", "missing", str(error), "Set STUDIO_FFMPEG to a working ffmpeg, or install the studio again."
            )
        ]
    return [Check("ffmpeg", "ok", ffmpeg.executable())]


def _fonts() -> list[Check]:
    checks = []
    for language, sentence in SENTENCE.items():
        name = f"fonts ({language})"
        try:
            from studio.edit.fonts import font_for

            families = sorted({font_for(sentence, serif=serif).family for serif in (False, True)})
        except (StudioError, ImportError) as error:
            checks.append(Check(name, "missing", str(error), _INSTALL))
        else:
            checks.append(Check(name, "ok", ", ".join(families)))
    return checks


def _faces() -> list[Check]:
    # Newer MediaPipe wheels import well but carry no FaceMesh model.
    spec = util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        return []
    model = Path(spec.origin).parent / "modules" / "face_landmark" / "face_landmark_with_attention.tflite"
    if model.is_file():
        return [Check("face model", "ok", "FaceMesh, 478 points")]
    return [Check("face model", "missing", "This mediapipe has no FaceMesh.", "Install mediapipe==0.10.21.")]


def _voices() -> list[Check]:
    try:
        import espeakng_loader

        library, data = Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
    except (ImportError, OSError) as error:
        return [Check("espeak-ng", "missing", f"{error}", _INSTALL)]
    lacking = [str(path) for path in (library, data / "en_dict", data / "cmn_dict") if not path.exists()]
    if lacking:
        return [Check("espeak-ng", "missing", f"Not there: {', '.join(lacking)}.", _INSTALL)]
    return [Check("espeak-ng", "ok", "English and Mandarin")]


def _engines() -> list[Check]:
    try:
        from studio import pipeline

        statuses = pipeline.engines()
    except (StudioError, ImportError) as error:
        return [Check("engines", "missing", str(error), _INSTALL)]
    checks = []
    for stage in dict.fromkeys(status.spec.stage for status in statuses):
        here = [status for status in statuses if status.spec.stage == stage and status.usable]
        names = ", ".join(status.spec.name + (" (auto)" if status.auto else "") for status in here)
        if here:
            checks.append(Check(f"{stage} engines", "ok", names))
        else:
            checks.append(Check(f"{stage} engines", "note", "None usable.", "`studio engines` says why."))
    return checks


def _gpu() -> list[Check]:
    if util.find_spec("torch") is None:
        return []
    try:
        import torch
    except (ImportError, OSError, RuntimeError) as error:
        return [Check("gpu", "note", f"PyTorch does not load: {error}", _INSTALL)]
    if torch.cuda.is_available():
        return [Check("gpu", "ok", str(torch.cuda.get_device_name(0)))]
    if torch.backends.mps.is_available():
        return [Check("gpu", "ok", "Apple GPU")]
    return [Check("gpu", "note", "None; the processor is used. Engines that need a GPU stay out.")]


def _folders() -> list[Check]:
    kept = settings()
    return [
        check
        for name, folder in (("projects folder", kept.projects_dir), ("cache folder", kept.cache_dir))
        for check in _folder(name, folder)
    ]


def _folder(name: str, folder: Path) -> list[Check]:
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with writing(folder / "doctor.txt") as temporary:
            temporary.write_text("May be deleted.\n", encoding="utf-8")
        (folder / "doctor.txt").unlink()
    except StudioError as error:
        return [Check(name, "missing", str(error), f"Or set {_VARIABLES[name]} to another folder.")]
    finally:
        for path in new:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
    free = free_bytes(folder)
    found = f"{folder}, {free / 2**30:.0f} GiB free"
    if free < NEEDED_BYTES:
        return [Check(name, "note", f"{found}.", "A long film needs about 2 GiB: free some space.")]
    return [Check(name, "ok", found)]


_VARIABLES = {"projects folder": "STUDIO_PROJECTS_DIR", "cache folder": "STUDIO_CACHE_DIR"}
