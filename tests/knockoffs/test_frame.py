from pathlib import Path

import numpy as np
import pytest

from armillary.affinity.null_decoder import isotropic
from armillary.core.space import FeatureSpace
from armillary.knockoffs import MinimumCoherence, Shared, place
from armillary.knockoffs import frame as module
from armillary.knockoffs.frame import (
    affordable_steps,
    coherence,
    kept_frame,
    minimum_coherence,
    welch_bound,
)


def made(n: int, d: int, *, steps: int = 100) -> np.ndarray:
    return minimum_coherence(n, d, rng=np.random.default_rng(0), steps=steps)


def test_coherence_is_the_largest_cosine_of_any_pair():
    rows = np.random.default_rng(0).standard_normal((50, 5)).astype(np.float32)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert coherence(rows) == pytest.approx(np.abs(np.triu(unit @ unit.T, 1)).max(), abs=1e-6)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch):
    whole = made(50, 8, steps=10)
    monkeypatch.setattr(module, "_BLOCK", 16)
    assert made(50, 8, steps=10) == pytest.approx(whole, abs=1e-4)


@pytest.mark.parametrize(("n", "d"), [(60, 16), (300, 32)])
def test_it_lies_far_below_random_and_above_the_bound(n: int, d: int):
    rows = made(n, d)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(n), abs=1e-5)
    random = coherence(isotropic(n, d, rng=np.random.default_rng(0)))
    assert welch_bound(n, d) < coherence(rows) < 0.7 * random


def test_more_steps_go_lower():
    assert coherence(made(200, 24, steps=100)) < coherence(made(200, 24, steps=10))


def test_a_tight_frame_is_no_less_coherent_than_a_random_one():
    rows = isotropic(200, 24, rng=np.random.default_rng(1))
    tight = rows
    for _ in range(5):  # polar step: rows of equal second moment along every axis
        left, _, right = np.linalg.svd(tight, full_matrices=False)
        tight = left @ right
        tight = tight / np.linalg.norm(tight, axis=1, keepdims=True)
    assert np.linalg.eigvalsh(tight.T @ tight) == pytest.approx(np.full(24, 200 / 24), rel=0.02)
    assert coherence(tight) > 0.9 * coherence(rows)
    assert coherence(made(200, 24)) < 0.75 * coherence(tight)


def test_a_start_is_not_written_to_and_progress_is_told():
    start = isotropic(40, 8, rng=np.random.default_rng(0))
    before = start.copy()
    told = list[tuple[int, float]]()
    minimum_coherence(
        40, 8, rng=np.random.default_rng(0), steps=5, start=start,
        progress=lambda step, most: told.append((step, most)),
    )  # fmt: skip
    assert np.array_equal(start, before)
    assert [step for step, _ in told] == [1, 2, 3, 4, 5]
    assert told[0][1] == pytest.approx(coherence(start), abs=1e-6)


def test_an_orthonormal_basis_stays_where_it_is():
    start = np.eye(8, dtype=np.float32)
    kept = minimum_coherence(8, 8, rng=np.random.default_rng(0), steps=3, start=start)
    assert np.array_equal(kept, start)
    assert welch_bound(8, 8) == 0


def test_a_frame_is_kept_and_a_torn_file_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_KEPT_FROM", 0)
    first = kept_frame(40, 8, steps=5, cache=tmp_path)
    (path,) = (tmp_path / "frames").iterdir()
    assert np.array_equal(kept_frame(40, 8, steps=5, cache=tmp_path), first)
    path.write_bytes(b"torn")
    assert np.array_equal(kept_frame(40, 8, steps=5, cache=tmp_path), first)


def test_seeds_turn_and_deal_one_frame():
    space = FeatureSpace(2 * np.eye(12, 6, dtype=np.float32) + 1, np.arange(12))
    shared = Shared(np.arange(12), 6)
    message = MinimumCoherence(steps=9).fit(space, shared, rng=np.random.default_rng(0))
    one, other = (
        place(message, shared, rng=np.random.default_rng(s)).directions.astype(np.float64)
        for s in (1, 2)
    )
    length = np.sqrt((space.directions**2).sum(axis=1).mean())
    assert np.linalg.norm(one, axis=1) == pytest.approx(np.full(12, length), rel=1e-5)
    gram = [np.sort(np.abs(rows @ rows.T).ravel()) for rows in (one, other)]
    assert gram[0] == pytest.approx(gram[1], abs=1e-4)
    assert np.abs(one @ one.T - other @ other.T).max() > 0.1
    assert message.bits < 450  # names and lengths of two parts, six bytes of content


def test_steps_follow_the_work():
    assert affordable_steps(24_576, 768) == 24
    assert affordable_steps(49_152, 576) == 8
    assert affordable_steps(100, 10) == 150
