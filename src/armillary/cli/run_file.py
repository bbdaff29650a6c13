"""Run files: the resolved settings of a survey as TOML, read back by ``--config``."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from armillary.core.errors import BadInput

# every setting that a run file may hold; each is also an option and ARMILLARY_<NAME>
SETTINGS = (
    "source",
    "out",
    "seed",
    "labels",
    "codes",
    "orientation",
    "tensor",
    "d_model",
    "lexicon",
    "map",
    "min_size",
    "max_size",
    "level",
    "jobs",
    "backend",
    "scheduler",
    "resume",
    "offline",
    "cache",
)


def read_run_file(path: Path) -> dict[str, Any]:
    """Read settings from a run file.

    Parameters
    ----------
    path
        A TOML file of ``name = value`` lines, as ``--print-config`` prints it.

    Returns
    -------
    dict[str, Any]
        Settings by name; ``lexicon = false`` appears as ``no_lexicon = True``.

    Raises
    ------
    BadInput
        If the file cannot be read, is no TOML, or holds a name that is no setting.
    """
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"config {path}: cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"config {path}: not valid TOML: {error}") from error
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        raise BadInput(
            f"config {path}: {unknown[0]!r} is no setting; settings are {', '.join(SETTINGS)}"
        )
    nested = [name for name, value in settings.items() if isinstance(value, list | dict)]
    if nested:
        raise BadInput(f"config {path}: {nested[0]} must be one value, not a list or table")
    if isinstance(settings.get("lexicon"), bool):
        settings["no_lexicon"] = not settings.pop("lexicon")
    return settings


def run_file_text(settings: Mapping[str, Any]) -> str:
    """Write settings as TOML; those that are None become comments.

    Parameters
    ----------
    settings
        Values by name: text, numbers, truth values, paths or None.

    Returns
    -------
    str
        A text that ``read_run_file`` reads back to the same settings.
    """
    lines = ["# armillary survey --config run.toml repeats this run"]
    for name in SETTINGS:
        value = settings.get(name)
        lines.append(f"# {name} =" if value is None else f"{name} = {_literal(value)}")
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
