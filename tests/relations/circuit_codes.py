"""Codes of two layers for tests: a circuit with known edges, and layers that share nothing."""

import numpy as np

from armillary.core import Codes


def codes_of(dense):
    token, feature = np.nonzero(dense)
    values = np.asarray(dense[token, feature], dtype=np.float32)
    return Codes.from_triples(
        token, feature, values, n_tokens=dense.shape[0], n_features=dense.shape[1]
    )


def gate_codes(n, rng, *, n_inputs=12, density=0.2):
    """Bits, and later ANDs of pairs (0, 1), (2, 3), ... beside carried bits."""
    bits = rng.random((n, n_inputs)) < density
    strength = bits * rng.uniform(0.5, 1.5, bits.shape)
    pairs = [(k, k + 1) for k in range(0, n_inputs - 1, 2)]
    ands = np.stack([bits[:, a] & bits[:, b] for a, b in pairs], axis=1)
    later = np.concatenate([strength[:, :3], ands], axis=1)
    edges = {(k, k) for k in range(3)} | {(bit, 3 + j) for j, p in enumerate(pairs) for bit in p}
    return codes_of(strength), codes_of(later), edges


def bursty(n_blocks, block, n_features, rng, *, rare=0.3, density=0.3):
    """Codes that fire in bursts: a feature is on in some blocks only, skewed and autocorrelated."""
    topic = rng.random((n_blocks, 1, n_features)) < rare
    fires = rng.random((n_blocks, block, n_features)) < density
    value = rng.exponential(1.0, (n_blocks, block, n_features)) * topic * fires
    return codes_of(value.reshape(n_blocks * block, n_features))
