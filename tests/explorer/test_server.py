"""The server: the same bytes as the report, and every refusal with its sentence."""

import base64
import gzip
import http.client
import re
import socket
from pathlib import Path

import pytest
from live_server import Live, living, written
from synthetic_survey import atlas_with_codes

from armillary.atlas import Atlas
from armillary.core.errors import BadInput
from armillary.explorer import Bodies
from armillary.explorer.server import Server
from armillary.explorer.wire import decode

NOTE = {"finding": 0, "star": True, "text": "look again"}


@pytest.fixture(scope="module")
def record() -> Atlas:
    return atlas_with_codes()


@pytest.fixture(scope="module")
def folder(record, tmp_path_factory) -> Path:
    return written(record, tmp_path_factory.mktemp("served") / "atlas")


@pytest.fixture(scope="module")
def live(folder):
    with living(folder) as found:
        yield found


def inlined(page: str) -> dict[str, bytes]:
    blocks = re.findall(r'id="body:([^"]+)">([^<]*)</script>', page)
    return {name: gzip.decompress(base64.b64decode(text)) for name, text in blocks}


def test_every_body_is_byte_equal_to_the_reports(live, folder):
    held = inlined(Atlas.read(folder).report())
    assert set(held) == set(Bodies(Atlas.read(folder)).names())
    for name, data in held.items():
        status, headers, sent = live.ask("GET", f"/api/{name}")
        assert (status, sent) == (200, data), name
        assert headers["content-type"] == "application/octet-stream"


def test_the_page_holds_no_body_and_asks_its_server_only(live, record):
    status, headers, data = live.ask("GET", f"/?token={live.token}", bare=True)
    page = data.decode()
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert inlined(page) == {}
    assert '"kind": "server"' in page
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert "x-frame-options" not in headers  # a notebook of this machine may frame it


@pytest.mark.parametrize("path", ["/?token=", "/api/atlas", "/api/notes", "/nothing"])
def test_every_answer_says_how_it_may_be_used(live, path):
    _, headers, _ = live.ask("GET", path + (live.token if path.endswith("=") else ""))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.:{port}",
     "127.0.0.1:{port}.evil.example", "", "user@127.0.0.1:{port}"],
)  # fmt: skip
def test_a_forged_host_is_refused(live, host):
    said = {"Host": host.format(port=live.server.port)}
    status, text = live.refused(live.ask("GET", "/api/atlas", headers=said))
    assert status == 403
    assert "Host" in text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "[::1]"])
def test_the_names_of_this_machine_are_let_in(live, host):
    status, *_ = live.ask("GET", "/api/atlas", headers={"Host": f"{host}:{live.server.port}"})
    assert status == 200


@pytest.mark.parametrize("path", ["/api/atlas", "/api/notes", "/api/job/00", "/x", "/favicon.ico"])
@pytest.mark.parametrize("token", [None, "", "wrong", "ä", "A" * 43])
def test_a_missing_or_wrong_token_is_refused(live, path, token):
    headers = {"X-Armillary-Token": token if token != "ä" else "ä".encode("latin-1")}
    status, text = live.refused(live.ask("GET", path, headers=headers))
    assert status == 403
    assert "token" in text


def test_the_page_takes_the_token_from_its_address_alone(live):
    for query in ("", "?token=wrong", f"?token={live.token}&token=wrong", "?token=%ff", "?%ff"):
        assert live.refused(live.ask("GET", f"/{query}"))[0] == 403
    assert live.refused(live.ask("GET", f"/api/atlas?token={live.token}", bare=True))[0] == 403


def test_a_header_sent_twice_is_refused(live):
    for name, value in (("Host", live.host), ("X-Armillary-Token", live.token)):
        line = http.client.HTTPConnection("127.0.0.1", live.server.port)
        line.putrequest("GET", "/api/atlas", skip_host=True)
        for key, said in (("Host", live.host), ("X-Armillary-Token", live.token), (name, value)):
            line.putheader(key, said)
        line.endheaders()
        assert line.getresponse().status in (400, 403)
        line.close()


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://{host}", "http://localhost.evil", "http://",
               "http://127.0.0.1"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/notes", "/api/select"])
def test_a_foreign_origin_may_not_write(live, path, origin):
    headers = {"Origin": origin.format(host=live.host)}
    status, text = live.refused(live.ask("POST", path, NOTE, headers))
    assert status == 403
    assert "origin" in text


