import json

import numpy as np
import pytest

from armillary.core import Activations, BadInput, Tokens
from armillary.load import ActivationsWriter, open_activations, save_activations


def made(*, sizes=(4, 3, 5), dtype=np.float16, vocabulary=None):
    n = sum(sizes)
    rows = np.random.default_rng(0).normal(size=(n, 6)).astype(dtype)
    number = np.arange(n)
    tokens = Tokens(number % 5, number // 6, number % 6, vocabulary)
    shards = tuple(np.split(rows, np.cumsum(sizes)[:-1]))
    return Activations(shards, tokens, "blocks.1.hook_resid_post", {"model": {"name": "tiny"}})


def writer_of(acts, folder, **changed):
    plan = {
        "rows_of_shard": [s.shape[0] for s in acts.shards],
        "dtype": acts.shards[0].dtype.name,
        "d_model": 6,
        "hook_name": acts.hook_name,
        "source": {"model": {"name": "tiny"}},
    }
    return ActivationsWriter(folder, acts.tokens, **(plan | changed))


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_activations_come_back_as_they_were_and_are_mapped_not_read(tmp_path, dtype):
    acts = made(dtype=dtype, vocabulary=np.array(["a", " b", "ö", "\\x00", ""]))
    back = open_activations(save_activations(acts, tmp_path / "a"), check=True)
    for old, new in zip(acts.shards, back.shards, strict=True):
        assert isinstance(new, np.memmap)
        assert new.dtype == dtype
        np.testing.assert_array_equal(old, new)
    for name in ("token_id", "document", "position", "vocabulary"):
        np.testing.assert_array_equal(getattr(acts.tokens, name), getattr(back.tokens, name))
    assert (back.hook_name, back.source["model"]) == (acts.hook_name, {"name": "tiny"})


def test_a_writer_goes_on_after_the_last_whole_shard(tmp_path):
    acts = made()
    save_activations(acts, tmp_path / "whole")
    writer_of(acts, tmp_path / "cut").write(acts.shards[0])
    (tmp_path / "cut" / ".shard-00001.npy.part").write_bytes(b"half")
    with pytest.raises(BadInput, match="unfinished"):
        open_activations(tmp_path / "cut")
    again = writer_of(acts, tmp_path / "cut")
    assert again.n_done == 1
    for shard in acts.shards[1:]:
        again.write(shard)
    again.finish()
    assert contents(tmp_path / "whole") == contents(tmp_path / "cut")


def test_a_shard_that_was_cut_short_is_made_again(tmp_path):
    acts = made()
    writer = writer_of(acts, tmp_path / "a")
    for shard in acts.shards[:2]:
        writer.write(shard)
    with (tmp_path / "a" / "shard-00000.npy").open("r+b") as file:
        file.truncate(130)
    assert writer_of(acts, tmp_path / "a").n_done == 0


def test_a_whole_folder_of_the_same_plan_has_nothing_left_to_write(tmp_path):
    folder = save_activations(made(), tmp_path / "a")
    before = contents(folder)
    writer = writer_of(made(), folder)
    assert writer.n_done == writer.n_shards == 3
    assert writer.finish() == folder
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"source": {"model": {"name": "large"}}}, "name was 'tiny', now 'large'"),
        ({"dtype": "float32"}, "dtype was 'float16', now 'float32'"),
        ({"rows_of_shard": [6, 6]}, "rows_of_shard was"),
    ],
)
@pytest.mark.parametrize("finished", [True, False])
def test_a_folder_begun_otherwise_is_refused(tmp_path, changed, match, finished):
    if finished:
        save_activations(made(), tmp_path / "a")
    else:
        writer_of(made(), tmp_path / "a")
    with pytest.raises(BadInput, match=match):
        writer_of(made(), tmp_path / "a", **changed)


def test_other_files_are_not_mixed_with(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(BadInput, match="other files"):
        writer_of(made(), tmp_path)
    with pytest.raises(BadInput, match="is a file"):
        writer_of(made(), tmp_path / "thesis.tex")


@pytest.mark.parametrize("value", [1e5, np.nan])
def test_what_float16_cannot_hold_is_refused(tmp_path, value):
    rows = np.zeros((4, 6), dtype=np.float32)
    rows[2, 3] = value
    writer = writer_of(made(), tmp_path / "a")
    with pytest.raises(BadInput, match="row 2, column 3 is .*float16 cannot hold it; write"):
        writer.write(rows)
    assert writer.n_done == 0


def test_shards_out_of_plan_and_gaps_are_refused(tmp_path):
    writer = writer_of(made(), tmp_path / "a")
    with pytest.raises(BadInput, match=r"must have shape \(4, 6\)"):
        writer.write(np.zeros((3, 6), dtype=np.float32))
    with pytest.raises(BadInput, match="0 of 3 shards"):
        writer.finish()
    with pytest.raises(BadInput, match="5 rows planned for 12"):
        writer_of(made(), tmp_path / "b", rows_of_shard=[5])


def damage(folder, how):
    manifest = json.loads((folder / "activations.json").read_text())
    if how == "cut":
        with (folder / "shard-00001.npy").open("r+b") as file:
            file.truncate(140)
    elif how == "missing":
        (folder / "shard-00002.npy").unlink()
    elif how == "altered":
        raw = bytearray((folder / "shard-00000.npy").read_bytes())
        raw[-1] ^= 1
        (folder / "shard-00000.npy").write_bytes(raw)
    elif how == "other":
        np.save(folder / "shard-00000.npy", np.zeros((2, 6), dtype=np.float16))
    elif how == "tokens":
        np.save(folder / "position.npy", np.zeros(2, dtype=np.int32))
    elif how == "keys":
        (folder / "activations.json").write_text(json.dumps({"format": manifest["format"]}))
    elif how == "format":
        (folder / "activations.json").write_text('{"format": "else"}')
    elif how == "list":
        (folder / "activations.json").write_text("[]")
    elif how == "json":
        (folder / "activations.json").write_text("{")
    elif how == "vocabulary":
        (folder / "vocabulary.json").write_text('["a", 1]')
    else:
        (folder / "activations.json").unlink()


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ("cut", "cut short"),
        ("missing", "missing"),
        ("altered", "altered after it was written"),
        ("other", r"holds \(2, 6\)"),
        ("tokens", r"position.npy holds \(2,\)"),
        ("keys", "is damaged"),
        ("format", "this version reads"),
        ("list", "not an object"),
        ("json", "is damaged"),
        ("vocabulary", "not a list of texts"),
        ("gone", "no activations"),
    ],
)
def test_a_damaged_folder_is_refused(tmp_path, how, match):
    folder = save_activations(made(vocabulary=np.array(list("abcde"))), tmp_path / "a")
    damage(folder, how)
    with pytest.raises(BadInput, match=match):
        open_activations(folder, check=True)


def test_a_folder_of_several_hook_points_says_which(tmp_path):
    for name in ("blocks.1.hook_resid_post", "hook_embed"):
        save_activations(made(), tmp_path / name)
    with pytest.raises(BadInput, match=r"name one of them: blocks.1.hook_resid_post, hook_embed"):
        open_activations(tmp_path)
