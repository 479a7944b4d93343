"""What was filled in on the page, kept on disk: a reload, another language or another day loses no typed word."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.app.projects import queue_dir
from studio.media.files import write_text

FILE = "page.json"
_keeping = threading.Lock()


def keep(values: Mapping[str, Any]) -> None:
    """Keep the values of some of the page's fields; what is kept of the others stays.

    Raises:
        OutputUnwritable: the projects folder may not be written or its disk is full.
    """
    with _keeping:
        write_text(queue_dir() / FILE, json.dumps({**load(), **values}, ensure_ascii=False, default=str, indent=1))


def load() -> dict[str, Any]:
    """What was kept; nothing where there is nothing, or nothing that can be read. Files that are gone are left out."""
    try:
        found = json.loads((queue_dir() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: _there(value) for key, value in found.items()}


def _there(value: Any) -> Any:
    # Uploads are deleted after a day; a path to nothing would be an error on the page.
    if isinstance(value, list):
        return [item for item in value if not _gone(item)]
    return None if _gone(value) else value


def _gone(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and "\n" not in value and not Path(value).is_file()
