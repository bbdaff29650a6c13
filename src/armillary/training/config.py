"""What a training run is told: one frozen record, written into checkpoints and results."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from armillary.core.errors import BadInput
from armillary.core.firing import Firing
from armillary.training.passes import Pass
from armillary.training.resample import Resample
from armillary.training.weights import Weights


@runtime_checkable
class Architecture(Protocol):
    """How codes are made, what is lost, and what a dead feature can hope for."""

    @property
    def name(self) -> str:
        """What sae-lens calls the training architecture."""
        ...

    def encoder_scale(self, d_model: int, d_sae: int, /) -> float:
        """Return the length of the encoder's columns at the start; decoder rows have one."""
        ...

    @property
    def resample(self) -> Resample | None:
        """What starts dead features anew, None where a loss revives them."""
        ...

    def check(self, d_sae: int, /) -> None:
        """Raise BadInput if the options do not fit the number of features."""
        ...

    def prepare(self, weights: Weights, /) -> None:
        """Add the trained vectors of this architecture to fresh weights."""
        ...

    def step(self, weights: Weights, tokens: Tensor, /, *, dead: Tensor, share: float) -> Pass:
        """Return losses and gradients of one batch; ``share`` of the run is done."""
        ...

    def firing(self, weights: Weights, /, *, scale: float) -> Firing:
        """Return the finished rule for codes that are divided by ``scale``."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides a training run, the data aside.

    Parameters
    ----------
    architecture
        For example ``TopK(k=32)``; its options are its own.
    d_sae
        Number of features.
    tokens
        Activation vectors to train on; None to count in epochs.
    epochs
        Passes over the stream where ``tokens`` is None.
    batch
        Vectors a step.
    lr
        Adam's highest learning rate.
    warmup, decay
        Shares of the run in which the rate rises linearly from zero and falls linearly to zero.
    betas
        Of Adam.
    unit_norm
        Whether decoder rows are kept at length one (gradients along a row are taken out).
    dead_after
        A feature is dead once it has not fired for so many vectors.
    scale
        Whether vectors are trained on at a typical distance ``sqrt(d_model)`` from their centre.
        The factor is recorded and folded into the finished weights.
    seed
        Of the first weights, the order of the data and everything else that is drawn.
    log_every
        Steps between two entries of the history.
    device
        Of torch; None is a GPU where there is one.

    Raises
    ------
    BadInput
        If a value is out of its range, or the architecture does not fit ``d_sae``.
    """

    architecture: Architecture
    d_sae: int
    tokens: int | None = None
    epochs: float | int = 1.0
    batch: int = 4096
    lr: float = 1e-3
    warmup: float = 0.05
    decay: float = 0.2
    betas: tuple[float, float] = (0.9, 0.999)
    unit_norm: bool = True
    dead_after: int = 200_000
    scale: bool = True
    seed: int = 0
    log_every: int = 10
    device: str | None = None

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name in ("d_sae", "batch", "dead_after", "log_every", "lr", "epochs"):
            if not getattr(self, name) > 0:
                raise BadInput(f"{name} is {getattr(self, name)!r}, expected more than 0")
        if self.tokens is not None and self.tokens < self.batch:
            raise BadInput(f"{self.tokens} tokens do not fill one batch of {self.batch}")
        if self.seed < 0:
            raise BadInput(f"seed is {self.seed}, expected 0 or more")
        if min(self.warmup, self.decay) < 0 or self.warmup + self.decay > 1:
            raise BadInput(
                f"warmup {self.warmup} and decay {self.decay} are shares of the run; "
                "expected 0 or more and together at most 1"
            )
        self.architecture.check(self.d_sae)

    def rate(self, step: int, n_steps: int) -> float:
        """Return the learning rate of one step."""
        up = min(1.0, (step + 1) / max(1.0, self.warmup * n_steps))
        down = min(1.0, (n_steps - step) / max(1.0, self.decay * n_steps))
        return self.lr * min(up, down)

    def record(self) -> dict[str, Any]:
        """Return the config as plain values, the architecture with its name."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        options = dataclasses.asdict(self.architecture)  # pyright: ignore[reportArgumentType]
        return _plain({**plain, "architecture": {"name": self.architecture.name, **options}})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}  # pyright: ignore
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]  # pyright: ignore
    return value
