"""A model whose ring begins where it was put, followed; its study told; words read in text."""

import numpy as np
import pytest

from armillary.atlas.study import Study
from armillary.core import BadInput
from armillary.lexicon import Hypothesis
from armillary.rsa import cross_products
from armillary.rsa.ring import harmonic, orders, ring_tests
from armillary.studies.births import (
    Effort,
    placements,
    spectra_of,
    three_births,
    thresholds,
)
from armillary.studies.followed import follow
from armillary.studies.geometry import cyclic_lists, trajectory
from armillary.studies.words_in_text import NEUTRAL, beginnings, other_words, read_words

pytest.importorskip("rsatoolbox")
pytest.importorskip("torch")

from ring_model import BORN, QUICK, WEEKDAYS, RingModel  # noqa: E402


@pytest.fixture(scope="module")
def study():
    return trajectory(RingModel(), (WEEKDAYS,), effort=QUICK, seed=0, command="test")


def test_the_ring_is_born_where_it_was_put(study):
    rows = {row["what"]: row for row in study.tables["births"]}
    for row in rows.values():
        assert (row["first"], row["last"]) == (BORN, 4)
        assert row["low"] <= BORN <= row["high"]
        assert row["draws_with"] == 1


def test_it_turns_where_it_was_turned(study):
    rows = study.tables["layers_weekdays"]
    assert [row["layer"] for row in rows] == [-1, 0, 1, 2, 3, 4]
    assert rows[0]["shrinkage"] is None  # embeddings have no noise to whiten by
    assert rows[4]["turned"] < 15
    assert rows[4]["radius"] == pytest.approx(3, rel=0.1)
    assert rows[5]["turned"] > 75
    assert rows[4]["turns"] == pytest.approx(1, abs=0.15)


def test_the_ring_is_the_best_model_and_reaches_the_ceiling_or_says_not(study):
    last = [row for row in study.tables["models"] if row["layer"] == 4]
    assert last[0]["model"] == "ring"
    assert "born after layer 2" in study.said[1]
    assert "noise ceiling" in study.said[3]
    assert {row["comparator"] for row in study.tables["comparators"]} >= {"corr_cov", "tau-a"}


def test_the_study_is_written_and_read(study, tmp_path):
    study.write(tmp_path / "out")
    again = Study.read(tmp_path / "out", "trajectory")
    assert len(again.charts) == 5
    assert again.manifest["texts"]["weekdays"]
    assert len(again.manifest["sources"][0]["word_embeddings_sha256"]["weekdays"]) == 64


def test_without_a_ring_none_is_born():
    study = trajectory(RingModel(ring=0.0), (WEEKDAYS,), effort=QUICK, seed=0)
    placed = next(row for row in study.tables["births"] if "placement" in row["what"])
    assert placed["first"] is None
    assert "in no layer" in study.said[0]


@pytest.mark.slow
def test_births_are_seldom_where_words_are_at_random():
    """Words and noise at random, layers leaning on each other: any birth at 0.05."""
    n, hits, step = 100, {"order": 0, "placed": 0, "winning": 0}, np.arange(7)
    for seed in range(n):
        rng = np.random.default_rng(seed)
        true = rng.standard_normal((4, 1, 7, 8)).cumsum(axis=0)
        other = rng.standard_normal((4, 1, 20, 8)).cumsum(axis=0)
        products = [cross_products(x) for x in true + rng.standard_normal((4, 12, 7, 8))]
        moments = np.array([each.second_moment()[0] for each in products])
        spectra = spectra_of(other + rng.standard_normal((4, 12, 20, 8)))
        null = placements(spectra, harmonic(step, 7), n_draws=1_000, rng=rng)
        effort, least = Effort(n_boot=1, n_orders=99), thresholds(null, 4)
        found = three_births(
            moments, moments[None], WEEKDAYS, spectra=spectra, least=least, effort=effort, rng=rng,
            ring=ring_tests(moments, orders(step, 7, n_draws=99, rng=rng)),
        )  # fmt: skip
        for key in hits:
            hits[key] += found[key].run is not None
    bound = 0.05 + 3 * np.sqrt(0.05 * 0.95 / n)
    assert max(hits.values()) / n <= bound


def test_words_are_read_at_their_own_place():
    lm = RingModel()
    ids = np.array([200, 203])
    found = read_words(lm, ["one ", "two words ", "also two "], ids)
    assert found.shape == (6, 3, 2, 24)
    assert found[0, 1, 1] == pytest.approx(lm.base[203], rel=1e-5)
    one = lm.capture(np.array([[*lm.encode("two words"), 203]]), ["blocks.1.hook_resid_post"])
    assert found[2, 1, 1] == pytest.approx(one["blocks.1.hook_resid_post"][0, -1].numpy())


def test_beginnings_are_those_of_the_builtin_texts_or_neutral():
    assert len(beginnings(WEEKDAYS)) >= 30
    assert "Today is " in beginnings(WEEKDAYS)
    other = Hypothesis("seasons of mine", "cyclic", ("a", "b", "c", "d"))
    assert len(beginnings(other)) == len(NEUTRAL)
    assert all(text.endswith(" ") for text in beginnings(other))


@pytest.mark.refusal
def test_refusals():
    with pytest.raises(BadInput, match="'digits' is no cyclic list"):
        cyclic_lists(["digits"])
    with pytest.raises(BadInput, match="no list of words"):
        cyclic_lists([" "])
    with pytest.raises(BadInput, match="write something and a space"):
        read_words(RingModel(), ["no space"], np.array([200]))
    with pytest.raises(BadInput, match="no contexts"):
        read_words(RingModel(), [], np.array([200]))
    with pytest.raises(BadInput, match="120 capitalised words"):
        other_words(RingModel(), 121, without=[], rng=np.random.default_rng(0))
    with pytest.raises(BadInput, match="5 words in 12 contexts"):
        follow(np.zeros((2, 11, 7, 4)), WEEKDAYS, np.zeros((2, 12, 8, 4)), effort=QUICK, seed=0)
