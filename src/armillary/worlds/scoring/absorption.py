"""Absorption: a parent's latent that falls silent where one of its children takes over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from armillary.worlds.scoring.evidence import Evidence

_DRAWS = 200
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class RecallHole:
    """Recall of a parent's main latent with and without one child.

    Parameters
    ----------
    parent, child
        Names of factors.
    latent
        Number of the main latent in the autoencoder.
    f1
        Of the main latent's firing with the parent, on the second half of the rows.
    with_child, without_child
        Share of the parent's rows where the latent fires, by whether the child is active.
    hole
        ``without_child - with_child``: 0 is no absorption, 1 complete.
    null_95
        95 % quantile of ``hole`` when the child's activity is shuffled among the parent's rows.
    pvalue
        Share of {hole, 200 such draws} at least as large; never 0.
    """

    parent: str
    child: str
    latent: int
    f1: float
    with_child: float
    without_child: float
    hole: float
    null_95: float
    pvalue: float


def recall_holes(evidence: Evidence, *, rng: np.random.Generator) -> tuple[RecallHole, ...] | str:
    """Measure the recall hole of every parent and child of a hierarchy.

    ``truth.params["parent"]`` (or ``"parents"``) names each factor's parent, by name or by number,
    None or -1 at a root. The main latent of a parent is the one whose firing has the largest F1
    with the parent's activity on the first half of the rows; recalls are taken on the second. A
    pair with fewer than 10 rows on either side is left out. A hole may also
    come from a latent that serves the parent badly everywhere: read ``f1`` and ``without_child``
    first.

    References
    ----------
    Chanin et al. 2024, arXiv:2409.14507: feature absorption.
    """
    truth, sample = evidence.world.truth, evidence.sample
    given = truth.params.get("parent", truth.params.get("parents"))
    if truth.kind != "hierarchy" or given is None:
        return "the world is no hierarchy"
    names = [factor.name for factor in truth.factors]
    half, holes = evidence.half, list[RecallHole]()
    mains: dict[str, tuple[int, float]] = {}
    for child, parent in parents(given, names).items():
        if parent not in sample.active or child not in sample.active:
            return f"the sample does not say where {parent!r} and {child!r} are active"
        on = sample.active[parent].astype(bool)
        if parent not in mains:
            best = int(f1(evidence.fires[:half], on[:half]).argmax())
            score = float(f1(evidence.fires[half:, [best]], on[half:])[0])
            mains[parent] = best, score
        latent, score = mains[parent]
        rows = np.flatnonzero(on[half:]) + half
        both = sample.active[child][rows].astype(bool)
        if min(both.sum(), (~both).sum()) < _FEWEST:
            continue
        silent = ~evidence.fires[rows, latent]
        with_child, without = 1 - silent[both].mean(), 1 - silent[~both].mean()
        drawn = np.array([_hole(silent, rng.permutation(both)) for _ in range(_DRAWS)])
        hole = float(without - with_child)
        holes.append(RecallHole(
            parent=parent, child=child, latent=int(evidence.alive[latent]), f1=score,
            with_child=float(with_child), without_child=float(without), hole=hole,
            null_95=float(np.quantile(drawn, 0.95)),
            pvalue=float(1 + (drawn >= hole - 1e-12).sum()) / (1 + _DRAWS),
        ))  # fmt: skip
    return tuple(holes) if holes else "no parent is seen often enough with and without a child"


def parents(given: Any, names: list[str]) -> dict[str, str]:
    """Return each child's parent by name, from names or numbers; roots are left out."""
    pairs: list[tuple[Any, Any]] = (
        list(given.items()) if isinstance(given, Mapping) else list(enumerate(given))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    )
    found: dict[str, str] = {}
    for child, parent in pairs:
        if parent is None or parent == -1 or parent == "":
            continue
        found[_named(child, names)] = _named(parent, names)
    return found


def f1(
    fires: Bool[np.ndarray, "token latent"], wanted: Bool[np.ndarray, " token"]
) -> Float[np.ndarray, " latent"]:
    """Return ``2 TP / (fired + wanted)`` of each latent; 0 where neither ever happens."""
    hits = fires[wanted].sum(axis=0)
    return 2 * hits / np.maximum(fires.sum(axis=0) + wanted.sum(), 1)


def _named(key: Any, names: list[str]) -> str:
    text = str(key)
    return text if text in names else names[int(key)]


def _hole(silent: np.ndarray, child: np.ndarray) -> float:
    return float(silent[child].mean() - silent[~child].mean())
