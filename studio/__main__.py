"""`python -m studio` is `studio`."""

from __future__ import annotations

from studio.app.cli import main

if __name__ == "__main__":
    main()
