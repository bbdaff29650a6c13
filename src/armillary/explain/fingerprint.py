"""Fingerprints: what a result depends on, as a short hash, so that nothing stale is reused."""

import hashlib
import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from typing import Any, cast

import numpy as np

from armillary.atlas.json_ready import json_ready
from armillary.explain.subject import Split, Subject
from armillary.knockoffs import Theory

SCHEMA = 1  # of what the bench writes


def hashed(value: object) -> str:
    """Return 16 hexadecimal digits that stand for a value.

    Parameters
    ----------
    value
        Numbers, text, arrays, sparse matrices, mappings, sequences and dataclasses of these;
        anything else stands for its text.

    Returns
    -------
    str
        Equal for equal values, in every process.
    """
    text = json.dumps(_plain(value), sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def subject_hash(subject: Subject) -> str:
    """Return the hash of all that is to be explained: decoder, bias, codes, groups, record.

    Parameters
    ----------
    subject
        What is explained.
    """
    return hashed({
        "name": subject.name, "record": subject.record, "directions": subject.space.directions,
        "bias": subject.bias, "calibration": _split(subject.calibration),
        "test": _split(subject.test), "groups": subject.groups,
        "twin": None if subject.twin is None else subject.twin.directions,
        "labels": subject.shared.labels,
    })  # fmt: skip


def theory_hash(theory: Theory) -> str:
    """Return the hash of a theory: its kind, its fields, and the module that it is written in.

    Parameters
    ----------
    theory
        With its parameters.
    """
    return hashed({"kind": theory.kind, "label": theory.label, "fields": theory,
                   "code": code_of(type(theory)), "version": made_by()})  # fmt: skip


def code_of(kind: type) -> str:
    """Return the source text of the module that a class is written in; empty where it has none.

    Parameters
    ----------
    kind
        A class.
    """
    module = sys.modules.get(kind.__module__)
    try:
        return "" if module is None else inspect.getsource(module)
    except (OSError, TypeError):
        return ""


def made_by() -> str:
    """Return the version of armillary and of what the bench writes."""
    return f"{version('armillary')}/{SCHEMA}"


def _split(split: Split) -> dict[str, Any]:
    return {"codes": split.codes, "unit": split.unit}


def _plain(value: object) -> Any:
    if isinstance(value, np.ndarray):
        raw: Any = np.ascontiguousarray(cast(Any, value))
        if raw.dtype.kind in "OU":
            return ["array", json_ready(raw)]
        return ["array", str(raw.dtype), raw.shape, hashlib.sha256(raw.tobytes()).hexdigest()]
    if hasattr(value, "indptr"):  # scipy sparse rows
        sparse: Any = value
        return [_plain(np.asarray(part)) for part in (sparse.data, sparse.indices, sparse.indptr)]
    if is_dataclass(value) and not isinstance(value, type):
        held = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        return {"class": type(value).__qualname__, "fields": held}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("list[object]", value)]
    if callable(value):
        return getattr(value, "__qualname__", type(value).__qualname__)
    return json_ready(value)
