"""Corpora: documents as token ids, from text, from arrays of ids, or built in."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from armillary.core.corpus import Corpus
from armillary.core.errors import BadInput
from armillary.load.builtin import fetch_builtin
from armillary.load.gguf_file import gguf_spellings
from armillary.load.text_files import read_texts
from armillary.load.tokens import byte_level_bytes

CORPUS_OF = "smollm2"  # the model whose token ids the built-in corpus holds
BUILTIN = Path(__file__).parent / "data" / "corpus.npz"
Encode = Callable[[str], Int[np.ndarray, " token"]]


def builtin_corpus(path: Path = BUILTIN) -> Corpus:
    """Return armillary's own corpus: text sampled from the built-in model, as its token ids.

    Parameters
    ----------
    path
        The data file of the package: arrays ``token_id`` (uint16) and ``document_start`` (int64), a
        JSON text ``about``; its SHA-256 stands beside it in ``<name>.sha256``.

    Returns
    -------
    Corpus
        ``source["about"]`` says how the text was made.

    Raises
    ------
    BadInput
        If the file is not there or is not what it should be, byte for byte.
    """
    try:
        expected = path.with_name(f"{path.name}.sha256").read_text(encoding="utf-8").split()[0]
        raw = path.read_bytes()
    except (OSError, IndexError) as error:
        raise BadInput(
            f"the built-in corpus is not whole ({error}): install armillary again"
        ) from error
    found = hashlib.sha256(raw).hexdigest()
    if found != expected:
        raise BadInput(f"{path} has sha256 {found}, expected {expected}: install armillary again")
    corpus = _from_npz(io.BytesIO(raw), where=path)
    return Corpus(corpus.token_id, corpus.offset, {**corpus.source, "uri": "demo"})


def builtin_texts(model: Path, *, path: Path = BUILTIN) -> Iterator[str]:
    """Give the documents of the built-in corpus as text, for a model with another tokenizer.

    Parameters
    ----------
    model
        The built-in model's GGUF file, which holds the vocabulary (what ``fetch_builtin`` returns).
    path
        As for ``builtin_corpus``.

    Yields
    ------
    str
        The next document.

    Raises
    ------
    BadInput
        If the corpus or the vocabulary cannot be read, or they do not belong together.
    """
    pieces = [_bytes_of(spelling) for spelling in gguf_spellings(model)]
    corpus = builtin_corpus(path)
    if corpus.n_tokens and corpus.token_id.max() >= len(pieces):
        raise BadInput(f"{model} has {len(pieces):,} tokens: the built-in corpus is of another one")
    for document in corpus:
        numbers: list[int] = document.tolist()
        yield b"".join(pieces[i] for i in numbers).decode("utf-8", errors="replace")


def builtin_corpus_for(
    model: str, encode: Encode, *, max_tokens: int | None = None, offline: bool = False,
    cache: Path | None = None,
) -> Corpus:  # fmt: skip
    """Return the built-in corpus as the token ids of a model: its own, or tokenised anew.

    Parameters
    ----------
    model
        Name of the model that reads it; the corpus holds the ids of ``"smollm2"`` alone.
    encode
        Text to ids, of that model, without special tokens.
    max_tokens
        Take no more than these; the last document may be cut.
    offline, cache
        As for ``fetch_builtin``, which brings the spelling of the corpus's ids.

    Returns
    -------
    Corpus
        Documents in the same order, of other lengths where the tokenizer is another.

    Raises
    ------
    BadInput
        If the corpus cannot be read, or the built-in model, which spells it, cannot be had.
    """
    if model == CORPUS_OF:
        corpus = builtin_corpus()
        return corpus if max_tokens is None else corpus.take(max_tokens)
    texts = builtin_texts(fetch_builtin(cache=cache, offline=offline))
    return tokenize(texts, encode, max_tokens=max_tokens, source={"uri": "demo"})


def tokenize(
    texts: Iterable[str],
    encode: Encode,
    *,
    max_tokens: int | None = None,
    source: Mapping[str, Any] | None = None,
) -> Corpus:
    """Turn documents into token ids, reading no more of them than are wanted.

    Parameters
    ----------
    texts
        One text a document.
    encode
        Text to ids, without special tokens.
    max_tokens
        Stop there; the last document may be cut.
    source
        Where the text comes from.

    Returns
    -------
    Corpus
        Documents without a token are left out.
    """
    parts: list[np.ndarray] = []
    total = 0
    for text in texts:
        ids = np.asarray(encode(text)).astype(np.int32)
        if ids.size:
            parts.append(ids)
            total += ids.size
        if max_tokens is not None and total >= max_tokens:
            break
    offset = np.cumsum([0, *(part.size for part in parts)], dtype=np.int64)
    joined = np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
    corpus = Corpus(joined, offset, source or {})
    return corpus if max_tokens is None else corpus.take(max_tokens)


def read_token_ids(path: Path) -> Corpus:
    """Read documents that are token ids already.

    Parameters
    ----------
    path
        ``.npy``: one document, or a matrix with a document a row. ``.npz``: ``token_id`` and
        ``document_start``, as in the built-in corpus.

    Returns
    -------
    Corpus
        The ids; whether they are of the right tokenizer cannot be seen from them.

    Raises
    ------
    BadInput
        If the file is damaged or does not hold whole numbers.
    """
    if path.suffix.lower() == ".npz":
        return _from_npz(path, where=path)
    try:
        ids: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path} cannot be read as token ids: {error}") from error
    if ids.ndim not in (1, 2) or ids.dtype.kind not in "iu":
        raise BadInput(f"{path} holds {ids.dtype} of shape {ids.shape}: expected whole numbers")
    length = int(ids.shape[-1])
    rows = int(ids.shape[0]) if ids.ndim == 2 else 1
    offset: np.ndarray = np.arange(rows + 1) * length
    return Corpus(ids.reshape(-1), offset, {"uri": str(path)})


def open_corpus(
    source: str,
    encode: Encode,
    *,
    max_tokens: int | None = None,
    text_field: str = "text",
    offline: bool = False,
) -> Corpus:
    """Return the documents of a source as token ids.

    Parameters
    ----------
    source
        What ``read_texts`` takes, or token ids as ``.npy`` or ``.npz``.
    encode
        Text to ids, without special tokens; not used for token ids.
    max_tokens
        Take no more than these; the last document may be cut.
    text_field
        Name of the text in JSON lines, Parquet and data sets.
    offline
        Reach no hub.

    Returns
    -------
    Corpus
        At least one token.

    Raises
    ------
    BadInput
        If the source cannot be read or has no tokens.
    MissingExtra
        If a hub is named and ``datasets`` is not installed.
    """
    if source.lower().endswith((".npy", ".npz")):
        corpus = read_token_ids(Path(source).expanduser())
    else:
        texts = read_texts(source, field=text_field, offline=offline)
        corpus = tokenize(texts, encode, max_tokens=max_tokens, source={"uri": source})
    if max_tokens is not None:
        corpus = corpus.take(max_tokens)
    if not corpus.n_tokens:
        raise BadInput(f"{source} has no tokens: there is nothing to read")
    return corpus


def _from_npz(file: Any, *, where: Path) -> Corpus:
    try:
        with np.load(file, allow_pickle=False) as held:
            ids: np.ndarray = held["token_id"]
            start: np.ndarray = held["document_start"]
            about: Any = json.loads(str(held["about"])) if "about" in held else None
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BadInput(f"{where} cannot be read as token ids: {error}") from error
    if ids.ndim != 1 or start.ndim != 1 or {ids.dtype.kind, start.dtype.kind} - set("iu"):
        raise BadInput(f"{where}: token_id and document_start must be lists of whole numbers")
    offset = np.append(start.astype(np.int64), ids.size)
    return Corpus(ids.astype(np.int32), offset, {"uri": str(where), "about": about})


def _bytes_of(spelling: str) -> bytes:
    try:
        return byte_level_bytes(spelling)
    except KeyError:
        return spelling.encode()
