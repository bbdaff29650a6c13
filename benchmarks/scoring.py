"""Score claims against what was planted: recall, false discoveries, right names.

**Match.** A claim and a planted structure match at Jaccard >= 0.5 of their rows; pairs are taken
one to one, highest Jaccard first. **False** is a claim that matches no structure at Jaccard
>= 0.5 and takes less than half of its rows from any single structure (so a part of a planted
ring, or a second claim on it, is not false); claims on decoys are false. **Strictly false** is
every claim without a one-to-one match. The false discovery proportion is false / claims, 0
without claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.worlds import Planted, PlantedTruth

JACCARD = 0.5

ALIASES = {
    "horseshoe": "arc",
    "line": "segment",
    "clusters": "k_clusters",
    "mixture": "k_clusters",
    "clusters_on_ring": "ring_of_clusters",
    "clusters_on_a_ring": "ring_of_clusters",
    "ring_clusters": "ring_of_clusters",
    "binary_tree": "tree",
    "cube": "hypercube",
    "parallelogram": "lattice",
    "parallelogram_lattice": "lattice",
    "star_of_rays": "star",
    "hypersphere": "sphere",
}
"""Other spellings of one name; these count as right in the strict score too."""

SYNONYMS: dict[str, frozenset[str]] = {
    "circle": frozenset({"ellipse"}),
    "ellipse": frozenset({"circle"}),
    "disk": frozenset({"sheet"}),
    "sheet": frozenset({"disk"}),
    "segment": frozenset({"arc"}),  # unit rows bend a segment into an arc of a great circle
    "product": frozenset({"circle"}),  # the planted product is a circle once variants are removed
    "lattice": frozenset({"product"}),  # concepts x a constant offset is a product
}
"""Planted name -> further names that the lenient score accepts."""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """These rows have this shape; a larger score is a stronger claim."""

    rows: np.ndarray
    shape: str
    score: float
    q: float = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Claims on one world, judged.

    Parameters
    ----------
    match
        For every structure the index of its one-to-one claim, -1 if missed.
    jaccard
        For every structure the Jaccard of that match, 0 if missed.
    near
        For every claim the structure it has Jaccard >= 0.5 with, -1 if none.
    false, strictly_false, on_decoy
        For every claim, as the module says; ``on_decoy``: half its rows or more are one decoy's.
    """

    match: np.ndarray
    jaccard: np.ndarray
    near: np.ndarray
    false: np.ndarray
    strictly_false: np.ndarray
    on_decoy: np.ndarray

    @property
    def fdp(self) -> float:
        """Share of claims that are false."""
        return float(self.false.mean()) if self.false.size else 0.0

    @property
    def strict_fdp(self) -> float:
        """Share of claims that are strictly false."""
        return float(self.strictly_false.mean()) if self.false.size else 0.0


def score_claims(claims: Sequence[Claim], truth: PlantedTruth) -> Scored:
    """Judge the claims made on one world."""
    shared = _shared(claims, truth.structures)
    with_decoy = _shared(claims, truth.decoys)
    claim_size = np.array([claim.rows.size for claim in claims], dtype=float)[:, None]
    size = np.array([s.n for s in truth.structures], dtype=float)[None, :]
    jaccard = shared / np.maximum(claim_size + size - shared, 1)
    near = np.where(jaccard.max(axis=1, initial=0) >= JACCARD, jaccard.argmax(axis=1), -1)
    match = np.full(len(truth.structures), -1)
    best = np.zeros(len(truth.structures))
    taken = np.zeros(len(claims), dtype=bool)
    pairs = np.argwhere(jaccard >= JACCARD)
    strength = np.array([claims[c].score for c, _ in pairs])
    overlap = jaccard[pairs[:, 0], pairs[:, 1]]
    for k in np.lexsort((-strength, -overlap)):
        c, s = pairs[k]
        if not taken[c] and match[s] < 0:
            taken[c], match[s], best[s] = True, c, jaccard[c, s]
    most = shared.max(axis=1, initial=0)
    false = (near < 0) & (most < claim_size[:, 0] / 2)
    on_decoy = with_decoy.max(axis=1, initial=0) >= claim_size[:, 0] / 2
    return Scored(match, best, near, false, ~taken, on_decoy)


