"""Idle connections: closed when they ask for nothing, so that they keep nobody out.

A connection counts towards the server's limit from the moment it is opened, and uvicorn waits for
its first request for ever. Anybody who reaches the port could open as many as there may be.
"""

import asyncio
from typing import Any


def impatient(*, most: int, patience: float) -> type[Any]:
    """Return uvicorn's protocol, with connections that wait too long for a request closed.

    A connection waits from when it is opened, or its last answer was sent, until the next request
    has arrived with all its headers. Where ``most`` are open, the one that has waited longest makes
    room for a new one; connections that are being answered are never closed.

    Parameters
    ----------
    most
        Connections at once.
    patience
        Seconds that one may wait.

    Returns
    -------
    type
        For uvicorn's ``http``; one a server.
    """
    from uvicorn.protocols.http.h11_impl import H11Protocol

    waiting: dict[Any, asyncio.TimerHandle] = {}  # the longest first

    class Impatient(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) >= most and waiting:
                next(iter(waiting)).give_up()
            self.wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self.wait_no_more()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.answering():
                self.wait_no_more()

        def on_response_complete(self) -> None:
            self.wait()
            super().on_response_complete()
            if self.answering():  # the next request was here already
                self.wait_no_more()

        def answering(self) -> bool:
            cycle: Any = self.cycle  # None before the first request
            return cycle is not None and not cycle.response_complete

        def wait(self) -> None:
            self.wait_no_more()
            if self.transport.is_closing():
                return
            waiting[self] = self.loop.call_later(patience, self.give_up)

        def wait_no_more(self) -> None:
            timer = waiting.pop(self, None)
            if timer is not None:
                timer.cancel()

        def give_up(self) -> None:
            self.wait_no_more()
            self.transport.close()

    return Impatient
