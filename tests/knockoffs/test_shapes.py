import numpy as np
import pytest
from examples import a_space

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs import Clusters, Exact, RandomUnit, ShapedGroup, Shapes, Shared, place
from armillary.knockoffs.shaped_group import disjoint
from armillary.knockoffs.templates import random_frame, template

RING = np.random.default_rng(0).permutation(60)[:12]


def ringed(noise: float = 0.0) -> tuple[FeatureSpace, Shared]:
    """Twelve of sixty features go round a circle of radius 2 about a centre of length 1."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((60, 24)) / 5
    axes = random_frame(3, 24, rng=rng)
    x[RING] = axes[2] + 2 * template("ring", np.arange(12), period=12) @ axes[:2]
    x[RING] += noise * rng.standard_normal((12, 24))
    space = FeatureSpace(x.astype(np.float32), np.arange(60))
    return space, Shared(space.feature_id, 24)


CIRCLE = ShapedGroup.of(RING, "circle")


def placed(theory: Shapes, *, noise: float = 0.0) -> np.ndarray:
    space, shared = ringed(noise)
    message = theory.fit(space, shared, rng=np.random.default_rng(0))
    return place(message.to_bytes(), shared, rng=np.random.default_rng(1)).directions


def gram(x: np.ndarray) -> np.ndarray:
    about = x - x.mean(axis=0)
    return about @ about.T


def test_a_ring_that_is_sent_comes_back_and_the_rest_is_the_bases():
    out = placed(Shapes((CIRCLE,), bits=16, base=Exact(32)))
    space, _ = ringed()
    assert np.abs(out - space.directions).max() < 2e-3
    rest = np.setdiff1d(np.arange(60), RING)
    assert np.array_equal(out[rest], space.directions[rest])


def test_in_a_random_subspace_the_ring_keeps_its_gram_matrix():
    out = placed(Shapes((CIRCLE,), axes="random", centre="random"))
    true = ringed()[0].directions
    assert np.allclose(gram(out[RING]), gram(true[RING]), atol=0.02)
    assert np.linalg.norm(out[RING].mean(axis=0)) == pytest.approx(1, abs=0.01)
    assert np.linalg.norm(out[RING] - true[RING]) > 1


def test_scrambled_no_member_stays_and_the_set_does():
    true = ringed()[0].directions
    out = placed(Shapes((CIRCLE,), mode="scrambled", bits=16))
    went = [int(((true[RING] - out[r]) ** 2).sum(axis=1).argmin()) for r in RING]
    assert sorted(went) == list(range(12))
    assert all(i != to for i, to in enumerate(went))
    upper = np.triu_indices(12, 1)
    kept = np.corrcoef(gram(out[RING])[upper], gram(true[RING])[upper])[0, 1]
    # twelve on a ring have 66 inner products of six kinds: a random order is off by 1 / sqrt(11)
    assert abs(kept) < 3 / np.sqrt(11)


def test_a_simplex_in_place_of_a_ring_keeps_centre_and_size_and_no_order():
    true = ringed(0.05)[0].directions
    out = placed(Shapes((CIRCLE,), mode="simplex", bits=16), noise=0.05)
    assert np.allclose(out[RING].mean(axis=0), true[RING].mean(axis=0), atol=0.01)
    found = gram(out[RING])
    assert np.trace(found) == pytest.approx(np.trace(gram(true[RING])), rel=0.01)
    off = found[~np.eye(12, dtype=bool)]
    assert off.std() < 0.01


def test_members_own_coordinates_follow_an_uneven_ring():
    true = ringed(0.3)[0].directions
    even = placed(Shapes((CIRCLE,), bits=16), noise=0.3)[RING]
    own = placed(Shapes((CIRCLE,), mode="fitted", bits=16), noise=0.3)[RING]
    assert ((own - true[RING]) ** 2).sum() < ((even - true[RING]) ** 2).sum()


def test_a_centre_of_the_base_costs_nothing():
    space, shared = ringed()
    rng = np.random.default_rng(0)
    sent = Shapes((CIRCLE,), base=Clusters(8)).fit(space, shared, rng=rng)
    free = Shapes((CIRCLE,), centre="base", base=Clusters(8)).fit(space, shared, rng=rng)
    assert "centres" in sent.parts
    assert sent.bits - free.bits >= 24 * 8
    out = place(free, shared, rng=rng).directions
    base = place(free.parts["base"], shared, rng=rng).directions
    assert np.allclose(out[RING].mean(axis=0), base[RING].mean(axis=0), atol=1e-5)


def test_the_order_costs_less_than_coordinates_which_cost_less_than_the_vectors():
    space, shared = ringed()
    bits = [
        Shapes((CIRCLE,), mode=mode).fit(space, shared, rng=np.random.default_rng(0)).bits
        for mode in ("order", "fitted")
    ]
    assert bits[0] < bits[1] < bits[0] + 12 * 2 * 8 + 300
    assert bits[1] < 12 * 24 * 32


def test_spellings_share_a_plane_and_have_their_own_centres():
    space, shared = a_space()
    days = ShapedGroup.of(
        np.arange(28), "circle", position=np.repeat(range(7), 4), part=np.tile(range(4), 7)
    )
    message = Shapes((days,), bits=16).fit(space, shared, rng=np.random.default_rng(0))
    out = place(message, shared, rng=np.random.default_rng(0)).directions[:28]
    true = space.directions[:28]
    # the noise has a standard deviation of 0.1 a number; the fit of six vectors takes some of it
    assert ((out - true) ** 2).mean() < 0.1**2 * 1.1
    assert len(message.parts["axes"]) < len(message.parts["centres"])


def test_an_earlier_group_keeps_its_rows():
    first = ShapedGroup.of(np.array([5, 1, 9]), "circle")
    second = ShapedGroup.of(np.array([9, 2, 3, 4]), "segment")
    third = ShapedGroup.of(np.array([1, 2, 8]), "segment")
    kept = disjoint([first, second, third])
    assert [g.rows.tolist() for g in kept] == [[1, 5, 9], [2, 3, 4]]
    assert kept[0].position.tolist() == [1, 0, 2]
    assert kept[1].position.tolist() == [1, 2, 3]


def test_what_a_group_cannot_be_is_refused():
    with pytest.raises(BadInput, match="three or more rows"):
        ShapedGroup.of(np.array([1, 2]), "circle")
    with pytest.raises(BadInput, match="three or more rows"):
        ShapedGroup.of(np.array([1, 2, 2]), "circle")
    with pytest.raises(BadInput, match="'bent' is none of order"):
        Shapes((CIRCLE,), mode="bent")
    with pytest.raises(BadInput, match="'there' is none of sent, random"):
        Shapes((CIRCLE,), axes="there")


def test_labels_tell_what_is_sent():
    labels = {
        Shapes((CIRCLE,), mode=mode, axes=axes, centre=centre, base=base).label
        for mode in ("order", "fitted", "scrambled")
        for axes in ("sent", "random")
        for centre in ("sent", "random", "base")
        for base in (RandomUnit(), Clusters(8))
    }
    assert len(labels) == 3 * 2 * 3 * 2
