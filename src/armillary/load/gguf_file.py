"""GGUF: a model's token embeddings with the token strings they belong to."""

from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.load.gguf_header import GGUFHeader, TensorRecord, read_gguf_header
from armillary.load.require import require
from armillary.load.stored import Offer, StoredTensor
from armillary.load.tokens import byte_level_text, sentence_piece_text, text_column

EMBEDDING = "token_embd.weight"
_NORMAL, _USER_DEFINED, _BYTE = 1, 4, 6


def open_gguf(path: Path) -> Offer:
    """List the tensors of a GGUF file; the token vocabulary becomes per-feature columns.

    Columns are ``label`` (the token as text, its leading space kept) and ``special`` (True for
    tokens that the vocabulary marks as control, unknown or unused).

    Raises
    ------
    BadInput
        If the file ends before its last tensor does, or inside its header.
    MissingExtra
        If the package that knows the block formats is not installed.
    """
    gguf: Any = require("gguf", extra="demo")
    header = read_gguf_header(path)
    kinds: dict[int, Any] = {kind.value: kind for kind in gguf.GGMLQuantizationType}
    size = path.stat().st_size
    tensors: dict[str, StoredTensor] = {}
    for record in header.tensors.values():
        if record.kind not in kinds:
            raise BadInput(
                f"{path}: tensor {record.name!r} is of type {record.kind}, which this version of "
                "the gguf package does not know; upgrade it with: pip install -U gguf"
            )
        kind = kinds[record.kind]
        per_block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        end = record.offset + prod(record.shape) // per_block * block_bytes
        if end > size:
            raise BadInput(
                f"{path} is cut short: tensor {record.name!r} ends at byte {end:,}, the file has "
                f"{size:,} bytes; fetch or copy the file again"
            )
        if len(record.shape) in (1, 2) and record.shape[-1] % per_block == 0:
            read = _reader(path, record=record, gguf=gguf, kind=kind)
            tag = f"GGUF:{kind.name}"
            tensors[record.name] = StoredTensor(record.name, record.shape, tag, read, path)
    return _with_vocabulary(path, header=header, tensors=tensors)


def _reader(
    path: Path, *, record: TensorRecord, gguf: Any, kind: Any
) -> Callable[[], np.ndarray]:  # fmt: skip
    per_block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    n_rows, width = (1, *record.shape)[-2:]
    row_bytes = width // per_block * block_bytes

    def read() -> np.ndarray:
        rows = np.memmap(path, np.uint8, "r", offset=record.offset, shape=(n_rows, row_bytes))
        out = np.empty((n_rows, width), dtype=np.float32)
        step = max(1, (1 << 24) // width)
        try:
            for start in range(0, n_rows, step):
                block = np.ascontiguousarray(rows[start : start + step])
                out[start : start + step] = gguf.dequantize(block, kind)
        except NotImplementedError as error:
            raise BadInput(
                f"{path}: tensor {record.name!r} is stored as {kind.name}, which the gguf package "
                "cannot turn into numbers; use a file with another quantisation"
            ) from error
        return out.reshape(record.shape)

    return read


def _with_vocabulary(
    path: Path,
    *,
    header: GGUFHeader,
    tensors: dict[str, StoredTensor],
) -> Offer:
    fields = header.fields
    architecture = _text(fields.get("general.architecture", b""))
    width = fields.get(f"{architecture}.embedding_length")
    d_model = width if isinstance(width, int) else None
    columns: dict[str, np.ndarray] = {}
    record = header.tensors.get(EMBEDDING)
    spellings = fields.get("tokenizer.ggml.tokens")
    if isinstance(spellings, list) and record is not None:
        texts = [_text(s) for s in spellings]  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
        if len(texts) != record.shape[0]:
            raise BadInput(
                f"{path}: {len(texts):,} token strings for {record.shape[0]:,} embedding rows"
            )
        kind = np.asarray(fields.get("tokenizer.ggml.token_type", np.ones(len(texts))))
        scheme = _text(fields.get("tokenizer.ggml.model", b""))
        columns["label"] = text_column(_as_text(texts, kind=kind, scheme=scheme))
        columns["special"] = ~np.isin(kind, (_NORMAL, _USER_DEFINED, _BYTE))
    return Offer(tensors, d_model=d_model, columns=columns)


def _as_text(spellings: list[str], *, kind: np.ndarray, scheme: str) -> list[str]:
    """Undo the vocabulary's spelling; special and user-defined tokens are spelled literally."""
    decode = byte_level_text if scheme == "gpt2" else sentence_piece_text
    return [decode(s) if k in (_NORMAL, _BYTE) else s for s, k in zip(spellings, kind, strict=True)]


def _text(raw: Any) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
