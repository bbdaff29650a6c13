"""The comparison beside an atlas: two dictionaries on their maps, matched feature by feature."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas import ComparedSide, Comparison, is_comparison, visible
from armillary.atlas.comparison import SECTION
from armillary.explorer.packing import chosen, unit_square
from armillary.explorer.schema import CompareBody, Fact, Side


def compare_of(folder: Path, *, limit: int | None = None) -> CompareBody | None:
    """Return what an atlas's ``compare/`` says; None where there is none.

    Parameters
    ----------
    folder
        Of the atlas, or of the comparison itself.
    limit
        Features shown of a side, as for ``compare_body``.

    Raises
    ------
    BadInput
        If it is broken or of a newer armillary.
    """
    if not is_comparison(folder / SECTION) and not is_comparison(folder):
        return None
    return compare_body(Comparison.read(folder), limit=limit)


def compare_body(comparison: Comparison, *, limit: int | None = None) -> CompareBody:
    """Return a comparison as it is drawn.

    Parameters
    ----------
    comparison
        What was matched.
    limit
        Features shown of a side: of the first a fixed random choice, of the second their partners
        and then a fixed random choice. None for all.

    Returns
    -------
    CompareBody
        Features without a place on their map are not shown; the note counts them.
    """
    a, b, told = comparison.a, comparison.b, comparison.manifest
    kept_a = _kept(a, limit=limit, first=np.empty(0, dtype=np.int64))
    kept_b = _kept(b, limit=limit, first=np.unique(a.partner[kept_a]))
    shown = tuple(
        _side(side, here, there, n_other=other.ids.size, n_kinds=len(told["kinds"]), name=name)
        for side, here, there, other, name in (
            (a, kept_a, kept_b, b, told["names"][0]), (b, kept_b, kept_a, a, told["names"][1]),
        )
    )  # fmt: skip
    note = visible(str(told.get("note", "")), limit=2_000)
    for side, name in zip(shown, told["names"], strict=True):
        if side.ids.size < side.total:
            note += f" {side.ids.size:,} of {side.total:,} features of {visible(name)} are shown."
    kinds = tuple(visible(kind) for kind in told["kinds"])
    return CompareBody(kinds, shown[0], shown[1], _facts(told), note)


def _kept(side: ComparedSide, *, limit: int | None, first: np.ndarray) -> np.ndarray:
    here = np.flatnonzero(np.isfinite(side.xy).all(axis=1))
    if limit is None or here.size <= limit:
        return here
    wanted = here[np.isin(here, first)][:limit]
    pool = here[~np.isin(here, wanted)]
    return np.sort(np.concatenate([wanted, pool[chosen(pool.size, limit=limit - wanted.size)]]))


def _side(
    side: ComparedSide, kept: np.ndarray, other: np.ndarray, *, n_other: int, n_kinds: int,
    name: str,
) -> Side:  # fmt: skip
    place = np.full(n_other, -1, dtype=np.int32)
    place[other] = np.arange(other.size)
    unit = np.rint(unit_square(side.xy[kept]) * 65535).astype(np.uint16)
    return Side(
        name=visible(str(name), limit=200),
        total=int(side.ids.size),
        ids=side.ids[kept].astype(np.int32),
        labels=tuple(visible(str(label), limit=32) for label in side.labels[kept].tolist()),
        x=unit[:, 0].copy(),
        y=unit[:, 1].copy(),
        kind=side.kind[kept],
        counts=tuple(np.bincount(side.kind, minlength=n_kinds).tolist()),
        partner=place[side.partner[kept]],
        cosine=np.rint(np.clip(side.cosine[kept], 0, 1) * 255).astype(np.uint8),
    )


def _facts(told: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return the summary a line, what chance gives in the same line."""
    facts = [
        Fact("threshold", f"cosine {told['threshold']:.3f}, set by {visible(told['chance_null'])}")
    ]
    for key, letter in (("a", "A"), ("b", "B")):
        one: Mapping[str, Any] = told[key]
        chance: Mapping[str, Any] = one["chance"]
        n, (low, high) = one["features"], one["matched_share_95"]
        facts += [
            Fact(f"{letter}: features", f"{n:,}"),
            Fact(
                f"{letter}: matched share",
                f"{one['matched_share']:.1%} [{low:.1%}, {high:.1%}]; chance "
                f"{chance['counts']['matched'] / max(n, 1):.1%}",
            ),
            Fact(
                f"{letter}: mean best cosine",
                f"{one['mean_max_cosine']:.3f}; chance {chance['mean_max_cosine']:.3f}",
            ),
            *(
                Fact(f"{letter}: {visible(kind)}", f"{count:,}; chance {chance['counts'][kind]:,}")
                for kind, count in one["counts"].items()
            ),
        ]
        alone, both = one.get("split_spanned") or (None, None)
        if both is not None:
            said = f"{both:.0%} of it; the best alone {alone:.0%} (medians)"
            facts.append(Fact(f"{letter}: two best parts of a split feature span", said))
    for key, letter in (("names", ""), ("maps", "map ")):
        facts += [Fact(f"{letter}{side}", visible(str(held), limit=200))
                  for side, held in zip("AB", told[key], strict=True)]  # fmt: skip
    made = [key for key in ("version", "seed", "command") if told.get(key) not in (None, "")]
    return (*facts, *(Fact(key, visible(str(told[key]), limit=400)) for key in made))
