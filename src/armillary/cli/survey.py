"""``armillary survey``: options, settings from file and environment, and what is printed."""

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from armillary.atlas import Atlas
from armillary.atlas.counts import is_named
from armillary.cli.estimate import estimate
from armillary.cli.options import Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.run_file import SETTINGS, read_run_file, run_file_text
from armillary.cli.summary import finding_rows, print_summary, rebuilt_rows, taxonomy
from armillary.lexicon import load_lexicon
from armillary.survey import survey
from armillary.survey.machine import cores, memory_bytes, size_text

if TYPE_CHECKING:
    from typer import Context
else:
    Context = typer.Context.__base__  # what typer passes is of the base class


class Orientation(StrEnum):
    """Which axis of the matrix counts features."""

    auto = "auto"
    rows = "rows"
    columns = "columns"


class FailOn(StrEnum):
    """Outcomes that a pipeline may want to see as a failure."""

    none_significant = "none-significant"


def _configured(ctx: Context, path: Path | None) -> Path | None:
    if path is not None:
        settings = read_run_file(path)
        ctx.default_map = {"map_" if name == "map" else name: v for name, v in settings.items()}
    return path


def survey_command(
    ctx: Context,
    source: Annotated[
        str,
        typer.Argument(
            envvar="ARMILLARY_SOURCE",
            help="demo (the built-in model), a file (.safetensors, .npz, .npy, .gguf, .pt), a "
            "folder of shards or of an autoencoder, hf:org/repo/folder or saelens:release/id.",
        ),
    ] = "demo",
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", envvar="ARMILLARY_OUT", help="Folder for the atlas.")
    ] = Path("armillary-atlas"),
    seed: Seed = 0,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels", envvar="ARMILLARY_LABELS", help="CSV, Parquet, JSONL or vocabulary."
        ),
    ] = None,
    codes: Annotated[
        str | None,
        typer.Option(
            "--codes",
            envvar="ARMILLARY_CODES",
            help="Folder of codes: groups are also rebuilt from them and judged by their words. "
            "none leaves out those of the built-in autoencoder.",
        ),
    ] = None,
    orientation: Annotated[
        Orientation,
        typer.Option(
            "--orientation", envvar="ARMILLARY_ORIENTATION", help="Which axis counts features."
        ),
    ] = Orientation.auto,
    tensor: Annotated[
        str | None,
        typer.Option("--tensor", envvar="ARMILLARY_TENSOR", help="Matrix, if a file has several."),
    ] = None,
    d_model: Annotated[
        int | None,
        typer.Option("--d-model", envvar="ARMILLARY_D_MODEL", min=1, help="Checked, if given."),
    ] = None,
    lexicon: Annotated[
        Path | None,
        typer.Option("--lexicon", envvar="ARMILLARY_LEXICON", help="Your words, beside ours."),
    ] = None,
    no_lexicon: Annotated[
        bool, typer.Option("--no-lexicon", help="Test no named hypotheses.")
    ] = False,
    map_: Annotated[
        bool, typer.Option("--map/--no-map", envvar="ARMILLARY_MAP", help="Draw the UMAP map.")
    ] = True,
    min_size: Annotated[
        int, typer.Option("--min-size", envvar="ARMILLARY_MIN_SIZE", min=3, help="Of a group.")
    ] = 5,
    max_size: Annotated[
        int, typer.Option("--max-size", envvar="ARMILLARY_MAX_SIZE", min=3, help="Of a group.")
    ] = 5000,
    level: Annotated[
        float,
        typer.Option(
            "--level", envvar="ARMILLARY_LEVEL", min=0, max=1, help="False discovery rate."
        ),
    ] = 0.05,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", envvar="ARMILLARY_JOBS", min=1, help="Parallel processes."),
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option("--backend", envvar="ARMILLARY_BACKEND", help="Of joblib: loky, dask, ray."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", envvar="ARMILLARY_SCHEDULER", help="Address, with dask."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume/--fresh", envvar="ARMILLARY_RESUME", help="Go on where a run was cut off."
        ),
    ] = True,
    offline: Offline = False,
    cache: Cache = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            envvar="ARMILLARY_CONFIG",
            is_eager=True,
            callback=_configured,
            help="Settings from a run.toml; options and environment go first.",
        ),
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the settings and stop.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Estimate memory and time, and stop.")
    ] = False,
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help="Exit with 10 on this outcome.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON on stdout.")] = False,
    quiet: Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More progress.")] = False,
    debug: Debug = False,
) -> None:
    """Survey a source: find groups of features that form a shape, and say how sure it is.

    Every option but the last eight can also stand in a config file or in the environment as
    ARMILLARY_<NAME>. An option goes before the environment, that before the file.
    """
    del config, debug  # read before this function is called
    settings = {name: ctx.params["map_" if name == "map" else name] for name in SETTINGS}
    settings["orientation"] = orientation.value
    settings["lexicon"] = False if no_lexicon else (lexicon or True)
    if lexicon:
        load_lexicon(lexicon)  # a mistake in it should not wait for the last stage
    if print_config:
        sys.stdout.write(run_file_text(settings))
        return
    if dry_run:
        _print_estimate(settings, as_json=as_json)
        return
    errors = Console(stderr=True, highlight=False)
    progress = ShownProgress(errors, quiet=quiet, verbose=verbose)
    command = as_typed()
    try:
        with progress:
            atlas = survey(**settings, progress=progress, command=command)
    except KeyboardInterrupt:
        errors.print(Text("interrupted; finished stages are kept: run the same command to go on"))
        raise typer.Exit(130) from None
    (out / "run.toml").write_text(run_file_text(settings), "utf-8")
    _print_result(atlas, out, level=level, as_json=as_json)
    passed = any(row["q"] <= level for row in [*finding_rows(atlas), *rebuilt_rows(atlas)])
    if fail_on is FailOn.none_significant and not passed:
        raise typer.Exit(10)


def _print_result(atlas: Atlas, out: Path, *, level: float, as_json: bool) -> None:
    report = (out / "report.html").resolve()
    if not as_json:
        console = Console(highlight=False)
        print_summary(atlas, console, level=level)
        console.print(Text(f"Report: {report}"), soft_wrap=True)
        return
    rows = finding_rows(atlas)
    passed = [row for row in rows if row["q"] <= level and not is_named(row)]
    result = {
        "atlas": str(out.resolve()),
        "report": str(report),
        "counts": {**atlas.manifest["counts"], **asdict(atlas.counts)},
        "taxonomy": taxonomy(passed),
        "findings": rows,
        "rebuilt": rebuilt_rows(atlas),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def _print_estimate(settings: dict[str, Any], *, as_json: bool) -> None:
    keys = ("labels", "orientation", "tensor", "d_model", "cache")
    door = {key: settings[key] for key in keys}
    found = estimate(settings["source"], cores=settings["jobs"] or cores(), **door)
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    _, free = memory_bytes()
    lines = [
        f"{settings['source']}: {found['features']:,} features in {found['d_model']:,} dimensions",
        f"memory: about {size_text(found['memory_bytes'])} ({size_text(free)} free)",
        f"time: about {found['seconds']['all'] / 60:.1f} min, good to a factor of two",
    ]
    if found["download_bytes"]:
        lines.append(f"to fetch once: {size_text(found['download_bytes'])}")
    sys.stdout.write("\n".join(lines) + "\n")
