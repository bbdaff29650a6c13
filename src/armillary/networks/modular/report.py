"""Report of a modular network: its circles, how each is used, what description suffices."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from armillary.networks.modular.descriptors import STEPS, completeness, descriptor, fit_rows
from armillary.networks.modular.network import ModularNetwork, accuracy_of, every_pair
from armillary.networks.modular.spectrum import (
    circularity,
    frequency_shares,
    isolate,
    key_frequencies,
)
from armillary.networks.modular.symmetry import distance_irrelevance, gradient_symmetricity
from armillary.networks.modular.templates import circle_fit


@dataclass(frozen=True, slots=True)
class CircleReport:
    """What one key frequency is used for; everything but the shares with it alone in the embedding.

    Parameters
    ----------
    frequency
        ``w = 2 pi frequency / p``.
    share
        Of the embedding's variance.
    kind
        ``"clock"``, ``"pizza"``, ``"mixed"`` or ``"neither"`` (``CircleFit.kind``).
    accompanies
        Where ``kind`` is ``"neither"``: the stronger key frequency that this one is the double of
        (mod p, up to sign), which it helps where that one is weak; else None.
    clock, pizza
        Shares of its logits that the templates explain.
    distance_irrelevance, gradient_symmetricity
        Of the network with this circle alone.
    disk, sums, differences
        Shares of the variance of ``resid_mid`` on its disk, on its circles of ``a + b`` and of
        ``a - b``.
    """

    frequency: int
    share: float
    kind: str
    accompanies: int | None
    clock: float
    pizza: float
    distance_irrelevance: float
    gradient_symmetricity: float
    disk: float
    sums: float
    differences: float


@dataclass(frozen=True, slots=True)
class ModularReport:
    """A modular network described.

    Parameters
    ----------
    p
        Number of residues.
    accuracy
        Over all pairs.
    circularity, distance_irrelevance, gradient_symmetricity
        Of the whole network.
    circles
        One report a key frequency, strongest first.
    completeness
        Accuracy left with a descriptor in the place of ``resid_mid``, by descriptor.
    """

    p: int
    accuracy: float
    circularity: float
    distance_irrelevance: float
    gradient_symmetricity: float
    circles: tuple[CircleReport, ...]
    completeness: Mapping[str, float]

    @property
    def kinds(self) -> dict[int, str]:
        """What each key frequency is used for."""
        return {circle.frequency: circle.kind for circle in self.circles}

    def lines(self) -> list[str]:
        """Return the report as lines of text: the network, its circles, its descriptors."""
        head = (
            f"a + b mod {self.p}: accuracy {self.accuracy:.4f}, circularity "
            f"{self.circularity:.3f}, distance irrelevance {self.distance_irrelevance:.3f}, "
            f"gradient symmetricity {self.gradient_symmetricity:.3f}"
        )
        table = ["  w  share  kind      clock  pizza    DI     GS   disk   a+b    a-b"]
        for c in self.circles:
            extra = f"  (doubles {c.accompanies})" if c.accompanies is not None else ""
            table.append(
                f"{c.frequency:3d}  {c.share:.3f}  {c.kind:8s}  {c.clock:.3f}  {c.pizza:.3f}  "
                f"{c.distance_irrelevance:.3f}  {c.gradient_symmetricity:5.2f}  {c.disk:.3f}  "
                f"{c.sums:.3f}  {c.differences:.3f}{extra}"
            )
        kept = [f"{name}: {share:.4f}" for name, share in self.completeness.items()]
        return [head, *table, "accuracy left: " + ", ".join(kept)]

    def as_dict(self) -> dict[str, Any]:
        """Return everything in JSON's types."""
        return {**asdict(self), "circles": [asdict(circle) for circle in self.circles]}


def describe_modular(network: ModularNetwork, *, rng: np.random.Generator) -> ModularReport:
    """Say which circles a network adds residues with, how it uses each, and what suffices.

    Key frequencies are those with more than their even share of the embedding's variance
    (``key_frequencies``). Each is looked at alone: the embedding keeps its mean and this frequency.

    Parameters
    ----------
    network
        Trained or built by hand, of this room.
    rng
        Draws the triples of the gradient symmetricity.

    Returns
    -------
    ModularReport
        One table row a frequency, and the accuracy left with growing descriptors.

    Notes
    -----
    Per frequency and not per network: trained networks mix clocks and pizzas, and over the whole
    network the clock's template fits a pizza's logits as well, because accompanying circles at
    twice the frequency fill the gaps.

    References
    ----------
    Zhong et al. 2023, arXiv:2306.17844 (distance irrelevance, gradient symmetricity, circularity,
    fits by circle).
    """
    shares = frequency_shares(network.embedding)
    keys = key_frequencies(network.embedding)
    circles: list[CircleReport] = []
    for k in keys:
        alone = network.with_embedding(isolate(network.embedding, k))
        fit = circle_fit(network, k)
        disk, sums, differences = _variance_shares(network, k)
        stronger = [c.frequency for c in circles if _doubled(c.frequency, network.p) == k]
        circles.append(
            CircleReport(
                frequency=k,
                share=float(shares[k - 1]),
                kind=fit.kind,
                accompanies=stronger[0] if stronger and fit.kind == "neither" else None,
                clock=fit.clock,
                pizza=fit.pizza,
                distance_irrelevance=distance_irrelevance(alone),
                gradient_symmetricity=gradient_symmetricity(alone, rng=rng),
                disk=disk,
                sums=sums,
                differences=differences,
            )
        )
    return ModularReport(
        network.p,
        accuracy_of(network),
        circularity(network.embedding),
        distance_irrelevance(network),
        gradient_symmetricity(network, rng=rng),
        tuple(circles),
        completeness(network, keys),
    )


def _doubled(frequency: int, p: int) -> int:
    return min(2 * frequency % p, -2 * frequency % p)


def _variance_shares(network: ModularNetwork, frequency: int) -> tuple[float, float, float]:
    pairs = every_pair(network.p)
    rows = network.resid_mid(pairs)
    columns = descriptor(pairs, (frequency,), p=network.p, step=STEPS[2])
    _, weights = fit_rows(rows, columns)
    total = rows.var(axis=0).sum()
    parts = [columns[:, s] @ weights[s] for s in (slice(0, 2), slice(2, 4), slice(4, 6))]
    disk, sums, differences = (float(part.var(axis=0).sum() / total) for part in parts)
    return disk, sums, differences
