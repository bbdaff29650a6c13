"""WorldReport: everything measured of an autoencoder on a world, and why the rest was not."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from html import escape
from typing import Any

from armillary.evaluate import Agreement
from armillary.worlds.scoring.absorption import RecallHole
from armillary.worlds.scoring.census import Census
from armillary.worlds.scoring.circuits import CircuitTable
from armillary.worlds.scoring.equivariance import Equivariance
from armillary.worlds.scoring.factors import FactorScore
from armillary.worlds.scoring.matching import Matching
from armillary.worlds.scoring.purity import Purity
from armillary.worlds.scoring.quality import Quality
from armillary.worlds.scoring.readout import ReadoutKept
from armillary.worlds.scoring.words import said


@dataclass(frozen=True, slots=True, eq=False)
class WorldReport:
    """What an autoencoder did to a world whose truth is known.

    A metric that does not apply is None, and ``reasons`` says why.

    Parameters
    ----------
    world, sae
        What was judged, in words.
    n_tokens, seed
        Of the sample that everything was measured on.
    quality
        FVU, L0, dead latents, excess over the Gaussian control.
    matching
        MCC and MMCS with the true features, gauge removed, beside two nulls.
    factors
        Per factor: spanned, tiled, shattered, diluted or missed.
    census
        Latents as attributes, pairs, vertices, edges, half-spaces, faces or none of these.
    absorption
        Recall holes of a hierarchy.
    equivariance
        Whether the symmetry permutes the latents.
    purity
        Whether decoder rows keep to one factor, beside covariance-matched rows.
    agreement
        With a twin of another seed, free shifts removed from both.
    circuit
        Latents against gates.
    readout
        Accuracy of what is computed next.
    reasons
        By metric, why it is None.
    """

    world: str
    sae: str
    n_tokens: int
    seed: int
    quality: Quality
    matching: Matching | None = None
    factors: tuple[FactorScore, ...] | None = None
    census: Census | None = None
    absorption: tuple[RecallHole, ...] | None = None
    equivariance: Equivariance | None = None
    purity: Purity | None = None
    agreement: Agreement | None = None
    circuit: CircuitTable | None = None
    readout: ReadoutKept | None = None
    reasons: Mapping[str, str] | None = None

    def lines(self) -> list[tuple[str, str]]:
        """Return what was found, as pairs of a name and one line of text."""
        out = [("world", self.world), ("autoencoder", self.sae)]
        for name in METRICS:
            made = getattr(self, name)
            if made is not None:
                out += said(name, made)
        return out + [(name, f"no: {why}") for name, why in (self.reasons or {}).items()]

    def as_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready: nested by metric, None where one does not apply."""
        plain: dict[str, Any] = {f.name: _plain(getattr(self, f.name)) for f in fields(self)}
        plain["reasons"] = dict(self.reasons or {})
        return plain

    def __repr__(self) -> str:
        """Show the findings, one line each."""
        return "\n".join(f"{name}: {text}" for name, text in self.lines())

    def _repr_html_(self) -> str:
        """Show the findings as a table."""
        cells = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:left'>{escape(text)}</td></tr>"
            for name, text in self.lines()
        )
        return f"<table>{cells}</table>"


METRICS = (
    "quality", "matching", "factors", "census", "absorption", "equivariance", "purity",
    "agreement", "circuit", "readout",
)  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, Agreement):
        return value.as_dict()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    if is_dataclass(value) and not isinstance(value, type):
        return {k: _plain(v) for k, v in asdict(value).items()}
    return value
