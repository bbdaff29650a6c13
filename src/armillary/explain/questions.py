"""Questions about a space: does placement matter, what is enough, how much is unexplained."""

import numpy as np

from armillary.explain.codec_curve import CodecCurve
from armillary.explain.context import MATTERS, Context, answered, bounds, difference
from armillary.explain.pooling import Drawn
from armillary.explain.sentence import Sentence, bits_text, figure, percent
from armillary.explain.table import RANDOM

ENOUGH = 0.95  # of the gap between random and true
ROLES = {  # kinds of theory that answer a question, with what they are called in a sentence
    "correlations": (("correlations", "company", "firing gram"), "the firing correlations"),
    "interference": (("interference", "sign flip"), "each feature's total interference"),
    "clusters": (("clusters",), "clusters"),
    "tree": (("tree",), "a tree"),
}


def placement_matters(context: Context) -> list[Sentence]:
    """Say whether random directions do less than true ones.

    "yes" where they lose more than 0.05 of function for certain, "no" where they lose less.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    if context.gap is None or context.random is None or context.true is None:
        return []
    answer = answered(context.gap, MATTERS)
    kept = figure(context.random.value, *context.random.interval)
    true = figure(context.true.value, *context.true.interval)
    lead = {
        "yes": "Placement matters",
        "no": "Placement hardly matters",
        "cannot tell": "The data cannot tell whether placement matters",
    }[answer]
    lost = figure(context.gap.value, *context.gap.interval)
    worse = ", worse than the mean vector alone" if bounds(context.random)[1] < 0 else ""
    text = (
        f"{lead} ({context.where}): random directions keep {kept} of function{worse}, the true "
        f"ones {true}; {lost} is lost."
    )
    return context.say("placement", answer, text, of=context.gap, theories=("random",))


def gauge_informs(context: Context) -> list[Sentence]:
    """Say what the re-fit alone does for the random theory, and what it costs.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    if context.gauge in ("none", "any") or context.random is None:
        return []
    plain = Context(context.explanation, context.reader, "none").random
    rows = context.explanation.curve(reader=context.reader, gauge=context.gauge)
    if plain is None or not rows:
        return []
    lift = difference(context.random, plain)
    price = bits_text(max(row.gauge_bits for row in rows) / max(context.explanation.n_features, 1))
    answer = answered(lift, 0.0)
    does = {"yes": "lifts", "no": "lowers", "cannot tell": "may or may not move"}[answer]
    text = (
        f"The {context.gauge} fitted on calibration tokens carries information of its own, {price} "
        f"bits a feature: it {does} random directions from {figure(plain.value, *plain.interval)} "
        f"to {figure(context.random.value, *context.random.interval)} ({context.reader})."
    )
    return context.say("gauge", answer, text, of=lift, theories=("random",))


def is_enough(context: Context, question: str) -> list[Sentence]:
    """Say whether the theories of one role close the gap between random and true.

    "yes" where the best of them closes more than 95 % for certain, "no" where less.

    Parameters
    ----------
    context
        Reader and gauge.
    question
        A key of ``ROLES``.
    """
    kinds, name = ROLES[question]
    found = context.best(context.explanation.of_kind(*kinds))
    if found is None or context.gap is None:
        return []
    one, kept = found
    share = context.closed(kept)
    if not context.matters:
        text = (
            f"Whether it is only {name} cannot be told ({context.where}): there is no sure gap "
            "between random and true to close."
        )
        return context.say(question, "cannot tell", text, of=share, theories=(one.label,))
    answer = answered(share, ENOUGH)
    lead = {
        "yes": f"It is only {name}" if question != "tree" else "A tree is enough",
        "no": f"It is not only {name}" if question != "tree" else "A tree is not enough",
        "cannot tell": f"The data cannot tell whether it is only {name}",
    }[answer]
    part = _of_nothing(share)
    text = (
        f"{lead} ({context.where}): {one.label}, at {context.a_feature(one)}, closes "
        f"{percent(share.value, *share.interval)} of the gap between random and true{part}."
    )
    return context.say(question, answer, text, of=share, theories=(one.label,))


def _of_nothing(share: Drawn) -> str:
    low, high = bounds(share)
    if low > 0:
        return ""
    return ", less than random does" if high < 0 else ", which cannot be told from nothing"


def unexplained(context: Context) -> list[Sentence]:
    """Say what share of the gap the best theory without a codec leaves open.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    families = ("null", "statistic", "structure")
    tried = [s for s in context.explanation.said if s.family in families and not s.quotes]
    found = context.best([s for s in tried if s.kind != RANDOM and not s.controls])
    if found is None or not context.matters:
        return []
    one, kept = found
    share = context.closed(kept)
    draws = None if share.draws is None else 1 - share.draws
    left = Drawn(1 - share.value, draws, share.exact)
    needs = "" if context.curve is None else _codec_needs(context, context.curve, kept.value)
    text = (
        f"{percent(left.value, *left.interval)} of the gap between random and true is unexplained "
        f"({context.where}): the best theory without a codec is {one.label}, at "
        f"{context.a_feature(one)}{needs}."
    )
    return context.say("unexplained", "measured", text, of=left, theories=(one.label,))


def _codec_needs(context: Context, curve: CodecCurve, value: float) -> str:
    bits = curve.bits_for(value) / max(context.explanation.n_features, 1)
    if np.isnan(bits):
        return "; no codec that was tried keeps as much"
    return f"; a codec needs {bits_text(bits)} bits a feature to keep as much"
