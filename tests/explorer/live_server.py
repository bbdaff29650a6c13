"""A real server on a real socket, and a client that says exactly what it is told to."""

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from armillary.atlas import Atlas
from armillary.explorer.server import Server
from armillary.explorer.wire import decode

Answer = tuple[int, dict[str, str], bytes]


class Live:
    """What a test asks a running server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.host = f"127.0.0.1:{server.port}"
        self.token = server.token

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, Any] | None = None,
            *, bare: bool = False) -> Answer:  # fmt: skip
        """Send a request; a header of None is left out, ``bare`` leaves out those of the page."""
        own: dict[str, Any] = {} if bare else {"X-Armillary-Token": self.token}
        if method == "POST" and not bare:
            own |= {"Content-Type": "application/json", "Origin": f"http://{self.host}"}
        own |= headers or {}
        if body is not None and not isinstance(body, bytes | list):
            body = json.dumps(body).encode()
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            line.request(method, path, body, {k: v for k, v in own.items() if v is not None},
                         encode_chunked=isinstance(body, list))  # fmt: skip
            answer = line.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            line.close()

    def body(self, name: str) -> dict[str, Any]:
        """Return a body that must be there."""
        status, _, data = self.ask("GET", f"/api/{name}")
        assert status == 200, data
        return decode(data)

    def refused(self, answer: Answer) -> tuple[int, str]:
        """Return status and sentence of a refusal, and hold it to its form."""
        status, headers, data = answer
        assert headers["content-type"].startswith("text/plain")
        text = data.decode()
        assert text.endswith(".\n"), text
        assert text.count("\n") == 1
        return status, text.strip()

    def raw(self, data: bytes, *, patience: float = 5.0) -> bytes:
        """Send bytes; return the first answer, or what there is when the server falls silent."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=patience) as line:
            found = b""
            with suppress(OSError):  # refused before it was all said
                line.sendall(data)
            with suppress(OSError):
                while not _whole(found, data) and (part := line.recv(65536)):
                    found += part
            return found

    def job(self, features: list[int], *, patience: float = 120.0) -> dict[str, Any]:
        """Select features, and return the job once it has ended."""
        status, _, data = self.ask("POST", "/api/select", {"features": features})
        assert status == 202, data
        state = decode(data)
        end = time.monotonic() + patience
        while state["state"] == "running":
            assert time.monotonic() < end, state["stage"]
            time.sleep(0.05)
            state = self.body(f"job/{state['id']}")
        return state


def _whole(answer: bytes, request: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return bool(end) and (request[:4] == b"HEAD" or len(body) >= int(length[1] if length else 0))


@contextmanager
def living(folder: Path, **options: Any) -> Iterator[Live]:
    """Serve a folder while the block runs."""
    server = Server(folder, **options)
    thread = server.start()
    try:
        yield Live(server)
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def written(atlas: Atlas, folder: Path) -> Path:
    """Write an atlas without its report, which takes long."""
    return atlas.write(folder, report=False)
