"""The studies beside an atlas: what each said, its tables as text, its charts drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from armillary.atlas import Atlas, visible
from armillary.atlas.study import Chart, Study, studies_of
from armillary.atlas.study_source import of_other_source, why_uncoloured
from armillary.atlas.study_svg import NOT_OF_THE_FORM, chart_svg
from armillary.atlas.study_values import shown_value
from armillary.core.errors import BadInput
from armillary.explorer.map_schema import Colour
from armillary.explorer.section_schema import StudiesBody, StudyChart, StudyTable, StudyView

MOST_ROWS = 200  # of a table; the file holds the others
MOST_TEXT = 200
NO_COLOUR = 255


@dataclass(frozen=True, slots=True)
class Beside:
    """The studies beside an atlas, each read and drawn by itself.

    Parameters
    ----------
    body
        Those that can be shown; None if there are none.
    colouring
        Those of the atlas's own features, by which the map may be coloured.
    troubles
        What is not shown and why, a sentence each.
    """

    body: StudiesBody | None = None
    colouring: tuple[Study, ...] = ()
    troubles: tuple[str, ...] = ()


def studies_beside(folder: Path | None, atlas: Atlas) -> Beside:
    """Read and draw the studies in an atlas's folder, in the order of their names.

    Parameters
    ----------
    folder
        Where the atlas lies; None where it does not: then there are no studies.
    atlas
        The survey.

    Returns
    -------
    Beside
        One that is damaged, or of a newer armillary, costs a sentence and hides no other; so does
        one chart that cannot be drawn.
    """
    if folder is None:
        return Beside()
    views, colouring, troubles = list[StudyView](), list[Study](), list[str]()
    ids = atlas.features["feature_id"].to_numpy()
    for name in studies_of(folder):
        called = visible(name)
        try:
            study = Study.read(folder, name)
            view, left_out = _view(study, atlas.manifest)
            why = why_uncoloured(study, atlas.manifest, ids)
        except NOT_OF_THE_FORM as error:  # BadInput is a ValueError
            said = str(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {error}"
            said = visible(said, limit=400)
            troubles.append(f"The study {called} beside this atlas is not shown: {said}")
            continue
        views.append(view)
        troubles += [f"A chart of the study {called} is not shown: {one}" for one in left_out]
        if why:
            said = visible(why, limit=400)
            troubles.append(f"The map is not coloured by the study {called}: {said}.")
        elif study.colours:
            colouring.append(study)
    return Beside(StudiesBody(tuple(views)) if views else None, tuple(colouring), tuple(troubles))


def colours_of(
    studies: Sequence[Study], feature_id: Int[np.ndarray, " feature"]
) -> tuple[Colour, ...]:
    """Return what studies measured of every feature, for the map.

    Parameters
    ----------
    studies
        Of an atlas and of its features: see ``studies_beside``.
    feature_id
        Of the features shown.

    Returns
    -------
    tuple of Colour
        One for each colour of a study that has a number for any of the features.
    """
    found = list[Colour]()
    for study in studies:
        own = study.arrays.get("feature_id", np.empty(0, dtype=np.int64))
        if not own.size:
            continue
        order = np.argsort(own, kind="stable")
        place = np.searchsorted(own, feature_id, sorter=order).clip(max=own.size - 1)
        for name, said in study.colours.items():
            row = order[place]
            here = np.where(own[row] == feature_id, study.arrays[name][row], np.nan)
            if not np.isfinite(here).any():
                continue
            low, high = float(np.nanmin(here)), float(np.nanmax(here))
            share = (here - low) / (high - low or 1.0)
            value = np.where(np.isfinite(share), np.rint(share * (NO_COLOUR - 1)), NO_COLOUR)
            title = f"{study.name}: {name.replace('_', ' ')}"
            found.append(
                Colour(visible(title), visible(said, limit=200), low, high, value.astype(np.uint8))
            )
    return tuple(found)


def _view(study: Study, manifest: Mapping[str, Any]) -> tuple[StudyView, list[str]]:
    """Return a study as the page shows it, and why some of its charts are not drawn."""
    other = of_other_source(study, manifest)
    charts, left_out = _drawn(study.charts)
    return StudyView(
        name=visible(study.name),
        title=visible(study.title),
        command=visible(str(study.manifest.get("command", "")), limit=1000),
        said=tuple(visible(one, limit=2000) for one in (*([other] if other else []), *study.said)),
        tables=tuple(_table(name, rows) for name, rows in study.tables.items() if rows),
        charts=charts,
    ), left_out


def _drawn(charts: Sequence[Chart]) -> tuple[tuple[StudyChart, ...], list[str]]:
    done, left_out = list[StudyChart](), list[str]()
    for one in charts:
        try:
            done.append(StudyChart(visible(one.title), chart_svg(one)))
        except BadInput as error:
            left_out.append(visible(str(error), limit=400))
    return tuple(done), left_out


def _table(name: str, rows: Any) -> StudyTable:
    head = tuple(rows[0])
    shown = [tuple(_said(row, column) for column in head) for row in rows[:MOST_ROWS]]
    return StudyTable(
        visible(name),
        tuple(visible(one.replace("_", " ")) for one in head),
        tuple(shown),
        len(rows),
    )


def _said(row: Mapping[str, Any], column: str) -> str:
    value = shown_value(row.get(column))
    return visible(value, limit=MOST_TEXT) if value else "–"
