"""Distance and effect in worlds where the answer is known."""

import inspect

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.inference.calibration import Calibration
from armillary.networks.superposition import ToyModel
from armillary.studies.effects import effects, told
from armillary.studies.effects_measured import (
    DECODER,
    ELSEWHERE,
    RANDOM,
    distances,
    effected,
    families,
    relations,
)

D = 32


def clustered(rng, *, n=90, d=D, each=3, own=0.9):
    """Unit rows in families, about one cosine of 1 / (1 + own^2) inside them."""
    centre = np.repeat(rng.standard_normal((n // each, d)), each, axis=0)
    rows = centre + own * rng.standard_normal((n, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def related(push, rows, rng, *, n_elsewhere=39, n_random=0, n_resamples=60, extra=None):
    found = effected(
        push,
        rows,
        rows,
        strength=np.ones(len(rows)),
        n_elsewhere=n_elsewhere,
        n_random=n_random,
        rng=rng,
    )
    tables = {DECODER: distances(rows), **(extra or {})}
    return found, tables, relations(found, tables, n_draws=99, n_resamples=n_resamples, rng=rng)


def one_of(made, *, method="pearson", null=ELSEWHERE, distance=DECODER, given=""):
    return next(
        r for r in made
        if (r.method, r.null, r.distance, r.given) == (method, null, distance, given)
    )  # fmt: skip


def linear(rng, d=D):
    """A fixed random map with a spectrum of its own: near things go to near places."""
    matrix = rng.standard_normal((d, d)) * np.linspace(2, 0.1, d)
    return lambda added: (added @ matrix)[None]


def test_a_linear_map_beats_shuffled_features_and_leaves_nothing(rng):
    _, _, made = related(linear(rng), clustered(rng), rng, n_random=9)
    found = one_of(made)
    assert found.left.test.observed > 0.4
    assert found.permuted == pytest.approx(1 / 100), "a label permutation is beaten by any map"
    assert found.left.low < 0 < found.left.high
    assert found.left.two_sided > 0.1
    assert one_of(made, null=RANDOM).left.test.observed == found.left.test.observed


def test_the_level_is_kept_on_linear_and_bent_maps_of_gaussian_dictionaries():
    """What is left must be nothing: rejected at 0.1 in at most 0.1 + 3 s.e. of the worlds."""
    pvalues: list[float] = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        matrix = rng.standard_normal((D, D))
        rows = (rng.standard_normal((60, D)) * np.linspace(2, 0.3, D)).astype(np.float32)

        def push(added, matrix=matrix, bent=bool(seed % 2)):
            out = added @ matrix
            return (np.maximum(out, 0) if bent else out)[None]

        found = effected(
            push, rows, rows, strength=np.ones(60), n_elsewhere=19, n_random=0, rng=rng
        )
        draws = {DECODER: distances(rows)}
        kept = relations(found, draws, n_draws=1, n_resamples=1, rng=rng)
        pvalues.append(one_of(kept, method="spearman").left.two_sided)
    kept = Calibration(np.array(pvalues), 0.1)
    assert kept.keeps_level, kept.rate


def test_a_network_that_answers_every_feature_on_its_own_leaves_less_than_nothing(rng):
    """Thresholds of a superposition network let each feature through alone, to its own answer."""
    rows = clustered(rng)
    toy = ToyModel(rows[None], np.full((1, len(rows)), -0.9, dtype=np.float32))
    answer = rng.standard_normal((len(rows), 40))
    weak = 0.02 * rng.standard_normal((D, 40))

    def push(added):
        heard = np.maximum(added @ toy.features[0].T + toy.bias[0], 0) @ answer
        return (heard + added @ weak)[None]

    found, tables, made = related(push, rows, rng)
    assert one_of(made).left.delta < -0.1
    assert one_of(made).left.high < 0
    assert one_of(made).left.two_sided == pytest.approx(2 / 40)
    study = told(found, made, tables, manifest={})
    assert "less than with the same arrangement elsewhere" in study.said[0]


def test_a_network_that_computes_with_families_leaves_much(rng):
    """Each family has an answer of its own; what thresholds do not hear goes through three axes."""
    rows = clustered(rng)
    family = np.repeat(np.arange(30), 3)
    answer = rng.standard_normal((30, 40))
    weak = 0.05 * rng.standard_normal((D, 3)) @ rng.standard_normal((3, 40))

    def push(added):
        heard = np.maximum(added @ rows.T - 0.8, 0) @ answer[family]
        return (heard + added @ weak)[None]

    found, tables, made = related(push, rows, rng)
    left = one_of(made).left
    assert left.delta > 0.1
    assert left.low > 0
    assert left.two_sided == pytest.approx(2 / 40)
    study = told(found, made, tables, manifest={})
    assert "more than with the same arrangement elsewhere" in study.said[0]
    assert [chart.kind for chart in study.charts] == ["lines", "dots"]


def test_company_that_the_model_computes_with_is_seen_beyond_geometry(rng):
    """Effects follow a partition that directions do not know; a second distance does."""
    rows = clustered(rng)
    company = rng.permutation(np.repeat(np.arange(10), 9))
    apart = (company[:, None] != company[None]).astype(np.float64)
    answer = rng.standard_normal((10, 40))
    weak = 0.3 * rng.standard_normal((D, 40))

    def push(added):
        return (np.maximum(added @ rows.T - 0.8, 0) @ answer[company] + added @ weak)[None]

    _, _, made = related(push, rows, rng, extra={"co-firing": apart})
    found = one_of(made, distance="co-firing", given=DECODER)
    assert found.left.low > 0
    assert found.left.two_sided == pytest.approx(2 / 40)
    _, _, idle = related(linear(rng), rows, rng, extra={"co-firing": apart})
    assert one_of(idle, distance="co-firing", given=DECODER).left.two_sided > 0.1


def test_equal_rows_are_in_the_last_bin(rng):
    """Thirty rows three times: 90 pairs whose cosine is 1, but for rounding."""
    rows = np.repeat(clustered(rng, n=30, each=1), 3, axis=0)
    found, tables, made = related(linear(rng), rows, rng, n_elsewhere=2)
    bins = told(found, made, tables, manifest={}).tables["by_cosine"]
    assert (bins[-1]["cosine_from"], bins[-1]["to"]) == (0.7, 1.0)
    assert bins[-1]["pairs"] == 90
    assert bins[-1]["effect"] == pytest.approx(1)
    kept = sum(row["pairs"] for row in bins)
    assert kept > 90 * 89 / 2 - 8 * 12, "a bin of fewer than 8 pairs is not shown, nothing else"


def test_so_few_draws_are_said_to_tell_nothing(rng):
    """The smallest two-sided p of 38 draws is 2 / 39, past .05; that of 39 is .05."""
    rows = clustered(rng)
    found, tables, made = related(linear(rng), rows, rng, n_elsewhere=39, n_random=38)
    said = told(found, made, tables, manifest={}).said
    assert "about as with the same arrangement elsewhere" in said[0]
    assert "38 draws cannot tell" in said[1]
    assert inspect.signature(effects).parameters["n_random"].default == 39


@pytest.mark.refusal
def test_no_draw_elsewhere_is_refused_before_a_model_is_opened():
    with pytest.raises(BadInput, match="at least 1"):
        effects("nowhere", n_elsewhere=0)


def test_families_are_near_ones_and_none_is_taken_twice(rng):
    rows = clustered(rng, own=0.4)
    drawn = families(rows, n=32, rng=rng)
    assert drawn.size == 30
    assert np.unique(drawn).size == 30
    same = drawn.reshape(-1, 3) // 3
    assert (same == same[:, :1]).all(axis=1).mean() > 0.9


def test_halves_of_the_texts_agree_where_texts_do_not_matter(rng):
    rows = clustered(rng)
    matrix = rng.standard_normal((D, D))

    def push(added):
        return np.repeat((added @ matrix)[None], 4, axis=0)

    found = effected(push, rows, rows, strength=np.ones(90), n_elsewhere=2, n_random=0, rng=rng)
    assert found.halves == pytest.approx(1)
