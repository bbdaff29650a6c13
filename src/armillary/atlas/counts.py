"""Counts: how much a survey tested and claimed, counted alike wherever it is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from armillary.atlas.columnar import Table

ALPHA = 0.05
LEXICON = "lexicon"  # method of groups that are tested by name


@dataclass(frozen=True, slots=True)
class Counts:
    """What a survey tested and what came of it; tests by name are counted apart.

    Parameters
    ----------
    groups
        Groups tested without names.
    findings, significant
        Claims made without names, and those at ``q <= ALPHA``.
    named, named_significant
        Hypotheses tested by name, and those at ``q <= ALPHA``.
    """

    groups: int
    findings: int
    significant: int
    named: int
    named_significant: int

    @property
    def said(self) -> str:
        """Say all of it in one line, for people."""
        line = f"{_plural(self.groups, 'group')} tested, "
        line += f"{_plural(self.significant, 'finding')} at q <= {ALPHA}"
        if self.named:
            line += f"; {self.named_significant:,} of {_plural(self.named, 'test')} by name"
        return line


def counted(findings: Table, groups: Table) -> Counts:
    """Count what stands in an atlas's tables.

    Parameters
    ----------
    findings, groups
        One row a claim; one row a group tested.
    """
    named: np.ndarray = np.array(
        [is_named(row) for row in _of(findings, "rank", "hypothesis")], bool
    )
    held: np.ndarray = np.array(
        [q is not None and q <= ALPHA for q in findings["q"].to_pylist()], bool
    )
    return Counts(
        groups=sum(method != LEXICON for method in groups["method"].to_pylist()),
        findings=int((~named).sum()),
        significant=int((~named & held).sum()),
        named=int(named.sum()),
        named_significant=int((named & held).sum()),
    )


def described(source: str, findings: Table, counts: Counts, *, n_features: int) -> str:
    """Say what was surveyed, what was found and what is strongest, in three lines.

    Parameters
    ----------
    source, n_features
        What was surveyed.
    findings, counts
        What was found.
    """
    tally: dict[str, int] = {}
    for row in _of(findings, "shape", "q", "rank", "hypothesis"):
        if row["q"] <= ALPHA and not is_named(row):
            tally[row["shape"]] = tally.get(row["shape"], 0) + 1
    most = sorted(tally.items(), key=lambda item: (-item[1], item[0]))
    strongest = ", ".join(f"{count} {shape}" for shape, count in most) or "nothing stands out"
    return f"Atlas of {source}: {n_features:,} features\n{counts.said}\n{strongest}"


def is_named(row: Mapping[str, Any]) -> bool:
    """Tell a test by name from a claim that was made blind: it has no rank among its shape."""
    return bool(row["hypothesis"]) and not row["rank"]


def _of(findings: Table, *names: str) -> list[dict[str, Any]]:
    return findings.select(list(names)).to_pylist()


def _plural(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
