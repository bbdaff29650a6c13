"""Progress: what a survey tells whoever watches."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """Told of every stage, of advances within it, and of facts worth showing."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of ``total`` steps (0: unknown); named again, it has so many steps more."""
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
    def stage(self, progress: Progress, name: str, total: int = 0) -> Generator[None]:
        """Announce a stage and time it."""
        progress.stage(name, total)
        with self.time(name):
            yield

    @contextmanager
    def time(self, name: str) -> Generator[None]:
        """Time what announces its own stages."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def steps_of(progress: Progress, name: str) -> Callable[[int, int], None]:
    """Adapt calls with (done, total) to a stage that learns its total from the first of them."""
    last = 0

    def step(done: int, total: int) -> None:
        nonlocal last
        if last == 0:
            progress.stage(name, total)
        progress.advance(done - last)
        last = done

    return step
