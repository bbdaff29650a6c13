import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.core import BadInput
from armillary.worlds import DECOYS, NATURAL_SIZE, SAMPLERS, draw_shape, sample

EVERY = [*SAMPLERS, *DECOYS]


@given(shape=st.sampled_from(EVERY), n=st.integers(1, 220), seed=st.integers(0, 2**32 - 1))
def test_every_shape_is_finite_centred_and_of_unit_size_at_any_n(shape, n, seed):
    points = sample(shape, n, rng=np.random.default_rng(seed))
    assert points.ndim == 2
    assert np.abs(points.mean(axis=0)).max() < 1e-9
    assert (points**2).sum(axis=1).mean() == pytest.approx(1.0)


@pytest.mark.parametrize("shape", EVERY)
def test_the_same_seed_draws_the_same_points(shape):
    first, second = (sample(shape, 40, rng=np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, sample(shape, 40, rng=np.random.default_rng(8))) or shape in {
        "cross_polytope",
        "hypercube",
        "simplex",
        "grid",
    }


@pytest.mark.parametrize("shape", EVERY)
def test_natural_sizes_are_nearly_met(shape):
    low, high = NATURAL_SIZE[shape]
    for n in (low, (low + high) // 2, high):
        drawn = len(sample(shape, n, rng=np.random.default_rng(n)))
        assert abs(drawn - n) <= (0.34 * n if shape == "tree" else max(1, 0.1 * n))


def test_parameters_are_plain_json():
    import json

    for shape in EVERY:
        json.dumps(dict(draw_shape(shape, 40, rng=np.random.default_rng(0)).parameters))


def test_an_unknown_shape_is_refused_with_the_known_ones():
    with pytest.raises(BadInput, match=r"'banana'; known shapes: segment, arc"):
        sample("banana", 10, rng=np.random.default_rng(0))
