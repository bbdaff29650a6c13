"""The server: the explorer over an atlas's folder, with what only a server can do.

Notes are kept beside the atlas, and a group that was drawn round with the lasso is tested. It binds
to this machine alone unless told otherwise; ``guard`` says who is let in.
"""

import json
import re
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from armillary.core.errors import BadInput
from armillary.explorer.guard import (
    HEADERS,
    Admitted,
    App,
    Guard,
    Receive,
    Refusal,
    Scope,
    Send,
)
from armillary.explorer.jobs import WAITING, Jobs, TooMany
from armillary.explorer.served import Served
from armillary.explorer.wire import encode
from armillary.load import require

if TYPE_CHECKING:
    from starlette.requests import Request

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NAME = re.compile(r"[a-z]{1,20}(/(0|[1-9][0-9]{0,8}))?", re.ASCII)
JOB = re.compile(r"[0-9a-f]{16}", re.ASCII)
POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')
FRAMED_BY = (
    "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"  # a notebook on this machine
)
MOST_AT_ONCE = 256  # connections


class Server:
    """A server that listens already and answers once ``run`` is called.

    Parameters
    ----------
    folder
        Of the atlas.
    host, port
        Where to listen; port 0 takes a free one.
    vectors
        Source of the atlas's vectors, where it is not the one that the manifest names.
    seed
        Of what is computed here.
    behind
        Address under which a proxy shows this server, for instance
        ``https://hub.example/user/me/proxy/8321/``.

    Raises
    ------
    BadInput
        If the folder is no atlas, or nothing can listen there.
    MissingExtra
        If starlette or uvicorn is not installed.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        vectors: str | Path | None = None,
        seed: int = 0,
        behind: str | None = None,
    ) -> None:
        require("starlette", extra="serve")
        require("uvicorn", extra="serve")
        self.served = Served(Path(folder), vectors=vectors, seed=seed)
        proxy = _proxy(behind) if behind else None
        self._socket = _listening(host, port)
        self.host, self.port = host.strip("[]"), int(self._socket.getsockname()[1])
        self.token = secrets.token_urlsafe(32)
        self.jobs = Jobs()
        hosts = {f"{_bracketed(name)}:{self.port}" for name in (*LOOPBACK, *_names(self.host))}
        if self.port == 80:  # which no browser says
            hosts |= {host.removesuffix(":80") for host in hosts}
        origins: set[str] = set()
        if proxy is not None:
            hosts.add(proxy[1])
            origins.add(f"{proxy[0]}://{proxy[1]}")
        shown = _bracketed(socket.gethostname() if _is_any(self.host) else self.host)
        self.url = f"{(behind or f'http://{shown}:{self.port}').rstrip('/')}/?token={self.token}"
        admitted = Admitted(self.token, frozenset(hosts), frozenset(origins))
        self.app = Guard(_application(self), admitted)
        self._uvicorn: Any = None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in LOOPBACK

    @property
    def tunnel(self) -> str:
        """The line that brings the server to another machine, typed there."""
        near = (
            "localhost" if self.host == "localhost" or _is_any(self.host) else _bracketed(self.host)
        )
        return f"ssh -C -N -L {self.port}:{near}:{self.port} {socket.gethostname()}"

    def run(self) -> None:
        """Answer until interrupted or stopped, then free the port."""
        import uvicorn

        config = uvicorn.Config(
            self.app, http="h11", ws="none", lifespan="off", loop="asyncio", log_level="error",
            log_config=None, access_log=False, proxy_headers=False, server_header=False,
            limit_concurrency=MOST_AT_ONCE, timeout_keep_alive=20, timeout_graceful_shutdown=2,
        )  # fmt: skip
        self._uvicorn = uvicorn.Server(config)
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            self.close()

    def start(self) -> threading.Thread:
        """Answer in a thread, for a notebook; return it once answers come."""
        thread = threading.Thread(target=self.run, name="armillary-serve", daemon=True)
        thread.start()
        while thread.is_alive() and not getattr(self._uvicorn, "started", False):
            time.sleep(0.01)
        return thread

    def stop(self) -> None:
        """End a server that runs in another thread."""
        if self._uvicorn is not None:
            self._uvicorn.should_exit = True

    def close(self) -> None:
        """Free the port and end the jobs."""
        self.jobs.stop()
        self._socket.close()

    def again_if_stale(self) -> None:
        """Read the atlas again if it has changed on disk."""
        if self.served.stale:
            self.served = self.served.again()


def _application(server: Server) -> App:
    """Return the routes; the guard has let the request in."""
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.responses import Response
    from starlette.routing import Route, Router

    def answer(
        data: bytes,
        *,
        kind: str = "application/octet-stream",
        more: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        headers = {**HEADERS, "X-Frame-Options": "DENY", **(more or {})}
        if server.served.stale:
            headers["X-Armillary-Stale"] = "1"
        return Response(data, status_code=status, media_type=kind, headers=headers)

    def page(_: "Request") -> Response:
        server.again_if_stale()
        text = server.served.page()
        said = POLICY.search(text)
        policy = f"{said[1]}; {FRAMED_BY}" if said else FRAMED_BY
        whole = answer(
            text.encode("utf-8"), kind="text/html", more={"Content-Security-Policy": policy}
        )
        del whole.headers["X-Frame-Options"]  # frame-ancestors says it better: a notebook may
        return whole

    def current(request: "Request") -> Served:
        """Return the reading that a page was opened on; no page mixes two."""
        served = server.served
        if request.headers.get("x-armillary-state", served.state) != served.state:
            raise Refusal(409, "The atlas was read again since this page was opened: reload it.")
        return served

    def body(request: "Request") -> Response:
        served = current(request)
        name: str = request.path_params["name"]
        if not NAME.fullmatch(name):
            raise Refusal(404, "There is nothing of this name.")
        try:
            return answer(served.data(name))
        except BadInput as none:
            raise Refusal(404, _sentence(none)) from none

    def notes(request: "Request") -> Response:
        return answer(encode(current(request).notes.read()))

    async def write(request: "Request") -> Response:
        await run_in_threadpool(current(request).notes.write, _json(await request.body()))
        return answer(b"", status=204)

    async def select(request: "Request") -> Response:
        served = current(request)
        features = served.asked(_json(await request.body()))
        try:
            job = server.jobs.ask(served.judged, features)
        except TooMany:
            said = f"{WAITING} selections wait already: ask again when one is done."
            raise Refusal(429, said, {"Retry-After": "10"}) from None
        return answer(encode(job), status=202)

    def job(request: "Request") -> Response:
        name: str = request.path_params["job"]
        found = server.jobs.state(name) if JOB.fullmatch(name) else None
        if found is None:
            raise Refusal(404, "There is no such job, or it was too long ago.")
        return answer(encode(found))

    routes = [
        Route("/", page, methods=["GET"]),
        Route("/api/notes", notes, methods=["GET"]),
        Route("/api/notes", write, methods=["POST"]),
        Route("/api/select", select, methods=["POST"]),
        Route("/api/job/{job}", job, methods=["GET"]),
        Route("/api/{name:path}", body, methods=["GET"]),
    ]
    router = Router(routes, redirect_slashes=False)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = router  # so that it raises what it does not know
        try:
            await router(scope, receive, send)
        except HTTPException as error:
            if error.status_code == 405:
                raise Refusal(
                    405, "This address knows other methods only.", error.headers
                ) from None
            raise Refusal(error.status_code, "There is nothing at this address.") from None
        except BadInput as error:
            raise Refusal(400, _sentence(error)) from error

    return app


def _json(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is no JSON in UTF-8.") from None


def _sentence(error: Exception) -> str:
    """Return a refusal's text on one line, as a sentence."""
    said = " ".join(str(error).split())
    return said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")


