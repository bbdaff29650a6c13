"""The guard: what every request must satisfy before anything looks at what it asks for.

A page of any origin can send requests to a port of this machine, and a name of its own can be made
to point there. So the Host must be one of ours (a rebound name is not), the token of this run must
be there (another page cannot read it), and whoever writes must come from the page itself.
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

MOST_BYTES = 1_000_000
PATIENCE = 15.0  # seconds for the body of a request to arrive
TOKEN = b"x-armillary-token"
READS = ("GET", "HEAD")
ALLOW = {"Allow": "GET, HEAD, POST"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)


class Refusal(Exception):
    """A request that is not answered: a status and one sentence.

    Parameters
    ----------
    status
        Of HTTP.
    sentence
        What was found, what was expected.
    headers
        That the status asks for.
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None):
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, dict(headers or {})


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who is let in.

    Parameters
    ----------
    token
        The secret of this run.
    hosts
        What a Host header may say, port and all.
    origins
        Origins besides ``http://`` and the Host that may write: those of a proxy.
    """

    token: str
    hosts: frozenset[str]
    origins: frozenset[str] = frozenset()


class Guard:
    """An ASGI application that lets requests through to another, or refuses them.

    Parameters
    ----------
    app
        What answers. It finds the whole body of a request at once.
    admitted
        Who is let in.
    """

    def __init__(self, app: App, admitted: Admitted) -> None:
        self.app, self.admitted = app, admitted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and answer it; a refusal, or a fault of ours, is one sentence."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            return
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            self.check(scope)
            body = await _body(scope, receive) if scope["method"] == "POST" else b""
            await self.app(scope, _once(body, receive), sent)
        except Refusal as refusal:
            if begun:
                raise
            await _refuse(scope, send, refusal)
        except Exception:
            log.exception("%s %s", scope["method"], scope["path"])
            if begun:
                raise
            fault = Refusal(500, "A fault in armillary: the terminal of the server has the rest.")
            await _refuse(scope, send, fault)

    def check(self, scope: Scope) -> None:
        """Refuse a request by its first line and its headers.

        Parameters
        ----------
        scope
            Of ASGI.

        Raises
        ------
        Refusal
            If the Host, the token, the method, the Origin or the type of the body is not as it
            must be.
        """
        host = _the_one(scope, b"host")
        if host is None or host.lower() not in self.admitted.hosts:
            raise Refusal(403, "This server answers to its own address only, not to this Host.")
        given = _token(scope)
        if given is None or not hmac.compare_digest(given, self.admitted.token.encode("ascii")):
            raise Refusal(403, "The token is missing or wrong: open the address that was printed.")
        method = scope["method"]
        if method not in (*READS, "POST"):
            raise Refusal(405, "Only GET, HEAD and POST are known here.", ALLOW)
        if method == "POST":
            self._check_writing(scope, host.lower())

    def _check_writing(self, scope: Scope, host: str) -> None:
        origin = _the_one(scope, b"origin", absent="")
        ours = {f"http://{host}", *self.admitted.origins}
        if origin is None or (origin and origin.lower() not in ours):
            raise Refusal(403, "Only this server's own page may write, not one of another origin.")
        kind = _the_one(scope, b"content-type", absent="")
        if kind is None or kind.partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "The body must be application/json.")


def _all(scope: Scope, name: bytes) -> list[bytes]:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return [value for key, value in headers if key.lower() == name]


def _the_one(scope: Scope, name: bytes, *, absent: str | None = None) -> str | None:
    """Return a header that stands there once; ``absent`` if it does not, None if twice."""
    found = _all(scope, name)
    if not found:
        return absent
    return found[0].decode("latin-1").strip() if len(found) == 1 else None


def _token(scope: Scope) -> bytes | None:
    """Return the token: of the page from its query, of everything else from the header."""
    if scope["path"] != "/":
        found = _all(scope, TOKEN)
        return found[0].strip() if len(found) == 1 else None
    try:
        pairs = parse_qsl(scope["query_string"].decode("ascii"), max_num_fields=20)
        given = [value.encode("utf-8") for name, value in pairs if name == "token"]
    except ValueError:
        return None
    return given[0] if len(given) == 1 else None


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Return the whole body, and stop reading where it is too large, whatever length it claims."""
    claimed = _the_one(scope, b"content-length", absent="0")
    if claimed is None or not claimed.isdecimal():
        raise Refusal(400, "The length of the body is no number.")
    _refuse_larger(int(claimed[:20]))
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "The body ended before it was whole.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                _refuse_larger(size)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise Refusal(408, f"The body did not arrive within {PATIENCE:.0f} seconds.") from None


def _refuse_larger(size: int) -> None:
    if size > MOST_BYTES:
        raise Refusal(
            413, f"The body is larger than {MOST_BYTES:,} bytes.", {"Connection": "close"}
        )


def _once(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives the body, and after it what comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    text = b"" if scope["method"] == "HEAD" else (refusal.sentence + "\n").encode("utf-8")
    headers = {
        **HEADERS, **refusal.headers, "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(text)), "X-Frame-Options": "DENY",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }  # fmt: skip
    said = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": said})
    await send({"type": "http.response.body", "body": text})
