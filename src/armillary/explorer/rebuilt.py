"""Claims rebuilt from codes, as the page shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from armillary.atlas import Atlas, family, fit_plane, visible
from armillary.explorer.claim_schema import DecoderRows, Placement, RebuiltClaim
from armillary.explorer.contexts import examples_of
from armillary.explorer.packing import finite
from armillary.explorer.rebuilt_evidence import rebuilt_evidence
from armillary.explorer.rows import ALPHA
from armillary.explorer.schema import RebuiltBody, ShapeCount

MAX_CLAIMS = 40
MAX_EXAMPLES = 150
NULLS = {
    "p_random_rays": "same codes on random rays",
    "p_matched_rays": "same codes on rays of the same spectrum",
}


def rebuilt_words(
    atlas: Atlas, *, max_claims: int = MAX_CLAIMS, max_examples: int = MAX_EXAMPLES
) -> RebuiltBody | None:
    """Return what the codes rebuild, or None where the survey had none.

    Parameters
    ----------
    atlas
        The survey.
    max_claims
        Claims shown: circles and segments before what is merely flat, strongest first.
    max_examples
        Tokens shown of a claim.

    Returns
    -------
    RebuiltBody or None
        ``shown`` says what was left out.
    """
    table = atlas.rebuilt.to_pylist()
    if not table:
        return None
    claims = [row for row in table if row["shape"] != "none"]
    claims.sort(key=lambda row: row["shape"] == "flat")  # stable: strongest first within each
    kept = claims[:max_claims]
    wanted = {row["group_id"] for row in kept}
    examples: dict[int, list[dict[str, Any]]] = {group: [] for group in wanted}
    for row in atlas.examples.to_pylist():
        if row["group_id"] in wanted:
            examples[row["group_id"]].append(row)
    labels = _labels(atlas)
    listed = tuple(
        _claim(
            row,
            tested=len(table),
            examples=examples[row["group_id"]],
            rows=_decoder_rows(row, labels),
            max_examples=max_examples,
        )
        for row in kept
    )
    said: list[str] = []
    if len(claims) > max_claims:
        said.append(
            f"{max_claims:,} of {len(claims):,} claims are shown, strongest first; the others are "
            "in rebuilt.parquet."
        )
    cut = sum(len(one.examples.token) < one.examples.total for one in listed)
    if cut:
        said.append(
            f"{cut:,} of them are drawn with {max_examples:,} of the tokens kept: two of every "
            "word, the others chosen at random; all are in examples.parquet."
        )
    qs = [row["q"] for row in table if finite(row["q"]) is not None]
    return RebuiltBody(
        len(table), len(claims), min(qs, default=None), _shapes(claims), tuple(said), listed
    )


def _claim(
    row: Mapping[str, Any],
    *,
    tested: int,
    examples: Sequence[Mapping[str, Any]],
    rows: DecoderRows,
    max_examples: int,
) -> RebuiltClaim:
    scores = np.array(row["scores"], dtype=np.float64).reshape(-1, max(row["n_axes"], 1))
    plane = fit_plane(row["axes"], scores.shape[1])
    level = (1 + ("rival" in row["grade"])) if row["q"] <= ALPHA else 0
    pairs = [(a, b) for a, b in ((0, 1), (1, 2), (0, 2)) if b < scores.shape[1]]
    return RebuiltClaim(
        group=row["group_id"],
        shape=visible(row["shape"].replace("_", " ")),
        family=family(row["shape"]),
        rank=row["rank"],
        grade=visible(row["grade"], limit=120),
        level=level,
        found_by=visible(row["found_by"], limit=120),
        words=tuple(visible(word) for word in row["words"]),
        count=tuple(row["count"]),
        share=tuple(round(share, 3) for share in row["share"]),
        order=() if row["shape"] == "flat" else tuple(row["order_index"]),
        closed=row["shape"] == "circle",
        features=row["n_features"],
        tokens=row["n_points"],
        active=row["n_active"],
        placement=_placement(row),
        q=finite(row["q"]),
        p_spectrum=finite(row["p_spectrum"]),
        explained=row["explained"],
        excess=row["effect"],
        stability=finite(row["stability"]),
        n_axes=scores.shape[1],
        points=scores.astype(np.float32).ravel(),
        plane=plane,
        planes=tuple(pair for pair in pairs if set(pair) != set(plane))[:2],
        separability=tuple(round(value, 3) for value in row["separability"] or ()),
        mixture=tuple(round(value, 3) for value in row["mixture"] or ()),
        p_irreducible=finite(row["p_irreducible"]),
        evidence=rebuilt_evidence(row, tested=tested),
        examples=examples_of(examples, limit=max_examples),
        rows=rows,
    )


def _placement(row: Mapping[str, Any]) -> tuple[Placement, ...]:
    """Return both ray nulls; the one that the atlas names is the weakest."""
    weak = "p_random_rays" if "random" in row["weakest_null"] else "p_matched_rays"
    return tuple(
        Placement(name, finite(row[column]), column == weak) for column, name in NULLS.items()
    )


def _labels(atlas: Atlas) -> dict[int, str]:
    """Return every feature's label by its id."""
    ids, labels = (atlas.features[name].to_pylist() for name in ("feature_id", "label"))
    return {i: "" if text is None else str(text) for i, text in zip(ids, labels, strict=True)}


def _decoder_rows(row: Mapping[str, Any], labels: Mapping[int, str]) -> DecoderRows:
    flat = np.array(row["row_scores"], dtype=np.float32).reshape(-1, 2)
    texts = [labels[i] for i in row["feature_ids"]]
    word = {str(text): k for k, text in enumerate(row["words"])}
    return DecoderRows(
        flat.astype(np.float32),
        tuple(visible(text) for text in texts),
        tuple(word.get(text.strip(), -1) for text in texts),
    )


def _shapes(claims: Sequence[Mapping[str, Any]]) -> tuple[ShapeCount, ...]:
    lines: dict[str, list[int]] = {}
    for line, row in enumerate(claims):
        lines.setdefault(visible(row["shape"].replace("_", " ")), []).append(line)
    counts = [
        ShapeCount(
            shape,
            family(shape),
            len(found),
            (
                sum("rival" not in claims[i]["grade"] for i in found),
                sum("rival" in claims[i]["grade"] for i in found),
                0,
            ),
            tuple(found[:3]),
        )
        for shape, found in lines.items()
    ]
    return tuple(sorted(counts, key=lambda c: (c.shape == "flat", -c.count, c.shape)))
