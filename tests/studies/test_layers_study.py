from dataclasses import replace

import numpy as np
import pytest

from armillary.atlas.study import Study
from armillary.core import BadInput, Codes, Tokens
from armillary.load import save_codes
from armillary.networks.residual_circuit import residual_circuit
from armillary.studies.layer_clamps import clamp_effects
from armillary.studies.layer_relations import RelationSettings, recovered, relate
from armillary.studies.layer_topology import RankTest, topology
from armillary.studies.layer_worlds import aligned, circuit_pair, codes_of, pair_of, stored_pair
from armillary.studies.layers import layers_study

pytest.importorskip("gudhi")


@pytest.mark.parametrize("seed", range(3))
def test_the_relation_recovers_a_known_circuit(seed):
    pair = circuit_pair("tiny", seed=seed)
    found = relate(pair, rng=np.random.default_rng(seed))
    edges = recovered(found.pairs, pair.truth)
    assert edges.true == 12 + 24
    assert edges.precision >= 0.9
    assert edges.recall >= 0.9


def test_layers_of_different_draws_have_no_edges():
    """The same world drawn twice: what each layer is like is kept, the relation is gone."""
    made = residual_circuit(16, 12, 64, rng=np.random.default_rng(0))
    one, _ = made.draw(4000, np.random.default_rng(1))
    _, two = made.draw(4000, np.random.default_rng(2))
    pair = pair_of((one, two), made.dictionaries(), name="strangers")
    found = relate(pair, RelationSettings(worth=0.0), rng=np.random.default_rng(3))
    assert found.parents.n_edges > 100
    share = float((found.tests.p <= 0.05).mean())
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / found.parents.n_edges)
    assert not found.kept.any()
    assert not found.spans.kept.any()
    assert found.r2.max() < 0.02


def test_precision_and_recall_are_shares_of_found_and_true():
    counted = recovered(frozenset({(0, 0), (1, 0)}), frozenset({(0, 0), (2, 0), (3, 0)}))
    assert (counted.precision, counted.recall) == (0.5, 1 / 3)
    assert recovered(frozenset(), frozenset({(0, 0)})).precision == 1.0


def test_the_complex_of_a_circuit_is_the_graph_of_its_gates():
    """Gates on pairs are edges: loops are edges less points and pieces (Euler)."""
    cycle = {k: (k, (k + 1) % 5) for k in range(5)}
    spans = {**cycle, 5: (5, 6), 6: (7,)}
    found = topology(spans, dict.fromkeys(spans, 1.0), draws=39, rng=np.random.default_rng(0))
    assert [one.observed for one in found.betti] == [3, 1, 0]
    assert found.curve[0].tolist() == [3, 1, 0]
    by_vertex = {one.vertex: one for one in found.clamps}
    assert by_vertex[0].degree == 2
    assert by_vertex[0].change[1].observed == -1  # the loop needs every one of its corners
    assert by_vertex[7].change[0].observed == -1
    assert all(one.null.shape == (39,) for one in found.betti)


def test_both_tails_of_a_rank_count():
    null = np.arange(99.0)
    assert RankTest(200.0, null).pvalue == pytest.approx(0.02)
    assert RankTest(-1.0, null).pvalue == pytest.approx(0.02)
    assert RankTest(49.0, null).pvalue == 1.0


@pytest.mark.slow
def test_holes_of_random_complexes_are_rejected_no_more_often_than_the_level():
    """Complexes without structure: every simplex draws its vertices at random."""
    rng, runs = np.random.default_rng(5), 120
    rejected = np.zeros((runs, 3))
    for run in range(runs):
        sizes = rng.integers(1, 5, size=30)
        facets = {k: tuple(sorted(rng.choice(15, n, replace=False).tolist()))
                  for k, n in enumerate(sizes.tolist())}  # fmt: skip
        found = topology(facets, dict.fromkeys(facets, 1.0), draws=39, n_clamps=0, rng=rng)
        rejected[run] = [one.pvalue <= 0.05 for one in found.betti]
    assert (rejected.mean(axis=0) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)).all()


