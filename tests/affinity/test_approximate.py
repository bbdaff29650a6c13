import os
import sys

import numpy as np
import pytest

from armillary.affinity import approximate, approximate_knn, cosine_knn, isotropic, nearest
from armillary.affinity.approximate import _exact_kth, _without_self
from armillary.core.errors import BadInput, MissingExtra


@pytest.fixture
def faiss():
    if os.environ.get("ARMILLARY_REQUIRE_ALL") == "1":
        import faiss
    else:
        faiss = pytest.importorskip("faiss")
    return faiss


def test_below_the_stated_size_the_search_is_exact():
    rows = isotropic(200, 5, rng=np.random.default_rng(0))
    found = nearest(rows, k=3, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(found.index, cosine_knn(rows, k=3).index)
    assert found.recall == 1.0


def test_past_the_stated_size_without_faiss_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(approximate, "APPROXIMATE_FROM", 10)
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtra, match=r'pip install "armillary\[faiss\]"'):
        nearest(np.eye(20), rng=np.random.default_rng(0))


def test_the_audits_truth_is_the_exact_kth_cosine():
    rows = isotropic(300, 6, rng=np.random.default_rng(0))
    sample = np.array([0, 5, 150, 299])
    exact = cosine_knn(rows, k=4).cosine[sample, -1]
    np.testing.assert_allclose(_exact_kth(rows, sample, k=4, block=70), exact, atol=1e-6)


def test_a_row_leaves_its_own_list_or_else_the_last_entry_does():
    found, cosine = _without_self(
        np.array([[0, 1, 2], [0, 2, 1], [0, 1, 3]]), np.array([[9, 8, 7]] * 3), k=2
    )
    assert found.tolist() == [[1, 2], [0, 2], [0, 1]]
    assert cosine.tolist() == [[8, 7], [9, 8], [9, 8]]


@pytest.mark.usefixtures("faiss")
def test_recall_is_measured_and_is_one_when_every_cell_is_searched():
    rows = isotropic(3000, 16, rng=np.random.default_rng(0))
    every = approximate_knn(rows, k=8, rng=np.random.default_rng(1), cells=20, probes=20)
    assert every.recall == 1.0
    few = approximate_knn(rows, k=8, rng=np.random.default_rng(1), cells=20, probes=2)
    true = cosine_knn(rows, k=8).index
    hit = np.mean([np.isin(a, b).mean() for a, b in zip(few.index, true, strict=True)])
    assert few.recall == pytest.approx(hit, abs=0.03)
    assert few.recall < 0.9


@pytest.mark.usefixtures("faiss")
def test_too_few_rows_are_refused():
    with pytest.raises(BadInput, match="need at least 17"):
        approximate_knn(np.eye(10), rng=np.random.default_rng(0))
