"""Notes and stars beside an atlas: one line of JSON a change, the last word on a finding wins."""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from armillary.atlas import Atlas, excerpt
from armillary.core.errors import BadInput
from armillary.explorer.schema import Note, NotesBody

FILE = "notes.jsonl"
MOST_TEXT = 10_000
FIELDS = {"finding": int, "star": bool, "text": str}


class Notes:
    """The notes of one atlas, in a file that suits version control: it only grows at its end.

    A line says which finding it is about by its number and by a hash of shape and members, so that
    after another survey a note stands by the same finding, or is not shown; it stays in the file.

    Parameters
    ----------
    atlas
        What the notes are about.
    folder
        Where ``notes.jsonl`` lies.
    """

    def __init__(self, atlas: Atlas, folder: Path) -> None:
        self.file = folder / FILE
        self._lock = threading.Lock()
        columns = ["shape", "feature_ids", "order", "labels", "hypothesis"]
        self._claims = cast("list[dict[str, Any]]", atlas.findings.select(columns).to_pylist())
        self._keys = [_key(claim) for claim in self._claims]

    def read(self) -> NotesBody:
        """Return the last word on every finding that has one.

        Raises
        ------
        BadInput
            If the file is there and cannot be read.
        """
        place = {key: finding for finding, key in reversed(list(enumerate(self._keys)))}
        said: dict[int, Note] = {}
        for line in self._lines():
            note = {name: line.get(name) for name in FIELDS}
            if "of" in line and not self._is(note["finding"], line["of"]):
                note["finding"] = place.get(str(line["of"]), -1)
            try:
                found = checked_note(note, n_findings=len(self._keys))
            except BadInput:
                continue
            said[found.finding] = found
        return NotesBody(tuple(said[finding] for finding in sorted(said)))

    def write(self, sent: object) -> Note:
        """Append a note.

        Parameters
        ----------
        sent
            ``finding``, ``star`` and ``text``, as JSON gave them.

        Returns
        -------
        Note
            What was written.

        Raises
        ------
        BadInput
            If it is none, or the file cannot be written.
        """
        note = checked_note(sent, n_findings=len(self._keys))
        claim = self._claims[note.finding]
        line = {
            "finding": note.finding, "star": note.star, "text": note.text,
            "of": self._keys[note.finding], "shape": claim["shape"],
            "members": excerpt(claim["order"] or claim["labels"]),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }  # fmt: skip
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8")
        try:
            with self._lock, self.file.open("a+b", buffering=0) as file:
                if file.tell() and not _ends_a_line(file):
                    data = b"\n" + data
                file.write(data)  # one write at the end of the file, so servers do not mix lines
        except OSError as error:
            raise BadInput(
                f"the note is not kept: {self.file} cannot be written ({error})"
            ) from error
        return note

    def _is(self, finding: Any, key: Any) -> bool:
        """Tell whether a number still means the finding that a line was written about."""
        known = isinstance(finding, int) and 0 <= finding < len(self._keys)
        return known and self._keys[finding] == key

    def _lines(self) -> list[dict[str, Any]]:
        try:
            text = self.file.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BadInput(f"{self.file} cannot be read ({error})") from error
        return [line for line in map(_parsed, text.split("\n")) if line is not None]


def checked_note(sent: object, *, n_findings: int) -> Note:
    """Return a note, or say what it lacks.

    Parameters
    ----------
    sent
        A mapping of ``finding``, ``star`` and ``text``, and nothing else.
    n_findings
        How many findings there are.

    Returns
    -------
    Note
        The same.

    Raises
    ------
    BadInput
        If a field is missing, of another type, or too long, or there is no such finding.
    """
    held = cast("dict[str, Any]", sent) if isinstance(sent, dict) else {}
    if set(held) != set(FIELDS) or any(
        type(held[name]) is not kind for name, kind in FIELDS.items()
    ):
        raise BadInput("A note is finding (a whole number), star (true or false) and text.")
    if not 0 <= held["finding"] < n_findings:
        raise BadInput(f"There is no such finding: this atlas has {n_findings:,}, from 0.")
    if len(held["text"]) > MOST_TEXT:
        raise BadInput(f"The text is longer than {MOST_TEXT:,} characters.")
    if not _is_text(held["text"]):
        raise BadInput(
            "The text holds half a character (a lone surrogate), which no file can keep."
        )
    return Note(held["finding"], held["star"], held["text"])


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _key(claim: Mapping[str, Any]) -> str:
    ids: Sequence[int] = sorted(claim["feature_ids"])
    said = json.dumps([claim["shape"], ids, claim["hypothesis"] or ""])
    return hashlib.sha256(said.encode("utf-8")).hexdigest()[:16]


def _parsed(line: str) -> dict[str, Any] | None:
    """Return what a line says; None for an empty one, or what an editor or a merge left behind."""
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _ends_a_line(file: Any) -> bool:
    file.seek(-1, 2)
    return file.read(1) == b"\n"
