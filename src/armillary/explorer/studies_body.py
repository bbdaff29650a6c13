"""The studies beside an atlas: what each said, its tables as text, its charts drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from armillary.atlas import visible
from armillary.atlas.study import Study, studies_of
from armillary.atlas.study_svg import chart_svg
from armillary.explorer.section_schema import StudiesBody, StudyChart, StudyTable, StudyView
from armillary.explorer.words import number

MOST_ROWS = 200  # of a table; the file holds the others
MOST_TEXT = 200


def studies_of_atlas(folder: Path) -> StudiesBody | None:
    """Return the studies in an atlas's folder, in the order of their names; None if there is none.

    Parameters
    ----------
    folder
        Of the atlas.

    Raises
    ------
    BadInput
        If one is damaged, or of a newer armillary.
    """
    names = studies_of(folder)
    if not names:
        return None
    return StudiesBody(tuple(_view(Study.read(folder, name)) for name in names))


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
    value = row.get(column)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list | tuple):
        each = cast("Sequence[object]", value)
        return visible(" · ".join(str(one) for one in each), limit=MOST_TEXT)
    return visible(str(value), limit=MOST_TEXT)
