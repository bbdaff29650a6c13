"""Evidence: one sample of a world with an autoencoder's codes on it, shared by all metrics."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import optimize

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.worlds.drawn import Sample
from armillary.worlds.world import World

FIRING = 0.05  # a latent fires where its code passes this share of its own 99th percentile


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A sample of a world and what the autoencoder made of it.

    Parameters
    ----------
    world, sae
        The pair that is judged.
    sample
        Fresh rows with what is true of them. Whatever is fitted or chosen is fitted on the first
        half of the rows and scored on the second.
    codes
        Of the latents that are alive (a code other than zero on one row or more), each times the
        length of what it writes: rescaling a row against its codes changes nothing.
    rows
        Decoder rows of the same latents, at length one.
    bias
        What is written where no latent fires.
    alive
        Numbers of those latents in the autoencoder.
    fires
        Where a code passes ``FIRING`` of the 99th percentile of the latent's codes that are not
        zero: leaks of a ReLU next to zero are not firing.
    """

    world: World
    sae: SparseAutoencoder
    sample: Sample
    codes: Float[np.ndarray, "token latent"]
    rows: Float[np.ndarray, "latent d_model"]
    bias: Float[np.ndarray, " d_model"]
    alive: Int[np.ndarray, " latent"]
    fires: Bool[np.ndarray, "token latent"]

    @property
    def half(self) -> int:
        """Number of rows that may be fitted on."""
        return self.sample.n_tokens // 2

    @property
    def n_alive(self) -> int:
        """Number of latents that are alive."""
        return len(self.alive)


def gathered(world: World, sae: SparseAutoencoder, *, n_tokens: int, seed: int) -> Evidence:
    """Draw a sample and encode it.

    Raises
    ------
    BadInput
        If dimensions differ, fewer than 20 rows are asked for, or no latent is alive.
    """
    if sae.d_model != world.d_model or sae.directions.shape[1] != world.d_model:
        raise BadInput(
            f"the autoencoder reads {sae.d_model} and writes {sae.directions.shape[1]} dimensions, "
            f"the world {world.name!r} has {world.d_model}: train one on this world"
        )
    if n_tokens < 20:
        raise BadInput(f"{n_tokens} rows cannot be halved into a fit and a score: ask for 20")
    sample = world.draw(n_tokens, np.random.default_rng([seed, 31]))
    codes = sae.encode(sample.activations)
    alive = np.flatnonzero((codes != 0).any(axis=0))
    if alive.size == 0:
        raise BadInput(f"no latent fires on {n_tokens} rows of {world.name!r}: nothing to report")
    rows = sae.directions[alive].astype(np.float64)
    length = np.linalg.norm(rows, axis=1)
    bias, factor = _written(sae, int(alive[length.argmax()]))
    scaled = codes[:, alive] * length * factor
    return Evidence(
        world, sae, sample, codes=scaled, alive=alive, fires=firing(scaled), bias=bias,
        rows=rows / np.maximum(length, 1e-30)[:, None],
    )  # fmt: skip


def firing(codes: Float[np.ndarray, "token latent"]) -> Bool[np.ndarray, "token latent"]:
    """Return where each latent fires: past ``FIRING`` of its codes' 99th percentile (not zeros).

    Codes that are signed fire by magnitude.
    """
    size = np.abs(codes)
    bound = np.full(codes.shape[1], np.inf)
    for j in range(codes.shape[1]):
        some = size[:, j][size[:, j] > 0]
        if some.size:
            bound[j] = FIRING * np.quantile(some, 0.99)
    return size > bound


def _written(sae: SparseAutoencoder, latent: int) -> tuple[np.ndarray, float]:
    """Return what no code writes, and how much longer a row is written than it is.

    One factor for all rows where they live in the raw space; 1 where they do not.
    """
    codes = np.zeros((2, sae.n_features), dtype=np.float32)
    codes[1, latent] = 1
    if sae.decoder_space != "raw":
        return sae.decoder_bias.astype(np.float64), 1.0
    made = sae.decode(codes, of=np.zeros((2, sae.d_model), dtype=np.float32)).astype(np.float64)
    own = float(np.linalg.norm(sae.directions[latent]))
    return made[0], float(np.linalg.norm(made[1] - made[0])) / max(own, 1e-30)


def assigned(
    gain: Float[np.ndarray, "a b"],
) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """Return the one-to-one pairs (rows, columns) whose summed gain is largest."""
    return cast(
        tuple[np.ndarray, np.ndarray],
        cast(Any, optimize).linear_sum_assignment(gain, maximize=True),
    )
