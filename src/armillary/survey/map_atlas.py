"""Maps for an atlas that stands, or for a source without one."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas import Atlas, with_layouts
from armillary.atlas.disk import refuse_foreign
from armillary.core import FeatureSpace
from armillary.load import as_space
from armillary.survey.map_asked import Asked
from armillary.survey.map_layouts import LaidOut, map_layouts, open_map_workspace
from armillary.survey.memory import peak_memory
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.survey.reopened import reopened
from armillary.survey.searched import searched_features


def map_atlas(
    path: str | Path,
    *,
    asked: Asked | None = None,
    vectors: Any = None,
    resume: bool = True,
    progress: Progress | None = None,
    **door: Any,
) -> Atlas:
    """Add maps to an atlas: further methods and seeds, how far to trust each, and beside noise.

    The survey's own map stays the first. An atlas keeps no vectors, so they are read again from
    its source.

    Parameters
    ----------
    path
        Folder of the atlas; it is replaced whole at the end.
    asked
        Which maps. Neighbours and flattening are the survey's.
    vectors
        Where they are now; by default where the survey found them.
    resume
        Whether to go on from ``<path>.maps.partial``.
    progress
        Told of stages and of the cost beforehand.
    **door
        Options of ``armillary.load.load_space``, as the survey had them.

    Returns
    -------
    Atlas
        As it is written.

    Raises
    ------
    BadInput
        If the folder is no atlas, or its source is gone or has changed.
    MissingExtra
        If a method's package is not installed.
    """
    home, tell, watch = Path(path), progress or Silent(), Stopwatch()
    atlas = Atlas.read(home)
    settings: Mapping[str, Any] = atlas.manifest.get("parameters") or {}
    asked = replace(
        asked or Asked(),
        neighbours=settings.get("n_neighbours", Asked.neighbours),
        flatten=settings.get("flatten", Asked.flatten),
    )
    methods = asked.chosen()
    with watch.stage(tell, "load"):
        space = reopened(atlas, vectors=vectors, progress=tell.note, **door)
    shown = _shown(atlas, asked)
    first = shown[0] if shown else None
    if "map" not in atlas.arrays:
        first = methods[0].name, asked.seed
    return _write(atlas, space, home, asked=asked, first=first, shown=shown[1] if shown else None,
                  resume=resume, tell=tell, watch=watch)  # fmt: skip


def map_source(
    source: Any,
    out: str | Path,
    *,
    asked: Asked | None = None,
    resume: bool = True,
    progress: Progress | None = None,
    command: str | None = None,
    **door: Any,
) -> Atlas:
    """Lay a source out without surveying it: an atlas with maps, and without findings.

    Parameters
    ----------
    source
        Anything ``armillary.survey`` takes.
    out
        Folder to write.
    asked
        Which maps.
    resume
        Whether to go on from ``<out>.maps.partial``.
    progress
        Told of stages and of the cost beforehand.
    command
        What was typed, for the record.
    **door
        Options of ``armillary.load.load_space``.

    Returns
    -------
    Atlas
        As it is written.

    Raises
    ------
    BadInput
        If the source cannot be read or ``out`` holds something else.
    MissingExtra
        If a method's package is not installed.
    """
    home, tell, watch, asked = Path(out), progress or Silent(), Stopwatch(), asked or Asked()
    refuse_foreign(home)
    first = asked.chosen()[0].name, asked.seed
    with watch.stage(tell, "load"):
        loaded = as_space(source, progress=tell.note, **door)
        space, left_out = searched_features(loaded)
    manifest = {
        "version": version("armillary"),
        "command": command,
        "seed": asked.seed,
        "parameters": {"n_neighbours": asked.neighbours, "flatten": asked.flatten},
        "timings": {},
        "left_out": [*left_out, "this atlas holds maps only: no group was looked for"],
    }
    atlas = Atlas.from_survey(space, [], [], manifest=manifest)
    return _write(atlas, space, home, asked=asked, first=first, shown=None, resume=resume,
                  tell=tell, watch=watch)  # fmt: skip


def _write(
    atlas: Atlas,
    space: FeatureSpace,
    home: Path,
    *,
    asked: Asked,
    first: tuple[str, int] | None,
    shown: LaidOut | None,
    resume: bool,
    tell: Progress,
    watch: Stopwatch,
) -> Atlas:
    centred = space.directions - space.directions.mean(axis=0)
    with open_map_workspace(centred, asked, home=home, resume=resume) as work:
        if work.resumed:
            tell.note(f"going on from {work.folder}")
        layouts = map_layouts(centred, asked=asked, work=work, first=first, shown=shown,
                              progress=tell, watch=watch)  # fmt: skip
        made = with_layouts(atlas, layouts)
        cost = {"timings": watch.seconds, "peak_memory_bytes": peak_memory()}
        made = replace(made, manifest={**made.manifest, "maps_made": cost})
        with watch.stage(tell, "atlas"):
            made.write(home)
    return made


def _shown(atlas: Atlas, asked: Asked) -> tuple[tuple[str, int], LaidOut] | None:
    """Return method and seed of the atlas's own map, and the map, if we know how it was made."""
    note: Any = dict(atlas.manifest.get("map") or {})
    name = note.get("method_name") or ("umap" if str(note.get("method"))[:4] == "UMAP" else None)
    seed, k = note.get("seed"), note.get("neighbours")
    n = atlas.features.num_rows
    if name is None or "map" not in atlas.arrays or k not in (None, min(asked.neighbours, n - 1)):
        return None
    return (name, asked.seed if seed is None else seed), (np.array(atlas.arrays["map"]), note)
