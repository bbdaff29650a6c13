"""The bodies of an atlas: what a page on disk inlines and what a server sends, by name."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from armillary.atlas import Atlas
from armillary.core.errors import BadInput
from armillary.explorer.contexts import contexts_of, texts_by_feature
from armillary.explorer.header import header_of
from armillary.explorer.limits import MAX_POINTS, Limits
from armillary.explorer.map_payload import map_of
from armillary.explorer.null_draws import drawable, null_of
from armillary.explorer.panel import panel_of
from armillary.explorer.rebuilt import rebuilt_words
from armillary.explorer.reductions import reductions
from armillary.explorer.rows import ranking, row_of, taxonomy
from armillary.explorer.schema import (
    SCHEMA,
    AtlasBody,
    ContextsBody,
    MapBody,
    NullBody,
    Panel,
    Parts,
    RebuiltBody,
    Row,
)
from armillary.explorer.sections import Sections
from armillary.explorer.wire import encode

ALL = Limits()
LIMITED = {"atlas", "map", "compare"}  # bodies that say something else within other limits
UNLIMITED = {"_claims", "_groups", "ranking", "rows", "_texts", "_rebuilt"}  # made once for all


class Bodies:
    """Everything that can be shown of an atlas, made when asked for.

    Parameters
    ----------
    atlas
        The survey.
    limits
        How much of it.
    folder
        Where the atlas lies: sections in it (comparison, explanation) are shown too.
    """

    def __init__(self, atlas: Atlas, limits: Limits = ALL, *, folder: Path | None = None) -> None:
        self.atlas = atlas
        self.limits = limits
        self._folder = folder
        self._made: dict[str, bytes] = {}

    def within(self, limits: Limits) -> "Bodies":
        """Return the bodies of the same atlas within other limits; what was made is kept.

        Parameters
        ----------
        limits
            How much of it.
        """
        other = Bodies(self.atlas, limits, folder=self._folder)
        for name in UNLIMITED & self.__dict__.keys():
            other.__dict__[name] = self.__dict__[name]
        if "_sections" in self.__dict__:
            other.__dict__["_sections"] = self._sections.within(limits.features)
        if limits.points == self.limits.points:
            kept = self._made.keys() & set(other.names()) - LIMITED
            other._made = {name: self._made[name] for name in kept}
        return other

    def names(self) -> tuple[str, ...]:
        """Return the name of every body that there is, ``atlas`` first."""
        parts = self.body("atlas").parts
        whole = [name for name in ("map", "rebuilt", "compare", "tree", "curves", "studies")
                 if getattr(parts, name)]  # fmt: skip
        panels = [f"panel/{line}" for line in range(parts.panels)]
        nulls = [f"null/{line}" for line in parts.nulls]
        contexts = [f"contexts/{line}" for line in range(parts.panels if parts.contexts else 0)]
        return ("atlas", *whole, *panels, *nulls, *contexts)

    def body(self, name: str) -> Any:
        """Return a body by its name.

        Parameters
        ----------
        name
            ``"atlas"``, ``"map"``..., or ``"panel/3"``, ``"null/3"``..., by line of the list.

        Returns
        -------
        dataclass
            One of ``schema.BODIES``.

        Raises
        ------
        BadInput
            If there is none of this name.
        """
        found: Any = None
        kind, _, rest = name.partition("/")
        if name in self._whole:
            found = self._whole[name]()
        elif kind in self._of_a_line and (line := _number(rest)) is not None:
            found = self._of_a_line[kind](line) if line < self.n_panels else None
        if found is None:
            raise BadInput(f"this atlas has no {name[:60]!r} to show")
        return found

    def data(self, name: str) -> bytes:
        """Return a body as ``encode`` writes it; kept, so that it is made once.

        Parameters
        ----------
        name
            As for ``body``.

        Raises
        ------
        BadInput
            If there is none of this name.
        """
        if name not in self._made:
            self._made[name] = encode(self.body(name))
        return self._made[name]

    @property
    def _whole(self) -> Mapping[str, Callable[[], Any]]:
        return {
            "atlas": lambda: self._first,
            "map": lambda: self._map,
            "rebuilt": lambda: self._rebuilt,
            "compare": lambda: self._sections.compare,
            "tree": lambda: self._sections.tree,
            "curves": lambda: self._sections.curves,
            "studies": lambda: self._sections.studies,
        }

    @property
    def _of_a_line(self) -> Mapping[str, Callable[[int], Any]]:
        return {"panel": self._panel, "null": self._null, "contexts": self._contexts}

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
        most = self.limits.panels
        return len(self.ranking) if most is None else min(most, len(self.ranking))

    @cached_property
    def null_lines(self) -> tuple[int, ...]:
        """Lines of the list whose panels are also drawn from their null."""
        most = min(self.limits.points, MAX_POINTS)
        lines = [line for line in range(self.n_panels) if drawable(self._row(line), most=most)]
        return tuple(lines[: self.limits.nulls])

    @cached_property
    def _first(self) -> AtlasBody:
        parts = Parts(
            panels=self.n_panels, nulls=self.null_lines, contexts=self._has_contexts,
            map=self._map is not None, rebuilt=self.atlas.rebuilt.num_rows > 0,
            **self._sections.there,
        )  # fmt: skip
        claims = [self._claims[i] for i in self.ranking]
        shown = reductions(
            self.atlas, self.limits, claims=claims, nulls=self.null_lines, drawn=self._map
        )
        shown = (*shown, *self._sections.troubles)
        head = header_of(self.atlas, self.rows, groups=list(self._groups.values()), shown=shown)
        return AtlasBody(SCHEMA, head, taxonomy(self.rows), self.rows, parts)

    @property
    def _has_contexts(self) -> bool:
        return self.limits.contexts and self.atlas.contexts.num_rows > 0

    @cached_property
    def _sections(self) -> Sections:
        lines = reversed([*enumerate(self.ranking)])  # the strongest writes last
        line_of = {self._claims[i]["group_id"]: line for line, i in lines}
        features = self.limits.features
        return Sections(self.atlas, self._folder, line_of=line_of, max_features=features)

    @cached_property
    def _map(self) -> MapBody | None:
        line_of = {finding: line for line, finding in enumerate(self.ranking)}
        return map_of(
            self.atlas,
            line_of=line_of,
            max_map=self.limits.features,
            studies=self._sections.beside.colouring,
        )

    def _row(self, line: int) -> dict[str, Any]:
        return self._claims[self.ranking[line]]

    def _panel(self, line: int) -> Panel:
        row = self._row(line)
        return panel_of(self.atlas, self.ranking[line], line=line, row=row,
                        group=self._groups[row["group_id"]],
                        max_points=self.limits.points)  # fmt: skip

    def _null(self, line: int) -> NullBody | None:
        if line not in self.null_lines:
            return None
        row = self._row(line)
        return null_of(self.atlas, self.ranking[line], line=line, row=row,
                       group=self._groups[row["group_id"]], panel=self._panel(line))  # fmt: skip

    def _contexts(self, line: int) -> ContextsBody | None:
        if not self._has_contexts:
            return None
        return contexts_of(self._row(line)["feature_ids"], self._texts, line=line)

    @cached_property
    def _texts(self) -> dict[int, list[dict[str, Any]]]:
        return texts_by_feature(self.atlas)

    @cached_property
    def _rebuilt(self) -> RebuiltBody | None:
        return rebuilt_words(self.atlas)


def _number(text: str) -> int | None:
    """Return a line of the list written as the page writes it, None for any other text."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    return int(text) if text == str(int(text)) else None
