"""Faces: what draws an atlas, found by name on use, for these rooms stand on higher floors."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

FACES = {
    "plot": "armillary.figures:plot_finding",
    "html": "armillary.explorer:report_html",
    "files": "armillary.explorer:report_files",
    "export": "armillary.explorer.export:export",
    "show": "armillary.explorer.notebook:show",
    "server": "armillary.explorer.server:Server",
}


def face(name: str) -> Callable[..., Any]:
    """Return the function or class that draws an atlas in one way.

    Parameters
    ----------
    name
        One of ``FACES``.
    """
    module, function = FACES[name].split(":")
    return getattr(import_module(module), function)
