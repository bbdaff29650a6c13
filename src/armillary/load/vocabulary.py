"""Vocabularies: the text of every token id, from a model's own files and beside stored tokens."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.core.errors import BadInput
from armillary.load.gguf_file import gguf_vocabulary
from armillary.load.tokens import text_column
from armillary.load.vocabulary_file import READERS, VOCABULARY_FILES

VOCABULARY = "vocabulary.json"
_LARGEST_ID = 1 << 24


def load_vocabulary(path: Path | str) -> np.ndarray:
    r"""Read the text of every token id from a model's files, without its libraries.

    Parameters
    ----------
    path
        A ``.gguf`` file (the built-in model: what ``fetch_builtin`` returns), or a folder with
        ``tokenizer.json``, ``vocab.json`` or ``vocab.txt``, or one of these.

    Returns
    -------
    array of str
        Entry ``i`` is the text of token ``i``, its leading space kept. Bytes that are no character
        of their own are written ``\xNN``; ids that the tokenizer does not use are empty.

    Raises
    ------
    BadInput
        If there is no vocabulary in it, or it is damaged.
    """
    where = Path(path).expanduser()
    if where.is_dir():
        held = (where / name for name in VOCABULARY_FILES if (where / name).is_file())
        where = next(held, where / VOCABULARY_FILES[0])
    if where.suffix.lower() == ".gguf":
        return gguf_vocabulary(where)
    try:
        texts, _ = READERS[where.name](where)
        if not texts or min(texts) < 0 or max(texts) > _LARGEST_ID:
            raise ValueError("no tokens, or ids out of range")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{where} is not a vocabulary that can be read ({error!r}): name a GGUF file or the "
            f"folder of a model with one of {', '.join(VOCABULARY_FILES)}"
        ) from error
    return text_column([texts.get(i, "") for i in range(max(texts) + 1)])


def write_vocabulary(folder: Path, vocabulary: np.ndarray) -> None:
    """Write the texts as a JSON list beside the tokens they belong to.

    Parameters
    ----------
    folder
        Must be there.
    vocabulary
        Text of every token id.
    """
    texts = [str(text) for text in vocabulary]
    part = folder / f".{VOCABULARY}.part"
    part.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    part.replace(folder / VOCABULARY)


def read_vocabulary(folder: Path) -> np.ndarray | None:
    """Return the texts that lie beside stored tokens; None where there are none.

    Raises
    ------
    BadInput
        If the file is there and is not a list of texts.
    """
    if not (folder / VOCABULARY).exists():
        return None
    content = _json(folder / VOCABULARY)
    if not isinstance(content, list):
        raise BadInput(f"{folder / VOCABULARY} is not a list of texts: write it again")
    texts = cast("list[Any]", content)
    if not all(isinstance(text, str) for text in texts):
        raise BadInput(f"{folder / VOCABULARY} is not a list of texts: write it again")
    return text_column(texts)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path} is not there: no vocabulary can be read") from None
    except ValueError as error:
        raise BadInput(f"{path} is damaged ({error}): fetch or write it again") from error
