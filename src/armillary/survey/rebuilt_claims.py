"""Claims rebuilt from codes: what is borne out over all groups, ranked and said once."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from armillary.core.rebuilt import Rebuilt
from armillary.inference import benjamini_hochberg, benjamini_yekutieli
from armillary.survey.claims import levels


def claimed(tested: Sequence[Rebuilt], *, level: float) -> list[Rebuilt]:
    """Adjust p over all groups tested, drop claims not borne out, and put the strongest first.

    Parameters
    ----------
    tested
        Every group tested; their ``q`` is not known yet.
    level
        Largest q of a claim; a ring or a row must also beat clouds of its spectrum at this level,
        else it is merely flat.

    Returns
    -------
    list of Rebuilt
        Claims first. Of those that share most of their words only the strongest is one.
    """
    if not tested:
        return []
    p = np.array([one.pvalue for one in tested])
    q, q_by = benjamini_hochberg(p), benjamini_yekutieli(p)
    out: list[Rebuilt] = []
    for one, each, each_by in zip(tested, q.tolist(), q_by.tolist(), strict=True):
        one = replace(one, q=each, q_by=each_by)
        if each > level:
            out.append(replace(one, shape="none", indices=None))
            continue
        if one.spectrum.pvalue <= level:
            out.append(replace(one, grade=f"{one.shape} against its rivals"))
        else:
            out.append(replace(one, shape="flat", grade="structured"))
    return _ranked(out)


def _ranked(tested: Sequence[Rebuilt]) -> list[Rebuilt]:
    """Rank claims of every shape; fold those that share most of their words into the strongest."""
    claims = [one for one in tested if one.shape != "none"]
    rest = [one for one in tested if one.shape == "none"]
    kept: list[Rebuilt] = []
    for one in sorted(claims, key=lambda r: (levels(r.grade), r.excess), reverse=True):
        over = [k for k, other in enumerate(kept) if _same(one, other)]
        if over:
            whole = kept[over[0]]
            kept[over[0]] = replace(whole, n_folded=whole.n_folded + 1)
            note = f"says the same as group {whole.group_id}"
            rest.append(replace(one, shape="none", indices=None, note=note))
            continue
        rank = 1 + sum(other.shape == one.shape for other in kept)
        kept.append(replace(one, rank=rank))
    kept.sort(key=lambda r: (-levels(r.grade), r.rank, r.shape))
    return kept + sorted(rest, key=lambda r: r.group_id)


def _same(one: Rebuilt, other: Rebuilt) -> bool:
    """Tell whether two claims share more than half of the smaller's words."""
    shared = len(set(one.words) & set(other.words))
    return shared > 0.5 * min(len(one.words), len(other.words))
