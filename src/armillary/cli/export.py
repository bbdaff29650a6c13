"""``armillary export``: an atlas as the files that other tools read."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from armillary.atlas import Atlas
from armillary.cli.options import Debug


class Format(StrEnum):
    """What reads the file."""

    embedding_atlas = "embedding-atlas"
    neuronpedia = "neuronpedia"
    csv = "csv"


def export_command(
    atlas: Annotated[Path, typer.Argument(help="Folder of an atlas.")],
    *,
    to: Annotated[Format, typer.Option("--to", help="What is to read it.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    neuronpedia: Annotated[
        str | None,
        typer.Option(
            "--neuronpedia", help="MODEL/SOURCE there, such as gpt2-small/8-res-jb, for its links."
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write an atlas for embedding-atlas (Parquet), Neuronpedia (JSON lines, lists) or as CSV."""
    del debug  # read by main
    options: dict[str, Any] = {"neuronpedia": neuronpedia}
    written = Atlas.read(atlas).export(to.value, out, **options)
    for file in written:
        sys.stdout.write(f"{file.resolve()}\n")
    if to is Format.embedding_atlas:
        sys.stderr.write(f"open it with: {_command(out)}\n")


def _command(file: Path) -> str:
    from armillary.atlas.columnar import read_table

    neighbours = " --neighbors neighbors" if "neighbors" in read_table(file).column_names else ""
    return f"embedding-atlas {file} --x x --y y --text text{neighbours}"
