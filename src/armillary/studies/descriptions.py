"""Descriptions: which labels say what a dictionary's features fire on, and which need several."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.study import Chart, Row, Study
from armillary.core import BadInput, Codes
from armillary.evaluate.descriptions import MOST, RATE, Described, answers_of, dealt, described
from armillary.load import cache_folder, open_codes
from armillary.load.address import DEMO_SAE
from armillary.studies.labels import built_in_labels, labels_from
from armillary.survey.builtin_codes import builtin_codes
from armillary.survey.progress import Progress, Silent, Stopwatch

COLOURS = {
    "labels": "separate labels that the feature answers to",
    "phi": "correlation of the feature's tokens with those of its best label",
}
LISTED = 500  # features in the table, the best described first


def describe(
    source: str | Path | Codes = DEMO_SAE,
    *,
    labels: str | Path | None = None,
    rate: float = RATE,
    level: float = 0.05,
    n_null: int = 3,
    seed: int = 0,
    offline: bool = False,
    cache: str | Path | None = None,
    command: str = "",
    progress: Progress | None = None,
) -> Study:
    """Measure how well labels of tokens describe features, and count the labels each answers to.

    Parameters
    ----------
    source
        ``"demo:sae"``, codes, or a folder of codes with their text.
    labels
        A table of tokens and labels (csv or parquet); None is letters and the lexicon.
    rate
        Share of a token's occurrences from which a feature answers to it.
    level
        False discovery rate over features and labels.
    n_null
        Times the same is done with labels dealt out anew.
    seed
        Of the deals.
    offline, cache
        As for a survey.
    command
        For the record.
    progress
        Told of stages.

    Returns
    -------
    Study
        Named ``descriptions``.

    Raises
    ------
    BadInput
        If the codes carry no text or vocabulary, or the labels cannot be used.
    """
    watch, tell = Stopwatch(), progress or Silent()
    rng = np.random.default_rng(seed)
    with watch.stage(tell, "open"):
        codes = _opened(source, offline=offline, cache=cache, tell=tell)
        tokens = codes.tokens
        if tokens is None or tokens.vocabulary is None:
            raise BadInput("these codes carry no vocabulary: labels are of tokens' texts")
    with watch.stage(tell, "count"):
        answers = answers_of(codes, rate=rate)
        text = tokens.text(answers.token_id.tolist())
        names, table = built_in_labels(text) if labels is None else labels_from(labels, text)
    with watch.stage(tell, "describe", 1 + n_null):
        found = described(answers, table, level=level)
        tell.advance()
        chance: list[Described] = []
        for _ in range(n_null):
            chance.append(described(answers, dealt(table, answers, rng=rng), level=level))
            tell.advance()
    manifest = {
        "version": version("armillary"), "command": command, "seed": seed, "level": level,
        "rate": rate, "source": dict(codes.source), "tokens": codes.n_tokens,
        "tokens_of_vocabulary": int(answers.token_id.size), "labels": list(names),
        "label_file": None if labels is None else str(labels), "timings": watch.seconds,
    }  # fmt: skip
    alive = answers.total > 0
    counts = _counts(found, chance, alive)
    return Study(
        "descriptions",
        "What labels say of features",
        _sentences(found, names, counts, alive),
        {
            "separate_labels": counts,
            "labels": _by_label(found, names, table.sum(axis=0), codes.feature_id),
            "features": _features(found, names, codes.feature_id),
        },
        (_chart(counts),),
        manifest,
        _arrays(found, alive, codes.feature_id),
        COLOURS,
    )


def _opened(source: str | Path | Codes, *, offline: bool, cache: Any, tell: Progress) -> Codes:
    if isinstance(source, Codes):
        return source
    if str(source) == DEMO_SAE:
        return builtin_codes(cache_folder(cache), offline=offline, tell=tell)
    return open_codes(source)


def _counts(found: Described, chance: Sequence[Described], alive: np.ndarray) -> list[Row]:
    """Features by how many separate labels they answer to, beside labels dealt out anew."""
    real = np.bincount(found.n_separate[alive], minlength=MOST + 1)
    null = [np.bincount(one.n_separate[alive], minlength=MOST + 1) for one in chance]
    return [
        {
            "labels": n,
            "features": int(real[n]),
            "share": float(real[n] / max(alive.sum(), 1)),
            "labels_dealt_anew": float(np.mean([one[n] for one in null])) if null else None,
        }
        for n in range(MOST + 1)
    ]


def _arrays(found: Described, alive: np.ndarray, ids: np.ndarray) -> dict[str, np.ndarray]:
    """Return what labels say of every feature; nothing of those that never fire."""
    phi = [found.phi[f, one[0]] if one else 0.0 for f, one in enumerate(found.separate)]
    return {
        "feature_id": np.asarray(ids),
        "labels": np.where(alive, found.n_separate, np.nan).astype(np.float32),
        "phi": np.where(alive, phi, np.nan).astype(np.float32),
    }


def _by_label(
    found: Described, names: Sequence[str], size: np.ndarray, ids: np.ndarray
) -> list[Row]:
    """Each label with the feature that it describes best (largest phi)."""
    rows: list[Row] = []
    main = np.array([one[0] if one else -1 for one in found.separate])
    for at, name in enumerate(names):
        best = int(np.argmax(found.phi[:, at]))
        rows.append({
            "label": name, "tokens": int(size[at]), "features": int((main == at).sum()),
            "best_feature": int(ids[best]), "phi": float(found.phi[best, at]),
            "sensitivity": float(found.sensitivity[best, at]),
            "specificity": float(found.specificity[best, at]),
            "precision": float(found.precision[best, at]), "q": float(found.q[best, at]),
        })  # fmt: skip
    return sorted(rows, key=lambda row: -row["phi"])


def _features(found: Described, names: Sequence[str], ids: np.ndarray) -> list[Row]:
    rows: list[Row] = []
    for feature, separate in enumerate(found.separate):
        if not separate:
            continue
        label = separate[0]
        rows.append({
            "feature": int(ids[feature]), "label": names[label],
            "sensitivity": float(found.sensitivity[feature, label]),
            "specificity": float(found.specificity[feature, label]),
            "precision": float(found.precision[feature, label]),
            "phi": float(found.phi[feature, label]), "q": float(found.q[feature, label]),
            "separate": len(separate), "besides": ", ".join(names[one] for one in separate[1:]),
        })  # fmt: skip
    return sorted(rows, key=lambda row: -row["phi"])[:LISTED]


def _sentences(
    found: Described, names: Sequence[str], counts: Sequence[Row], alive: np.ndarray
) -> list[str]:
    n = int(alive.sum())
    some = sum(row["features"] for row in counts[1:])
    several = sum(row["features"] for row in counts[2:])
    null_some = sum(row["labels_dealt_anew"] or 0 for row in counts[1:])
    null_several = sum(row["labels_dealt_anew"] or 0 for row in counts[2:])
    main = [(f, one[0]) for f, one in enumerate(found.separate) if one]
    said = [
        f"{some:,} of {n:,} features that fire answer to one of {len(names)} labels more than to "
        "tokens as frequent (false discovery rate controlled; with labels dealt anew: "
        f"{null_some:.1f}).",
        f"{several:,} answer to two or more separate labels (labels dealt anew: "
        f"{null_several:.1f}): each is enriched among tokens that the labels before it do not "
        "name alike.",
    ]
    if main:
        rows, columns = np.array(main).T
        sens, prec = found.sensitivity[rows, columns], found.precision[rows, columns]
        good = int(((sens >= 0.5) & (prec >= 0.5)).sum())
        said.append(
            f"Their best label has a median sensitivity of {np.median(sens):.2f}, precision of "
            f"{np.median(prec):.2f}, specificity of "
            f"{np.median(found.specificity[rows, columns]):.3f}; with {good:,} features both "
            "sensitivity and precision are at least one half."
        )
    return said


def _chart(counts: Sequence[Row]) -> Chart:
    series: list[dict[str, Any]] = [
        {"name": "features", "values": [row["features"] for row in counts]},
        {
            "name": "labels dealt anew",
            "values": [row["labels_dealt_anew"] for row in counts],
            "null": True,
        },
    ]
    return Chart(
        "bars",
        "Separate labels a feature",
        {"labels": [str(row["labels"]) for row in counts], "series": series},
        x="separate labels",
        y="features",
    )
