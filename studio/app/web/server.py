"""Serves the page on this machine only, with a worker beside it."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from studio.app.keeper import Keeper
from studio.app.projects import films_dir
from studio.errors import OutputUnwritable, StudioError
from studio.settings import settings

HOST = "127.0.0.1"  # never anything else: the page has no login, and what it holds is private
HERE = Path(__file__).resolve().parent
MOST_UPLOAD = "2gb"  # an hour of home video


class PortTaken(StudioError):
    """Another program listens on the port."""


def serve(*, port: int = 7860, open_browser: bool = True) -> None:
    """Serve the page until Ctrl-C; its worker has then ended too.

    Args:
        port: 0 takes any free one.
        open_browser: show the page.

    Raises:
        PortTaken: the port is in use.
        OutputUnwritable: the projects folder may not be written.
    """
    port = _free(port)
    _prepare()
    # Gradio reads these when it is imported.
    os.environ["GRADIO_TEMP_DIR"] = str(settings().cache_dir.resolve() / "uploads")
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    logging.getLogger("httpx").setLevel(logging.WARNING)
    from studio.app.web.page import build

    page = build()
    keeper = Keeper()
    keeper.start()
    try:
        page.launch(**options(port, open_browser=open_browser))
        sys.stderr.write(f"Keepsake Studio is open at http://{HOST}:{port}/  (Ctrl-C ends it)\n")
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.stderr.write("The page is closed. A film in the making goes on at the next start.\n")
    finally:
        keeper.stop()
        page.close(verbose=False)


def options(port: int, *, open_browser: bool) -> dict[str, Any]:
    """What Gradio's `launch` is given."""
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from studio import templates
    from studio.app.web.gate import Gate
    from studio.app.web.template import translations
    from studio.app.web.texts import i18n
    from studio.app.web.theme import theme

    return {
        "server_name": HOST,
        "server_port": port,
        "inbrowser": open_browser,
        "share": False,
        "quiet": True,
        "ssr_mode": False,
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": False,
        "pwa": False,
        "show_error": False,
        "prevent_thread_lock": True,
        "footer_links": [],
        # Only films are handed out; photos, recordings and the queue are not.
        "allowed_paths": [str(films_dir().resolve())],
        "max_file_size": MOST_UPLOAD,
        "i18n": i18n(translations(templates.names())),
        "theme": theme(),
        "css_paths": HERE / "page.css",
        # Another site whose name was made to point here would otherwise be let in as this one.
        "app_kwargs": {
            "middleware": [Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]), Middleware(Gate)]
        },
    }


def _prepare() -> None:
    try:
        films_dir().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnwritable(
            f"{films_dir()} may not be written. Set STUDIO_PROJECTS_DIR to another folder."
        ) from error


def _free(port: int) -> int:
    with socket.socket() as probe:
        if os.name == "posix":
            # As the server itself does: a page that was just closed does not block its port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} is in use, perhaps by another window of the studio. Close it, or try --port 0."
            ) from error
        return int(probe.getsockname()[1])
