"""The server: the explorer over an atlas's folder, with what only a server can do.

Notes are kept beside the atlas, and a group that was drawn round with the lasso is tested. It binds
to this machine alone unless told otherwise; ``guard`` says who is let in.
"""

import math
import secrets
import socket
import threading
import time
from pathlib import Path
from typing import Any

from armillary.explorer.guard import Admitted, Guard
from armillary.explorer.idle import impatient
from armillary.explorer.jobs import Jobs
from armillary.explorer.listening import (
    LOOPBACK,
    bracketed,
    is_any,
    listening,
    names_of,
    proxy_of,
)
from armillary.explorer.routes import application
from armillary.explorer.served import Served
from armillary.load import require

MOST_AT_ONCE = 256  # connections
KEPT = 20.0  # seconds that a connection may wait for a request


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
        self.behind = behind
        proxy = proxy_of(behind) if behind else None
        self._socket = listening(host, port)
        self.host, self.port = host.strip("[]"), int(self._socket.getsockname()[1])
        self.token = secrets.token_urlsafe(32)
        self.jobs = Jobs()
        hosts = {f"{bracketed(name)}:{self.port}" for name in (*LOOPBACK, *names_of(self.host))}
        if self.port == 80:  # which no browser says
            hosts |= {host.removesuffix(":80") for host in hosts}
        origins: set[str] = set()
        if proxy is not None:
            hosts.add(proxy[1])
            origins.add(f"{proxy[0]}://{proxy[1]}")
        shown = bracketed(socket.gethostname() if is_any(self.host) else self.host)
        self.url = f"{(behind or f'http://{shown}:{self.port}').rstrip('/')}/?token={self.token}"
        admitted = Admitted(self.token, frozenset(hosts), frozenset(origins))
        self.app = Guard(application(self), admitted)
        self._uvicorn: Any = None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in LOOPBACK

    @property
    def tunnel(self) -> str:
        """The line that brings the server to another machine, typed there."""
        near = "localhost" if self.host == "localhost" or is_any(self.host) else self.host
        return f"ssh -C -N -L {self.port}:{bracketed(near)}:{self.port} {socket.gethostname()}"

    @property
    def far_url(self) -> str:
        """The address to open at the other end of the tunnel."""
        return f"http://localhost:{self.port}/?token={self.token}"

    @property
    def reached(self) -> str:
        """How the server is reached from another machine, in words."""
        if self.behind:
            return "The proxy shows it under that address, to whoever may use the proxy."
        here = "" if self.is_loopback else "Machines that reach this one open that address. "
        return (
            f"{here}From another machine, through ssh, first type there:\n\n  {self.tunnel}\n\n"
            f"and open there:\n\n  {self.far_url}"
        )

    def run(self) -> None:
        """Answer until interrupted or stopped, then free the port."""
        import uvicorn

        http = impatient(most=MOST_AT_ONCE, patience=KEPT)
        config = uvicorn.Config(
            self.app, http=http, ws="none", lifespan="off", loop="asyncio", log_level="error",
            log_config=None, access_log=False, proxy_headers=False, server_header=False,
            limit_concurrency=MOST_AT_ONCE, timeout_keep_alive=math.ceil(KEPT),
            timeout_graceful_shutdown=2,
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
