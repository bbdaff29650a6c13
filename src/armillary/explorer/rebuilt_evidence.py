"""What speaks for and against a claim rebuilt from codes, in plain sentences."""

from collections.abc import Mapping
from typing import Any

from armillary.atlas import visible
from armillary.explorer.packing import finite
from armillary.explorer.words import number


def rebuilt_evidence(row: Mapping[str, Any], *, rows: bool, own: bool) -> tuple[str, ...]:
    """Return sentences about one claim.

    Parameters
    ----------
    row
        Its row of the atlas's table of rebuilt groups.
    rows
        Whether the decoder rows of the same features are drawn beside it.
    own
        Whether the fit saw the words in coordinates of its own.

    Returns
    -------
    tuple of str
        Strongest statement first, each complete.
    """
    said = [_shape(row), _nulls(row), _rival(row)]
    if finite(row["stability"]) is not None:
        said.append(f"The same shape wins in {100 * row['stability']:.0f} % of resamples.")
    said.append(
        f"{row['n_features']:,} features, brought together by their {row['found_by']}, fire on "
        f"{row['n_active']:,} tokens; {row['n_points']:,} of them were looked at. The words are "
        "those that the group fires on; no list of words was consulted."
    )
    if row["n_folded"]:
        said.append(
            f"{row['n_folded']:,} other groups say the same of these words and are not shown."
        )
    if own:
        said.append(
            "The fit saw the words after a factor was divided out; the panels show principal axes."
        )
    if not rows:
        said.append(
            "The decoder rows are not drawn: they are kept for groups that the rows brought "
            "together, and this is none of those."
        )
    if row["note"]:
        said.append(visible(row["note"], limit=400))
    return tuple(said)


def _shape(row: Mapping[str, Any]) -> str:
    name = (row["shape"][:1].upper() + row["shape"][1:]).replace("_", " ")
    said = f"{name} saves {number(row['effect'])} nats a word over a Gaussian of like covariance"
    if not row["runner_up"] or finite(row["margin"]) is None:
        return f"{said}; no rival was fitted."
    side = "more" if row["margin"] >= 0 else "less"
    rival = row["runner_up"].replace("_", " ")
    return f"{said}, {number(abs(row['margin']))} {side} than its best rival, {rival}."


def _nulls(row: Mapping[str, Any]) -> str:
    said = f"Is there structure at all? q = {number(row['q'])}"
    if finite(row["q_by"]) is not None:
        said += f" ({number(row['q_by'])} if the groups’ dependence is not trusted)"
    return (
        f"{said}, from the largest of three p; the null beaten by least is "
        f"“{row['weakest_null']}”, p = {number(row['p'])}, and {number(row['reach_p'])} is the "
        "smallest p that its draws can give."
    )


def _rival(row: Mapping[str, Any]) -> str:
    if finite(row["p_rival"]) is None:
        return "Against its best impostor: not tested."
    return f"Against its best impostor, {row['rival_null']}: p = {number(row['p_rival'])}."
