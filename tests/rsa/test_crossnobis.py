import numpy as np
import pytest

from armillary.core import BadInput
from armillary.rsa.crossnobis import cross_products, squared_of
from armillary.rsa.noise import noise_covariance, residuals
from armillary.rsa.rdm import as_vector, fold_rdms


def drawn(means, n_repeats, *, noise, rng):
    """Conditions with given means, in repeats that shift all conditions and add coloured noise."""
    n, d = means.shape
    shift = 3 * rng.standard_normal((n_repeats, 1, d))
    return means + shift + rng.standard_normal((n_repeats, n, d)) @ noise


def coloured(d, rng):
    return rng.standard_normal((d, d)) / np.sqrt(d)


def four_errors(sample):
    return 4 * np.std(sample) / np.sqrt(len(sample))


@pytest.mark.parametrize("whiten", [False, True])
def test_distances_of_conditions_that_do_not_differ_are_0_on_average(whiten):
    rng = np.random.default_rng(0)
    noise = coloured(12, rng)
    each = [
        cross_products(drawn(np.zeros((5, 12)), 10, noise=noise, rng=rng), whiten=whiten).squared()[
            0
        ]
        for _ in range(300)
    ]
    mean = np.array([as_vector(one).mean() for one in each])
    assert abs(mean.mean()) < four_errors(mean)


def test_whitening_by_what_it_whitens_would_be_biased():
    """The contrast: one covariance of all repeats has fitted the noise of each."""
    rng = np.random.default_rng(1)
    noise, found = coloured(12, rng), []
    for _ in range(100):
        x = drawn(np.zeros((5, 12)), 10, noise=noise, rng=rng)
        root = np.linalg.cholesky(noise_covariance(x, d_model=12).inverse)
        found.append(as_vector(cross_products(x @ root, whiten=False).squared()[0]).mean())
    assert np.mean(found) > four_errors(found)


def test_plain_distances_are_those_of_the_means_whatever_the_noise():
    rng = np.random.default_rng(2)
    means, noise = rng.standard_normal((4, 9)), coloured(9, rng)
    true = as_vector(np.square(means[:, None] - means[None]).sum(axis=-1))
    each = np.array(
        [
            as_vector(
                cross_products(drawn(means, 6, noise=noise, rng=rng), whiten=False).squared()[0]
            )
            for _ in range(400)
        ]
    )
    assert np.all(np.abs(each.mean(axis=0) - true) < 4 * each.std(axis=0) / 20)


def test_whitened_distances_count_in_standard_deviations_of_noise():
    """Noise of covariance sigma^2 I and many repeats: shrinkage is 1, the scale is known."""
    rng = np.random.default_rng(3)
    means = rng.standard_normal((4, 6))
    true = as_vector(np.square(means[:, None] - means[None]).sum(axis=-1))
    x = drawn(means, 400, noise=0.5 * np.eye(6), rng=rng)
    found = as_vector(cross_products(x).squared()[0])
    assert found == pytest.approx(true / 0.25, rel=0.1)


def test_rsatoolbox_computes_the_same_from_the_same_metric():
    data = pytest.importorskip("rsatoolbox.data")
    rdm = pytest.importorskip("rsatoolbox.rdm")
    rng = np.random.default_rng(4)
    x = drawn(rng.standard_normal((5, 7)), 6, noise=coloured(7, rng), rng=rng)
    measured = data.Dataset(
        x.reshape(-1, 7),
        obs_descriptors={"what": np.tile(np.arange(5.0), 6), "fold": np.repeat(np.arange(6.0), 5)},
    )
    theirs = rdm.calc_rdm(measured, method="crossnobis", descriptor="what", cv_descriptor="fold")
    ours = as_vector(cross_products(x, whiten=False).squared()[0])
    assert ours / 7 == pytest.approx(theirs.dissimilarities[0])  # theirs are a dimension


def test_shrinkage_is_that_of_rsatoolbox_and_of_scikit_learn():
    noise = pytest.importorskip("rsatoolbox.data.noise")
    covariance = pytest.importorskip("sklearn.covariance")
    rng = np.random.default_rng(5)
    x = drawn(np.zeros((4, 8)), 9, noise=coloured(8, rng), rng=rng)
    rows = residuals(x).reshape(-1, 8)
    ours = noise_covariance(x, d_model=8)
    theirs = noise.cov_from_residuals(rows, dof=8 * 3, method="shrinkage_eye")
    assert ours.matrix == pytest.approx(theirs)
    fitted = covariance.LedoitWolf(assume_centered=True).fit(rows)
    assert ours.shrinkage == pytest.approx(fitted.shrinkage_)


def test_axes_without_variance_change_nothing():
    rng = np.random.default_rng(6)
    x = drawn(rng.standard_normal((4, 30)), 10, noise=coloured(30, rng), rng=rng)
    wide = np.concatenate([x, np.zeros((10, 4, 50))], axis=2)  # fewer rows than axes: it is reduced
    turned = wide @ np.linalg.qr(rng.standard_normal((80, 80)))[0]
    assert cross_products(turned).inner == pytest.approx(cross_products(wide).inner)
    plain = cross_products(x, whiten=False).inner
    assert cross_products(turned, whiten=False).inner == pytest.approx(plain)


def test_shifts_of_repeats_and_scale_change_nothing():
    rng = np.random.default_rng(7)
    x = drawn(rng.standard_normal((4, 8)), 9, noise=coloured(8, rng), rng=rng)
    moved = 5 * (x + rng.standard_normal((9, 1, 8)))
    assert cross_products(moved).inner == pytest.approx(cross_products(x).inner)


def test_a_draw_of_repeats_never_pairs_one_with_itself():
    rng = np.random.default_rng(8)
    x = drawn(rng.standard_normal((4, 8)), 9, noise=coloured(8, rng), rng=rng)
    both = np.zeros((1, 9))
    both[0, [2, 5]] = 3, 1  # one of the two drawn three times
    once = (both > 0).astype(float)
    found = cross_products(x, whiten=False)
    assert found.squared(both) == pytest.approx(found.squared(once))
    a, b = (x[k] - x[k].mean(axis=0) for k in (2, 5))
    apart = np.einsum("ijd,ijd->ij", a[:, None] - a[None], b[:, None] - b[None])
    assert found.squared(once)[0] == pytest.approx(apart)


def test_copies_are_not_whitened():
    x = np.repeat(np.random.default_rng(9).standard_normal((1, 4, 8)), 9, axis=0)
    found = cross_products(x)
    assert found.shrinkage is None
    apart = np.square(x[0][:, None] - x[0][None]).sum(axis=-1)
    assert squared_of(found.second_moment()[0]) == pytest.approx(apart)


def test_folds_are_apart_and_hold_every_repeat_once():
    rng = np.random.default_rng(10)
    x = drawn(np.zeros((4, 8)), 13, noise=coloured(8, rng), rng=rng)
    found = fold_rdms(cross_products(x), per_fold=4, rng=rng)
    assert found.shape == (3, 6)


def test_too_few_repeats_are_refused():
    with pytest.raises(BadInput, match="7 repeats of 4 conditions"):
        cross_products(np.zeros((7, 4, 5)))
    few = cross_products(np.random.default_rng(0).standard_normal((8, 4, 5)))
    with pytest.raises(BadInput, match="8 repeats make 2 folds"):
        fold_rdms(few, rng=np.random.default_rng(0))
