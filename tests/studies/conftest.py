"""A tree's dictionaries at two widths, with what they fire on: splits and absorption are known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from armillary.core import Codes, FeatureSpace
from armillary.studies.series import Dictionary
from armillary.worlds.catalogue.tree import build

ROOTS, KIDS, D = 64, 4, 128


@dataclass(frozen=True)
class Planted:
    """Two widths of one tree.

    ``splits`` are (narrow, wide) rows of a node and its child. ``absorbed`` are (narrow, heir,
    child) rows where the general feature is silent on the child's tokens.
    """

    narrow: Dictionary
    wide: Dictionary
    splits: set[tuple[int, int]]
    absorbed: set[tuple[int, int, int]]


def dictionary(name: str, rows: np.ndarray, on: np.ndarray, size: np.ndarray) -> Dictionary:
    """Rows with a little noise on them, and codes of the given size where they fire."""
    token, feature = np.nonzero(on)
    codes = Codes.from_triples(
        token, feature, np.broadcast_to(size, on.shape)[token, feature].astype(np.float32),
        n_tokens=on.shape[0], n_features=on.shape[1],
    )  # fmt: skip
    return Dictionary(name, FeatureSpace(rows.astype(np.float32), np.arange(len(rows))), codes)


def noisy(rows: np.ndarray, rng: np.random.Generator, amount: float = 0.3) -> np.ndarray:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit + amount * rng.standard_normal(rows.shape) / np.sqrt(rows.shape[1])


def split_tree(seed: int) -> Planted:
    """64 nodes with four children; the narrow width has the nodes, the wide one the children."""
    chances = [0.05] * ROOTS + [0.23] * (ROOTS * KIDS)
    parents = [-1] * ROOTS + np.repeat(np.arange(ROOTS), KIDS).tolist()
    world = build(
        seed=seed, size="planted", d_model=D, magnitude=1.0, parents=parents, chances=chances
    )
    rng = np.random.default_rng([seed, 7])
    on = world.draw(20_000, rng).codes > 0
    assert world.space is not None
    node = world.space.directions
    of = np.repeat(np.arange(ROOTS), KIDS)
    order = rng.permutation(ROOTS * KIDS)
    general = node[:ROOTS] + 0.23 * node[ROOTS:].reshape(ROOTS, KIDS, D).sum(axis=1)
    special = (node[of] + node[ROOTS:])[order]
    narrow = dictionary("64", noisy(general, rng), on[:, :ROOTS], np.ones(ROOTS))
    fires = on[:, ROOTS:][:, order]
    wide = dictionary("256", noisy(special, rng), fires, np.full(ROOTS * KIDS, 2**0.5))
    return Planted(narrow, wide, {(int(of[o]), j) for j, o in enumerate(order)}, set())


def absorbing_tree(seed: int, *, hole: bool = True) -> Planted:
    """48 nodes, 16 with a child; the wide parent is silent where its child fires, or not."""
    n, kids = 48, 16
    world = build(
        seed=seed, size="planted", d_model=D, magnitude=1.0,
        parents=[-1] * n + list(range(kids)), chances=[0.05] * n + [0.25] * kids,
    )  # fmt: skip
    rng = np.random.default_rng([seed, 8])
    on = world.draw(20_000, rng).codes > 0
    assert world.space is not None
    node = world.space.directions
    general = node[:n].copy()
    general[:kids] += 0.25 * node[n:]
    narrow = dictionary("48", noisy(general, rng), on[:, :n], np.ones(n))
    fires = on.copy()
    if hole:
        fires[:, :kids] &= ~on[:, n:]
    child = node[:kids] + node[n:]  # without a hole the parent's part is written twice
    size = np.r_[np.ones(n), np.full(kids, 2**0.5)]
    wide = dictionary("64", noisy(np.concatenate([node[:n], child]), rng), fires, size)
    absorbed = {(i, i, n + i) for i in range(kids)} if hole else set()
    return Planted(narrow, wide, set(), absorbed)


def unrelated(seed: int, *, n_a: int = 200, n_b: int = 400) -> tuple[Dictionary, Dictionary]:
    """Two dictionaries of random directions that fire at random."""
    rng = np.random.default_rng([seed, 9])
    made: list[Dictionary] = []
    for name, n in (("narrow", n_a), ("wide", n_b)):
        on = rng.random((6_000, n)) < rng.uniform(0.005, 0.05, n)
        made.append(dictionary(name, rng.standard_normal((n, D)), on, rng.exponential(1, on.shape)))
    return made[0], made[1]


@pytest.fixture
def tree_split() -> Callable[[int], Planted]:
    return split_tree


@pytest.fixture
def tree_absorbing() -> Callable[..., Planted]:
    return absorbing_tree


@pytest.fixture
def random_pair() -> Callable[..., tuple[Dictionary, Dictionary]]:
    return unrelated
