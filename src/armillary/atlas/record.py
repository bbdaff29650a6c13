"""Atlas: what a survey found, with its evidence and how it came to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.atlas.arrays import NullSummary, unpack_null
from armillary.atlas.columnar import Table, table_of_rows
from armillary.atlas.contexts import CONTEXTS, Firings
from armillary.atlas.counts import Counts, counted, described
from armillary.atlas.disk import is_atlas, read_folder, write_folder, write_texts
from armillary.atlas.faces import face
from armillary.atlas.notebook import table_html
from armillary.atlas.places import leading_plane, own_plane_of, scores_of
from armillary.atlas.rebuilt import EXAMPLES, REBUILT
from armillary.atlas.recording import recorded
from armillary.core import (
    BadInput,
    FeatureSpace,
    Finding,
    Group,
    MissingExtra,
    Neighbours,
    Rebuilt,
    Tokens,
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Atlas:
    """The record of a survey: tables, arrays and a manifest; the same in memory and on disk.

    Parameters
    ----------
    findings, groups, features
        One row a claim, one row a group tested, one row a feature.
    rebuilt, examples
        One row a group rebuilt from its codes, and one a token shown; without codes no rows.
    arrays
        Scores of every group, null histograms, the map; ``arrays.pack_arrays`` tells the layout.
    manifest
        Version, command, seed, parameters, source, timings, counts, what was left out.
    contexts
        One row a strong firing of a feature that a claim is about, with the text around it;
        without codes no rows.
    folder
        Where it was read from, so that a report shows the sections beside it; None in memory.
        It is no part of the record and is not written.
    """

    findings: Table
    groups: Table
    features: Table
    rebuilt: Table
    examples: Table
    arrays: Mapping[str, np.ndarray]
    manifest: Mapping[str, Any]
    contexts: Table = field(default_factory=lambda: table_of_rows([], CONTEXTS))
    folder: Path | None = None

    @classmethod
    def from_survey(
        cls,
        space: FeatureSpace,
        groups: Sequence[Group],
        findings: Sequence[Finding],
        *,
        manifest: Mapping[str, Any],
        map_xy: Float[np.ndarray, "feature 2"] | None = None,
        map_note: Mapping[str, Any] | None = None,
        rebuilt: Sequence[Rebuilt] = (),
        tokens: Tokens | None = None,
        neighbours: Neighbours | None = None,
        shares: Float[np.ndarray, " axis"] | None = None,
        firings: Firings | None = None,
    ) -> "Atlas":
        """Record a survey.

        Parameters
        ----------
        space
            What was surveyed; ids, labels and ``source`` are kept, the directions are not.
        groups, findings
            Everything tested and everything claimed. Findings keep their order; each finding's
            rows are rows of its group.
        manifest
            How the survey was made; ``source`` and ``counts`` are filled in where absent.
        map_xy
            A picture of the whole space, one row a feature.
        map_note
            How the map was made and how far to trust it (``kept_neighbours`` in [0, 1]).
        rebuilt, tokens
            Groups rebuilt from codes, and the text those codes are of.
        neighbours
            True nearest neighbours, one row a feature; the first five are kept.
        shares
            Spectrum of the space, as the spectrum null draws from it.
        firings
            Strong firings to keep with their text.

        Raises
        ------
        BadInput
            If a finding names a group or rows that are not there, or the map or the neighbours
            have other rows.
        """
        fields = recorded(
            space, groups, findings, manifest=manifest, map_xy=map_xy, map_note=map_note,
            rebuilt=rebuilt, tokens=tokens, neighbours=neighbours, shares=shares, firings=firings,
        )  # fmt: skip
        return cls(**fields)

    @classmethod
    def read(cls, path: str | Path) -> "Atlas":
        """Read an atlas folder; raises BadInput if it is none, broken or too new."""
        tables, arrays, manifest = read_folder(Path(path))
        of_codes = {"rebuilt": REBUILT, "examples": EXAMPLES, "contexts": CONTEXTS}
        tables = {name: table_of_rows([], kind) for name, kind in of_codes.items()} | tables
        return cls(
            **tables, arrays=MappingProxyType(arrays), manifest=MappingProxyType(manifest),
            folder=Path(path).absolute(),
        )  # fmt: skip

    def write(
        self, path: str | Path, *, report: bool = True, files: Mapping[str, str] | None = None
    ) -> Path:
        """Write the folder whole or not at all, and return its path.

        Parameters
        ----------
        path
            A new or empty folder, or an atlas to replace (files not ours in it are kept).
        report
            Whether to write ``report.html`` and ``report.json`` too.
        files
            Further text files by name, for instance ``{"run.toml": ...}``.

        Raises
        ------
        BadInput
            If ``path`` is a file or holds something else.
        """
        texts = dict(files or {})
        if report:
            texts |= face("files")(self, folder=Path(path))
        tables = {"findings": self.findings, "groups": self.groups, "features": self.features}
        if self.rebuilt.num_rows:
            tables |= {"rebuilt": self.rebuilt, "examples": self.examples}
        if self.contexts.num_rows:
            tables["contexts"] = self.contexts
        write_folder(Path(path), tables, arrays=self.arrays, manifest=self.manifest, files=texts)
        return Path(path)

    def redraw(self, path: str | Path) -> Path:
        """Write ``report.html`` anew, with the sections that now stand there; return its path.

        Parameters
        ----------
        path
            The folder that this atlas was read from.

        Raises
        ------
        BadInput
            If the folder is no atlas.
        """
        folder = Path(path)
        if not is_atlas(folder):
            raise BadInput(f"{folder} is not an atlas: write one there first")
        write_texts(folder, face("files")(self, folder=folder))
        return folder / "report.html"

    def export(self, to: str, file: str | Path, **options: Any) -> tuple[Path, ...]:
        """Write the atlas for another tool, see ``armillary.explorer.export``; return the files.

        Parameters
        ----------
        to
            ``"embedding-atlas"``, ``"neuronpedia"`` or ``"csv"``.
        file
            Where to.
        **options
            Of that exporter.
        """
        return face("export")(self, to, Path(file), **options)

    def scores(self, finding: int) -> Float[np.ndarray, "point axis"]:
        """Principal coordinates of a finding's points, in the order of its ``feature_ids``."""
        row = self._row(finding, "group_id", "feature_ids")
        return scores_of(row, self.groups, self.features, arrays=self.arrays)

    def plane(self, finding: int) -> Float[np.ndarray, "point 2"]:
        """Where a finding's points lie in the plane of its fit.

        The fit's own coordinates if its parameters hold ``plane_points`` (one x, y pair a point,
        for shapes seen only after a factor is divided out); else the leading axes it names.
        """
        own = self.own_plane(finding)
        if own is not None:
            return own
        return leading_plane(self.scores(finding), self._row(finding, "axes"))

    def own_plane(self, finding: int) -> Float[np.ndarray, "point 2"] | None:
        """Return the fit's own coordinates of its points, None where its parameters hold none."""
        return own_plane_of(self._row(finding, "parameters", "n"))

    def _row(self, finding: int, *names: str) -> dict[str, Any]:
        return {name: self.findings[name][finding].as_py() for name in names}

    def null(self, finding: int, *, level: str = "placement") -> NullSummary | None:
        """Histogram of a finding's ``"placement"`` or ``"rival"`` null; None if never drawn."""
        number, column = {"placement": (0, "placement_null"), "rival": (1, "rival_null")}[level]
        name = self.findings[column][finding].as_py()
        return unpack_null(self.arrays, finding, level=number, name=name)

    def to_frame(self) -> Any:
        """Return the findings as a pandas DataFrame; raises MissingExtra without pandas."""
        try:
            return self.findings.to_pandas()
        except ImportError as error:
            raise MissingExtra(
                "to_frame needs pandas: pip install pandas (or use .findings, a pyarrow Table)"
            ) from error

    def plot(self, finding: int = 0, *, ax: Any = None) -> Any:
        """Draw one finding with matplotlib and return the axes; raises MissingExtra without it."""
        return face("plot")(self, finding, ax=ax)

    def report(self) -> str:
        """Return the self-contained HTML report as text, with the sections beside it on disk."""
        return face("html")(self, folder=self.folder)

    def show(self, *, height: int = 900) -> Any:
        """Show the report in a notebook, in a frame of ``height`` pixels; else in the browser."""
        return face("show")(self, height=height)

    @staticmethod
    def serve(
        path: str | Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        vectors: str | Path | None = None,
        seed: int = 0,
        behind: str | None = None,
    ) -> Any:
        """Return a server over an atlas's folder: ``url``, ``run()``, ``start()``, ``stop()``.

        Parameters
        ----------
        path
            Folder that a survey wrote.
        host, port
            Where to listen; port 0 takes a free one.
        vectors
            What was surveyed, where it lies elsewhere now.
        seed
            Of what is tested there.
        behind
            Address under which a proxy shows the server.

        Raises
        ------
        BadInput
            If the folder is no atlas, or the port is taken.
        MissingExtra
            Without starlette and uvicorn.
        """
        options = {"host": host, "port": port, "vectors": vectors, "seed": seed, "behind": behind}
        return face("server")(path, **options)

    @property
    def counts(self) -> Counts:
        """Groups, findings and tests by name: counted once, from the tables."""
        return counted(self.findings, self.groups)

    @property
    def source(self) -> str:
        """Where the features came from, in one line."""
        source: Any = self.manifest.get("source")
        return str(source["uri"]) if source and "uri" in source else "an array"

    def __repr__(self) -> str:
        """Say what was surveyed, what was found and what is strongest, in three lines."""
        return described(self.source, self.findings, self.counts, n_features=self.features.num_rows)

    def _repr_html_(self) -> str:
        """Return the first findings as a static table with thumbnails; nothing in it runs."""
        shown = min(12, self.findings.num_rows)
        lines = self.__repr__().split("\n")
        caption = f"{lines[0]}. {lines[1]}; {shown} of {self.findings.num_rows} shown. {lines[2]}."
        return table_html(self.findings, [self.plane(i) for i in range(shown)], caption=caption)
