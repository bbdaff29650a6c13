"""Modular transformer: one layer, two tokens, attention mixed with plain summing."""

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, slots=True, eq=False)
class ModularTransformer:
    """A one-layer transformer without layer norm that adds residues, as numpy weights.

    With ``x_a = embedding[a] + position[0]``, ``x_b = embedding[b] + position[1]`` and head ``h``:
    ``A_h = sigmoid(x_b Q_h . (x_a - x_b) K_h / sqrt(d_head))`` is the softmax over two tokens, the
    weights are ``w_a = rate A_h + 1 - rate`` and ``w_b = rate (1 - A_h) + 1 - rate``,
    ``resid_mid = x_b + sum_h (w_a x_a + w_b x_b) V_h O_h`` and
    ``logits = (resid_mid + ReLU(resid_mid W_in + b_in) W_out + b_out) U``.

    Parameters
    ----------
    rate
        0: both tokens are summed with weight 1 (such networks learn *pizzas*); 1: softmax.
    embedding, position
        Rows of residues and of the two places.
    query, key, value, output
        Per head; ``output`` maps back.
    w_in, b_in, w_out, b_out
        The hidden layer.
    unembed
        One column an answer.

    References
    ----------
    Zhong et al. 2023, arXiv:2306.17844 (architecture and attention rate).
    """

    rate: float
    embedding: Float[np.ndarray, "residue d_model"]
    position: Float[np.ndarray, "place d_model"]
    query: Float[np.ndarray, "head d_model d_head"]
    key: Float[np.ndarray, "head d_model d_head"]
    value: Float[np.ndarray, "head d_model d_head"]
    output: Float[np.ndarray, "head d_head d_model"]
    w_in: Float[np.ndarray, "d_model neuron"]
    b_in: Float[np.ndarray, " neuron"]
    w_out: Float[np.ndarray, "neuron d_model"]
    b_out: Float[np.ndarray, " d_model"]
    unembed: Float[np.ndarray, "d_model residue"]

    @classmethod
    def from_weights(cls, weights: dict[str, np.ndarray], *, rate: float) -> "ModularTransformer":
        """Make it of named arrays, in float64."""
        names = [f.name for f in fields(cls) if f.name != "rate"]
        return cls(rate, **{name: weights[name].astype(np.float64) for name in names})

    @property
    def p(self) -> int:
        """Number of residues."""
        return self.embedding.shape[0]

    def with_embedding(
        self, embedding: Float[np.ndarray, "residue d_model"]
    ) -> "ModularTransformer":
        """Return the network with other rows in its embedding."""
        return replace(self, embedding=embedding)

    def _attention(
        self, pairs: Int[np.ndarray, "row 2"]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the softmax weight of the first token (row, head), and both tokens' rows."""
        first = self.embedding[pairs[:, 0]] + self.position[0]
        last = self.embedding[pairs[:, 1]] + self.position[1]
        form = self._form()  # head d d
        asked = np.einsum("pd,hde->phe", self.embedding + self.position[1], form)[pairs[:, 1]]
        score = np.einsum("rhe,re->rh", asked, first - last)
        return 1 / (1 + np.exp(-np.clip(score, -60, 60))), first, last

    def _form(self) -> Float[np.ndarray, "head d_model d_model"]:
        return self.query @ self.key.transpose(0, 2, 1) / np.sqrt(self.query.shape[2])

    def resid_mid(self, pairs: Int[np.ndarray, "row 2"]) -> Float[np.ndarray, "row d_model"]:
        """Return the residual stream after attention at the last position."""
        softmax, first, last = self._attention(pairs)
        carried = self.value @ self.output  # head d d
        both = 2 * (1 - self.rate) + self.rate  # w_a + w_b
        out = last + both * last @ carried.sum(axis=0)
        weight = self.rate * softmax + 1 - self.rate
        for head, matrix in enumerate(carried):
            out += weight[:, head, None] * ((first - last) @ matrix)
        return out

    def hidden(
        self, resid_mid: Float[np.ndarray, "row d_model"]
    ) -> Float[np.ndarray, "row neuron"]:
        """Return the neurons after ReLU."""
        return np.maximum(resid_mid @ self.w_in + self.b_in, 0)

    def logits_from(
        self, resid_mid: Float[np.ndarray, "row d_model"]
    ) -> Float[np.ndarray, "row p"]:
        """Return the logits that the rest of the network gives."""
        written = self.hidden(resid_mid) @ self.w_out + self.b_out
        return (resid_mid + written) @ self.unembed

    def gradients(
        self, pairs: Int[np.ndarray, "row 2"], answers: Int[np.ndarray, " row"]
    ) -> tuple[Float[np.ndarray, "row d_model"], Float[np.ndarray, "row d_model"]]:
        """Return the gradient of one logit a row by the first and by the second embedding."""
        softmax, first, last = self._attention(pairs)
        wanted = self.unembed[:, answers].T
        on = self.hidden(self.resid_mid(pairs)) > 0
        flow = wanted + ((wanted @ self.w_out.T) * on) @ self.w_in.T  # d logit / d resid_mid
        carried, form = self.value @ self.output, self._form()
        by_first, by_last = np.zeros_like(flow), flow.copy()
        difference = first - last
        for head, matrix in enumerate(carried):
            back = flow @ matrix.T
            weight = self.rate * softmax[:, head] + 1 - self.rate
            other = 2 * (1 - self.rate) + self.rate - weight
            slope = self.rate * softmax[:, head] * (1 - softmax[:, head])
            by_score = (slope * (back * difference).sum(axis=1))[:, None]
            asked = last @ form[head]
            by_first += weight[:, None] * back + by_score * asked
            by_last += other[:, None] * back - by_score * asked
            by_last += by_score * (difference @ form[head].T)
        return by_first, by_last
