"""The verdict: what an explanation's numbers say, sentence by sentence."""

from armillary.explain.context import FUNCTION, Context
from armillary.explain.questions import (
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


def verdict(explanation: Explanation) -> Verdict:
    """Say what an explanation's numbers say.

    Does placement matter? Is it only the firing correlations, only each feature's total
    interference, only clusters, is a tree enough? Do the named shapes pay for their bits? How much
    is unexplained? Is cosine a good guide? Each sentence has its figure, the 95 % interval of
    paired draws of units and seeds, and its gauge. An answer is "yes" or "no" only where the
    interval lies on one side of the threshold that the question states; else "cannot tell".

    Parameters
    ----------
    explanation
        What was measured. Theories that are not there are not asked about.

    Returns
    -------
    Verdict
        The reader nearest to function is asked everything, under every gauge; the others whether
        placement matters to them.
    """
    readers = [r for r in explanation.readers if r != "cosine"]
    readers.sort(key=lambda name: FUNCTION.index(name) if name in FUNCTION else len(FUNCTION))
    readable = [
        r for r in readers if any(_has_scale(explanation, r, g) for g in _gauges(explanation))
    ]
    if not readable:
        return Verdict((_nothing(explanation),))
    said: list[Sentence] = []
    for gauge in _gauges(explanation):
        said += _asked(Context(explanation, readable[0], gauge))
    for reader in readable[1:]:
        gauges = _gauges(explanation) if _by_gauge(explanation, reader) else ("any",)
        for gauge in gauges:
            said += placement_matters(Context(explanation, reader, gauge))
    return Verdict(tuple(said))


def _asked(context: Context) -> list[Sentence]:
    said = placement_matters(context) + gauge_informs(context)
    for question in ("correlations", "interference", "clusters", "tree"):
        said += is_enough(context, question)
    said += shapes_pay(context) + controls_fail(context) + above_the_curve(context)
    return said + unexplained(context) + cosine_guides(context)


def _gauges(explanation: Explanation) -> tuple[str, ...]:
    return explanation.gauges or ("none",)


def _by_gauge(explanation: Explanation, reader: str) -> bool:
    return any(row.reader == reader and row.gauge != "any" for row in explanation.rows)


def _has_scale(explanation: Explanation, reader: str, gauge: str) -> bool:
    context = Context(explanation, reader, gauge)
    return context.true is not None and context.random is not None


def _nothing(explanation: Explanation) -> Sentence:
    return Sentence(
        "placement", "cannot tell",
        f"No reader has a scale on {explanation.source}: the true decoder and the random theory "
        "must both be read, and the true one must do better than the mean vector.",
    )  # fmt: skip
