"""Writing activations: shards whole or not at all, resumed where they were cut off."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.core.tokens import Tokens
from armillary.load.hashing import sha256_of
from armillary.load.vocabulary import write_vocabulary

FORMAT = "armillary-activations-1"
MANIFEST = "activations.json"
UNFINISHED = "unfinished.json"
TOKENS = ("token_id", "document", "position")
ID_DTYPE = np.dtype("<i4")


class ActivationsWriter:
    """Writes a folder of activations a shard at a time, and goes on where it was cut off.

    A shard is there whole or not at all. ``activations.json`` is written last: a folder that has
    ``unfinished.json`` in its place can be gone on with by a writer of the same plan, and a whole
    folder of the same plan has nothing left to write.

    Parameters
    ----------
    folder
        Made if it is not there.
    tokens
        Of all rows that will come.
    rows_of_shard
        Rows of each shard, in order; they sum to the number of tokens.
    dtype
        ``"float16"`` or ``"float32"``.
    d_model
        Width of a row.
    hook_name
        Where in the model.
    source
        How the rows come to be, JSON-ready. A folder begun with another source is refused.

    Raises
    ------
    BadInput
        If the folder holds or was begun with another plan, or the ids do not fit in 32 bits.
    """

    def __init__(
        self,
        folder: Path,
        tokens: Tokens,
        *,
        rows_of_shard: list[int],
        dtype: str,
        d_model: int,
        hook_name: str,
        source: Mapping[str, Any],
    ) -> None:
        if sum(rows_of_shard) != tokens.n_tokens:
            raise BadInput(f"{sum(rows_of_shard):,} rows planned for {tokens.n_tokens:,} tokens")
        self._folder, self._rows = folder, rows_of_shard
        self.dtype, self.d_model = np.dtype(dtype).newbyteorder("<"), d_model
        self._plan = _jsonable(
            {
                "format": FORMAT,
                "hook_name": hook_name,
                "d_model": d_model,
                "dtype": dtype,
                "n_tokens": tokens.n_tokens,
                "rows_of_shard": rows_of_shard,
                "token_sha256": token_hash(tokens),
                "with_vocabulary": tokens.vocabulary is not None,
                "source": dict(source),
            }
        )
        self._shards: list[dict[str, Any]] = self._found()
        if not (folder / MANIFEST).exists():
            self._begin(tokens)

    @property
    def n_done(self) -> int:
        """Shards that are whole on disk."""
        return len(self._shards)

    @property
    def n_shards(self) -> int:
        """Shards that there will be."""
        return len(self._rows)

    def write(self, rows: Float[np.ndarray, "row d_model"]) -> None:
        """Write the next shard.

        Parameters
        ----------
        rows
            All rows of the shard; stored in the folder's precision.

        Raises
        ------
        BadInput
            If these are not the rows planned, or a value is not finite as it would be stored.
        """
        at = self.n_done
        wanted = (self._rows[at] if at < self.n_shards else 0, self.d_model)
        if rows.shape != wanted:
            raise BadInput(f"shard {at} must have shape {wanted}; got {rows.shape}")
        with np.errstate(over="ignore"):
            stored = np.ascontiguousarray(rows, dtype=self.dtype)
        bad = np.argwhere(~np.isfinite(stored))
        if bad.size:
            row, column = (int(i) for i in bad[0])
            raise BadInput(
                f"shard {at}, row {row}, column {column} is {rows[row, column]}: "
                f"{self.dtype.name} cannot hold it" + _advice(self.dtype)
            )
        path = self._folder / shard_name(at)
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as file:
            np.save(file, stored, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        digest = sha256_of(part)
        part.replace(path)
        entry = {"file": path.name, "rows": wanted[0], "bytes": path.stat().st_size}
        self._shards.append(entry | {"sha256": digest})
        self._note(UNFINISHED)

    def finish(self) -> Path:
        """Write the manifest: the folder is whole.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        BadInput
            If shards are still missing.
        """
        if (self._folder / MANIFEST).exists() and self.n_done == self.n_shards:
            return self._folder
        if self.n_done < self.n_shards:
            raise BadInput(f"{self.n_done} of {self.n_shards} shards are there: write the others")
        self._note(MANIFEST)
        (self._folder / UNFINISHED).unlink(missing_ok=True)
        return self._folder

    def _found(self) -> list[dict[str, Any]]:
        """Return the whole shards of an earlier writer with the same plan."""
        began = began_manifest(self._folder)
        if began is None:
            _refuse_foreign(self._folder)
            return []
        other = differences(self._plan, began)
        if other:
            raise BadInput(
                f"{self._folder} was begun otherwise: {'; '.join(other[:4])}. Use the settings it "
                "was begun with, another folder, or remove it"
            )
        whole: list[dict[str, Any]] = []
        for entry in began.get("shards", []):
            path = self._folder / str(entry["file"])
            if not path.is_file() or path.stat().st_size != entry["bytes"]:
                break
            whole.append(entry)
        return whole

    def _begin(self, tokens: Tokens) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._note(UNFINISHED)
        for name in TOKENS:
            values = np.asarray(getattr(tokens, name))
            if values.size and (values.min() < 0 or values.max() > np.iinfo(ID_DTYPE).max):
                raise BadInput(f"{name} goes up to {values.max()}: 32 bits cannot store it")
            np.save(self._folder / f"{name}.npy", values.astype(ID_DTYPE))
        if tokens.vocabulary is not None:
            write_vocabulary(self._folder, tokens.vocabulary)

    def _note(self, name: str) -> None:
        part = self._folder / f".{name}.part"
        part.write_text(json.dumps({**self._plan, "shards": self._shards}, indent=1), "utf-8")
        part.replace(self._folder / name)


def shard_name(number: int) -> str:
    """Return the file name of a shard."""
    return f"shard-{number:05d}.npy"


def token_hash(tokens: Tokens) -> str:
    """Return the SHA-256 of token ids, documents and positions as they are stored."""
    digest = hashlib.sha256()
    for name in TOKENS:
        digest.update(np.ascontiguousarray(getattr(tokens, name), dtype=ID_DTYPE).data)
    return digest.hexdigest()


def differences(plan: Mapping[str, Any], began: Mapping[str, Any]) -> list[str]:
    """Say in which entries a plan differs from that of a folder begun earlier, most telling first.

    Parameters
    ----------
    plan
        What is wanted now.
    began
        What the folder records; entries that the plan lacks do not count.

    Returns
    -------
    list of str
        One phrase an entry.
    """
    said: list[str] = []
    for name, value in plan.items():
        old = began.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            said = differences(cast("dict[str, Any]", value), cast("dict[str, Any]", old)) + said
        elif value != old:
            said.append(f"{name} was {_short(old)}, now {_short(value)}")
    return said


def began_manifest(folder: Path) -> dict[str, Any] | None:
    """Return what a folder records, finished or not; None where nothing was begun.

    Raises
    ------
    BadInput
        If the record is damaged.
    """
    found = read_manifest(folder / MANIFEST)
    return read_manifest(folder / UNFINISHED) if found is None else found


def read_manifest(path: Path) -> dict[str, Any] | None:
    """Return the content of a manifest; None where the file is not there.

    Raises
    ------
    BadInput
        If it is damaged.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise BadInput(f"{path} is damaged ({error}): harvest again") from error
    if not isinstance(content, dict):
        raise BadInput(f"{path} is damaged (not an object): harvest again")
    return cast("dict[str, Any]", content)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _jsonable(plan: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(plan))


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file: name a folder for the activations")
    foreign = [p.name for p in folder.iterdir() if p.name[0] != "."] if folder.exists() else []
    if foreign:
        raise BadInput(f"{folder} holds other files ({foreign[0]}): name an empty or new folder")


def _advice(dtype: np.dtype) -> str:
    return "; write float32" if dtype.itemsize == 2 else "; the model's own output is damaged"
