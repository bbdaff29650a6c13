"""Networks by hand: an exact clock and an exact pizza with declared frequencies, no training."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class HandBuilt:
    """A network written down: circles in, their sum (and products), ReLU neurons, logits.

    The embedding is one unit circle a frequency: columns ``2 k, 2 k + 1`` hold ``cos w a, sin w a``
    of the k-th frequency. ``resid_mid`` begins with the sum of both embeddings, the *disks*; a
    clock's goes on with the products of both, ``cos, sin w (a + b)`` and then
    ``cos, sin w (a - b)``, which a transformer's attention has to approximate.

    Parameters
    ----------
    frequencies
        Of the circles, ``1 .. (p - 1) / 2``.
    products
        Whether the circles of ``a + b`` and ``a - b`` follow the disks.
    embedding
        One row a residue.
    w_in, w_out
        ``logits = ReLU(resid_mid @ w_in) @ w_out``.
    """

    frequencies: tuple[int, ...]
    products: bool
    embedding: Float[np.ndarray, "residue d_embed"]
    w_in: Float[np.ndarray, "d_model neuron"]
    w_out: Float[np.ndarray, "neuron residue"]

    @property
    def p(self) -> int:
        """Number of residues."""
        return self.embedding.shape[0]

    def with_embedding(self, embedding: Float[np.ndarray, "residue d_embed"]) -> "HandBuilt":
        """Return the network with other rows in its embedding."""
        return replace(self, embedding=embedding)

    def resid_mid(self, pairs: Int[np.ndarray, "row 2"]) -> Float[np.ndarray, "row d_model"]:
        """Return disks, and products where there are any."""
        first, last = self.embedding[pairs[:, 0]], self.embedding[pairs[:, 1]]
        if not self.products:
            return first + last
        u, v = _complex(first), _complex(last)
        return np.hstack([first + last, _real(u * v), _real(u * v.conj())])

    def hidden(
        self, resid_mid: Float[np.ndarray, "row d_model"]
    ) -> Float[np.ndarray, "row neuron"]:
        """Return the neurons after ReLU."""
        return np.maximum(resid_mid @ self.w_in, 0)

    def logits_from(
        self, resid_mid: Float[np.ndarray, "row d_model"]
    ) -> Float[np.ndarray, "row p"]:
        """Return the logits."""
        return self.hidden(resid_mid) @ self.w_out

    def gradients(
        self, pairs: Int[np.ndarray, "row 2"], answers: Int[np.ndarray, " row"]
    ) -> tuple[Float[np.ndarray, "row d_embed"], Float[np.ndarray, "row d_embed"]]:
        """Return the gradient of one logit a row by the first and by the second embedding."""
        on = self.hidden(self.resid_mid(pairs)) > 0
        flow = (self.w_out[:, answers].T * on) @ self.w_in.T
        width = self.embedding.shape[1]
        disks = flow[:, :width]
        if not self.products:
            return disks, disks.copy()
        u = _complex(self.embedding[pairs[:, 0]])
        v = _complex(self.embedding[pairs[:, 1]])
        sums, differences = _complex(flow[:, width : 2 * width]), _complex(flow[:, 2 * width :])
        by_first = disks + _real(sums * v.conj() + differences * v)
        by_last = disks + _real(sums * u.conj() + differences.conj() * u)
        return by_first, by_last


def clock_by_hand(p: int, frequencies: Sequence[int]) -> HandBuilt:
    """Build the exact clock: ``logit_c = sum_w cos w (a + b - c)``.

    Four neurons a frequency, ReLU of ``+-cos w (a + b)`` and ``+-sin w (a + b)``.

    Parameters
    ----------
    p
        Odd number of residues.
    frequencies
        Distinct, ``1 .. (p - 1) / 2``.

    Returns
    -------
    HandBuilt
        With products; right on all pairs where one frequency is coprime to p.

    Raises
    ------
    BadInput
        If p is even or a frequency is out of range.

    References
    ----------
    Nanda et al. 2023, arXiv:2301.05217 (the algorithm).
    """
    chosen, circle = _circles(p, frequencies)
    width = 2 * len(chosen)
    signs = np.hstack([np.eye(width), -np.eye(width)])
    w_in = np.zeros((3 * width, 2 * width))
    w_in[width : 2 * width] = signs
    return HandBuilt(chosen, True, circle, w_in, signs.T @ circle.T)


def pizza_by_hand(p: int, frequencies: Sequence[int], *, neurons: int = 24) -> HandBuilt:
    """Build the exact pizza: ``logit_c = sum_w |cos w (a - b) / 2| cos w (a + b - c)``.

    Neuron j of a frequency is ``ReLU(x cos f_j + y sin f_j)`` of its disk ``(x, y)``, at ``f_j = 2
    pi (j + 1/4) / neurons``; the weights ``cos(2 f_j - w c)`` make their sum a quadrature of an
    integral. Error by the next harmonic: about ``3 / (neurons - 2)^2`` of the logit.

    Parameters
    ----------
    p
        Odd number of residues.
    frequencies
        Distinct, ``1 .. (p - 1) / 2``.
    neurons
        A frequency, even, at least 8.

    Returns
    -------
    HandBuilt
        Without products.

    Raises
    ------
    BadInput
        If p is even, a frequency is out of range or there are too few neurons.

    References
    ----------
    Zhong et al. 2023, arXiv:2306.17844 (the algorithm); Yip et al. 2024, arXiv:2412.03773 (neurons
    as the rectangles of an integral).
    """
    chosen, circle = _circles(p, frequencies)
    if neurons < 8 or neurons % 2:
        raise BadInput(f"{neurons} neurons a frequency: take an even number, at least 8")
    phase = 2 * np.pi * (np.arange(neurons) + 0.25) / neurons
    w_in = np.kron(np.eye(len(chosen)), np.vstack([np.cos(phase), np.sin(phase)]))
    doubled = np.vstack([np.cos(2 * phase), np.sin(2 * phase)])
    # sum_j ReLU(r cos(t - f_j)) cos(2 f_j - s) = neurons r cos(2 t - s) / (3 pi), with r = 2 |cos|
    scale = 3 * np.pi / (2 * neurons)
    w_out = scale * np.kron(np.eye(len(chosen)), doubled).T @ circle.T
    return HandBuilt(chosen, False, circle, w_in, w_out)


def _circles(p: int, frequencies: Sequence[int]) -> tuple[tuple[int, ...], np.ndarray]:
    chosen = tuple(int(k) for k in frequencies)
    if p < 3 or p % 2 == 0:
        raise BadInput(f"p = {p}: circles of residues are paired for odd p only, take an odd one")
    if not chosen or len(set(chosen)) < len(chosen) or min(chosen) < 1 or max(chosen) > p // 2:
        raise BadInput(f"frequencies {chosen}: give distinct ones from 1 to {p // 2}")
    angle = 2 * np.pi * np.outer(np.arange(p), chosen) / p
    return chosen, np.stack([np.cos(angle), np.sin(angle)], axis=2).reshape(p, -1)


def _complex(rows: np.ndarray) -> np.ndarray:
    return rows[:, 0::2] + 1j * rows[:, 1::2]


def _real(rows: np.ndarray) -> np.ndarray:
    return np.stack([np.real(rows), np.imag(rows)], axis=2).reshape(rows.shape[0], -1)
