"""The verdict: what an explanation's numbers say, sentence by sentence."""

from armillary.explain.context import Context, readers_of_function
from armillary.explain.halving import halvings
from armillary.explain.questions import (
    descriptors,
    gauge_informs,
    is_enough,
    placement_matters,
    unexplained,
)
from armillary.explain.questions_of_price import (
    above_the_curve,
    controls_fail,
    cosine_guides,
    shapes_pay,
)
from armillary.explain.sentence import Sentence, Verdict
from armillary.explain.table import Explanation

SHORT = ("placement", "correlations", "interference", "tree", "shapes", "unexplained", "halving",
         "cosine")  # fmt: skip


def verdict(explanation: Explanation) -> Verdict:
    """Say what an explanation's numbers say.

    Does placement matter? Is it only the firing correlations, only each feature's total
    interference, is a tree enough? Do the named shapes pay for their bits? How much is
    unexplained, and what does halving the gap cost? Then what a re-fit does by itself, clusters,
    functions of the inputs, controls, the codec curve, and whether cosine is a good guide. Each
    sentence has its figure, the 95 % interval of paired draws of units and seeds, and its gauge.
    An answer is "yes" or "no" only where the interval lies on one side of the threshold that the
    question states; else "cannot tell". Under a gauge where random directions keep as much as true
    ones nothing further is asked: there is no gap to take shares of.

    Parameters
    ----------
    explanation
        What was measured. Theories that are not there are not asked about.

    Returns
    -------
    Verdict
        Of the reader nearest to function, under every gauge. Geometry, cosine and probes read the
        space and not what it is for: they get no verdict.
    """
    gauges = explanation.gauges or ("none",)
    for reader in readers_of_function(explanation):
        asked = [Context(explanation, reader, gauge) for gauge in gauges]
        if any(one.gap is not None for one in asked):
            return Verdict(_once([sentence for one in asked for sentence in _asked(one)]))
    return Verdict((_nothing(explanation),))


def _asked(context: Context) -> list[Sentence]:
    said = placement_matters(context)
    if not context.readable:
        return said + gauge_informs(context)
    for question in ("correlations", "interference", "tree"):
        said += is_enough(context, question)
    said += shapes_pay(context) + unexplained(context) + halvings(context)
    said += gauge_informs(context) + is_enough(context, "clusters") + descriptors(context)
    return said + controls_fail(context) + above_the_curve(context) + cosine_guides(context)


def _once(said: list[Sentence]) -> tuple[Sentence, ...]:
    """Leave out what cosine says under a further gauge, if it is the same answer."""
    first = {(s.question, s.answer): s for s in reversed(said)}
    kept = (s for s in said if s.question != "cosine" or first[s.question, s.answer] is s)
    return tuple(kept)


def _nothing(explanation: Explanation) -> Sentence:
    lead = f"Nothing can be said of the function of {explanation.source}"
    detail = (
        "a verdict needs a task or a model's own loss as reader, the true decoder and the random "
        "theory both read, and the true one better than the mean vector"
    )
    return Sentence("placement", "cannot tell", f"{lead}: {detail}.", lead=lead, detail=detail)
