"""Configs: JSON beside the weights, read with the suspicion that a hand may have edited it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from armillary.core.errors import BadInput

_FACTS = (
    "model_name",
    "hook_name",
    "hf_hook_name",
    "hook_name_out",
    "neuronpedia_id",
    "dataset_path",
)


def read_config(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    BadInput
        If the file is not a JSON object.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON ({error}); fetch or copy the file again") from error
    if not isinstance(content, dict):
        raise BadInput(f"{path}: expected a JSON object, found a {type(content).__name__}")
    return cast(dict[str, Any], content)


def inner(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object under a key, empty where there is none."""
    found: Any = config.get(key)
    return cast(Mapping[str, Any], found) if isinstance(found, Mapping) else {}


def sizes(config: Mapping[str, Any], names: Mapping[str, str], *, where: str) -> dict[str, int]:
    """Return the whole numbers that a config states, under our names.

    Parameters
    ----------
    config
        What was read.
    names
        Our name to the config's; a key that is absent or null is left out.
    where
        For messages.

    Raises
    ------
    BadInput
        If a number is not a whole number above 0.
    """
    found: dict[str, int] = {}
    for ours, theirs in names.items():
        value = config.get(theirs)
        if value is None:
            continue
        if type(value) is not int or value < 1:
            raise BadInput(f"{where}: {theirs!r} is {value!r}, expected a whole number above 0")
        found[ours] = value
    return found


def number(config: Mapping[str, Any], key: str, *, where: str) -> float:
    """Return a number that the format cannot do without.

    Raises
    ------
    BadInput
        If it is missing, not a number, not finite or not above 0.
    """
    value = config.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e30:
        raise BadInput(f"{where}: {key!r} is {value!r}, expected a number above 0")
    return float(value)


def one_of(config: Mapping[str, Any], key: str, *, known: Mapping[str, Any], where: str) -> Any:
    """Return what a config's word means.

    Raises
    ------
    BadInput
        If the word is not known; the text lists those that are.
    """
    value = config.get(key)
    if not isinstance(value, str) or value not in known:
        raise BadInput(f"{where}: {key!r} is {value!r}; known are {', '.join(known)}")
    return known[value]


def facts(*configs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the configs say of model and place, the first that speaks."""
    found: dict[str, Any] = {}
    for name in _FACTS:
        for config in configs:
            if isinstance(config.get(name), str) and name not in found:
                found[name] = config[name]
    return found
