"""Two dictionaries compared: sources or atlases opened, matched, placed, and put on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.atlas import Atlas, ComparedSide, Comparison, is_atlas
from armillary.core import BadInput, FeatureSpace
from armillary.evaluate.matched_nulls import null_dictionary, principal_plane
from armillary.evaluate.matching import KINDS, MatchedSide, Matching, match_features
from armillary.load import as_space
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.survey.reopened import reopened

NULL = "null"
NULL_NAME = "a null with its mean and spectrum"
PLANE = "principal plane"
NOTE = (
    "Every feature has a best partner on the other side by cosine. Matched: each is the other’s "
    "best. Split: several of the other side have it as their best, no one of them with less than "
    "half of the strongest one’s squared cosine; those several are merged. Near: past the "
    "threshold, but its partner prefers another. Only here: no partner past the threshold, "
    "{threshold:.3f}, which {share:.1%} of features reach with a null dictionary ({null})."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """A dictionary with its name, and where its features lie on its atlas's map."""

    name: str
    space: FeatureSpace
    xy: Float[np.ndarray, "feature 2"] | None
    method: str


def compare(
    first: Any, other: Any = NULL, *, vectors: Any = None, seed: int = 0, offline: bool = False,
    cache: str | Path | None = None, command: str = "", progress: Progress | None = None,
) -> Comparison:  # fmt: skip
    """Compare two dictionaries of one layer, feature by feature.

    Parameters
    ----------
    first
        An atlas folder, or whatever ``load_space`` and ``as_space`` take.
    other
        The same, or ``"null"``: the first one's null, which keeps its mean and spectrum.
    vectors
        Where the directions of ``first`` are now, if it is an atlas and they are no longer where it
        says.
    seed
        Of the null dictionaries and the bootstrap.
    offline, cache
        As for ``load_space``.
    command
        For the record.
    progress
        Told of stages.

    Returns
    -------
    Comparison
        Both sides and a manifest with every count beside what chance gives.

    Raises
    ------
    BadInput
        If a source cannot be read, is not what its atlas was made of, or dimensions differ.
    """
    watch, told = Stopwatch(), progress or Silent()
    rng = np.random.default_rng(seed)
    door: dict[str, Any] = {"offline": offline, "cache": None if cache is None else Path(cache)}
    with watch.stage(told, "open"):
        a = _opened(first, vectors=vectors, **door)
        null = isinstance(other, str) and other == NULL
        b = _null_of(a, rng=rng) if null else _opened(other, vectors=None, **door)
    with watch.stage(told, "match"):
        found = match_features(a.space, b.space, rng=rng)
    with watch.stage(told, "place"):
        sides = [_side(one, match) for one, match in ((a, found.a), (b, found.b))]
    manifest = {
        "kinds": list(KINDS), "names": [a.name, b.name], "maps": [a.method, b.method],
        "version": version("armillary"), "command": command, "seed": seed,
        "sources": [dict(one.space.source) for one in (a, b)],
        **_measured(found, rng=rng), "timings": watch.seconds,
    }  # fmt: skip
    return Comparison(sides[0], sides[1], manifest)


def _measured(found: Matching, *, rng: np.random.Generator) -> dict[str, Any]:
    sides = (("a", found.a, found.chance_a), ("b", found.b, found.chance_b))
    told: dict[str, Any] = {
        "threshold": found.threshold, "threshold_by_null": dict(found.by_null),
        "quantile": found.quantile, "chance_null": found.strictest,
        "note": NOTE.format(
            threshold=found.threshold, share=1 - found.quantile, null=found.strictest
        ),
    }  # fmt: skip
    for name, side, chance in sides:
        share, low, high = side.matched_share(rng=rng)
        told[name] = {
            "features": int(side.kind.size), "counts": side.counts,
            "mean_max_cosine": side.mean_max_cosine, "matched_share": share,
            "matched_share_95": [low, high], "split_spanned": list(side.parts),
            "chance": {"counts": chance.counts, "mean_max_cosine": chance.mean_max_cosine},
        }  # fmt: skip
    return told


def _side(one: _Opened, match: MatchedSide) -> ComparedSide:
    xy = principal_plane(one.space) if one.xy is None else one.xy
    return ComparedSide(
        one.space.feature_id, one.space.labels, match.kind, match.partner, match.cosine,
        xy.astype(np.float32),
    )  # fmt: skip


def _null_of(a: _Opened, *, rng: np.random.Generator) -> _Opened:
    rows = null_dictionary(a.space, rng=rng)
    space = FeatureSpace(
        rows, np.arange(len(rows)), {}, {"uri": f"null of {a.name}", "null": NULL_NAME}
    )
    return _Opened(NULL_NAME, space, None, PLANE)


def _opened(first: Any, *, vectors: Any, offline: bool, cache: Path | None) -> _Opened:
    if not (isinstance(first, str | Path) and is_atlas(Path(first))):
        if vectors is not None:
            raise BadInput(f"{first} is no atlas: give its vectors as the first source itself")
        text = isinstance(first, str | Path)
        space = as_space(first, offline=offline, cache=cache) if text else as_space(first)
        return _Opened(str(space.source.get("uri", "an array")), space, None, PLANE)
    atlas = Atlas.read(first)
    space = reopened(atlas, vectors=vectors, offline=offline, cache=cache)
    note: Mapping[str, Any] = atlas.manifest.get("map") or {}
    xy = atlas.arrays.get("map")
    method = PLANE if xy is None else str(note.get("method") or "map")
    return _Opened(atlas.source, space, xy, method)
