"""A film of photos with a voice over them: what the voice has loaded is gone before the pictures are made."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.film

SCRIPT = """
import json, sys
from pathlib import Path
from studio import pipeline
made = pipeline.render(Path(sys.argv[1]))
takes = json.loads(made.recipe.read_text())["takes"]
print(json.dumps([sorted({"torch"} & set(sys.modules)), [take["stage"] for take in takes if take["stage"] == "speak"]]))
"""


def test_lines_over_photos_are_spoken_aside(tmp_path: Path, hopper: Path) -> None:
    (tmp_path / "g.jpg").write_bytes(hopper.read_bytes())
    shown = {"id": "p", "kind": "photo", "file": "g.jpg", "seconds": 3, "speaker": "g"}
    table = {
        "schema": "studio/1",
        "title": "A garden",
        "people": {"g": {"name": "Grace", "consent": {"granted_by": "nobody is shown", "right": "self"}}},
        "scenes": [{**shown, "lines": [{"say": "We had a garden then."}]}],
        "canvas": {"height": 240},
        "music": {"mood": "none"},
    }
    (tmp_path / "production.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    argv = [sys.executable, "-c", SCRIPT, str(tmp_path / "production.yaml")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1]) == [[], ["speak"]]


def test_a_script_without_a_guard_renders_once(tmp_path: Path) -> None:
    """The process aside must not run the caller's own script again."""
    script = tmp_path / "mine.py"
    script.write_text(
        "import os\nfrom studio.media.aside import Aside\naside = Aside()\nprint(aside(os.getpid) != os.getpid())\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "True\n"
