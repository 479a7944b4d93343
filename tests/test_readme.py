"""The README's words are true: its commands exist, its example is valid, its names are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

import studio
from studio import templates
from studio.app.cli import app
from studio.production import Production

README = (Path(studio.__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^    (?:pip install uv && )?uv run studio (.+?)(?:\s+#.*)?$", README, re.MULTILINE)))


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_readme_is_understood(line: str) -> None:
    """Parsed by the real command line, without running it."""
    words = shlex.split(line)
    command = get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    command.make_context(words[0], words[1:])


def test_there_are_commands_to_check() -> None:
    assert {line.split()[0] for line in COMMANDS} >= {
        "demo",
        "new",
        "render",
        "speak",
        "animate",
        "doctor",
        "engines",
        "web",
    }


def test_the_example_production_is_valid() -> None:
    example = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert example is not None
    production = Production.model_validate(yaml.safe_load(example[1]))
    assert [scene.id for scene in production.scenes] == ["title", "words", "garden", "end"]


def test_the_python_example_uses_what_is_there() -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    compile(example[1], "README", "exec")
    for name in set(re.findall(r"studio\.(\w+)\(", example[1])) | {"Production"}:
        assert getattr(studio, name)


def test_every_template_and_linked_file_is_named_and_there() -> None:
    for name in templates.names():
        assert f"`{name}`" in README
    root = Path(studio.__file__).resolve().parent.parent
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (root / target).exists(), target
