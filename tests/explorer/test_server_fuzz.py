"""A thousand requests that no page sends: the server goes on, and shows no fault of its own."""

import logging
import random
import re
import socket

import pytest
from live_server import living, written
from synthetic_survey import atlas

METHODS = [
    "GET",
    "POST",
    "POST",
    "HEAD",
    "PUT",
    "OPTIONS",
    "DELETE",
    "TRACE",
    "CONNECT",
    "get",
    "",
    "G\0T",
]
PATHS = [
    "/",
    "/api/atlas",
    "/api/panel/0",
    "/api/notes",
    "/api/select",
    "/api/job/0",
    "*",
    "",
    "http://evil.example/api/atlas",
    "//api/atlas",
    "/api/../../etc/passwd",
    "/api/%",
    "/%00",
    "/api/%c0%ae%c0%ae/",
    "/api/panel/" + "9" * 400,
    "/?token=%",
    "/api/atlas;x",
    "/api/\\..\\",
]
HEADERS = [
    "Host",
    "Origin",
    "Content-Type",
    "Content-Length",
    "Transfer-Encoding",
    "Expect",
    "X-Armillary-Token",
    "X-Armillary-State",
    "Upgrade",
    "Connection",
    "Range",
    "Cookie",
    "X-Forwarded-Host",
    "X-Forwarded-For",
    "Content-Encoding",
    "X-HTTP-Method-Override",
]
VALUES = [
    "",
    "0",
    "-1",
    "1",
    "99999999999999999999",
    "chunked",
    "chunked, identity",
    "gzip",
    "application/json",
    "100-continue",
    "null",
    "websocket",
    "keep-alive, upgrade",
    "bytes=0-1,2-",
    "a" * 5000,
    "\x7f",
    "é",
    "\t",
    "evil.example",
    "DELETE",
]
BODIES = [b"", b"{}", b'{"features": [1,2,3,4,5]}', b'{"finding": 0, "star": true, "text": "x"}',
          b"[" * 5000, b"\xff\x00", b'{"finding": 1e999}', b'{"features": "a"}',
          b"5\r\nhello\r\n0\r\n\r\n",
          b'{"features": [' + b"0," * 6000 + b"0]}", b'"\\ud800"']  # fmt: skip


@pytest.fixture
def live(tmp_path):
    with living(written(atlas(per_shape=1), tmp_path / "atlas")) as found:
        yield found


def made(rng: random.Random, live) -> bytes:
    """Return a request that is mostly right, or mostly not."""
    good = rng.random()
    if good < 0.1:  # right in all but, sometimes, one place
        body = BODIES[3]
        fields = [f"Host: {live.host}", f"X-Armillary-Token: {live.token}",
                  "Content-Type: application/json", f"Content-Length: {len(body)}"]  # fmt: skip
        spoilt = rng.randrange(8)
        said = "\r\n".join(field for at, field in enumerate(fields) if at != spoilt)
        return f"POST /api/notes HTTP/1.1\r\n{said}\r\n\r\n".encode() + body
    method, path = rng.choice(METHODS[:4] if good < 0.6 else METHODS), rng.choice(PATHS)
    if rng.random() < 0.15:
        path += "".join(chr(rng.randrange(33, 256)) for _ in range(rng.randrange(40)))
    body = rng.choice(BODIES)
    headers: list[tuple[str, str]] = []
    if rng.random() < 0.85:
        headers.append(("Host", live.host))
    if rng.random() < 0.8:
        headers.append(("X-Armillary-Token", live.token))
        path = path.replace("/?token=%", f"/?token={live.token}")
    if rng.random() < 0.7:
        headers.append(("Content-Type", "application/json"))
    if rng.random() < 0.8:
        headers.append(("Content-Length", str(len(body))))
    for _ in range(rng.choice([0, 0, 1, 3])):
        headers.append((rng.choice(HEADERS), rng.choice(VALUES)))
    rng.shuffle(headers)
    said = f"{method} {path} HTTP/{rng.choice(['1.1'] * 12 + ['1.0', '2.0', '9'])}\r\n"
    said += "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
    data = said.encode("latin-1", "replace") + body
    if rng.random() < 0.1:
        at = rng.randrange(len(data))
        data = data[:at] + rng.randbytes(rng.randrange(1, 30)) + data[at:]
    return rng.randbytes(rng.randrange(300)) if good > 0.97 else data


def test_a_thousand_odd_requests_leave_it_serving(live, caplog, capfd, monkeypatch):
    monkeypatch.setattr("armillary.explorer.guard.PATIENCE", 0.1)
    caplog.set_level(logging.WARNING)
    rng = random.Random(11)
    seen: dict[str, int] = {}
    for number in range(1000):
        request = made(rng, live)
        answer = live.raw(request, patience=0.4)
        for status in re.findall(rb"HTTP/1\.1 (\d+) ", answer) or [b"closed"]:
            seen[status.decode()] = seen.get(status.decode(), 0) + 1
        assert b"HTTP/1.1 5" not in answer, (number, request)
        assert b"Traceback" not in answer
        if number % 100 == 0:
            assert live.ask("GET", "/api/atlas")[0] == 200
    assert live.ask("GET", "/api/atlas")[0] == 200
    assert not [record for record in caplog.records if record.exc_info]
    assert "Traceback" not in "".join(capfd.readouterr())
    # it was no walk past closed doors: all of these were reached
    assert {"200", "204", "400", "403", "404", "405", "415"} <= set(seen), seen


def test_many_who_say_nothing_do_not_stop_it(live):
    idle = [socket.create_connection(("127.0.0.1", live.server.port)) for _ in range(100)]
    for line in idle[:50]:
        line.sendall(b"POST /api/notes HTTP/1.1\r\nHost: ")
    assert live.ask("GET", "/api/atlas")[0] == 200
    for line in idle:
        line.close()


def test_a_body_that_never_comes_is_given_up(live, monkeypatch):
    monkeypatch.setattr("armillary.explorer.guard.PATIENCE", 0.2)
    head = (
        f"POST /api/notes HTTP/1.1\r\nHost: {live.host}\r\nX-Armillary-Token: {live.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", live.server.port), timeout=10) as line:
        line.sendall(head.encode())
        assert line.recv(1000).startswith(b"HTTP/1.1 408")
