"""``armillary inspect SOURCE``: what a source holds, and all that is assumed of it."""

import json
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.core import FeatureSpace
from armillary.load import load_sae, load_space


def inspect_source(
    source: str, *, check: Path | None, offline: bool, as_json: bool, console: Console
) -> None:
    """Print what a source holds: its shape, its norms, how it was read and what was assumed.

    Parameters
    ----------
    source
        As given to a survey.
    check
        A ``.npy`` file of activations to encode and decode.
    offline
        Fetch nothing.
    as_json
        Print JSON on stdout instead.
    console
        Where to print.

    Raises
    ------
    BadInput
        If the source cannot be read or fails the check.
    """
    space = load_space(source, offline=offline)
    facts = _facts(space)
    if check is not None:
        sae = load_sae(source, activations=check, offline=offline)
        facts |= {"firing": sae.source["firing"], "check": sae.source["check"]}
    if as_json:
        sys.stdout.write(json.dumps(facts) + "\n")
        return
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        if name == "measured" and value:
            for part, entry in value.items():
                table.add_row(f"measured: {part.replace('_', ' ')}", Text(_words(entry)))
        elif name != "assumptions" and value not in (None, "", {}, []):
            table.add_row(name, Text(_words(value)))
    console.print(table)
    for sentence in facts["assumptions"]:
        console.print(Text(f"- {sentence}"))


def _facts(space: FeatureSpace) -> dict[str, Any]:
    norm = np.linalg.norm(space.directions, axis=1)
    low, middle, high = (float(q) for q in np.quantile(norm, [0, 0.5, 1]))
    told = dict(space.source)
    names = ("uri", "format", "tensor", "shape", "dtype", "orientation", "decoder_space")
    names += ("input_scaling", "centred", "model", "measured", "sha256")
    return {
        "features": space.n_features,
        "d_model": space.d_model,
        "norms": {"least": low, "median": middle, "largest": high},
        **{name: told.get(name) for name in names},
        "set_aside": told.get("set_aside", []),
        "columns": sorted(space.columns),
        "assumptions": list(told.get("assumptions", [])),
    }


def _words(value: Any) -> str:
    if isinstance(value, dict):
        entries = cast(dict[str, Any], value)
        return ", ".join(f"{name} {_words(entry)}" for name, entry in entries.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)
