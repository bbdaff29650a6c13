"""Ctrl-C between two steps, never within one: half a step is no state to go on from."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def held_interrupts() -> Generator[Callable[[], None]]:
    """Hold interrupts back; the function given raises KeyboardInterrupt if one came.

    Outside the main thread, and where a program has a handler of its own, nothing is held back.
    """
    came = False

    def note(number: int, frame: object) -> None:
        nonlocal came
        came = True

    def check() -> None:
        if came:
            raise KeyboardInterrupt

    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield check
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