def test_its_own_page_and_a_program_with_the_token_may_write(live):
    assert live.ask("POST", "/api/notes", NOTE)[0] == 204
    assert live.ask("POST", "/api/notes", NOTE, {"Origin": None})[0] == 204


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "json"])
def test_only_json_is_read(live, kind):
    answer = live.ask("POST", "/api/notes", NOTE, {"Content-Type": kind})
    assert live.refused(answer)[0] == 415


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"finding": NaN}', b"1" * 9000, b"[]", b"null"],
)
@pytest.mark.parametrize("path", ["/api/notes", "/api/select"])
def test_what_is_no_json_of_the_right_form_is_refused(live, path, body):
    assert live.refused(live.ask("POST", path, body))[0] == 400


def test_a_body_over_a_megabyte_is_refused_whether_it_says_so_or_not(live):
    large = b" " * 1_000_001
    head = f"POST /api/notes HTTP/1.1\r\nHost: {live.host}\r\nX-Armillary-Token: {live.token}\r\n"
    head += "Content-Type: application/json\r\n"
    claimed = head + "Content-Length: 99999999999\r\n\r\n"
    assert live.raw(claimed.encode()).startswith(b"HTTP/1.1 413")
    chunk = b"%x\r\n%s\r\n" % (50_000, b" " * 50_000)
    chunked = (head + "Transfer-Encoding: chunked\r\n\r\n").encode() + 30 * chunk + b"0\r\n\r\n"
    assert live.raw(chunked).startswith(b"HTTP/1.1 413")
    assert live.raw((head + "Content-Length: 1000001\r\n\r\n").encode() + large).startswith(
        b"HTTP/1.1 413"
    )
    small = [b'{"finding": 1, ', b'"star": false, "text": ""}']
    assert live.ask("POST", "/api/notes", small, {"Transfer-Encoding": "chunked"})[0] == 204


@pytest.mark.parametrize(
    "name",
    ["../manifest.json", "..%2fmanifest.json", "%2e%2e/%2e%2e/etc/passwd", "panel/../atlas",
     "panel/-1", "panel/01", "panel/99999", "panel/1e3", "panel/1/2", "panel/", "atlas/", "atlas/0",
     "panel/٣", "atlas%00", "/etc/passwd", "findings.parquet", "notes.jsonl", "ATLAS", "",
     "job/..", "job/" + "0" * 16, "job/zz", "panel/" + "9" * 30],
)  # fmt: skip
def test_names_are_of_bodies_never_of_files(live, name):
    path = "/api/" + (name if name.isascii() else "panel/%D9%A3")
    status, _ = live.refused(live.ask("GET", path))
    assert status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/notes"), ("DELETE", "/api/notes"), ("OPTIONS", "/api/notes"), ("PATCH", "/?"),
     ("TRACE", "/?"), ("POST", "/api/atlas"), ("GET", "/api/select"), ("CONNECT", "/api/atlas")],
)  # fmt: skip
def test_other_methods_are_refused(live, method, path):
    status, headers, _ = answer = live.ask(method, path.replace("/?", f"/?token={live.token}"))
    assert live.refused(answer)[0] == status
    if path == "/api/select":  # then it is a name like another
        assert status in (404, 405)
    else:
        assert status == 405
        assert "allow" in headers


def test_head_says_what_get_would(live):
    status, headers, data = live.ask("HEAD", "/api/atlas")
    assert (status, data) == (200, b"")
    assert int(headers["content-length"]) == len(live.ask("GET", "/api/atlas")[2])
    assert live.ask("HEAD", "/api/nothing")[0] == 404


