"""Layer worlds: pairs of layers whose relation is known, and codes that anybody brings."""

import numpy as np
from jaxtyping import Int

from armillary.core import BadInput, Codes, SparseAutoencoder
from armillary.load import open_codes
from armillary.networks.residual_circuit import residual_circuit
from armillary.studies.two_layers import LayerPair

SIZES = {  # bits, gates, d_model, forgotten bits, tokens
    "tiny": (16, 12, 64, 4, 6_000),
    "full": (40, 40, 96, 10, 40_000),
}
FEWEST_BLOCKS = 40  # half of them are tested on


def codes_of(dense: np.ndarray) -> Codes:
    """Return dense codes as ``Codes``, without text."""
    token, feature = np.nonzero(dense)
    value = np.asarray(dense[token, feature], dtype=np.float32)
    return Codes.from_triples(
        token, feature, value, n_tokens=dense.shape[0], n_features=dense.shape[1]
    )


def circuit_pair(size: str = "full", *, seed: int = 0) -> LayerPair:
    """Draw a residual circuit and encode both layers with their true dictionaries.

    Parameters
    ----------
    size
        ``"tiny"`` or ``"full"``.
    seed
        Of gates, directions and tokens.

    Returns
    -------
    LayerPair
        With the true edges: carried bits, and the inputs of every gate.

    Raises
    ------
    BadInput
        If there is no such size.
    """
    if size not in SIZES:
        raise BadInput(f"size {size!r} of world:circuit: use one of {', '.join(SIZES)}")
    n_inputs, n_gates, d_model, forgotten, n_tokens = SIZES[size]
    rng = np.random.default_rng([seed, 71])
    made = residual_circuit(n_inputs, n_gates, d_model, forgotten=forgotten, rng=rng)
    vectors = made.draw(n_tokens, rng)
    return pair_of(
        vectors, made.dictionaries(), name=f"a circuit of {n_gates} gates on {n_inputs} bits",
        truth=frozenset(made.edges),
    )  # fmt: skip


def pair_of(
    vectors: tuple[np.ndarray, np.ndarray],
    dictionaries: tuple[SparseAutoencoder, SparseAutoencoder],
    *,
    name: str,
    block: int = 1,
    truth: frozenset[tuple[int, int]] | None = None,
) -> LayerPair:
    """Encode the vectors of both layers; the first half of the tokens is for fitting.

    Parameters
    ----------
    vectors
        Rows of both layers at the same tokens.
    dictionaries
        What encodes each.
    name, block, truth
        As in ``LayerPair``.

    Returns
    -------
    LayerPair
        Ready to be related.
    """
    one, two = (codes_of(sae.encode(rows)) for sae, rows in zip(dictionaries, vectors, strict=True))
    return LayerPair(one, two, dictionaries, one.n_tokens // 2, block, name, truth=truth)


def stored_pair(
    earlier: str, later: str, dictionaries: tuple[SparseAutoencoder, SparseAutoencoder] | None
) -> LayerPair:
    """Open the codes of two layers, of the same tokens; the first half is for fitting.

    Parameters
    ----------
    earlier, later
        Folders of codes.
    dictionaries
        Theirs, where virtual weights are wanted.

    Returns
    -------
    LayerPair
        Its blocks are documents (see ``aligned``), or single tokens where no text is known.

    Raises
    ------
    BadInput
        If the two are not of the same tokens, or a dictionary has no row for one of the codes.
    """
    one, two = open_codes(earlier), open_codes(later)
    same = one.n_tokens == two.n_tokens
    if same and one.tokens is not None and two.tokens is not None:
        same = np.array_equal(one.tokens.token_id, two.tokens.token_id)
    if not same:
        raise BadInput(
            f"{earlier} and {later} hold codes of different tokens: encode one text at both layers"
        )
    for codes, sae, name in zip((one, two), dictionaries or (), (earlier, later), strict=False):
        if codes.feature_id.min() < 0 or codes.feature_id.max() >= sae.n_features:
            raise BadInput(
                f"{name} has codes of feature {codes.feature_id.max()}, its dictionary has "
                f"{sae.n_features} features: give the two in the order of the layers"
            )
    block = 1
    if one.tokens is not None:
        rows, block = aligned(np.asarray(one.tokens.document))
        one, two = one.take(rows), two.take(rows)
    learned = one.n_tokens // 2 // block * block
    return LayerPair(one, two, dictionaries, learned, block, f"{earlier} and {later}")


def aligned(document: Int[np.ndarray, " token"]) -> tuple[Int[np.ndarray, " kept"], int]:
    """Choose tokens that make blocks of one length, each at the beginning of a document.

    Parameters
    ----------
    document
        Of every token, in reading order.

    Returns
    -------
    rows
        The first so many tokens of every document that has them.
    length
        How many: the number that keeps most tokens in ``FEWEST_BLOCKS`` documents or more. Where
        there are fewer documents, pieces of documents, as long as that many pieces allow.

    Raises
    ------
    BadInput
        If there are not even so many tokens.
    """
    begin = np.flatnonzero(np.append(True, document[1:] != document[:-1]))
    size = np.diff(np.append(begin, document.size))
    held = np.sort(size)[::-1]  # held[k]: k + 1 documents have so many tokens
    count: Int[np.ndarray, " document"] = np.arange(1, held.size + 1)
    if held.size >= FEWEST_BLOCKS:
        kept = np.where(count >= FEWEST_BLOCKS, held * count, 0)
        length = int(held[kept.argmax()])
    else:
        length = document.size // FEWEST_BLOCKS
        while length and int((size // length).sum()) < FEWEST_BLOCKS:
            length -= 1
        if not length:
            raise BadInput(f"{document.size} tokens are too few: {FEWEST_BLOCKS} are needed")
        pieces = size // length
        within: Int[np.ndarray, " piece"] = np.arange(int(pieces.sum()))
        within -= np.repeat(np.cumsum(pieces) - pieces, pieces)
        begin = np.repeat(begin, pieces) + length * within
        size = np.full(begin.size, length)
    place: Int[np.ndarray, " place"] = np.arange(length)
    return (begin[size >= length, None] + place).ravel(), length
