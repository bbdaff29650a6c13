"""Exporters: an atlas as the files that other tools read."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from armillary.atlas import Atlas, visible
from armillary.core.errors import BadInput
from armillary.explorer.bodies import Bodies
from armillary.explorer.schema import MapBody, Row

MOST_LISTED = 150  # features that one quick list of Neuronpedia shows
QUICK_LIST = "https://www.neuronpedia.org/quick-list/"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet computes
FINDING = (
    "number", "line", "finding", "group", "shape", "rank", "n", "p", "q", "grade", "runner_up",
    "margin", "weakest_null", "stability", "hypothesis", "labels",
)  # fmt: skip


def export(
    atlas: Atlas, to: str, file: Path, *, neuronpedia: str | None = None
) -> tuple[Path, ...]:  # fmt: skip
    """Write an atlas for another tool.

    Parameters
    ----------
    atlas
        The survey.
    to
        ``"embedding-atlas"``: Parquet with one row a feature (``x``, ``y``, ``text``, what was
        found, and ``neighbors`` where the atlas keeps them). ``"neuronpedia"``: one row a feature
        with ``umap_x``, ``umap_y``, ``umap_cluster`` (JSON lines, or CSV if the name ends so), and
        beside it quick lists of every finding. ``"csv"``: findings, and beside them their members;
        ``number`` is what people call a finding, ``line`` and ``finding`` count from 0.
    file
        Where to; a second file is named after it.
    neuronpedia
        ``model/source`` of this dictionary there, for instance ``"gpt2-small/8-res-jb"``. Default:
        what the autoencoder's own config says.

    Returns
    -------
    tuple of Path
        Every file written.

    Raises
    ------
    BadInput
        If the format is unknown, the atlas has no map and the format is one, the file's name does
        not suit it, or nobody says what the dictionary is called on Neuronpedia.
    """
    if to not in EXPORTERS:
        raise BadInput(f"cannot export to {to!r}: use {', '.join(EXPORTERS)}")
    if file.is_dir():
        raise BadInput(f"{file} is a folder: name a file")
    file.parent.mkdir(parents=True, exist_ok=True)
    return EXPORTERS[to](Bodies(atlas), file, neuronpedia)


def quick_list(place: str, ids: Iterable[int], *, name: str) -> str:
    """Return the link that opens features as one list on Neuronpedia.

    Parameters
    ----------
    place
        ``model/source`` there.
    ids
        Features; the first 150, which is as many as it shows.
    name
        Of the list.

    Returns
    -------
    str
        Its page says "not found" if one of the features is not there.

    Raises
    ------
    BadInput
        If ``place`` is not of that form.
    """
    model, layer = _place(place)
    listed = [{"modelId": model, "layer": layer, "index": str(one)} for one in ids][:MOST_LISTED]
    told = json.dumps(listed, separators=(",", ":"))
    return f"{QUICK_LIST}?name={quote(name, safe='')}&features={quote(told, safe='')}"


def _embedding_atlas(bodies: Bodies, file: Path, _: str | None) -> tuple[Path, ...]:
    if file.suffix != ".parquet":
        raise BadInput(f"{file}: embedding-atlas reads .parquet, name such a file")
    drawn, xy = _map(bodies, to="embedding-atlas")
    rows: tuple[Row, ...] = bodies.rows
    features = bodies.atlas.features
    arrow: Any = import_module("pyarrow")
    label_of = dict(
        zip(*(features[name].to_pylist() for name in ("feature_id", "label")), strict=True)
    )
    on: list[Row | None] = [rows[line] if line >= 0 else None for line in _ints(drawn.line)]
    columns: dict[str, Any] = {
        "id": arrow.array(drawn.ids, type="int64"),
        "x": arrow.array(xy[:, 0]),
        "y": arrow.array(xy[:, 1]),
        "text": [visible(label_of[one], limit=200) for one in _ints(drawn.ids)],
        "finding": [None if row is None else row.excerpt for row in on],
        "shape": [None if row is None else row.shape for row in on],
        "grade": [None if row is None else row.grade for row in on],
        "group": arrow.array([None if row is None else row.group for row in on], type="int64"),
        "q": arrow.array([None if row is None else row.q for row in on], type="float64"),
    }
    if drawn.n_near:
        kind = arrow.struct([("ids", arrow.list_(arrow.int64())),
                             ("distances", arrow.list_(arrow.float64()))])  # fmt: skip
        columns["neighbors"] = arrow.array(_neighbours(drawn), type=kind)
    table = arrow.table(columns)
    parquet: Any = import_module("pyarrow.parquet")
    return (_placed(file, lambda partial: parquet.write_table(table, partial)),)


def _neuronpedia(bodies: Bodies, file: Path, place: str | None) -> tuple[Path, ...]:
    if file.suffix not in (".jsonl", ".csv"):
        raise BadInput(f"{file}: name a .jsonl (what Neuronpedia's import reads) or a .csv file")
    drawn, xy = _map(bodies, to="neuronpedia")
    named = place or _neuronpedia_id(bodies.atlas)
    if named is None:
        raise BadInput(
            "neither the source nor the command says what this dictionary is called on "
            "Neuronpedia: add --neuronpedia MODEL/SOURCE, such as gpt2-small/8-res-jb"
        )
    model, layer = _place(named)
    rows: tuple[Row, ...] = bodies.rows
    told: list[dict[str, Any]] = [
        {"modelId": model, "layer": layer, "index": str(one), "umap_x": x, "umap_y": y,
         "umap_cluster": rows[line].group if line >= 0 else None}
        for one, x, y, line in zip(
            _ints(drawn.ids), xy[:, 0].tolist(), xy[:, 1].tolist(), _ints(drawn.line),
            strict=True,
        )
    ]  # fmt: skip
    links = file.with_name(f"{file.stem}-lists.csv")
    held = _members(bodies)
    lists = [
        {"line": line, "shape": row.shape, "n": row.n, "q": row.q, "labels": row.excerpt,
         "listed": min(row.n, MOST_LISTED),
         "url": quick_list(named, (one for one, _ in held[line]), name=_title(row))}
        for line, row in enumerate(rows)
    ]  # fmt: skip
    if file.suffix == ".csv":
        written = _csv(file, told, tuple(told[0]) if told else ())
    else:
        text = "".join(json.dumps(one) + "\n" for one in told)
        written = _placed(file, lambda partial: partial.write_text(text, "utf-8"))
    return written, _csv(links, lists, ("line", "shape", "n", "q", "labels", "listed", "url"))


def _tables(bodies: Bodies, file: Path, place: str | None) -> tuple[Path, ...]:
    if file.suffix != ".csv":
        raise BadInput(f"{file}: name a .csv file")
    named = place or _neuronpedia_id(bodies.atlas)
    held, findings, members = _members(bodies), list[dict[str, Any]](), list[dict[str, Any]]()
    for line, row in enumerate(bodies.rows):
        one = {name: getattr(row, name, None) for name in FINDING}
        one |= {
            "number": row.finding + 1,
            "line": line,
            "labels": " · ".join(visible(label) for _, label in held[line]),
        }
        if named is not None:
            ids = (number for number, _ in held[line])
            one["neuronpedia"] = quick_list(named, ids, name=_title(row))
        findings.append(one)
        members += [
            {"line": line, "shape": row.shape, "place": k, "feature_id": number,
             "label": visible(label, limit=200)}
            for k, (number, label) in enumerate(held[line])
        ]  # fmt: skip
    names = FINDING if named is None else (*FINDING, "neuronpedia")
    beside = file.with_name(f"{file.stem}-members.csv")
    return (
        _csv(file, findings, names),
        _csv(beside, members, ("line", "shape", "place", "feature_id", "label")),
    )


Exporter = Callable[[Bodies, Path, str | None], tuple[Path, ...]]
EXPORTERS: Mapping[str, Exporter] = {
    "embedding-atlas": _embedding_atlas, "neuronpedia": _neuronpedia, "csv": _tables,
}  # fmt: skip


def _map(bodies: Bodies, *, to: str) -> tuple[MapBody, np.ndarray]:
    """Return the map of every feature that has a place on it, and the places as the survey has."""
    if not bodies.body("atlas").parts.map:
        raise BadInput(
            f"this atlas has no map, which {to} needs: survey again with --map (and "
            'pip install "armillary[maps]"), or export to csv'
        )
    drawn, xy = bodies.body("map"), bodies.atlas.arrays["map"]
    return drawn, np.round(xy[np.isfinite(xy).all(axis=1)].astype(np.float64), 4)


def _neighbours(drawn: MapBody) -> list[dict[str, Any]]:
    """Return row numbers of true neighbours, nearest first, and 1 - cosine."""
    near: np.ndarray = drawn.near.reshape(drawn.shown, drawn.n_near)
    apart = np.round(1 - drawn.near_cosine.reshape(near.shape).astype(np.float64) / 255, 4)
    here: np.ndarray = near >= 0
    told: list[dict[str, Any]] = []
    for row in range(drawn.shown):
        ids, far = near[row][here[row]], apart[row][here[row]]
        told.append({"ids": _ints(ids), "distances": far.tolist()})
    return told


def _ints(array: np.ndarray) -> list[int]:
    return array.tolist()


def _members(bodies: Bodies) -> list[list[tuple[int, str]]]:
    """Return ids and labels of every line's members: in fitted order first, then the others."""
    table = bodies.atlas.findings.select(["feature_ids", "labels", "order_index"]).to_pylist()
    found: list[list[tuple[int, str]]] = []
    for i in bodies.ranking:
        row = table[i]
        order = [*row["order_index"]]
        order += sorted(set(range(len(row["feature_ids"]))) - set(order))
        found.append([(row["feature_ids"][k], row["labels"][k]) for k in order])
    return found


def _title(row: Row) -> str:
    return f"{row.shape}: {row.excerpt}"


def _neuronpedia_id(atlas: Atlas) -> str | None:
    source: Any = atlas.manifest.get("source") or {}
    model: Any = source.get("model") or {}
    held = model.get("neuronpedia_id") if isinstance(model, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return held if isinstance(held, str) and held.count("/") == 1 else None


def _place(text: str) -> tuple[str, str]:
    model, slash, layer = text.partition("/")
    if not (model and slash and layer) or "/" in layer:
        raise BadInput(f"{text!r} is no MODEL/SOURCE of Neuronpedia, such as gpt2-small/8-res-jb")
    return model, layer


def _csv(file: Path, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Path:
    def write(partial: Path) -> None:
        with partial.open("w", encoding="utf-8", newline="") as out:
            table = csv.DictWriter(out, names)
            table.writeheader()
            table.writerows({k: _cell(v) for k, v in row.items()} for row in rows)

    return _placed(file, write)


def _cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula; ``save.ts`` has the same rule."""
    risky = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if risky else value


def _placed(file: Path, write: Callable[[Path], Any]) -> Path:
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        write(partial)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return file
