import numpy as np
import pytest

from armillary.core import BadInput
from armillary.load.clean import exact_copies, refuse_repeated_ids, usable_rows


def test_rows_without_a_direction_are_told_apart_and_named():
    rows = np.ones((6, 3), dtype=np.float32)
    rows[1, 2], rows[3, 0], rows[4] = np.nan, -np.inf, 0
    usable, set_aside = usable_rows(rows, np.arange(10, 16), where="m")
    assert usable.tolist() == [True, False, True, False, False, True]
    assert set_aside == [
        {"reason": "NaN or infinite values", "count": 2, "first_ids": [11, 13]},
        {"reason": "all zeros", "count": 1, "first_ids": [14]},
    ]


def test_a_clean_matrix_sets_nothing_aside():
    usable, set_aside = usable_rows(np.ones((3, 2)), np.arange(3), where="m")
    assert usable.all()
    assert set_aside == []


@pytest.mark.parametrize("rows", [np.zeros((4, 2)), np.full((4, 2), np.nan), np.zeros((0, 2))])
def test_a_matrix_without_a_usable_row_is_refused(rows):
    with pytest.raises(BadInput, match=f"no usable row out of {len(rows)}"):
        usable_rows(rows, np.arange(len(rows)), where="m")


def test_repeated_ids_are_refused_by_name():
    with pytest.raises(BadInput, match=r"1 feature ids occur more than once \(first: 7\)"):
        refuse_repeated_ids(np.array([7, 8, 7]), where="m")


def test_exact_copies_agree_with_comparing_every_pair():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2, size=(300, 7)).astype(np.float32)
    oracle = [int(np.flatnonzero((rows == row).all(axis=1))[0]) for row in rows]
    assert exact_copies(rows).tolist() == oracle


def test_almost_equal_rows_are_not_copies():
    rows = np.ones((2, 3), dtype=np.float32)
    rows[1, 1] = np.nextafter(np.float32(1), np.float32(2))
    assert exact_copies(rows).tolist() == [0, 1]
