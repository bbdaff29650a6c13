"""What speaks for and against a claim rebuilt from codes, in plain sentences."""

from collections.abc import Mapping
from typing import Any

from armillary.atlas import visible
from armillary.explorer.packing import finite

PLURAL = ("clusters", "k clusters")


def rebuilt_evidence(row: Mapping[str, Any], *, tested: int) -> tuple[str, ...]:
    """Return sentences about one claim.

    Parameters
    ----------
    row
        Its row of the atlas's table of rebuilt groups.
    tested
        Groups that q is over.

    Returns
    -------
    tuple of str
        Strongest statement first, each complete.
    """
    said = [_shape(row), _rays(row, tested=tested), _spectrum(row), _stability(row)]
    if row["battery"]:
        said.append(_battery(row["battery"]))
    said.append(
        f"{row['n_features']:,} features, brought together by their {row['found_by']}, fire on "
        f"{row['n_active']:,} tokens; {row['n_points']:,} of them were looked at."
    )
    said.append(
        "A word is what the group is about if the group carries more than half of the activation "
        "on that word’s tokens; no list of words is consulted."
    )
    if row["n_folded"]:
        one = row["n_folded"] == 1
        said.append(
            f"{row['n_folded']:,} other {'group says' if one else 'groups say'} the same of these "
            f"words and {'is' if one else 'are'} not shown."
        )
    if row["note"]:
        said.append(visible(row["note"], limit=400))
    return tuple(said)


def _shape(row: Mapping[str, Any]) -> str:
    share = (
        f"explains {_percent(row['explained'])} % of the variance between the words, "
        f"{_points(row['effect'])} than the same firings on other rays"
    )
    if row["shape"] == "flat":
        kind = "ring" if len(row["axes"]) > 1 else "row"
        axes = "Two axes" if len(row["axes"]) > 1 else "One axis"
        verb = "are" if len(row["axes"]) > 1 else "is"
        return (
            f"{axes} of the word means {verb} longer than other rays make them: the best even "
            f"{kind} {share}. Clouds of the same spectrum are as even, so no {kind} is claimed."
        )
    kind, other = ("ring", "row") if row["shape"] == "circle" else ("row", "ring")
    said = f"An even {kind} in this order {share}"
    if finite(row["margin"]) is None:
        return f"{said}."
    return f"{said}; an even {other} gains {_points(-row['margin'])}."


def _rays(row: Mapping[str, Any], *, tested: int) -> str:
    said = (
        f"Owed to where the features sit? p = {_p(row['p_random_rays'])} (random rays), "
        f"{_p(row['p_matched_rays'])} (rays of the same spectrum); q = {_p(row['q'])} over the "
        f"{tested:,} {'group' if tested == 1 else 'groups'} tested"
    )
    if finite(row["q_by"]) is not None:
        said += f", {_p(row['q_by'])} if their dependence is not trusted"
    return f"{said}."


def _spectrum(row: Mapping[str, Any]) -> str:
    return (
        f"More than its spectrum? p = {_p(row['p_spectrum'])} against clouds of the same spectrum."
    )


def _stability(row: Mapping[str, Any]) -> str:
    if finite(row["stability"]) is None:
        return (
            "How stable the order is was not measured: some word is in one half of the documents "
            "only."
        )
    of = "neighbours in the order behind it" if row["shape"] == "flat" else "neighbours"
    return f"Two halves of the documents agree on {_percent(row['stability'])} % of the {of}."


def _battery(name: str) -> str:
    name = visible(name.replace("_", " "))
    if name == "none":
        return "The battery of shapes finds none in these means."
    article = "" if name in PLURAL or name == "split" else "an " if name[0] in "aeiou" else "a "
    return f"The battery of shapes calls these means {article}{name}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _points(share: float) -> str:
    size = f"{abs(100 * share):.0f}"
    return f"{size} {'point' if size == '1' else 'points'} {'less' if share < 0 else 'more'}"


def _p(value: float | None) -> str:
    return "not measured" if finite(value) is None else f"{value:.2g}"
