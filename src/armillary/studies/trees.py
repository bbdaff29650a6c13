"""Trees: one of the whole dictionary, and which of its regions are trees, rings or neither."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.affinity import cosine_knn
from armillary.affinity.unit_rows import unit_rows
from armillary.atlas import Atlas, is_atlas
from armillary.atlas.study import Chart, Study
from armillary.atlas.study_source import same_source
from armillary.core import BadInput, FeatureSpace
from armillary.evaluate.matched_nulls import null_dictionary
from armillary.inference import benjamini_hochberg
from armillary.load import as_space
from armillary.studies.tree_charts import beside_null, dendrogram, locality_chart
from armillary.studies.tree_regions import Region, regions_of, why_none
from armillary.studies.tree_verdict import LEVEL, N_DRAWS, RegionVerdict, check_draws, tree_or_ring
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.survey.reopened import reopened
from armillary.trees import RING, NearFar, average_tree, near_far
from armillary.trees.near_far import WIDE

NAME = "trees"
MOST_NAMED = 5  # regions not tested that are named
K = 16  # neighbours that near structure is asked of
SAMPLE = 4096  # features on which the dictionary's tree and a null dictionary's are compared
COLOURS = {
    "locality": "tree: 1 where only the family is known, -1 where only its place is",
    "near": "tree: share of the nearest features that are in the family",
    "far": "tree: correlation of far distances with the heights that join",
}
METRIC = {"four_point": "four-point", "cophenetic": "cophenetic"}
FORETOLD = {"tree": "triplets", "ring": RING}


def trees(
    source: Any, *, regions: Sequence[str] = (), lexicon: Any = None, hierarchy: bool = True,
    n_draws: int = N_DRAWS, level: float = LEVEL, seed: int = 0, vectors: Any = None,
    offline: bool = False, cache: str | Path | None = None, command: str = "",
    progress: Progress | None = None,
) -> Study:  # fmt: skip
    """Grow the tree of a dictionary, and say of its regions whether they are trees.

    Parameters
    ----------
    source
        An atlas folder, or whatever ``load_space`` and ``as_space`` take.
    regions
        Lexicon entries by name, ``named``, ``findings``, ``groups``; empty for all there are.
    lexicon
        A TOML file of entries beside the built-in ones.
    hierarchy
        Grow the tree of the whole dictionary; without it only regions are asked about.
    n_draws
        Clouds of each null, a region; at least ``2 / level - 1``.
    level
        Chance of a verdict other than neither where a region has no structure.
    seed
        Of everything random.
    vectors
        Where an atlas's vectors are now.
    offline, cache
        As for ``load_space``.
    command
        For the record.
    progress
        Told of stages.

    Returns
    -------
    Study
        ``arrays`` has, feature by feature, local against global structure (``near``, ``far``,
        ``locality``, ``family``), and ``linkage``, the tree of the dictionary as scipy writes one;
        nothing without a hierarchy.

    Raises
    ------
    BadInput
        If the source cannot be read, a region is not there, or so few clouds are asked for that
        no region could be called anything but neither.
    """
    check_draws(n_draws, level=level)
    watch, told = Stopwatch(), progress or Silent()
    rng = np.random.default_rng(seed)
    door: dict[str, Any] = {"offline": offline, "cache": None if cache is None else Path(cache)}
    with watch.stage(told, "open"):
        space, atlas = _opened(source, vectors, door)
        chosen = regions_of(space, atlas, asked=regions, lexicon=lexicon)
        about = np.asarray(space.directions, dtype=np.float32)
        unit = unit_rows(about - about.mean(axis=0))
    with watch.stage(told, "regions", len(chosen)):
        tested: list[Region] = []
        found: list[RegionVerdict] = []
        skipped: list[str] = []
        for region in chosen:
            try:
                one = tree_or_ring(unit[region.rows], rng=rng, n_draws=n_draws, level=level)
            except BadInput as error:
                skipped.append(f"{region.name} ({error})")
            else:
                tested, found = [*tested, region], [*found, one]
            told.advance()
    tables, charts = _of_regions(tested, found, space, unit)
    said = _sentences(tested, found, level=level)
    if not chosen:
        why = why_none(space, asked=regions, lexicon=lexicon)
        said = [f"No region to ask about: {why}."]
    said += _not_tested(skipped)
    arrays: dict[str, np.ndarray] = {}
    if hierarchy:
        whole = _dictionary(unit, space, watch, told, rng=rng)
        tables["dictionary"], arrays = whole.rows, whole.arrays
        charts, said = [*charts, *whole.charts], [*said, whole.said]
    manifest = {
        "version": version("armillary"), "command": command, "seed": seed, "level": level,
        "draws": n_draws, "neighbours": K, **_sources(space, atlas), "timings": watch.seconds,
    }  # fmt: skip
    title = f"Trees in {space.source.get('uri', 'an array')}"
    return Study(NAME, title, said, tables, charts, manifest, arrays, COLOURS if arrays else {})


def _opened(
    source: Any, vectors: Any, door: Mapping[str, Any]
) -> tuple[FeatureSpace, Atlas | None]:
    text = isinstance(source, str | Path)
    if text and is_atlas(Path(source)):
        atlas = Atlas.read(source)
        return reopened(atlas, vectors=vectors, **door), atlas
    return as_space(source, **door) if text else as_space(source), None


def _sources(space: FeatureSpace, atlas: Atlas | None) -> dict[str, Any]:
    """Say whose features they are: an atlas's, wherever its vectors were read from."""
    now = dict(space.source)
    then = atlas.manifest.get("source") if atlas is not None else None
    if not then or same_source(then, now):
        return {"source": now}
    return {"source": then, "vectors": now}


