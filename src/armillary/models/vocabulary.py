"""Vocabularies: text to token ids and back, by whatever tokenizer a model came with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from armillary.load.require import require
from armillary.load.tokens import byte_level_text, sentence_piece_text


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Text to token ids and back.

    Parameters
    ----------
    encode
        Text to ids, no special token added.
    texts
        Ids to one text each.
    bos_id
        Id of the token that starts a text, None where there is none.
    """

    encode: Callable[[str], Sequence[int]]
    texts: Callable[[Sequence[int]], list[str]]
    bos_id: int | None


def vocabulary_of_file(path: Path, *, bos_id: int | None) -> Vocabulary:
    """Read a ``tokenizer.json``.

    Parameters
    ----------
    path
        The file.
    bos_id
        Id of the token that starts a text; such a file does not say.

    Returns
    -------
    Vocabulary
        Text to ids and back.

    Raises
    ------
    MissingExtra
        If the package tokenizers is not installed.
    """
    tokenizers: Any = require("tokenizers", extra="torch")
    return vocabulary_of_backend(tokenizers.Tokenizer.from_file(str(path)), bos_id=bos_id)


def vocabulary_of_backend(backend: Any, *, bos_id: int | None) -> Vocabulary:
    """Take a tokenizer of the package tokenizers.

    Parameters
    ----------
    backend
        The tokenizer.
    bos_id
        Id of the token that starts a text.

    Returns
    -------
    Vocabulary
        Text to ids and back.
    """
    kind = type(backend.decoder).__name__
    spell = byte_level_text if kind == "ByteLevel" else sentence_piece_text
    added = {int(i): str(t.content) for i, t in backend.get_added_tokens_decoder().items()}

    def texts(ids: Sequence[int]) -> list[str]:
        return [added[i] if i in added else spell(backend.id_to_token(i) or "") for i in ids]

    def encode(text: str) -> Sequence[int]:
        return backend.encode(text, add_special_tokens=False).ids

    return Vocabulary(encode, texts, bos_id)
