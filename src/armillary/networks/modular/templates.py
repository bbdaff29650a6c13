"""Templates: how much of one circle's logits a clock and a pizza explain."""

from dataclasses import dataclass

import numpy as np

from armillary.networks.modular.network import ModularNetwork, every_pair, logits_of
from armillary.networks.modular.spectrum import isolate

# squared cosine of the clock's and the pizza's template: mean(|cos|)^2 / mean(cos^2) = 8 / pi^2
OVERLAP = 8 / np.pi**2
APART = (1 + OVERLAP) / 2
SILENT = 0.5


@dataclass(frozen=True, slots=True)
class CircleFit:
    """How much of the logits of one circle alone each template explains.

    Parameters
    ----------
    clock
        Share of variance explained by ``cos w (a + b - c)``.
    pizza
        By ``|cos w (a - b) / 2| cos w (a + b - c)``.
    """

    clock: float
    pizza: float

    @property
    def kind(self) -> str:
        """``"clock"``, ``"pizza"``, ``"mixed"`` or ``"neither"``.

        Of a pure clock the pizza's template explains ``8 / pi^2 = .81`` (in the limit of large p),
        and the other way round; what lies off both templates scales both numbers alike. So the
        ratio of the smaller to the larger is .81 for a pure circle and 1 for one half way: the
        better template names the circle where the ratio is below .905, the middle. ``"neither"``
        where the better one explains less than half.
        """
        better, worse = max(self.clock, self.pizza), min(self.clock, self.pizza)
        if better < SILENT:
            return "neither"
        if worse > APART * better:
            return "mixed"
        return "clock" if self.clock > self.pizza else "pizza"


def circle_fit(network: ModularNetwork, frequency: int) -> CircleFit:
    """Fit both templates to the logits that one circle of the embedding gives alone.

    The embedding keeps its mean and this frequency. The logits of all pairs, freed of their mean
    over answers (a softmax never sees it) and of each answer's mean over pairs (a bias), are
    regressed on one template: the share of their variance is the squared cosine.

    Parameters
    ----------
    network
        Any network of this room.
    frequency
        ``w = 2 pi frequency / p``.

    Returns
    -------
    CircleFit
        Both shares, 0 to 1, and the verdict.

    References
    ----------
    Zhong et al. 2023, arXiv:2306.17844.
    """
    p = network.p
    pairs = every_pair(p)
    logits = logits_of(network.with_embedding(isolate(network.embedding, frequency)), pairs)
    logits = logits - logits.mean(axis=1, keepdims=True)
    logits = logits - logits.mean(axis=0)
    turn = 2 * np.pi * frequency / p
    clock = np.cos(turn * (pairs.sum(axis=1)[:, None] - np.arange(p)))
    pizza = np.abs(np.cos(turn * (pairs[:, 0] - pairs[:, 1]) / 2))[:, None] * clock
    return CircleFit(_explained(logits, clock), _explained(logits, pizza))


def _explained(logits: np.ndarray, template: np.ndarray) -> float:
    size = np.vdot(logits, logits) * np.vdot(template, template)
    return float(np.vdot(logits, template) ** 2 / size) if size > 0 else 0.0
