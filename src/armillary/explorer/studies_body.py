"""The studies beside an atlas: what each said, its tables as text, its charts drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from armillary.atlas import visible
from armillary.atlas.study import Study, studies_of
from armillary.atlas.study_svg import chart_svg
from armillary.atlas.study_values import shown_value
from armillary.explorer.map_schema import Colour
from armillary.explorer.section_schema import StudiesBody, StudyChart, StudyTable, StudyView

MOST_ROWS = 200  # of a table; the file holds the others
MOST_TEXT = 200
NO_COLOUR = 255


def studies_in(folder: Path) -> tuple[Study, ...]:
    """Read the studies in an atlas's folder, in the order of their names.

    Raises
    ------
    BadInput
        If one is damaged, or of a newer armillary.
    """
    return tuple(Study.read(folder, name) for name in studies_of(folder))


def studies_body(studies: Sequence[Study]) -> StudiesBody | None:
    """Return the studies as the page shows them; None if there are none."""
    return StudiesBody(tuple(_view(study) for study in studies)) if studies else None


def colours_of(
    studies: Sequence[Study], feature_id: Int[np.ndarray, " feature"]
) -> tuple[Colour, ...]:
    """Return what studies measured of every feature, for the map.

    Parameters
    ----------
    studies
        Of an atlas.
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
        order = np.argsort(own, kind="stable")
        place = np.searchsorted(own, feature_id, sorter=order).clip(max=max(own.size - 1, 0))
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


def _view(study: Study) -> StudyView:
    return StudyView(
        name=visible(study.name),
        title=visible(study.title),
        command=visible(str(study.manifest.get("command", "")), limit=1000),
        said=tuple(visible(one, limit=2000) for one in study.said),
        tables=tuple(_table(name, rows) for name, rows in study.tables.items() if rows),
        charts=tuple(StudyChart(visible(one.title), chart_svg(one)) for one in study.charts),
    )


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
