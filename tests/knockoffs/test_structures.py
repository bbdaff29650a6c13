"""Clusters, trees, attributes, and the controls of all of them, on worlds that have them."""

import numpy as np
import pytest

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs import (
    Attributes,
    Clusters,
    Dealt,
    Foreign,
    Message,
    Shared,
    Theory,
    Tree,
    place,
)
from armillary.knockoffs.attributes import found, solved
from armillary.knockoffs.binary_tree import (
    climbed_down,
    contrasts,
    grown,
)
from armillary.knockoffs.nested import place_nested
from armillary.knockoffs.tree_bytes import pack_tree, unpack_tree
from armillary.worlds import planted_world

SPACES = [
    planted_world(
        n=500, d=48, n_structures=10, sizes=(12, 25), noise=0.25, decoys=0,
        rng=np.random.default_rng(seed),
    ).space
    for seed in (0, 1)
]  # fmt: skip
X, ELSEWHERE = (s.directions - s.directions.mean(axis=0) for s in SPACES)
SPACE = FeatureSpace(X, np.arange(500))
SHARED = Shared(SPACE.feature_id, 48)
STRUCTURES = [
    Clusters(30),
    Clusters(30, arranged="random"),
    Tree(30),
    Tree(30, arranged="sent", step=1.0),
    Tree(0, arranged="sent", step=4.0),
]
FEW = {"ids": lambda t: t.label}


def knockoff(theory: Theory, *, seed: int = 1) -> tuple[np.ndarray, Message]:
    message = theory.fit(SPACE, SHARED, rng=np.random.default_rng(0))
    placed = place(message.to_bytes(), SHARED, rng=np.random.default_rng(seed))
    return placed.directions.astype(np.float64), message


def left(placed: np.ndarray, true: np.ndarray = X) -> float:
    return float(((placed - true) ** 2).sum() / (true**2).sum())


def gram_r(placed: np.ndarray) -> float:
    upper = np.triu_indices(len(X), 1)
    return float(np.corrcoef((X @ X.T)[upper], (placed @ placed.T)[upper])[0, 1])