def test_loops_that_chance_does_not_close_are_found():
    """Power: eight hollow tetrahedra, apart; random simplices of the same margins mix them."""
    sides = [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
    facets = {4 * n + k: tuple(4 * n + v for v in side) for n in range(8)
              for k, side in enumerate(sides)}  # fmt: skip
    found = topology(facets, dict.fromkeys(facets, 1.0), draws=99, rng=np.random.default_rng(6))
    assert found.betti[2].observed == 8
    assert found.betti[2].pvalue == pytest.approx(0.02)
    assert found.betti[0].observed == 8


def test_clamping_in_the_network_silences_children_and_leaves_others():
    """A circuit as the model: its stream is clamped, its gates are computed from what is left."""
    made = residual_circuit(10, 8, 40, kinds=("AND",), density=0.3, noise=0.0,
                            rng=np.random.default_rng(7))  # fmt: skip
    one, two = made.dictionaries()
    rng = np.random.default_rng(8)
    bits = rng.random((3200, 10)) < 0.3
    document = np.repeat(np.arange(100), 32)

    def later_of(on):
        gates = np.stack([on[:, g.a] & on[:, g.b] for g in made.gates], axis=1)
        return (on @ made.bits + gates @ made.outputs).astype(np.float32)

    from armillary.core import Tokens
    from armillary.studies.two_layers import LayerPair

    tokens = Tokens(np.arange(3200), document, np.tile(np.arange(32), 100))
    first, second = (
        codes_of(sae.encode(x))
        for sae, x in ((one, (bits @ made.bits).astype(np.float32)), (two, later_of(bits)))
    )
    from dataclasses import replace

    pair = LayerPair(replace(first, tokens=tokens), replace(second, tokens=tokens), (one, two),
                     1600, 32, "a circuit", truth=frozenset(made.edges))  # fmt: skip
    found = relate(pair, rng=rng)

    def forward(ids, row, feature):
        on = bits[ids.ravel()].copy()
        code = on[:, feature].astype(float)
        if row is not None:
            on[:, feature] = False
        return np.column_stack([code, later_of(on)])

    effects = clamp_effects(pair, found, forward, features=10)
    true = np.array([
        pair_ in pair.truth for pair_ in zip(effects.earlier.tolist(), effects.later.tolist(),
                                             strict=True)
    ])  # fmt: skip
    np.testing.assert_allclose(effects.change[true], -1.0, atol=0.02)
    assert np.abs(effects.change[~true]).max() < 0.1
    assert effects.test(draws=199, rng=rng).pvalue == pytest.approx(1 / 200)
    computed = true & (effects.later >= 10)
    assert np.abs(effects.direct[computed]).mean() < 0.5  # gates are not on the direct path
    assert effects.direct[true & (effects.later < 10)] == pytest.approx(-1.0, abs=0.2)


def test_a_study_of_a_world_is_whole_and_repeats(tmp_path):
    one, again = (layers_study("world:circuit", size="tiny", draws=39, seed=1) for _ in range(2))
    assert "precision" in one.said[0]
    assert one.said == again.said
    assert one.tables["betti_numbers"][0]["p"] > 0
    assert {chart.kind for chart in one.charts} == {"graph", "bars", "lines"}
    one.write(tmp_path / "study")
    assert Study.read(tmp_path / "study", "layers").said == one.said


def test_a_study_of_stored_codes_needs_no_dictionary(tmp_path):
    pair = circuit_pair("tiny", seed=2)
    save_codes(pair.earlier, tmp_path / "a")
    save_codes(pair.later, tmp_path / "b")
    found = layers_study(str(tmp_path / "a"), later=str(tmp_path / "b"), draws=39)
    assert "strongest_relations" in found.tables
    assert not any("irtual" in sentence for sentence in found.said)


def stored(codes, tokens, where, *, ids=None):
    firings = codes.matrix().tocoo()
    made = Codes.from_triples(
        *firings.coords, firings.data, n_tokens=codes.n_tokens, n_features=codes.n_features,
        feature_id=ids, tokens=tokens,
    )  # fmt: skip
    save_codes(made, where)
    return str(where)


def test_documents_of_any_length_are_blocks_and_none_is_cut_in_two(tmp_path):
    pair = circuit_pair("tiny", seed=3)
    rng = np.random.default_rng(0)
    size = rng.integers(10, 41, pair.earlier.n_tokens // 10)
    document = np.repeat(np.arange(size.size), size)[: pair.earlier.n_tokens]
    position = np.arange(document.size) - np.searchsorted(document, document)
    tokens = Tokens(rng.integers(9, size=document.size), document, position)
    a, b = (stored(codes, tokens, tmp_path / name)
            for name, codes in (("a", pair.earlier), ("b", pair.later)))  # fmt: skip
    held = stored_pair(a, b, None)
    kept = held.earlier.tokens
    assert kept.n_tokens % held.block == 0
    assert (kept.position.reshape(-1, held.block) == np.arange(held.block)).all()
    assert kept.document[held.learned] != kept.document[held.learned - 1]
    most = max(k * int((np.bincount(document) >= k).sum()) for k in range(10, 41))
    assert kept.n_tokens == most
    dense = pair.earlier.matrix().toarray()[position < held.block]
    whole = np.bincount(document)[document[position < held.block]] >= held.block
    np.testing.assert_array_equal(held.earlier.matrix().toarray(), dense[whole])


@pytest.mark.parametrize("sizes", [[400], [30, 7, 300, 4]])
def test_few_documents_are_cut_into_pieces(sizes):
    document = np.repeat(np.arange(len(sizes)), sizes)
    rows, length = aligned(document)
    pieces = rows.reshape(-1, length)
    assert len(pieces) >= 40
    assert (np.diff(pieces, axis=1) == 1).all()
    assert (document[pieces[:, 0]] == document[pieces[:, -1]]).all()
    assert np.unique(rows).size == rows.size
    assert sum(n // (length + 1) for n in sizes) < 40  # no longer ones would do


@pytest.mark.refusal
def test_too_little_text_is_refused():
    with pytest.raises(BadInput, match="40 are needed"):
        aligned(np.zeros(39, dtype=int))


def test_features_are_told_and_weighed_by_their_ids(tmp_path):
    """Codes of some features of a dictionary, in another order."""
    pair = circuit_pair("tiny", seed=2)
    one, two = pair.dictionaries
    ids = np.random.default_rng(1).permutation(one.n_features)
    columns = pair.earlier.columns_for(ids)
    a = stored(columns, None, tmp_path / "a", ids=ids)
    b = stored(pair.later, None, tmp_path / "b")
    whole, turned = relate(pair, rng=np.random.default_rng(0)), relate(
        stored_pair(a, b, (one, two)), rng=np.random.default_rng(0)
    )  # fmt: skip
    assert {(int(ids[i]), j) for i, j in turned.pairs} == whole.pairs
    np.testing.assert_allclose(turned.virtual.weight, whole.virtual.weight[ids], rtol=1e-5)
    with pytest.raises(BadInput, match="its dictionary has"):
        stored_pair(a, b, (sae_of(one, 5), two))


def sae_of(sae, n):
    """Return the first features of an autoencoder."""
    return replace(sae, directions=sae.directions[:n], encoder=sae.encoder[:, :n],
                   encoder_bias=sae.encoder_bias[:n])  # fmt: skip


def test_sources_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(BadInput, match="--later"):
        layers_study(str(tmp_path))
    with pytest.raises(BadInput, match="both layers"):
        layers_study("world:circuit", later="x")
    with pytest.raises(BadInput, match="world:circuit"):
        circuit_pair("huge")
    with pytest.raises(BadInput, match="give two"):
        layers_study("a", later="b", dictionaries="one")
    with pytest.raises(BadInput, match="span anything"):
        topology({0: (1,)}, {0: 1.0}, rng=np.random.default_rng(0))
