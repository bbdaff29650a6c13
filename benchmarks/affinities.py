"""Affinities compared: whose groups hold the weekdays, the months, the numbers.

    python benchmarks/affinities.py [SAE] [--codes FOLDER] [--edges 1 2 4] [--out FILE.json]

Every affinity gets the same treatment: 16 nearest neighbours a feature; of the pairs among them as
many edges, in number, as the others get, chosen once as the pairs of largest affinity and once as
the nearest neighbours (first neighbours before second ones, then by affinity); edges then count 1
each, because affinities have no common unit; groups are Leiden communities at the survey's
resolutions and connected components. ``find_groups`` needs unit rows (average linkage, merging),
and codes have none: it is run besides for the two affinities that do, with its own null threshold.

Beside the groups stands what needs none: the share of a feature's 16 nearest that are of its class.
``company alone`` is the cosine of fired means after the decoder rows are replaced by random ones:
who fires with whom stays, where features sit is gone.

Words are used to score. The best group is picked with the answer in hand, for every affinity alike
and for the null sets of features as well.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits
from word_classes import (
    CLASSES,
    Dictionary,
    WordClass,
    markdown,
    open_dictionary,
    plain,
    word_class,
)

from armillary.affinity import (
    code_correlation,
    codes_knn,
    cofiring,
    cosine_knn,
    fired_means,
    flatten,
    jaccard,
    phi,
)
from armillary.cluster import components, leiden
from armillary.core.graph import FeatureGraph, Neighbours
from armillary.shape import random_rays
from armillary.survey.neighbourhood import neighbourhood
from armillary.survey.parallel import Runner
from armillary.survey.progress import Silent, Stopwatch
from armillary.survey.settings import Settings
from armillary.survey.workspace import Workspace

K = 16
RESOLUTIONS = (0.02, *Settings().resolutions)
SMALLEST, LARGEST = 3, 5000
COUNTED = 10  # features a class needs to count in the answer
ORDERS = ("strongest", "nearest")
ROWS, COMPANY = "cosine of decoder rows", "company alone (fired means, random rows)"
FIRED = "cosine of fired means"
Groups = list[np.ndarray]


@dataclass(frozen=True)
class Score:
    """How well the best of all groups matches a class of features.

    Parameters
    ----------
    jaccard, recall, precision, size
        Overlap of that group with the class, and its size.
    words
        How many of the class's words it has a feature of.
    null95, p
        Over random sets of features of like firing frequency: .95 quantile of the best Jaccard,
        and the share that reach the class's own.
    """

    jaccard: float
    recall: float
    precision: float
    size: int
    words: int
    null95: float
    p: float


def chosen_edges(near: Neighbours, n_edges: int, order: str) -> FeatureGraph:
    """Keep so many pairs of the neighbour lists, with weight 1.

    Parameters
    ----------
    near
        Neighbours; pairs of affinity 0 or below are no edges.
    n_edges
        How many; fewer where there are not as many.
    order
        ``strongest``: by affinity. ``nearest``: by the better of both ranks, then by affinity.
    """
    n, k = near.index.shape
    row, rank = np.divmod(np.arange(n * k), k)
    other, value = near.index.ravel().astype(np.int64), near.affinity.ravel()
    low, high = np.minimum(row, other), np.maximum(row, other)
    by = (-value,) if order == "strongest" else (-value, rank)
    sorting = np.lexsort((high, low, *by))
    sorting = sorting[value[sorting] > 0]
    _, first = np.unique(low[sorting] * n + high[sorting], return_index=True)
    kept = sorting[np.sort(first)[:n_edges]]
    kept = kept[np.lexsort((high[kept], low[kept]))]
    return FeatureGraph(n, low[kept], high[kept], np.ones(kept.size))


def groups_of(graph: FeatureGraph, *, seed: int = 0) -> Groups:
    """Return Leiden communities at every resolution and connected components, of 3 to 5000."""
    found = list(components(graph))
    for resolution in RESOLUTIONS:
        found += leiden(graph, resolution=resolution, seed=seed)
    unique = {rows.tobytes(): rows for rows in found if SMALLEST <= rows.size <= LARGEST}
    return list(unique.values())


def overlaps(groups: Groups, sets: np.ndarray) -> np.ndarray:
    """Return the Jaccard overlap of every group with every set of features.

    Parameters
    ----------
    groups
        Row numbers.
    sets
        One column a set, feature x set, True for members.

    Returns
    -------
    array
        Group x set.
    """
    size = np.array([rows.size for rows in groups])
    start = np.concatenate([[0], np.cumsum(size)])
    shape = (size.size, sets.shape[0])
    column = np.concatenate(groups) if groups else np.empty(0, dtype=int)
    member: Any = sparse.csr_array((np.ones(column.size), column, start), shape=shape)
    shared = member @ sets.astype(float)
    return shared / np.maximum(size[:, None] + sets.sum(axis=0) - shared, 1)


def sets_of_like_frequency(
    rows: np.ndarray, count: np.ndarray, *, n_draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw sets of as many features, each fires about as often as one of the class.

    A feature is replaced by one of the 100 nearest to it in firing count, itself included.
    """
    order = np.argsort(count, kind="stable")
    place = np.empty(count.size, dtype=int)
    place[order] = np.arange(count.size)
    out = np.zeros((count.size, n_draws), dtype=bool)
    reach = min(50, (count.size - rows.size) // 2)
    for draw in range(n_draws):
        taken = out[:, draw]
        for row in rng.permutation(rows):
            at = place[row] + np.arange(-reach - rows.size, reach + rows.size + 1)
            pool = order[at[(at >= 0) & (at < count.size)]]
            pool = pool[~taken[pool]]
            taken[rng.choice(pool)] = True
    return out


def rewired(graph: FeatureGraph, *, rng: np.random.Generator) -> FeatureGraph:
    """Return a random graph with the same degrees: edges trade ends, twenty times each."""
    ends = np.stack([graph.low, graph.high])
    n = graph.n_features
    for _ in range(20):
        order = rng.permutation(graph.n_edges)[: graph.n_edges // 2 * 2]
        first, second = order[::2], order[1::2]
        flip = rng.random(first.size) < 0.5
        ends[:, second[flip]] = ends[::-1, second[flip]]
        new_first = np.stack([ends[0, first], ends[1, second]])
        new_second = np.stack([ends[0, second], ends[1, first]])
        new = np.concatenate([_key(new_first, n), _key(new_second, n)])
        _, inverse, times = np.unique(new, return_inverse=True, return_counts=True)
        bad = (times[inverse] > 1) | np.isin(new, _key(ends, n))
        loops = np.concatenate([new_first[0] == new_first[1], new_second[0] == new_second[1]])
        bad |= loops
        good = ~(bad[: first.size] | bad[first.size :])
        ends[:, first[good]], ends[:, second[good]] = new_first[:, good], new_second[:, good]
    low, high = ends.min(axis=0), ends.max(axis=0)
    order = np.lexsort((high, low))
    return FeatureGraph(n, low[order], high[order], graph.affinity[order])


def _key(ends: np.ndarray, n: int) -> np.ndarray:
    return ends.min(axis=0) * n + ends.max(axis=0)


def score(groups: Groups, about: WordClass, null_sets: np.ndarray) -> Score:
    """Score the group that overlaps most with a class, beside random sets of features."""
    own = np.zeros(null_sets.shape[0], dtype=bool)
    own[about.rows] = True
    found = overlaps(groups, own[:, None])[:, 0] if groups else np.zeros(0)
    null = overlaps(groups, null_sets).max(axis=0) if groups else np.zeros(null_sets.shape[1])
    best = float(found.max(initial=0.0))
    p = (1 + np.count_nonzero(null >= best - 1e-12)) / (1 + null.size)
    if best == 0:
        return Score(0.0, 0.0, 0.0, 0, 0, float(np.quantile(null, 0.95)), p)
    rows = groups[int(found.argmax())]
    hit = np.isin(about.rows, rows)
    words = np.unique(about.word[hit]).size
    return Score(
        best, float(hit.mean()), float(hit.sum() / rows.size), int(rows.size), int(words),
        float(np.quantile(null, 0.95)), p,
    )  # fmt: skip


def affinities(
    made: Dictionary, *, n_random: int, seed: int
) -> list[tuple[str, Callable[[], Neighbours]]]:
    """Name every affinity, with what finds its neighbours; random rows come once a draw."""
    rows, codes = made.space.directions, made.codes
    rng = np.random.default_rng([seed, 3])

    def near(vectors: np.ndarray) -> Neighbours:
        centred = vectors - vectors.mean(axis=0)
        return cosine_knn(flatten(centred, strength=Settings().flatten), k=K)

    def company() -> Neighbours:
        return near(fired_means(codes, random_rays(rows, rng=rng)))

    return [
        (ROWS, lambda: near(rows)),
        (f"{ROWS}, not flattened", lambda: cosine_knn(rows, k=K)),
        ("Jaccard", lambda: codes_knn(codes, jaccard, k=K)),
        ("phi", lambda: codes_knn(codes, phi, k=K)),
        ("co-firing", lambda: codes_knn(codes, cofiring, k=K)),
        ("code correlation", lambda: codes_knn(codes, code_correlation, k=K)),
        (FIRED, lambda: near(fired_means(codes, rows))),
        *[(COMPANY, company)] * n_random,
    ]


def near_its_own(near: Neighbours, rows: np.ndarray) -> float:
    """Return the mean share of a class's neighbours that are of the class; no group is needed.

    At most 1, and below it where a class has fewer features than there are neighbours.
    """
    inside = np.isin(near.index[rows], rows) & (near.affinity[rows] > 0)
    return float(inside.mean()) if rows.size else 0.0


def surveyed(vectors: np.ndarray, *, seed: int) -> tuple[Groups, float]:
    """Group vectors as a survey does: null threshold, merging, Leiden, linkage."""
    centred = np.ascontiguousarray(vectors - vectors.mean(axis=0), dtype=np.float32)
    with Runner(1) as runner, Workspace(None, "benchmark") as work:
        found = neighbourhood(
            centred, work=work, settings=Settings(seed=seed), runner=runner, clock=Stopwatch(),
            progress=Silent(),
        )  # fmt: skip
    return list(found.partition.members), found.edge


def compare(
    made: Dictionary,
    classes: Sequence[WordClass],
    *,
    per_feature: Sequence[float],
    n_null: int,
    n_graph: int,
    n_random: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Score every affinity, choice of edges and number of edges on every class."""
    count = made.codes.firing_count()
    rng = np.random.default_rng([seed, 1])
    null = {c.name: sets_of_like_frequency(c.rows, count, n_draws=n_null, rng=rng) for c in classes}
    out: list[dict[str, Any]] = []

    def add(groups: Groups, **about: Any) -> None:
        scores = {c.name: asdict(score(groups, c, null[c.name])) for c in classes}
        out.append({**about, "groups": len(groups), "classes": scores})

    for draw, (name, find) in enumerate(affinities(made, n_random=n_random, seed=seed)):
        began = time.perf_counter()
        near = find()
        own = {c.name: near_its_own(near, c.rows) for c in classes}
        for order in ORDERS:
            for factor in per_feature:
                graph = chosen_edges(near, round(factor * made.space.n_features), order)
                add(
                    groups_of(graph, seed=seed), affinity=name, draw=draw, order=order,
                    factor=factor, edges=graph.n_edges, near=own,
                    features=int(np.unique(np.r_[graph.low, graph.high]).size),
                )  # fmt: skip
                draws = [_rewired_best(graph, classes, seed=seed, rng=rng) for _ in range(n_graph)]
                if draws:
                    out[-1]["rewired"] = np.max(draws, axis=0).tolist()
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    for name, vectors in (
        (ROWS, made.space.directions),
        (FIRED, fired_means(made.codes, made.space.directions)),
    ):
        groups, edge = surveyed(vectors, seed=seed)
        add(groups, affinity=name, order="as surveyed", threshold=edge)
    return out


def _rewired_best(
    graph: FeatureGraph, classes: Sequence[WordClass], *, seed: int, rng: np.random.Generator
) -> list[float]:
    groups = groups_of(rewired(graph, rng=rng), seed=seed)
    sets = np.zeros((graph.n_features, len(classes)), dtype=bool)
    for column, about in enumerate(classes):
        sets[about.rows, column] = True
    return overlaps(groups, sets).max(axis=0, initial=0.0).tolist()


def median_over_settings(results: Sequence[dict[str, Any]], affinity: str, name: str) -> float:
    """Median of the best Jaccard over all choices of edges, which are the same for every one."""
    values = [
        r["classes"][name]["jaccard"]
        for r in results
        if r["affinity"] == affinity and r["order"] in ORDERS
    ]
    return float(np.median(values))


def best_setting(results: Sequence[dict[str, Any]], affinity: str, name: str) -> dict[str, Any]:
    """Return the choice of edges at which an affinity does best on a class."""
    own = [r for r in results if r["affinity"] == affinity and r["order"] in ORDERS]
    return max(own, key=lambda r: r["classes"][name]["jaccard"])


def answer(results: Sequence[dict[str, Any]], classes: Sequence[WordClass]) -> str:
    """Say in one sentence what groups the classes, from the medians over choices of edges."""
    large = [c for c in classes if c.rows.size >= COUNTED]
    names = list(dict.fromkeys(r["affinity"] for r in results))
    mean = {
        a: float(np.mean([median_over_settings(results, a, c.name) for c in large])) for a in names
    }
    firing = sorted((a for a in names if not a.startswith(ROWS)), key=lambda a: -mean[a])
    placed = sorted((a for a in names if a.startswith(ROWS)), key=lambda a: -mean[a])
    clear = "Firings" if mean[firing[-1]] > mean[placed[0]] else "No kind of affinity alone"
    told = ", ".join(f"{a} {mean[a]:.2f}" for a in firing)
    rows = ", ".join(f"{a} {mean[a]:.2f}" for a in placed)
    by_draw = [
        float(np.mean([median_over_settings(part, COMPANY, c.name) for c in large]))
        for part in (
            [r for r in results if r.get("draw") == draw]
            for draw in dict.fromkeys(r["draw"] for r in results if r["affinity"] == COMPANY)
        )
    ]
    change = [each - mean[FIRED] for each in by_draw]
    return (
        f"{clear} bring the words together (mean over {', '.join(c.name for c in large)} of the "
        f"best group's Jaccard overlap): {told}; {rows}; with random rows in place of the "
        f"real ones, fired means change by {min(change):+.2f} to {max(change):+.2f} "
        f"({len(change)} draws)."
    )


def summary_table(results: Sequence[dict[str, Any]], classes: Sequence[WordClass]) -> str:
    """One row an affinity: median over choices of edges, and the best of them, for each class."""
    columns = ["affinity", *(f"{c.name} ({c.rows.size})" for c in classes)]
    rows: list[list[Any]] = []
    for name in dict.fromkeys(r["affinity"] for r in results):
        cells = [name]
        for about in classes:
            best = best_setting(results, name, about.name)["classes"][about.name]
            middle = median_over_settings(results, name, about.name)
            cells.append(f"{middle:.2f} / {best['jaccard']:.2f}")
        rows.append(cells)
    return markdown(columns, rows)


def neighbour_table(results: Sequence[dict[str, Any]], classes: Sequence[WordClass]) -> str:
    """One row an affinity: the share of the 16 nearest that are of the feature's class."""
    rows: list[list[Any]] = []
    for name in dict.fromkeys(r["affinity"] for r in results):
        own = [r["near"] for r in results if r["affinity"] == name and "near" in r]
        rows.append([name, *(float(np.mean([n[c.name] for n in own])) for c in classes)])
    most = [float(min(1, (c.rows.size - 1) / K)) for c in classes]
    rows.append(["most possible", *most])
    return markdown(["affinity", *(c.name for c in classes)], rows)


def detail_table(results: Sequence[dict[str, Any]], about: WordClass) -> str:
    """One row an affinity: its best choice of edges on one class, and the survey's own groups."""
    columns = [
        "affinity", "edges", "groups", "Jaccard", "size", "recall", "precision",
        f"words of {len(about.words)}", "random sets, .95", "p", "rewired, most",
    ]  # fmt: skip
    own = [
        best_setting(results, name, about.name)
        for name in dict.fromkeys(r["affinity"] for r in results)
    ]
    rows: list[list[Any]] = []
    for r in (*own, *(r for r in results if r["order"] not in ORDERS)):
        s = r["classes"][about.name]
        edges = (
            f"{r['order']} {r['edges']:,}" if "edges" in r else f"survey, > {r['threshold']:.2f}"
        )
        at = list(r["classes"]).index(about.name)
        rewired_most = r["rewired"][at] if "rewired" in r else float("nan")
        rows.append(
            [r["affinity"], edges, r["groups"], s["jaccard"], s["size"], s["recall"],
             s["precision"], s["words"], s["null95"], f"{s['p']:.3f}", rewired_most]
        )  # fmt: skip
    return markdown(columns, rows)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Print every table; return and save the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sae", nargs="?", default="demo:sae")
    parser.add_argument("--codes", help="folder of codes; made for demo:sae where not given")
    parser.add_argument("--edges", nargs="+", type=float, default=[1, 2, 4], help="a feature")
    parser.add_argument("--n-null", type=int, default=199, help="random sets of features")
    parser.add_argument("--n-graph", type=int, default=1, help="rewired graphs of each")
    parser.add_argument("--n-random", type=int, default=3, help="draws of random rows")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON")
    options = parser.parse_args(arguments)
    with threadpool_limits(1):
        made = open_dictionary(options.sae, options.codes)
        every = [word_class(name, made) for name in CLASSES]
        classes = [c for c in every if c.rows.size >= SMALLEST]
        for c in every:
            have = np.unique(c.word).size
            print(f"{c.name}: {c.rows.size} features of {have} of {len(c.words)} words")
        results = compare(
            made, classes, per_feature=options.edges, n_null=options.n_null,
            n_graph=options.n_graph, n_random=options.n_random, seed=options.seed,
        )  # fmt: skip
    told = answer(results, classes)
    print(f"\n{told}\n\nbest Jaccard, median / best over choices of edges\n")
    print(summary_table(results, classes))
    print(f"\nshare of the {K} nearest features that are of the same class\n")
    print(neighbour_table(results, classes))
    for about in classes:
        print(f"\n{about.name}: {about.rows.size} features\n\n{detail_table(results, about)}")
    sizes = {c.name: {"features": c.rows.size, "words": np.unique(c.word).size} for c in classes}
    saved = {
        "sae": options.sae, "features": made.space.n_features, "tokens": made.codes.n_tokens,
        "classes": sizes, "answer": told, "results": results,
    }  # fmt: skip
    if options.out is not None:
        options.out.write_text(json.dumps(plain(saved), indent=1) + "\n")
    return saved


if __name__ == "__main__":
    main()