def canonical(shape: str) -> str:
    """Return the one spelling of a shape's name; what follows a colon is detail."""
    name = shape.lower().split(":")[0].replace("-", "_").replace(" ", "_")
    return ALIASES.get(name, name)


def is_right(planted: str, claimed: str, *, synonyms: bool) -> bool:
    """Return whether a claimed name is right for a planted shape."""
    accepted = {canonical(planted)}
    if synonyms:
        accepted |= SYNONYMS.get(planted, frozenset())
    return canonical(claimed) in accepted


def structure_records(
    claims: Sequence[Claim], truth: PlantedTruth, scored: Scored, *, seed: int
) -> list[dict[str, object]]:
    """Return one JSON-ready record a planted structure: what it was and how it was called."""
    records: list[dict[str, object]] = []
    for planted, c, overlap in zip(truth.structures, scored.match, scored.jaccard, strict=True):
        claimed = canonical(claims[c].shape) if c >= 0 else ""
        records.append(
            {
                "seed": seed,
                "kind": planted.kind,
                "n": planted.n,
                "noise": planted.noise,
                "mean_cosine": planted.parameters.get("mean_cosine"),
                "found": bool(c >= 0),
                "jaccard": float(overlap),
                "claimed": claimed,
                "right_strict": bool(c >= 0 and is_right(planted.kind, claimed, synonyms=False)),
                "right": bool(c >= 0 and is_right(planted.kind, claimed, synonyms=True)),
            }
        )
    return records


def recall_at_fdp(
    worlds: Sequence[tuple[Sequence[Claim], PlantedTruth]], fdp: float, *, least: int = 0
) -> tuple[float, float, int]:
    """Return the best recall any score threshold reaches at a pooled FDP of at most ``fdp``.

    One threshold for all worlds, chosen after seeing the truth: generous to whoever is scored.

    Parameters
    ----------
    worlds
        Claims and truth of each world.
    fdp
        Largest false discovery proportion allowed.
    least
        Smallest structure counted in the recall.

    Returns
    -------
    tuple
        Recall, the FDP there, and the number of claims kept.
    """
    scores: list[float] = []
    false: list[bool] = []
    hit: list[tuple[int, int]] = []
    wanted = {
        (w, s)
        for w, (_, truth) in enumerate(worlds)
        for s, planted in enumerate(truth.structures)
        if planted.n >= least
    }
    for w, (claims, truth) in enumerate(worlds):
        scored = score_claims(claims, truth)
        scores += [claim.score for claim in claims]
        false += scored.false.tolist()
        hit += [(w, int(s)) for s in scored.near]
    best = (0.0, 0.0, 0)
    order = np.argsort(-np.array(scores), kind="stable")
    found: set[tuple[int, int]] = set()
    n_false = 0
    for rank, k in enumerate(order, start=1):
        n_false += false[k]
        found |= {hit[k]} & wanted
        tied = rank < order.size and scores[order[rank]] == scores[k]
        recall = len(found) / max(len(wanted), 1)
        if not tied and n_false / rank <= fdp and recall > best[0]:
            best = (recall, n_false / rank, rank)
    return best


def _shared(claims: Sequence[Claim], groups: Sequence[Planted]) -> np.ndarray:
    """Count the rows each claim shares with each group."""
    owner = {int(row): g for g, planted in enumerate(groups) for row in planted.rows}
    shared = np.zeros((len(claims), len(groups)))
    for c, claim in enumerate(claims):
        for row in claim.rows:
            g = owner.get(int(row), -1)
            if g >= 0:
                shared[c, g] += 1
    return shared
