"""The explanation beside an atlas: its curves, and what they say."""

from pathlib import Path

from armillary.atlas import visible
from armillary.explain.context import gauge_words
from armillary.explain.curve import FAMILIES, Curve, curve_of, main_reader
from armillary.explain.disk import SECTION, is_explanation, open_explanation
from armillary.explain.table import Explanation
from armillary.explorer.packing import finite
from armillary.explorer.schema import Answer, CurvesBody, CurveSpot, CurveView


def curves_of(folder: Path) -> CurvesBody | None:
    """Return what an atlas's ``explanation/`` says; None where there is none.

    Parameters
    ----------
    folder
        Of the atlas, or of the explanation itself.

    Raises
    ------
    BadInput
        If it is broken or of a newer armillary.
    """
    if not is_explanation(folder / SECTION) and not is_explanation(folder):
        return None
    return curves_body(open_explanation(folder))


def curves_body(explanation: Explanation) -> CurvesBody:
    """Return every curve of an explanation, the main reader's first, and its verdict.

    Parameters
    ----------
    explanation
        What was measured.

    Returns
    -------
    CurvesBody
        One view a reader and gauge that has a finite score of a whole space. A reader that no
        gauge can change stands there once, under ``any``.
    """
    asked = dict.fromkeys((row.reader, row.gauge) for row in explanation.rows if not row.group)
    main = main_reader(explanation)
    rank = {name: i for i, name in enumerate([main, *explanation.readers])}
    gauges = {name: i for i, name in enumerate(explanation.gauges)}
    order = sorted(asked, key=lambda one: (one[0] != main, rank[one[0]], gauges.get(one[1], -1)))
    curves = [curve_of(explanation, reader=reader, gauge=gauge) for reader, gauge in order]
    views = tuple(_view(curve) for curve in curves if curve.spots)
    there = {spot.family for view in views for spot in view.spots}
    return CurvesBody(
        source=visible(explanation.source, limit=200),
        features=explanation.n_features,
        families=tuple(name for name in FAMILIES if name in there),
        curves=views,
        verdict=tuple(
            Answer(line.question, line.answer, line.lead, line.rest)
            for line in explanation.verdict().lines()
        ),
    )


def _view(curve: Curve) -> CurveView:
    spots = tuple(
        CurveSpot(
            label=visible(spot.label, limit=120),
            family=spot.family,
            bits=spot.bits_per_feature,
            free=spot.free,
            above=spot.above,
            value=spot.value,
            low=finite(spot.low),
            high=finite(spot.high),
        )  # fmt: skip
        for spot in curve.spots
    )
    codecs = tuple((float(bits), float(kept)) for bits, kept in curve.codecs)
    return CurveView(curve.reader, gauge_words(curve.gauge), spots, codecs, finite(curve.zero))
