"""What is shared, on disk: all that a receiver may open besides the bytes of a message."""

from pathlib import Path

import numpy as np

from armillary.core.codes import Codes
from armillary.core.tokens import Tokens
from armillary.knockoffs.shared import Shared

_CODES = ("offset", "feature", "value")
_TOKENS = ("token_id", "document", "position")


def save_shared(shared: Shared, path: Path) -> None:
    """Write what both sides know to one file.

    Parameters
    ----------
    shared
        Feature ids, dimension, columns, codes with their text.
    path
        An ``.npz`` file; numbers and text only, nothing pickled.
    """
    arrays: dict[str, np.ndarray] = {
        "feature_id": shared.feature_id,
        "d_model": np.array(shared.d_model),
    }
    arrays |= {f"column.{name}": np.asarray(c) for name, c in shared.columns.items()}
    if shared.codes is not None:
        arrays |= {f"codes.{name}": getattr(shared.codes, name) for name in _CODES}
        tokens = shared.codes.tokens
        if tokens is not None:
            arrays |= {f"tokens.{name}": getattr(tokens, name) for name in _TOKENS}
            if tokens.vocabulary is not None:
                arrays["tokens.vocabulary"] = tokens.vocabulary.astype(np.str_)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def open_shared(path: Path) -> Shared:
    """Read what ``save_shared`` wrote.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Shared
        The same, apart from the record of where codes came from.
    """
    with np.load(path, allow_pickle=False) as file:
        arrays: dict[str, np.ndarray] = {name: file[name] for name in file.files}
    columns = {n.removeprefix("column."): a for n, a in arrays.items() if n.startswith("column.")}
    feature_id = arrays["feature_id"]
    tokens, codes = None, None
    if "tokens.token_id" in arrays:
        read = [arrays[f"tokens.{name}"] for name in _TOKENS]
        tokens = Tokens(read[0], read[1], read[2], arrays.get("tokens.vocabulary"))
    if "codes.offset" in arrays:
        offset, feature, value = (arrays[f"codes.{name}"] for name in _CODES)
        codes = Codes(offset, feature, value, feature_id, tokens)
    return Shared(feature_id, int(arrays["d_model"]), columns, codes)
