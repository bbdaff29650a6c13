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
MOST_MEMBERS = 100_000
FIELDS = {"finding": int, "star": bool, "text": str}
GROUP = -1  # the number of what is no finding: a group that a person chose


class Notes:
    """The notes of one atlas, in a file that suits version control: it only grows at its end.

    A line says which finding it is about by its number and by a hash of shape and members, so that
    after another survey a note stands by the same finding, or is not shown; it stays in the file.
    A group that a person chose is known by its members, and shown while the atlas has them all.

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
        self._keys = [claim_key(claim) for claim in self._claims]
        self._ids = frozenset[int](atlas.features["feature_id"].to_pylist())

    def read(self) -> NotesBody:
        """Return the last word on every finding and every group that has one, groups last.

        Raises
        ------
        BadInput
            If the file is there and cannot be read.
        """
        place = {key: finding for finding, key in reversed(list(enumerate(self._keys)))}
        said: dict[tuple[bool, int, tuple[int, ...]], Note] = {}
        for line in self._lines():
            note = {name: line.get(name) for name in FIELDS}
            if note["finding"] == GROUP:
                note["members"] = line.get("features")
            elif "of" in line and not self._is(note["finding"], line["of"]):
                note["finding"] = place.get(str(line["of"]), GROUP)
            try:
                found = self._checked(note)
            except BadInput:
                continue
            said[found.finding < 0, found.finding, found.members] = found
        return NotesBody(tuple(said[key] for key in sorted(said)))

    def write(self, sent: object) -> Note:
        """Append a note.

        Parameters
        ----------
        sent
            ``finding``, ``star`` and ``text``, as JSON gave them; of a group, ``finding`` is -1 and
            ``members`` are its feature ids.

        Returns
        -------
        Note
            What was written.

        Raises
        ------
        BadInput
            If it is none, or the file cannot be written.
        """
        note = self._checked(sent)
        line: dict[str, Any] = {"finding": note.finding, "star": note.star, "text": note.text}
        if note.members:
            line |= {"of": group_key(note.members), "features": note.members}
        else:
            claim = self._claims[note.finding]
            line |= {
                "of": self._keys[note.finding], "shape": claim["shape"],
                "members": excerpt(claim["order"] or claim["labels"]),
            }  # fmt: skip
        line["at"] = datetime.now(UTC).isoformat(timespec="seconds")
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

    def _checked(self, sent: object) -> Note:
        note = checked_note(sent, n_findings=len(self._keys))
        unknown = [feature for feature in note.members if feature not in self._ids]
        if unknown:
            raise BadInput(
                f"{len(unknown):,} of these ids are no features of this atlas, the first is "
                f"{str(unknown[0])[:24]}."
            )
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
        A mapping of ``finding``, ``star`` and ``text``, and nothing else; with ``members``, a list
        of ids, where ``finding`` is -1.
    n_findings
        How many findings there are.

    Returns
    -------
    Note
        The same; members ascend, each once.

    Raises
    ------
    BadInput
        If a field is missing, of another type, or too long, or there is no such finding.
    """
    held = dict(cast("dict[str, Any]", sent)) if isinstance(sent, dict) else {}
    members: Any = held.pop("members", None) if held.get("finding") == GROUP else ()
    if set(held) != set(FIELDS) or any(
        type(held[name]) is not kind for name, kind in FIELDS.items()
    ):
        raise BadInput("A note is finding (a whole number), star (true or false) and text.")
    if held["finding"] == GROUP and members is not None:
        members = _members(members)
    elif not 0 <= held["finding"] < n_findings:
        raise BadInput(f"There is no such finding: this atlas has {n_findings:,}, from 0.")
    if len(held["text"]) > MOST_TEXT:
        raise BadInput(f"The text is longer than {MOST_TEXT:,} characters.")
    if not _is_text(held["text"]):
        raise BadInput(
            "The text holds half a character (a lone surrogate), which no file can keep."
        )
    return Note(held["finding"], held["star"], held["text"], members)


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def claim_key(claim: Mapping[str, Any]) -> str:
    """Return a hash of a finding's shape, members and hypothesis: the same in any survey.

    Parameters
    ----------
    claim
        A row of an atlas's findings table.
    """
    return _hash(claim["shape"], claim["feature_ids"], claim["hypothesis"] or "")


def group_key(members: Sequence[int]) -> str:
    """Return a hash of a group's members, in any order."""
    return _hash("", members, "")


def _hash(shape: str, members: Sequence[int], hypothesis: str) -> str:
    said = json.dumps([shape, sorted(members), hypothesis])
    return hashlib.sha256(said.encode("utf-8")).hexdigest()[:16]


def _members(sent: Any) -> tuple[int, ...]:
    ids = cast("list[Any]", sent) if isinstance(sent, list) else []
    if not ids or len(ids) > MOST_MEMBERS or any(type(one) is not int for one in ids):
        raise BadInput(
            f"The members of a group are a list of 1 to {MOST_MEMBERS:,} whole numbers, its "
            "feature ids."
        )
    return tuple(sorted(set(ids)))


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
