"""Codes on disk: a folder of plain ``.npy`` arrays that are memory-mapped when they are opened."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.codes import Codes, check_firings
from armillary.core.errors import BadInput
from armillary.core.tokens import Tokens
from armillary.load.vocabulary import read_vocabulary, write_vocabulary

FORMAT = "armillary-codes-1"
MANIFEST = "codes.json"
FIRINGS = {"feature": np.dtype("<i4"), "value": np.dtype("<f4")}
TOKENS = {"token_id": np.dtype("<i4"), "document": np.dtype("<i4"), "position": np.dtype("<i4")}


class CodesWriter:
    """Writes codes in reading order, a batch of tokens at a time, in bounded memory.

    A context manager. The manifest is written last, when the block ends without an error: a
    folder without it is not codes.

    Parameters
    ----------
    folder
        Made if it is not there; must not hold codes already.
    feature_id
        Id of each feature (column).
    with_text
        Whether token ids, documents and positions come with every batch.
    source
        How the codes came to be, JSON-ready.
    vocabulary
        Text of every token id; None where it is not known.

    Raises
    ------
    BadInput
        If the folder already holds codes.
    """

    def __init__(
        self,
        folder: Path,
        feature_id: Int[np.ndarray, " feature"],
        *,
        with_text: bool,
        source: Mapping[str, Any] | None = None,
        vocabulary: np.ndarray | None = None,
    ) -> None:
        if (folder / MANIFEST).exists():
            raise BadInput(f"{folder} already holds codes: choose another folder or remove it")
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "feature_id.npy", feature_id.astype(np.int64))
        if vocabulary is not None:
            write_vocabulary(folder, vocabulary)
        self._with_vocabulary = vocabulary is not None
        self._folder, self._source = folder, dict(source or {})
        self._n_features = feature_id.size
        dtypes = {"offset": np.dtype("<i8")} | FIRINGS | (TOKENS if with_text else {})
        self._columns = {name: _Column(folder / f"{name}.npy", d) for name, d in dtypes.items()}
        self._columns["offset"].append(np.zeros(1, dtype=np.int64))
        self._with_text = with_text

    @property
    def n_tokens(self) -> int:
        """Tokens written so far."""
        return self._columns["offset"].size - 1

    def append(self, codes: Codes) -> None:
        """Add the next tokens; their columns must be those the writer was opened with.

        Raises
        ------
        BadInput
            If the number of features differs, or text is missing or not expected.
        """
        if codes.n_features != self._n_features:
            raise BadInput(f"{codes.n_features} features, the folder has {self._n_features}")
        if (codes.tokens is not None) != self._with_text:
            raise BadInput("either every batch of codes brings its text or none does")
        written = self._columns["feature"].size
        self._columns["offset"].append(codes.offset[1:] + written)
        self._columns["feature"].append(codes.feature)
        self._columns["value"].append(codes.value)
        if codes.tokens is not None:
            for name in TOKENS:
                self._columns[name].append(getattr(codes.tokens, name))

    def __enter__(self) -> "CodesWriter":
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every array; write the manifest only if all went well."""
        for column in self._columns.values():
            column.close()
        if kind is not None:
            return
        manifest = {
            "format": FORMAT,
            "n_tokens": self.n_tokens,
            "n_features": self._n_features,
            "n_firings": self._columns["feature"].size,
            "with_text": self._with_text,
            "with_vocabulary": self._with_vocabulary,
            "source": self._source,
        }
        part = self._folder / f".{MANIFEST}.part"
        part.write_text(json.dumps(manifest, indent=1))
        part.replace(self._folder / MANIFEST)


def save_codes(codes: Codes, folder: Path | str) -> Path:
    """Write codes to a folder.

    Parameters
    ----------
    codes
        What to write; values are kept as float32.
    folder
        Must not hold codes already.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    BadInput
        If the folder already holds codes.
    """
    target = Path(folder)
    tokens = codes.tokens
    with CodesWriter(
        target,
        codes.feature_id,
        with_text=tokens is not None,
        source=codes.source,
        vocabulary=None if tokens is None else tokens.vocabulary,
    ) as writer:
        writer.append(codes)
    return target


def open_codes(folder: Path | str, *, check: bool = False) -> Codes:
    """Open a folder of codes; nothing is read before it is used.

    Parameters
    ----------
    folder
        What ``save_codes`` or ``CodesWriter`` wrote.
    check
        Read every firing and check it, as was done when it was written.

    Returns
    -------
    Codes
        Memory-mapped, read-only.

    Raises
    ------
    BadInput
        If the folder is not whole: no manifest, another format, arrays missing or cut short.
    """
    where = Path(folder)
    try:
        manifest = json.loads((where / MANIFEST).read_text())
    except FileNotFoundError:
        raise BadInput(f"{where} has no {MANIFEST}: no codes, or the writer was cut off") from None
    except ValueError as error:
        raise BadInput(f"{where / MANIFEST} is damaged ({error}): write the codes again") from error
    if manifest.get("format") != FORMAT:
        raise BadInput(f"{where} is {manifest.get('format')!r}, this version reads {FORMAT!r}")
    lacking = [k for k in ("n_tokens", "n_features", "n_firings", "with_text") if k not in manifest]
    if lacking:
        raise BadInput(f"{where / MANIFEST} is damaged: it lacks {lacking[0]!r}")
    n_tokens, n_firings = manifest["n_tokens"], manifest["n_firings"]
    offset = _mapped(where, "offset", n_tokens + 1)
    feature, value = (_mapped(where, name, n_firings) for name in FIRINGS)
    ids = np.asarray(_mapped(where, "feature_id", manifest["n_features"]))
    tokens = None
    if manifest["with_text"]:
        vocabulary = read_vocabulary(where) if manifest.get("with_vocabulary") else None
        token_id, document, position = (_mapped(where, name, n_tokens) for name in TOKENS)
        tokens = Tokens(token_id, document, position, vocabulary)
    if check:
        check_firings(offset, feature, value, n_features=ids.size)
    return Codes(offset, feature, value, ids, tokens, manifest.get("source", {}))


class _Column:
    """A ``.npy`` file that grows; its header is written again when its length is known."""

    def __init__(self, path: Path, dtype: np.dtype) -> None:
        self._file, self._dtype, self.size = path.open("wb"), dtype, 0
        self._header()
        self._start = self._file.tell()

    def append(self, values: Int[np.ndarray, " row"] | Float[np.ndarray, " row"]) -> None:
        stored = values.astype(self._dtype)
        if self._dtype.kind == "i" and not np.array_equal(stored, values):
            raise BadInput(f"{self._file.name}: values beyond {self._dtype} cannot be stored")
        self._file.write(np.ascontiguousarray(stored).data)
        self.size += values.size

    def close(self) -> None:
        self._file.seek(0)
        self._header()
        assert self._file.tell() == self._start, "numpy leaves room in headers for the length"
        self._file.close()

    def _header(self) -> None:
        described = np.lib.format.dtype_to_descr(self._dtype)
        head = {"descr": described, "fortran_order": False, "shape": (self.size,)}
        np.lib.format.write_array_header_1_0(self._file, head)


def _mapped(where: Path, name: str, n: int) -> np.ndarray:
    path = where / f"{name}.npy"
    try:
        array = np.load(path, mmap_mode="r" if n else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(
            f"{path} is missing or cut short ({error}): write the codes again"
        ) from error
    if array.shape != (n,):
        raise BadInput(f"{path} holds {array.shape} values, {MANIFEST} says {n}: write them again")
    return array
