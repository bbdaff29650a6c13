import numpy as np
import pytest
from circuit_codes import bursty, codes_of, gate_codes

from armillary.core import BadInput
from armillary.relations import choose_parents, edge_tests


def all_pairs(one, two):
    first, second = np.meshgrid(np.arange(one), np.arange(two), indexing="ij")
    return first.T.ravel(), second.T.ravel()


def test_inputs_of_a_gate_pass_and_bits_beside_them_do_not():
    earlier, later, edges = gate_codes(6000, np.random.default_rng(0))
    chosen = choose_parents(earlier, later, slice(0, 3000), worth=0.0, most=6)
    found = edge_tests(
        earlier, later, (chosen.earlier, chosen.later), rows=slice(3000, 6000), draws=199,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    pairs = list(zip(chosen.earlier.tolist(), chosen.later.tolist(), strict=True))
    true = np.array([pair in edges for pair in pairs])
    assert true.sum() == len(edges)
    assert (found.q[true] <= 0.05).all()
    assert (found.t[true] > 0).all()
    # false discoveries: at most 5 % expected of those passed; three deviations of a binomial
    wrong = int((found.q[~true] <= 0.05).sum())
    assert wrong <= 0.05 * len(edges) + 3 * np.sqrt(0.05 * len(edges))


def test_the_residuals_are_those_of_least_squares():
    rng = np.random.default_rng(2)
    mixed = rng.random((500, 3)) @ rng.random((3, 3))
    earlier = codes_of(mixed)
    later = codes_of((mixed @ [[1.0], [0.5], [0.0]]) + rng.random((500, 1)))
    found = edge_tests(
        earlier, later, (np.arange(3), np.zeros(3, dtype=int)), rows=slice(0, 500), block=5,
        draws=19, rng=rng,
    )  # fmt: skip
    x, y = earlier.matrix().toarray().astype(float), later.matrix().toarray()[:, 0].astype(float)
    for k in range(3):
        place = np.tile(np.eye(5), (100, 1))  # of a token in its block
        design = np.column_stack([place, np.delete(x, k, axis=1)])
        r, e = (v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x[:, k], y))
        sums = (r * e).reshape(100, 5).sum(axis=1)
        assert found.t[k] == pytest.approx(sums.sum() / np.sqrt((sums**2).sum()), rel=1e-3)


def test_a_false_parent_is_explained_away_by_the_true_one():
    rng = np.random.default_rng(3)
    passed = 0
    for _ in range(40):
        cause = rng.exponential(1.0, (2000, 1)) * (rng.random((2000, 1)) < 0.3)
        beside = cause * (rng.random((2000, 1)) < 0.8) + 0.3 * rng.random((2000, 1))
        effect = cause * (1 + rng.standard_normal((2000, 1)))  # its spread grows with the cause
        found = edge_tests(
            codes_of(np.hstack([cause, beside])), codes_of(effect),
            (np.array([0, 1]), np.array([0, 0])), rows=slice(0, 2000), draws=99, rng=rng,
        )  # fmt: skip
        assert found.p[0] <= 0.03
        passed += int(found.p[1] <= 0.05)
    assert passed <= 40 * 0.05 + 3 * np.sqrt(40 * 0.05 * 0.95)


@pytest.mark.slow
def test_independent_layers_of_bursts_are_rejected_no_more_often_than_the_level():
    """Rare, skewed, autocorrelated features; edges chosen on other tokens, as in use."""
    rng, rejected, tested, discoveries, runs = np.random.default_rng(4), 0, 0, 0, 40
    by_run = []
    for _ in range(runs):
        earlier, later = bursty(120, 16, 10, rng), bursty(120, 16, 10, rng)
        chosen = choose_parents(earlier, later, slice(0, 960), worth=0.0, most=4, least=5)
        found = edge_tests(
            earlier, later, (chosen.earlier, chosen.later), rows=slice(960, 1920), block=16,
            draws=199, rng=rng,
        )  # fmt: skip
        by_run.append((found.p <= 0.05).mean())
        rejected += int((found.p <= 0.05).sum())
        tested += found.p.size
        discoveries += bool((found.q <= 0.05).any())
    error = np.std(by_run, ddof=1) / np.sqrt(runs)
    assert rejected / tested <= 0.05 + 3 * error
    assert discoveries / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def placed(n_blocks, block, n_features, rng):
    """Codes drawn token by token, four times as likely in the first quarter of a document."""
    odds = np.where(np.arange(block) < block // 4, 0.4, 0.1)[None, :, None]
    fires = rng.random((n_blocks, block, n_features)) < odds
    return codes_of((fires * rng.exponential(1.0, fires.shape)).reshape(-1, n_features))


@pytest.mark.parametrize("given", [False, True])
def test_layers_that_only_share_their_place_in_the_document_are_not_related(given):
    """Parents that follow place too would leave a part of it in both residuals."""
    rng, rejected, runs = np.random.default_rng(11), [], 12
    for _ in range(runs):
        earlier, later = placed(120, 16, 6, rng), placed(120, 16, 6, rng)
        found = edge_tests(
            earlier, later, all_pairs(6, 6), rows=slice(0, 1920), block=16, draws=99,
            given=given, rng=rng,
        )  # fmt: skip
        rejected.append(float((found.p <= 0.05).mean()))
    error = np.std(rejected, ddof=1) / np.sqrt(runs)
    assert np.mean(rejected) <= 0.05 + 3 * error


def test_tokens_taken_for_independent_would_reject_too_often():
    """The control of the blocks: the same bursts, a token a block."""
    rng, rejected = np.random.default_rng(5), []
    for _ in range(6):
        earlier, later = (bursty(60, 16, 8, rng, density=0.9) for _ in range(2))
        for block in (1, 16):
            found = edge_tests(
                earlier, later, all_pairs(8, 8), rows=slice(0, 960), block=block, draws=99,
                given=False, rng=rng,
            )  # fmt: skip
            rejected.append((block, float((found.p <= 0.05).mean())))
    alone = np.mean([share for block, share in rejected if block == 1])
    together = np.mean([share for block, share in rejected if block == 16])
    assert together < 0.1 < alone


def test_a_feature_that_never_fires_passes_nothing():
    earlier, later, _ = gate_codes(1000, np.random.default_rng(6))
    dense = earlier.matrix().toarray()
    dense[:, 4] = 0
    found = edge_tests(
        codes_of(dense), later, (np.array([4, 5]), np.array([4, 4])), rows=slice(0, 1000),
        draws=99, rng=np.random.default_rng(7),
    )  # fmt: skip
    assert found.p[0] == 1
    assert found.t[0] == 0


def test_too_few_blocks_are_refused():
    earlier, later, _ = gate_codes(1000, np.random.default_rng(8))
    with pytest.raises(BadInput, match="at least 20"):
        edge_tests(
            earlier, later, (np.array([0]), np.array([0])), rows=slice(0, 1000), block=100,
            rng=np.random.default_rng(9),
        )  # fmt: skip
