"""``armillary inspect``: a finding, group or token of an atlas in words, or what a source holds."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas import Atlas, visible
from armillary.cli.inspect_group import group_facts, print_group
from armillary.cli.inspect_rebuilt import claims_about, print_claim
from armillary.cli.inspect_source import inspect_source
from armillary.cli.options import AsJson, Debug, Offline
from armillary.cli.summary import finding_rows, print_summary, rebuilt_rows, words_of
from armillary.core.errors import BadInput
from armillary.load.address import BUILTIN

WRITTEN = ("manifest.json", "findings.parquet")
LISTED = 8
FACTS = (
    "shape", "rank", "grade", "n", "q", "p", "reach_p", "statistic", "effect", "weakest_null",
    "p_rival", "rival_null", "percentile", "runner_up", "margin", "stability", "hypothesis",
    "parameters", "note",
)  # fmt: skip


def inspect(
    atlas: Annotated[
        str,
        typer.Argument(help="Folder that a survey wrote, or any source.", show_default=False),
    ],
    what: Annotated[
        str,
        typer.Argument(
            help="A finding's number (3), its shape and rank (circle:1), a group (group:12) or a "
            "token (Monday, token:7) of features or of what codes rebuild. Without: the summary.",
            show_default=False,
        ),
    ] = "",
    *,
    as_json: AsJson = False,
    level: Annotated[float, typer.Option("--level", min=0, max=1, help="Largest q listed.")] = 0.05,
    check: Annotated[
        Path | None,
        typer.Option("--check", help="Of an autoencoder: rebuild the activations in a .npy file."),
    ] = None,
    offline: Offline = False,
    debug: Debug = False,
) -> None:
    """Look at one finding, group or token of a finished survey, or at what a source holds."""
    del debug  # read by main
    console = Console(highlight=False)
    if not what and not _is_atlas(atlas):
        inspect_source(atlas, check=check, offline=offline, as_json=as_json, console=console)
        return
    record = Atlas.read(Path(atlas))
    if not what and not as_json:
        print_summary(record, console, level=level)
        return
    rows = finding_rows(record)
    word = what.removeprefix("token:")
    claims = claims_about(record, word) if _is_token(what) else []
    features = _token(record, word, needed=not claims) if _is_token(what) else []
    group = group_facts(record, _number(what)) if _is_group(what) else None
    chosen = rows if not what else _chosen(rows, what, features)
    if as_json:
        found: dict[str, Any] = {"features": features, "findings": chosen}
        if group is not None:
            found["group"] = group
        found["rebuilt"] = claims if what else rebuilt_rows(record)
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for feature in features:
        console.print(Text(f"feature {feature['feature_id']}  {visible(feature['label'])}"))
    if group is not None:
        print_group(group, console)
    elif not chosen and not claims:
        console.print("In no finding.")
    for row in chosen:
        _print(row, console)
    for row in claims:
        print_claim(row, console)


def _is_atlas(source: str) -> bool:
    """Tell a survey's folder from a source; what does not exist and names no hub is a folder."""
    path = Path(source)
    is_survey = path.is_dir() and any((path / name).exists() for name in WRITTEN)
    return is_survey or not (path.exists() or ":" in source or "#" in source or source in BUILTIN)


def _is_token(what: str) -> bool:
    kind, _, number = what.rpartition(":")
    return kind == "token" or (what != "" and not number.isdecimal())


def _is_group(what: str) -> bool:
    return not _is_token(what) and what.rpartition(":")[0] in ("group", "g")


def _number(what: str) -> int:
    return int(what.rpartition(":")[2])


def _chosen(
    rows: list[dict[str, Any]], what: str, features: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    if _is_token(what):
        ids = {feature["feature_id"] for feature in features}
        return [row for row in rows if ids & set(row["feature_ids"])]
    kind, number = what.rpartition(":")[0], _number(what)
    if _is_group(what):
        return [row for row in rows if row["group_id"] == number]
    key = "number" if not kind else "rank"
    found = [row for row in rows if row[key] == number and (not kind or row["shape"] == kind)]
    if not found:
        shapes = ", ".join(sorted({row["shape"] for row in rows})) or "none"
        raise BadInput(
            f"no finding {what}: the atlas has {len(rows)} findings, of shapes {shapes}. "
            f"To look up a token write token:{what}"
        )
    return found


def _token(atlas: Atlas, token: str, *, needed: bool) -> list[dict[str, Any]]:
    """Return features whose label is the token, up to case and one leading mark of a space."""
    wanted = token.casefold()
    spellings = {wanted} | {mark + wanted for mark in (" ", "\u0120".casefold(), "\u2581")}
    table = atlas.features.select(["feature_id", "label"]).to_pylist()
    found = [row for row in table if str(row["label"]).casefold() in spellings]
    if needed and not found:
        raise BadInput(f"no feature is labelled {token!r} (case and a leading space do not count)")
    return found


def _print(row: dict[str, Any], console: Console) -> None:
    console.rule(Text(f"finding {row['number']}, group {row['group_id']}"), align="left")
    table = Table.grid(padding=(0, 2))
    for name in FACTS:
        value = _short(row[name]) if name == "parameters" else row[name]
        if value not in (None, "", {}):
            table.add_row(name, Text(f"{value:.4g}" if isinstance(value, float) else str(value)))
    table.add_row("order" if row["order"] else "members", Text(words_of(row, count=40)))
    console.print(table)


def _short(parameters: dict[str, Any]) -> str:
    """Return parameters on one line; a list longer than ``LISTED`` is counted (--json has all)."""
    said: list[str] = []
    for name, value in parameters.items():
        n = len(cast("list[Any]", value)) if isinstance(value, list) else 0
        said.append(f"{name} ({n} values)" if n > LISTED else f"{name} {value}")
    return ", ".join(said)
