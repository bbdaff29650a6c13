"""Layer worlds: pairs of layers whose relation is known, and codes that anybody brings."""

import numpy as np

from armillary.core import BadInput, Codes, SparseAutoencoder
from armillary.load import open_codes
from armillary.networks.residual_circuit import residual_circuit
from armillary.studies.two_layers import LayerPair

SIZES = {  # bits, gates, d_model, forgotten bits, tokens
    "tiny": (16, 12, 64, 4, 6_000),
    "full": (40, 40, 96, 10, 40_000),
}


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
        Its blocks are as long as the longest document, or single tokens where no text is known.

    Raises
    ------
    BadInput
        If the two are not of the same tokens.
    """
    one, two = open_codes(earlier), open_codes(later)
    same = one.n_tokens == two.n_tokens
    if same and one.tokens is not None and two.tokens is not None:
        same = np.array_equal(one.tokens.token_id, two.tokens.token_id)
    if not same:
        raise BadInput(
            f"{earlier} and {later} hold codes of different tokens: encode one text at both layers"
        )
    block = 1
    if one.tokens is not None:
        block = int(np.bincount(np.asarray(one.tokens.document)).max())
    learned = one.n_tokens // 2 // block * block
    return LayerPair(one, two, dictionaries, learned, block, f"{earlier} and {later}")
