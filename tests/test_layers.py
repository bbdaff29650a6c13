import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "armillary"
FLOORS = [
    {"inference"},
    {"core"},
    {
        "load",
        "affinity",
        "cluster",
        "reconstruct",
        "shape",
        "lexicon",
        "training",
        "trees",
        "rsa",
        "relations",
        "algebra",
    },
    {"models", "networks", "knockoffs", "maps"},
    {"atlas", "harvest", "evaluate", "intervene"},
    {"survey", "worlds"},
    {"experiments", "studies"},
    {"explain"},
    {"cli", "figures", "explorer"},
    {"__main__"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = sorted(ROOT.rglob("*.py"))


def modules_imported(source: str) -> set[str]:
    """Dotted names that a source imports at any depth, with what is taken from them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names |= {f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def rooms_imported(source: str) -> set[str]:
    inside = {name for name in modules_imported(source) if name.startswith("armillary.")}
    return {name.split(".")[1] for name in inside}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def cycle_among(edges: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_down(path: Path):
    room = room_of(path)
    if path == ROOT / "__init__.py":
        return  # the shop window: re-exports only
    for other in rooms_imported(path.read_text()) - {room}:
        assert FLOOR_OF[other] < FLOOR_OF[room], f"{room} imports {other}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_nobody_inside_imports_the_root_or_a_relative_name(path: Path):
    names = modules_imported(path.read_text())
    assert not [name for name in names if name.startswith(".")], "relative imports hide from us"
    if path != ROOT / "__init__.py":
        assert "armillary" not in names


def test_modules_do_not_import_each_other_in_a_circle():
    name_of = {
        path: ".".join(("armillary", *path.relative_to(ROOT).with_suffix("").parts))
        for path in SOURCES
    }
    known = {name.removesuffix(".__init__") for name in name_of.values()}
    edges: dict[str, set[str]] = {}
    for path, name in name_of.items():
        taken = modules_imported(path.read_text())
        meant = {n if n in known else n.rpartition(".")[0] for n in taken}
        edges[name.removesuffix(".__init__")] = (meant & known) - {name.removesuffix(".__init__")}
    assert cycle_among(edges) == []


def test_the_checks_can_fail():
    assert rooms_imported("from armillary.survey import survey") == {"survey"}
    assert rooms_imported("def f():\n    import armillary.load.gguf") == {"load"}
    assert modules_imported("from . import space") == {"..space"}
    assert set(cycle_among({"a": {"b"}, "b": {"a"}})) == {"a", "b"}
    with pytest.raises(KeyError):
        FLOOR_OF["a_new_room_without_a_floor"]
