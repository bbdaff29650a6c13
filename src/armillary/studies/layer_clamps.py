"""Layer clamps: an earlier feature held at zero in the model, and what later codes do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core import SparseAutoencoder
from armillary.inference import NullTest
from armillary.studies.layer_relations import Relations
from armillary.studies.two_layers import LayerPair

LEAST = 5  # tokens on which both features fire before an effect is counted
Forward = Callable[
    [Int[np.ndarray, "text position"], Float[np.ndarray, " d_model"] | None, int], np.ndarray
]


@dataclass(frozen=True, slots=True, eq=False)
class ClampEffects:
    """What later codes do when one earlier feature is taken out of the stream, one row a pair.

    Parameters
    ----------
    earlier, later
        Columns; the later feature fires on at least ``LEAST`` of the tokens looked at.
    change
        Mean change of its code there, over its mean code: -1 is silenced, 0 untouched.
    direct
        The change that the direct path alone predicts, in the same units.
    child
        Whether the pair is an edge with a positive weight that passed.
    """

    earlier: Int[np.ndarray, " pair"]
    later: Int[np.ndarray, " pair"]
    change: Float[np.ndarray, " pair"]
    direct: Float[np.ndarray, " pair"]
    child: np.ndarray

    def test(self, *, draws: int = 999, rng: np.random.Generator) -> NullTest:
        """Test whether children lose more than the other later features on the same tokens.

        Mean over clamped features of (mean change of the others less mean change of the children),
        beside the same with the children drawn at random among the later features that fired
        there. 0 on average under the null, positive if edges carry effect.
        """
        groups = [g for g in self._groups() if 0 < self.child[g].sum() < g.size]
        if not groups:
            return NullTest(0.0, np.zeros(draws), "no feature with children and others")

        def statistic(child: list[np.ndarray]) -> float:
            return float(
                np.mean([
                    self.change[g][~c].mean() - self.change[g][c].mean()
                    for g, c in zip(groups, child, strict=True)
                ])
            )  # fmt: skip

        true = [self.child[g] for g in groups]
        null = [statistic([rng.permutation(c) for c in true]) for _ in range(draws)]
        return NullTest(
            statistic(true), np.array(null), "children redrawn among what fired on the same tokens"
        )

    def _groups(self) -> list[np.ndarray]:
        order = np.argsort(self.earlier, kind="stable")
        cuts = np.flatnonzero(np.diff(self.earlier[order])) + 1
        return [g for g in np.split(order, cuts) if g.size]


def clamp_effects(
    pair: LayerPair,
    found: Relations,
    forward: Forward,
    *,
    features: int = 24,
    texts: int = 6,
) -> ClampEffects:
    """Clamp the earlier features with the strongest edges, one at a time, on held-out documents.

    Where the feature fires with code ``a``, ``a d`` is taken from the stream; the model runs on to
    the later layer; later codes are compared on those tokens with what they were. The direct path
    predicts ``-a V`` for each pre-activation.

    Parameters
    ----------
    pair
        With dictionaries and text.
    found
        Its relations.
    forward
        Takes token ids, the row to take out (None: nothing) and the feature's column; gives the
        later vectors.
    features
        Earlier features clamped: those with the largest t among positive edges.
    texts
        Documents for each, those on which it fires most often.

    Returns
    -------
    ClampEffects
        All pairs with enough tokens.
    """
    assert pair.dictionaries is not None and pair.earlier.tokens is not None  # noqa: PT018
    one, two = pair.dictionaries
    text = pair.earlier.tokens
    document = np.asarray(text.document)
    token_id = np.asarray(text.token_id)
    fires: Any = pair.earlier.matrix()[pair.learned :].tocsc()
    parts: list[tuple[np.ndarray, ...]] = []
    for feature in _strongest(found, features):
        at = fires[:, [feature]].nonzero()[0] + pair.learned
        which, often = np.unique(document[at], return_counts=True)
        chosen = which[np.argsort(-often, kind="stable")[:texts]]
        ids = _texts(document, token_id, chosen)
        if ids.size == 0:
            continue
        before, after = forward(ids, None, feature), forward(ids, one.directions[feature], feature)
        parts.append(_effects(before, after, found=found, later=two, feature=feature))
    if not parts:
        none, blank = np.zeros(0, dtype=np.int64), np.zeros(0)
        return ClampEffects(none, none, blank, blank, np.zeros(0, dtype=bool))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return ClampEffects(joined[0], joined[1], joined[2], joined[3], joined[4].astype(bool))


def model_forward(lm: Any, dictionary: SparseAutoencoder, hooks: Sequence[str]) -> Forward:
    """Return a function that runs a language model with one earlier feature clamped.

    Parameters
    ----------
    lm
        A ``LanguageModel``.
    dictionary
        Of the earlier layer.
    hooks
        The earlier and the later place.

    Returns
    -------
    callable
        As ``clamp_effects`` wants it: codes of the feature in the first column, then vectors.
    """
    torch: Any = import_module("torch")

    def forward(ids: np.ndarray, row: np.ndarray | None, feature: int) -> np.ndarray:
        held: dict[str, np.ndarray] = {}

        def clamp(x: Any) -> Any:
            flat = x.reshape(-1, x.shape[-1]).numpy()
            code = dictionary.encode(flat)[:, feature]
            held["code"] = code
            if row is None:
                return x
            gone = (code[:, None] * row).astype(np.float32).reshape(tuple(x.shape))
            return x - torch.from_numpy(gone)

        seen = lm.capture(ids, hooks[1], splice={hooks[0]: clamp})[hooks[1]]
        vectors = seen.reshape(-1, seen.shape[-1]).numpy()
        return np.column_stack([held["code"], vectors])

    return forward


def _strongest(found: Relations, n: int) -> list[int]:
    first, _ = found.edges
    t = found.tests.t[found.kept]
    order = np.argsort(-t, kind="stable")
    order = order[t[order] > 0]
    return list(dict.fromkeys(first[order].tolist()))[:n]


def _texts(
    document: np.ndarray, token_id: np.ndarray, chosen: np.ndarray
) -> Int[np.ndarray, "text position"]:
    """Token ids of documents of one length; others are left out."""
    rows = [token_id[document == one] for one in chosen.tolist()]
    length = max((row.size for row in rows), default=0)
    return np.array([row for row in rows if row.size == length], dtype=np.int64)


def _effects(
    before: np.ndarray, after: np.ndarray, *, found: Relations, later: SparseAutoencoder,
    feature: int,
) -> tuple[np.ndarray, ...]:  # fmt: skip
    on = before[:, 0] > 0
    code = before[on, 0]
    was, now = (later.encode(x[on, 1:].astype(np.float32)) for x in (before, after))
    both = was > 0
    others = np.flatnonzero(both.sum(axis=0) >= LEAST)
    level = np.maximum((was * both).sum(axis=0)[others], 1e-12)
    change = ((now - was) * both).sum(axis=0)[others] / level
    assert found.virtual is not None
    weight = found.virtual.weight[feature, others]
    direct = -(code[:, None] * both[:, others]).sum(axis=0) * weight / level
    edges = found.edges
    up = found.parents.weight[found.kept] > 0
    children = edges[1][(edges[0] == feature) & up]
    return (
        np.full(others.size, feature), others, change, np.maximum(direct, -1.0),
        np.isin(others, children),
    )  # fmt: skip
