"""World as a subject: a dictionary of a space whose truth is known, with codes of fresh draws."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from jaxtyping import Float
from scipy import sparse

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.experiments.trained import train_on
from armillary.explain.sources.angles import groups_by_angle
from armillary.explain.sources.true_dictionaries import cell_dictionary, true_dictionary
from armillary.explain.subject import Split, Subject
from armillary.knockoffs.shared import Shared
from armillary.worlds import NAMES, SaePlan, Sample, World, entry
from armillary.worlds.entry import Size

Dictionary = SaePlan | SparseAutoencoder | Literal["plan", "true", "cells"]
_FAMILIES = ("modadd_", "bool_")
_TWIN = 1_000  # as in experiments.trained


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """A dictionary, and the codes it gives to a sample."""

    directions: Float[np.ndarray, "feature d_model"]
    bias: Float[np.ndarray, " d_model"]
    codes: Any
    labels: np.ndarray | None
    twin: FeatureSpace | None
    record: Mapping[str, Any]


def world_subject(
    name: str | World,
    *,
    size: Size | None = None,
    seed: int = 0,
    dictionary: Dictionary = "plan",
    n_calibration: int = 4000,
    n_test: int = 3000,
    n_units: int = 30,
    twin: bool = True,
    cache: Path | None = None,
) -> Subject:
    """Open a world as a subject.

    Only features that fire on calibration rows are kept: nothing can be said of the others, and
    theories that deal directions to other features must not deal out dead ones.

    Parameters
    ----------
    name
        ``"world:pizza"``, ``"world:pizza:tiny"``, the same without ``world:``, the full name
        (``"modadd_pizza"``), or a world that was built already.
    size
        ``"tiny"`` or ``"full"``; None takes what the name says, ``"full"`` where it says nothing.
    seed
        Of the world, of the autoencoder and of the draws.
    dictionary
        ``"plan"``: an autoencoder by the entry's plan, trained or read from the cache; a plan of
        one's own, or an autoencoder; ``"true"``: the world's own features with their codes, or its
        exact autoencoder; ``"cells"``: one feature a combination of values of all attributes, at
        its mean.
    n_calibration, n_test
        Rows of fresh draws; no row is in both.
    n_units
        Test rows are cut into so many blocks, the units of intervals.
    twin
        Whether a second autoencoder, of another seed, is trained for the noise ceiling.
    cache
        Armillary's cache folder; None is the usual one.

    Returns
    -------
    Subject
        ``parts`` has ``world``, ``sample`` (of the test rows), ``calibration`` (the other sample)
        and ``readout`` (None where nothing reads the world); ``groups`` has the features round
        every angle of the world; ``record`` says width, FVU, L0 and, where there is a readout,
        accuracy of the network and through the dictionary.

    Raises
    ------
    BadInput
        If there is no such world or size, or it has no dictionary of the kind.
    MissingExtra
        If something must be trained and torch is not installed.
    """
    world = name if isinstance(name, World) else _built(name, size=size, seed=seed)
    samples = [
        world.draw(n, np.random.default_rng([seed, 700 + which]))
        for which, n in enumerate((n_calibration, n_test))
    ]
    made = [
        _made(world, sample, samples[0], dictionary, seed=seed, twin=twin, cache=cache)
        for sample in samples
    ]
    first = made[0]
    live = np.flatnonzero(np.asarray((first.codes != 0).sum(axis=0)).ravel())
    calibration, test = (
        Split(one.codes[:, live].tocsr(), _blocks(sample.n_tokens, n_units), sample.activations)
        for one, sample in zip(made, samples, strict=True)
    )
    columns = {} if first.labels is None else {"label": first.labels[live]}
    said = f"{world.name}:{world.size}" if isinstance(name, World) else name
    uri = f"world:{said.removeprefix('world:')}"
    space = FeatureSpace(
        np.ascontiguousarray(first.directions[live], dtype=np.float32),
        live.astype(np.int64), columns, {"uri": uri},
    )  # fmt: skip
    subject = Subject(
        uri, space, first.bias.astype(np.float32),
        Shared(space.feature_id, space.d_model, columns, _codes(calibration, space.feature_id)),
        calibration, test,
        groups=groups_by_angle(world, samples[0], calibration.codes),
        twin=first.twin,
        parts={
            "world": world, "sample": samples[1], "calibration": samples[0],
            "readout": world.truth.readout,
        },
        record={
            "source": uri, "world": world.name, "size": world.size, "seed": seed,
            "width": len(first.directions), "n_live": int(live.size), **first.record,
        },
    )  # fmt: skip
    return replace(subject, record={**subject.record, **_measured(subject)})


def world_name(short: str) -> tuple[str, str | None]:
    """Return the catalogue's name and the size that a short name stands for.

    Parameters
    ----------
    short
        ``"world:pizza"``, ``"pizza:tiny"``, ``"modadd_pizza"``...

    Raises
    ------
    BadInput
        If there is no such world.
    """
    plain, _, size = short.removeprefix("world:").partition(":")
    for full in (plain, *(family + plain for family in _FAMILIES)):
        if full in NAMES:
            return full, size or None
    raise BadInput(f"there is no world {plain!r}: {', '.join(NAMES)}")


def _built(name: str, *, size: Size | None, seed: int) -> World:
    full, said = world_name(name)
    return entry(full).make(cast(Size, size or said or "full"), seed=seed)


def _blocks(n: int, count: int) -> np.ndarray:
    return np.arange(n) * count // n


def _made(
    world: World,
    sample: Sample,
    calibration: Sample,
    dictionary: Dictionary,
    *,
    seed: int,
    twin: bool,
    cache: Path | None,
) -> _Made:
    if dictionary == "true":
        return _Made(*true_dictionary(world, sample), None, {"dictionary": "true"})
    if dictionary == "cells":
        return _Made(*cell_dictionary(sample, calibration), None, {"dictionary": "cells"})
    if isinstance(dictionary, SparseAutoencoder):
        return _coded(dictionary, sample, None, {"dictionary": repr(dictionary.source)})
    plan = entry(world.name).sae[world.size] if dictionary == "plan" else dictionary
    sae = train_on(world, plan, seed=seed, cache=cache)
    other = train_on(world, plan, seed=seed + _TWIN, cache=cache) if twin else None
    return _coded(sae, sample, other, {"dictionary": asdict(plan)})


def _coded(
    sae: SparseAutoencoder,
    sample: Sample,
    twin: SparseAutoencoder | None,
    record: Mapping[str, Any],
) -> _Made:
    codes = sparse.csr_array(sae.encode(sample.activations))
    other = twin and FeatureSpace(twin.directions, np.arange(twin.n_features))
    return _Made(sae.directions, sae.decoder_bias, codes, None, other, record)


def _codes(split: Split, feature_id: np.ndarray) -> Codes:
    found = split.codes.tocoo()
    return Codes.from_triples(
        found.coords[0], found.coords[1], found.data.astype(np.float32),
        n_tokens=split.n_tokens, n_features=feature_id.size, feature_id=feature_id,
    )  # fmt: skip


def _measured(subject: Subject) -> dict[str, float]:
    """Return FVU, L0 and accuracies on the test rows."""
    sample: Sample = subject.parts["sample"]
    x = sample.activations.astype(np.float64)
    made = subject.made(subject.space.directions, subject.test)
    found = {
        "fvu": float(((x - made) ** 2).sum() / ((x - x.mean(axis=0)) ** 2).sum()),
        "l0": float((subject.test.codes != 0).sum() / len(x)),
    }
    readout = subject.parts["readout"]
    if readout is not None:
        found |= {
            "accuracy": readout.accuracy(sample.activations, sample),
            "accuracy through the dictionary": readout.accuracy(made, sample),
            "chance": float(readout.chance),
        }
    return found
