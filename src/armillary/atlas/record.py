"""Atlas: what a survey found, with its evidence and how it came to be."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from armillary.atlas.arrays import NullSummary, pack_arrays, unpack_null, unpack_scores
from armillary.atlas.columnar import Table, table_of_rows
from armillary.atlas.contexts import CONTEXTS, Firings, contexts_table
from armillary.atlas.disk import FORMAT, SCHEMA, is_atlas, read_folder, write_folder
from armillary.atlas.json_ready import json_ready
from armillary.atlas.notebook import table_html
from armillary.atlas.rebuilt import EXAMPLES, REBUILT, examples_table, rebuilt_table
from armillary.atlas.shape_names import fit_plane
from armillary.atlas.tables import features_table, findings_table, groups_table
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

ALPHA = 0.05
FACES = {  # what draws an atlas, by name and found on use: these rooms stand on higher floors
    "plot": "armillary.figures:plot_finding",
    "html": "armillary.explorer:report_html",
    "files": "armillary.explorer:report_files",
    "export": "armillary.explorer.export:export",
    "show": "armillary.explorer.notebook:show",
    "server": "armillary.explorer.server:Server",
}


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
    """

    findings: Table
    groups: Table
    features: Table
    rebuilt: Table
    examples: Table
    arrays: Mapping[str, np.ndarray]
    manifest: Mapping[str, Any]
    contexts: Table = field(default_factory=lambda: table_of_rows([], CONTEXTS))

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
        _check(space, groups, findings, map_xy=map_xy, neighbours=neighbours)
        table = findings_table(space, findings)
        counts = {
            "features": space.n_features,
            "d_model": space.d_model,
            "groups": len(groups),
            "findings": len(findings),
            "significant": sum(finding.q <= ALPHA for finding in findings),
            "rebuilt": len(rebuilt),
            "rebuilt_claims": sum(one.shape != "none" for one in rebuilt),
        }
        record = {"source": dict(space.source), **manifest}
        record |= {"format": FORMAT, "schema": SCHEMA, "counts": counts}
        if map_note is not None:
            record["map"] = map_note
        return cls(
            table,
            groups_table(groups),
            features_table(space, findings, map_xy),
            rebuilt_table(space, rebuilt),
            examples_table([one for one in rebuilt if one.shape != "none"], tokens),
            MappingProxyType(
                pack_arrays(groups, findings, map_xy, neighbours=neighbours, shares=shares)
            ),
            MappingProxyType(json_ready(record)),
            contexts_table(firings, tokens),
        )

    @classmethod
    def read(cls, path: str | Path) -> "Atlas":
        """Read an atlas folder; raises BadInput if it is none, broken or too new."""
        tables, arrays, manifest = read_folder(Path(path))
        return cls(
            tables["findings"],
            tables["groups"],
            tables["features"],
            tables.get("rebuilt", table_of_rows([], REBUILT)),
            tables.get("examples", table_of_rows([], EXAMPLES)),
            MappingProxyType(arrays),
            MappingProxyType(manifest),
            tables.get("contexts", table_of_rows([], CONTEXTS)),
        )

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
            texts |= _face("files")(self, folder=Path(path))
        tables = {"findings": self.findings, "groups": self.groups, "features": self.features}
        if self.rebuilt.num_rows:
            tables |= {"rebuilt": self.rebuilt, "examples": self.examples}
        if self.contexts.num_rows:
            tables["contexts"] = self.contexts
        write_folder(Path(path), tables, arrays=self.arrays, manifest=self.manifest, files=texts)
        return Path(path)

    def redraw(self, path: str | Path) -> Path:
        """Write the report of an atlas folder anew, with the sections that now stand in it.

        Parameters
        ----------
        path
            The folder that this atlas was read from.

        Returns
        -------
        Path
            Of ``report.html``.

        Raises
        ------
        BadInput
            If the folder is no atlas.
        """
        folder = Path(path)
        if not is_atlas(folder):
            raise BadInput(f"{folder} is not an atlas: write one there first")
        for name, text in _face("files")(self, folder=folder).items():
            partial = folder / f".{name}.partial"
            partial.write_text(text, encoding="utf-8", newline="\n")
            partial.replace(folder / name)
        return folder / "report.html"

    def export(self, to: str, file: str | Path, **options: Any) -> tuple[Path, ...]:
        """Write the atlas for another tool, see ``armillary.explorer.export.export``.

        Parameters
        ----------
        to
            ``"embedding-atlas"``, ``"neuronpedia"`` or ``"csv"``.
        file
            Where to.
        **options
            Of that exporter.

        Returns
        -------
        tuple of Path
            Every file written.
        """
        return _face("export")(self, to, Path(file), **options)

    def scores(self, finding: int) -> Float[np.ndarray, "point axis"]:
        """Principal coordinates of a finding's points, in the order of its ``feature_ids``."""
        group_id = self.findings["group_id"][finding].as_py()
        place = int(np.flatnonzero(self.groups["group_id"].to_numpy() == group_id)[0])
        begin, end = self.arrays["members_offset"][place : place + 2]
        members = self.features["feature_id"].to_numpy()[self.arrays["members"][begin:end]]
        order = np.argsort(members)
        wanted = np.array(self.findings["feature_ids"][finding].as_py(), dtype=np.int64)
        where = order[np.searchsorted(members, wanted, sorter=order)]
        return unpack_scores(self.arrays, place)[where]

    def plane(self, finding: int) -> Float[np.ndarray, "point 2"]:
        """Where a finding's points lie in the plane of its fit.

        The fit's own coordinates if its parameters hold ``plane_points`` (one x, y pair a point,
        for shapes seen only after a factor is divided out); else the leading axes it names.
        """
        own = self.own_plane(finding)
        if own is not None:
            return own
        scores = self.scores(finding)
        return scores[:, fit_plane(self.findings["axes"][finding].as_py(), scores.shape[1])]

    def own_plane(self, finding: int) -> Float[np.ndarray, "point 2"] | None:
        """Return the fit's own coordinates of its points, None where its parameters hold none."""
        held = json.loads(self.findings["parameters"][finding].as_py()).get("plane_points")
        n = self.findings["n"][finding].as_py()
        if not isinstance(held, list) or len(cast("list[Any]", held)) != n:
            return None
        return np.array(held, dtype=np.float32).reshape(n, 2)

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
        return _face("plot")(self, finding, ax=ax)

    def report(self) -> str:
        """Return the self-contained HTML report as text."""
        return _face("html")(self)

    def show(self, *, height: int = 900) -> Any:
        """Show the report in a notebook, in a frame of ``height`` pixels; else in the browser."""
        return _face("show")(self, height=height)

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
        return _face("server")(path, **options)

    @property
    def source(self) -> str:
        """Where the features came from, in one line."""
        source: Any = self.manifest.get("source")
        return str(source["uri"]) if source and "uri" in source else "an array"

    def __repr__(self) -> str:
        """Say what was surveyed, what was found and what is strongest, in three lines."""
        counts = self.manifest["counts"]
        strongest = "nothing stands out"
        if counts["significant"]:
            tally: dict[str, int] = {}
            for row in self.findings.select(["shape", "q"]).to_pylist():
                if row["q"] <= ALPHA:
                    tally[row["shape"]] = tally.get(row["shape"], 0) + 1
            most = sorted(tally.items(), key=lambda item: (-item[1], item[0]))
            strongest = ", ".join(f"{count} {shape}" for shape, count in most)
        return (
            f"Atlas of {self.source}: {counts['features']:,} features\n"
            f"{counts['groups']:,} groups tested, {counts['significant']:,} findings at "
            f"q <= {ALPHA}\n{strongest}"
        )

    def _repr_html_(self) -> str:
        """Return the first findings as a static table with thumbnails; nothing in it runs."""
        shown = min(12, self.findings.num_rows)
        lines = self.__repr__().split("\n")
        caption = f"{lines[0]}. {lines[1]}; {shown} of {self.findings.num_rows} shown. {lines[2]}."
        return table_html(self.findings, [self.plane(i) for i in range(shown)], caption=caption)


def _face(name: str) -> Callable[..., Any]:
    module, function = FACES[name].split(":")
    return getattr(import_module(module), function)


def _check(
    space: FeatureSpace,
    groups: Sequence[Group],
    findings: Sequence[Finding],
    *,
    map_xy: Float[np.ndarray, "feature 2"] | None,
    neighbours: Neighbours | None,
) -> None:
    rows_of = {group.group_id: group.rows for group in groups}
    if len(rows_of) != len(groups):
        raise BadInput("group_id repeats: every group needs its own id")
    for finding in findings:
        rows = rows_of.get(finding.group_id)
        if rows is None:
            raise BadInput(f"a finding names group {finding.group_id}, which is not in groups")
        if not np.isin(finding.rows, rows).all():
            raise BadInput(f"a finding has rows that its group {finding.group_id} does not have")
    if map_xy is not None and map_xy.shape != (space.n_features, 2):
        raise BadInput(f"map_xy has shape {map_xy.shape}, expected ({space.n_features}, 2)")
    if neighbours is not None and len(neighbours.index) != space.n_features:
        raise BadInput(
            f"neighbours of {len(neighbours.index)} features, expected {space.n_features}"
        )
