"""``armillary doctor``: what is installed, what is missing and how to get it."""

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text
from threadpoolctl import threadpool_info

from armillary.cli.options import AsJson, Cache, Debug
from armillary.load import cache_folder
from armillary.load.builtin import SMOLLM2
from armillary.survey.machine import cores, memory_bytes, size_text

CORE = (
    "armillary",
    "numpy",
    "scipy",
    "pyarrow",
    "safetensors",
    "graspologic-native",
    "ripser",
    "fastcluster",
    "joblib",
)
EXTRAS = {
    "demo": ("gguf", "pip"),
    "maps": ("umap", "pacmap"),
    "serve": ("starlette", "uvicorn"),
    "torch": ("torch", "transformers"),
    "faiss": ("faiss",),
    "explain": ("constriction", "faiss"),
    "hub": ("huggingface_hub",),
    "datasets": ("datasets",),
    "cluster-engine": ("dask", "distributed"),
    "figures": ("matplotlib",),
    "pandas": ("pandas",),
    "studies": ("gudhi", "rsatoolbox"),
}


def doctor(
    *,
    cache: Cache = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say what is installed, what is missing, and what this machine has."""
    del debug  # read by main
    found = examination(cache)
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        _print(found, Console(highlight=False))


def examination(cache: Path | None = None) -> dict[str, Any]:
    """Collect what ``doctor`` reports.

    Parameters
    ----------
    cache
        Folder of the built-in model; see ``cache_folder``.

    Returns
    -------
    dict[str, Any]
        ``python``, ``versions``, ``extras`` (with the pip line where missing), ``machine``,
        ``cache``.
    """
    total, available = memory_bytes()
    pools = cast(list[dict[str, Any]], threadpool_info())
    blas = [f"{pool.get('internal_api')} {pool.get('version')}" for pool in pools]
    folder = cache_folder(cache)
    files = sorted(p for p in folder.glob("*") if p.is_file()) if folder.is_dir() else []
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: _version(name) for name in CORE},
        "extras": {name: _extra(name, modules) for name, modules in EXTRAS.items()},
        "machine": {
            "cores": cores(),
            "memory_bytes": total,
            "memory_available_bytes": available,
            "linear_algebra": sorted(set(blas)),
        },
        "cache": {
            "folder": str(folder),
            "files": {p.name: p.stat().st_size for p in files},
            "builtin_model": (folder / SMOLLM2.file_name).is_file(),
        },
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _extra(name: str, modules: tuple[str, ...]) -> dict[str, Any]:
    missing = [module for module in modules if find_spec(module) is None]
    line = f'pip install "armillary[{name}]"' if missing else None
    return {"present": not missing, "missing": missing, "install": line}


def _print(found: dict[str, Any], console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_row("python", Text(f"{found['python']} on {found['platform']}"))
    for name, installed in found["versions"].items():
        table.add_row(name, Text(installed or "missing", style="" if installed else "red"))
    machine = found["machine"]
    table.add_row("cores", str(machine["cores"]))
    free, total = machine["memory_available_bytes"], machine["memory_bytes"]
    table.add_row("memory", f"{size_text(free)} free of {size_text(total)}")
    table.add_row("linear algebra", ", ".join(machine["linear_algebra"]) or "unknown")
    for name, state in found["extras"].items():
        mark, style = ("✓", "green") if state["present"] else ("–", "yellow")
        line = "" if state["present"] else f"  {state['install']}"
        table.add_row(Text(f"extra {name}"), Text(mark, style=style) + Text(line))
    cache = found["cache"]
    table.add_row("cache", Text(cache["folder"]))
    for name, held in cache["files"].items():
        table.add_row("", Text(f"{name}  {size_text(held)}"))
    present = "there" if cache["builtin_model"] else "not fetched yet (armillary survey fetches it)"
    table.add_row("built-in model", present)
    console.print(table)
