"""Maps of a space: laid out by every method and seed, measured, and set beside maps of noise."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.atlas import MapLayout
from armillary.core import BadInput, Neighbours
from armillary.maps import (
    Method,
    agreement,
    lay_out,
    null_decoder,
    prepare,
    share_of,
    structure_of,
    trust_of,
)
from armillary.survey.map_asked import Asked
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.survey.workspace import Workspace

LaidOut = tuple[np.ndarray, dict[str, Any]]
_OF_NULLS, _OF_TRUST = 1009, 1013  # keep streams of random numbers apart


def surveyed_map(
    unit: Float[np.ndarray, "feature d_model"], neighbours: Neighbours, *, seed: int
) -> tuple[Float[np.ndarray, "feature 2"], dict[str, Any]]:
    """Draw a survey's own map, UMAP of one seed, and measure how far to trust it.

    Parameters
    ----------
    unit, neighbours
        What was searched.
    seed
        Of the map.

    Returns
    -------
    xy : Float[np.ndarray, "feature 2"]
        The map.
    note : dict
        How it was made, with trustworthiness, continuity and kept neighbours.

    Raises
    ------
    MissingExtra
        If umap-learn is not installed.
    """
    xy, facts = lay_out("umap", unit, neighbours, seed=seed)
    return xy, {**facts, "method_name": "umap", **_trust(unit, xy, neighbours, seed=seed)}


def open_map_workspace(
    directions: Float[np.ndarray, "feature d_model"],
    asked: Asked,
    *,
    home: Path | None,
    resume: bool = True,
) -> Workspace:
    """Open the folder of finished maps of these directions.

    Parameters
    ----------
    directions
        What is laid out.
    asked
        Maps wanted; more methods, seeds or nulls go on in the same folder.
    home
        The atlas's folder, beside which it is kept until all is done; None for a temporary one.
    resume
        Whether to keep what an earlier run finished.
    """
    packages = [_version(name) for name in ("armillary", "umap-learn", "pacmap")]
    digest = hashlib.sha256(repr([packages, asked.neighbours, asked.flatten]).encode())
    content: Any = np.ascontiguousarray(directions)
    digest.update(content)
    place = None if home is None else home.resolve().with_name(home.resolve().name + ".maps")
    return Workspace(place, digest.hexdigest()[:16], resume=resume)


def map_layouts(
    directions: Float[np.ndarray, "feature d_model"],
    *,
    asked: Asked,
    work: Workspace,
    first: tuple[str, int] | None = None,
    shown: LaidOut | None = None,
    progress: Progress | None = None,
    watch: Stopwatch | None = None,
) -> list[MapLayout]:
    """Lay directions out by every method and seed asked for, and measure every map.

    Parameters
    ----------
    directions
        Centred rows, none of them special or a copy.
    asked
        Which maps.
    work
        Where finished maps are kept.
    first
        Method and seed of the map that is named ``map``; None if none of these is.
    shown
        That map with its facts, if it is there already; it was made with the same settings.
    progress, watch
        Told of stages, of the cost beforehand, and of the time.

    Returns
    -------
    list of MapLayout
        Stability is of all seeds of a method together; the test of structure is of a method's
        first seed.

    Raises
    ------
    BadInput
        If a method is not known, or there are too few features.
    MissingExtra
        If a method's package is not installed.
    """
    tell, clock = progress or Silent(), watch or Stopwatch()
    methods, n = asked.chosen(), len(directions)
    if n < 8:
        raise BadInput(f"found {n} features to lay out: a map needs at least 8")
    tell.note(asked.cost(n))
    with clock.stage(tell, "neighbours"):
        unit, neighbours = prepare(
            directions, k=asked.neighbours, strength=asked.flatten,
            rng=np.random.default_rng([asked.seed, 0]),
        )  # fmt: skip
    made: dict[tuple[str, int], LaidOut] = {}
    with clock.stage(tell, "maps", sum(len(asked.of(method)) for method in methods)):
        for method in methods:
            for seed in asked.of(method):
                given = shown if (method.name, seed) == first else None
                xy, facts = given or _laid_out(method, unit, neighbours, seed=seed, work=work)
                trust = _trust(unit, xy, neighbours, seed=seed)
                made[method.name, seed] = xy, {**facts, **trust}
                tell.advance()
    k = neighbours.index.shape[1]
    del unit, neighbours  # the nulls need the room
    nulls = _nulls(directions, methods, asked=asked, work=work, tell=tell, clock=clock)
    with clock.stage(tell, "map tests", len(methods)):
        layouts: list[MapLayout] = []
        for method in methods:
            layouts += _measured(method, made, nulls[method.name], asked=asked, k=k, first=first)
            tell.advance()
    return layouts


def _laid_out(
    method: Method, unit: np.ndarray, neighbours: Neighbours, *, seed: int, work: Workspace
) -> LaidOut:
    step = f"{method.name}-{seed}"
    held = work.load(step)
    if held is None:
        began = time.perf_counter()
        xy, facts = lay_out(method.name, unit, neighbours, seed=seed)
        facts["seconds"] = round(time.perf_counter() - began, 3)
        work.save(step, xy=xy, facts=json.dumps(facts))
        return xy, facts
    return held["xy"], json.loads(str(held["facts"]))


def _trust(
    unit: np.ndarray, xy: np.ndarray, neighbours: Neighbours, *, seed: int
) -> dict[str, object]:
    rng = np.random.default_rng([seed, _OF_TRUST])
    return trust_of(unit, xy, k=neighbours.index.shape[1], rng=rng).record()


def _nulls(
    directions: np.ndarray,
    methods: Sequence[Method],
    *,
    asked: Asked,
    work: Workspace,
    tell: Progress,
    clock: Stopwatch,
) -> dict[str, list[dict[str, Any]]]:
    """Lay every null decoder out by every method, with the seed of the first map."""
    found: dict[str, list[dict[str, Any]]] = {method.name: [] for method in methods}
    if not asked.nulls:
        return found
    with clock.stage(tell, "maps of noise", asked.nulls * len(methods)):
        for i in range(asked.nulls):
            step = {m.name: f"null-{asked.seed}-{i}-{m.name}" for m in methods}
            held = {name: work.load(file) for name, file in step.items()}
            missing = [name for name, one in held.items() if one is None]
            if missing:
                rng = np.random.default_rng([asked.seed, _OF_NULLS, i])
                unit, near = null_decoder(
                    directions, k=asked.neighbours, strength=asked.flatten, rng=rng
                )
                for name in missing:
                    xy, _ = lay_out(name, unit, near, seed=asked.seed)
                    trust = _trust(unit, xy, near, seed=asked.seed)
                    kept = {key: np.asarray(trust[key]) for key in _SHARED}
                    work.save(step[name], xy=xy, **kept)
                    held[name] = work.load(step[name])
                    tell.advance()
            tell.advance(len(methods) - len(missing))
            for name, one in held.items():
                found[name].append(one or {})
    return found


_SHARED = ("trustworthiness", "continuity", "kept_neighbours")  # measured of maps of noise too


def _measured(
    method: Method,
    made: Mapping[tuple[str, int], LaidOut],
    nulls: Sequence[Mapping[str, Any]],
    *,
    asked: Asked,
    k: int,
    first: tuple[str, int] | None,
) -> list[MapLayout]:
    seeds = asked.of(method)
    maps = [made[method.name, seed][0] for seed in seeds]
    stable: dict[str, Any] = {}
    steady = None
    if len(maps) > 1:
        steady = agreement(maps, k=k)
        share = share_of(steady)
        stable = {
            "stability": share.mean,
            "stability_interval": share.record()[1:],
            "stability_by_chance": k / (len(maps[0]) - 1),
            "stability_seeds": seeds,
        }
    tested: dict[str, Any] = {}
    if nulls:
        tested = structure_of(maps[0], [one["xy"] for one in nulls], seed=asked.seed).record()
        tested |= {f"null_{key}": float(np.mean([one[key] for one in nulls])) for key in _SHARED}
    layouts: list[MapLayout] = []
    for seed in seeds:
        xy, facts = made[method.name, seed]
        leads = seed == seeds[0]
        name = method.title if leads else f"{method.title}, seed {seed}"
        facts = {**facts, **stable, "name": name, "method_name": method.name}
        if leads and tested:
            facts["structure"] = tested
        array = f"map_{method.name}" if leads else f"map_{method.name}_{seed}"
        array = "map" if (method.name, seed) == first else array
        layouts.append(MapLayout(array, xy, facts, steady if leads else None))
    return layouts


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
