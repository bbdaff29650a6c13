"""What the cache of null draws keeps: nothing that no survey will ask for again."""

import re
from pathlib import Path

from armillary.shape import OMNIBUS_VERSION

MOST_SURVEYS = 20  # whose draws of unit rows are kept, the last used
UNIT_ROWS = "unit-rows-"


def forget_outdated(folder: Path) -> None:
    """Remove tables of older statistics, and the draws of all but the last surveys.

    Parameters
    ----------
    folder
        The null tables. Files of other names are left alone.

    Raises
    ------
    OSError
        If something cannot be removed.
    """
    for file in folder.glob("omnibus*.npz"):
        version = re.match(r"omnibus(\d+)-", file.name)
        if version and int(version[1]) < OMNIBUS_VERSION:
            file.unlink(missing_ok=True)
    draws = sorted(folder.glob(f"{UNIT_ROWS}*.npz"), key=lambda file: file.stat().st_mtime)
    for file in draws[:-MOST_SURVEYS]:
        file.unlink(missing_ok=True)
