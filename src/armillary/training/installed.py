"""What this room cannot do without; importing it says how to install what is missing."""

from armillary.core.errors import MissingExtra

try:
    import torch as torch
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise MissingExtra(
        "training needs the package 'torch', which is not installed.\n"
        'Install it with: pip install "armillary[torch]"'
    ) from error
