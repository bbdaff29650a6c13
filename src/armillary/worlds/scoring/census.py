"""Census: which latents are attributes, pairs, vertices, edges..., by the cells they fire on."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from jaxtyping import Bool, Int

from armillary.worlds.drawn import Sample
from armillary.worlds.scoring.evidence import Evidence

TOLERANCE = 0.9  # F1 of firing with the set of cells, below which a latent is "other"
KINDS = ("attribute", "pair", "vertex", "edge", "half-space", "face", "other")
_MOST_ATTRIBUTES = 10


@dataclass(frozen=True, slots=True)
class Census:
    """Alive latents by kind.

    Parameters
    ----------
    counts
        Latents of each kind in ``KINDS``.
    expected, expected_95
        Of each kind, how many there would be if every latent fired on as many cells chosen at
        random: mean and 95 % quantile.
    kinds
        Of each alive latent.
    cells_fired
        On how many cells each fires.
    n_cells
        Cells that occur in the sample.
    covered
        Of each kind, the share of the world's sets of that kind that some latent stands for.
    """

    counts: dict[str, int]
    expected: dict[str, float]
    expected_95: dict[str, float]
    kinds: tuple[str, ...]
    cells_fired: tuple[int, ...]
    n_cells: int
    covered: dict[str, float]


def census(evidence: Evidence, *, rng: np.random.Generator) -> Census | str:
    """Classify latents by the set of true cells on which they fire.

    A *cell* is a combination of the attributes' values that occurs in the sample. A latent's set
    holds the cells on more than half of whose rows it fires (``evidence.FIRING``). The set is a
    *block* if it holds exactly the cells with certain values of certain attributes (the fewest
    such attributes count), all others free. Which kind a block is:

    - all attributes have two values, ``n`` of them: one fixed is a ``half-space`` (a facet of the
      cube), ``n`` a ``vertex``, ``n - 1`` an ``edge``, any other number a ``face``;
    - else: one fixed is an ``attribute``, two a ``pair``, all of three or more a ``vertex``, any
      other number a ``face``.

    In a simplicial complex that lists its facets (``truth.params["facets"]``, the vertices of each
    by the value of the only attribute), a block is the star of a simplex instead, all facets that
    hold it: of one vertex a ``vertex``, of two an ``edge``, of more a ``face``.

    A latent is ``other`` if its set is no block, is empty, is everything, or if the F1 of its
    firing with the rows of its set is below 0.9.

    The null keeps how many cells each latent fires on and draws which: a latent on a single cell
    is always a ``vertex`` or ``pair``, so many of these say little; an attribute by chance is
    rare. The chance of each kind is exact (blocks of that size over sets of that size); counts of
    all latents together come from 1,000 draws.
    """
    cells = evidence.sample.cells
    if not cells:
        return "the world has no cells"
    if len(cells) > _MOST_ATTRIBUTES:
        return f"{len(cells)} attributes have too many blocks: at most {_MOST_ATTRIBUTES}"
    values, index = occurring(evidence.sample)
    if len(values) < 2:
        return "only one cell occurs"
    blocks = _blocks(evidence, values)
    fires = evidence.fires
    sets, agree = _sets(fires, index, n_cells=len(values))
    kinds = tuple(
        blocks.get(sets[j].tobytes(), "other") if agree[j] >= TOLERANCE else "other"
        for j in range(evidence.n_alive)
    )
    sizes = sets.sum(axis=1)
    mean, high = _null(blocks, sizes, n_cells=len(values), rng=rng)
    seen = {sets[j].tobytes() for j in range(evidence.n_alive) if kinds[j] != "other"}
    there = Counter(blocks.values())
    have = Counter(blocks[key] for key in seen)
    counted = Counter(kinds)
    return Census(
        counts={kind: counted[kind] for kind in KINDS}, expected=mean, expected_95=high,
        kinds=kinds, cells_fired=tuple(sizes.tolist()), n_cells=len(values),
        covered={kind: have[kind] / there[kind] for kind in KINDS if there[kind]},
    )  # fmt: skip


def occurring(
    sample: Sample,
) -> tuple[Int[np.ndarray, "cell attribute"], Int[np.ndarray, " token"]]:
    """Return the combinations of values that occur, and which one each row has."""
    table = np.column_stack([np.asarray(v).astype(np.int64) for v in sample.cells.values()])
    values, index = np.unique(table, axis=0, return_inverse=True)
    return values, index.reshape(-1)


def blocks_of(values: Int[np.ndarray, "cell attribute"]) -> dict[bytes, str]:
    """Return every block among the cells, as the bytes of its mask, with its kind."""
    n = values.shape[1]
    binary = all(len(np.unique(values[:, a])) <= 2 for a in range(n))
    found: dict[bytes, str] = {}
    for size in range(1, n + 1):
        for fixed in combinations(range(n), size):
            _, group = np.unique(values[:, fixed], axis=0, return_inverse=True)
            for g in range(int(group.max()) + 1):
                mask: Bool[np.ndarray, " cell"] = group.reshape(-1) == g
                if not mask.all():
                    found.setdefault(mask.tobytes(), _kind(size, n, binary=binary))
    return found


def stars_of(
    facets: list[list[int]], values: Int[np.ndarray, "cell attribute"]
) -> dict[bytes, str]:
    """Return the star of every simplex among the facets that occur, with its kind."""
    tops = [frozenset(facets[int(v)]) for v in values[:, 0]]
    found: dict[bytes, str] = {}
    for size in range(1, max(len(top) for top in tops) + 1):
        name = {1: "vertex", 2: "edge"}.get(size, "face")
        for one in {frozenset(part) for top in tops for part in combinations(sorted(top), size)}:
            mask = np.array([one <= top for top in tops])
            if not mask.all():
                found.setdefault(mask.tobytes(), name)
    return found


def _kind(fixed: int, n: int, *, binary: bool) -> str:
    if binary and n > 1:
        named = {n: "vertex", n - 1: "edge"} if n > 2 else {n: "vertex"}
        return "half-space" if fixed == 1 else named.get(fixed, "face")
    if fixed == n > 2:
        return "vertex"
    return {1: "attribute", 2: "pair"}.get(fixed, "face")


def _blocks(evidence: Evidence, values: np.ndarray) -> dict[bytes, str]:
    facets = evidence.world.truth.params.get("facets")
    if facets is not None and values.shape[1] == 1 and values.min() >= 0:
        return stars_of([list(map(int, s)) for s in facets], values)
    return blocks_of(values)


def _sets(
    fires: np.ndarray, index: np.ndarray, *, n_cells: int
) -> tuple[Bool[np.ndarray, "latent cell"], np.ndarray]:
    """Return the set of cells of each latent, and the F1 of its firing with that set."""
    rows = np.bincount(index, minlength=n_cells)
    fired = np.zeros((n_cells, fires.shape[1]))
    np.add.at(fired, index, fires)
    sets = (fired / rows[:, None] > 0.5).T
    both = (fired.T * sets).sum(axis=1)
    agree = 2 * both / np.maximum((sets * rows).sum(axis=1) + fires.sum(axis=0), 1)
    return np.ascontiguousarray(sets), agree


def _null(
    blocks: dict[bytes, str], sizes: np.ndarray, *, n_cells: int, rng: np.random.Generator
) -> tuple[dict[str, float], dict[str, float]]:
    """Return mean and 95 % quantile of each kind's count when sets are drawn at random."""
    n_draws = 1000
    among: dict[tuple[int, str], int] = {}
    for key, kind in blocks.items():
        size = int(np.frombuffer(key, dtype=bool).sum())
        among[size, kind] = among.get((size, kind), 0) + 1
    drawn = {kind: np.zeros(n_draws) for kind in KINDS}
    for size, latents in zip(*np.unique(sizes, return_counts=True), strict=True):
        ways = float(min(comb(n_cells, int(size)), 10**300))
        chance = [among.get((int(size), kind), 0) / ways for kind in KINDS[:-1]]
        made = rng.multinomial(latents, [*chance, max(0.0, 1 - sum(chance))], size=n_draws)
        for column, kind in enumerate(KINDS):
            drawn[kind] += made[:, column]
    mean = {kind: float(value.mean()) for kind, value in drawn.items()}
    return mean, {kind: float(np.quantile(value, 0.95)) for kind, value in drawn.items()}