def _of_regions(
    chosen: Sequence[Region], found: Sequence[RegionVerdict], space: FeatureSpace,
    unit: Float[np.ndarray, "feature d_model"],
) -> tuple[dict[str, list[dict[str, Any]]], list[Chart]]:  # fmt: skip
    if not found:
        return {}, []
    q = benjamini_hochberg(np.array([one.pvalue_either for one in found]))
    verdicts = [
        {
            "region": region.name, "from": region.source, "n": region.rows.size,
            "verdict": one.kind, "shape": one.shape, "p_tree": one.p_tree, "p_ring": one.p_ring,
            "q": float(each),
        }
        for region, one, each in zip(chosen, found, q, strict=True)
    ]  # fmt: skip
    both = list(zip(chosen, found, strict=True))
    metric = [
        _evidence(region, one, METRIC) | {"gromov_delta": one.delta, "tested": one.n_tested}
        for region, one in both
    ]
    foretold = [_evidence(region, one, FORETOLD) for region, one in both]
    order = np.lexsort(([one.p_tree for one in found], [one.kind != "tree" for one in found]))
    best = [int(order[0])] + [i for i, one in enumerate(chosen) if one.name == "weekdays"]
    charts = [
        dendrogram(
            chosen[i].name, unit[chosen[i].rows],
            [str(one) for one in space.labels[chosen[i].rows]], verdict=found[i].kind,
        )
        for i in dict.fromkeys(best)
    ]  # fmt: skip
    charts += [
        beside_null(metric, "four_point", title="The four-point condition",
                    y="excess: 0 along a tree"),
        beside_null(metric, "cophenetic", title="What average linkage explains",
                    y="cophenetic correlation"),
    ]  # fmt: skip
    return {"verdicts": verdicts, "distances": metric, "held_out_triplets": foretold}, charts


def _evidence(region: Region, one: RegionVerdict, names: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"region": region.name}
    for key, name in names.items():
        row |= {
            key: one.observed[name],
            f"{key}_null": one.null_mean[name],
            f"{key}_p": one.pvalue[name],
        }
    return row


