"""Questions about theories: do they pay for their bits, do controls fail, does cosine guide."""

from armillary.explain.context import Context, answered, bounds, difference
from armillary.explain.measured import Said
from armillary.explain.pooling import Drawn
from armillary.explain.sentence import Sentence, bits_text, figure

SHAPES = ("shapes",)


def shapes_pay(context: Context) -> list[Sentence]:
    """Say whether the named shapes keep more than the codec curve does at equal bits.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    found = _claimed(context)
    if found is None or context.curve is None:
        return []
    one, kept = found
    there = context.curve.at(float(one.bits))
    over = difference(kept, there)
    answer = answered(over, 0.0)
    lead = {
        "yes": "The named shapes pay for their bits",
        "no": "The named shapes do not pay for their bits",
        "cannot tell": "Whether the named shapes pay for their bits cannot be told",
    }[answer]
    detail = (
        f"{one.label} ({context.a_feature(one)}) keeps {figure(kept.value, *kept.interval)}, "
        f"{figure(over.value, *over.interval, signed=True)} against the codec curve there"
        f"{_over_base(context, one, kept)}"
    )
    return context.say("shapes", answer, lead, detail=detail, of=over, theories=(one.label,),
                       brief=figure(over.value, *over.interval, signed=True))  # fmt: skip


def controls_fail(context: Context) -> list[Sentence]:
    """Say whether each control keeps less than the theory that it is a control of.

    A control that names its theory is held against it; shapes out of order, or of another kind,
    against the best shapes. "yes" where the theory keeps more for certain.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    said: list[Sentence] = []
    claimed = _claimed(context)
    labels = {one.label: one for one in context.explanation.said}
    for control in (one for one in labels.values() if one.controls):
        partner = labels.get(str(control.settings.get("theory")))
        if partner is None and control.kind in SHAPES and claimed is not None:
            partner = claimed[0]
        kept = None if partner is None else context.kept(partner.label)
        other = context.kept(control.label)
        if partner is None or kept is None or other is None:
            continue
        over = difference(kept, other)
        answer = answered(over, 0.0)
        lead = {"yes": "Controls fail, as they must", "no": "A control does better than its theory",
                "cannot tell": "A control cannot be told from its theory"}[answer]  # fmt: skip
        detail = (
            f"{partner.label} keeps {figure(over.value, *over.interval, signed=True)} more than "
            f"{control.label}"
        )
        theories = (partner.label, control.label)
        said += context.say("controls", answer, lead, detail=detail, of=over, theories=theories)
    return said


def _claimed(context: Context) -> tuple[Said, Drawn] | None:
    shapes = context.explanation.of_kind(*SHAPES)
    return context.best([one for one in shapes if not one.controls])


def _over_base(context: Context, one: Said, kept: Drawn) -> str:
    labels = {other.label: other for other in context.explanation.said}
    base = labels.get(str(one.settings.get("base")))
    alone = None if base is None else context.kept(base.label)
    if base is None or alone is None:
        return ""
    over = difference(kept, alone)
    more = (one.bits - base.bits) / max(context.explanation.n_features, 1)
    return f", over {base.label} alone {figure(over.value, *over.interval, signed=True)} for " \
           f"{bits_text(max(more, 0.0))} bits a feature more"  # fmt: skip


def above_the_curve(context: Context) -> list[Sentence]:
    """Count the theories that keep more than the codec curve does at equal bits, for certain.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    if context.curve is None or not context.readable:
        return []
    tried = [one for one in context.tried() if not one.generic]
    over = {s.label: difference(kept, context.curve.at(float(s.bits)))
            for s in tried if (kept := context.kept(s.label)) is not None}  # fmt: skip
    sure = [label for label, one in over.items() if bounds(one)[0] > 0]
    if not over:
        return []
    best = max(over, key=lambda label: over[label].value)
    answer = "yes" if sure else answered(over[best], 0.0)
    lead = {
        "yes": "Some theories lie above the codec curve",
        "no": "No theory lies above the codec curve",
        "cannot tell": "Whether a theory lies above the codec curve cannot be told",
    }[answer]
    listed = f" ({', '.join(sure)})" if sure else ""
    detail = (
        f"{len(sure)} of {len(over)} do for certain{listed}, 95 % each and not corrected for their "
        f"number; furthest is {best}, "
        f"{figure(over[best].value, *over[best].interval, signed=True)}"
    )
    return context.say("above", answer, lead, detail=detail, of=over[best], theories=tuple(sure))


def cosine_guides(context: Context) -> list[Sentence]:
    """Say whether cosine with the truth ranks theories as function does.

    "no" where some theory is nearer by cosine than another by more than 0.1 and keeps less for
    certain. The example given has the largest such loss of function.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    read = context.explanation.drawn
    cosines = {s.label: read(s.label, gauge=context.gauge, reader="cosine")
               for s in context.explanation.said}  # fmt: skip
    near = {label: one.value for label, one in cosines.items() if one is not None}
    kept = {label: k for label in near if (k := context.kept(label)) is not None}
    if len(kept) < 3:
        return []
    worst: tuple[str, str, Drawn] | None = None
    for a in kept:
        for b in kept:
            over = difference(kept[b], kept[a])
            if near[a] > near[b] + 0.1 and bounds(over)[0] > 0:
                worst = (a, b, over) if worst is None or over.value > worst[2].value else worst
    if worst is None:
        detail = f"of {len(kept)} theories none is nearer by 0.1 and keeps less for certain"
        return context.say("cosine", "yes", "Cosine with the truth does not mislead",
                           detail=detail, of=Drawn(float("nan"), None))  # fmt: skip
    a, b, over = worst
    detail = (
        f"{a} (cosine {near[a]:.2f}) keeps {figure(over.value, *over.interval)} less than "
        f"{b} (cosine {near[b]:.2f})"
    )
    lead = "Cosine with the truth is a bad guide"
    return context.say("cosine", "no", lead, detail=detail, of=over, theories=(a, b))