def test_a_websocket_is_not_spoken(live):
    asked = (
        f"GET /api/atlas HTTP/1.1\r\nHost: {live.host}\r\nUpgrade: websocket\r\nConnection: Upgrade"
        "\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert live.raw(asked.encode()).startswith(b"HTTP/1.1 403")  # no token


def test_an_atlas_that_changes_is_stale_until_the_page_is_opened_again(record, tmp_path):
    folder = written(record, tmp_path / "atlas")
    with living(folder) as live:
        before = live.ask("GET", "/api/atlas")
        assert "x-armillary-stale" not in before[1]
        written(record, folder)  # the same again is no change
        assert "x-armillary-stale" not in live.ask("GET", "/api/atlas")[1]
        state = re.search(r'"state": "(\w+)"', page(live))[1]
        written(changed(record), folder)
        after = live.ask("GET", "/api/atlas")
        assert after[1]["x-armillary-stale"] == "1"
        assert after[2] == before[2]
        assert state not in page(live)
        fresh = live.ask("GET", "/api/atlas")
        assert "x-armillary-stale" not in fresh[1]
        assert decode(fresh[2])["header"]["seed"] == "8"
        old = live.ask("GET", "/api/panel/0", headers={"X-Armillary-State": state})
        assert live.refused(old) == (
            409, "The atlas was read again since this page was opened: reload it.",
        )  # fmt: skip


def page(live: Live) -> str:
    return live.ask("GET", f"/?token={live.token}")[2].decode()


def changed(record: Atlas) -> Atlas:
    tables = (record.findings, record.groups, record.features, record.rebuilt, record.examples)
    return Atlas(*tables, record.arrays, {**record.manifest, "seed": 8})


def test_an_atlas_that_goes_away_is_still_shown(record, tmp_path):
    folder = written(record, tmp_path / "atlas")
    with living(folder) as live:
        (folder / "manifest.json").rename(tmp_path / "elsewhere")
        assert page(live)
        status, headers, _ = live.ask("GET", "/api/atlas")
        assert (status, headers["x-armillary-stale"]) == (200, "1")


def test_tokens_are_long_and_new_each_time(folder):
    servers = [Server(folder) for _ in range(2)]
    assert servers[0].token != servers[1].token
    assert len(base64.urlsafe_b64decode(servers[0].token + "=")) >= 32
    for server in servers:
        assert server.url.endswith(f"/?token={server.token}")
        assert f"-L {server.port}:127.0.0.1:{server.port}" in server.tunnel
        assert server.reached.endswith(f"http://localhost:{server.port}/?token={server.token}")
        server.close()


def test_where_it_is_reached_is_said_of_every_way_to_serve(folder):
    everywhere = Server(folder, host="0.0.0.0")
    assert f"-L {everywhere.port}:localhost:{everywhere.port} " in everywhere.reached
    assert everywhere.reached.startswith("Machines that reach this one open that address.")
    assert everywhere.far_url in everywhere.reached
    assert everywhere.far_url != everywhere.url
    everywhere.close()
    proxied = Server(folder, behind="https://hub.example/proxy/1/")
    assert "ssh" not in proxied.reached
    assert "proxy" in proxied.reached
    proxied.close()


def test_the_address_at_the_far_end_of_the_tunnel_is_let_in(live):
    host, path = live.server.far_url.removeprefix("http://").split("/", 1)
    assert live.ask("GET", f"/{path}", headers={"Host": host}, bare=True)[0] == 200


def opened(live: Live, said: bytes = b"") -> socket.socket:
    line = socket.create_connection(("127.0.0.1", live.server.port), timeout=10)
    line.sendall(said)
    return line


@pytest.mark.parametrize("said", [b"", b"GET /api/atlas HTTP/1.1\r\nHost: "])
def test_three_hundred_idle_connections_lock_nobody_out(live, said):
    lines = [opened(live, said) for _ in range(300)]
    try:
        for _ in range(3):
            assert live.ask("GET", "/api/atlas")[0] == 200
    finally:
        for line in lines:
            line.close()


def test_a_connection_that_asks_for_nothing_is_closed_and_one_that_asks_is_kept(
    folder, monkeypatch
):
    monkeypatch.setattr("armillary.explorer.server.KEPT", 0.5)
    with living(folder) as live:
        silent, slow = opened(live), opened(live, b"GET / HT")
        assert silent.recv(1) == b""
        assert slow.recv(1) == b""
        line = http.client.HTTPConnection("127.0.0.1", live.server.port)
        for _ in range(3):
            line.request("GET", "/api/notes", headers={"X-Armillary-Token": live.token})
            kept = line.sock
            assert line.getresponse().read()
            assert line.sock is kept
        line.close()
        silent.close()
        slow.close()


def test_a_port_in_use_is_bad_input(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"port {port} of 127.0.0.1 cannot be had .* --port"):
            Server(folder, port=port)


def test_a_host_that_is_none_is_bad_input(folder):
    with pytest.raises(BadInput, match="cannot listen on no such host"):
        Server(folder, host="no such host")


def test_a_proxys_page_may_write(folder):
    with living(folder, behind="https://hub.example/user/me/proxy/1/") as live:
        assert live.server.url.startswith("https://hub.example/user/me/proxy/1/?token=")
        headers = {"Host": "hub.example", "Origin": "https://hub.example"}
        assert live.ask("GET", "/api/atlas", headers={"Host": "hub.example"})[0] == 200
        assert live.ask("POST", "/api/notes", NOTE, headers)[0] == 204
        headers["Origin"] = "http://other.example"
        assert live.refused(live.ask("POST", "/api/notes", NOTE, headers))[0] == 403


@pytest.mark.parametrize(
    "behind", ["hub.example", "ftp://hub.example/", "https://", "https://a/?b"]
)
def test_a_proxys_address_is_checked(folder, behind):
    with pytest.raises(BadInput, match="is no address"):
        Server(folder, behind=behind)
