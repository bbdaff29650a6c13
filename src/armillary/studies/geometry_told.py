"""What was followed, told: sentences, tables, charts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from armillary.atlas.study import Chart, Row
from armillary.studies.births import METHOD, NOWHERE, RIVALS, Birth
from armillary.studies.followed import Followed

WHAT = {
    "order": "order above other orders",
    "placed": "and above random placement",
    "winning": "ring above line, clusters and tree",
}
STEPS_TOLD = 3


def sentences_of(one: Followed) -> list[str]:
    """Say what was found of one list, with the nulls.

    Parameters
    ----------
    one
        The list.

    Returns
    -------
    list
        Order, ring, turns of the plane, ceiling, competition.
    """
    return [_order(one), _winning(one), _turned(one), _ceiling(one)]


def tables_of(found: Sequence[Followed]) -> dict[str, list[Row]]:
    """Make the tables of all lists.

    Parameters
    ----------
    found
        The lists.

    Returns
    -------
    dict
        ``births``, ``layers``, ``models``, ``pairs``, ``comparators``.
    """
    tables: dict[str, list[Row]] = {
        "births": [row for one in found for row in _birth_rows(one)],
    }
    for one in found:
        tables[f"layers_{one.words.name.replace(' ', '_')}"] = _layer_rows(one)
    tables["models"] = [row for one in found for row in _model_rows(one)]
    tables["pairs"] = [row for one in found for row in _pair_rows(one)]
    tables["comparators"] = [row for one in found for row in _comparator_rows(one)]
    return tables


def charts_of(one: Followed) -> list[Chart]:
    """Draw one list: the ring by layer, the models, the turning, the plane, CKA.

    Parameters
    ----------
    one
        The list.

    Returns
    -------
    list
        Charts.
    """
    name, n = one.words.name, len(one.ring.share)
    layer = [*range(-1, n - 1)]
    ends = [f"{k} to {k + 1}" for k in layer[:-1]]
    share = {"name": "ring", "x": layer, "y": one.ring.share, "low": one.band[0],
             "high": one.band[1]}  # fmt: skip
    chance = {"name": "random placement, 0.05 over all layers", "x": layer, "y": one.placed[0],
              "null": True}  # fmt: skip
    mean = {"name": "chance", "x": layer, "y": one.placed[1], "null": True}
    models = [{"name": key, "x": layer, "y": score} for key, score in one.score.items()]
    ceiling = {"name": "noise ceiling", "x": layer, "y": one.ceiling.mean(axis=0),
               "low": one.ceiling[0], "high": one.ceiling[1], "null": True}  # fmt: skip
    turning = {"name": "angle", "x": layer[1:], "y": one.step.angle, "low": one.step_band[0],
               "high": one.step_band[1]}  # fmt: skip
    labels = ["embedding", *(str(k) for k in layer[1:])]
    heat = {"rows": labels, "columns": labels}
    return [
        Chart("lines", f"{name}: share of the first harmonic", {"series": [share, chance, mean]},
              "layer (-1: embedding)", "share of variance between words"),
        Chart("lines", f"{name}: models of the distances", {"series": [*models, ceiling]},
              "layer (-1: embedding)", f"score ({METHOD})"),
        Chart("lines", f"{name}: how far the ring turns in a layer", {"series": [turning]},
              f"layer ({ends[0]}: the first)", "degrees from the layer before"),
        Chart("heat", f"{name}: the ring of one layer in another's plane",
              {**heat, "values": one.stream}, "layer", "layer"),
        Chart("heat", f"{name}: debiased CKA of all contexts", {**heat, "values": one.cka},
              "layer", "layer"),
    ]  # fmt: skip


def _order(one: Followed) -> str:
    order, placed = one.births["order"], one.births["placed"]
    share = one.ring.share
    n = len(one.words.words)
    kind = "all" if one.ring.exact else "drawn"
    return (
        f"{one.words.name}: the known order is in the distances {_run(order)} "
        f"(joint p over {len(share)} layers at most 0.05 against {one.ring.n_orders:,} orders, "
        f"{kind}; {_sure(order)}). The first harmonic holds {np.nanmin(share):.2f} to "
        f"{np.nanmax(share):.2f} of the variance between words, {2 / (n - 1):.2f} by chance; it is "
        f"more than random placement in the layer's spectrum reaches {_run(placed)} "
        f"({_sure(placed)})."
    )


def _winning(one: Followed) -> str:
    won = one.births["winning"]
    told = f"{one.words.name}: the ring as such, above line, clusters and tree, "
    if won.run is None:
        return told + "is nowhere the best model."
    turns, low, high = one.turns[:, won.run[0] + 1]
    return (
        f"{told}is the best model {_run(won)}: it is born after layer {won.run[0]} "
        f"({_sure(won)}); there the words make {turns:.2f} turns ({low:.2f} to {high:.2f})."
        if won.run[0] >= 0
        else f"{told}is the best model {_run(won)} ({_sure(won)}); in the embeddings the words "
        f"make {turns:.2f} turns ({low:.2f} to {high:.2f})."
    )


def _turned(one: Followed) -> str:
    seen = np.flatnonzero(np.isfinite(one.step.angle))
    if seen.size == 0:
        return f"{one.words.name}: no layer's ring stands out of noise enough to follow its plane."
    steepest = seen[np.argsort(-one.step.angle[seen], kind="stable")]
    most, rest = steepest[:STEPS_TOLD], steepest[STEPS_TOLD:]
    each = [
        f"{one.step.angle[k]:.0f} degrees in layer {k} "
        f"({one.step_band[0, k]:.0f} to {one.step_band[1, k]:.0f})"
        for k in most
    ]
    told = f"{one.words.name}: the ring turns most in the residual stream by {', '.join(each)}"
    if rest.size:
        told += f"; by {np.median(one.step.angle[rest]):.0f} at the median of the other layers"
    if one.radius[0] > 0:
        grown = one.radius[1] / one.radius[0]
        told += f". Layer 0 makes its radius {grown:.3g} times that in the embeddings"
    return f"{told}."


def _ceiling(one: Followed) -> str:
    if not one.competitions:
        return f"{one.words.name}: no competition, as contexts do not differ."
    layer = max(one.competitions, key=lambda k: max(one.competitions[k].score.values()))
    best = one.competitions[layer]
    name, score = next(iter(best.score.items()))
    beats = [p["worse"] for p in best.pairs if p["better"] == name and p["p_holm"] <= 0.05]
    over = f"it beats {', '.join(beats)}" if beats else "no rival is beaten beyond doubt"
    reach = "reaches" if score >= best.low else "does not reach"
    return (
        f"{one.words.name}: after layer {layer} the best model is {name} ({METHOD} {score:.2f}, "
        f"standard error {best.error[name]:.2f}); it {reach} the noise ceiling "
        f"({best.low:.2f} to {best.high:.2f}). With new words and contexts drawn, {over} "
        "(Holm over all pairs, 0.05)."
    )


def _run(birth: Birth) -> str:
    if birth.run is None:
        return "in no layer"
    first, last = birth.run
    start = "from the embeddings" if first < 0 else f"from layer {first}"
    return f"{start} to layer {last}" if last > first else f"only {start.removeprefix('from ')}"


def _sure(birth: Birth) -> str:
    low, high = birth.without_one
    without = ["nowhere" if layer == NOWHERE else str(layer) for layer in (low, high)]
    words = f"any one word left out: first layer {without[0]} to {without[1]}"
    if birth.interval is None:
        return f"in no draw of contexts; {words}"
    low_end, high_end = birth.interval
    return (
        f"first layer, 95 % over contexts: {low_end:.0f} to {high_end:.0f}, in "
        f"{birth.share:.0%} of draws; {words}"
    )


def _layer(first: int) -> int | None:
    """Return a first layer as tables have it: nothing where there is none."""
    return None if first == NOWHERE else first


def _birth_rows(one: Followed) -> list[Row]:
    return [
        {
            "list": one.words.name, "what": WHAT[key],
            "first": None if birth.run is None else birth.run[0],
            "last": None if birth.run is None else birth.run[1],
            "low": None if birth.interval is None else birth.interval[0],
            "high": None if birth.interval is None else birth.interval[1],
            "draws_with": birth.share,
            "without_a_word_low": _layer(birth.without_one[0]),
            "without_a_word_high": _layer(birth.without_one[1]),
        }
        for key, birth in one.births.items()
    ]  # fmt: skip


def _layer_rows(one: Followed) -> list[Row]:
    rows: list[Row] = []
    for k in range(len(one.ring.share)):
        before = k - 1
        rows.append(
            {
                "layer": k - 1, "share": one.ring.share[k],
                "low": one.band[0, k], "high": one.band[1, k], "needed": one.placed[0, k],
                "p_order": one.ring.p_joint[k], "p_placed": one.p_placed[k],
                "turns": one.turns[0, k], "radius": one.radius[k],
                **{name: score[k] for name, score in one.score.items()},
                "ceiling": one.ceiling[0, k],
                "turned": None if before < 0 else one.step.angle[before],
                "plane": None if before < 0 else one.step.plane[before],
                "phase": None if before < 0 else one.step.phase[before],
                "shape": None if before < 0 else one.shape[before],
                "cka": None if before < 0 else one.cka[before, k],
                "shrinkage": one.shrinkage[k],
            }
        )  # fmt: skip
    return rows


def _model_rows(one: Followed) -> list[Row]:
    return [
        {"list": one.words.name, "layer": layer, "model": name, "score": score,
         "error": told.error[name], "p_above_0": told.p_zero[name],
         "ceiling_low": told.low, "ceiling_high": told.high, "draws": told.n_boot}
        for layer, told in one.competitions.items()
        for name, score in told.score.items()
    ]  # fmt: skip


def _pair_rows(one: Followed) -> list[Row]:
    return [
        {"list": one.words.name, "layer": layer, **pair}
        for layer, told in one.competitions.items()
        for pair in told.pairs
    ]


def _comparator_rows(one: Followed) -> list[Row]:
    names = ("ring", *RIVALS, "category")
    rows: list[Row] = []
    for layer, methods in one.compared.items():
        for method, told in methods.items():
            scored: dict[str, Any] = {name: told.get(name) for name in names}
            rows.append({"list": one.words.name, "layer": layer, "comparator": method, **scored,
                         "ceiling_low": told["low"], "ceiling_high": told["high"]})  # fmt: skip
    return rows
