"""Questions about a space: does placement matter, what is enough, how much is unexplained."""

import numpy as np

from armillary.explain.codec_curve import CodecCurve
from armillary.explain.context import MATTERS, Context, answered, bounds, difference
from armillary.explain.pooling import Drawn
from armillary.explain.sentence import Sentence, bits_text, figure, percent

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
    lead = {
        "yes": "Placement matters",
        "no": "Placement hardly matters, so theories of it cannot be told apart",
        "cannot tell": "Whether placement matters cannot be told",
    }[answer]
    worse = ", and do worse than the mean vector" if bounds(context.random)[1] < 0 else ""
    lost = figure(context.gap.value, *context.gap.interval)
    detail = f"random directions lose {lost} of function{worse}"
    theories = ("random",)
    return context.say("placement", answer, lead, detail=detail, of=context.gap,
                       theories=theories, brief=lost)  # fmt: skip


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
    lead = {
        "yes": "The re-fit itself informs",
        "no": "The re-fit by itself harms",
        "cannot tell": "Whether the re-fit itself informs cannot be told",
    }[answer]
    detail = (
        f"it takes {price} bits a feature, fitted on calibration tokens, and moves random "
        f"directions by {figure(lift.value, *lift.interval, signed=True)}, to "
        f"{context.random.value:.2f}"
    )
    return context.say("gauge", answer, lead, detail=detail, of=lift, theories=("random",))


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
    if found is None or not context.readable:
        return []
    one, kept = found
    share = context.closed(kept)
    answer = answered(share, ENOUGH)
    only = "A tree is enough" if question == "tree" else f"It is only {name}"
    lead = {
        "yes": only,
        "no": only.replace("is ", "is not ", 1),
        "cannot tell": f"Whether {only[0].lower()}{only[1:]} cannot be told",
    }[answer]
    detail = f"{one.label} ({context.a_feature(one)}) {_closes(share, kept)}"
    brief = percent(share.value, *share.interval)
    if bounds(share)[1] < 0:
        brief = f"worse than random, {figure(kept.value, *kept.interval)}"
    return context.say(question, answer, lead, detail=detail, of=share, theories=(one.label,),
                       brief=brief)  # fmt: skip


def _closes(share: Drawn, kept: Drawn) -> str:
    low, high = bounds(share)
    if high < 0:
        return f"does worse than random, keeping {figure(kept.value, *kept.interval)}"
    nothing = "" if low > 0 else ", if anything"
    return f"closes {percent(share.value, *share.interval)} of the gap{nothing}"


def descriptors(context: Context) -> list[Sentence]:
    """Say whether functions of the inputs make the same activations, without any dictionary.

    "yes" where some descriptor keeps more than 95 % for certain, "no" where all keep less.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    said = [one for one in context.explanation.said if not one.places]
    read = [(one, kept) for one in said if (kept := context.kept(one.label)) is not None]
    if not read:
        return []
    enough = [pair for pair in read if bounds(pair[1])[0] > ENOUGH]
    one, kept = min(enough or read, key=lambda p: p[0].bits if enough else -p[1].value)
    answer = answered(kept, ENOUGH)
    lead = {
        "yes": f"Functions of the inputs are enough: {one.label}",
        "no": "Functions of the inputs are not enough",
        "cannot tell": "Whether functions of the inputs are enough cannot be told",
    }[answer]
    listed = [f"{s.label} {figure(k.value, *k.interval)}" for s, k in read]
    detail = f"without any dictionary {', '.join(listed)} of function are kept"
    return context.say("descriptors", answer, lead, detail=detail, of=kept,
                       theories=(one.label,), brief=figure(kept.value, *kept.interval))  # fmt: skip


def unexplained(context: Context) -> list[Sentence]:
    """Say what share of the gap the best theory without a codec leaves open.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    families = ("null", "statistic", "structure")
    found = context.best([s for s in context.tried() if s.family in families and not s.quotes])
    if found is None or not context.readable:
        return []
    one, kept = found
    share = context.closed(kept)
    draws = None if share.draws is None else 1 - share.draws
    left = Drawn(1 - share.value, draws, share.exact)
    low, high = bounds(left)
    lead = {(True, False): "Most is unexplained", (False, True): "Nearly nothing is unexplained"}
    named = lead.get((low > 0.5, high < 1 - ENOUGH), "Part is unexplained")
    part = "all" if bounds(share)[1] < 0 else percent(left.value, *left.interval)
    if bounds(share)[0] <= 0:
        detail = (
            f"{part} of the gap is left, for no theory without a codec surely beats random "
            f"(best: {one.label}, {context.a_feature(one)})"
        )
    else:
        needs = "" if context.curve is None else _codec_needs(context, context.curve, kept.value)
        detail = (
            f"{part} of the gap is left by the best theory without a codec, "
            f"{one.label} ({context.a_feature(one)}){needs}"
        )
    return context.say("unexplained", "measured", named, detail=detail, of=left,
                       theories=(one.label,), brief=part)  # fmt: skip


def _codec_needs(context: Context, curve: CodecCurve, value: float) -> str:
    bits = curve.bits_for(value) / max(context.explanation.n_features, 1)
    if np.isnan(bits):
        return "; no codec that was tried keeps as much"
    return f"; a codec needs {bits_text(bits)} bits a feature to keep as much"
