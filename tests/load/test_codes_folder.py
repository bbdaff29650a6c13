import json

import numpy as np
import pytest

from armillary.core import BadInput, Codes, Tokens
from armillary.load import CodesWriter, open_codes, save_codes


def made(rng, *, n_tokens=60, text=True):
    token, feature = np.divmod(np.sort(rng.choice(n_tokens * 20, 200, replace=False)), 20)
    tokens = Tokens(
        rng.integers(0, 99, n_tokens), np.arange(n_tokens) // 7, np.arange(n_tokens) % 7
    )
    return Codes.from_triples(
        token, feature, rng.uniform(0.1, 3, 200), n_tokens=n_tokens, n_features=20,
        feature_id=np.arange(20) * 3, tokens=tokens if text else None, source={"text": "none"},
    )  # fmt: skip


def same(a, b):
    for name in ("offset", "feature", "value", "feature_id"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.tokens is None) == (b.tokens is None)
    if a.tokens is not None:
        for name in ("token_id", "document", "position"):
            np.testing.assert_array_equal(getattr(a.tokens, name), getattr(b.tokens, name))


@pytest.mark.parametrize("text", [True, False])
def test_codes_come_back_as_they_were_and_are_mapped_not_read(rng, tmp_path, text):
    codes = made(rng, text=text)
    back = open_codes(save_codes(codes, tmp_path / "codes"), check=True)
    same(codes, back)
    assert isinstance(back.feature, np.memmap)
    assert not back.value.flags.writeable
    assert back.source["text"] == "none"


def test_batches_one_after_the_other_are_the_same_as_one(rng, tmp_path):
    first, second = made(rng), made(rng, n_tokens=30)
    with CodesWriter(tmp_path / "codes", first.feature_id, with_text=True) as writer:
        writer.append(first)
        writer.append(second)
    back = open_codes(tmp_path / "codes")
    stacked = np.vstack([first.matrix().toarray(), second.matrix().toarray()])
    np.testing.assert_array_equal(back.matrix().toarray(), stacked)
    assert back.tokens.token_id[60:].tolist() == second.tokens.token_id.tolist()


def test_a_table_without_any_firing_comes_back(tmp_path):
    none = np.empty(0, dtype=np.int64)
    silent = Codes.from_triples(none, none, none.astype(float), n_tokens=3, n_features=2)
    back = open_codes(save_codes(silent, tmp_path / "codes"))
    assert (back.n_tokens, back.n_features, back.n_firings) == (3, 2, 0)


def test_a_writer_that_was_cut_off_leaves_no_codes(rng, tmp_path):
    codes = made(rng)

    def interrupted():
        with CodesWriter(tmp_path / "codes", codes.feature_id, with_text=True) as writer:
            writer.append(codes)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(BadInput, match="cut off"):
        open_codes(tmp_path / "codes")


def test_codes_are_not_written_over(rng, tmp_path):
    save_codes(made(rng), tmp_path / "codes")
    with pytest.raises(BadInput, match="already holds codes"):
        save_codes(made(rng), tmp_path / "codes")


def test_batches_of_another_dictionary_or_without_text_are_refused(rng, tmp_path):
    codes = made(rng)
    other = CodesWriter(tmp_path / "a", np.arange(5), with_text=True)
    with pytest.raises(BadInput, match="20 features, the folder has 5"), other as writer:
        writer.append(codes)
    silent = CodesWriter(tmp_path / "b", codes.feature_id, with_text=False)
    with pytest.raises(BadInput, match="brings its text or none"), silent as writer:
        writer.append(codes)


def test_ids_that_do_not_fit_are_refused(rng, tmp_path):
    text = Tokens(np.array([2**40]), np.zeros(1, dtype=int), np.zeros(1, dtype=int))
    one = Codes.from_triples(
        np.array([0]), np.array([0]), np.ones(1), n_tokens=1, n_features=1, tokens=text
    )
    with pytest.raises(BadInput, match="cannot be stored"):
        save_codes(one, tmp_path / "codes")


def damaged(folder, how):
    if how == "cut short":
        with (folder / "value.npy").open("r+b") as file:
            file.truncate(300)
    elif how == "missing":
        (folder / "feature.npy").unlink()
    elif how == "other length":
        np.save(folder / "offset.npy", np.arange(5))
    elif how == "keys":
        (folder / "codes.json").write_text(json.dumps({"format": "armillary-codes-1"}))
    elif how == "format":
        (folder / "codes.json").write_text(json.dumps({"format": "else"}))
    else:
        (folder / "codes.json").write_text("{")


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ("cut short", "cut short"),
        ("missing", "missing"),
        ("other length", "codes.json says 61"),
        ("format", "this version reads"),
        ("manifest", "is damaged"),
        ("keys", "lacks 'n_tokens'"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(rng, tmp_path, how, match):
    folder = save_codes(made(rng), tmp_path / "codes")
    damaged(folder, how)
    with pytest.raises(BadInput, match=match):
        open_codes(folder)


def test_a_damaged_firing_is_found_when_asked_for(rng, tmp_path):
    folder = save_codes(made(rng), tmp_path / "codes")
    values = np.load(folder / "value.npy")
    values[17] = np.inf
    np.save(folder / "value.npy", values)
    with pytest.raises(BadInput, match="firing 17 has value inf"):
        open_codes(folder, check=True)
