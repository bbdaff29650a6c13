import numpy as np

from armillary.worlds.gathering import gather, unsigned


def test_rows_round_five_points_are_gathered_on_five_points():
    rng = np.random.default_rng(0)
    points = 5 * np.eye(5)
    label = rng.integers(0, 5, 3000)
    found = gather(points[label] + 0.02 * rng.standard_normal((3000, 5)), radius=1.0, limit=9)
    assert found.complete
    assert found.n_points == 5
    assert sorted(found.count) == sorted(np.bincount(label))
    gap = np.linalg.norm(found.centres[:, None] - points, axis=2).min(axis=1)
    assert gap.max() < 0.01


def test_scattered_rows_meet_the_limit():
    rows = np.random.default_rng(0).standard_normal((500, 8))
    found = gather(rows, radius=0.01, limit=20)
    assert found.n_points == 20
    assert not found.complete


def test_opposite_differences_become_equal():
    difference = np.random.default_rng(0).standard_normal((1, 6))
    both = unsigned(np.vstack([difference, -difference]), np.random.default_rng(1))
    np.testing.assert_array_equal(both[0], both[1])
