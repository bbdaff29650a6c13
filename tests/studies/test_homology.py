import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.studies.homology import betti_numbers, euler_characteristic

pytest.importorskip("gudhi")
TETRAHEDRON = [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
# seven points of the torus that needs no more (Moebius 1861): i, i+1, i+3 and i, i+2, i+3 mod 7
TORUS = [tuple((i + s) % 7 for s in step) for i in range(7) for step in ((0, 1, 3), (0, 2, 3))]
PLANE = [  # six points of the projective plane: one loop over Z/2 and one void
    (0, 1, 4), (0, 1, 5), (0, 2, 3), (0, 2, 5), (0, 3, 4),
    (1, 2, 3), (1, 2, 4), (1, 3, 5), (2, 4, 5), (3, 4, 5),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facets", "expected"),
    [
        ([(0, 1), (1, 2), (0, 2)], [1, 1, 0]),
        ([(0, 1, 2)], [1, 0, 0]),
        ([(0,), (1,), (2, 3)], [3, 0, 0]),
        (TETRAHEDRON, [1, 0, 1]),
        (TORUS, [1, 2, 1]),
        (PLANE, [1, 1, 1]),
        ([], [0, 0, 0]),
    ],
)
def test_spaces_known_by_heart(facets, expected):
    assert betti_numbers(facets).tolist() == expected


def rank_by_hand(facets, top):
    """Ranks of the boundary maps over Z/2, by elimination."""
    from itertools import combinations

    faces = {tuple(f) for one in facets for k in range(len(one)) for f in combinations(one, k + 1)}
    by_size = {k: sorted(f for f in faces if len(f) == k) for k in range(1, top + 3)}
    ranks = {1: 0}
    for k in range(2, top + 3):
        place = {face: n for n, face in enumerate(by_size[k - 1])}
        rows = [sum(1 << place[f] for f in combinations(face, k - 1)) for face in by_size[k]]
        pivots = {}
        for row in rows:
            while row:
                high = row.bit_length()
                if high not in pivots:
                    pivots[high] = row
                    break
                row ^= pivots[high]
        ranks[k] = len(pivots)
    return [len(by_size[k]) - ranks[k] - ranks[k + 1] for k in range(1, top + 2)]


@given(st.lists(st.sets(st.integers(0, 7), min_size=1, max_size=4), min_size=1, max_size=14))
def test_they_are_the_ranks_of_boundary_maps(sets):
    facets = [tuple(sorted(one)) for one in sets]
    found = betti_numbers(facets, top=3).tolist()
    assert found == rank_by_hand(facets, 3)
    assert euler_characteristic(facets) == sum((-1) ** k * b for k, b in enumerate(found))


def test_the_order_of_names_does_not_matter():
    rng = np.random.default_rng(0)
    facets = [tuple(rng.choice(9, 3, replace=False).tolist()) for _ in range(12)]
    names = rng.permutation(9)
    renamed = [tuple(sorted(names[list(one)].tolist())) for one in facets]
    assert betti_numbers(facets).tolist() == betti_numbers(renamed).tolist()
