"""Kept: verdicts on disk, so that a run that is cut off goes on."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np

from armillary.experiments.confusion.clouds import Cloud
from armillary.experiments.confusion.table import Called
from armillary.experiments.kept_json import keep, read_kept

_VERSION = {"battery": 1, "survey": 2}  # raise it where kept verdicts must not be read again


def kept_verdicts(
    judge: str, clouds: Sequence[Cloud], judged: Callable[[], list[Called]], *, folder: Path
) -> list[Called]:
    """Return the verdicts on these points: from disk, else judged now and kept.

    Parameters
    ----------
    judge
        Its name, part of the key.
    clouds
        What is judged together; the key holds their points, seeds and right verdicts.
    judged
        Makes the verdicts.
    folder
        Where they are kept.

    Returns
    -------
    list of Called
        As ``judged`` returns them.
    """
    digest = hashlib.sha256(f"{judge} {_VERSION[judge]} {version('armillary')}".encode())
    for cloud in clouds:
        about = [cloud.world, cloud.source, cloud.seed, sorted(cloud.expected)]
        digest.update(json.dumps(about).encode())
        digest.update(np.ascontiguousarray(cloud.points).tobytes())
    path = folder / f"{judge}-{digest.hexdigest()[:16]}.json"
    stored = read_kept(path)
    if stored is not None:
        return [Called(**one) for one in stored]
    made = judged()
    keep(path, [asdict(one) for one in made])
    return made
