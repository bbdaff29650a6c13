"""worlds.report on planted autoencoders whose scores are known."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scoring_worlds import (
    absorbing_sae,
    attributes_sae,
    boats,
    circles,
    circuit,
    faces_sae,
    honest_sae,
    joined,
    mixing_sae,
    neurons_sae,
    ngon_sae,
    pairs_sae,
    planted,
    signed_sae,
    tesseract,
    tree,
)

from armillary.core import BadInput, SparseAutoencoder
from armillary.core.input_scaling import FixedScale, LayerNorm
from armillary.worlds import Gauge, WorldReport, report


def permuted(sae: SparseAutoencoder, order: np.ndarray) -> SparseAutoencoder:
    return planted(sae.encoder.T[order], sae.encoder_bias[order], sae.directions[order])


def rescaled(sae: SparseAutoencoder, factor: np.ndarray) -> SparseAutoencoder:
    by = factor[:, None]
    return planted(sae.encoder.T * by, sae.encoder_bias * factor, sae.directions / by)


def told(made: WorldReport, *, ties: bool) -> dict:
    """What must not depend on order or on lengths; latents' numbers and nulls do.

    With ties (36 latents that serve as well) greedy choice may take any, so only verdicts count.
    """
    plain = made.as_dict()
    if ties:
        plain["factors"] = [score.verdict for score in made.factors]
    return {
        "fvu": made.quality.fvu, "l0": made.quality.l0,
        "mcc": made.matching and made.matching.mcc, "mmcs": made.matching and made.matching.mmcs,
        "factors": plain["factors"], "purity": made.purity and made.purity.mean,
        "census": made.census and made.census.counts,
        "holes": made.absorption and [h.hole for h in made.absorption],
        "equivariance": made.equivariance and made.equivariance.errors,
        "circuit": made.circuit and [made.circuit.and_f1, made.circuit.necessity],
    }  # fmt: skip


WORLDS = {
    "boats": (boats, attributes_sae),
    "pairs": (boats, pairs_sae),
    "tree": (tree, absorbing_sae),
    "circles": (circles, signed_sae),
    "tesseract": (tesseract, lambda world: faces_sae(world, 3)),
    "circuit": (circuit, neurons_sae),
}


@pytest.mark.parametrize("name", WORLDS)
def test_the_order_of_latents_and_lengths_traded_against_codes_change_nothing(name: str, rng):
    build, plant = WORLDS[name]
    world = build()
    sae = plant(world)
    before = told(report(world, sae, n_tokens=1000), ties=name == "pairs")
    moved = permuted(sae, rng.permutation(sae.n_features))
    moved = rescaled(moved, rng.uniform(0.2, 5, sae.n_features))
    after = told(report(world, moved, n_tokens=1000), ties=name == "pairs")
    np.testing.assert_equal(_rounded(after), _rounded(before))


def _rounded(value):
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return round(value, 3) + 0.0 if isinstance(value, float) else value


def test_every_metric_is_there_or_says_why_not():
    made = report(circles(), signed_sae(circles()), n_tokens=500)
    plain = made.as_dict()
    json.dumps(plain)
    for name in ("matching", "census", "absorption", "agreement", "circuit", "readout", "purity"):
        assert plain[name] is None
        assert made.reasons[name]
    assert set(made.reasons).isdisjoint({"factors", "equivariance", "quality"})
    assert "factors" in dict(made.lines())
    assert "no: the world has no cells" in repr(made)


def test_a_notebook_gets_an_escaped_table():
    made = replace(report(circles(), signed_sae(circles()), n_tokens=500), world="<b>")
    assert "&lt;b&gt;" in made._repr_html_()
    assert "<b>" not in made._repr_html_()


def test_an_exact_code_loses_nothing_and_exceeds_the_control_entirely():
    world = boats()
    made = report(world, attributes_sae(world), control_fvu=0.2, n_tokens=500).quality
    assert made.fvu < 1e-10
    assert made.l0 == pytest.approx(2)
    assert made.excess == pytest.approx(1)
    assert report(world, attributes_sae(world), n_tokens=500).quality.excess is None


def test_the_excess_is_none_of_it_where_the_control_does_as_well():
    world = circles()
    sae = ngon_sae(world, 5)
    fvu = report(world, sae, n_tokens=500).quality.fvu
    assert report(world, sae, n_tokens=500, control_fvu=fvu).quality.excess == pytest.approx(0)


def test_twins_are_compared_where_both_are_alive():
    world = boats()
    made = report(world, attributes_sae(world), twin=pairs_sae(world), n_tokens=1000)
    assert (made.agreement.n_a, made.agreement.n_b) == (12, 36)
    assert made.agreement.best_b.mean() < 0.85
    same = report(world, attributes_sae(world), twin=attributes_sae(world), n_tokens=1000)
    assert same.agreement.paired == pytest.approx(np.ones(12), abs=1e-5)
    moved = report(world, attributes_sae(world), twin=attributes_sae(world, 0.3), n_tokens=1000)
    assert moved.agreement.paired == pytest.approx(np.ones(12), abs=1e-5), "the shift is free"
    silent = planted(np.zeros((2, 15)), -1.0, np.ones((2, 15)))
    assert (
        "twin"
        in report(world, attributes_sae(world), twin=silent, n_tokens=100).reasons["agreement"]
    )


def test_a_world_that_does_not_fit_is_refused():
    with pytest.raises(BadInput, match="train one on this world"):
        report(boats(), signed_sae(circles()))
    with pytest.raises(BadInput, match="ask for 20"):
        report(circles(), signed_sae(circles()), n_tokens=10)
    with pytest.raises(BadInput, match="no latent fires"):
        report(circles(), planted(np.zeros((3, 8)), -1.0, np.ones((3, 8))))


# the nulls and truths of each metric ---------------------------------------------------------
def test_attributes_match_perfectly_only_once_the_shift_is_removed():
    world = boats()
    plain = report(world, attributes_sae(world), n_tokens=1000).matching
    assert plain.mcc == pytest.approx(1, abs=1e-5)
    shifted = report(world, attributes_sae(world, shift=0.3), n_tokens=1000)
    assert shifted.quality.fvu < 1e-10, "the shift is a gauge"
    assert shifted.matching.mcc_raw == pytest.approx(0.93, abs=0.02)
    assert shifted.matching.mcc == pytest.approx(1, abs=1e-5)
    assert shifted.matching.pvalue == pytest.approx(1 / 101)
    assert shifted.matching.covariant_95 < 0.9


def test_a_feature_without_a_latent_counts_nothing():
    world = tree()
    half = permuted(honest_sae(world), np.array([0, 1]))
    assert report(world, half, n_tokens=500).matching.mcc == pytest.approx(0.5 * (1 + 0), abs=1e-5)


def test_a_sign_is_free_only_where_the_gauge_says_so():
    world = tree()
    rows = world.space.directions
    flipped = planted(-rows, 0.5, -rows)  # fires where the feature is off
    assert report(world, flipped, n_tokens=500).matching.mcc < 0.1
    free = replace(world, truth=replace(world.truth, gauge=Gauge(sign=True)))
    assert report(free, flipped, n_tokens=500).matching.mcc == pytest.approx(1, abs=1e-5)


def test_pairs_lie_half_way_between_attributes():
    made = report(boats(), pairs_sae(boats()), n_tokens=1000).matching
    assert made.mcc_raw == pytest.approx(np.sqrt(0.5), abs=1e-4)
    assert made.mcc < 0.85, "removing the shift must not turn pairs of one shape into colours"


def test_a_shift_into_the_bias_is_free_as_well():
    world = boats()
    sae = attributes_sae(world)
    free = np.random.default_rng(6).standard_normal(world.d_model).astype(np.float32) * 0.1
    moved = replace(sae, directions=sae.directions - free, decoder_bias=2 * free)
    made = report(world, moved, n_tokens=1000)
    assert made.quality.fvu < 1e-10
    assert made.matching.mcc_raw < 0.95
    assert made.matching.mcc == pytest.approx(1, abs=1e-5)
    scaled = replace(
        moved, scaling=FixedScale(3.0, 3.0), encoder=sae.encoder / 3,
        directions=3 * moved.directions, decoder_bias=3 * moved.decoder_bias,
    )  # fmt: skip
    assert report(world, scaled, n_tokens=1000).matching.mcc == pytest.approx(1, abs=1e-5)


def test_rows_in_a_layer_normed_space_are_not_compared():
    world = boats()
    normed = replace(attributes_sae(world), scaling=LayerNorm())
    made = report(world, normed, n_tokens=500)
    assert "layer-normed" in made.reasons["matching"]
    assert "layer-normed" in made.reasons["purity"]


def test_attribute_latents_are_attributes_and_pair_latents_pairs():
    world = boats()
    attributes = report(world, attributes_sae(world), n_tokens=2000).census
    assert attributes.counts["attribute"] == 12
    assert attributes.covered["attribute"] == 1
    assert attributes.expected["attribute"] < 0.01, "six cells of 36 are never a row by chance"
    pairs = report(world, pairs_sae(world), n_tokens=2000).census
    assert pairs.counts["pair"] == 36
    assert pairs.expected["pair"] == 36, "one cell is a pair whichever it is"


@pytest.mark.parametrize(
    ("fixed", "kind", "n"),
    [(1, "half-space", 8), (2, "face", 24), (3, "edge", 32), (4, "vertex", 16)],
)
def test_faces_of_the_tesseract_are_told_apart(fixed: int, kind: str, n: int):
    world = tesseract()
    made = report(world, faces_sae(world, fixed), n_tokens=2000).census
    assert made.counts[kind] == n == sum(made.counts.values())
    assert made.covered == {k: float(k == kind) for k in made.covered}


def test_latents_on_arbitrary_cells_are_other():
    world = boats()
    rows = world.space.directions
    # colour 0 or 1, minus nothing: two values of one attribute are no block
    two = planted(3 * (rows[:1] + rows[1:2]), -0.5, rows[:1])
    made = report(world, joined(two, attributes_sae(world)), n_tokens=2000).census
    assert made.counts["other"] == 1
    assert made.counts["attribute"] == 12


def test_the_honest_code_has_no_recall_hole_and_the_absorbing_one_a_complete_one():
    world = tree()
    honest = report(world, honest_sae(world), n_tokens=2000).absorption
    assert {(h.parent, h.child) for h in honest} == {("root", c) for c in "abc"}
    assert [h.hole for h in honest] == [0, 0, 0]
    assert min(h.pvalue for h in honest) == 1
    made = report(world, absorbing_sae(world), n_tokens=2000)
    assert made.quality.fvu > 0, "two children at once write the root twice"
    for hole in made.absorption:
        assert hole.latent == 0
        assert hole.with_child == 0
        assert hole.without_child > 0.5, "silent too where the other children are"
        assert hole.pvalue == pytest.approx(1 / 201)


def test_a_group_that_permutes_latents_has_no_error_and_one_that_does_not_has():
    signed = report(circles(), signed_sae(circles()), n_tokens=1000).equivariance
    assert signed.errors["half turn"] == pytest.approx(0, abs=1e-6)
    odd = report(circles(), ngon_sae(circles(), 5), n_tokens=1000).equivariance
    assert odd.errors["half turn"] > 0.5
    edges = report(tesseract(), faces_sae(tesseract(), 3), n_tokens=1000).equivariance
    assert edges.mean == pytest.approx(0, abs=1e-6)
    assert edges.null_least > 0.2


def test_purity_is_one_in_the_factors_and_no_better_than_the_null_elsewhere():
    world = circles(3)
    pure = report(world, signed_sae(world), n_tokens=1000).purity
    assert pure.mean == pytest.approx(1, abs=1e-5)
    assert pure.pvalue < 0.01
    assert pure.null_mean < 0.8
    axes = np.concatenate([f.span for f in world.truth.factors])
    noise = np.random.default_rng(3).standard_normal((40, 6)) @ axes
    impure = report(world, planted(noise, 0.0, noise), n_tokens=1000).purity
    assert impure.pvalue > 0.05
    assert impure.mean == pytest.approx(impure.null_mean, abs=0.05)


def test_latents_are_translated_into_gates_and_ablation_hits_only_their_own():
    made = report(circuit(), neurons_sae(circuit()), n_tokens=2000)
    table = made.circuit
    assert table.and_f1 == pytest.approx(1)
    assert table.neuron_and_f1 < 0.95, "the layer is turned: no coordinate is a gate"
    assert [row.and_latent for row in table.gates] == [0, 1, 2, 3]
    assert table.sufficiency == pytest.approx(1)
    assert table.side_effect == pytest.approx(0)
    by_kind = {row.gate.split("(")[0]: row for row in table.gates}
    assert by_kind["AND"].without == pytest.approx(0.5), "an AND without its latent is always off"
    assert by_kind["OR"].without == pytest.approx(1.0), "1 + 1 is past one half without a latent"
    assert by_kind["XOR"].rebuilt == pytest.approx(1)
    assert by_kind["XOR"].without < 0.9
    assert made.readout.kept == pytest.approx(1)
    assert made.readout.raw == 1
    assert made.readout.ablated < 0.95


def test_an_autoencoder_without_the_ands_keeps_nothing_of_the_readout():
    world = circuit()
    rows = world.space.directions
    blank = planted(rows, 5.0, np.zeros_like(rows))
    made = report(world, blank, n_tokens=1000)
    assert made.readout.rebuilt < made.readout.raw
    assert made.circuit.necessity == pytest.approx(0)


def test_random_mixtures_are_no_capture():
    world = circles(6, 16)
    made = report(world, mixing_sae(world), n_tokens=1000)
    assert {score.verdict for score in made.factors} == {"diluted"}
