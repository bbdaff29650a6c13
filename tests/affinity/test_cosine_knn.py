import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.affinity import cosine_knn
from armillary.core.errors import BadInput


def dense_cosine(directions):
    rows = np.asarray(directions, dtype=np.float64)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosine = rows @ rows.T
    np.fill_diagonal(cosine, -np.inf)
    return cosine


def assert_exact(found, directions, k):
    """No neighbour is further than the true one of its rank, and each cosine is its pair's."""
    cosine = dense_cosine(directions)
    k = min(k, len(directions) - 1)
    true = -np.sort(-cosine, axis=1)[:, :k]
    assert found.index.shape == found.cosine.shape == (len(directions), k)
    np.testing.assert_allclose(found.cosine, true, atol=2e-6)
    np.testing.assert_allclose(np.take_along_axis(cosine, found.index, 1), true, atol=2e-6)
    assert (found.index != np.arange(len(directions))[:, None]).all()
    assert all(np.unique(row).size == k for row in found.index)


@given(
    n=st.integers(2, 90),
    d=st.integers(1, 20),
    k=st.integers(1, 30),
    block=st.integers(1, 100),
    seed=st.integers(0, 2**32 - 1),
    copies=st.integers(1, 4),
)
@settings(max_examples=150, deadline=None)
def test_neighbours_equal_dense_search_for_any_shape_block_and_duplicates(
    n, d, k, block, seed, copies
):
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((-(-n // copies), d)) * np.exp(rng.normal(size=(-(-n // copies), 1)))
    directions = np.tile(rows, (copies, 1))[:n]
    assert_exact(cosine_knn(directions, k=k, block=block), directions, k)


@pytest.mark.parametrize("block", [64, 100, 257, 2048])
def test_the_block_size_changes_nothing(block):
    directions = np.random.default_rng(0).standard_normal((700, 24)).astype(np.float32)
    found = cosine_knn(directions, block=block)
    assert_exact(found, directions, 16)
    np.testing.assert_array_equal(found.index, cosine_knn(directions, block=300).index)


def test_rows_sorted_towards_one_pole_do_not_lose_neighbours():
    angle = np.linspace(0, 3, 1500)  # every later block is nearer than all before it
    directions = np.column_stack([np.cos(angle), np.sin(angle), np.full(1500, 0.3)])
    assert_exact(cosine_knn(directions[::-1], k=5, block=128), directions[::-1], 5)


def test_all_rows_alike_gives_each_the_lowest_other_rows():
    found = cosine_knn(np.ones((300, 4)), k=3, block=64)
    assert found.index[0].tolist() == [1, 2, 3]
    assert found.index[2].tolist() == [0, 1, 3]
    assert (found.index[3:] == [0, 1, 2]).all()
    np.testing.assert_allclose(found.cosine, 1.0)


def test_rotation_and_row_lengths_change_nothing():
    rng = np.random.default_rng(1)
    directions = rng.standard_normal((400, 12))
    turn, _ = np.linalg.qr(rng.standard_normal((12, 12)))
    turned = directions @ turn * rng.uniform(0.1, 50, (400, 1))
    before, after = cosine_knn(directions, k=6, block=150), cosine_knn(turned, k=6, block=150)
    np.testing.assert_allclose(before.cosine, after.cosine, atol=2e-6)
    assert (before.index == after.index).mean() > 0.999


def test_cosines_of_both_signs_are_ordered():
    found = cosine_knn(np.array([[1.0, 0.0], [-1.0, 0.0], [-1.0, 1.0], [1.0, 5.0]]), k=3)
    assert found.index[0].tolist() == [3, 2, 1]
    assert found.cosine[0, 2] == -1.0


def test_the_callers_array_is_not_written():
    directions = np.random.default_rng(2).standard_normal((50, 4)).astype(np.float32) * 3
    directions.flags.writeable = False
    cosine_knn(directions)


def test_progress_ends_at_its_total():
    seen = []
    cosine_knn(np.eye(50), block=16, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, 11))
    assert {total for _, total in seen} == {10}


@pytest.mark.parametrize(
    ("directions", "options", "words"),
    [
        (np.ones((1, 3)), {}, "found 1 rows"),
        (np.eye(3), {"k": 0}, "k and block must be at least 1"),
        (np.eye(3), {"block": 0}, "k and block must be at least 1"),
        (np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]), {}, "first is row 1"),
        (np.array([[1.0, np.nan], [0.0, 1.0]]), {}, "no direction"),
    ],
)
def test_what_has_no_neighbours_is_refused(directions, options, words):
    with pytest.raises(BadInput, match=words):
        cosine_knn(directions, **options)