def _sentences(
    chosen: Sequence[Region], found: Sequence[RegionVerdict], *, level: float
) -> list[str]:
    if not found:
        return []
    tally = Counter(one.kind for one in found)
    said = [
        f"Of {len(found)} regions {tally['tree']} are trees, {tally['ring']} rings, "
        f"{tally['neither']} neither; without any structure {level * len(found):.1f} at most "
        f"would be called tree or ring (level {level:g} a region)."
    ]
    for region, one in zip(chosen, found, strict=True):
        if region.name == "weekdays":
            said.append(_of_weekdays(one))
    return said


def _not_tested(skipped: Sequence[str]) -> list[str]:
    if not skipped:
        return []
    named = "; ".join(skipped[:MOST_NAMED])
    more = len(skipped) - MOST_NAMED
    return [f"Not tested: {named}{f'; and {more:,} more' if more > 0 else ''}."]


def _of_weekdays(one: RegionVerdict) -> str:
    is_tree = "a tree" if one.kind == "tree" else "not a tree"
    four, null = one.observed["four-point"], one.null_mean["four-point"]
    return (
        f"Weekdays are {is_tree} ({one.kind}): four-point excess {four:.2f}, {null:.2f} in clouds "
        f"of the same spectrum (p of a tree {one.p_tree:.3g}, of a ring {one.p_ring:.3g})."
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    rows: list[dict[str, Any]]
    arrays: dict[str, np.ndarray]
    charts: list[Chart]
    said: str


def _dictionary(
    unit: Float[np.ndarray, "feature d_model"], space: FeatureSpace, watch: Stopwatch,
    told: Progress, *, rng: np.random.Generator,
) -> _Whole:  # fmt: skip
    """Grow the tree of all features, and set what it explains beside a null dictionary's."""
    with watch.stage(told, "tree of all features"):
        tree = average_tree(unit)
    with watch.stage(told, "near and far"):
        whole = _near_far(tree, unit, rng=rng)
    with watch.stage(told, "null dictionary"):
        some = unit[np.sort(rng.choice(len(unit), min(SAMPLE, len(unit)), replace=False))]
        real, null = (
            _near_far(average_tree(rows), rows, rng=rng)
            for rows in (some, unit_rows(null_dictionary(some, rng=rng)))
        )
    named = (("all", whole), (f"a sample of {len(some):,}", real), ("null of that sample", null))
    rows = [
        {
            "features": name, "families": int(one.family.max()) + 1, "near": one.near.mean(),
            "far": one.far.mean(), "locality": one.locality.mean(),
            "locality_5": np.quantile(one.locality, 0.05),
            "locality_95": np.quantile(one.locality, 0.95),
        }
        for name, one in named
    ]  # fmt: skip
    arrays = {
        "feature_id": np.asarray(space.feature_id), "near": whole.near.astype(np.float32),
        "far": whole.far.astype(np.float32), "locality": whole.locality.astype(np.float32),
        "family": whole.family.astype(np.int32), "linkage": tree,
    }  # fmt: skip
    if not whole.family.any():
        said = (
            f"All {len(unit):,} features are one family of the tree, which may have up to "
            f"{WIDE * min(K, len(unit) - 1)}: nothing is outside it to be near or far from."
        )
        return _Whole(rows, arrays, [], said)
    said = (
        f"The tree of {len(unit):,} features keeps {whole.near.mean():.0%} of a feature's {K} "
        "nearest in its family, and outside it joining heights correlate "
        f"{whole.far.mean():.2f} with distance; on {len(some):,} features alone {_pair(real)}, "
        f"and in a null dictionary of the same mean and spectrum {_pair(null)}."
    )
    return _Whole(rows, arrays, [locality_chart(real, null)], said)


def _near_far(
    tree: Float[np.ndarray, "merge 4"], unit: Float[np.ndarray, "feature d_model"], *,
    rng: np.random.Generator,
) -> NearFar:  # fmt: skip
    """Measure near and far; far is NaN where all are one family and nothing is outside it."""
    found = near_far(tree, unit, cosine_knn(unit, k=K).index, rng=rng)
    return found if found.family.any() else replace(found, far=np.full(len(unit), np.nan))


def _pair(one: NearFar) -> str:
    return f"{one.near.mean():.0%} and {one.far.mean():.2f}"
