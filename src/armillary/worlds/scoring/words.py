"""Words: each metric in a line or two for a terminal."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

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

Lines = list[tuple[str, str]]
_FACTORS_SHOWN = 8


def said(name: str, made: Any) -> Lines:
    """Return the lines of one metric."""
    return _WORDS[name](made)


def _quality(q: Quality) -> Lines:
    text = f"FVU {q.fvu:.3g}, L0 {q.l0:.2f}, {q.n_alive} latents alive, dead {q.dead_share:.0%}"
    if q.excess is not None:
        text += f"; isotropic Gaussian {q.control_fvu:.3g}, excess {q.excess:.2f}"
    return [("quality", text)]


def _matching(m: Matching) -> Lines:
    return [
        (
            "MCC (gauge removed)",
            f"{m.mcc:.3f}, before {m.mcc_raw:.3f}; random directions {m.isotropic_mean:.3f} "
            f"(95 % {m.isotropic_95:.3f}), same covariance {m.covariant_mean:.3f} "
            f"(95 % {m.covariant_95:.3f}), p {m.pvalue:.2g}",
        ),
        ("MMCS", f"{m.mmcs:.3f}; {m.mmcs_isotropic:.3f} and {m.mmcs_covariant:.3f}"),
    ]


def _factors(scores: tuple[FactorScore, ...]) -> Lines:
    verdicts = Counter(score.verdict for score in scores)
    mean = [np.mean([getattr(s, n) for s in scores]) for n in ("r2_span", "r2_few", "support")]
    lines = [
        (
            "factors",
            ", ".join(f"{count} {name}" for name, count in verdicts.most_common())
            + f"; R2 at span {mean[0]:.2f}, at 12 {mean[1]:.2f}, support {mean[2]:.1f}",
        )
    ]
    for s in scores[:_FACTORS_SHOWN]:
        field = (
            "" if s.spread is None else f", field {s.spread:.2f} (half-space {s.half_space:.2f})"
        )
        lines.append((
            f"  {s.name} ({s.kind}, {s.span_dim})",
            f"{s.verdict}: R2 {s.r2_span:.2f} at span, {s.r2_twice:.2f} at twice, "
            f"{s.r2_few:.2f} at 12, support {s.support}{field}",
        ))  # fmt: skip
    if len(scores) > _FACTORS_SHOWN:
        lines.append(("  ...", f"{len(scores) - _FACTORS_SHOWN} more"))
    return lines


def _census(c: Census) -> Lines:
    text = ", ".join(
        f"{count} {kind} (chance {c.expected[kind]:.1f}, 95 % {c.expected_95[kind]:.0f})"
        if kind != "other"
        else f"{count} other"
        for kind, count in c.counts.items()
        if count or c.expected[kind] >= 0.5
    )
    return [("census", f"{text}; {c.n_cells} cells")]


def _absorption(holes: tuple[RecallHole, ...]) -> Lines:
    worst = sorted(holes, key=lambda h: -h.hole)
    lines = [("recall holes", f"mean {np.mean([h.hole for h in holes]):.2f} of {len(holes)} pairs")]
    return lines + [
        (
            f"  {h.parent} without {h.child}",
            f"recall {h.without_child:.3f}, with it {h.with_child:.3f} (hole by chance, 95 %: "
            f"{h.null_95:.3f}), F1 {h.f1:.2f}",
        )
        for h in worst[:_FACTORS_SHOWN]
    ]


def _equivariance(e: Equivariance) -> Lines:
    each = ", ".join(f"{name} {error:.2f}" for name, error in e.errors.items())
    text = f"{e.mean:.3f} ({each}); random orthogonal {e.null_mean:.2f}, least {e.null_least:.2f}"
    return [(f"equivariance error, {e.group}", text)]


def _purity(p: Purity) -> Lines:
    return [
        (
            "purity",
            f"{p.mean:.3f}; same covariance {p.null_mean:.3f} (95 % {p.null_95:.3f}), "
            f"p {p.pvalue:.2g}; past 0.9: {p.pure:.0%} against {p.null_pure:.0%}",
        )
    ]


def _agreement(a: Agreement) -> Lines:
    return [
        (
            "seed agreement",
            f"paired {a.paired.mean():.3f} (random {a.random_paired:.3f}), best "
            f"{a.best_a.mean():.3f} (random {a.random_best:.3f})",
        )
    ]


def _circuit(c: CircuitTable) -> Lines:
    lines = [
        (
            "translation F1",
            f"ANDs {c.and_f1:.2f} (neurons {c.neuron_and_f1:.2f}), outputs {c.output_f1:.2f} "
            f"({c.neuron_output_f1:.2f}), inputs {c.input_f1:.2f} ({c.neuron_input_f1:.2f}); "
            f"{c.and_found} of {len(c.gates)} ANDs at 0.9",
        )
    ]
    if c.necessity is not None:
        lines.append((
            "ablation",
            f"a gate loses {c.necessity:.2f} without its latents, others {c.side_effect:.2f}; "
            f"with these alone it keeps {c.sufficiency:.0%}",
        ))  # fmt: skip
    return lines


def _readout(r: ReadoutKept) -> Lines:
    kept = "" if r.kept is None else f", kept {r.kept:.1%}"
    text = f"raw {r.raw:.3f}, rebuilt {r.rebuilt:.3f}, mean-ablated {r.ablated:.3f}{kept}"
    return [(f"readout: {r.name}", f"{text}; chance {r.chance:.3f}")]


_WORDS: dict[str, Callable[[Any], Lines]] = {
    "quality": _quality, "matching": _matching, "factors": _factors, "census": _census,
    "absorption": _absorption, "equivariance": _equivariance, "purity": _purity,
    "agreement": _agreement, "circuit": _circuit, "readout": _readout,
}  # fmt: skip
