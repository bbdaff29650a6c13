"""Bundles: parallel offsets of neighbouring words, found without a lexicon, named by one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.affinity import cosine_knn, spectrum_matched
from armillary.algebra.discovery import Bundle, Discovered, Pairs, parallel_bundles
from armillary.studies.analogy_tests import Relation
from armillary.studies.analogy_words import Words
from armillary.survey.progress import Progress

NEIGHBOURS = 8
MOST_PAIRS = 60_000
POOL = 8_000
SHOWN = 6  # pairs of a bundle in the table
NAMED_FROM = 0.5  # cosine with a relation's mean offset from which a bundle is named after it


def neighbour_pairs(
    unit: Float[np.ndarray, "point d_model"],
    word: Int[np.ndarray, " point"] | None = None,
    *,
    neighbours: int = NEIGHBOURS,
    most: int = MOST_PAIRS,
    rng: np.random.Generator,
) -> Pairs:
    """Pair every point with its nearest ones by cosine, each pair once.

    Parameters
    ----------
    unit
        Rows.
    word
        Number of each row's word; two spellings of one word make no pair.
    neighbours
        Of each point.
    most
        Pairs kept, drawn at random from all.
    rng
        Source of the draw.
    """
    n: int = unit.shape[0]
    near = cosine_knn(unit, k=min(neighbours, n - 1)).index
    every: Int[np.ndarray, " point"] = np.arange(n)
    rows = np.repeat(every, near.shape[1])
    pairs = np.unique(np.sort(np.stack([rows, near.ravel()], axis=1), axis=1), axis=0)
    if word is not None:
        pairs = pairs[word[pairs[:, 0]] != word[pairs[:, 1]]]
    if len(pairs) > most:
        pairs = pairs[np.sort(rng.choice(len(pairs), most, replace=False))]
    return pairs.astype(np.int64)


def found_bundles(
    words: Words, *, level: float, pool: int = POOL, rng: np.random.Generator, progress: Progress
) -> Discovered:
    """Look for bundles among neighbouring words, against vectors of the same spectrum."""
    pairs = neighbour_pairs(words.unit, words.word, rng=rng)

    def draw_null(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        drawn = spectrum_matched(words.unit, rng=rng)
        own = neighbour_pairs(drawn, rng=rng, most=len(pairs))
        return drawn, own

    return parallel_bundles(
        words.unit, pairs, draw_null=draw_null, level=level, pool=pool, rng=rng, say=progress.note
    )


def bundles_table(
    words: Words, bundles: Sequence[Bundle], relations: Sequence[Relation]
) -> list[dict[str, Any]]:
    """Tell what each bundle holds, and which relation of the lexicon steps the same way."""
    steps = [_mean_step(words, one) for one in relations]
    rows: list[dict[str, Any]] = []
    for number, bundle in enumerate(bundles, start=1):
        known = np.array([abs(float(step @ bundle.direction)) for step in steps])
        best = int(known.argmax()) if known.size else -1
        named = best >= 0 and known[best] >= NAMED_FROM
        rows.append(
            {
                "reading": words.name, "bundle": number, "pairs": len(bundle.pairs),
                "cosine": float(bundle.cosine.mean()), "q": bundle.q,
                "like": relations[best].name if named else "",
                "like_cosine": float(known[best]) if best >= 0 else None,
                "examples": [
                    f"{words.text(a)} > {words.text(b)}"
                    for a, b in bundle.pairs[:SHOWN].tolist()
                ],
            }
        )  # fmt: skip
    return rows


def _mean_step(words: Words, one: Relation) -> Float[np.ndarray, " d_model"]:
    offset = words.unit[one.right] - words.unit[one.left]
    step = (offset / np.linalg.norm(offset, axis=1, keepdims=True)).mean(axis=0)
    return step / max(float(np.linalg.norm(step)), 1e-12)
