import numpy as np
import pytest

from armillary.core import span_rows


@pytest.mark.parametrize(
    ("rows", "d_model", "rank"), [(5, 40, 5), (40, 5, 5), (1, 3, 1), (0, 3, 0)]
)
def test_every_scalar_product_is_kept_in_as_many_numbers_as_rows_span(rng, rows, d_model, rank):
    directions = rng.standard_normal((rows, d_model))
    found = span_rows(directions)
    assert found.shape == (rows, rank)
    np.testing.assert_allclose(found @ found.T, directions @ directions.T, atol=1e-10)


def test_a_row_that_occurs_twice_adds_no_dimension(rng):
    directions = rng.standard_normal((4, 9)).astype(np.float32)
    found = span_rows(directions[[0, 1, 2, 3, 1]])
    assert found.shape == (5, 4)
    np.testing.assert_allclose(found[1], found[4], atol=1e-7)


def test_rows_of_zeros_span_nothing():
    assert span_rows(np.zeros((3, 6))).shape == (3, 0)
