"""Progress on stderr: bars on a terminal, plain lines elsewhere, nothing when told to be quiet."""

import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class ShownProgress:
    """What a survey tells of its stages, shown as they happen.

    Parameters
    ----------
    console
        Where to write; rich sees whether it is a terminal and honours NO_COLOR.
    quiet
        Show nothing.
    verbose
        Say how long each stage took, also where there are bars.
    """

    def __init__(self, console: Console, *, quiet: bool = False, verbose: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._verbose = verbose
        self._began = self._stage_began = time.monotonic()
        self._name = ""
        self._total = self._done = self._quarter = 0
        self._task: TaskID | None = None
        self._bars: Progress | None = None
        if console.is_terminal and not quiet:
            self._bars = Progress(
                SpinnerColumn(),
                TextColumn("{task.description:<28}"),
                BarColumn(bar_width=32),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console,
                transient=True,
            )

    def __enter__(self) -> "ShownProgress":
        """Start the bars."""
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Close the last stage, and leave the terminal as it was."""
        if error[0] is None:
            self._close()
        if self._bars is not None:
            self._bars.stop()

    def stage(self, name: str, total: int = 0) -> None:
        """Begin a stage of ``total`` steps (0: not known), or add steps to the one under way."""
        if name == self._name:
            self._total += total
            if self._bars is not None and self._task is not None:
                self._bars.update(self._task, total=self._total or None)
            return
        self._close()
        self._name, self._total, self._done, self._quarter = name, total, 0, 0
        self._stage_began = time.monotonic()
        if self._bars is not None:
            self._task = self._bars.add_task(name, total=total or None)
        elif not self._quiet:
            self._line(f"{name} ({total:,})" if total else name)

    def advance(self, n: int = 1) -> None:
        """Say that ``n`` more steps of the stage are done."""
        self._done += n
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, advance=n)
        elif self._total and not self._quiet:
            quarter = 4 * self._done // self._total
            if self._quarter < quarter < 4:
                self._quarter = quarter
                self._line(f"{self._name}: {25 * quarter} %")

    def note(self, text: str) -> None:
        """Say something in passing."""
        if not self._quiet:
            self._line(text)

    def _close(self) -> None:
        if not self._name or self._quiet:
            return
        if self._bars is not None and self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        if self._bars is not None or self._verbose:
            took = time.monotonic() - self._stage_began
            self._line(f"{self._name}: done in {took:.1f} s")
        self._name = ""

    def _line(self, text: str) -> None:
        elapsed = time.monotonic() - self._began
        self._console.print(f"[{elapsed:6.1f} s] {text}", markup=False, highlight=False)
