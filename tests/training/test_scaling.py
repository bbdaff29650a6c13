import numpy as np
import pytest

from armillary.training.scaling import place_of


def test_a_typical_vector_lies_at_the_root_of_the_dimension():
    sample = np.random.default_rng(0).standard_normal((4000, 16)) * 3
    place = place_of(sample, scaled=True)
    lengths = np.linalg.norm((sample - place.centre) * place.scale, axis=1)
    assert np.median(lengths) == pytest.approx(4.0, rel=1e-4)


def test_rows_at_the_centre_have_no_say_in_the_scale():
    sample = np.zeros((1000, 4))
    sample[:100, 0] = 2.0
    place = place_of(sample, scaled=True)
    assert place.scale == pytest.approx(1.0, rel=1e-3)
    assert place_of(np.ones((10, 4)), scaled=True).scale == 1.0
