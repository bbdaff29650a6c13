"""Sources of a series opened: dictionaries, atlases or a null, with what fires on shared tokens."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas import Atlas, is_atlas
from armillary.core import BadInput, Codes, FeatureSpace
from armillary.evaluate.matched_nulls import null_dictionary
from armillary.load import as_space, open_codes
from armillary.studies.series import Dictionary
from armillary.survey.compared import NULL, NULL_NAME
from armillary.survey.progress import Progress
from armillary.survey.reopened import reopened
from armillary.survey.with_codes import fired

CODES = "codes.json"  # in a folder of codes


def opened_series(
    sources: Sequence[str], *, codes: Sequence[str] = (), vectors: Any = None, seed: int = 0,
    offline: bool = False, cache: Path | None = None, tell: Progress,
) -> list[Dictionary]:  # fmt: skip
    """Open the dictionaries of a series.

    Parameters
    ----------
    sources
        Atlas folders, or what ``load_space`` takes; ``"null"`` is the first one's null.
    codes
        Nothing; a folder of codes for every dictionary; or one folder of activations, which each
        dictionary encodes. Codes belong to one dictionary: one folder of them is taken only where
        there is one to read (the other being a null).
    vectors
        Where the first atlas's directions are now, if they were moved.
    seed
        Of a null.
    offline, cache
        As for ``load_space``.
    tell
        Told what is made.

    Returns
    -------
    list of Dictionary
        In the order given; named by what tells the sources apart.

    Raises
    ------
    BadInput
        If a source cannot be read, or codes do not fit.
    """
    if codes and len(codes) not in (1, len(sources)):
        raise BadInput(
            f"{len(codes)} folders of codes for {len(sources)} dictionaries: give one each, or one "
            "folder of activations for all"
        )
    readers = sum(not (at and one == NULL) for at, one in enumerate(sources))
    if len(codes) == 1 < readers and (Path(codes[0]) / CODES).exists():
        raise BadInput(
            f"{codes[0]} holds codes of one dictionary, and {readers} are compared: give --codes "
            "once for each, in order, or one folder of activations, which each encodes"
        )
    folders = list(codes) * len(sources) if len(codes) == 1 else list(codes)
    out: list[Dictionary] = []
    for at, (source, name) in enumerate(zip(sources, _names(sources), strict=True)):
        if source == NULL and out:
            out.append(Dictionary(NULL_NAME, _null_of(out[0], seed)))
            continue
        space = _space(source, vectors=vectors if at == 0 else None, offline=offline, cache=cache)
        held: Codes | None = None
        if folders:
            held = _codes(space, source, folders[at], offline=offline, cache=cache, tell=tell)
            _refuse_other_codes(held, space, source=source, folder=folders[at])
        out.append(
            Dictionary(name, space, None if held is None else held.columns_for(space.feature_id))
        )
    return out


def _codes(
    space: FeatureSpace, source: str, folder: str, *, offline: bool, cache: Path | None,
    tell: Progress,
) -> Codes | None:  # fmt: skip
    if (Path(folder) / CODES).exists():  # text is not needed here
        return open_codes(folder)
    of = space.source.get("uri", source)  # an atlas was made of something
    return fired(of, folder, cache=cache, offline=offline, tell=tell).codes


def _refuse_other_codes(
    held: Codes | None, space: FeatureSpace, *, source: str, folder: str
) -> None:
    """Refuse codes of features past a dictionary's last row: they are of a larger one.

    Rows that were set aside, or that an atlas left out, have their number still. Too few features
    are refused where columns are taken.
    """
    n = _rows_in(space)
    if held is None or n is None or int(space.feature_id.max()) >= n:  # ids of the file's own
        return
    beyond = int((held.feature_id >= n).sum())
    if beyond:
        raise BadInput(
            f"{folder} holds codes of {held.n_features:,} features, {beyond:,} of them past the "
            f"{n:,} rows of {source}: they are of another dictionary; give its own codes"
        )


def _rows_in(space: FeatureSpace) -> int | None:
    """Return how many rows a space's source has, by its record; None where it does not say."""
    shape: Any = space.source.get("shape")
    if shape is None:
        return None
    return int(shape[space.source.get("orientation") == "columns"])


def _space(source: str, *, vectors: Any, offline: bool, cache: Path | None) -> FeatureSpace:
    if is_atlas(Path(source)):
        return reopened(Atlas.read(source), vectors=vectors, offline=offline, cache=cache)
    if vectors is not None:
        raise BadInput(f"{source} is no atlas: give its vectors as the first source itself")
    return as_space(source, offline=offline, cache=cache)


def _null_of(first: Dictionary, seed: int) -> FeatureSpace:
    rows = null_dictionary(first.space, rng=np.random.default_rng(seed))
    return FeatureSpace(rows, np.arange(len(rows)), {}, {"uri": f"null of {first.name}"})


def _names(sources: Sequence[str]) -> list[str]:
    """Return the last parts of paths where they differ, else the whole."""
    short = [source.rstrip("/").rsplit("/", 1)[-1] for source in sources]
    return short if len(set(short)) == len(short) else list(sources)
