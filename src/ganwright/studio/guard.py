"""Who may ask: the gate that every request and WebSocket passes before anything else sees it.

A page of another site must not start a job here (Origin), must not reach this server under a name of its own (Host: DNS
rebinding), and beyond localhost nobody may without the token.
"""

import hashlib
import hmac
import ipaddress
import json
import logging
import secrets
import traceback
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from ganwright.studio.replies import json_reply
from ganwright.studio.state import Studio

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_ADDRESS_BYTES = 16_000
CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_READS = ("GET", "HEAD", "OPTIONS")
_STRANGE_SITES = ("cross-site", "same-site")
_TOKEN_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>ganwright studio</title>
<h1>This studio asks for its token</h1>
<p>{said} Open the address that <code>ganwright studio</code> printed, or give its token here.</p>
<form action="/" method="get"><label>Token <input name="token" autocomplete="off" required></label>
<button>Open the studio</button></form></html>"""


class Guard:
    """ASGI middleware: Host, Origin and token are checked, headers set, and no error leaves without a line."""

    def __init__(self, app: ASGIApp, studio: Studio) -> None:
        self.app, self.studio = app, studio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; answer the rest here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(scope, receive, send, refusal)
            return
        await self._pass_on(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to those that may not pass; None for the others."""
        headers = Headers(scope=scope)
        host, is_socket = headers.get("host", ""), scope["type"] == "websocket"
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
            return _line(f"the address is longer than {MAX_ADDRESS_BYTES:,} bytes", 414)
        if not self._is_ours(host):
            return _line(f"this studio is not to be called as '{host[:100]}'; open the address that it printed", 421)
        changes = is_socket or scope["method"] not in _READS
        if changes and not _same_origin(headers, host):
            return _line("the request comes from a page of another site, which may not do this", 403)
        if scope["path"].startswith(("/api/", "/live/")) and headers.get("sec-fetch-site") in _STRANGE_SITES:
            return _line("the request comes from a page of another site, which may not read this", 403)
        return None if self.studio.token is None else self._token_missing(scope, headers)

    def _is_ours(self, host: str) -> bool:
        """Names only count, not ports: a tunnel may have another one. With a token, any address of numbers will do."""
        name = _name_of(host)
        if name is None:
            return False
        return name in LOOPBACK | self.studio.hosts or (self.studio.token is not None and _is_address(name))

    def _token_missing(self, scope: Scope, headers: Headers) -> Response | None:
        """None for those who know the token: by cookie or by header; by ?token=... it becomes a cookie."""
        assert self.studio.token is not None
        cookie = cookie_of(self.studio.token)
        given = HTTPConnection(scope).cookies.get(cookie_name(scope), "")
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if _equal(given, cookie) or _equal(bearer, self.studio.token):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        asked = dict(query).get("token")
        if scope["type"] == "http" and scope["method"] == "GET" and asked is not None:
            if _equal(asked, self.studio.token):
                rest = urlencode([(name, value) for name, value in query if name != "token"])
                place = "/" + scope["path"].lstrip("/\\")  # never //elsewhere
                answer = RedirectResponse(place + (f"?{rest}" if rest else ""), 303)
                answer.set_cookie(cookie_name(scope), cookie, httponly=True, samesite="strict", max_age=30 * 86_400)
                return answer
            return _token_page("That is not the token.")
        if scope["type"] == "websocket" or scope["path"].startswith(("/api/", "/static/")):
            return _line("this studio asks for its token; open the address that it printed", 401)
        return _token_page("")

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] in ("http.response.start", "websocket.close")
            if message["type"] == "http.response.start":
                _dress(MutableHeaders(scope=message), scope["path"])
            await send(message)

        try:
            await self.app(scope, receive, dressed)
        except (ClientDisconnect, WebSocketDisconnect):
            return  # the browser has left; there is nobody to answer
        except Exception as error:
            line = note(error, f"{scope.get('method', 'WebSocket')} {scope['path']}")
            if not begun:
                await _refuse(scope, receive, send, _line(line, 500))


def note(error: Exception, where: str) -> str:
    """Log a bug with a number, and return the line that tells it."""
    number = secrets.token_hex(4)
    told = {"id": number, "where": where, "trace": "".join(traceback.format_exception(error))}
    logging.getLogger("ganwright.studio").error(json.dumps(told))
    return f"this is a bug in ganwright ({type(error).__name__}); the studio's log tells more under {number}"


def cookie_of(token: str) -> str:
    """What the browser keeps: proves that the token was known, and is not the token."""
    return hmac.new(token.encode(), b"ganwright studio cookie", hashlib.sha256).hexdigest()


def cookie_name(scope: Scope) -> str:
    """Its name, one for each port, since cookies of all ports of a host are one."""
    return f"ganwright-{(scope.get('server') or ('', 0))[1]}"


def _equal(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _name_of(host: str) -> str | None:
    """The name in a Host header, lower case, without brackets and port; None where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    strange = not host.isascii() or any(c in "/\\?#@ \t" for c in host)
    return None if strange or not name else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(headers: Mapping[str, str], host: str) -> bool:
    """True where the page is ours, as browsers tell it; what sends no Origin is none, or tells it in another header."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    scheme, _, place = origin.partition("://")
    return scheme in ("http", "https") and place.lower() == host.lower()


def _dress(headers: MutableHeaders, path: str) -> None:
    """Set what every response carries, where the endpoint did not say otherwise."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", "no-store" if path.startswith("/api/") else "no-cache")


def _line(text: str, status: int) -> Response:
    return json_reply({"error": text}, status)


def _token_page(said: str) -> Response:
    return HTMLResponse(_TOKEN_PAGE.format(said=escape(said)), 401)


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    _dress(answer.headers, "/api/")
    if scope["type"] == "http":
        await answer(scope, receive, send)
        return
    reason = json.loads(bytes(answer.body)).get("error", "") if answer.status_code != 303 else ""
    await send({"type": "websocket.close", "code": 1008, "reason": reason[:120]})
