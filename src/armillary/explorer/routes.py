"""Routes: what a server answers to a request that the guard has let in."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from armillary.core.errors import BadInput
from armillary.explorer.guard import HEADERS, App, Receive, Refusal, Scope, Send
from armillary.explorer.jobs import WAITING, Jobs, TooMany
from armillary.explorer.served import Served
from armillary.explorer.wire import encode

if TYPE_CHECKING:
    from starlette.requests import Request

NAME = re.compile(r"[a-z]{1,20}(/(0|[1-9][0-9]{0,8}))?", re.ASCII)
JOB = re.compile(r"[0-9a-f]{16}", re.ASCII)
POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')
FRAMED_BY = (
    "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"  # a notebook on this machine
)


@runtime_checkable
class Serving(Protocol):
    """What the routes need of a server: its reading of the atlas, and its jobs."""

    served: Served
    jobs: Jobs

    def again_if_stale(self) -> None:
        """Read the atlas again if it has changed on disk."""
        ...


def application(server: Serving) -> App:
    """Return the routes as an ASGI application.

    Parameters
    ----------
    server
        What is shown, and what runs the jobs.
    """
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
