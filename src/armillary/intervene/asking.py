"""Asking: how well a model answers each template untouched, and its class means elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.intervene.forward import SteerableModel, last_logits, residuals
from armillary.intervene.prompts import Prompts, Task, encoded, word_ids


@dataclass(frozen=True, slots=True, eq=False)
class TemplateScore:
    """How well a model answers one template, untouched.

    Parameters
    ----------
    prompts
        The template with its tokens.
    answer
        Most probable word for each word put in.
    right
        How many are the next word.
    right_of_all
        How many times the next word is the most probable of the whole vocabulary.
    mass
        Mean share of the whole vocabulary's probability that the words have.
    """

    prompts: Prompts
    answer: Int[np.ndarray, " word"]
    right: int
    right_of_all: int
    mass: float


def template_scores(
    lm: SteerableModel, task: Task, *, bos: bool = False
) -> tuple[TemplateScore, ...]:
    """Ask a model every template with every word, and count right answers.

    Parameters
    ----------
    lm
        The model.
    task
        Words and templates.
    bos
        Put the token that starts a text first.

    Returns
    -------
    tuple
        Most right answers first, then most probability on the words; templates in which a
        word is not one token are left out.

    Raises
    ------
    BadInput
        If a word is more than one token, or no template can be used.
    """
    ids, n = word_ids(lm.encode, task.words), len(task.words)
    scores: list[TemplateScore] = []
    for text in task.templates:
        try:
            prompts = encoded(lm.encode, text, task.words, bos=lm.bos_id if bos else None)
        except BadInput:
            continue
        found = last_logits(lm, prompts)
        answer = found[:, ids].argmax(axis=1)
        wanted = (np.arange(n) + 1) % n
        scores.append(
            TemplateScore(
                prompts,
                answer,
                int((answer == wanted).sum()),
                int((found.argmax(axis=1) == ids[wanted]).sum()),
                float(np.exp(found[:, ids]).sum(axis=1).mean()),
            )
        )
    if not scores:
        raise BadInput(f"none of {len(task.templates)} templates holds each word as one token")
    return tuple(sorted(scores, key=lambda s: (-s.right, -s.mass)))


def chosen_templates(
    scores: Sequence[TemplateScore], *, most: int = 5, share: float = 0.7
) -> tuple[TemplateScore, ...]:
    """Choose what to steer by accuracy alone.

    Parameters
    ----------
    scores
        Templates, best first.
    most
        How many at most.
    share
        Least share of right answers.

    Returns
    -------
    tuple
        The best ones that reach the share; the best one if none does.
    """
    good = [s for s in scores if s.right >= share * s.answer.size]
    return tuple(good[:most] or scores[:1])


def class_means(
    lm: SteerableModel, task: Task, layers: Sequence[int], *, bos: bool = False
) -> Float[np.ndarray, "layer word d_model"]:
    """Return each word's mean activation over the task's contexts, at the word itself.

    Parameters
    ----------
    lm
        The model.
    task
        Words and contexts.
    layers
        Which layers; -1 is before the first.
    bos
        Put the token that starts a text first.

    Returns
    -------
    array
        Float64.
    """
    first = lm.bos_id if bos else None
    each = [encoded(lm.encode, text, task.words, bos=first) for text in task.contexts]
    total = sum(residuals(lm, p, layers)[:, :, p.place] for p in each)
    return np.asarray(total) / len(each)