def _proxy(behind: str) -> tuple[str, str]:
    """Return scheme and host of the address under which a proxy shows the server."""
    parts = urlsplit(behind)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadInput(
            f"--behind {behind!r} is no address: write it as the browser shows it, for instance "
            "https://hub.example/user/me/proxy/8321/"
        )
    return parts.scheme, parts.netloc.rpartition("@")[2].lower()


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; refuse what is taken or is not ours."""
    name = host.strip("[]")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, proto)
    except (OSError, UnicodeError, OverflowError) as error:
        raise BadInput(
            f"cannot listen on {host}: {error}. Leave --host out for this machine"
        ) from error
    try:
        alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)  # Windows, where REUSEADDR shares
        made.setsockopt(socket.SOL_SOCKET, alone or socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except (OSError, OverflowError) as error:
        made.close()
        raise BadInput(
            f"port {port} of {host} cannot be had ({error}): choose another with --port, or leave "
            "it out for a free one"
        ) from error
    return made


def _is_any(host: str) -> bool:
    return host in ("0.0.0.0", "::", "")


def _names(host: str) -> tuple[str, ...]:
    """Return what this machine is called where a server listens on all of its addresses."""
    if not _is_any(host):
        return (host.lower(),)
    name = socket.gethostname().lower()
    try:
        known = {str(found[4][0]) for found in socket.getaddrinfo(name, None)}
    except OSError:
        known = set[str]()
    return (name, *sorted(known))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
