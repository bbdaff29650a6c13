"""Analogies: whether one step leads from word to word, in embeddings and in features."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.study import Chart, Study
from armillary.core import BadInput
from armillary.lexicon.analogies import Family, load_families
from armillary.studies.analogy_found import bundles_table, found_bundles
from armillary.studies.analogy_said import LEVEL, Found, beside_control, said
from armillary.studies.analogy_tests import (
    Relation,
    grids_table,
    offsets_table,
    relations_of,
    removed_table,
    retrieval_table,
)
from armillary.studies.analogy_words import Words, words_of
from armillary.survey.progress import Progress, Silent, Stopwatch

NAME = "analogies"
DRAWS = 9_999
WHOM = ("relation", "pairs")
WAYS = ("as_it_is", "spelling_out", "discriminant")
TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {  # rows of what, and which columns (none: all)
    "retrieval": ("retrieval", (
        *WHOM, "accuracy", "low", "high", "shuffled", "p", "q", "product", "spelling_out", "nearest"
    )),
    "among_own_words": ("retrieval", (*WHOM, "own_words", "own_shuffled", "own_p")),
    "offsets": ("offsets", ()),
    "parallelograms": ("removed", (*WHOM, *WAYS, *(f"{way}_p" for way in WAYS))),
    "offsets_after_removal": (
        "removed", (*WHOM, *(f"{way}_{what}" for way in WAYS for what in ("cosine", "shuffled")))
    ),
    "grids": ("grids", ()),
    "bundles": ("bundles", ()),
    "left_out": ("left_out", ()),
}  # fmt: skip


def analogies(
    source: Any,
    *,
    lexicon: str | Path | None = None,
    discover: bool = True,
    draws: int = DRAWS,
    seed: int = 0,
    vectors: Any = None,
    offline: bool = False,
    cache: str | Path | None = None,
    command: str = "",
    progress: Progress | None = None,
) -> Study:
    """Test the families of a lexicon on a source's words, and look for bundles without it.

    Parameters
    ----------
    source
        A labelled source: a model's embedding, an atlas, or ``demo:sae`` (whose features are
        labelled by the words they fire on, and which is also asked word by word, as it rebuilds
        them). Words given as ``studies.analogy_words.Words`` are taken as they are.
    lexicon
        A TOML file with further families.
    discover
        Whether to look for bundles of parallel offsets among neighbours.
    draws
        Pairings drawn for each test.
    seed
        Of everything random.
    vectors, offline, cache, command, progress
        As for ``armillary.survey.compared.compare``.

    Returns
    -------
    Study
        Sentences, tables ``offsets``, ``retrieval``, ``removed``, ``grids``, ``bundles``,
        ``left_out``, and charts.

    Raises
    ------
    BadInput
        If the source or the lexicon cannot be read, the source has no labels, or none of the
        families has words enough.
    """
    watch, told = Stopwatch(), progress or Silent()
    families = load_families(lexicon)
    with watch.stage(told, "words"):
        if isinstance(source, Words):
            readings, record = [source], {"uri": source.name}
        else:
            place = None if cache is None else Path(cache)
            readings, record = words_of(
                source, offline=offline, cache=place, progress=told, vectors=vectors,
                rng=np.random.default_rng([seed, 7]),
            )  # fmt: skip
    found: list[Found] = []
    for number, words in enumerate(readings):
        rng = np.random.default_rng([seed, number])
        made = _tested(words, families, draws=draws, rng=rng, progress=told, watch=watch)
        if discover and made is not None and not words.control:
            made = _searched(made, rng=rng, progress=told, watch=watch)
        if made is not None:
            found.append(made)
    if not found:
        raise BadInput(
            "no family has words enough here: give families of your own with --lexicon FILE "
            "(TOML, [[family]] tables)"
        )
    return Study(
        NAME,
        f"Analogies in {record.get('uri', 'the source')}",
        [*(line for one in found for line in said(one)), *beside_control(found)],
        _tables(found),
        [chart for one in found for chart in _charts(one)],
        {
            "version": version("armillary"), "command": command, "seed": seed, "draws": draws,
            "level": LEVEL, "lexicon": None if lexicon is None else str(lexicon),
            "source": dict(record), "readings": {o.words.name: o.words.note for o in found},
            "spelling_axes": {o.words.name: o.axes for o in found},
            "search": {o.words.name: dict(o.search) for o in found}, "timings": watch.seconds,
        },
    )  # fmt: skip


def _tested(
    words: Words, families: Sequence[Family], *, draws: int, rng: np.random.Generator,
    progress: Progress, watch: Stopwatch,
) -> Found | None:  # fmt: skip
    relations, left_out = relations_of(words, families)
    if not relations:
        progress.note(f"{words.name}: no family has words enough")
        return None
    with watch.stage(progress, f"{words.name}: offsets"):
        axes = words.spelling_axes(families, rng=rng)
        offsets = offsets_table(words, relations, n_draws=draws, rng=rng)
        grids = grids_table(words, families, n_draws=draws, rng=rng)
    with watch.stage(progress, f"{words.name}: retrieval", len(relations)):
        retrieval = retrieval_table(
            words, relations, axes, n_draws=draws, rng=rng, step=progress.advance
        )
    with watch.stage(progress, f"{words.name}: distractors"):
        removed = removed_table(words, relations, axes, n_draws=draws, rng=rng)
    return Found(words, relations, left_out, len(axes), offsets, retrieval, removed, grids)


def _searched(
    made: Found, *, rng: np.random.Generator, progress: Progress, watch: Stopwatch
) -> Found:
    with watch.stage(progress, f"{made.words.name}: bundles"):
        seen = found_bundles(made.words, level=LEVEL, rng=rng, progress=progress)
    search = {
        "pairs": seen.n_pairs, "seeds": seen.q.size, "seeds_found": int((seen.q <= LEVEL).sum()),
        "threshold": seen.threshold, "bundles": len(seen.bundles), "by_chance": seen.by_chance,
        "null_draws": {name: one.size for name, one in seen.null.items()},
    }  # fmt: skip
    bundles = bundles_table(made.words, seen.bundles, made.relations)
    return replace(made, bundles=bundles, search=search)


def _tables(found: Sequence[Found]) -> dict[str, list[dict[str, Any]]]:
    """Lay the rows out as tables that fit a terminal; a reading is named where there are two."""
    several = len(found) > 1
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for one in found:
        for name, (held, columns) in TABLES.items():
            for row in getattr(one, held):
                keys = [key for key in row if key in columns or not columns]
                told = {key: row[key] for key in keys if key != "reading"}
                tables[name].append({"of": one.words.name, **told} if several else told)
    return {name: rows for name, rows in tables.items() if rows}


def _charts(one: Found) -> list[Chart]:
    def bars(rows: Sequence[Mapping[str, Any]], key: str, title: str, y: str) -> Chart:
        return Chart("bars", f"{title}: {one.words.name}", {
            "labels": [f"{row['relation']} ({row['pairs']})" for row in rows],
            "series": [
                {"name": "pairs", "values": [row[key] for row in rows],
                 "low": [row["low"] for row in rows], "high": [row["high"] for row in rows]},
                {"name": "shuffled pairs", "values": [row["shuffled"] for row in rows],
                 "null": True},
            ],
        }, x="relation (pairs)", y=y)  # fmt: skip

    clearest = max(one.retrieval, key=lambda row: (row["accuracy"], row["pairs"]))
    relation = next(r for r in one.relations if r.name == clearest["relation"])
    return [
        bars(one.retrieval, "accuracy", "Analogies answered", "share right, 0 to 1"),
        bars(one.offsets, "cosine", "Offsets of pairs", "mean cosine of two offsets"),
        _plane(one.words, relation),
    ]


def _plane(words: Words, one: Relation) -> Chart:
    """Draw the words of a relation in their two leading principal axes, pair by pair."""
    both = words.unit[np.r_[one.left, one.right]].astype(np.float64)
    centred = both - both.mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    xy = centred @ axes[:2].T
    share = float(np.square(singular[:2]).sum() / np.square(singular).sum())
    n = one.left.size

    def series(name: str, rows: np.ndarray, at: slice) -> dict[str, Any]:
        return {"name": name, "x": xy[at, 0].tolist(), "y": xy[at, 1].tolist(),
                "labels": [words.text(k) for k in rows.tolist()]}  # fmt: skip

    return Chart(
        "dots", f"{one.name}: {words.name}, principal plane ({share:.0%} of the variance)",
        {"series": [series("left words", one.left, slice(n)),
                    series("right words", one.right, slice(n, None))]},
        x="PC 1", y="PC 2",
    )  # fmt: skip
