import numpy as np
import pytest

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.core.tokens import Tokens
from armillary.knockoffs import FiringGram, Shared, place
from armillary.knockoffs.correlations import Measure, implied
from armillary.knockoffs.subspace import leading_factor

M, D, T = 60, 5, 8_000


def a_world(*, strength: float = 0.7) -> tuple[FeatureSpace, Shared]:
    """Features fire where ``strength``-share correlated Gaussians of known Gram exceed 1."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((M, D))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    latent = strength**0.5 * rng.standard_normal((T, D)) @ rows.T
    latent += (1 - strength) ** 0.5 * rng.standard_normal((T, M))
    latent[:, -1] = 0  # one feature never fires
    token, feature = np.nonzero(latent > 1)
    codes = Codes.from_triples(token, feature, latent[token, feature], n_tokens=T, n_features=M)
    space = FeatureSpace(rows.astype(np.float32), np.arange(M))
    return space, Shared(np.arange(M), D, codes=codes)


SPACE, SHARED = a_world()


def agreement(made: np.ndarray) -> float:
    above = np.triu_indices(M - 1, 1)
    gram = [rows[:-1] @ rows[:-1].T for rows in (SPACE.directions, made)]
    return float(np.corrcoef(gram[0][above], gram[1][above])[0, 1])


@pytest.mark.parametrize("measure", ["covariance", "correlation", "phi", "cosine", "pmi"])
def test_a_gram_that_the_firings_follow_is_recovered_for_free(measure: Measure):
    message = FiringGram(measure).fit(SPACE, SHARED, rng=np.random.default_rng(0))
    assert message.bits < 400
    made = place(message.to_bytes(), SHARED, rng=np.random.default_rng(1)).directions
    assert agreement(made) > (0.8 if measure == "pmi" else 0.9)
    assert np.linalg.norm(made, axis=1) == pytest.approx(np.ones(M), rel=1e-3)


def test_it_is_known_up_to_a_rotation_only():
    message = FiringGram("phi").fit(SPACE, SHARED, rng=np.random.default_rng(0))
    like = list[float]()
    for seed in range(40):
        made = place(message, SHARED, rng=np.random.default_rng(seed)).directions
        like.append(float((made * SPACE.directions).sum() / M))
    # a trace of a random rotation has mean 0 and standard deviation 1
    assert abs(np.mean(like)) < 4.5 / D / 40**0.5
    assert np.std(like) > 0.5 / D


def test_firings_of_another_space_imply_another_gram():
    dealt = np.random.default_rng(5).permutation(M - 1)
    made = implied(SHARED, "phi", rank=D)
    assert abs(agreement(made[np.append(dealt, M - 1)])) < 0.1


@pytest.mark.parametrize("measure", ["covariance", "correlation", "phi", "cosine"])
def test_it_is_the_best_low_rank_root_of_the_gram_as_defined(measure: Measure):
    codes = SHARED.codes
    assert codes is not None
    fires = codes.matrix(binary=measure == "phi").toarray().astype(np.float64)
    fires = fires if measure == "cosine" else fires - fires.mean(axis=0)
    length = np.sqrt((fires**2).sum(axis=0))
    scale = np.full(M, T**0.5) if measure == "covariance" else np.where(length > 0, length, 1)
    gram = (fires / scale).T @ (fires / scale)
    value, axes = np.linalg.eigh(gram)
    best = (axes[:, -D:] * value[-D:]) @ axes[:, -D:].T
    found = implied(SHARED, measure, rank=D, free_diagonal=False)
    assert np.linalg.norm(found @ found.T - best) < 0.02 * np.linalg.norm(best)


def test_a_free_diagonal_leaves_the_rest_closer():
    codes = SHARED.codes
    assert codes is not None
    gram = np.nan_to_num(np.corrcoef(codes.matrix().toarray()[:, :-1].T))
    off = ~np.eye(M - 1, dtype=bool)
    error = dict[bool, float]()
    for free in (False, True):
        root = implied(SHARED, "correlation", rank=D, free_diagonal=free)[:-1]
        error[free] = float(((root @ root.T - gram)[off] ** 2).mean())
    assert error[True] < error[False]


def test_lengths_may_be_kept_and_the_silent_get_some():
    theory = FiringGram("covariance", norms="kept")
    message = theory.fit(SPACE, SHARED, rng=np.random.default_rng(0))
    length = np.linalg.norm(place(message, SHARED, rng=np.random.default_rng(1)).directions, axis=1)
    assert np.sqrt((length**2).mean()) == pytest.approx(1, rel=1e-5)
    assert length.std() > 0.02
    assert length[-1] > 0.5


def one_hot(n: int = 400) -> Shared:
    word = np.random.default_rng(0).integers(9, size=n)
    codes = Codes(
        np.arange(n + 1), word.astype(np.int32), np.ones(n, np.float32), np.arange(9),
        Tokens(word, np.zeros(n, int), np.arange(n)),
    )  # fmt: skip
    return Shared(np.arange(9), 12, codes=codes)


def test_one_feature_a_token_is_known_by_its_company():
    shared = one_hot()
    space = FeatureSpace(np.ones((9, 12), np.float32), np.arange(9))
    message = FiringGram("company").fit(space, shared, rng=np.random.default_rng(0))
    assert place(message, shared, rng=np.random.default_rng(1)).directions.shape == (9, 12)


@pytest.mark.refusal
def test_what_firings_cannot_say_is_refused():
    space = FeatureSpace(np.ones((9, 12), np.float32), np.arange(9))
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="use the measure 'company'"):
        FiringGram("phi").fit(space, one_hot(), rng=rng)
    with pytest.raises(BadInput, match="needs codes"):
        FiringGram("phi").fit(space, Shared(np.arange(9), 12), rng=rng)
    with pytest.raises(BadInput, match="no measure 'luck'"):
        FiringGram("luck").fit(SPACE, SHARED, rng=rng)  # pyright: ignore[reportArgumentType]


def test_subspace_iteration_agrees_with_a_dense_eigendecomposition():
    rng = np.random.default_rng(2)
    turn = np.linalg.qr(rng.standard_normal((200, 200)))[0]
    value = np.append(0.8 ** np.arange(199), -1e-3)
    matrix = (turn * value) @ turn.T
    factor, found = leading_factor(lambda b: matrix @ b, 200, rank=10, rng=rng)
    assert found == pytest.approx(value[:10], rel=1e-4)
    assert factor @ factor.T == pytest.approx(
        (turn[:, :10] * value[:10]) @ turn[:, :10].T, abs=2e-3
    )
