"""The tree says how the studio flows; these tests hold it to that."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import studio

ROOT = Path(studio.__file__).resolve().parent
# Imports point up this list only; names on one line never import each other.
LAYERS = [
    {"types", "errors"},
    {"settings"},
    {"media"},
    {"catalogue"},
    {"weights", "downloads"},
    {"ear", "readiness"},
    {"voice", "head", "edit", "trust"},
    {"restoration"},
    {"rates", "spelling", "cache", "meter", "speeches", "people", "voices"},
    {"storyboard", "finishing"},
    {"production", "engines"},
    {"templates", "framing"},
    {"album"},
    {"painting"},
    {"acting"},
    {"cast"},
    {"voicing"},
    {"takes"},
    {"report"},
    {"pictures", "recipe", "scenes", "soundtrack", "subtitles", "film", "deliverables"},
    {"pipeline"},
    {"train"},
    {"app"},
]
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
APART = {"voice", "head", "edit", "trust"}
FILES = sorted(ROOT.rglob("*.py"))
HEAVY = ["numpy", "torch", "mediapipe", "cv2", "gradio", "moviepy", "diffusers", "scipy", "av"]


def room_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(file: Path) -> list[str]:
    rooms = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "studio":
            rooms += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("studio."):
            rooms.append((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            rooms += [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("studio.")]
    return rooms


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_imports_only_point_down(file: Path) -> None:
    room = room_of(file)
    if room in ("__init__", "__main__"):
        return
    for used in imported_rooms(file):
        if used in ("__version__", room):
            continue
        assert LEVEL[used] <= LEVEL[room], f"{file} imports {used}"
        assert not {used, room} <= APART, f"{file} imports its sibling {used}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_files_and_functions_stay_readable(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, f"{file} is too long to read"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 70, f"{file}: {node.name} is too long to read"


def test_only_media_starts_programs_and_opens_containers() -> None:
    # voice keeps espeak-ng, whose licence is another, in a child process; the doors start their own worker.
    allowed = {"media", "voice", "app"}
    for file in FILES:
        names = {
            alias.name
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        if room_of(file) not in allowed:
            assert not names & {"subprocess", "av"}, f"{file} starts programs or opens containers"


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = f"import sys, studio.app.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.strip() == "[]"
