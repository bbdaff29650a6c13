"""The bar of random placement, the runs beside the table, and how births are told."""

from dataclasses import replace

import numpy as np
import pytest

from armillary.lexicon import Hypothesis, load_lexicon
from armillary.rsa.ring import harmonic, longest_run, orders, ring_shares, ring_tests
from armillary.studies.births import NOWHERE, Birth, Effort, ring_wins, three_births, thresholds
from armillary.studies.followed import follow
from armillary.studies.geometry_told import sentences_of, tables_of
from armillary.studies.word_models import word_models

WEEKDAYS = next(one for one in load_lexicon() if one.name == "weekdays")


@pytest.mark.parametrize(
    ("n_draws", "n_layers"), [(4_000, 31), (2_000, 31), (99, 5), (399, 20), (620, 31)]
)
def test_above_the_bar_means_p_over_all_layers_of_at_most_the_level(n_draws, n_layers):
    null = np.random.default_rng(n_draws).random((3, n_draws))
    bar = thresholds(null, n_layers)
    for each, least in zip(null, bar, strict=True):
        for share in (*np.sort(each)[-12:], *np.nextafter(np.sort(each)[-12:], 2), 2.0):
            p = (1 + (each >= share).sum()) / (1 + n_draws)
            assert (share > least) == (p * n_layers <= 0.05 + 1e-12)


def test_of_4_000_draws_and_31_layers_five_lie_above_the_bar():
    null = np.arange(4_000.0)[None]
    assert (null > thresholds(null, 31)).sum() == 5  # 6 / 4,001 * 31 = 0.0465; 7 would be 0.0542


def test_with_too_few_draws_no_share_is_rare_enough():
    assert thresholds(np.zeros((2, 618)), 31).tolist() == [np.inf] * 2
    assert np.isfinite(thresholds(np.zeros((2, 619)), 31)).all()


@pytest.mark.parametrize("n", [9, 12])
def test_the_run_is_that_of_the_table_where_orders_are_drawn(n):
    """19 orders, as the bootstrap has here, reach no p below 1/20; the run rests on 499."""
    pytest.importorskip("rsatoolbox")
    rng, step = np.random.default_rng(n), np.arange(n)
    angle = 2 * np.pi * step / n
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ np.eye(2, 10)
    strength = np.linspace(0, 0.9, 8)[:, None, None]
    points = strength * ring + 0.6 * rng.standard_normal((8, n, 10))
    points -= points.mean(axis=1, keepdims=True)
    moments = points @ points.transpose(0, 2, 1)
    tested = ring_tests(moments, orders(step, n, n_draws=499, rng=rng))
    words = Hypothesis("some", "cyclic", tuple("abcdefghijkl"[:n]))
    least = np.full(8, 0.35)
    found = three_births(
        moments, moments[None], words, ring=tested, spectra=np.ones((8, 10)), least=least,
        effort=Effort(n_boot=1, n_orders=19), rng=rng,
    )  # fmt: skip
    ordered = tested.p_joint <= 0.05
    assert 0 < ordered.sum() < 8
    share = ring_shares(moments, harmonic(step, n))
    models = {key: one for key, one in word_models(words).items() if key != "category"}
    for key, held in {
        "order": ordered,
        "placed": ordered & (share > least),
        "winning": ordered & ring_wins(moments, models),
    }.items():
        run = longest_run(held)
        assert found[key].run == (None if run is None else (run[0] - 1, run[1] - 1))


@pytest.fixture(scope="module")
def shallow():
    """A ring in three layers after the embeddings."""
    pytest.importorskip("rsatoolbox")
    rng = np.random.default_rng(0)
    angle = 2 * np.pi * np.arange(7) / 7
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ np.eye(2, 12)
    patterns = 2 * ring + 0.3 * rng.standard_normal((4, 12, 7, 12))
    others = rng.standard_normal((4, 1, 20, 12)) + 0.3 * rng.standard_normal((4, 12, 20, 12))
    effort = Effort(n_boot=20, n_dual=80, n_orders=99, n_placed=500)
    return follow(patterns, WEEKDAYS, others, effort=effort, seed=0)


def test_with_three_steps_no_others_are_told(shallow):
    turned = sentences_of(shallow)[2]
    assert turned.count("degrees in layer") == 3
    assert "median" not in turned
    assert "nan" not in turned


def test_steps_that_noise_hides_are_not_told(shallow):
    def with_angle(angle):
        return replace(shallow, step=replace(shallow.step, angle=np.array(angle)))

    assert sentences_of(with_angle([np.nan, 9.0, np.nan]))[2].count("degrees") == 1
    assert "enough to follow" in sentences_of(with_angle([np.nan] * 3))[2]


def test_nowhere_is_nothing_in_the_table_and_a_word_in_the_sentence(shallow):
    birth = Birth(run=(0, 2), interval=(0.0, 0.0), share=1.0, without_one=(NOWHERE, -1))
    told = replace(shallow, births={**shallow.births, "order": birth})
    row = tables_of([told])["births"][0]
    assert row["without_a_word_low"] is None
    assert row["without_a_word_high"] == -1
    assert "first layer nowhere to -1" in sentences_of(told)[0]


def test_the_table_of_layers_has_the_share_beside_its_bar_and_the_score_beside_its_rivals(shallow):
    rows = tables_of([shallow])["layers_weekdays"]
    for k, row in enumerate(rows):
        assert row["share"] == shallow.ring.share[k]
        assert row["low"] <= row["share"] <= row["high"]
        assert row["ring"] == shallow.score["ring"][k]
