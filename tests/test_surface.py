"""The public surface keeps its promises: few positionals, full docstrings, a place in the docs."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path

import pytest

import armillary

DOCS = Path(__file__).parents[1] / "docs"
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def exported() -> dict[str, object]:
    return {
        name: thing
        for name, thing in vars(armillary).items()
        if not name.startswith("_") and not inspect.ismodule(thing) and name != "version"
    }


def public_functions() -> dict[str, Callable[..., object]]:
    found: dict[str, Callable[..., object]] = {}
    for module in pkgutil.walk_packages(armillary.__path__, "armillary."):
        if module.name.endswith("__main__"):
            continue
        here = importlib.import_module(module.name)
        for name, thing in vars(here).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != here.__name__:
                continue
            if inspect.isfunction(thing):
                found[f"{here.__name__}.{name}"] = thing
            elif inspect.isclass(thing):
                for method, body in vars(thing).items():
                    body = getattr(body, "__func__", body)
                    if inspect.isfunction(body) and not method.startswith("_"):
                        found[f"{here.__name__}.{name}.{method}"] = body
    return found


def positionals(function: Callable[..., object]) -> list[inspect.Parameter]:
    parameters = inspect.signature(function).parameters.values()
    return [p for p in parameters if p.kind in POSITIONAL and p.name not in ("self", "cls")]


def missing_sections(thing: object) -> set[str]:
    doc = inspect.getdoc(thing) or ""
    wanted: set[str] = set()
    if inspect.isfunction(thing):
        signature = inspect.signature(thing)
        if signature.parameters:
            wanted.add("Parameters")
        if signature.return_annotation not in (None, "None", inspect.Signature.empty):
            wanted.add("Returns")
    elif dataclasses.is_dataclass(thing) and dataclasses.fields(thing):
        wanted.add("Parameters")
    return {w for w in wanted if f"{w}\n{'-' * len(w)}" not in doc}


FUNCTIONS = public_functions()
EXPORTED = exported()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_at_most_three_positionals_and_no_bare_flags_among_them(name: str):
    found = positionals(FUNCTIONS[name])
    assert len(found) <= 3, f"make the rest keyword-only: {[p.name for p in found]}"
    assert not [p.name for p in found if p.annotation is bool], "a bare True tells a reader nothing"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_public_function_says_what_it_does(name: str):
    doc = inspect.getdoc(FUNCTIONS[name])
    assert doc, "no docstring"
    assert doc.splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_every_exported_name_has_its_sections(name: str):
    assert missing_sections(EXPORTED[name]) == set()


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_every_exported_name_is_in_the_docs(name: str):
    pages = "\n".join(page.read_text() for page in sorted(DOCS.rglob("*.md")))
    assert f"`armillary.{name}" in pages, f"docs/ never mentions armillary.{name}"


def test_the_checks_can_fail():
    def crowded(a: int, b: int, c: int, d: int) -> int:
        """Add."""
        return a + b + c + d

    assert len(positionals(crowded)) == 4
    assert missing_sections(crowded) == {"Parameters", "Returns"}
