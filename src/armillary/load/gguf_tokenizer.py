"""GGUF as a tokenizer: its tokens and merges as a ``tokenizer.json``."""

from pathlib import Path
from typing import Any

from armillary.core.errors import BadInput
from armillary.load.gguf_header import read_gguf_header

_SPECIAL, _USER_DEFINED = 3, 4
_BYTE_LEVEL = {"add_prefix_space": False, "trim_offsets": True, "use_regex": True}
# how text is cut before merging, by llama.cpp's name for it
_CUTS: dict[str, list[dict[str, Any]]] = {
    "smollm": [
        {"type": "Digits", "individual_digits": True},
        {"type": "ByteLevel", **_BYTE_LEVEL},
    ],
    "gpt-2": [{"type": "ByteLevel", **_BYTE_LEVEL}],
}


def tokenizer_json(path: Path) -> dict[str, Any]:
    """Return the byte-level BPE tokenizer of a GGUF file as the package tokenizers spells it.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        JSON-ready. Nothing is put before or after a text.

    Raises
    ------
    BadInput
        If it is not byte-level BPE, or cuts text in a way that is not known here.
    """
    fields = read_gguf_header(path).fields
    kind = _text(fields.get("tokenizer.ggml.model", b""))
    cut = _text(fields.get("tokenizer.ggml.pre", b""))
    if kind != "gpt2" or cut not in _CUTS:
        raise BadInput(
            f"{path}: a tokenizer of kind {kind!r} with cuts {cut!r}; known are 'gpt2' with "
            f"{', '.join(map(repr, _CUTS))}"
        )
    tokens = [_text(token) for token in fields["tokenizer.ggml.tokens"]]
    kinds: list[int] = fields["tokenizer.ggml.token_type"].tolist()
    added = [
        {
            "id": i,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": kind == _SPECIAL,
        }
        for i, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind in (_SPECIAL, _USER_DEFINED)
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": _CUTS[cut]},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", **_BYTE_LEVEL},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [_text(merge) for merge in fields["tokenizer.ggml.merges"]],
        },
    }


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
