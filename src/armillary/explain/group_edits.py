"""Group edits: what the arrangement of one named group is worth, everything else being exact."""

from typing import Any, cast

import numpy as np

from armillary.experiments.kept_json import keep, read_kept
from armillary.explain.cells import Bench, written
from armillary.explain.fingerprint import hashed
from armillary.explain.measured import Measured, Said
from armillary.explain.readers.groups import EDITS, Groups
from armillary.knockoffs.group_edit import GroupEdit
from armillary.survey.progress import Progress

_WORDS = {
    "scrambled": "scrambled",
    "in order": "evenly spaced in order",
    "wrong order": "evenly spaced in a wrong order",
    "simplex": "at the corners of a simplex",
    "mean": "all at one point",
    "random": "anywhere",
}


def read_edits(bench: Bench, told: Progress) -> tuple[list[Said], list[Measured]]:
    """Read every edit of every named group, once a subject; kept like a cell.

    Parameters
    ----------
    bench
        With a reader of groups.
    told
        Told of the stage.

    Returns
    -------
    tuple of list of Said and list of Measured
        One theory an edit and group, such as ``exact but months scrambled``, and its scores by
        ``group prompts``. Its bits are those of the whole message: all other directions, exact.
    """
    reading = next(r for r in bench.readings if r.name == "groups")
    file = (
        bench.store.folder / "cells" / f"{hashed([bench.store.subject, 'edits', reading.key])}.json"
    )
    kept: Any = read_kept(file)
    if kept is None:
        told.stage("editing groups", 1)
        reader = cast(Groups, bench.reader("groups"))
        found = reader.edits(hows=EDITS)
        kept = {how: [written(score) for score in scores] for how, scores in found.items()}
        keep(file, kept)
        told.advance()
    said: list[Said] = []
    seen: list[Measured] = []
    for how, scores in kept.items():
        for s in scores:
            label = f"exact but {s['group']} {_WORDS[how]}"
            said.append(_said(bench, label, group=s["group"], how=how))
            units = None if s["units"] is None else np.array(s["units"])
            seen.append(Measured(label, 0, "none", 0, s["reader"], s["group"], s["value"],
                                 s["low"], s["high"], s["raw"], units))  # fmt: skip
    return list({one.label: one for one in said}.values()), seen


def _said(bench: Bench, label: str, *, group: str, how: str) -> Said:
    """Return what the edit is as a theory; its length is that of the directions and the rows."""
    members = next(g for g in bench.subject.groups if g.name == group).rows.size
    bits = 32 * bench.subject.space.directions.size
    return Said(
        label, GroupEdit.kind, GroupEdit.family, GroupEdit.keeps, GroupEdit.breaks, True, bits, 0,
        settings={"group": group, "how": how, "members": int(members)}, quotes=True, generic=False,
    )  # fmt: skip
