"""``armillary map``: maps of an atlas or of a source, how far to trust them, and beside noise."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas import Atlas
from armillary.atlas.disk import is_atlas
from armillary.cli.options import AsJson, Cache, Debug, Offline, Quiet, Resume, as_typed
from armillary.cli.run_file import read_run_file
from armillary.cli.worlds.choosing import shown
from armillary.core.errors import BadInput
from armillary.survey.map_asked import Asked
from armillary.survey.map_atlas import map_atlas, map_source

DOOR = ("orientation", "tensor", "d_model", "offline", "cache")


def map_command(
    target: Annotated[
        str,
        typer.Argument(metavar="ATLAS|SOURCE", help="An atlas to add maps to, or what to lay out."),
    ] = "armillary-atlas",
    *,
    methods: Annotated[
        str, typer.Option("--methods", help="umap, pacmap, pca, by comma. Default: all installed.")
    ] = "",
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="Maps a method, to see what they agree on.")
    ] = 2,
    nulls: Annotated[
        int,
        typer.Option(
            "--nulls",
            "--map-nulls",
            min=0,
            help="Spectrum-matched noise that each method is run on; the least p is 1/(1 + this).",
        ),
    ] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the first map and the noise.")] = 0,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the maps of a source.")
    ] = Path("armillary-map"),
    vectors: Annotated[
        str | None, typer.Option("--vectors", help="Where an atlas's vectors are now.")
    ] = None,
    orientation: Annotated[
        str, typer.Option("--orientation", help="auto, rows or columns.")
    ] = "auto",
    tensor: Annotated[
        str | None, typer.Option("--tensor", help="Matrix, if a file has several.")
    ] = None,
    d_model: Annotated[
        int | None, typer.Option("--d-model", min=1, help="Checked, if given.")
    ] = None,
    cache: Cache = None,
    resume: Resume = True,
    offline: Offline = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Lay all features out in the plane, by several methods, and say what of it to believe.

    Each map comes with its trustworthiness, with what two seeds of it agree on, and with a test of
    whether it shows more than the same method makes of random vectors of the same spectrum. An
    atlas gets them beside its own map. Of a source, an atlas with maps and no findings is written.
    """
    del debug  # read by main
    asked = Asked(methods=_names(methods), seeds=seeds, nulls=nulls, seed=seed)
    asked.chosen()  # a mistake should not wait for the vectors
    door: dict[str, Any] = {"orientation": orientation, "tensor": tensor, "d_model": d_model,
                            "offline": offline, "cache": cache}  # fmt: skip
    home = Path(target)
    held = is_atlas(home)
    where = home if held else out
    with shown(quiet=quiet, resumed=f"finished maps are kept in {where}.maps.partial") as progress:
        if held:
            door = {
                **_of_survey(home),
                **{k: v for k, v in door.items() if v not in (None, False, "auto")},
            }
            atlas = map_atlas(home, asked=asked, vectors=vectors, resume=resume, progress=progress,
                              **door)  # fmt: skip
        else:
            if vectors is not None:
                raise BadInput(f"--vectors names the vectors of an atlas, and {target} is none")
            command = as_typed()
            atlas = map_source(target, out, asked=asked, resume=resume, progress=progress,
                               command=command, **door)  # fmt: skip
    if as_json:
        result = {"atlas": str(where.resolve()), "maps": list(atlas.manifest["maps"])}
        sys.stdout.write(json.dumps(result) + "\n")
        return
    console = Console(highlight=False)
    console.print(_table(atlas))
    console.print(Text(f"Report: {(where / 'report.html').resolve()}"), soft_wrap=True)


def _names(text: str) -> tuple[str, ...] | None:
    return tuple(name.strip() for name in text.split(",") if name.strip()) or None


def _of_survey(home: Path) -> dict[str, Any]:
    """Return the options by which the survey read its source."""
    file = home / "run.toml"
    held = read_run_file(file) if file.exists() else {}
    door = {name: held[name] for name in DOOR if name in held}
    return {**door, "cache": Path(door["cache"])} if "cache" in door else door


def _table(atlas: Atlas) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("map", "trustworthy", "continuous", "neighbours kept", "seeds agree", "structure"):
        table.add_column(name, justify="left" if name in ("map", "structure") else "right")
    for facts in atlas.manifest["maps"]:
        test = facts.get("structure")
        said = "not tested"
        if test:
            away = "" if test["effect"] is None else f"{test['effect']:+.1f} null sd, "
            said = (
                f"p = {test['p']:.3g} of {test['nulls']} nulls, {away}"
                f"{test['clumps']:,} clumps beyond noise"
            )
        noise = f" ({test['null_trustworthiness']:.3f} on noise)" if test else ""
        kept = f" ({test['null_kept_neighbours']:.3f})" if test else ""
        steady = facts.get("stability")
        table.add_row(
            str(facts["name"]), f"{facts['trustworthiness']:.3f}{noise}",
            f"{facts['continuity']:.3f}", f"{facts['kept_neighbours']:.3f}{kept}",
            "" if steady is None else f"{steady:.3f}", said,
        )  # fmt: skip
    return table
