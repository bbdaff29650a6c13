"""Vocabulary files: the text of every token of a model, without the library that made them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.core.errors import BadInput
from armillary.load.tokens import byte_level_text, speller, text_column, visible_null

# tokens that a vocabulary keeps free, as BERT and Gemma spell them
_NEVER_USED = re.compile(r"\[unused\d+\]|<unused\d+>")
VOCABULARY_FILES = ("tokenizer.json", "vocab.json", "vocab.txt")


def token_columns(folder: Path, *, n_rows: int) -> tuple[dict[str, np.ndarray], str]:
    """Read which token each row of an embedding belongs to.

    From ``tokenizer.json`` (byte-level BPE, SentencePiece or WordPiece), else from GPT-2's
    ``vocab.json``, else from BERT's ``vocab.txt``.

    Parameters
    ----------
    folder
        Where the model lies.
    n_rows
        Rows of the embedding. Rows that no token has are called ``[row 123]``; tokens beyond the
        last row are left out.

    Returns
    -------
    columns : dict
        ``label``, the text with its leading space kept, and ``special``, True for control tokens
        and for rows that no token has. Empty where the folder has no vocabulary.
    note : str
        What was read, one sentence.

    Raises
    ------
    BadInput
        If the file is damaged.
    """
    for name in VOCABULARY_FILES:
        path = folder / name
        if path.is_file():
            try:
                texts, special = READERS[name](path)
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise BadInput(f"{path} is not a vocabulary that can be read: {error!r}") from error
            return _columns(texts, special=special, n_rows=n_rows, name=name)
    return {}, f"no {', '.join(VOCABULARY_FILES)}: tokens show their id"


def _columns(
    texts: Mapping[int, str], *, special: set[int], n_rows: int, name: str
) -> tuple[dict[str, np.ndarray], str]:
    label = text_column([texts.get(i, f"[row {i}]") for i in range(n_rows)])
    marked = np.array([i in special or i not in texts for i in range(n_rows)], dtype=bool)
    unused = sum(i not in texts for i in range(n_rows))
    note = f"labels: {n_rows - unused:,} tokens read from {name}"
    if unused:
        note += f"; {unused:,} rows belong to no token"
    return {"label": label, "special": marked}, note


def _tokenizer(path: Path) -> tuple[dict[int, str], set[int]]:
    content: Any = json.loads(path.read_text(encoding="utf-8"))
    model: Any = content["model"]
    parts = [content.get(part) for part in ("decoder", "pre_tokenizer", "normalizer")]
    spell = speller(json.dumps(parts), f'"{model.get("type", "")}"')
    vocabulary: Any = model["vocab"]
    if isinstance(vocabulary, list):  # Unigram: pairs of text and score, in the order of the ids
        entries = [(i, pair[0]) for i, pair in enumerate(cast(list[Any], vocabulary))]
    else:
        entries = [(i, text) for text, i in cast(Mapping[str, int], vocabulary).items()]
    texts = {int(i): spell(str(text)) for i, text in entries}
    added: list[Any] = content.get("added_tokens") or []
    texts |= {int(a["id"]): visible_null(str(a["content"])) for a in added}
    kept_free = {i for i, text in texts.items() if _NEVER_USED.fullmatch(text)}
    return texts, {int(a["id"]) for a in added if a.get("special")} | kept_free


def _byte_level(path: Path) -> tuple[dict[int, str], set[int]]:
    content: Mapping[str, int] = json.loads(path.read_text(encoding="utf-8"))
    texts = {int(i): byte_level_text(text) for text, i in content.items()}
    return texts, {i for i, text in texts.items() if text.startswith("<|")}


def _word_piece(path: Path) -> tuple[dict[int, str], set[int]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    texts = dict(enumerate(lines[:-1] if lines[-1] == "" else lines))
    bracketed = {i for i, text in texts.items() if text.startswith("[") and text.endswith("]")}
    return texts, {i for i in bracketed if len(texts[i]) > 2}


READERS = {"tokenizer.json": _tokenizer, "vocab.json": _byte_level, "vocab.txt": _word_piece}
