"""Reading: the codes that an autoencoder makes of texts, live or kept."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import sparse

from armillary.core import BadInput, Codes, Corpus, SparseAutoencoder, Tokens
from armillary.explain.sources.texts import ReadingModel, Texts

_AT_ONCE = 16  # texts


def encoded_texts(
    sae: SparseAutoencoder, lm: ReadingModel, texts: Texts, *, place: str
) -> tuple[Any, Float[np.ndarray, "token d_model"]]:
    """Return what an autoencoder makes of texts.

    Parameters
    ----------
    sae, lm
        The autoencoder and its model.
    texts
        The texts.
    place
        Where in the model.

    Returns
    -------
    codes : scipy.sparse.csr_array
        One row a row of a split.
    vectors : array
        What they are codes of.
    """
    codes: list[Any] = []
    vectors: list[np.ndarray] = []
    for start in range(0, len(texts.token_id), _AT_ONCE):
        found = lm.capture(texts.token_id[start : start + _AT_ONCE], place)[place]
        block = found[:, texts.first :].reshape(-1, found.shape[-1]).cpu().numpy()
        codes.append(sparse.csr_array(sae.encode(block).astype(np.float32)))
        vectors.append(block)
    library: Any = sparse  # its stacking has no types
    return library.vstack(codes, format="csr"), np.concatenate(vectors)


def live_codes(
    sae: SparseAutoencoder, lm: ReadingModel, texts: Texts, *, place: str, vocabulary: np.ndarray
) -> Codes:
    """Return an autoencoder's codes of texts, with their text; each is a document of its own.

    Parameters
    ----------
    sae, lm, texts, place
        As for ``encoded_texts``.
    vocabulary
        Text of every token id.
    """
    fires, _ = encoded_texts(sae, lm, texts, place=place)
    n_text, n_position = (int(n) for n in texts.token_id.shape)
    position = np.tile(np.arange(texts.first, n_position), n_text)
    document = np.repeat(np.arange(n_text), n_position - texts.first)
    tokens = Tokens(texts.rows.astype(np.int32), document, position, vocabulary)
    ids: np.ndarray = np.arange(sae.n_features)
    offset = fires.indptr.astype(np.int64)
    return Codes(offset, fires.indices.astype(np.int32), fires.data, ids, tokens)


def codes_before(codes: Codes, shared: Corpus) -> Codes:
    """Return the codes of the first documents of a corpus, checked to be of its text.

    Parameters
    ----------
    codes
        Of the whole corpus, or of its first documents.
    shared
        The first documents.

    Raises
    ------
    BadInput
        If the codes carry no text, or another.
    """
    tokens = codes.tokens
    if tokens is None:
        raise BadInput("these codes carry no text: which of them are of test documents?")
    n = int(np.count_nonzero(np.asarray(tokens.document) < shared.n_documents))
    document, position = np.asarray(tokens.document[:n]), np.asarray(tokens.position[:n])
    at = shared.offset[document] + position
    n = int(np.count_nonzero(at < shared.n_tokens))  # a single document may be cut
    document, position, at = document[:n], position[:n], at[:n]
    if n == 0 or (np.asarray(shared.token_id)[at] != np.asarray(tokens.token_id[:n])).any():
        raise BadInput("the codes are of another text than the corpus: leave them out, or give it")
    end = int(codes.offset[n])
    kept = Tokens(tokens.token_id[:n], document, position, tokens.vocabulary)
    return Codes(
        codes.offset[: n + 1], codes.feature[:end], codes.value[:end], codes.feature_id, kept,
        codes.source,
    )  # fmt: skip
