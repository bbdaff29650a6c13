"""Single thread: how torch is set while a toy network trains."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def single_thread(torch: Any) -> Generator[None, None, None]:
    """Give torch one thread and no denormal numbers, and what it had before afterwards.

    Toys lose time with a second thread; decayed weights become denormal, and arithmetic on them is
    several times slower.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)
