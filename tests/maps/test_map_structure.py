import numpy as np
import pytest

from armillary.core import BadInput
from armillary.inference import size
from armillary.maps import clumpiness, lay_out, null_decoder, prepare, prominences, structure_of
from armillary.worlds.structureless import isotropic_space, spectrum_space


def blobs(n: int, centres: int, spread: float, rng: np.random.Generator) -> np.ndarray:
    middle = 4 * rng.standard_normal((centres, 2))
    return middle[np.arange(n) % centres] + spread * rng.standard_normal((n, 2))


def even_disk(n: int, rng: np.random.Generator) -> np.ndarray:
    radius, turn = np.sqrt(rng.random(n)), 2 * np.pi * rng.random(n)
    return np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])


def clumps(xy: np.ndarray) -> float:
    return clumpiness(xy, rng=np.random.default_rng(0))


def compared(directions: np.ndarray, method: str, nulls: int, seed: int):
    """Test one space's map as a survey does."""
    drawn = [
        null_decoder(directions, rng=np.random.default_rng([seed, i])) for i in range(1, nulls + 1)
    ]
    real = prepare(directions, rng=np.random.default_rng(0))
    xy, *others = [lay_out(method, *one, seed=0)[0] for one in (real, *drawn)]
    return structure_of(xy, others, seed=0)


def test_a_gaussian_blob_is_not_clumpy_and_an_even_disk_a_little(rng):
    values = [clumps(rng.standard_normal((1500, 2))) for _ in range(5)]
    assert np.mean(values) == pytest.approx(0, abs=0.05)
    values = [clumps(even_disk(1500, rng)) for _ in range(5)]
    assert np.mean(values) == pytest.approx(-0.5 - np.log(2) + 1 + 0.5772, abs=0.05)


@pytest.mark.parametrize(("centres", "spread"), [(3, 0.5), (50, 0.1), (120, 0.05)])
def test_few_large_clumps_count_and_many_small_ones(rng, centres, spread):
    assert clumps(blobs(1200, centres, spread, rng)) > 0.8


def test_a_few_outliers_do_not_decide(rng):
    xy = rng.standard_normal((2000, 2))
    far = xy.copy()
    far[:5] *= 1000
    assert clumps(far) == pytest.approx(clumps(xy), abs=0.1)


def test_clumpiness_and_modes_do_not_change_when_a_map_is_turned_moved_or_scaled(rng):
    xy = blobs(300, 5, 0.3, rng)
    turned = 50 * xy @ np.array([[0.6, -0.8], [0.8, 0.6]]) + 3
    assert clumps(turned) == pytest.approx(clumps(xy), abs=1e-6)
    np.testing.assert_allclose(prominences(turned), prominences(xy), atol=1e-6)


def test_every_blob_but_the_densest_stands_out(rng):
    middle = np.array([[0, 0], [10, 0], [0, 10], [10, 10.0]])
    xy = middle[np.arange(800) % 4] + rng.standard_normal((800, 2))
    standing = prominences(xy)
    assert (standing > 2).sum() == 3
    assert (prominences(rng.standard_normal((800, 2))) < 2).all()


def test_an_island_counts_although_it_meets_nothing(rng):
    xy = rng.standard_normal((300, 2))
    xy[:40] = 500 + 0.01 * xy[:40]
    assert prominences(xy)[0] > 2


@pytest.mark.refusal
def test_what_is_no_map_is_refused(rng):
    with pytest.raises(BadInput, match="at least 3"):
        clumps(np.zeros((2, 2)))
    with pytest.raises(BadInput, match="at one place"):
        clumps(np.zeros((9, 2)))
    with pytest.raises(BadInput, match="null maps"):
        structure_of(np.zeros((9, 2)), [], seed=0)


def test_p_is_never_below_one_over_the_maps_made(rng):
    found = structure_of(
        blobs(300, 20, 0.1, rng), [rng.standard_normal((300, 2)) for _ in range(5)], seed=0
    )
    assert found.test.pvalue == found.test.reach == 1 / 6
    assert found.record()["p"] == found.record()["least_p"]
    assert found.effect > 10
    assert found.modes >= 10
    assert found.modes > max(found.null_modes)


def test_two_nulls_have_no_spread_worth_telling(rng):
    maps = [rng.standard_normal((60, 2)) for _ in range(3)]
    assert structure_of(maps[0], maps[1:], seed=0).record()["effect"] is None


def test_noise_is_as_clumpy_as_noise(rng):
    maps = [rng.standard_normal((300, 2)) for _ in range(20)]
    assert structure_of(maps[0], maps[1:], seed=0).test.pvalue > 0.05


@pytest.mark.parametrize("sampler", [spectrum_space, isotropic_space])
def test_on_spaces_without_structure_p_is_uniform(sampler):
    found = size(
        lambda space, rng: (
            compared(space.directions, "pca", 9, int(rng.integers(2**31))).test.pvalue
        ),
        lambda rng: sampler(300, 16, rng=rng),
        n_draws=40,
        level=0.1,
        rng=np.random.default_rng(5),
    )
    error = (0.1 * 0.9 / 40) ** 0.5
    assert abs(found.rate - 0.1) <= 3 * error
    assert 0.3 < found.pvalues.mean() < 0.8


def test_planted_clusters_are_seen_in_the_principal_plane(rng):
    middle = rng.standard_normal((4, 16))
    rows = middle[np.arange(400) % 4] + 0.3 * rng.standard_normal((400, 16))
    found = compared(rows.astype(np.float32), "pca", 19, 3)
    assert found.test.pvalue == 0.05
    assert found.modes >= 2


@pytest.mark.slow
@pytest.mark.parametrize("method", ["umap", "pacmap"])
def test_small_groups_among_noise_show_on_a_map_more_than_noise_does(method):
    pytest.importorskip(method)
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((600, 32))
    rows[:240] = rng.standard_normal((20, 32))[np.arange(240) % 20] + 0.4 * rows[:240]
    found = compared(rows.astype(np.float32), method, 5, 1)
    assert found.test.pvalue == pytest.approx(1 / 6)
    assert found.effect > 3
    nothing = compared(spectrum_space(600, 32, rng=rng).directions, method, 5, 1)
    assert nothing.effect < found.effect / 2
