"""Probes: small readers that learn some values from few samples of a knockoff and read others."""

import numpy as np
from jaxtyping import Float

from armillary.explain.gauges import GAUGES
from armillary.explain.knockoff import Knockoff
from armillary.explain.readers.held_out import Question, factor_question, group_question
from armillary.explain.readers.small_probes import Probe, linear, mlp, relu
from armillary.explain.scores import Score, bootstrap, kept
from armillary.explain.subject import Subject
from armillary.worlds import World

PROBES: dict[str, Probe] = {"linear": linear, "relu": relu, "mlp": mlp}
ONLY_MLP = "probe beyond simple"
_MOST = 3


class Probes:
    """Probes trained on the knockoff itself, asked for values that they never saw.

    Learn five weekdays, read the other two. A split's loss is the mean squared error on what was
    held out. No answer is further out than twice what was learned, and where the learned rows are
    all alike it is their mean (see ``small_probes``). Zero: the mean of what was learned, said of
    everything. One: the same probe trained on the true decoder. A probe is fitted to each space
    afresh, so no rotation and no scale can change what it says; ``by_gauge`` is false.

    Of every question three scores, ``probe linear``, ``probe relu`` and ``probe mlp``, and
    ``probe beyond simple``: the share of variance (1 - loss / zero) that the network reads, less
    the larger of what the two others read, of the knockoff. It is no share of what is kept: it says
    how much of what is there only the powerful reader sees.

    Parameters
    ----------
    subject
        Questions are its cyclic and linear groups; of a world also its factors, at most three.
        Those that no probe can answer of the true decoder are not asked.
    seed
        Of splits, first weights and bootstrap.
    """

    name = "probes"
    by_gauge = False

    def __init__(self, subject: Subject, *, seed: int = 0) -> None:
        """Draw the questions, and train on the true decoder."""
        self._seed = seed
        directions = subject.space.directions
        true = Knockoff(directions, GAUGES["none"].fit(directions[:1], directions[:1]))
        asked = _questions(subject, seed=seed)
        zero = [_said_nothing(question) for question in asked]
        one = [self._losses(question, true) for question in asked]
        readable = [i for i in range(len(asked)) if _can_be_read(zero[i], one[i])]
        self.questions = tuple(asked[i] for i in readable)
        self._zero, self._one = [zero[i] for i in readable], [one[i] for i in readable]

    @staticmethod
    def suits(subject: Subject) -> bool:
        """Return whether there is anything to ask of a subject.

        Parameters
        ----------
        subject
            What is explained.
        """
        return bool(_questions(subject, seed=0))

    def score(self, knockoff: Knockoff) -> list[Score]:
        """Return four scores a question; ``raw`` has shares of variance read (R2)."""
        found: list[Score] = []
        for question, zero, one in zip(self.questions, self._zero, self._one, strict=True):
            losses = self._losses(question, knockoff)
            for name, loss in losses.items():
                units = np.column_stack([loss, zero, one[name]])
                raw = {
                    "R2": _read(loss, zero), "R2 of the true decoder": _read(one[name], zero),
                }  # fmt: skip
                found.append(
                    kept(f"probe {name}", units, raw=raw, group=question.group, seed=self._seed)
                )
            found.append(self._beyond(question, losses, zero, one))
        return found

    def _losses(self, question: Question, knockoff: Knockoff) -> dict[str, np.ndarray]:
        rows = question.rows(knockoff)
        found: dict[str, np.ndarray] = {}
        for name, probe in PROBES.items():
            made = probe(rows, question.target, question.train, seed=self._seed)
            found[name] = _loss(question, made)
        return found

    def _beyond(
        self,
        question: Question,
        losses: dict[str, np.ndarray],
        zero: np.ndarray,
        one: dict[str, np.ndarray],
    ) -> Score:
        nothing = np.zeros_like(zero)
        # with the one at loss 0 a score is the share of variance read
        drawn = {
            name: bootstrap(np.column_stack([loss, zero, nothing]), seed=self._seed)
            for name, loss in losses.items()
        }
        apart = drawn["mlp"] - np.maximum(drawn["linear"], drawn["relu"])
        low, high = np.quantile(apart, [0.025, 0.975])
        simple = max(_read(losses["linear"], zero), _read(losses["relu"], zero))
        of_true = max(_read(one["linear"], zero), _read(one["relu"], zero))
        return Score(
            ONLY_MLP, _read(losses["mlp"], zero) - simple, float(low), float(high),
            {"of the true decoder": _read(one["mlp"], zero) - of_true}, question.group,
        )  # fmt: skip


def _questions(subject: Subject, *, seed: int) -> tuple[Question, ...]:
    asked: list[Question | None] = [group_question(g, seed=seed) for g in subject.groups]
    world: World | None = subject.parts.get("world")
    if world is not None:
        factors = world.truth.factors[:_MOST]
        asked += [factor_question(subject, factor, seed=seed) for factor in factors]
    return tuple(question for question in asked if question is not None)


def _can_be_read(zero: Float[np.ndarray, " split"], one: dict[str, np.ndarray]) -> bool:
    """Whether some probe reads the true decoder, so that a share of what it reads can be said."""
    scores = [kept(name, np.column_stack([loss, zero, loss])) for name, loss in one.items()]
    return any(np.isfinite(score.value) for score in scores)


def _said_nothing(question: Question) -> Float[np.ndarray, " split"]:
    """Return the loss of saying the mean of what was learned."""
    mean = np.stack([question.target[chosen].mean(axis=0) for chosen in question.train])
    return _loss(question, np.repeat(mean[:, None], len(question.target), axis=1))


def _loss(
    question: Question, made: Float[np.ndarray, "split row target"]
) -> Float[np.ndarray, " split"]:
    error = ((made - question.target) ** 2).sum(axis=2)
    return (error * question.asked).sum(axis=1) / question.asked.sum(axis=1)


def _read(loss: np.ndarray, zero: np.ndarray) -> float:
    return 1 - float(loss.sum() / zero.sum())
