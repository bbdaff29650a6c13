"""``armillary compare`` of a series: printed, written and exported."""

import json

import numpy as np
import pytest

from armillary.core import Codes
from armillary.load import save_codes


def series(folder) -> None:
    rng = np.random.default_rng(0)
    narrow = rng.standard_normal((80, 32)).astype(np.float32)
    side = 0.4 * rng.standard_normal((10, 32)).astype(np.float32)
    wide = np.concatenate([narrow[10:], narrow[:10] + side, narrow[:10] - side])
    more = rng.standard_normal((40, 32)).astype(np.float32)
    for name, rows in (("a", narrow), ("b", wide), ("c", np.concatenate([wide, more]))):
        np.save(folder / f"{name}.npy", rows)


def test_three_dictionaries_are_a_series_from_narrow_to_wide(run, tmp_path):
    series(tmp_path)
    asked = ("compare", "c.npy", "a.npy", "b.npy", "--quiet")
    code, out, err = run(*asked, "--out", "study", "--export", "families.json")
    assert code == 0, err
    assert "of 80 features 10 split (by chance 0)" in out.replace("\n", " ")
    assert "40 are novel" in out.replace("\n", " ")
    assert "Exported" in out
    assert (tmp_path / "study" / "study.json").exists()
    record = json.loads((tmp_path / "families.json").read_text())
    assert [one["features"] for one in record["dictionaries"]] == [80, 90, 130]
    code, out, _ = run(*asked, "--json", "--out", "study")
    assert code == 0
    assert json.loads(out)["manifest"]["by"] == "cosine"


def test_two_are_a_series_where_it_is_asked_for_and_null_is_a_dictionary(run, tmp_path):
    series(tmp_path)
    code, out, err = run("compare", "a.npy", "null", "--one-to-one", "--quiet")
    assert code == 0, err
    assert "Paired one to one" in out.replace("\n", " ")
    assert "Nothing written" in out


def test_codes_of_each_dictionary_are_read(run, tmp_path):
    series(tmp_path)
    rng = np.random.default_rng(1)
    for name, n in (("a", 80), ("b", 90)):
        on = rng.random((900, n)) < 0.05
        token, feature = np.nonzero(on)
        codes = Codes.from_triples(
            token, feature, np.ones(token.size, dtype=np.float32), n_tokens=900, n_features=n
        )
        save_codes(codes, tmp_path / f"codes_{name}")
    both = ("--codes", "codes_a", "--codes", "codes_b", "--by", "cofiring", "--quiet")
    code, out, err = run("compare", "a.npy", "b.npy", *both)
    assert code == 0, err
    assert "mean co-firing" in out.replace("\n", " ")


@pytest.mark.refusal
def test_codes_of_one_dictionary_are_not_lent_to_another(run, tmp_path):
    series(tmp_path)
    rng = np.random.default_rng(1)
    for name, n in (("a", 80), ("b", 90)):
        token, feature = np.nonzero(rng.random((300, n)) < 0.05)
        size = np.ones(token.size, dtype=np.float32)
        codes = Codes.from_triples(token, feature, size, n_tokens=300, n_features=n)
        save_codes(codes, tmp_path / f"codes_{name}")
    asked = ("compare", "a.npy", "b.npy", "--by", "cofiring", "--quiet", "--codes")
    code, _, err = run(*asked, "codes_a")
    assert code == 3
    assert "codes of one dictionary" in err
    assert "once for each" in err.replace("\n", " ")
    code, _, err = run(*asked, "codes_b", "--codes", "codes_b")
    assert code == 3
    assert "10 of them past the 80 rows of a.npy" in err.replace("\n", " ")
    code, _, err = run(*asked, "codes_a", "--codes", "codes_a")
    assert code == 3
    assert "lack 10 of 90 features" in err.replace("\n", " ")
    code, _, err = run("compare", "a.npy", "null", "--codes", "codes_a", "--quiet")
    assert code == 0, err


@pytest.mark.refusal
def test_the_advice_that_a_refusal_gives_is_an_option(run, tmp_path):
    series(tmp_path)
    asked = ("compare", "a.npy", "b.npy", "--one-to-one", "--quiet")
    code, _, err = run(*asked, "--meta")
    assert code == 3
    assert "--no-meta" in err
    code, _, err = run(*asked, "--no-meta")
    assert code == 0, err


def test_what_cannot_be_a_series_is_refused_before_it_is_read(run, tmp_path):
    series(tmp_path)
    code, _, err = run("compare", "a.npy", "b.npy", "--export", "nowhere/f.json")
    assert code == 3
    assert "cannot be written" in err
    code, _, err = run("compare", "demo:series", "a.npy", "--quiet")
    assert code == 3
    assert "series by itself" in err
    code, _, err = run("compare", "a.npy", "b.npy", "--by", "both", "--quiet")
    assert code == 3
    assert "--codes" in err
    code, _, err = run("compare", "a.npy", "b.npy", "c.npy", "--codes", "x", "--codes", "y")
    assert code == 3
    assert "folders of codes" in err
