import itertools

import numpy as np
import pytest

from armillary.inference.orderings import (
    circular_steps,
    every_other_ordering,
    n_orderings,
    symmetries,
)

LINE = np.abs(np.subtract.outer(np.arange(6.0), np.arange(6.0)))


def brute_symmetries(template: np.ndarray) -> set[tuple[int, ...]]:
    every = itertools.permutations(range(template.shape[0]))
    return {p for p in every if (template[np.ix_(p, p)] == template).all()}


@pytest.mark.parametrize(
    "template",
    [
        circular_steps(np.arange(4), 4),
        circular_steps(np.arange(7), 7),
        circular_steps(np.array([0, 1, 3, 4]), 6),
        circular_steps(np.array([0, 1, 3, 8, 5]), 12),
        LINE,
        LINE[np.ix_([0, 1, 5], [0, 1, 5])],
    ],
)
def test_symmetries_are_those_found_by_trying_every_permutation(template: np.ndarray):
    assert set(map(tuple, symmetries(template).tolist())) == brute_symmetries(template)


def test_a_full_circle_has_its_rotations_and_mirror_images_and_a_line_only_two():
    assert len(symmetries(circular_steps(np.arange(12), 12))) == 24
    assert len(symmetries(LINE)) == 2


def test_going_round_takes_the_short_way():
    assert circular_steps(np.array([0, 6, 1]), 7)[0].tolist() == [0, 1, 1]


def test_each_other_ordering_is_listed_once():
    template = circular_steps(np.arange(6), 6)
    others = every_other_ordering(symmetries(template))
    assert len(others) == 60 - 1
    seen = {template[np.ix_(p, p)].tobytes() for p in others}
    assert len(seen) == 59
    assert template.tobytes() not in seen


def test_orderings_are_counted_up_to_ties_however_many_points():
    assert n_orderings(7, 14) == 360
    assert n_orderings(400, 2) == np.inf
