"""Meta-dictionary: sums of common parts are told from rows with nothing in common."""

import numpy as np
import pytest

from armillary.core import BadInput, FeatureSpace
from armillary.studies.families import families
from armillary.studies.meta_dictionary import meta_rows
from armillary.studies.series import Dictionary

pytest.importorskip("torch")


@pytest.mark.slow
def test_rows_made_of_common_parts_are_explained_better_than_rows_of_their_spectrum():
    rng = np.random.default_rng(0)
    parts = rng.standard_normal((20, 40))
    choice = np.argsort(rng.random((400, 20)), axis=1)[:, :3]
    rows = parts[choice].sum(axis=1).astype(np.float32)
    real, *drawn = meta_rows(rows, seed=0)
    assert real["rows"] == "decoder"
    assert {row["rows"] for row in drawn} == {
        "isotropic", "spectrum matched", "coordinates permuted"
    }  # fmt: skip
    assert real["held_out"] > 0.2 + max(row["held_out"] for row in drawn)


@pytest.mark.slow
def test_structureless_rows_are_explained_no_better_than_their_nulls():
    rows = np.random.default_rng(1).standard_normal((400, 40)).astype(np.float32)
    real, *drawn = meta_rows(rows, seed=0)
    assert abs(real["held_out"] - drawn[0]["held_out"]) < 0.05


@pytest.mark.refusal
def test_too_few_rows_are_refused():
    with pytest.raises(BadInput, match="too few"):
        meta_rows(np.eye(20, dtype=np.float32), seed=0)


@pytest.mark.refusal
def test_the_refusal_does_not_wait_for_the_steps(monkeypatch):
    def step(*_args, **_options):
        raise AssertionError("a step was computed first")

    monkeypatch.setattr("armillary.studies.families.step_of", step)
    rows = np.random.default_rng(0).standard_normal((90, 8)).astype(np.float32)
    series = [Dictionary(str(n), FeatureSpace(rows[:n], np.arange(n))) for n in (80, 90)]
    with pytest.raises(BadInput, match="90 rows are too few .* --no-meta"):
        families(series, meta=True)
