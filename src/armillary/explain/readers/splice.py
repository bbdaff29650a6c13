"""Splice: the model's own next-token loss with a knockoff's activations in place of its own."""

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput
from armillary.explain.forward import Effects, SplicedForward
from armillary.explain.knockoff import Knockoff
from armillary.explain.scores import Score, kept
from armillary.explain.sources.texts import Back, Vectors, same
from armillary.explain.subject import Split, Subject

NEEDED = frozenset({"lm", "hook_name", "test_texts"})


class Splice:
    """Next-token loss, and divergence from the untouched model, on the test texts.

    Score ``splice``: ``(zero - loss) / (zero - one)`` of losses summed by document; ``splice KL``
    the same of ``KL(untouched || spliced)``. Zero is mean ablation: every vector is replaced by the
    subject's ``mean`` (its centre if it has no other), one the true decoder on the same codes.
    Positions that the texts leave out keep their own vectors under every replacement.

    Parameters
    ----------
    subject
        With the parts ``lm``, ``hook_name`` and ``test_texts``.
    seed
        Of the bootstrap over documents.

    Raises
    ------
    BadInput
        If the subject has no language model.
    """

    name = "splice"
    by_gauge = True

    def __init__(self, subject: Subject, *, seed: int = 0) -> None:
        self._subject, self._seed = subject, seed
        self.forward = spliced_forward(subject)
        mean: np.ndarray = np.asarray(subject.parts.get("mean", subject.centre), dtype=np.float32)
        n, d = subject.test.n_tokens, mean.size
        self._zero = self.forward(np.broadcast_to(mean, (n, d)))
        self._ablated = self.forward(np.zeros((n, d), dtype=np.float32))
        self._one = self.forward(self._raw(subject.made(subject.space.directions, subject.test)))

    @staticmethod
    def suits(subject: Subject) -> bool:
        """Whether a subject has a language model and texts to read with it."""
        return set(subject.parts) >= NEEDED

    def score(self, knockoff: Knockoff) -> list[Score]:
        """Return the scores of loss and of divergence.

        Parameters
        ----------
        knockoff
            What is put in place.
        """
        found = self.forward(self._raw(knockoff.activations(self._subject, self._subject.test)))
        return [
            kept("splice", self._units(found, "loss"), raw=self._facts(found), seed=self._seed),
            kept("splice KL", self._units(found, "kl"), raw=self._facts(found), seed=self._seed),
        ]

    def _raw(self, made: Vectors) -> Vectors:
        return back_of(self._subject, self._subject.test)(made)

    def _units(self, found: Effects, what: str) -> Float[np.ndarray, "unit 3"]:
        each = [getattr(effects, what) for effects in (found, self._zero, self._one)]
        return np.stack([self.forward.by_unit(table) for table in each], axis=1)

    def _facts(self, found: Effects) -> dict[str, float]:
        named = {"": found, "_mean": self._zero, "_one": self._one}
        named |= {"_zero_ablation": self._ablated}
        facts = {f"loss{name}": float(effects.loss.mean()) for name, effects in named.items()}
        facts |= {f"kl{name}": float(effects.kl.mean()) for name, effects in named.items()}
        facts |= {f"right{name}": float(effects.right.mean()) for name, effects in named.items()}
        facts["loss_clean"] = float(self.forward.clean.loss.mean())
        return facts | {"predictions": float(self.forward.n_predictions)}


def spliced_forward(subject: Subject) -> SplicedForward:
    """Return passes over a subject's test texts with vectors put in at its place.

    Parameters
    ----------
    subject
        With the parts ``lm``, ``hook_name`` and ``test_texts``.

    Raises
    ------
    BadInput
        If the subject has no language model.
    """
    parts = subject.parts
    missing = NEEDED - set(parts)
    if missing:
        raise BadInput(
            f"{subject.name} has no language model to splice into (no {', '.join(sorted(missing))})"
            "; use demo, demo:sae, or an autoencoder with its model"
        )
    return SplicedForward(parts["lm"], parts["hook_name"], parts["test_texts"])


def back_of(subject: Subject, split: Split) -> Back:
    """Return what takes vectors of a split from the decoder's space to the model's.

    Parameters
    ----------
    subject
        Its part ``back``, if it has one, holds such a function by ``calibration`` and ``test``.
    split
        Which of the two.
    """
    functions = subject.parts.get("back")
    if functions is None:
        return same
    back: Back = functions["test" if split is subject.test else "calibration"]
    return back
