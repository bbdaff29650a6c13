"""Groups: what it costs to say less of one group of features, all others being exact."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput
from armillary.explain.knockoff import Knockoff
from armillary.explain.readers.passages import NEEDED, WHERE, Passage, passages
from armillary.explain.scores import Score, kept
from armillary.explain.subject import FeatureGroup, Subject
from armillary.knockoffs.edits import IN_ORDER, edited, random_cycle

NAMED = ("weekdays", "months")
EDITS = ("scrambled", "in order", "wrong order", "simplex", "mean", "random")


class Groups:
    """The model's loss where a group's words are read, with only that group's features misplaced.

    Every passage of every group is a score: ``group prompts`` (the next word of the list),
    ``group right after`` (text after such words) and ``group all text``. Zero puts the group's
    words at one point, the mean of each spelling (the edit ``mean``): what is left when only the
    cluster is said. One is the true decoder. ``raw`` has the change of loss in nats a prediction
    (texts without the group count, with no change); loss, and how often the next token was the
    likeliest, are means over the texts with it.

    Parameters
    ----------
    subject
        With the parts of ``passages`` and ``groups``.
    seed
        Of the texts, of the edits and of the bootstrap over templates or documents.
    names
        Groups to read; those that the subject does not have are left out.
    where
        Passages: ``prompts``, ``right after``, ``all text``; each costs as much as a splice.
    n_templates
        Prompts a group, each with every word of the list.

    Raises
    ------
    BadInput
        If it has none of them, or no language model.
    """

    name = "groups"
    by_gauge = True

    def __init__(
        self,
        subject: Subject,
        *,
        seed: int = 0,
        names: Sequence[str] = NAMED,
        where: Sequence[str] = WHERE[:1],
        n_templates: int = 8,
    ) -> None:
        self._subject, self._seed = subject, seed
        self.groups = tuple(group for group in subject.groups if group.name in names)
        if not self.groups:
            has = ", ".join(group.name for group in subject.groups) or "none"
            raise BadInput(f"{subject.name} has no group called {', '.join(names)}; it has {has}")
        self._passages = [
            passages(subject, group, where=where, n_templates=n_templates, seed=seed)
            for group in self.groups
        ]
        self._one = [self._effects(i, subject.space.directions) for i in self._numbers]
        self._zero = [self._effects(i, self.edit(self.groups[i], "mean")) for i in self._numbers]

    @staticmethod
    def suits(subject: Subject) -> bool:
        """Whether a subject has a language model, and a group that is read by default."""
        named = {group.name for group in subject.groups}
        return set(subject.parts) >= NEEDED and not named.isdisjoint(NAMED)

    @property
    def _numbers(self) -> range:
        return range(len(self.groups))

    def score(self, knockoff: Knockoff) -> list[Score]:
        """Return a score a group and passage, with only that group's rows from the knockoff.

        Parameters
        ----------
        knockoff
            Its rows are taken after the linear part of the re-fit.
        """
        turned = knockoff.turned()
        scores: list[Score] = []
        for i in self._numbers:
            mixed = self._subject.space.directions.copy()
            mixed[self.groups[i].rows] = turned[self.groups[i].rows]
            scores += self._scores(i, mixed)
        return scores

    def edits(self, *, hows: Sequence[str] = EDITS) -> dict[str, list[Score]]:
        """Return the scores of each edit of each group; orders where the list has one.

        Parameters
        ----------
        hows
            Names of edits, as ``knockoffs.edits.edited`` knows them; ``in order`` is the even ring
            of a cyclic list and the even segment of a linear one, ``wrong order`` the same laid
            over the words with their places in the list dealt anew.
        """
        found: dict[str, list[Score]] = {how: [] for how in hows}
        for i in self._numbers:
            for how in hows:
                if "order" not in how or self.groups[i].kind in IN_ORDER:
                    found[how] += self._scores(i, self.edit(self.groups[i], how))
        return found

    def edit(self, group: FeatureGroup, how: str) -> Float[np.ndarray, "feature d_model"]:
        """Return all directions with one group edited, spelling by spelling.

        Parameters
        ----------
        group
            Which.
        how
            Which edit.
        """
        rng = np.random.default_rng(self._seed)
        step = group.step
        if how == "wrong order":
            step = random_cycle(len(group.words), rng=rng)[step]
        named = IN_ORDER[group.kind] if how.endswith("order") else how
        space, period = self._subject.space, len(group.words)
        return edited(space, group.rows, named, rng=rng, step=step, period=period)

    def _effects(
        self, number: int, directions: Float[np.ndarray, "feature d_model"]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        return [one.effects(self._subject, directions) for one in self._passages[number]]

    def _scores(self, number: int, directions: Float[np.ndarray, "feature d_model"]) -> list[Score]:
        found = self._effects(number, directions)
        scored: list[Score] = []
        for k, passage in enumerate(self._passages[number]):
            loss, right = zip(found[k], self._zero[number][k], self._one[number][k], strict=True)
            scored.append(
                kept(
                    f"group {passage.name}",
                    np.stack(loss, axis=1),
                    raw=_facts(passage, loss, right, seed=self._seed),
                    group=self.groups[number].name,
                    seed=self._seed,
                )
            )
        return scored


def _facts(
    passage: Passage,
    loss: Sequence[Float[np.ndarray, " unit"]],
    right: Sequence[Float[np.ndarray, " unit"]],
    *,
    seed: int,
) -> dict[str, float]:
    n, read = passage.n_predictions, max(passage.n_read, 1)
    facts = {"predictions": float(n), "read": float(read), "units": float(passage.n_units)}
    for name, own, likeliest in zip(("", "_zero", "_one"), loss, right, strict=True):
        facts[f"loss{name}"] = float(own.sum() / read)
        facts[f"right{name}"] = float(likeliest.sum() / read)
    change = loss[0] - loss[2]
    facts["change"] = float(change.sum() / n)
    rng = np.random.default_rng(seed)
    drawn = change[rng.integers(change.size, size=(1000, change.size))].sum(axis=1) / n
    facts["change_low"], facts["change_high"] = (
        float(q) for q in np.quantile(drawn, [0.025, 0.975])
    )
    return facts
