"""The notebook's door: a report in a frame, or in a browser where there is no notebook."""

import sys
import tempfile
import webbrowser
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from armillary.atlas import Atlas
from armillary.explorer.page import report_html

MOST_MB = 2.0
HEIGHT = 900


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A report as a notebook shows it.

    Parameters
    ----------
    html
        The whole page.
    height
        Of the frame, in pixels.
    """

    html: str
    height: int

    def _repr_html_(self) -> str:
        """Return a frame with the report in it; its scripts reach nothing outside."""
        return (
            f'<iframe srcdoc="{escape(self.html, quote=True)}" title="armillary explorer" '
            f'width="100%" height="{self.height}" style="border:0" '
            'sandbox="allow-scripts allow-downloads allow-popups"></iframe>'
        )

    def __repr__(self) -> str:
        """Say what it is, for a terminal."""
        return f"<the explorer, {len(self.html) / 1e6:.1f} MB of HTML>"


def show(atlas: Atlas, *, height: int = HEIGHT) -> Shown:
    """Show an atlas: in the notebook that this runs in, else in the browser.

    Parameters
    ----------
    atlas
        The survey; read from a folder, it is shown with the sections in it.
    height
        Of the frame, in pixels.

    Returns
    -------
    Shown
        A notebook draws it. Its page is kept below 2 MB and says what was left out; ``armillary
        serve`` shows everything.
    """
    return _framed(report_html(atlas, max_mb=MOST_MB, folder=atlas.folder), height)


def show_explanation(explanation: Any, *, height: int = HEIGHT) -> Shown:
    """Show the page of an explanation, as ``show`` does of an atlas.

    Parameters
    ----------
    explanation
        With a ``report``.
    height
        Of the frame, in pixels.
    """
    return _framed(explanation.report(), height)


def _framed(html: str, height: int) -> Shown:
    """Return the page in a frame; where nothing draws it, open it in the browser too."""
    shown = Shown(html, int(height))
    if not _in_notebook():
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix="armillary-", suffix=".html", delete=False
        ) as file:
            file.write(html)
        webbrowser.open(Path(file.name).as_uri())
        sys.stderr.write(f"Written to {file.name}\n")
    return shown


def _in_notebook() -> bool:
    """Tell whether something draws what a cell returns; a terminal, IPython's too, does not."""
    module: Any = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None
