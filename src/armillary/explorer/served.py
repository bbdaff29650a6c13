"""What a server shows: an atlas as it was when the page was opened, and if it has changed."""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from armillary.atlas import Atlas
from armillary.core.errors import BadInput
from armillary.explorer.bodies import Bodies
from armillary.explorer.jobs import Show, Tell
from armillary.explorer.notes import Notes
from armillary.explorer.page import page_html
from armillary.explorer.schema import Panel, Row
from armillary.explorer.selection import LEAST, MOST, Chosen
from armillary.explorer.vectors import Vectors

Mark = tuple[tuple[int, int, int], ...] | None


class Served:
    """One reading of an atlas's folder.

    Parameters
    ----------
    folder
        Of the atlas.
    vectors
        Source of its vectors, where it is not the one that the manifest names.
    seed
        Of what is computed here.

    Raises
    ------
    BadInput
        If the folder is no atlas.
    """

    def __init__(self, folder: Path, *, vectors: str | Path | None = None, seed: int = 0) -> None:
        self.folder, self.seed, self._source = folder, seed, vectors
        self._lock = threading.Lock()
        self._mark, self.state = _mark(folder), _state(folder)
        self.atlas = Atlas.read(folder)
        self.bodies = Bodies(self.atlas, folder=folder)
        self.notes = Notes(self.atlas, folder)
        self.vectors = Vectors(self.atlas, vectors)
        self._page: str | None = None

    def again(self) -> "Served":
        """Return the atlas as it is on disk now; this one where that cannot be read."""
        try:
            return Served(self.folder, vectors=self._source, seed=self.seed)
        except (BadInput, OSError):
            return self

    @property
    def stale(self) -> bool:
        """Whether the atlas on disk is another by now, or gone."""
        mark = _mark(self.folder)
        if mark == self._mark:
            return False
        if mark is not None and _state(self.folder) == self.state:
            self._mark = mark  # written again, the same
            return False
        return True

    def page(self) -> str:
        """Return the page; its bodies are asked for one by one."""
        with self._lock:
            if self._page is None:
                door = {"kind": "server", "state": self.state}
                self._page = page_html(self.bodies, door=door, inline={})
            return self._page

    def data(self, name: str) -> bytes:
        """Return a body by its name, byte by byte what a report holds under it.

        Parameters
        ----------
        name
            As ``Bodies`` names them.

        Raises
        ------
        BadInput
            If there is none.
        """
        with self._lock:
            return self.bodies.data(name)

    def asked(self, sent: object) -> tuple[int, ...]:
        """Return the features of a selection, each once.

        Parameters
        ----------
        sent
            ``{"features": [ids]}``, as JSON gave it.

        Raises
        ------
        BadInput
            If it is none, too small, too large, or names features that the atlas does not have.
        """
        held = cast("dict[str, Any]", sent) if isinstance(sent, dict) else {}
        ids: Any = held.get("features")
        if set(held) != {"features"} or not _whole_numbers(ids):
            raise BadInput('A selection is {"features": [...]}, a list of whole numbers.')
        features = tuple(dict.fromkeys(cast("list[int]", ids)))
        if not LEAST <= len(features) <= MOST:
            raise BadInput(
                f"The selection has {len(features):,} features: from {LEAST} to {MOST:,} can be "
                "judged."
            )
        unknown = self.vectors.unknown(features)
        if unknown:
            raise BadInput(
                f"{len(unknown):,} of these ids are no features of this atlas, the first is "
                f"{str(unknown[0])[:24]}."
            )
        return features

    def judged(self, features: Sequence[int], tell: Tell, show: Show) -> tuple[Row, Panel]:
        """Return line and panel of a selection: a job.

        Parameters
        ----------
        features
            Their ids.
        tell, show
            Told of stages, and given the panel as soon as there is something to draw.
        """
        tell("opening the vectors", 0.02)
        self.vectors.centred()
        tell("principal axes", 0.1)
        chosen = Chosen(self.vectors, features, seed=self.seed)
        show(chosen.coordinates())
        return chosen.judged(tell)


def _whole_numbers(ids: Any) -> bool:
    return isinstance(ids, list) and all(type(one) is int for one in cast("list[Any]", ids))


def _manifests(folder: Path) -> list[Path]:
    """Return what says that an atlas, or a section in it, is another by now."""
    sections = (folder / "compare" / "manifest.json", folder / "explanation" / "explanation.json")
    return [folder / "manifest.json", *(file for file in sections if file.exists())]


def _mark(folder: Path) -> Mark:
    try:
        found = [file.stat() for file in _manifests(folder)]
    except OSError:
        return None
    return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)


def _state(folder: Path) -> str:
    try:
        held = b"".join(file.read_bytes() for file in _manifests(folder))
    except OSError:
        return ""
    return hashlib.sha256(held).hexdigest()[:16]
