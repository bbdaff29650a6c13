"""The bodies of an atlas: what a page on disk inlines and what a server sends, by name."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from armillary.atlas import Atlas
from armillary.core.errors import BadInput
from armillary.explorer.header import header_of
from armillary.explorer.map_payload import map_of
from armillary.explorer.panel import panel_of
from armillary.explorer.rebuilt import rebuilt_words
from armillary.explorer.rows import ranking, row_of, taxonomy
from armillary.explorer.schema import (
    SCHEMA,
    AtlasBody,
    MapBody,
    Panel,
    Parts,
    RebuiltBody,
    Row,
)
from armillary.explorer.sections import Sections
from armillary.explorer.wire import encode

MAX_POINTS = 2_000


class Bodies:
    """Everything that can be shown of an atlas, made when asked for.

    Parameters
    ----------
    atlas
        The survey.
    max_panels
        Findings with panels, strongest first; None for all. The others are listed only.
    max_points
        Points drawn of one finding; a fixed random choice beyond.
    max_map
        Features on the map; members of findings first, then a fixed random choice. None for all.
    folder
        Where the atlas lies: sections in it (comparison, explanation) are shown too.
    """

    def __init__(
        self,
        atlas: Atlas,
        *,
        max_panels: int | None = None,
        max_points: int = MAX_POINTS,
        max_map: int | None = None,
        folder: Path | None = None,
    ) -> None:
        self.atlas = atlas
        self._max = (max_panels, max_points, max_map)
        self._folder = folder
        self._made: dict[str, bytes] = {}

    def names(self) -> tuple[str, ...]:
        """Return the name of every body that there is, ``atlas`` first."""
        parts = self.body("atlas").parts
        whole = [name for name in ("map", "rebuilt", "compare", "tree", "curves")
                 if getattr(parts, name)]  # fmt: skip
        panels = [f"panel/{line}" for line in range(parts.panels)]
        nulls = [f"null/{line}" for line in range(parts.nulls)]
        contexts = [f"contexts/{line}" for line in range(parts.panels if parts.contexts else 0)]
        return ("atlas", *whole, *panels, *nulls, *contexts)

    def body(self, name: str) -> Any:
        """Return a body by its name.

        Raises
        ------
        BadInput
            If there is none of this name.
        """
        kind, _, rest = name.partition("/")
        if not rest and kind in self._whole and (found := self._whole[kind]()) is not None:
            return found
        if rest.isdecimal() and kind in self._of_a_line and int(rest) < len(self.ranking):
            found = self._of_a_line[kind](int(rest))
            if found is not None:
                return found
        raise BadInput(f"this atlas has no {name!r} to show")

    def data(self, name: str) -> bytes:
        """Return a body as ``encode`` writes it; kept, so that it is made once."""
        if name not in self._made:
            self._made[name] = encode(self.body(name))
        return self._made[name]

    @property
    def _whole(self) -> Mapping[str, Callable[[], Any]]:
        return {
            "atlas": lambda: self._first, "map": lambda: self._map, "rebuilt": self._rebuilt,
            "compare": lambda: self._sections.compare, "tree": lambda: self._sections.tree,
            "curves": lambda: self._sections.curves,
        }  # fmt: skip

    @property
    def _of_a_line(self) -> Mapping[str, Callable[[int], Any]]:
        return {"panel": self._panel}

    @cached_property
    def _claims(self) -> list[dict[str, Any]]:
        return self.atlas.findings.to_pylist()

    @cached_property
    def _groups(self) -> dict[int, dict[str, Any]]:
        return {group["group_id"]: group for group in self.atlas.groups.to_pylist()}

    @cached_property
    def ranking(self) -> list[int]:
        """Rows of the atlas's findings, strongest first: a line of the list each."""
        return ranking(self._claims)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Lines of the list."""
        return tuple(row_of(self.atlas, i, self._claims[i]) for i in self.ranking)

    @property
    def n_panels(self) -> int:
        """Findings that have panels."""
        most = self._max[0]
        return len(self.ranking) if most is None else min(most, len(self.ranking))

    @cached_property
    def _first(self) -> AtlasBody:
        parts = Parts(
            panels=self.n_panels, nulls=0, contexts=False, map=self._map is not None,
            rebuilt=self.atlas.rebuilt.num_rows > 0, **self._sections.there,
        )  # fmt: skip
        head = header_of(self.atlas, self.rows, groups=list(self._groups.values()),
                         shown=self._reductions())  # fmt: skip
        return AtlasBody(SCHEMA, head, taxonomy(self.rows), self.rows, parts)

    def _reductions(self) -> tuple[str, ...]:
        said: list[str] = []
        n, points = len(self.ranking), self._max[1]
        if self.n_panels < n:
            said.append(
                f"{self.n_panels:,} of {n:,} findings have panels, strongest first; the others "
                "are listed only."
            )
        cut = sum(self._claims[i]["n"] > points for i in self.ranking[: self.n_panels])
        if cut:
            said.append(f"{cut:,} groups are drawn with {points:,} points each, chosen at random.")
        if self._map is not None and self._map.shown < self._map.total:
            said.append(
                f"The map shows {self._map.shown:,} of {self._map.total:,} features: every member "
                "of a finding, the others chosen at random."
            )
        return (*said, *self._sections.troubles)

    @cached_property
    def _sections(self) -> Sections:
        lines = reversed([*enumerate(self.ranking)])  # the strongest writes last
        line_of = {self._claims[i]["group_id"]: line for line, i in lines}
        return Sections(self.atlas, self._folder, line_of=line_of, max_features=self._max[2])

    @cached_property
    def _map(self) -> MapBody | None:
        line_of = {finding: line for line, finding in enumerate(self.ranking)}
        return map_of(self.atlas, line_of=line_of, max_map=self._max[2])

    def _panel(self, line: int) -> Panel | None:
        if line >= self.n_panels:
            return None
        i = self.ranking[line]
        row = self._claims[i]
        return panel_of(self.atlas, i, line=line, row=row, group=self._groups[row["group_id"]],
                        max_points=self._max[1])  # fmt: skip

    def _rebuilt(self) -> RebuiltBody | None:
        return rebuilt_words(self.atlas)
