import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the rivals need scikit-learn")

from rivals import (  # noqa: E402
    engels_claims,
    haar_draw,
    irreducibility,
    longest_loop,
    persistence_claims,
    spectral_clusters,
)
from sklearn.cluster import SpectralClustering  # noqa: E402
from sklearn.metrics import adjusted_rand_score  # noqa: E402

from armillary.shape import mixture_index, separability  # noqa: E402
from armillary.worlds import planted_world, sample  # noqa: E402

CIRCLE = np.column_stack(
    [np.cos(2 * np.pi * np.arange(400) / 400), np.sin(2 * np.pi * np.arange(400) / 400)]
)


def test_a_circle_has_the_mixture_index_of_its_thinnest_band():
    # grazing slab at offset c: |cos(t) - c| < 0.1 sqrt(1/2 + c^2); the best lies near the edge
    c = np.linspace(0, 1, 4001)
    half = 0.1 * np.sqrt(0.5 + c**2)
    inside = np.arccos(np.clip(c - half, -1, 1)) - np.arccos(np.clip(c + half, -1, 1))
    assert mixture_index(CIRCLE) == pytest.approx((inside / np.pi).max(), abs=0.01)


def test_two_lines_crossing_hold_half_of_the_points_in_one_slab(rng):
    t = rng.standard_normal(600)
    on_x = np.arange(600) < 300
    cross = np.column_stack([np.where(on_x, t, 0), np.where(on_x, 0, t)])
    # the slab round one line also holds the middle of the other: P(|t| < 0.1 sd) of the rest,
    # where sd = sqrt(1/2) is the root mean square across the slab
    assert mixture_index(cross) == pytest.approx(0.5 + 0.5 * 0.056, abs=0.03)


def test_a_circle_cannot_be_separated_and_a_square_can(rng):
    square = rng.uniform(-1, 1, size=(20_000, 2))
    assert separability(square) < 0.02
    assert separability(CIRCLE) > 0.5


def test_separability_agrees_with_a_plain_histogram(rng):
    cloud = rng.standard_normal((200, 2)) * [1, 2]
    joint = np.histogram2d(*cloud.T, bins=10)[0] / 200
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    seen = joint > 0
    plain = (joint[seen] * np.log2(joint[seen] / independent[seen])).sum()
    assert separability(cloud, n_angles=1) == pytest.approx(plain)


def test_separability_does_not_change_under_a_quarter_turn(rng):
    cloud = rng.standard_normal((300, 2)) * [1, 3]
    turned = cloud @ np.array([[0, 1], [-1, 0]])
    assert separability(turned) == pytest.approx(separability(cloud), abs=0.02)


def test_irreducibility_looks_past_the_first_plane(rng):
    strong = 5 * rng.standard_normal((400, 1))
    assert irreducibility(np.hstack([strong, CIRCLE])) > irreducibility(
        rng.standard_normal((400, 3)) * [5, 1, 1]
    )


def test_spectral_clusters_agree_with_an_independent_implementation():
    world = planted_world(
        n=1200, d=100, n_structures=12, sizes=(20, 30), noise=0.5,
        kinds=["circle", "k_clusters", "disk"], rng=np.random.default_rng(0),
    )  # fmt: skip
    x = world.space.directions
    ours = spectral_clusters(x, 48, rng=np.random.default_rng(0))
    affinity = 1 - np.arccos(np.clip(x @ x.T, -1, 1)) / np.pi
    theirs = SpectralClustering(48, affinity="precomputed", n_init=1, random_state=0)
    label = theirs.fit_predict(affinity)
    groups = [*world.truth.structures, *world.truth.decoys]
    rows = np.concatenate([g.rows for g in groups])
    true = np.repeat(np.arange(len(groups)), [g.n for g in groups])
    reached = adjusted_rand_score(true, ours[rows])
    assert reached > adjusted_rand_score(true, label[rows]) - 0.1


def test_engels_claims_cover_large_enough_clusters_once(rng):
    x = rng.standard_normal((500, 30))
    claims = engels_claims(x, rng=rng)
    rows = np.concatenate([c.rows for c in claims])
    assert np.unique(rows).size == rows.size
    assert min(c.rows.size for c in claims) >= 5


def test_the_longest_loop_of_a_circle_is_known(rng):
    # Vietoris-Rips: born at the spacing, dies at sqrt(3) r; diameter 2 r
    n = 60
    ring = CIRCLE[:: 400 // 50][:50]
    born, n = 2 * np.sin(np.pi / 50), 50
    assert longest_loop(ring) == pytest.approx((np.sqrt(3) - born) / 2, abs=0.03)
    assert longest_loop(ring[: n // 2]) < 0.1


def test_a_haar_draw_keeps_the_singular_values_and_the_centre(rng):
    cloud = rng.standard_normal((20, 5)) * [5, 3, 2, 1, 0.5]
    drawn = haar_draw(cloud, rng=rng)
    kept = np.linalg.svd(cloud - cloud.mean(axis=0), compute_uv=False)
    assert np.linalg.svd(drawn, compute_uv=False) == pytest.approx(kept)
    assert drawn.mean(axis=0) == pytest.approx(np.zeros(5), abs=1e-12)


def test_persistence_ranks_a_circle_before_a_cloud_on_both_scales(rng):
    clouds = [sample("circle", 40, rng=rng), sample("gaussian", 40, rng=rng)]
    clouds = [c + 0.05 * rng.standard_normal(c.shape) for c in clouds]
    groups = [(np.arange(40) + 40 * i, c) for i, c in enumerate(clouds)]
    for claims in persistence_claims(groups, rng=rng):
        assert claims[0].score > claims[1].score
