"""Readings: which readers a subject can be asked with, found by name, made when first needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from armillary.core.errors import BadInput
from armillary.explain.fingerprint import code_of, hashed
from armillary.explain.scores import Reader
from armillary.explain.subject import Subject
from armillary.knockoffs import Theory

NAMED: dict[str, tuple[str, str]] = {  # name: where it is, and the part of a subject it needs
    "task": ("armillary.explain.readers.task:Task", "readout"),
    "splice": ("armillary.explain.readers.splice:Splice", "lm"),
    "groups": ("armillary.explain.readers.groups:Groups", "lm"),
    "relearn": ("armillary.explain.readers.relearn:Relearn", "lm"),
    "probes": ("armillary.explain.readers.probes:Probes", ""),
    "geometry": ("armillary.explain.readers.geometry:Geometry", ""),
    "cosine": ("armillary.explain.readers.cosine:Cosine", ""),
}
_ONLY = {"groups": ("random", "shapes")}  # kinds of theories that a dear reader reads


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A reader by name, with all that its scores depend on but the subject.

    Parameters
    ----------
    name
        Of the reader.
    make
        Makes it for a subject.
    by_gauge
        Whether the re-fit can change what it says.
    settings
        What it is made with, JSON-ready.
    """

    name: str
    make: Callable[[Subject], Reader]
    by_gauge: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def reads(self, theory: Theory) -> bool:
        """Whether a theory is read; the dearest reader reads only what is said of groups."""
        return self.name not in _ONLY or theory.kind in _ONLY[self.name]

    @property
    def key(self) -> str:
        """Hash of name and settings."""
        return hashed({"name": self.name, "settings": self.settings})


def readings_for(
    subject: Subject, names: Sequence[str] | None = None, *, seed: int = 0
) -> list[Reading]:
    """Return the readers that suit a subject.

    A class of ``NAMED`` suits where the subject has the part that it needs and, if the class has a
    static ``suits(subject) -> bool``, where that says so.

    Parameters
    ----------
    subject
        What is explained.
    names
        Of ``NAMED``; None for all that suit.
    seed
        Of the readers.

    Returns
    -------
    list of Reading
        ``cosine`` is always among them.

    Raises
    ------
    BadInput
        If a reader is asked for that is not known, or that cannot read this subject.
    """
    unknown = [name for name in names or () if name not in NAMED]
    if unknown:
        raise BadInput(f"there is no reader {unknown[0]!r}: {', '.join(NAMED)}")
    found: list[Reading] = []
    for name in NAMED:
        asked = names is None or name in names
        if not asked and name != "cosine":
            continue
        kind = _class_of(name, subject)
        if kind is not None:
            found.append(_reading(name, kind, seed=seed))
        elif names is not None and name in names:
            raise BadInput(f"the reader {name} cannot read {subject.name}: leave it out")
    return found


def _class_of(name: str, subject: Subject) -> Any:
    place, part = NAMED[name]
    module, attribute = place.split(":")
    if (part and subject.parts.get(part) is None) or find_spec(module) is None:
        return None
    kind: Any = getattr(import_module(module), attribute)
    suits: Any = getattr(kind, "suits", None)
    return kind if suits is None or suits(subject) else None


def _reading(name: str, kind: Any, *, seed: int) -> Reading:
    def make(subject: Subject) -> Reader:
        return kind(subject, seed=seed)

    settings = {"seed": seed, "code": hashed(code_of(kind))}
    return Reading(name, make, bool(kind.by_gauge), settings)
