"""``armillary serve``: what it prints, what it refuses, how it ends."""

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from armillary.cli.serve import has_display
from armillary.explorer.server import Server


@pytest.fixture
def atlas(tmp_path, make_atlas) -> str:
    return str(make_atlas().write(tmp_path / "atlas", report=False))


@pytest.fixture
def interrupted(monkeypatch):
    def run(self):
        self.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "run", run)


@pytest.mark.usefixtures("interrupted")
def test_it_prints_the_address_with_its_token_and_the_ssh_line(run, atlas):
    code, out, err = run("serve", atlas, "--no-open")
    assert code == 0
    port = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=[\w-]{43}\n", out)[1]
    assert f"ssh -C -N -L {port}:127.0.0.1:{port} " in out
    assert "WARNING" not in err
    assert out.endswith("ended\n")


@pytest.mark.usefixtures("interrupted")
def test_another_host_is_warned_of_loudly(run, atlas):
    code, out, err = run("serve", atlas, "--no-open", "--host", "0.0.0.0")
    assert code == 0
    assert "WARNING: listening on 0.0.0.0, beyond this machine" in err
    assert f"http://{socket.gethostname()}:" in out
    port = re.search(r"-L (\d+):localhost:", out)[1]
    assert f"and open there:\n\n  http://localhost:{port}/?token=" in out


@pytest.mark.usefixtures("interrupted")
def test_behind_a_proxy_there_is_no_ssh_line(run, atlas):
    address = "https://hub.example/user/me/proxy/8321/"
    code, out, _ = run("serve", atlas, "--no-open", "--behind", address)
    assert code == 0
    assert f"  {address}?token=" in out
    assert "ssh" not in out


@pytest.mark.usefixtures("interrupted")
def test_a_browser_is_opened_by_a_file_of_ours_alone(run, atlas, monkeypatch, tmp_path):
    seen: list[tuple[str, int]] = []

    def opened(address: str) -> None:
        path = Path(address.removeprefix("file://"))
        seen.append((path.read_text(), path.stat().st_mode & 0o777))

    class Now:
        def __init__(self, target, args, daemon):
            self.start = lambda: target(*args)

    monkeypatch.setattr("armillary.cli.serve.webbrowser.open", opened)
    monkeypatch.setattr("armillary.cli.serve.threading.Thread", Now)
    monkeypatch.setattr("armillary.cli.serve.has_display", lambda: True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    _, out, _ = run("serve", atlas)
    url = re.search(r"http://\S+", out)[0]
    assert seen == [(f'<meta http-equiv="refresh" content="0; url={url}">\n', 0o600)]
    assert not list(tmp_path.glob("armillary-*.html"))


@pytest.mark.parametrize(
    ("environment", "seen"),
    [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "wayland-0"}, True),
     ({"DISPLAY": "localhost:10", "SSH_CONNECTION": "1 2 3 4"}, False)],
)  # fmt: skip
def test_a_display_is_one_that_the_person_sees(monkeypatch, environment, seen):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    assert has_display() is seen


def test_a_folder_that_is_no_atlas_to_serve_is_bad_input(run, tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        code, out, err = run("serve", str(folder), "--no-open")
        assert (code, out) == (3, "")
        assert "is not an atlas" in err
        assert "armillary survey SOURCE --out" in err
        assert "Traceback" not in err


def test_without_a_folder_the_surveys_own_default_is_meant(run):
    code, _, err = run("serve", "--no-open")
    assert code == 3
    assert "armillary-atlas is not an atlas" in err


def test_a_port_in_use_is_said_without_a_traceback(run, atlas):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = run("serve", atlas, "--no-open", "--port", str(port))
    assert code == 3
    assert f"port {port} of 127.0.0.1 cannot be had" in err
    assert "--port" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("port", ["-1", "65536", "web"])
def test_a_port_that_is_none_is_a_mistake_of_usage(run, atlas, port):
    assert run("serve", atlas, "--no-open", "--port", port)[0] == 2


def test_without_the_extra_the_pip_line_is_said(run, atlas, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, err = run("serve", atlas, "--no-open")
    assert code == 4
    assert 'pip install "armillary[serve]"' in err


@pytest.mark.slow
def test_ctrl_c_ends_a_real_one_cleanly(atlas):
    command = [sys.executable, "-m", "armillary", "serve", atlas, "--no-open"]
    done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in done.stdout:
            if "http://" in line:
                break
        url = line.strip()
        page = b""
        for _ in range(50):
            with urllib.request.urlopen(url, timeout=10) as answer:
                page = answer.read()
            if page:
                break
            time.sleep(0.1)
        assert page.startswith(b"<!doctype html>")
        done.send_signal(signal.SIGINT)
        out, err = done.communicate(timeout=20)
    finally:
        done.kill()
    assert (done.returncode, err) == (0, "")
    assert out.endswith("ended\n")
