"""Layers told: sentences and tables of what was found between two layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from armillary.atlas.study import Row
from armillary.inference import NullTest
from armillary.studies.layer_clamps import LEAST, ClampEffects
from armillary.studies.layer_relations import Relations, RelationSettings, recovered
from armillary.studies.layer_topology import Topology
from armillary.studies.two_layers import LayerPair

HOLES = ("pieces", "loops", "voids")
LISTED = 40


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Everything that is told of.

    Parameters
    ----------
    pair, found, shape, effects, tested
        What was looked at and found; the last three may be None.
    earlier, later
        Label of every feature.
    settings
        How edges were looked for.
    """

    pair: LayerPair
    found: Relations
    shape: Topology | None
    effects: ClampEffects | None
    tested: NullTest | None
    earlier: Sequence[str]
    later: Sequence[str]
    settings: RelationSettings


def sentences(told: Told) -> list[str]:
    """Say what was found, the most important first, every claim with its null."""
    said = [*_of_truth(told), *_of_edges(told), *_of_weights(told), *_of_effects(told)]
    return [*said, *_of_shape(told)]


def tables(told: Told) -> dict[str, list[Row]]:
    """Return the strongest relations, holes beside random complexes, and what removal changes."""
    found = told.found
    carried = found.carried()
    made: dict[str, list[Row]] = {}
    if carried is None:
        made["strongest_relations"] = _edges(told, np.ones(int(found.kept.sum()), dtype=bool))
    else:
        made["relations_that_are_not_carried"] = _edges(told, ~carried)
        made["carried_relations"] = _edges(told, carried)
    if told.shape is not None:
        made["betti_numbers"] = _betti(told.shape)
        made["after_removal"] = _removal(told.shape)
        made["earlier_features_clamped_in_the_complex"] = _vertices(told, told.shape)
    if told.effects is not None:
        made["earlier_features_clamped_in_the_model"] = _changes(told, told.effects)
    return made


def _of_truth(told: Told) -> list[str]:
    if told.pair.truth is None:
        return []
    found = recovered(told.found.pairs, told.pair.truth)
    spans = told.found.spans.facets()
    pairs = frozenset((bit, later) for later, bits in spans.items() for bit in bits)
    fired = recovered(pairs, told.pair.truth)
    return [
        f"The circuit is known: of {found.found} edges found {found.right} are true (precision "
        f"{found.precision:.2f}), of {found.true} true ones {found.right} were found (recall "
        f"{found.recall:.2f}). By firing alone: precision {fired.precision:.2f}, recall "
        f"{fired.recall:.2f}."
    ]


def _of_edges(told: Told) -> list[str]:
    found = told.found
    kept, tested = int(found.kept.sum()), found.parents.n_edges
    reached = np.unique(found.edges[1]).size
    usable = np.isfinite(found.r2)
    with_parents = np.isin(np.arange(found.r2.size), found.parents.later) & usable
    negative = int((found.parents.weight[found.kept] < 0).sum())
    blocks, length = found.tests.blocks
    if not tested:
        return ["No earlier feature adds enough to any later one to be a candidate."]
    said = [
        f"{kept:,} of {tested:,} candidate edges pass at a false discovery rate of "
        f"{told.settings.level:g} ({found.tests.draws} permutations of {blocks} blocks of "
        f"{length} held-out tokens, given the other parents); {reached:,} of {found.r2.size:,} "
        f"later features have at least one, and {negative:,} edges inhibit."
    ]
    if with_parents.any():
        own, all_ = (np.median(r[with_parents]) for r in (found.r2, found.ridge))
        said.append(
            f"A later code's few parents explain {own:.0%} of its held-out variance in the median, "
            f"all earlier features by ridge regression {all_:.0%} (0 without any relation)."
        )
    return said


def _of_weights(told: Told) -> list[str]:
    found, agreed = told.found, told.found.agreement
    carried = found.carried()
    if found.virtual is None or carried is None or agreed is None:
        return []
    seen = found.virtual.strongest()
    first, second = np.nonzero(seen)
    shared = sum(pair in found.pairs for pair in zip(first.tolist(), second.tolist(), strict=True))
    return [
        f"{int(carried.sum()):,} of {carried.size:,} edges stand out among the virtual weights "
        f"(decoder row times encoder column), mean z {agreed.observed:.2f} against "
        f"{agreed.null.mean():.2f} with earlier features renamed (p = {agreed.pvalue:.3g}); of "
        f"{first.size:,} virtual weights that stand out {shared:,} are edges. Virtual weights see "
        "only what the residual stream carries on unchanged, not what attention or the MLP between "
        "the layers computes."
    ]


