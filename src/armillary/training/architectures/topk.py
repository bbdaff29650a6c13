"""TopK: each token keeps its k strongest features."""

from dataclasses import dataclass, field

from torch import Tensor

from armillary.core.firing import Firing
from armillary.core.firing import TopK as KeepTopK
from armillary.training.aux import AuxK, check_k
from armillary.training.passes import Pass, plain_pass
from armillary.training.strongest import strongest_of_token
from armillary.training.weights import Weights


@dataclass(frozen=True, slots=True)
class TopK:
    """Keep the ``k`` largest pre-activations of each token, those above zero.

    Parameters
    ----------
    k
        Features a token.
    aux
        What revives dead features.

    References
    ----------
    Gao et al. 2024, arXiv:2406.04093.
    """

    k: int = 32
    aux: AuxK = field(default_factory=AuxK)
    name = "topk"
    resample = None

    def encoder_scale(self, d_model: int, d_sae: int) -> float:
        """Return one: the few that fire are near their token."""
        return 1.0

    def check(self, d_sae: int) -> None:
        """Refuse more features a token than there are."""
        check_k(self.k, d_sae)

    def prepare(self, weights: Weights) -> None:
        """Add nothing."""

    def step(self, weights: Weights, tokens: Tensor, *, dead: Tensor, share: float) -> Pass:
        """Return the gradients of one batch."""
        made = plain_pass(weights, tokens, strongest_of_token(weights, tokens, self.k))
        self.aux.add(made, weights, tokens, dead=dead)
        return made

    def firing(self, weights: Weights, *, scale: float) -> Firing:
        """Return the rule, which no scale changes."""
        return KeepTopK(self.k)
