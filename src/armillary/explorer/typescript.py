"""The schema as TypeScript: interfaces generated from the dataclasses, so that neither drifts."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

_ARRAYS = {"u1": "Uint8Array", "u2": "Uint16Array", "i4": "Int32Array", "f4": "Float32Array"}
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}


def typescript(bodies: Sequence[type]) -> str:
    """Return interfaces of some dataclasses and of all that they are made of.

    Parameters
    ----------
    bodies
        Dataclasses of the schema.

    Returns
    -------
    str
        A module that exports one interface a dataclass, in order of first use, children first.
    """
    found: dict[str, str] = {}
    for body in bodies:
        _interface(body, found)
    head = "// Written by scripts/schema_types.py from src/armillary/explorer: change it there.\n"
    return head + "\n" + "\n".join(found.values())


def _interface(body: type, found: dict[str, str]) -> str:
    if body.__name__ not in found:
        hints = get_type_hints(body, include_extras=True)
        lines = [
            f"  {one.name}: {_type(hints[one.name], found)};" for one in fields(cast(Any, body))
        ]
        found[body.__name__] = "\n".join([f"export interface {body.__name__} {{", *lines, "}", ""])
    return body.__name__


def _type(hint: Any, found: dict[str, str]) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _ARRAYS[inner[1]]
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in inner)
    if origin in (Union, UnionType):
        return " | ".join(_type(one, found) for one in inner)
    if origin is tuple:
        if inner[-1] is Ellipsis:
            item = _type(inner[0], found)
            return f"({item})[]" if "|" in item else f"{item}[]"
        return f"[{', '.join(_type(one, found) for one in inner)}]"
    if is_dataclass(hint):
        return _interface(cast(type, hint), found)
    raise TypeError(f"the schema has no TypeScript for {hint}")
