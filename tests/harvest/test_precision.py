import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from armillary.core import BadInput
from armillary.harvest.precision import WORST, float16_trouble, stored_dtype


def test_ordinary_rows_fit():
    rows = torch.randn(50, 8, generator=torch.Generator().manual_seed(0))
    assert float16_trouble(100 * rows) == ""
    assert stored_dtype("auto", rows) == ("float16", "")
    assert stored_dtype("float32", rows * 1e30) == ("float32", "")


@pytest.mark.parametrize(("factor", "word"), [(1e6, "largest"), (1e-6, "too small")])
def test_values_too_large_or_too_small_raise_the_precision_or_are_refused(factor, word):
    rows = factor * torch.ones(3, 4)
    dtype, note = stored_dtype("auto", rows)
    assert dtype == "float32"
    assert word in note
    with pytest.raises(BadInput, match="use --dtype float32"):
        stored_dtype("float16", rows)


def test_the_first_batch_leaves_headroom_for_the_others_unless_float16_was_asked_for():
    rows = 30_000 * torch.ones(3, 4)
    assert stored_dtype("auto", rows)[0] == "float32"
    assert stored_dtype("float16", rows) == ("float16", "")


def test_values_that_are_not_finite_are_the_models_fault():
    with pytest.raises(BadInput, match="not finite"):
        float16_trouble(torch.tensor([[1.0, torch.nan]]))


@given(st.lists(st.floats(-60_000, 60_000, width=32), min_size=1, max_size=9))
def test_what_is_let_through_loses_no_more_than_promised(values):
    row = torch.tensor([values], dtype=torch.float32)
    if float16_trouble(row):
        return
    back = row.half().float()
    assert float((back - row).norm()) <= WORST * float(row.norm()) + 1e-30
    assert np.isfinite(back.numpy()).all()
