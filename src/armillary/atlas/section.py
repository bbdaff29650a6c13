"""A section: a folder beside or inside an atlas whose manifest says what it is."""

import json
from pathlib import Path
from typing import Any, cast

from armillary.core import BadInput


def says(file: Path, form: str) -> bool:
    """Return whether a manifest says of its folder that it is of a form (of any version).

    Parameters
    ----------
    file
        The manifest; it need not be there.
    form
        Its ``format``.
    """
    try:
        manifest: Any = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and cast("dict[str, Any]", manifest).get("format") == form


def section_manifest(file: Path, *, what: str, reads: int) -> dict[str, Any]:
    """Return a section's manifest.

    Parameters
    ----------
    file
        The manifest.
    what
        Of what it is, in a word.
    reads
        The newest schema that is read here.

    Raises
    ------
    BadInput
        If it is of a newer armillary, or says no schema.
    """
    manifest: dict[str, Any] = json.loads(file.read_text("utf-8"))
    schema = manifest.get("schema")
    if not isinstance(schema, int) or schema > reads:
        raise BadInput(
            f"{file.parent} has {what} schema {schema!r}, this armillary reads up to {reads}: "
            "upgrade armillary, or make it again"
        )
    return manifest
