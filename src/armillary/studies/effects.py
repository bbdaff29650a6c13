"""Does distance predict computation? Distances of features beside distances of their effects."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.study import Chart, Row, Study
from armillary.core import BadInput
from armillary.inference.mantel import pairs_of
from armillary.intervene.effects import LOGITS
from armillary.studies.effects_measured import (
    DECODER,
    ELSEWHERE,
    RANDOM,
    Effected,
    Relation,
    Table,
    effected,
    relations,
)
from armillary.studies.effects_source import Opened, open_effects
from armillary.survey.progress import Progress, Silent, Stopwatch

EDGES = (-1.0, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0)
LEVEL = 0.05
FEWEST = 8  # pairs in a bin that is shown
DOTS = 1500


def effects(
    source: str = "demo:sae",
    *,
    model: str = "demo",
    hook_name: str | None = None,
    codes: str | Path | None = None,
    n: int = 144,
    n_texts: int = 6,
    read: str = LOGITS,
    n_elsewhere: int = 39,
    n_random: int = 39,
    seed: int = 0,
    offline: bool = False,
    cache: str | Path | None = None,
    command: str = "",
    progress: Progress | None = None,
) -> Study:
    """Ask whether features that lie near each other do the same to what the model says.

    Features are drawn in families of three near ones, each is added at its mean firing strength to
    the last token of short texts, and the change of all next-token logits is read. Its distance
    (``1 - cosine``) is correlated with distances in the decoder, in the tree and in co-firing,
    beside two nulls: the same arrangement put elsewhere with the same spectrum, and random
    directions.

    Parameters
    ----------
    source, model, hook_name, codes, n, n_texts, read
        As for ``open_effects``.
    n_elsewhere, n_random
        Draws of either null; ``n_elsewhere`` at least 1, ``n_random`` may be 0. A difference can
        be told (p of .05) from 39 draws on.
    seed
        Of everything random.
    offline, cache
        As for ``load_lm``.
    command
        For the record.
    progress
        Told of stages.

    Returns
    -------
    Study
        Named ``effects``.

    Raises
    ------
    BadInput
        As for ``open_effects``; also without a draw of the arrangement elsewhere.
    """
    if n_elsewhere < 1 or n_random < 0:
        raise BadInput(
            f"{n_elsewhere} draws elsewhere and {n_random} of random directions: at least 1 and 0"
        )
    watch, tell = Stopwatch(), progress or Silent()
    rng = np.random.default_rng(seed)
    with watch.stage(tell, "open"):
        opened = open_effects(
            source, model=model, hook_name=hook_name, codes=codes, n=n, n_texts=n_texts, read=read,
            offline=offline, cache=None if cache is None else Path(cache), tell=tell, rng=rng,
        )  # fmt: skip
    with watch.stage(tell, "push", 1 + n_elsewhere + n_random):
        found = effected(
            opened.push.of, opened.directions, opened.directions[opened.rows],
            strength=opened.strength, n_elsewhere=n_elsewhere, n_random=n_random, rng=rng,
            tick=tell.advance,
        )  # fmt: skip
    with watch.stage(tell, "relate"):
        related = relations(found, opened.tables, rng=rng)
    manifest = {
        "version": version("armillary"), "command": command, "seed": seed, **opened.record,
        "draws": {ELSEWHERE: n_elsewhere, RANDOM: n_random}, "timings": watch.seconds,
    }  # fmt: skip
    return told(found, related, opened.tables, opened=opened, manifest=manifest)


def told(
    found: Effected,
    related: Sequence[Relation],
    tables: Mapping[str, Table],
    *,
    opened: Opened | None = None,
    manifest: Mapping[str, Any],
) -> Study:
    """Put what was measured into sentences, tables and drawings.

    Parameters
    ----------
    found, related, tables
        Effects, relations, and the distances they are of.
    opened
        Where the features come from; None leaves out what names them.
    manifest
        For the record.

    Returns
    -------
    Study
        Named ``effects``.
    """
    bins = _bins(found, tables[DECODER])
    sizes: Row = {
        "features": float(found.size.mean()),
        "elsewhere": float(found.elsewhere_size.mean()),
        "elsewhere_low": float(found.elsewhere_size.min()),
        "elsewhere_high": float(found.elsewhere_size.max()),
        "halves_agree": found.halves,
    }
    where = "" if opened is None else f" of {opened.name}"
    return Study(
        "effects",
        f"Distance and effect{where}",
        _sentences(found, related, bins, sizes),
        {"relations": [_row(one) for one in related], "by_cosine": bins, "sizes": [sizes]},
        _charts(found, tables[DECODER], bins),
        manifest,
    )


def _row(one: Relation) -> Row:
    null = one.left.test.null
    return {
        "distance": one.distance,
        "given": one.given,
        "correlation": one.method,
        "r": one.left.test.observed,
        "p_permuted": one.permuted,
        "null": one.null,
        "r_null": float(null.mean()),
        "null_low": float(null.min()),
        "null_high": float(null.max()),
        "left": one.left.delta,
        "low": one.left.low,
        "high": one.left.high,
        "p": one.left.two_sided,
    }


def _bins(found: Effected, decoder: Table) -> list[Row]:
    """Mean effect cosine of pairs, by decoder cosine: real, elsewhere, random."""
    cosine, real = 1 - pairs_of(decoder), 1 - pairs_of(found.real)
    there = np.stack([1 - pairs_of(one) for one in found.elsewhere])
    chance_x = [1 - pairs_of(one) for one in found.random_x]
    chance = [1 - pairs_of(one) for one in found.random]
    rows: list[Row] = []
    inner = EDGES[1:-1]  # equal rows have a cosine of 1 and a rounding: no end is a limit
    for at, (low, high) in enumerate(pairwise((-np.inf, *inner, np.inf))):
        here = (cosine >= low) & (cosine < high)
        if np.count_nonzero(here) < FEWEST:
            continue
        draws = there[:, here].mean(axis=1)
        inside = [y[(x >= low) & (x < high)] for x, y in zip(chance_x, chance, strict=True)]
        pooled = np.concatenate([*inside, np.empty(0)])
        rows.append({
            "cosine_from": EDGES[at], "to": EDGES[at + 1], "pairs": int(here.sum()),
            "mean_cosine": float(cosine[here].mean()), "effect": float(real[here].mean()),
            "elsewhere": float(draws.mean()), "elsewhere_low": float(draws.min()),
            "elsewhere_high": float(draws.max()),
            "random": float(pooled.mean()) if pooled.size >= FEWEST else None,
        })  # fmt: skip
    return rows


def _sentences(
    found: Effected, related: Sequence[Relation], bins: Sequence[Row], sizes: Row
) -> list[str]:
    said = [_said(one) for one in related if one.method == "pearson"]
    near = [row for row in bins if row["cosine_from"] >= 0.3]
    if near:
        pairs = np.array([row["pairs"] for row in near])
        real, there = (np.average([row[key] for row in near], weights=pairs)
                       for key in ("effect", "elsewhere"))  # fmt: skip
        said.append(
            f"Pairs of cosine .3 or more ({pairs.sum():,}) change the answer alike: mean cosine of "
            f"their changes {real:.2f}; put elsewhere, the same pairs have {there:.2f}."
        )
    ratio = sizes["features"] / sizes["elsewhere"]
    said.append(
        f"At equal strength a feature changes the answer {ratio:.2f} times as much as the same "
        "arrangement elsewhere."
    )
    if np.isfinite(found.halves):
        ceiling = np.sqrt(2 * max(found.halves, 0.0) / (1 + max(found.halves, 0.0)))
        said.append(
            "Effect distances from half of the texts agree with those from the other half at "
            f"{found.halves:.2f} (ranks), so that no distance can be expected to reach more than "
            f"{ceiling:.2f}."
        )
    return said


def _said(one: Relation) -> str:
    left = one.left
    given = f", with {one.given} taken out," if one.given else ""
    return (
        f"Distance by {one.distance}{given} goes with effect distance at {left.test.observed:.3f} "
        f"(shuffled features p = {one.permuted:.3g}), {_verdict(one)}: {left.test.null.mean():.3f}"
        f" there, left {left.delta:+.3f} (95 % {left.low:+.3f} to {left.high:+.3f}, "
        f"p = {left.two_sided:.3g})."
    )


def _verdict(one: Relation) -> str:
    """Say whether the null has less or more; nothing where no outcome could have been told."""
    n = one.left.test.null.size
    if 2 * one.left.test.reach > LEVEL:
        return f"and whether that differs from {one.null} {n} draws cannot tell"
    if one.left.two_sided > LEVEL:
        return f"about as with {one.null}"
    return f"{'more' if one.left.delta > 0 else 'less'} than with {one.null}"


def _charts(found: Effected, decoder: Table, bins: Sequence[Row]) -> tuple[Chart, ...]:
    x = [row["mean_cosine"] for row in bins]
    lines: list[dict[str, Any]] = [
        {"name": "features", "x": x, "y": [row["effect"] for row in bins]},
        {
            "name": ELSEWHERE, "x": x, "y": [row["elsewhere"] for row in bins],
            "low": [row["elsewhere_low"] for row in bins],
            "high": [row["elsewhere_high"] for row in bins], "null": True,
        },
    ]  # fmt: skip
    chance = [row for row in bins if row["random"] is not None]
    if chance:
        lines.append({
            "name": RANDOM, "x": [row["mean_cosine"] for row in chance],
            "y": [row["random"] for row in chance], "null": True,
        })  # fmt: skip
    across, up = 1 - pairs_of(decoder), 1 - pairs_of(found.real)
    order = np.argsort(-across, kind="stable")
    kept = order[np.unique(np.geomspace(1, order.size, min(DOTS, order.size)).astype(int) - 1)]
    there = 1 - pairs_of(found.elsewhere[0])
    axes = {"x": "cosine of directions", "y": "cosine of the changes they make"}
    dots: list[dict[str, Any]] = [
        {"name": name, "x": list(across[kept]), "y": list(y[kept]), "labels": []}
        for name, y in (("features", up), (ELSEWHERE, there))
    ]
    return (
        Chart("lines", "Effect by distance", {"series": lines}, **axes),
        Chart("dots", "Pairs, the nearest first", {"series": dots}, **axes),
    )
