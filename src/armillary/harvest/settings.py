"""Settings of a harvest and what it tells while it runs."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from armillary.core import BadInput
from armillary.harvest.windows import Bos

DTYPES = ("auto", "float16", "float32")
SHARD_BYTES = 1 << 27


@runtime_checkable
class Progress(Protocol):
    """Told of every stage, of advances within it, and of facts worth showing."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of ``total`` steps."""
        ...

    def advance(self, n: int = 1) -> None:
        """Report ``n`` more steps done."""
        ...

    def note(self, text: str) -> None:
        """Show a fact."""
        ...


class Silent:
    """Progress that shows nothing."""

    def stage(self, name: str, total: int) -> None:
        """Ignore the stage."""

    def advance(self, n: int = 1) -> None:
        """Ignore the advance."""

    def note(self, text: str) -> None:
        """Ignore the fact."""


@dataclass(frozen=True, slots=True)
class HarvestSettings:
    """How text is read and stored.

    Parameters
    ----------
    context_size
        Positions that the model reads at once.
    batch_size
        Windows of full length read together. It changes the last bits of the numbers, so a folder
        is gone on with only with the one it was begun with.
    bos
        Where a BOS token is put in front. Its own vector is never stored.
    skip_first
        First positions of each window that are not stored, BOS counted: the first position is an
        outlier in most models.
    dtype
        ``"float16"``, ``"float32"`` or ``"auto"``: float16 unless the first batch does not fit it.
    shard_rows
        Rows of a shard. Default: those of 128 MiB. What is lost by an interruption is at most one
        shard.

    Raises
    ------
    BadInput
        If a number is out of range or the precision is unknown.
    """

    context_size: int = 256
    batch_size: int = 16
    bos: Bos = Bos.none
    skip_first: int = 1
    dtype: str = "auto"
    shard_rows: int | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        rows = 1 if self.shard_rows is None else self.shard_rows
        if min(self.context_size, self.batch_size, rows) < 1 or self.skip_first < 0:
            raise BadInput(f"context, batch and shard hold at least one; got {self}")
        if self.skip_first >= self.context_size:
            raise BadInput(
                f"leaving out {self.skip_first} of {self.context_size} positions leaves nothing"
            )
        if self.dtype not in DTYPES:
            raise BadInput(f"dtype {self.dtype!r} is not known; use one of {', '.join(DTYPES)}")
