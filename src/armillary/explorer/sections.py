"""Sections: the bodies that stand beside the findings, and which of them there are."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from armillary.atlas import Atlas, visible
from armillary.core.errors import BadInput
from armillary.explorer.compare_body import compare_of
from armillary.explorer.schema import CompareBody, CurvesBody, StudiesBody, TreeBody
from armillary.explorer.studies_body import Beside, studies_beside
from armillary.explorer.tree_body import tree_of

_Body = TypeVar("_Body")


class Sections:
    """Comparison, tree, curves and studies of an atlas, each made once and only when asked for.

    Parameters
    ----------
    atlas
        The survey.
    folder
        Where it lies; None where it does not: then there is no comparison, explanation or study.
    line_of
        Line of the findings list that a group is first drawn on, by its number.
    max_features
        Features shown of a side of the comparison; None for all.
    """

    def __init__(
        self, atlas: Atlas, folder: Path | None, *, line_of: Mapping[int, int],
        max_features: int | None,
    ) -> None:  # fmt: skip
        self._atlas, self._folder = atlas, folder
        self._line_of, self._max = line_of, max_features
        self._said: dict[str, str] = {}

    def within(self, max_features: int | None) -> "Sections":
        """Return the same sections with another limit; what does not depend on it is kept."""
        other = Sections(
            self._atlas, self._folder, line_of=self._line_of, max_features=max_features
        )
        other._said = {name: said for name, said in self._said.items() if name == "curves"}
        for name in {"tree", "curves", "beside"} & self.__dict__.keys():
            other.__dict__[name] = self.__dict__[name]
        return other

    @property
    def there(self) -> dict[str, bool]:
        """Which of them there are, by name."""
        names = ("compare", "tree", "curves", "studies")
        return {name: getattr(self, name) is not None for name in names}

    @property
    def troubles(self) -> tuple[str, ...]:
        """What could not be read, one sentence each: a broken section must not cost the survey."""
        there = self.there
        return (*(self._said[name] for name in self._said if not there[name]),
                *self.beside.troubles)  # fmt: skip

    @cached_property
    def compare(self) -> CompareBody | None:
        """The comparison in the folder."""
        return self._read("comparison", "compare", self._own_comparison)

    def _own_comparison(self, folder: Path) -> CompareBody | None:
        """Return the comparison, if it is of this atlas: its folder may have been surveyed anew."""
        found = compare_of(folder, limit=self._max)
        ids = self._atlas.features["feature_id"].to_numpy()
        if found is not None and not np.isin(found.a.ids, ids).all():
            raise BadInput("it is of other features: run `armillary compare` again")
        return found

    @cached_property
    def tree(self) -> TreeBody | None:
        """Which group holds which."""
        return tree_of(self._atlas, line_of=self._line_of)

    @cached_property
    def curves(self) -> CurvesBody | None:
        """The explanation in the folder."""

        def read(folder: Path) -> CurvesBody | None:
            from armillary.explorer.curves_body import curves_of  # brings all of explain along

            return curves_of(folder)

        there = self._folder is not None and (self._folder / "explanation").exists()
        return self._read("explanation", "curves", read) if there else None

    @property
    def studies(self) -> StudiesBody | None:
        """The studies in the folder."""
        return self.beside.body

    @cached_property
    def beside(self) -> Beside:
        """The studies in the folder, which of them colour the map, and what is wrong with them."""
        return studies_beside(self._folder, self._atlas)

    def _read(
        self, what: str, name: str, read: Callable[[Path], _Body | None]
    ) -> _Body | None:  # fmt: skip
        if self._folder is None:
            return None
        try:
            return read(self._folder)
        except BadInput as error:
            said: Any = visible(str(error), limit=400)
            self._said[name] = f"The {what} beside this atlas is not shown: {said}"
            return None
