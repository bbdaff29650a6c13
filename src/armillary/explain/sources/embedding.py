"""Token embeddings as a subject: one feature a token, so that placement is everything."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from armillary.core import Codes, Corpus, FeatureSpace
from armillary.explain.sources.texts import (
    Back,
    ReadingModel,
    Texts,
    corpus_tokens,
    draw_texts,
    same,
)
from armillary.explain.sources.word_groups import word_groups
from armillary.explain.subject import Split, Subject
from armillary.harvest.model import model_facts
from armillary.knockoffs.shared import Shared
from armillary.load.tokens import text_column

HOOK = "hook_embed"


def embedding_subject(
    lm: ReadingModel,
    corpus: Corpus,
    *,
    name: str = "",
    n_calibration: int = 16_384,
    n_test: int = 1_536,
    context: int = 128,
    seed: int = 0,
) -> Subject:
    """Make a subject of a model's token embedding.

    A feature is a token, its code is 1 where the token stands, and ``D = E - bias`` with ``bias``
    the mean embedding over every token of the calibration text. So the bias alone, which all
    theories share, is the mean vector: what is said of placement starts from there.

    Parameters
    ----------
    lm
        The model.
    corpus
        Text as the model's token ids. Tests are drawn from its last twentieth; what is before
        them is shared, codes and all.
    name
        What the user wrote; the model's name if empty.
    n_calibration, n_test
        Tokens that gauges are fitted on and that readers score.
    context
        Tokens of a text.
    seed
        Of the draw of texts.

    Returns
    -------
    Subject
        ``parts``: ``lm``, ``hook_name``, ``calibration_texts``, ``test_texts`` and
        ``held_texts`` (all that tests are drawn from), and ``encode``, which makes a split of any
        ``Texts`` and what takes its vectors back to the model's space.

    Raises
    ------
    BadInput
        If the corpus is too short.
    """
    drawn = draw_texts(
        corpus, n_calibration=n_calibration, n_test=n_test, context=context, seed=seed
    )
    table = embedding_table(lm)
    row: np.ndarray = np.arange(lm.vocab_size, dtype=np.int64)
    labels = text_column(lm.token_text(row))
    share = np.bincount(drawn.shared.token_id, minlength=row.size) / drawn.shared.n_tokens
    bias = (share @ table.astype(np.float64)).astype(np.float32)
    columns = {"label": labels}
    source = {"uri": f"{lm.name}#embed", "assumptions": ["rows of the embedding are features"]}
    space = FeatureSpace(table - bias, row, columns, source)
    tokens = corpus_tokens(drawn.shared, labels)
    codes = _one_hot(tokens.token_id, row)
    codes = Codes(codes.offset, codes.feature, codes.value, row, tokens, {"corpus": corpus.sha256})

    def encode(texts: Texts) -> tuple[Split, Back]:
        return _split(texts, table), same

    return Subject(
        name or lm.name,
        space,
        bias,
        Shared(row, lm.d_model, columns, codes),
        _split(drawn.calibration, table),
        _split(drawn.test, table),
        groups=word_groups(labels),
        parts={
            "lm": lm,
            "hook_name": HOOK,
            "calibration_texts": drawn.calibration,
            "test_texts": drawn.test,
            "held_texts": drawn.held,
            "encode": encode,
        },
        record={
            "kind": "token embedding",
            "model": model_facts(lm),
            "hook_name": HOOK,
            "corpus": {**corpus.source, "sha256": corpus.sha256},
            "shared_tokens": drawn.shared.n_tokens,
            "calibration_tokens": drawn.calibration.rows.size,
            "test_tokens": drawn.test.rows.size,
            "tokens_seen": int(np.count_nonzero(share)),
            "context": context,
            "seed": seed,
            "fvu": 0.0,
            "l0": 1.0,
        },
    )


def embedding_table(lm: ReadingModel) -> Float[np.ndarray, "feature d_model"]:
    """Return what the model's embedding gives for every token, scaled as the model scales it.

    Parameters
    ----------
    lm
        The model.
    """
    ids = np.arange(lm.vocab_size)[:, None]
    parts = [lm.capture(ids[i : i + 8192], HOOK)[HOOK][:, 0] for i in range(0, len(ids), 8192)]
    return np.concatenate([part.cpu().numpy() for part in parts])


def _split(texts: Texts, table: Float[np.ndarray, "feature d_model"]) -> Split:
    rows = texts.rows
    ones = np.ones(rows.size, dtype=np.float32)
    codes: Any = sparse.csr_array(
        (ones, rows.astype(np.int32), np.arange(rows.size + 1)), shape=(rows.size, len(table))
    )
    return Split(codes, texts.unit, table[rows])


def _one_hot(token_id: Int[np.ndarray, " token"], feature_id: Int[np.ndarray, " feature"]) -> Codes:
    n = token_id.size
    return Codes(
        np.arange(n + 1), token_id.astype(np.int32), np.ones(n, dtype=np.float32), feature_id
    )