def dealt_error(placed: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of ``left`` when placed rows go to features at random.

    Only ``sum <x_i, y_pi(i)>`` varies. Its mean over permutations is ``n <mean x, mean y>``, which
    is 0 as x is centred; its variance ``|X_c Y_c'|^2 / (n - 1)`` (Hoeffding 1951).
    """
    total = (X**2).sum()
    centred = placed - placed.mean(axis=0)
    variance = ((X @ centred.T) ** 2).sum()
    return 1 + (placed**2).sum() / total, 2 * np.sqrt(variance / (len(X) - 1)) / total


@pytest.mark.parametrize("theory", STRUCTURES, **FEW)
def test_dealt_to_wrong_features_it_is_as_bad_as_chance_says(theory: Theory):
    true, _ = knockoff(theory)
    wrong, _ = knockoff(Dealt(theory))
    mean, sd = dealt_error(wrong)
    assert abs(left(wrong) - mean) < 5 * sd
    assert left(wrong) > 1  # worse than the mean vector
    assert gram_r(true) > 0.25 > 0.05 > abs(gram_r(wrong))


@pytest.mark.parametrize("theory", STRUCTURES, **FEW)
def test_fitted_to_another_space_it_is_no_better(theory: Theory):
    other = FeatureSpace(ELSEWHERE, np.arange(500))
    foreign, _ = knockoff(Foreign(theory, other))
    assert left(foreign) > 1
    assert abs(gram_r(foreign)) < 0.05
    assert gram_r(knockoff(theory)[0]) > 0.25


def test_a_centre_is_worth_its_bits_only_where_it_is_sent():
    sent, long = knockoff(Clusters(30))
    drawn, short = knockoff(Clusters(30, arranged="random"))
    assert left(sent) < 1 < left(drawn)
    # who is with whom is kept either way
    assert gram_r(drawn) > 0.2
    # 30 centres of 48 numbers of 8 bits and a scale a column, against 30 numbers of 8 bits
    saved = long.bits - short.bits
    assert abs(saved - 30 * 48 * 8 - 32 * 47 + 30 * 8) < 100


def test_clusters_leave_what_means_leave():
    placed, message = knockoff(Clusters(30, bits=16))
    groups = np.unique(placed, axis=0, return_inverse=True)[1].ravel()
    means = np.stack([X[groups == g].mean(axis=0) for g in range(groups.max() + 1)])[groups]
    assert np.abs(placed - means).max() < 1e-3
    assert message.bits / 500 < 30 * 48 * 16 / 500 + np.log2(30) + 8


def test_spread_members_lie_as_far_out_as_true_ones():
    flat, _ = knockoff(Clusters(30))
    placed, _ = knockoff(Clusters(30, spread=True))
    out = ((placed - flat) ** 2).sum()
    # the sum of 500 x 48 squared Gaussians of like size has a relative error of 0.03 at most
    assert out == pytest.approx(((X - flat) ** 2).sum(), rel=0.1)


def test_features_that_fire_pull_the_centre():
    theory = Clusters(1, weighted=True, bits=16)
    assert "weighted" in theory.label
    message = theory.message_of(X[:2], np.zeros(2, dtype=np.int64), weight=np.array([3.0, 1.0]))
    placed = place(message, Shared(np.arange(2), 48), rng=np.random.default_rng(0))
    assert np.allclose(placed.directions, (3 * X[0] + X[1]) / 4, atol=1e-3)


@pytest.mark.parametrize("leaves", [0, 20, 1])
def test_a_tree_comes_back_from_its_bytes(leaves: int):
    tree = grown(X, leaves, rng=np.random.default_rng(0))
    read = unpack_tree(*pack_tree(tree))
    assert np.array_equal(read.leaf_of, tree.leaf_of)
    assert np.array_equal(read.children, tree.children)


def test_a_tree_of_branches_comes_back_too():
    labels = np.random.default_rng(0).integers(7, size=500)
    tree = grown(X, 0, rng=np.random.default_rng(0), labels=labels)
    assert tree.n_leaves == 500
    assert tree.coarse.size == 7
    read = unpack_tree(*pack_tree(tree))
    assert np.array_equal(read.leaf_of, tree.leaf_of)
    assert np.array_equal(read.children, tree.children)


@pytest.mark.parametrize("leaves", [0, 20])
def test_contrasts_are_an_orthonormal_change_of_coordinates(leaves: int):
    tree = grown(X, leaves, rng=np.random.default_rng(0))
    root, step = contrasts(tree, X + 1)
    leaf = climbed_down(tree, root, step)
    means = np.stack([(X + 1)[tree.leaf_of == i].mean(axis=0) for i in range(tree.n_leaves)])
    assert np.allclose(leaf, means, atol=1e-4)
    about = leaf[tree.leaf_of] - root
    assert (step**2).sum() == pytest.approx((about**2).sum(), rel=1e-4)


def test_inner_products_of_a_random_tree_are_on_average_what_the_joints_say():
    """Three points: the pair that is joined first keeps its distance, on average over draws."""
    points = np.zeros((3, 48), dtype=np.float32)
    points[:, 0] = [1.0, 1.2, -2.2]
    space, shared = FeatureSpace(points, np.arange(3)), Shared(np.arange(3), 48)
    message = Tree(0).fit(space, shared, rng=np.random.default_rng(0))
    drawn = [place(message, shared, rng=np.random.default_rng(s)).directions for s in range(200)]
    near = np.mean([((p[0] - p[1]) ** 2).sum() for p in drawn])
    far = np.mean([((p[0] - p[2]) ** 2).sum() for p in drawn])
    # the step of heights is 2^(1/8): a square is off by 2^(1/8) at most; the mean of the pair lies
    # at 1.1, so its members are 3.3^2 + 0.1^2 from the third, in expectation
    assert 2**-0.13 < near / 0.2**2 < 2**0.13
    assert 2**-0.13 < far / (3.3**2 + 0.1**2) < 2**0.13


def test_a_finer_step_costs_more_and_leaves_less():
    rates = [knockoff(Tree(0, arranged="sent", step=step)) for step in (4.0, 2.0, 1.0, 0.5)]
    bits, error = [m.bits for _, m in rates], [left(p) for p, _ in rates]
    assert bits == sorted(bits)
    assert error == sorted(error, reverse=True)
    # no number is off by more than 0.6 steps, and the change of coordinates is orthonormal
    assert error[-1] < 0.3**2


def product_space(noise: float) -> tuple[FeatureSpace, Shared]:
    """360 features, each one of 6 colours and one of 6 shapes."""
    rng = np.random.default_rng(4)
    colour, shape = np.indices((6, 6)).reshape(2, 36).repeat(10, axis=1)
    tables = rng.standard_normal((2, 6, 32))
    x = tables[0][colour] + tables[1][shape] + noise * rng.standard_normal((360, 32))
    columns = {"colour": np.array([f"c{i}" for i in colour]), "shape": shape}
    space = FeatureSpace((x - x.mean(axis=0)).astype(np.float32), np.arange(360), columns)
    return space, Shared(space.feature_id, 32, columns)


def test_attributes_beat_clusters_that_cost_no_less():
    space, shared = product_space(0.1)
    rng = np.random.default_rng(0)
    said = Attributes((6, 6)).fit(space, shared, rng=rng)
    k = next(k for k in range(10, 40) if Clusters(k).fit(space, shared, rng=rng).bits >= said.bits)
    clusters = Clusters(k).fit(space, shared, rng=rng)
    error = [left(place(m, shared, rng=rng).directions, space.directions) for m in (said, clusters)]
    assert said.bits <= clusters.bits
    # the noise has 0.01 of a number's variance, the tables on average 2 x 5 / 6; the tables are
    # drawn (320 numbers of freedom, 8 % of their variance), three standard errors
    assert error[0] == pytest.approx(0.01 / (10 / 6 + 0.01), rel=0.25)
    assert error[1] > 10 * error[0]


def test_attributes_that_are_shared_cost_only_their_vectors():
    space, shared = product_space(0.1)
    rng = np.random.default_rng(0)
    named = Attributes(columns=("colour", "shape")).fit(space, shared, rng=rng)
    searched = Attributes((6, 6)).fit(space, shared, rng=rng)
    assert named.bits < searched.bits - 360 * 5  # log2 36 bits each
    placed = place(named, shared, rng=rng).directions
    assert left(placed, space.directions) < 0.02
    with pytest.raises(BadInput, match="no column is called 'flavour'"):
        Attributes(columns=("flavour",)).fit(space, shared, rng=rng)


def test_values_are_found_up_to_their_names():
    space, shared = product_space(0.1)
    value = found(space.directions, (6, 6), rng=np.random.default_rng(0))
    pairs = [
        len(set(zip(value[:, a].tolist(), shared.columns[name].tolist(), strict=True)))
        for a in (0, 1)
        for name in ("colour", "shape")
    ]
    assert sorted(pairs) == [6, 6, 36, 36]


def test_vectors_are_the_least_squares_solution():
    rng = np.random.default_rng(0)
    value, x = rng.integers(3, size=(40, 2)), rng.standard_normal((40, 5))
    tables = solved(x, value, (3, 3))
    rest = x - tables[0][value[:, 0]] - tables[1][value[:, 1]]
    for a in (0, 1):
        for level in range(3):
            assert np.allclose(rest[value[:, a] == level].sum(axis=0), 0, atol=1e-9)


def test_what_cannot_be_said_is_refused():
    with pytest.raises(BadInput, match="arranged 'neatly'"):
        Clusters(3, arranged="neatly")
    with pytest.raises(BadInput, match="600 clusters of 500 features"):
        knockoff(Clusters(600))
    with pytest.raises(BadInput, match="a step above 0"):
        Tree(3, arranged="sent", step=0.0)
    with pytest.raises(BadInput, match="make 1000000 combinations"):
        Attributes((1000, 1000))
    with pytest.raises(BadInput, match="is of the theory 'astrology'"):
        place_nested(Message("astrology", {}), SHARED, rng=np.random.default_rng(0))
    with pytest.raises(BadInput, match="these features need"):
        knockoff(Foreign(Clusters(3), FeatureSpace(X[:9], np.arange(9))))
