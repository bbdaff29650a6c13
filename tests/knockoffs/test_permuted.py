import numpy as np
import pytest

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs import Permuted, Shared, place


def a_space(m: int = 200, d: int = 6) -> tuple[FeatureSpace, Shared]:
    rows = np.random.default_rng(0).standard_normal((m, d)).astype(np.float16).astype(np.float32)
    return FeatureSpace(rows, np.arange(m)), Shared(np.arange(m), d)


def dealt(theory: Permuted, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    space, shared = a_space()
    message = theory.fit(space, shared, rng=np.random.default_rng(0))
    placed = place(message.to_bytes(), shared, rng=np.random.default_rng(seed))
    return space.directions, placed.directions


def whose(true: np.ndarray, placed: np.ndarray) -> np.ndarray:
    same = (true[:, None] == placed).all(axis=2)
    assert (same.sum(axis=0) == 1).all()  # every true vector is dealt once
    return same.argmax(axis=0)


def test_every_vector_is_dealt_once_and_hardly_one_to_its_owner():
    own = whose(*dealt(Permuted()))
    assert (own == np.arange(200)).sum() <= 6  # Poisson of mean 1
    other = whose(*dealt(Permuted(), seed=2))
    assert (own == other).sum() <= 6


def test_the_message_does_not_say_whose_the_vectors_are():
    space, shared = a_space()
    deal = np.random.default_rng(3).permutation(200)
    again = FeatureSpace(space.directions[deal], space.feature_id)
    rng = np.random.default_rng(0)
    one, other = (Permuted().fit(s, shared, rng=rng).to_bytes() for s in (space, again))
    assert one == other


def test_within_clusters_a_vector_stays_in_its_cluster():
    cluster = np.random.default_rng(4).integers(-1, 5, size=200)
    own = whose(*dealt(Permuted(within=cluster)))
    assert np.array_equal(cluster[own], cluster)
    assert (own == np.arange(200)).sum() <= 18  # one a cluster on average, six clusters
    assert whose(*dealt(Permuted(within=np.arange(200)))).tolist() == list(range(200))


def test_the_clusters_are_paid_for():
    space, shared = a_space()
    rng = np.random.default_rng(0)
    free = Permuted().fit(space, shared, rng=rng)
    paid = Permuted(within=np.arange(200) % 4).fit(space, shared, rng=rng)
    assert 400 <= paid.bits - free.bits < 1_200
    assert free.bits == pytest.approx(16 * 200 * 6, abs=400)


@pytest.mark.refusal
def test_clusters_of_other_features_are_refused():
    space, shared = a_space()
    with pytest.raises(BadInput, match="give one of each"):
        Permuted(within=np.zeros(3, int)).fit(space, shared, rng=np.random.default_rng(0))
