"""Regions that a tree study asks about: words of the lexicon, groups and findings of an atlas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from armillary.atlas import Atlas
from armillary.core import BadInput, FeatureSpace
from armillary.lexicon import load_lexicon, match_all, spelling
from armillary.studies.tree_verdict import FEWEST

NAMED, FINDINGS, GROUPS = "named", "findings", "groups"
MOST_FOUND = 24  # findings, and as many groups: the first by rank, the others evenly by number
EXAMPLES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Rows to ask about, and what to call them."""

    name: str
    source: str
    rows: Int[np.ndarray, " member"]


def regions_of(
    space: FeatureSpace, atlas: Atlas | None, *, asked: Sequence[str] = (), lexicon: Any = None
) -> list[Region]:
    """List the regions of a source.

    Parameters
    ----------
    space
        Its features, in the atlas's order if there is one.
    atlas
        The survey, whose findings and groups are regions too.
    asked
        Names of lexicon entries, ``named`` for all of them, ``findings``, ``groups``; empty for
        all that there are. What is named twice is listed once.
    lexicon
        A TOML file of entries beside the built-in ones.

    Returns
    -------
    list[Region]
        Each with at least ``FEWEST`` features; words in their commonest spelling.

    Raises
    ------
    BadInput
        If a name asked for is no entry, or has too few of its words here.
    """
    every = not asked
    named = _named(space, lexicon)
    out = named if every or NAMED in asked else []
    listed = {region.name for region in out}
    for name in (one for one in dict.fromkeys(asked) if one not in (NAMED, FINDINGS, GROUPS)):
        found = [region for region in named if region.name == name]
        if not found:
            known = ", ".join(region.name for region in named[:12]) or "none"
            raise BadInput(
                f"no region {name!r} with {FEWEST} words among the labels: use named, findings, "
                f"groups, or one of {known}"
            )
        out = [*out, *(region for region in found if name not in listed)]
    if atlas is None and not every and {FINDINGS, GROUPS} & set(asked):
        raise BadInput("findings and groups are an atlas's: give an atlas as the source")
    if atlas is not None:
        out = [*out, *(_found(atlas, space) if every or FINDINGS in asked else [])]
        out = [*out, *(_groups(atlas, space) if every or GROUPS in asked else [])]
    return out


def why_none(space: FeatureSpace, *, asked: Sequence[str] = (), lexicon: Any = None) -> str:
    """Say why ``regions_of`` found no region.

    Parameters
    ----------
    space, asked, lexicon
        As for ``regions_of``.

    Returns
    -------
    str
        Half a sentence: no label is a word of the lexicon, or how many of one entry are; where only
        findings or groups were asked for, that none is large enough.
    """
    if asked and NAMED not in asked:
        kinds = " and ".join(one for one in (FINDINGS, GROUPS) if one in asked)
        return f"the atlas has no {kinds} of {FEWEST} features or more"
    fullest = max(_words(space, lexicon), key=lambda one: one.rows.size, default=None)
    if fullest is None:
        return "no label is a word of the lexicon"
    return (
        f"of no entry of the lexicon are {FEWEST} words, spelled alike, among the labels "
        f"({fullest.name}: {fullest.rows.size})"
    )


def _named(space: FeatureSpace, lexicon: Any) -> list[Region]:
    return [one for one in _words(space, lexicon) if one.rows.size >= FEWEST]


def _words(space: FeatureSpace, lexicon: Any) -> list[Region]:
    """List the entries of which there is any word, in its commonest spelling."""
    labels = [str(label) for label in space.labels]
    matches = [match for match in match_all(load_lexicon(lexicon), labels) if match.variants]
    return [
        Region(match.hypothesis.name, NAMED, match.spelled(match.variants[0]).rows)
        for match in matches
    ]


def _found(atlas: Atlas, space: FeatureSpace) -> list[Region]:
    out: list[Region] = []
    place = {int(one): row for row, one in enumerate(space.feature_id)}
    for row in atlas.findings.to_pylist():
        if row["hypothesis"] or row["n"] < FEWEST or len(out) == MOST_FOUND:
            continue
        rows = np.array([place[int(one)] for one in row["feature_ids"]], dtype=np.int64)
        out.append(Region(_called(space, rows), FINDINGS, rows))
    return out


def _groups(atlas: Atlas, space: FeatureSpace) -> list[Region]:
    begin, members = atlas.arrays["members_offset"], atlas.arrays["members"]
    large = np.flatnonzero(np.diff(begin) >= FEWEST)
    some = large[np.unique(np.linspace(0, max(large.size - 1, 0), MOST_FOUND).astype(np.int64))] \
        if large.size else large  # fmt: skip
    rows = [np.asarray(members[begin[g] : begin[g + 1]], dtype=np.int64) for g in some]
    return [Region(_called(space, one), GROUPS, one) for one in rows]


def _called(space: FeatureSpace, rows: Int[np.ndarray, " member"]) -> str:
    words = dict.fromkeys(spelling(str(one))[0] or repr(str(one)) for one in space.labels[rows])
    return ", ".join(list(words)[:EXAMPLES]) + " …"
