"""Work for other processes, which have to be able to import it."""

from __future__ import annotations

import os
import time


def work(task: str) -> str:
    """Does what it is told: to answer, to die, or never to come back."""
    if task == "die":
        os._exit(3)
    if task == "hang":
        time.sleep(600)
    return f"{task} by {os.getpid()}"
