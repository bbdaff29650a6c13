"""Evidence and provenance in plain sentences."""

import math
from collections.abc import Mapping
from typing import Any, cast

from armillary.atlas import NullSummary, visible
from armillary.explorer.schema import Fact

FEW = 8  # points: below this even a clear shape has many rivals


def number(value: float | None) -> str:
    """Return three significant digits, or "not measured" for None and NaN."""
    if value is None or not math.isfinite(value):
        return "not measured"
    if value == 0 or 0.001 <= abs(value) < 1e5:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.1e}"


def evidence(
    row: Mapping[str, Any],
    group: Mapping[str, Any],
    *,
    nulls: tuple[NullSummary | None, NullSummary | None],
    n_groups: int,
) -> tuple[str, ...]:
    """Return what speaks for and against one claim.

    Parameters
    ----------
    row, group
        The claim's line of the findings table and its group's of the groups table.
    nulls
        Placement and rival null.
    n_groups
        How many groups q was adjusted over.

    Returns
    -------
    tuple of str
        Sentences, strongest statement first, each complete.
    """
    said = [_shape(row), _placement(row, nulls[0], n_groups=n_groups), _rival(row, nulls[1])]
    if _known(row["percentile"]):
        share = f"{100 * row['percentile']:.0f} %"
        said.append(f"It beats {share} of this space’s own groups of like size and tightness.")
    if _known(row["stability"]):
        said.append(f"The same shape wins in {100 * row['stability']:.0f} % of resamples.")
    if row["weakest_null"]:
        said.append(f"The null it beat by least: {row['weakest_null']}.")
    if row["hypothesis"]:
        said.append(f"Tested as the named hypothesis “{visible(row['hypothesis'])}”.")
    said.append(
        f"The group has {row['n']:,} members (mean cosine {number(group['mean_cosine'])}), found "
        f"by {group['method']} at scale {number(group['scale'])}."
    )
    if row["n"] <= FEW:
        said.append(
            f"{row['n']} points carry little evidence for any shape: read the margin first."
        )
    said += [visible(note, limit=400) for note in (row["note"], group["note"]) if note]
    return tuple(said)


def parameter_facts(parameters: object, *, prefix: str = "") -> tuple[Fact, ...]:
    """Return fitted parameters one a line; nested names are joined by dots, long lists cut."""
    if not isinstance(parameters, dict):
        return ()
    facts: list[Fact] = []
    for key, value in cast("dict[str, Any]", parameters).items():
        if key == "plane_points":  # drawn, not listed
            continue
        name = prefix + visible(str(key))
        if isinstance(value, dict):
            facts += parameter_facts(cast("dict[str, Any]", value), prefix=f"{name}.")
        else:
            facts.append(Fact(name, _value(value)))
    return tuple(facts)


def provenance(manifest: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return source, parameters, timings and memory from a manifest, one a line."""
    facts: list[Fact] = []
    for key in ("source", "parameters"):
        facts += parameter_facts(manifest.get(key), prefix=f"{key}.")
    timings = manifest.get("timings")
    if isinstance(timings, dict):
        steps = cast("dict[str, Any]", timings).items()
        facts += [Fact(f"time.{visible(step)}", f"{_value(spent)} s") for step, spent in steps]
    memory = manifest.get("peak_memory_bytes") or manifest.get("peak_memory")
    if isinstance(memory, int | float):
        facts.append(Fact("peak memory", f"{memory / 2**30:.2f} GiB"))
    return tuple(facts)


def sentences(value: object) -> tuple[str, ...]:
    """Return a manifest entry that may be text, a list or a mapping as lines of text."""
    if not value:
        return ()
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return tuple(visible(f"{key}: {_value(item)}", limit=400) for key, item in items)
    if isinstance(value, list | tuple):
        return tuple(visible(_value(item), limit=400) for item in cast("list[Any]", value))
    return (visible(str(value), limit=400),)


def _shape(row: Mapping[str, Any]) -> str:
    name = (row["shape"][:1].upper() + row["shape"][1:]).replace("_", " ")
    said = f"{name} saves {number(row['effect'])} nats a point over a Gaussian of like covariance"
    if not row["runner_up"] or not _known(row["margin"]):
        return f"{said}; no rival was fitted."
    side = "more" if row["margin"] >= 0 else "less"
    rival = row["runner_up"].replace("_", " ")
    return f"{said}, {number(abs(row['margin']))} {side} than its best rival, {rival}."


def _placement(row: Mapping[str, Any], null: NullSummary | None, *, n_groups: int) -> str:
    what = "hypotheses tested by name" if row["hypothesis"] else "groups"
    said = f"Is there structure at all? q = {number(row['q'])} over {n_groups:,} {what}"
    if _known(row["q_by"]):
        said += f" ({number(row['q_by'])} if their dependence is not trusted)"
    if null is None:
        return f"{said}; its null draws were not kept."
    least = row["p"] <= row["reach_p"] * (1 + 1e-9)
    floor = "the smallest" if least else f"{number(row['reach_p'])} is the smallest p"
    return (
        f"{said}; p = {number(row['p'])} against {null.n_draws:,} draws of "
        f"{null.name or 'the placement null'}, {floor} these draws can give."
    )


def _rival(row: Mapping[str, Any], null: NullSummary | None) -> str:
    if null is None or not _known(row["p_rival"]):
        return "Against its best impostor: not tested."
    return (
        f"Against its best impostor: p = {number(row['p_rival'])} on {null.n_draws:,} draws of "
        f"{null.name or 'the rival null'}."
    )


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        shown = ", ".join(_value(item) for item in items[:12])
        return f"({shown}, … {len(items)} in all)" if len(items) > 12 else f"({shown})"
    return visible(str(value), limit=200)