def _of_effects(told: Told) -> list[str]:
    effects, tested = told.effects, told.tested
    if effects is None or tested is None or not effects.child.any():
        return []
    child = effects.child
    return [
        f"Clamped in the model, {np.unique(effects.earlier).size} earlier features change the "
        f"codes of their {int(child.sum())} children by {effects.change[child].mean():+.0%} on "
        f"average, and of {int((~child).sum()):,} other later features that fire on the same "
        f"tokens by {effects.change[~child].mean():+.1%} (difference {tested.observed:.2f}, "
        f"{tested.null.mean():.2f} with children redrawn among them, p = {tested.pvalue:.3g}); "
        f"the direct path alone predicts {effects.direct[child].mean():+.0%}."
    ]


def _of_shape(told: Told) -> list[str]:
    if told.shape is None:
        return ["Fewer than two later features span earlier ones: there is no complex to look at."]
    shape, parts = told.shape, list[str]()
    for name, one in zip(HOLES, shape.betti, strict=True):
        low, high = one.band
        parts.append(
            f"{one.observed:.0f} {name} (random {one.null.mean():.1f}, {low:.0f} to {high:.0f}, "
            f"p = {one.pvalue:.2g})"
        )
    vertices = len({v for facet in shape.facets for v in facet})
    area = shape.areas[1]
    odd = sum(one.change[1].pvalue <= 0.05 for one in shape.clamps)
    return [
        f"The complex: {len(shape.facets):,} later features span {vertices:,} earlier ones; "
        f"{', '.join(parts)}. Random complexes keep every simplex's size and every vertex's "
        "degree: a small p says that who shares a simplex with whom is not chance, not that a hole "
        "means anything.",
        f"As the loosest simplices are removed, loops add up to {area.observed:.0f} over the curve "
        f"(random {area.null.mean():.0f}, p = {area.pvalue:.2g}); clamping one of the "
        f"{len(shape.clamps)} most spanned features changes the loops otherwise than in random "
        f"complexes (p at most 0.05) in {odd} cases, {0.05 * len(shape.clamps):.1f} expected by "
        "chance.",
    ]


def _edges(told: Told, chosen: np.ndarray) -> list[Row]:
    found = told.found
    first, second = (axis[chosen] for axis in found.edges)
    numbers = np.flatnonzero(found.kept)[chosen]
    order = np.argsort(-found.parents.gain[numbers], kind="stable")[:LISTED]
    rows: list[Row] = []
    for k in order.tolist():
        one, two, n = int(first[k]), int(second[k]), int(numbers[k])
        z = None if found.virtual is None else float(found.virtual.z[one, two])
        rows.append(
            {
                "earlier": int(told.pair.earlier.feature_id[one]),
                "earlier_word": told.earlier[one],
                "later": int(told.pair.later.feature_id[two]),
                "later_word": told.later[two], "weight": float(found.parents.weight[n]),
                "gain": float(found.parents.gain[n]), "t": float(found.tests.t[n]),
                "q": float(found.tests.q[n]), "virtual_z": z, "r2": float(found.r2[two]),
            }
        )  # fmt: skip
    return rows


def _betti(shape: Topology) -> list[Row]:
    rows: list[Row] = []
    for dimension, (name, one) in enumerate(zip(HOLES, shape.betti, strict=True)):
        low, high = one.band
        rows.append(
            {
                "dimension": dimension, "holes": name, "observed": int(one.observed),
                "random_mean": float(one.null.mean()), "random_low": low, "random_high": high,
                "p": one.pvalue,
            }
        )  # fmt: skip
    return rows


def _removal(shape: Topology) -> list[Row]:
    rows: list[Row] = []
    for k, share in enumerate(shape.shares):
        row: dict[str, Any] = {"removed": share}
        for dimension, name in enumerate(HOLES):
            row[name] = int(shape.curve[k, dimension])
            row[f"random_{name}"] = float(shape.null_curve[:, k, dimension].mean())
        rows.append(row)
    return rows


def _vertices(told: Told, shape: Topology) -> list[Row]:
    rows: list[Row] = []
    for one in shape.clamps:
        row: dict[str, Any] = {
            "earlier": int(told.pair.earlier.feature_id[one.vertex]),
            "word": told.earlier[one.vertex], "spanned_by": one.degree,
        }  # fmt: skip
        for name, test in zip(HOLES, one.change, strict=True):
            row |= {
                f"{name}_change": int(test.observed),
                f"{name}_random": float(test.null.mean()),
                f"{name}_p": test.pvalue,
            }
        rows.append(row)
    return rows


def _changes(told: Told, effects: ClampEffects) -> list[Row]:
    rows: list[Row] = []
    for feature in dict.fromkeys(effects.earlier.tolist()):
        mine = effects.earlier == feature
        child, other = mine & effects.child, mine & ~effects.child
        named = [told.later[k] for k in effects.later[child].tolist()]
        rows.append(
            {
                "earlier": int(told.pair.earlier.feature_id[feature]),
                "word": told.earlier[feature], "children": named,
                "children_change": _mean(effects.change[child]),
                "direct_path": _mean(effects.direct[child]),
                "others": int(other.sum()), "others_change": _mean(effects.change[other]),
                "least_tokens": LEAST,
            }
        )  # fmt: skip
    return rows


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if values.size else None
