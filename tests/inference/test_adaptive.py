import numpy as np
import pytest

from armillary.inference.adaptive import adaptive_pvalues
from armillary.inference.multiplicity import benjamini_hochberg, weighted


def flips(true_p: np.ndarray):
    """Draw exceedances of hypotheses whose ideal p-values are known."""

    def exceedances(asked: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        return rng.binomial(n, true_p[asked])

    return exceedances


def test_clear_cases_are_decided_and_most_draws_go_where_p_is_small(rng):
    true_p = np.r_[np.zeros(20), rng.uniform(0.05, 1, 980)]
    found = adaptive_pvalues(flips(true_p), 1000, rng=rng)
    rejected = benjamini_hochberg(found.p) <= 0.05
    assert rejected[:20].all()
    assert rejected.sum() == 20
    assert found.n_draws[:20].min() > 20 * np.median(found.n_draws[20:])
    assert found.n_draws.sum() < 0.02 * 1000 * 20_000


def test_a_lone_discovery_among_two_thousand_still_reaches_its_q(rng):
    true_p = np.r_[0.0, rng.uniform(0.2, 1, 1999)]
    found = adaptive_pvalues(flips(true_p), 2000, rng=rng)
    assert benjamini_hochberg(found.p)[0] <= 0.05
    assert found.n_draws[0] == 40_000
    assert found.p[0] == pytest.approx(1 / 40_001)


def test_decisions_are_those_of_a_scheme_that_drops_nobody():
    for seed in range(15):
        true_p = np.random.default_rng(seed).beta(0.3, 1.0, 60)
        stream = np.random.default_rng(100 + seed).random((60, 1200)) < true_p[:, None]
        taken = np.zeros(60, dtype=int)

        def next_of_stream(asked, n, rng, *, stream=stream, taken=taken):
            counts = [stream[i, taken[i] : taken[i] + n].sum() for i in asked]
            taken[asked] += n
            return np.array(counts)

        rng = np.random.default_rng(seed)
        found = adaptive_pvalues(next_of_stream, 60, rng=rng, most=1200, stop_after=1200)
        full = (1 + stream.sum(axis=1)) / 1201
        same = (benjamini_hochberg(found.p) <= 0.05) == (benjamini_hochberg(full) <= 0.05)
        assert same.all()
        assert (found.p >= full - 1e-12).all()


def test_p_is_valid_at_every_threshold_under_a_true_null(rng):
    true_p = rng.random(20_000)
    found = adaptive_pvalues(flips(true_p), true_p.size, most=2000, rng=rng)
    for a in (0.002, 0.01, 0.05, 0.2, 0.5):
        error = np.sqrt(a * (1 - a) / true_p.size)
        assert (found.p <= a).mean() <= a + 3 * error
    # and not wastefully large: a hopeless p follows the ideal one
    assert np.corrcoef(found.p, true_p)[0, 1] > 0.9


def test_p_is_never_zero_and_never_below_its_reach(rng):
    found = adaptive_pvalues(flips(np.zeros(5)), 5, most=99, rng=rng)
    assert (found.p >= 1 / 100).all()
    assert (found.reach > 0).all()
    assert (found.p >= found.reach).all()
    assert (found.n_exceeding == 0).all()


def test_hopeless_hypotheses_stop_in_the_first_round_with_the_sequential_p(rng):
    found = adaptive_pvalues(flips(np.ones(3)), 3, first=40, stop_after=10, rng=rng)
    assert found.n_draws.tolist() == [40, 40, 40]
    assert found.p.tolist() == [1.0, 1.0, 1.0]  # the tenth exceedance came at the tenth draw


def test_the_same_seed_gives_the_same_p():
    true_p = np.linspace(0, 1, 50)
    runs = [
        adaptive_pvalues(flips(true_p), 50, rng=np.random.default_rng(3)).p.tolist()
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


def test_no_hypotheses_cost_nothing(rng):
    assert adaptive_pvalues(flips(np.empty(0)), 0, most=10, rng=rng).p.size == 0


@pytest.mark.slow
def test_on_all_true_nulls_the_mean_false_discovery_proportion_keeps_its_level():
    n_seeds, level = 400, 0.05
    false_alarm = np.empty(n_seeds)
    for seed in range(n_seeds):
        rng = np.random.default_rng(seed)
        found = adaptive_pvalues(flips(rng.random(200)), 200, rng=rng)
        false_alarm[seed] = (benjamini_hochberg(found.p) <= level).any()
    error = np.sqrt(level * (1 - level) / n_seeds)
    assert false_alarm.mean() <= level + 3 * error


@pytest.mark.slow
def test_beside_real_effects_the_mean_false_discovery_proportion_keeps_its_level():
    proportions = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        true_p = np.r_[rng.beta(0.05, 20, 40), rng.random(160)]
        rejected = benjamini_hochberg(adaptive_pvalues(flips(true_p), 200, rng=rng).p) <= 0.05
        proportions.append(rejected[40:].sum() / max(1, rejected.sum()))
    error = np.std(proportions) / np.sqrt(len(proportions))
    assert np.mean(proportions) <= 0.05 + 3 * error


@pytest.mark.refusal
def test_counts_of_the_wrong_shape_are_refused(rng):
    with pytest.raises(ValueError, match="3 counts between 0 and 40"):
        adaptive_pvalues(lambda asked, n, rng: np.zeros(2, dtype=int), 3, rng=rng)


def test_more_exceedances_than_draws_are_refused(rng):
    with pytest.raises(ValueError, match="between 0 and 40"):
        adaptive_pvalues(lambda asked, n, rng: np.full(asked.size, n + 1), 3, rng=rng)


def test_a_scheme_without_draws_is_refused(rng):
    with pytest.raises(ValueError, match="at least 1, got 0"):
        adaptive_pvalues(flips(np.ones(3)), 3, first=0, rng=rng)


def test_after_a_screen_the_decisions_are_those_of_a_scheme_that_drops_nobody():
    for seed in range(15):
        true_p = np.random.default_rng(seed).beta(0.3, 1.0, 60)
        stream = np.random.default_rng(100 + seed).random((60, 1200)) < true_p[:, None]
        taken = np.zeros(60, dtype=int)

        def next_of_stream(asked, n, rng, *, stream=stream, taken=taken):
            counts = [stream[i, taken[i] : taken[i] + n].sum() for i in asked]
            taken[asked] += n
            return np.array(counts)

        rng = np.random.default_rng(seed)
        screen = np.where(rng.random(60) < 0.6, 1 / 1001, rng.random(60))
        found = adaptive_pvalues(
            next_of_stream, 60, rng=rng, most=1200, stop_after=1200, screened=screen
        )
        passed = benjamini_hochberg(screen) <= 0.05
        wanted = np.where(passed, (1 + stream.sum(axis=1)) / 1201, screen)
        same = (benjamini_hochberg(found.p) <= 0.05) == (benjamini_hochberg(wanted) <= 0.05)
        assert same.all()
        assert (found.p >= wanted - 1e-12).all()


def test_nothing_is_drawn_for_what_a_screen_holds_back(rng):
    screen = np.array([0.001, 0.9, 0.002, 0.6])
    found = adaptive_pvalues(flips(np.zeros(4)), 4, most=999, screened=screen, rng=rng)
    assert found.n_draws[[1, 3]].tolist() == [0, 0]
    assert found.p[[1, 3]].tolist() == [0.9, 0.6]
    assert (found.n_draws[[0, 2]] > 0).all()


def test_a_screen_and_weights_keep_the_false_discovery_rate(rng):
    level, runs, n = 0.05, 300, 40
    false = 0
    for _ in range(runs):
        truth = rng.random(n)  # no effect at all; the screen is a lenient look at the same data
        screen = np.minimum(truth, rng.random(n))
        weight = rng.choice([0.1, 1.0], n)
        found = adaptive_pvalues(
            flips(truth), n, most=2000, screened=screen, weight=weight, rng=rng
        )
        false += (benjamini_hochberg(weighted(found.p, weight)) <= level).any()
    assert false / runs <= level + 3 * np.sqrt(level * (1 - level) / runs)
