"""Every layout of an atlas's features, with what was measured of it beside its null."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from jaxtyping import Int

from armillary.atlas import Atlas, visible
from armillary.explorer.packing import finite, unit_square
from armillary.explorer.schema import Fact, Layout
from armillary.explorer.words import number, parameter_facts

_WORDED = {
    *("array", "name", "method_name", "structure"),
    *("trustworthiness", "trustworthiness_interval", "continuity", "continuity_interval"),
    *("kept_neighbours", "kept_neighbours_interval", "kept_by_chance", "trust_k", "trust_rows"),
    *("stability", "stability_interval", "stability_by_chance", "stability_seeds"),
}


def layouts_of(atlas: Atlas, kept: Int[np.ndarray, " kept"]) -> tuple[Layout, ...]:
    """Return the layouts of some features, the survey's own map first.

    Parameters
    ----------
    atlas
        A survey with a map.
    kept
        Rows of the features shown.

    Returns
    -------
    tuple of Layout
        ``trust`` is the share of a feature's true nearest neighbours that are so on the map. Facts
        are in words, each share with its interval and with what chance or noise gives.
    """
    held = cast("list[dict[str, Any]]", list(atlas.manifest.get("maps") or ()))
    entries = {str(entry["array"]): entry for entry in held if entry["array"] in atlas.arrays}
    if "map" in atlas.arrays and "map" not in entries:
        note = dict(atlas.manifest.get("map") or {})
        note["name"] = str(note.get("method") or "map").split(" ")[0]
        entries = {"map": note, **entries}
    return tuple(
        Layout(
            visible(str(entry.get("name") or name)),
            *_places(atlas.arrays[name][kept]),
            finite(entry.get("kept_neighbours")),
            _facts(entry),
            _steady(atlas.arrays.get(f"map_steady_{name}"), kept),
        )
        for name, entry in entries.items()
    )


def _facts(entry: Mapping[str, Any]) -> tuple[Fact, ...]:
    test = cast("Mapping[str, Any]", entry.get("structure") or {})
    made = parameter_facts({key: v for key, v in entry.items() if key not in _WORDED})
    said = [
        Fact(title, _share(entry, key, chance=chance, on_noise=test.get(f"null_{key}")))
        for key, title, chance in (
            ("trustworthiness", "trustworthiness", None),
            ("continuity", "continuity", None),
            ("kept_neighbours", "true neighbours kept", entry.get("kept_by_chance")),
            ("stability", "neighbours that seeds agree on", entry.get("stability_by_chance")),
        )
        if finite(entry.get(key)) is not None
    ]
    if "trust_k" in entry:
        over = f"{entry['trust_k']} nearest of {entry['trust_rows']:,} features"
        said.append(Fact("measured over", over))
    return (*said, *_structure(test), *made)


def _share(entry: Mapping[str, Any], key: str, *, chance: Any, on_noise: Any) -> str:
    text = number(entry[key])
    if entry.get(f"{key}_interval"):
        low, high = entry[f"{key}_interval"]
        text += f" [{number(low)}, {number(high)}]"
    beside = [f"{number(chance)} by chance"] if chance is not None else []
    beside += [f"{number(on_noise)} on noise"] if on_noise is not None else []
    return f"{text} ({', '.join(beside)})" if beside else text


def _structure(test: Mapping[str, Any]) -> tuple[Fact, ...]:
    if not test:
        return ()
    p, m = test["p"], test["nulls"]
    away = "" if test["effect"] is None else f", {number(test['effect'])} null sd from noise"
    at_best = " (the least that so few can give)" if p <= test["least_p"] else ""
    return (
        Fact(
            "more than the method makes of noise?",
            f"p = {number(p)}, {m} nulls{at_best}; clumpiness {number(test['observed'])}{away}",
        ),
        Fact("clumps that stand out more than any of noise", f"{test['clumps']:,}"),
        Fact("null of the map", visible(str(test["null"]))),
    )


def _steady(held: np.ndarray | None, kept: np.ndarray) -> np.ndarray:
    return np.empty(0, dtype=np.uint8) if held is None else held[kept].astype(np.uint8)


def _places(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    unit = np.rint(unit_square(xy) * 65535).astype(np.uint16)
    return unit[:, 0].copy(), unit[:, 1].copy()
