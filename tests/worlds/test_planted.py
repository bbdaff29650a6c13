import numpy as np
import pytest

from armillary.core import BadInput, TooLarge
from armillary.worlds import ALL_KINDS, planted_world
from armillary.worlds.background import spectrum_root
from armillary.worlds.planted import embedded
from armillary.worlds.point_set import standardised

SMALL = {"n": 4000, "d": 300, "n_structures": 42, "sizes": (5, 40)}


@pytest.fixture(scope="module")
def world():
    return planted_world(**SMALL, rng=np.random.default_rng(1))


def test_a_world_follows_its_seed(world):
    again = planted_world(**SMALL, rng=np.random.default_rng(1))
    assert np.array_equal(world.space.directions, again.space.directions)
    assert [p.kind for p in world.truth.structures] == [p.kind for p in again.truth.structures]


def test_every_kind_is_planted_and_there_are_as_many_decoys(world):
    assert {p.kind for p in world.truth.structures} == set(ALL_KINDS)
    assert len(world.truth.structures) == len(world.truth.decoys) == 42
    assert {p.kind for p in world.truth.decoys} == {"gaussian", "heavy_tailed"}


def test_groups_do_not_overlap_and_know_their_size(world):
    groups = [*world.truth.structures, *world.truth.decoys]
    rows = np.concatenate([p.rows for p in groups])
    assert np.unique(rows).size == rows.size
    assert all(p.n == p.rows.size for p in groups)


def test_the_space_holds_unit_rows_and_nothing_of_the_truth(world):
    space = world.space
    assert np.linalg.norm(space.directions, axis=1) == pytest.approx(np.ones(4000), abs=1e-5)
    assert dict(space.columns) == {}
    assert dict(space.source) == {"uri": "world:planted"}
    assert np.array_equal(space.feature_id, np.arange(4000))


def test_row_numbers_tell_nothing(world):
    planted = np.concatenate([p.rows for p in world.truth.structures])
    # mean of a random subset of 0 .. n-1: sd at most n / sqrt(12 m)
    assert abs(planted.mean() - 2000) < 4 * 4000 / np.sqrt(12 * planted.size)
    followed = np.mean([(np.diff(p.rows) > 0).mean() for p in world.truth.structures])
    assert followed == pytest.approx(0.5, abs=0.1)


def test_mean_cosines_within_groups_are_as_wanted_and_graded(world):
    wanted, measured = [], []
    for planted in world.truth.structures:
        rows = world.space.directions[planted.rows].astype(float)
        gram = rows @ rows.T
        wanted.append(planted.parameters["mean_cosine"])
        measured.append((gram.sum() - planted.n) / (planted.n * (planted.n - 1)))
    # finite groups: shape points sum to zero, which costs (1 - c) / (n - 1) <= 0.18
    assert np.abs(np.array(measured) - wanted).max() < 0.2
    assert np.abs(np.mean(measured) - np.mean(wanted)) < 0.05
    assert min(wanted) < 0.32
    assert max(wanted) > 0.68


@pytest.mark.parametrize("noise", [0.25, 0.5, 1.0])
def test_noise_is_the_ratio_of_total_norms_noise_over_shape(noise, rng):
    # vertices of a simplex, each 100 times: within a vertex there is nothing but noise
    vertex = np.repeat(np.arange(6), 100)
    shape = standardised(np.eye(6)[vertex])
    root = spectrum_root(300, rng=rng)
    rows = embedded(shape, mean_cosine=0.5, noise=noise, root=root, rng=rng).astype(float)
    centre = np.stack([rows[vertex == k].mean(axis=0) for k in range(6)])
    within = ((rows - centre[vertex]) ** 2).sum() / (600 - 6)
    between = ((centre - centre.mean(axis=0)) ** 2).sum() / 6 - within * 5 / 600
    # scaling to unit length takes out the noise along the row itself, a few per cent of it
    assert np.sqrt(within / between) == pytest.approx(noise, rel=0.06)


def test_half_of_the_noise_is_isotropic(rng):
    # background confined to 30 of 300 axes: the other 270 see only the isotropic half
    root = np.zeros((30, 300))
    root[:, :30] = np.eye(30) / np.sqrt(30)
    shape = standardised(np.eye(4)[np.repeat(np.arange(4), 150)])
    rows = embedded(shape, mean_cosine=0.6, noise=1.0, root=root, rng=rng).astype(float)
    residual = rows - np.repeat(rows.reshape(4, 150, 300).mean(axis=1), 150, axis=0)
    outside = (residual[:, 30:] ** 2).sum() / (residual**2).sum()
    assert outside == pytest.approx(0.5 * 270 / 300, abs=0.04)


def test_nuisance_adds_an_axis_as_strong_as_a_shape_axis(rng):
    angle = 2 * np.pi * np.arange(400) / 400
    shape = standardised(np.column_stack([np.cos(angle), np.sin(angle)]))
    root = spectrum_root(200, rng=rng)
    rows = embedded(shape, mean_cosine=0.7, noise=0.1, root=root, rng=rng, nuisance=1.0)
    length = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)
    assert length[2] / length[0] > 0.75
    assert length[3] / length[0] < 0.35


def test_a_shape_that_does_not_fit_is_refused(rng):
    with pytest.raises(BadInput, match="raise d"):
        planted_world(n=2000, d=20, n_structures=2, kinds=["tree"], sizes=(60, 60), rng=rng)


def test_a_world_that_is_too_full_is_refused(rng):
    with pytest.raises(TooLarge, match="more than half of 500"):
        planted_world(n=500, d=300, rng=rng)


def test_an_unknown_kind_is_refused(rng):
    with pytest.raises(BadInput, match="banana"):
        planted_world(n=500, d=50, kinds=["banana"], rng=rng)
