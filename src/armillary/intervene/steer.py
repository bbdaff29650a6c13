"""Steer: choose prompts, fit shapes where they are not steered, turn, and read the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.intervene.asking import chosen_templates, class_means, template_scores
from armillary.intervene.edits import EDITS, USUAL, Edit, Geometry, Site, fit_geometry
from armillary.intervene.forward import SteerableModel, edited_answers, last_logits, residuals
from armillary.intervene.prompts import Prompts, Task, word_ids
from armillary.intervene.steering import Steering
from armillary.intervene.turn import Turn

WHERE = ("word", "after", "last")


@runtime_checkable
class Told(Protocol):
    """Who is told how far the work is."""

    def stage(self, name: str, total: int = 0) -> None:
        """Begin a stage."""
        ...

    def advance(self, n: int = 1) -> None:
        """Say that ``n`` more steps are done."""
        ...


def steer(
    lm: SteerableModel,
    task: Task,
    *,
    layers: Sequence[int],
    steps: Sequence[int],
    edits: Mapping[str, Edit] | Sequence[str] = USUAL,
    where: str = "word",
    most: int = 5,
    share: float = 0.7,
    bos: bool = False,
    seed: int = 0,
    progress: Told | None = None,
) -> Steering:
    """Turn a circle by several steps at several layers, and read how far the answer moves.

    Templates are chosen by the untouched model's right answers. At ``word`` and ``after``, shapes
    are fitted to the word's own activation in the task's contexts, none of which is steered. At
    ``last``, to the last position of the other chosen templates, each template left out in turn.

    Parameters
    ----------
    lm
        The model.
    task
        Words, templates and contexts.
    layers
        After which layers; -1 is before the first.
    steps
        How far to turn, in words; 0 is there anyway.
    edits
        Names of built-in edits, or functions by name.
    where
        Positions: ``word``, ``after`` (from the word on) or ``last``.
    most
        Templates steered at most.
    share
        Least share of right answers of a template that is steered.
    bos
        Put the token that starts a text first.
    seed
        Of the random planes and shifts.
    progress
        Who is told.

    Returns
    -------
    Steering
        Answers of every edit at every layer.

    Raises
    ------
    BadInput
        If a layer, position or edit is unknown, or the words or templates cannot be used.
    """
    asked = _edits(edits)
    _check(lm, layers=layers, steps=steps, where=where)
    if progress is not None:
        progress.stage("asking templates")
    scores = template_scores(lm, task, bos=bos)
    chosen = chosen_templates(scores, most=most, share=share)
    if where == "last" and len(chosen) < 2:
        raise BadInput("where='last' fits on the other templates: at least two must be answered")
    ids = word_ids(lm.encode, task.words)
    each = [
        _Asked(s.prompts, ids, last_logits(lm, s.prompts), residuals(lm, s.prompts, layers))
        for s in chosen
    ]
    fits = _geometries(lm, task, layers, where=where, each=each, bos=bos)
    if progress is not None:
        progress.stage("turning", len(layers) * len(chosen))
    turns: list[Turn] = []
    for at, layer in enumerate(layers):
        rng = np.random.default_rng([seed, layer + 1])
        reads: dict[str, list[_Read]] = {name: [] for name in asked}
        for number, one in enumerate(each):
            positions = _positions(one.prompts, where)
            geometry = fits[at][number % len(fits[at])]
            site = Site(one.stream[at][:, positions], tuple(steps), geometry, rng)
            moves = {name: edit(site) for name, edit in asked.items()}
            found = _read(lm, one, moves, layer=layer, positions=positions)
            for name, read in found.items():
                reads[name].append(read)
            if progress is not None:
                progress.advance()
        turns += [
            _turn(found, edit=name, layer=layer, where=where, steps=tuple(steps))
            for name, found in reads.items()
        ]
    how = {layer: fits[at][0].circle.how for at, layer in enumerate(layers)}
    source = {"seed": seed, "where": where, "bos": bos, "steps": list(steps)}
    source |= {"most": most, "share": share}
    texts = tuple(score.prompts.text for score in chosen)
    return Steering(lm.name, task, scores, texts, tuple(turns), how, source)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One template as it is steered: its tokens, the answers' tokens, what was said untouched."""

    prompts: Prompts
    ids: Int[np.ndarray, " word"]
    reference: Float[np.ndarray, "word vocab"]
    stream: Float[np.ndarray, "layer word position d_model"]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Answers of one edit in one template; row 0 of ``log_share`` is the edit with no turn."""

    log_share: Float[np.ndarray, "row word answer"]
    kl: Float[np.ndarray, "row word"]
    size: float


def _edits(edits: Mapping[str, Edit] | Sequence[str]) -> dict[str, Edit]:
    if isinstance(edits, Mapping):
        return dict(edits)
    unknown = [name for name in edits if name not in EDITS]
    if unknown:
        raise BadInput(f"unknown edit {unknown[0]!r}; known: {', '.join(EDITS)}")
    return {name: EDITS[name] for name in edits}


def _check(lm: SteerableModel, *, layers: Sequence[int], steps: Sequence[int], where: str) -> None:
    if where not in WHERE:
        raise BadInput(f"where={where!r}: use {', '.join(WHERE)}")
    outside = [layer for layer in layers if not -1 <= layer < lm.n_layers]
    if outside or not layers:
        raise BadInput(f"layers {list(layers)}: {lm.name} has -1 (embedding) to {lm.n_layers - 1}")
    if not steps or 0 in steps:
        raise BadInput(f"steps {list(steps)}: give whole steps other than 0")


def _positions(prompts: Prompts, where: str) -> list[int]:
    last = prompts.token_id.shape[1] - 1
    return {"word": [prompts.place], "after": [*range(prompts.place, last + 1)], "last": [last]}[
        where
    ]


def _geometries(
    lm: SteerableModel,
    task: Task,
    layers: Sequence[int],
    *,
    where: str,
    each: Sequence[_Asked],
    bos: bool,
) -> list[list[Geometry]]:
    """Fit, for every layer, one geometry; or one a template, from the other templates."""
    if where != "last":
        means = class_means(lm, task, layers, bos=bos)
        return [[fit_geometry(found)] for found in means]
    last = np.stack([one.stream[:, :, -1] for one in each])
    others = (last.sum(axis=0) - last) / (len(each) - 1)
    return [[fit_geometry(found[at]) for found in others] for at in range(len(layers))]


def _read(
    lm: SteerableModel,
    asked: "_Asked",
    moves: Mapping[str, np.ndarray],
    *,
    layer: int,
    positions: list[int],
) -> dict[str, _Read]:
    """Run every edit of one template together; displacements of no length are run once."""
    rows = [(name, row) for name, move in moves.items() for row in range(move.shape[0])]
    still = np.array([not moves[name][row].any() for name, row in rows])
    some = next(iter(moves.values()))
    run = [np.zeros_like(some[0])]
    run += [moves[n][row] for (n, row), unmoved in zip(rows, still, strict=True) if not unmoved]
    log_share, kl = edited_answers(
        lm,
        asked.prompts,
        layer=layer,
        positions=positions,
        moves=np.stack(run),
        ids=asked.ids,
        reference=asked.reference,
    )
    index = np.where(still, 0, np.cumsum(~still))
    reads: dict[str, _Read] = {}
    for name, move in moves.items():
        mine = index[[i for i, (other, _) in enumerate(rows) if other == name]]
        size = float(np.linalg.norm(move[1:], axis=-1).mean())
        reads[name] = _Read(log_share[mine], kl[mine], size)
    return reads


def _turn(reads: list[_Read], *, edit: str, layer: int, where: str, steps: tuple[int, ...]) -> Turn:
    log_share = np.stack([read.log_share for read in reads]).astype(np.float64)
    share = np.exp(log_share)
    mass = share.sum(axis=-1)
    probability = share / mass[..., None]
    kl = np.stack([read.kl for read in reads]).astype(np.float64)
    return Turn(
        edit=edit,
        layer=layer,
        where=where,
        steps=steps,
        probability=probability[:, 1:],
        mass=mass[:, 1:],
        kl=kl[:, 1:],
        base=probability[:, 0],
        base_mass=mass[:, 0],
        size=float(np.mean([read.size for read in reads])),
    )
