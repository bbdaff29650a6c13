import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.spatial import procrustes

from armillary.core import BadInput
from armillary.rsa import angular_distance, debiased_cka, linear_cka, procrustes_distance
from armillary.rsa.cka import cka_matrix

ALIKE = [linear_cka, debiased_cka]
APART = [procrustes_distance, angular_distance]


def clouds(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def moved(x, seed=1):
    """Turned, mirrored, scaled, shifted, and put into more dimensions."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((x.shape[1] + 2,) * 2))[0][: x.shape[1]]
    return 3 * x @ turn + rng.standard_normal(x.shape[1] + 2)


@pytest.mark.parametrize("alike", ALIKE)
def test_alignment_does_not_see_rotation_scale_or_shift(alike):
    x, y = clouds((20, 5), (20, 7))
    assert alike(moved(x), y) == pytest.approx(alike(x, y))
    assert alike(x, moved(x)) == pytest.approx(1)
    assert alike(x, y) == pytest.approx(alike(y, x))


@pytest.mark.parametrize("apart", APART)
def test_shapes_do_not_see_rotation_scale_or_shift(apart):
    x, y = clouds((20, 5), (20, 7))
    assert apart(moved(x), y) == pytest.approx(apart(x, y))
    assert apart(x, moved(x)) == pytest.approx(0, abs=1e-6)
    assert apart(x, y) == pytest.approx(apart(y, x))


@pytest.mark.parametrize("apart", APART)
def test_no_way_round_by_a_third_shape_is_shorter(apart):
    for seed in range(20):
        x, y, z = clouds((9, 3), (9, 5), (9, 4), seed=seed)
        assert apart(x, z) <= apart(x, y) + apart(y, z) + 1e-9


def test_linear_cka_is_its_definition_by_cross_covariance():
    x, y = clouds((20, 5), (20, 7))
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    size = np.linalg.norm
    wanted = size(x.T @ y) ** 2 / (size(x.T @ x) * size(y.T @ y))
    assert linear_cka(x, y) == pytest.approx(wanted)


def test_debiased_hsic_is_the_mean_over_all_quadruples_of_points():
    """Song et al., the U-statistic: brute force over ordered quadruples of distinct points."""
    from itertools import permutations

    x, y = clouds((6, 3), (6, 2))
    k, m = x @ x.T, y @ y.T

    def hsic(k, m):
        return np.mean(
            [
                k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q])
                for i, j, q, r in permutations(range(6), 4)
            ]
        )

    wanted = hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))
    assert debiased_cka(x, y) == pytest.approx(wanted)


def test_debiased_cka_of_independent_noise_is_0_where_the_plain_one_is_not():
    pairs = [clouds((30, 200), (30, 200), seed=seed) for seed in range(100)]
    each = np.array([debiased_cka(x, y) for x, y in pairs])
    assert abs(each.mean()) < 4 * each.std() / 10
    assert linear_cka(*pairs[0]) > 0.8


def test_all_pairs_of_layers_are_what_each_pair_is():
    layers = np.array(clouds((12, 5), (12, 5), (12, 5)))
    found = cka_matrix(layers)
    assert found[0, 2] == pytest.approx(debiased_cka(layers[0], layers[2]))
    assert np.diagonal(found) == pytest.approx(1)


def test_procrustes_agrees_with_two_oracles():
    x, y = clouds((15, 4), (15, 4))
    x0, y0 = (each - each.mean(axis=0) for each in (x, y))
    x0, y0 = x0 / np.linalg.norm(x0), y0 / np.linalg.norm(y0)
    turn, nuclear = orthogonal_procrustes(y0, x0)
    assert procrustes_distance(x, y) == pytest.approx(np.linalg.norm(x0 - y0 @ turn))
    assert angular_distance(x, y) == pytest.approx(np.arccos(nuclear))
    assert procrustes(x, y)[2] == pytest.approx(1 - np.cos(angular_distance(x, y)) ** 2)


def test_fewer_points_than_dimensions_are_the_same_shape():
    x, y = clouds((5, 40), (5, 30))
    wide = orthogonal_procrustes(
        *[np.pad(_unit(e), ((0, 0), (0, 60 - e.shape[1]))) for e in (x, y)]
    )
    assert angular_distance(x, y) == pytest.approx(np.arccos(wide[1]))


def _unit(points):
    centred = points - points.mean(axis=0)
    return centred / np.linalg.norm(centred)


@pytest.mark.refusal
def test_other_points_and_points_that_do_not_vary_are_refused():
    for each in (*ALIKE, *APART):
        with pytest.raises(BadInput, match="5 and 6 points"):
            each(np.ones((5, 2)), np.ones((6, 2)))
    for alike in ALIKE:
        with pytest.raises(BadInput, match="do not vary"):
            alike(np.ones((5, 2)), clouds((5, 2))[0])
    with pytest.raises(BadInput, match="coincide"):
        angular_distance(np.ones((5, 2)), clouds((5, 2))[0])
