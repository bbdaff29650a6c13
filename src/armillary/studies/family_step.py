"""One step of a series: two dictionaries joined by edges, paired one to one, beside chance."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from armillary.affinity.unit_rows import unit_rows
from armillary.core import BadInput
from armillary.evaluate.absorption import Absorbed, find_absorption
from armillary.evaluate.assignment import Assignment, assign, bootstrap_mean
from armillary.evaluate.cofirings import Cofirings
from armillary.evaluate.cosines import Cosines
from armillary.evaluate.lineage import LEANS, Lineage, by_chance, lineage, pair_threshold
from armillary.evaluate.similar import Mean, Similar
from armillary.studies.series import Dictionary

COSINE, COFIRING, BOTH = MEASURES = ("cosine", "cofiring", "both")


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Two neighbours of a series, compared.

    Parameters
    ----------
    a, b
        The narrower and the wider one, features that never fire left out.
    edges, chance
        What joins them, and what joins the narrower one with a null of the wider.
    pairs, chance_pairs
        One-to-one assignment of either.
    paired
        Interval of the mean of ``pairs``.
    ends
        Mean similarity with the nearest on the other side and its interval, from ``a`` and ``b``.
    absorbed
        None without codes.
    """

    a: Dictionary
    b: Dictionary
    edges: Lineage
    chance: Lineage
    pairs: Assignment
    chance_pairs: Assignment
    paired: tuple[float, float]
    ends: Mapping[str, tuple[float, float, float]]
    absorbed: Absorbed | None


def step_of(a: Dictionary, b: Dictionary, *, by: str, rng: np.random.Generator) -> Step:
    """Compare two neighbours of a series.

    Parameters
    ----------
    a, b
        The narrower and the wider one.
    by
        One of ``MEASURES``.
    rng
        Of nulls and bootstraps.

    Returns
    -------
    Step
        Edges, pairs and what is absorbed, with what chance gives.

    Raises
    ------
    BadInput
        If the measure needs codes that are not there.
    """
    similar = similarity(a, b, by=by)
    edges = lineage(similar, rng=rng)
    chance = by_chance(similar, edges, rng=rng)
    pairs = assign(similar)
    chance_pairs = assign(similar.chance(edges.strictest, "b", rng=rng))
    ends = {
        side: (float(best.cosine.mean()), *bootstrap_mean(best.cosine, rng=rng))
        for side, best in (("a", edges.best_a), ("b", edges.best_b))
    }
    absorbed = None
    if a.codes is not None and b.codes is not None:
        absorbed = absorption(a, b, edges, by=by, rng=rng)
    return Step(
        a, b, edges, chance, pairs, chance_pairs, pairs.interval(rng=rng), ends, absorbed
    )  # fmt: skip


def similarity(a: Dictionary, b: Dictionary, *, by: str) -> Similar:
    """Return the table that two dictionaries are compared by.

    Parameters
    ----------
    a, b
        Rows and columns.
    by
        ``"cosine"``, ``"cofiring"`` or ``"both"``.

    Returns
    -------
    Similar
        Read a tile at a time.

    Raises
    ------
    BadInput
        If the measure needs codes that are not there.
    """
    cosines = Cosines.of(a.space, b.space)
    if by == COSINE:
        return cosines
    if a.codes is None or b.codes is None:
        raise BadInput(
            f"{by} needs what fires on shared tokens: give --codes, one folder a dictionary or one "
            "folder of activations"
        )
    together = Cofirings(a.codes, b.codes)
    return together if by == COFIRING else Mean([cosines, together])


def absorption(
    a: Dictionary, b: Dictionary, edges: Lineage, *, by: str, rng: np.random.Generator
) -> Absorbed:
    """Find what the wider of two dictionaries absorbs, with heirs from their edges.

    Parameters
    ----------
    a, b
        With codes on the same tokens.
    edges
        Of the two; who is whose best is who is whose heir.
    by
        What they were compared by; heirs are by cosine where that was not looked at.
    rng
        Of the null dictionaries.

    Returns
    -------
    Absorbed
        Empty where nothing is.

    Raises
    ------
    BadInput
        If a dictionary has no codes.
    """
    if a.codes is None or b.codes is None:
        raise BadInput(f"absorption needs the codes of {a.name} and {b.name} on the same tokens")
    near = edges if by == COSINE else lineage(Cosines.of(a.space, b.space), rng=rng)
    threshold = pair_threshold(Cosines.of(b.space, b.space), rng=rng)
    return find_absorption(
        heirs_of(near), unit_rows(b.space.directions), (a.codes, b.codes),
        norm_b=np.linalg.norm(b.space.directions, axis=1), threshold=threshold,
    )  # fmt: skip


def heirs_of(edges: Lineage) -> tuple[Int[np.ndarray, " heir"], Int[np.ndarray, " heir"]]:
    """Return narrow features and the wide ones that continue them: each is the other's best.

    Parameters
    ----------
    edges
        Of two dictionaries.

    Returns
    -------
    tuple of array
        Rows of the narrow and of the wide dictionary.
    """
    mutual = (
        (edges.best_a.partner[edges.parent] == edges.child)
        & (edges.best_b.partner[edges.child] == edges.parent)
        & (edges.kind != LEANS)
    )  # fmt: skip
    return edges.parent[mutual], edges.child[mutual]
