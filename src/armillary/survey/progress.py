"""Progress: what a survey tells whoever watches."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Told of every stage, of advances within it, and of facts worth showing."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of ``total`` steps (0: unknown)."""
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


class Stopwatch:
    """Seconds spent in each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, progress: Progress, name: str, total: int = 0) -> Iterator[None]:
        """Announce a stage and time it."""
        progress.stage(name, total)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)
