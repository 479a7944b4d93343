"""Stands before the page: decides its language, and keeps every other host out.

Gradio translates by `navigator.language` and puts what it is given for the head into the page only after it has
started; a language chosen by hand has to be there before that. So the choice is written into the HTML on its way out.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from studio.app.web.texts import COOKIE, TEXTS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from studio.types import Language

YEAR = 365 * 24 * 3600  # s
# The browser itself refuses whatever does not come from this machine, should a component ever ask for it. Gradio
# needs inline and evaluated scripts; blob: and data: are pictures and sounds that the page made itself.
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
TAGS = {"en": "en", "zh": "zh-CN"}


def language(query: str, cookie: str, preferred: str) -> Language:
    """The page's language: ?lang=, else the one chosen before, else what the browser prefers.

    Args:
        query: of the address, without "?".
        cookie: the Cookie header.
        preferred: the Accept-Language header.
    """
    try:
        kept = SimpleCookie(cookie).get(COOKIE)
    except CookieError:
        kept = None
    for wish in (*parse_qs(query).get("lang", ()), kept.value if kept else ""):
        if wish == "zh":
            return "zh"
        if wish == "en":
            return "en"
    return "zh" if preferred.strip().lower().startswith("zh") else "en"


def translated(html: str, chosen: Language) -> str:
    """The page's HTML, made to begin in a language."""
    tag = TAGS[chosen]
    script = (
        f"<script>Object.defineProperty(navigator,'language',{{get:()=>'{tag}'}});"
        f"Object.defineProperty(navigator,'languages',{{get:()=>['{tag}']}});"
        # Gradio sets its own once it has started.
        f"addEventListener('load',()=>{{document.documentElement.lang='{tag}'}});</script>"
    )
    english, chinese = TEXTS["page_title"]
    title = chinese if chosen == "zh" else english
    html = html.replace(f'"title":"{english}"', f'"title":"{title}"').replace(
        f'content="{english}"', f'content="{title}"'
    )
    html = html.replace('lang="en"', f'lang="{tag}" data-lang="{chosen}"', 1)
    return html.replace("<head>", f"<head>{script}", 1)


class Gate:
    """ASGI middleware that does both to the page at "/"."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; change only the page itself."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        chosen = language(
            scope["query_string"].decode("latin-1"), headers.get("cookie", ""), headers.get("accept-language", "")
        )
        held: list[MutableMapping[str, Any]] = []
        body = b""

        async def rewrite(message: MutableMapping[str, Any]) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                held.append(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = translated(body.decode("utf-8"), chosen).encode("utf-8")
            start = held[0]
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            start["headers"] = [
                *kept,
                (b"content-length", str(len(page)).encode()),
                (b"content-security-policy", POLICY.encode()),
                (b"referrer-policy", b"no-referrer"),
                (b"set-cookie", f"{COOKIE}={chosen}; Max-Age={YEAR}; Path=/; SameSite=Strict".encode()),
            ]
            await send(start)
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, rewrite)
