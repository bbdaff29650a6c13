"""Passages: where the words of a group are read, and what the model predicts right after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core import BadInput
from armillary.explain.forward import SplicedForward
from armillary.explain.sources.texts import Back, ReadingModel, Texts
from armillary.explain.subject import FeatureGroup, Split, Subject
from armillary.intervene import builtin_task
from armillary.intervene.prompts import encoded, word_ids

TASKS = ("months", "weekdays")
NEEDED = frozenset({"lm", "hook_name", "encode", "test_texts", "held_texts"})
WHERE = ("prompts", "right after", "all text")
N_TEXTS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Texts of one length within a passage.

    Parameters
    ----------
    forward
        Passes over them.
    split, back
        Their codes, and what takes vectors to the model's space.
    counted
        Predictions that are asked for.
    unit
        Unit of each text, counted over the passage.
    """

    forward: SplicedForward
    split: Split
    back: Back
    counted: Bool[np.ndarray, "text prediction"]
    unit: Int[np.ndarray, " text"]


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Texts that show what a group's words do.

    Parameters
    ----------
    name
        ``prompts``, ``right after`` or ``all text``.
    parts
        Its texts by length; texts in which no feature of the group fires are left out, as nothing
        that is done to the group changes them.
    n_units, n_predictions
        With those left out.
    """

    name: str
    parts: tuple[Part, ...]
    n_units: int
    n_predictions: int

    @property
    def n_read(self) -> int:
        """Number of predictions without those of texts that are left out."""
        return int(sum(part.counted.sum() for part in self.parts))

    def effects(
        self, subject: Subject, directions: Float[np.ndarray, "feature d_model"]
    ) -> tuple[Float[np.ndarray, " unit"], Float[np.ndarray, " unit"]]:
        """Return summed losses, and how often the next token is the likeliest, by unit.

        The bias is the true decoder's, whatever the directions: a token on which no feature of the
        group fires keeps its vector.

        Parameters
        ----------
        subject
            Whose codes and bias these are.
        directions
            The decoder.
        """
        loss, right = np.zeros(self.n_units), np.zeros(self.n_units)
        for part in self.parts:
            made = np.asarray(part.split.codes @ directions, dtype=np.float32) + subject.bias
            found = part.forward(part.back(made))
            loss += np.bincount(
                part.unit, (found.loss * part.counted).sum(axis=1), minlength=self.n_units
            )
            right += np.bincount(
                part.unit, (found.right & part.counted).sum(axis=1), minlength=self.n_units
            )
        return loss, right


def passages(
    subject: Subject,
    group: FeatureGroup,
    *,
    where: Sequence[str] = WHERE,
    n_templates: int = 8,
    seed: int = 0,
) -> tuple[Passage, ...]:
    """Return the passages of a group, those that there are.

    ``prompts``: templates of the steering task of this name, drawn, with every word in them; the
    one prediction asked for is the word that comes next in the list. ``right after``: the
    predictions after words of the list, in up to twelve held texts drawn from those that have any.
    ``all text``: every prediction of the test texts.

    Parameters
    ----------
    subject
        With the parts ``lm``, ``hook_name``, ``encode``, ``test_texts`` and ``held_texts``.
    group
        Of its features.
    where
        Which of the three.
    n_templates
        Templates at most.
    seed
        Of the draws.

    Returns
    -------
    tuple of Passage
        Without prompts where the group is no task, or its words are not one token each.

    Raises
    ------
    BadInput
        If the subject has no language model.
    """
    if not set(subject.parts) >= NEEDED:
        raise BadInput(f"{subject.name} has no language model to read its groups with")
    rng = np.random.default_rng(seed)
    found: list[Passage | None] = []
    if "prompts" in where and group.name in TASKS:
        found.append(_prompts(subject, group, most=n_templates, rng=rng))
    if "right after" in where:
        found.append(_after(subject, group, rng=rng))
    if "all text" in where:
        found.append(_test(subject, group))
    return tuple(one for one in found if one is not None)


def _prompts(
    subject: Subject, group: FeatureGroup, *, most: int, rng: np.random.Generator
) -> Passage | None:
    lm, task = subject.parts["lm"], builtin_task(group.name)
    first: int = subject.parts["test_texts"].first
    try:
        answer = np.roll(word_ids(lm.encode, task.words), -1)
    except BadInput:
        return None
    by_length: dict[int, list[tuple[int, np.ndarray]]] = {}
    order: list[int] = rng.permutation(len(task.templates)).tolist()
    for number in order:
        try:
            prompts = encoded(lm.encode, task.templates[number], task.words, bos=lm.bos_id)
        except BadInput:
            continue
        ids = np.concatenate([prompts.token_id, answer[:, None]], axis=1)
        known = [rows for same in by_length.values() for rows in same]
        by_length.setdefault(ids.shape[1], []).append((len(known), ids))
        if len(known) + 1 == most:
            break
    parts: list[Part] = []
    for held in by_length.values():
        unit = np.repeat([number for number, _ in held], len(task.words))
        texts = Texts(np.concatenate([ids for _, ids in held]), unit, first)
        last = np.zeros((unit.size, texts.token_id.shape[1] - 1), dtype=np.bool_)
        last[:, -1] = True
        parts.append(_part(subject, texts, last, unit))
    n = sum(len(held) for held in by_length.values())
    return Passage("prompts", tuple(parts), n, n * len(task.words)) if parts else None


def _after(subject: Subject, group: FeatureGroup, *, rng: np.random.Generator) -> Passage | None:
    held: Texts = subject.parts["held_texts"]
    is_word = np.isin(held.token_id, _word_tokens(subject.parts["lm"], group.words))
    is_word[:, : held.first] = False
    has = np.flatnonzero(is_word[:, :-1].any(axis=1))
    if has.size < 2:
        return None
    at = np.sort(rng.choice(has, size=min(N_TEXTS, has.size), replace=False))
    texts = Texts(held.token_id[at], held.document[at], held.first)
    counted = is_word[at, :-1]
    part = _part(subject, texts, counted, texts.text_unit)
    n = int(texts.text_unit.max()) + 1
    return Passage("right after", (part,), n, int(counted.sum()))


def _test(subject: Subject, group: FeatureGroup) -> Passage:
    texts: Texts = subject.parts["test_texts"]
    n_text, n_position = (int(n) for n in texts.token_id.shape)
    fires: Any = abs(subject.test.codes[:, group.rows]).sum(axis=1)
    touched = np.asarray(fires).reshape(n_text, -1).any(axis=1)
    unit = texts.text_unit
    parts: tuple[Part, ...] = ()
    if touched.any():
        some = Texts(texts.token_id[touched], texts.document[touched], texts.first)
        every = np.ones((int(touched.sum()), n_position - 1), dtype=np.bool_)
        parts = (_part(subject, some, every, unit[touched]),)
    return Passage("all text", parts, int(unit.max()) + 1, n_text * (n_position - 1))


def _part(
    subject: Subject,
    texts: Texts,
    counted: Bool[np.ndarray, "text prediction"],
    unit: Int[np.ndarray, " text"],
) -> Part:
    split, back = subject.parts["encode"](texts)
    forward = SplicedForward(
        subject.parts["lm"], subject.parts["hook_name"], texts, divergence=False
    )
    return Part(forward, split, back, counted, unit)


def _word_tokens(lm: ReadingModel, words: Sequence[str]) -> Int[np.ndarray, " token"]:
    """Return the tokens that are a word, whatever the case, with or without a space before it."""
    wanted = {word.casefold() for word in words}
    labels = lm.token_text(np.arange(lm.vocab_size))
    return np.array(
        [i for i, label in enumerate(labels) if label.strip().casefold() in wanted], dtype=np.int64
    )
