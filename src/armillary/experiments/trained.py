"""Trained: an autoencoder on a world, its twin of another seed and its Gaussian control, kept."""

import hashlib
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.firing import Firing, JumpReLU, ReLU, TopK
from armillary.evaluate import evaluate_sae, gaussian_control
from armillary.experiments.plans import training_config
from armillary.load.builtin import cache_folder
from armillary.load.require import require
from armillary.networks.checkpoint import Weights, cached_weights
from armillary.worlds import SaePlan, World

if TYPE_CHECKING:
    from armillary.training import TrainedSae

VERSION = 2  # of what a plan turns into: raise it where old files must not be read
_TWIN = 1_000  # seeds this far apart belong to twins
_SAMPLE = 64
_MEASURED = 10_000
_RANKED = 4_000

Watch = Callable[[int, int, Mapping[str, float]], None]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What was trained on a world, and what it must be seen beside.

    Parameters
    ----------
    world, plan, seed
        What it was trained on, and how.
    sae
        The autoencoder.
    twin
        The same of another seed: what does not agree with it is the seed's doing.
    control_fvu
        What the same size and sparsity leave unexplained of an isotropic Gaussian of as many
        dimensions as the world fills.
    """

    world: World
    plan: SaePlan
    seed: int
    sae: SparseAutoencoder
    twin: SparseAutoencoder
    control_fvu: float


def train_on(
    world: World,
    plan: SaePlan,
    *,
    seed: int = 0,
    cache: Path | None = None,
    progress: Watch | None = None,
) -> SparseAutoencoder:
    """Train an autoencoder on fresh draws of a world, or read it if it was trained before.

    Parameters
    ----------
    world
        Its ``activations`` are the stream; no row is seen twice.
    plan
        Size, sparsity and length.
    seed
        Of the run; the world has its own.
    cache
        Armillary's cache folder; None is the usual one. Files lie in its ``saes``, under the hash
        of the world (name, size, seed and a sample of its rows), the plan and the seed.
    progress
        Called as ``(steps done, steps in all, metrics)`` while it trains.

    Returns
    -------
    SparseAutoencoder
        For raw activations.

    Raises
    ------
    BadInput
        If the plan does not say what its architecture needs.
    MissingExtra
        If torch is not installed and nothing is kept.
    """
    recipe = {
        "network": f"{world.name}-{world.size}", "version": VERSION, "plan": asdict(plan),
        "world": fingerprint(world), "seed": seed,
    }  # fmt: skip

    def run() -> Weights:
        from armillary.training import train

        with one_thread():
            config = training_config(plan, world.d_model, seed=seed)
            return _weights(train(world.activations, config, progress=progress))

    return _autoencoder(cached_weights(recipe, run, cache=_folder(cache)), plan, world=world.name)


def control_on(
    plan: SaePlan, d_model: int, *, seed: int = 0, cache: Path | None = None
) -> tuple[SparseAutoencoder, float]:
    """Train the plan on an isotropic Gaussian instead, or read it if it was trained before.

    Parameters
    ----------
    plan
        As for the world.
    d_model
        As the world's.
    seed, cache
        As in ``train_on``; all worlds of one dimension share a control.

    Returns
    -------
    tuple of SparseAutoencoder and float
        The control, and the FVU it leaves on 20,000 fresh draws.

    Raises
    ------
    BadInput
        If the plan does not say what its architecture needs.
    MissingExtra
        If torch is not installed and nothing is kept.
    """
    recipe = {
        "network": f"gaussian-control-{d_model}", "version": VERSION, "plan": asdict(plan),
        "d_model": d_model, "seed": seed,
    }  # fmt: skip

    def run() -> Weights:
        with one_thread():
            config = training_config(plan, d_model, seed=seed)
            made, quality = gaussian_control(config, d_model)
        return {**_weights(made), "fvu": np.array([quality.fvu])}

    kept = cached_weights(recipe, run, cache=_folder(cache))
    return _autoencoder(kept, plan, world="an isotropic Gaussian"), float(kept["fvu"][0])


def trained(
    world: World,
    plan: SaePlan,
    *,
    seed: int = 0,
    cache: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Trained:
    """Train on a world with everything that a report wants beside it.

    Parameters
    ----------
    world, plan, seed, cache
        As in ``train_on``.
    progress
        Called with ``"autoencoder"``, ``"twin"`` and ``"control"`` as each is begun.

    Returns
    -------
    Trained
        The autoencoder, the twin (seed plus 1,000) and the control's FVU.

    Raises
    ------
    BadInput
        If the plan does not say what its architecture needs.
    MissingExtra
        If torch is not installed and nothing is kept.
    """

    def say(what: str) -> None:
        if progress is not None:
            progress(what)

    say("autoencoder")
    sae = train_on(world, plan, seed=seed, cache=cache)
    say("twin")
    twin = train_on(world, plan, seed=seed + _TWIN, cache=cache)
    say("control")
    _, control = control_on(plan, filled_dimensions(world), seed=seed, cache=cache)
    return Trained(world, plan, seed, sae, twin, control)


def filled_dimensions(world: World) -> int:
    """Return how many dimensions a world's rows fill: what its Gaussian control must have.

    Axes with more than a millionth of the variance, of 4,000 rows. A world in a subspace is easier
    to rebuild than a Gaussian of all of d_model, with no structure beside the subspace.
    """
    rows = world.activations(_RANKED, np.random.default_rng([world.seed, 402])).astype(np.float64)
    variance = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    return max(1, int((variance > 1e-6 * variance.sum()).sum()))


def quality_on(world: World, sae: SparseAutoencoder, *, seed: int = 0) -> dict[str, float]:
    """Measure FVU, L0 and the number of latents that fire, on 10,000 rows it was not trained on.

    Parameters
    ----------
    world
        What to draw from.
    sae
        What to measure.
    seed
        Of the draws.

    Returns
    -------
    dict of str to float
        ``fvu`` (0 is perfect), ``l0`` and ``alive``.
    """
    rows = world.activations(_MEASURED, np.random.default_rng([seed, 401]))
    found = evaluate_sae(sae, rows)
    return {"fvu": found.fvu, "l0": found.l0, "alive": float((found.fired > 0).sum())}


def fingerprint(world: World) -> dict[str, Any]:
    """Return what tells one world from another: its names, and a hash of a few of its rows."""
    rows = world.activations(_SAMPLE, np.random.default_rng(400))
    digest = hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()[:16]
    return {"name": world.name, "size": world.size, "seed": world.seed, "rows": digest}


@contextmanager
def one_thread() -> Generator[None]:
    """Hold torch to one thread: on toys a second one costs more than it brings."""
    torch: Any = require("torch", extra="torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _folder(cache: Path | None) -> Path:
    return cache_folder(cache) / "saes"


def _weights(made: "TrainedSae") -> Weights:
    sae = made.autoencoder
    weights = {
        "directions": sae.directions, "encoder": sae.encoder,
        "encoder_bias": sae.encoder_bias, "decoder_bias": sae.decoder_bias,
    }  # fmt: skip
    if isinstance(sae.firing, JumpReLU):
        weights["threshold"] = np.asarray(sae.firing.threshold)
    return weights


def _autoencoder(weights: Weights, plan: SaePlan, *, world: str) -> SparseAutoencoder:
    firing: Firing = ReLU()
    if plan.architecture == "topk":
        firing = TopK(plan.k or 0)
    elif "threshold" in weights:
        firing = JumpReLU(weights["threshold"])
    return SparseAutoencoder(
        weights["directions"], weights["encoder"], weights["encoder_bias"],
        weights["decoder_bias"], firing, source={"trained_on": world, "plan": asdict(plan)},
    )  # fmt: skip
