"""Optional packages: imported where they are used, explained where they are missing."""

import importlib
from types import ModuleType

from armillary.core.errors import MissingExtra


def require(module: str, *, extra: str) -> ModuleType:
    """Import an optional package, or say how to install it.

    Parameters
    ----------
    module
        Import name, for example ``"gguf"``.
    extra
        The extra of armillary that brings it, for example ``"demo"``.

    Returns
    -------
    ModuleType
        The imported module.

    Raises
    ------
    MissingExtra
        If the package itself is not installed; an ImportError from inside it is not hidden.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or module.split(".")[0] != error.name.split(".")[0]:
            raise
        raise MissingExtra(
            f"this needs the package {module!r}, which is not installed.\n"
            f'Install it with: pip install "armillary[{extra}]"'
        ) from error
