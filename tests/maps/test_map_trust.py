import numpy as np
import pytest

from armillary.core import BadInput
from armillary.maps import agreement, share_of, trust, trust_of

TRUSTS = [("trustworthiness", False), ("continuity", True)]


def unit(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    rows = rng.standard_normal((n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize(("name", "swapped"), TRUSTS)
@pytest.mark.parametrize(("n", "k"), [(60, 5), (200, 16), (33, 15)])
def test_it_is_what_scikit_learn_computes(rng, name, swapped, n, k):
    oracle = pytest.importorskip("sklearn.manifold").trustworthiness
    space = unit(n, 7, rng)
    xy = space[:, :2] + 0.2 * rng.standard_normal((n, 2))
    ours = getattr(trust_of(space, xy, k=k, rng=rng), name).mean
    pair = (xy, space) if swapped else (space, xy)
    assert ours == pytest.approx(oracle(*pair, n_neighbors=k), abs=1e-9)


def test_blocks_do_not_matter(rng, monkeypatch):
    space, xy = unit(90, 5, rng), rng.standard_normal((90, 2))
    whole = trust_of(space, xy, k=6, rng=np.random.default_rng(1))
    monkeypatch.setattr(trust, "_ENTRIES", 200)
    assert trust_of(space, xy, k=6, rng=np.random.default_rng(1)) == whole


def test_a_true_picture_is_trusted_wholly(rng):
    turn = rng.uniform(0, np.pi / 2, 80)
    space = np.column_stack([np.cos(turn), np.sin(turn)])
    found = trust_of(space, space, k=8, rng=rng)
    assert [s.mean for s in (found.trustworthiness, found.continuity, found.kept)] == [1, 1, 1]


def test_a_map_that_has_nothing_to_do_with_the_space_keeps_what_chance_keeps(rng):
    found = trust_of(unit(600, 20, rng), rng.standard_normal((600, 2)), k=10, rng=rng)
    assert found.trustworthiness.mean == pytest.approx(0.5, abs=0.03)
    assert found.continuity.mean == pytest.approx(0.5, abs=0.03)
    assert found.kept.low <= found.chance <= found.kept.high
    assert found.chance == 10 / 599


def test_a_sample_of_features_says_what_all_of_them_say(rng):
    space = unit(900, 4, rng)
    xy = space[:, :2].copy()
    every = trust_of(space, xy, k=10, rng=rng, rows=900)
    some = trust_of(space, xy, k=10, rng=rng, rows=200)
    assert some.rows == 200
    assert some.trustworthiness.low <= every.trustworthiness.mean <= some.trustworthiness.high


def test_neighbours_are_fewer_than_half_of_the_features(rng):
    assert trust_of(unit(11, 3, rng), rng.standard_normal((11, 2)), k=16, rng=rng).k == 5


@pytest.mark.refusal
def test_a_map_of_other_features_is_refused(rng):
    with pytest.raises(BadInput, match="map of shape"):
        trust_of(unit(30, 3, rng), np.zeros((29, 2)), k=3, rng=rng)


def test_an_interval_is_that_of_a_mean():
    share = share_of(np.array([0.0, 1.0] * 50))
    assert share.record() == pytest.approx([0.5, 0.5 - 0.0985, 0.5 + 0.0985], abs=1e-3)
    assert share_of(np.ones(4)).record() == [1, 1, 1]


def test_seeds_agree_wholly_on_one_map_however_it_is_turned(rng):
    xy = rng.standard_normal((120, 2))
    turned = 7 * xy @ np.array([[0.6, -0.8], [0.8, 0.6]]) + 3
    np.testing.assert_array_equal(agreement([xy, turned], k=5), np.ones(120))


def test_strangers_agree_as_chance_has_it(rng):
    shares = agreement([rng.standard_normal((800, 2)) for _ in range(3)], k=16)
    assert shares.mean() == pytest.approx(16 / 799, abs=0.004)


def test_agreement_is_a_features_own(rng):
    xy = rng.standard_normal((400, 2))
    xy[:200] += 100
    other = xy.copy()
    other[200:] = rng.standard_normal((200, 2))
    shares = agreement([xy, other], k=8)
    assert shares[:200].min() == 1
    assert shares[200:].mean() < 0.2


def test_features_at_one_place_are_no_trouble():
    xy = np.repeat(np.arange(6.0)[:, None], 2, axis=1).repeat(5, axis=0)
    assert agreement([xy, xy], k=3).shape == (30,)


@pytest.mark.refusal
def test_agreement_needs_two_maps_of_the_same_features(rng):
    with pytest.raises(BadInput, match="two maps"):
        agreement([np.zeros((5, 2))], k=2)
    with pytest.raises(BadInput, match="two maps"):
        agreement([np.zeros((5, 2)), np.zeros((6, 2))], k=2)
