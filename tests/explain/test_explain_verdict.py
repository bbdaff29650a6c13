import numpy as np
import pytest
from bench_subject import KEPT, LADDER, chosen, theory

from armillary.explain.codec_curve import codec_curve
from armillary.explain.context import Context
from armillary.explain.halving import halving
from armillary.explain.verdict import SHORT


def answers(kept=None, *, said=LADDER, **more):
    found = chosen({**KEPT, **(kept or {})}, said, **more).verdict()
    return found, {s.question: s.answer for s in found.sentences if s.gauge == "none"}


def test_placement_matters_where_random_keeps_little():
    verdict, said = answers()
    assert said["placement"] == "yes"
    (sentence,) = verdict.of("placement")
    assert sentence.low < 0.98 < sentence.high
    assert sentence.value == pytest.approx(0.98, abs=0.02)
    assert "splice, as is" in sentence.text


def test_placement_hardly_matters_where_random_keeps_all():
    verdict, said = answers({"random": 0.995}, noise=0.005)
    assert said["placement"] == "no"
    assert "hardly matters" in str(verdict)
    assert set(said) == {"placement"}
    assert "%" not in str(verdict)  # no share of a gap that is not there


def test_noise_makes_placement_untellable():
    _, said = answers({"random": 0.9}, noise=1.0)
    assert said["placement"] == "cannot tell"


@pytest.mark.parametrize(
    ("question", "label"),
    [("correlations", "correlations"), ("interference", "total interference"),
     ("clusters", "64 clusters"), ("tree", "tree of 32")],
)  # fmt: skip
def test_a_theory_that_closes_the_gap_is_enough_and_one_that_does_not_is_not(question, label):
    assert answers()[1][question] == "no"
    assert answers({label: 0.99}, noise=0.01)[1][question] == "yes"
    assert answers({label: 0.95}, noise=0.5)[1][question] == "cannot tell"


def test_what_closes_nothing_is_said_to():
    verdict, _ = answers({"correlations": 0.02})
    (sentence,) = verdict.of("correlations")
    assert sentence.text.endswith("of the gap, if anything.")


def test_what_does_worse_than_random_is_said_to_and_closes_nothing():
    verdict, said = answers({"total interference": -0.8})
    (sentence,) = verdict.of("interference")
    assert said["interference"] == "no"
    assert "does worse than random, keeping \N{MINUS SIGN}0.80" in sentence.text
    assert "%" not in sentence.text


def test_gauges_with_one_answer_share_a_line_and_others_do_not():
    explanation = chosen(KEPT, LADDER, gauges=("none", "rotation"), lift=0.3)
    (line,) = explanation.verdict().lines("placement")
    assert [where for where, _ in line.parts] == ["as is", "after the best rotation"]
    flat = chosen({**KEPT, "random": 0.7}, LADDER, gauges=("none", "rotation"), lift=0.29)
    leads = [line.lead for line in flat.verdict().lines("placement")]
    assert leads[0] == "Placement matters"
    assert leads[1].startswith("Placement hardly matters")
    assert flat.verdict().of("tree", gauge="rotation") == []


def test_the_first_lines_answer_the_questions_in_order():
    lines = answers()[0].lines(*SHORT)
    asked = ["placement", "correlations", "interference", "tree", "shapes", "unexplained"]
    assert [line.question for line in lines][:6] == asked


@pytest.mark.parametrize("reader", ["geometry: cka", "probe linear", "cosine"])
def test_readers_of_the_space_itself_get_no_verdict(reader):
    verdict, _ = answers(reader=reader)
    assert [s.answer for s in verdict.sentences] == ["cannot tell"]
    assert "Nothing can be said of the function" in str(verdict)


def test_halving_finds_the_power_law_that_codecs_follow():
    bits = np.array([400, 800, 1600, 3200, 6400])
    said = [one for one in LADDER if one.kind in ("random", "exact")]
    codecs = [theory(f"scalar, {b} bits", "scalar", "codec", int(b)) for b in bits]
    left = (bits / 400.0) ** -0.5 * 0.9  # each halving takes four times the bits
    kept = {"random": 0.0, "exact, 32 bits": 1.0}
    kept |= {one.label: 1 - x for one, x in zip(codecs, left, strict=True)}
    explanation = chosen(kept, [*said, *codecs], noise=1e-4)
    found = halving(Context(explanation, "splice", "none"), codecs)
    assert found is not None
    assert found.first is not None
    assert found.factor == pytest.approx((4.0, 4.0, 4.0), abs=0.05)
    assert 8 < found.first[0] < 16  # bits a feature, of 100: 0.64 is left at 8, 0.45 at 16
    (sentence,) = explanation.verdict().of("halving")
    assert "each further halving takes 4.0" in sentence.text


def test_halving_fits_no_line_through_fewer_than_three_codecs():
    two = [one for one in LADDER if one.kind in ("random", "exact")] + list(LADDER[7:9])
    found = halving(Context(chosen(KEPT, two), "splice", "none"), two[2:])
    assert found is None or found.factor is None


def test_shapes_pay_only_above_the_codec_curve_at_equal_bits():
    verdict, said = answers()
    assert said["shapes"] == "yes"
    (sentence,) = verdict.of("shapes")
    assert sentence.value == pytest.approx(0.15, abs=0.02)  # 0.60 against 0.45 at 8,000 bits
    assert "over tree of 32 alone +0.2" in sentence.text
    assert answers({"tree of 32 + 3 shapes, order": 0.3})[1]["shapes"] == "no"
    same = {"tree of 32 + 3 shapes, order": 0.45}
    assert answers(same, noise=0.1)[1]["shapes"] == "cannot tell"


def test_a_control_fails_or_is_said_not_to():
    assert answers()[1]["controls"] == "yes"
    assert answers({"tree of 32 + 3 shapes, scrambled": 0.7})[1]["controls"] == "no"
    same = {"tree of 32 + 3 shapes, scrambled": 0.6}
    assert answers(same, noise=0.4)[1]["controls"] == "cannot tell"


def test_what_is_unexplained_is_what_the_best_theory_without_a_codec_leaves():
    verdict, _ = answers()
    (sentence,) = verdict.of("unexplained")
    assert sentence.value == pytest.approx(1 - (0.6 - 0.02) / 0.98, abs=0.02)
    assert sentence.theories == ("tree of 32 + 3 shapes, order",)
    assert "a codec needs" in sentence.text


def test_theories_above_the_curve_are_named_and_controls_are_not():
    verdict, said = answers()
    (sentence,) = verdict.of("above")
    assert said["above"] == "yes"
    assert "tree of 32 + 3 shapes, order" in sentence.theories
    assert "tree of 32 + 3 shapes, scrambled" not in sentence.theories
    low = {name: 0.03 for name, kept in KEPT.items() if "tree" in name or "cl" in name}
    none = answers({**low, "correlations": 0.0, "total interference": 0.0}, noise=0.01)
    assert none[1]["above"] == "no"


def test_cosine_misleads_where_a_nearer_theory_keeps_less():
    near = {name: 0.5 for name in KEPT} | {"exact, 32 bits": 1.0, "tree of 32": 0.9}
    verdict, said = answers({"tree of 32": -0.2}, cosine=near)
    assert said["cosine"] == "no"
    (sentence,) = verdict.of("cosine")
    assert sentence.theories[0] == "tree of 32"
    assert "cosine 0.90" in sentence.text


def test_cosine_does_not_mislead_where_it_ranks_as_function_does():
    assert answers(cosine=KEPT)[1]["cosine"] == "yes"


def test_the_gauge_is_charged_with_what_it_does_for_random():
    explanation = chosen(KEPT, LADDER, gauges=("none", "rotation"), lift=0.3)
    (sentence,) = explanation.verdict().of("gauge", gauge="rotation")
    assert sentence.answer == "yes"
    assert "12 bits a feature" in sentence.text
    assert explanation.verdict().of("gauge", gauge="none") == []


def test_missing_theories_are_not_asked_about():
    few = [one for one in LADDER if one.kind in ("random", "exact", "tree")]
    _, said = answers(said=few)
    assert said["placement"] == "yes"
    assert not {"correlations", "interference", "shapes", "controls"} & set(said)


def test_without_the_random_or_the_true_theory_nothing_can_be_told():
    for kind in ("random", "exact"):
        _, said = answers(said=[one for one in LADDER if one.kind != kind])
        assert said == {} or set(said.values()) == {"cannot tell"}


def test_scores_that_are_no_numbers_are_passed_over():
    explanation = chosen({**KEPT, "tree of 32": np.nan, "correlations": np.nan}, LADDER)
    said = {s.question for s in explanation.verdict().sentences}
    assert "tree" not in said
    assert "correlations" not in said
    assert "nan" not in str(explanation.verdict())


def test_every_figure_is_machine_readable():
    for sentence in answers()[0].record():
        assert set(sentence) >= {"question", "answer", "text", "reader", "gauge", "value", "low"}


def test_the_codec_curve_is_straight_in_the_logarithm_of_bits_and_flat_beyond():
    curve = codec_curve(chosen(KEPT, LADDER, noise=0.0), gauge="none", reader="splice")
    assert curve is not None
    assert curve.at(8000.0).value == pytest.approx(0.45)
    assert curve.at(float(np.sqrt(8000 * 16000))).value == pytest.approx((0.45 + 0.9) / 2)
    assert curve.at(10.0).value == pytest.approx(0.02)
    assert curve.at(1e9).value == pytest.approx(1.0)
    assert curve.bits_for(0.45) == pytest.approx(8000)
    assert np.isnan(curve.bits_for(1.5))


def test_a_codec_that_a_cheaper_one_beats_is_not_on_the_curve():
    explanation = chosen({**KEPT, "scalar, 80 bits": 0.05}, LADDER, noise=0.0)
    curve = codec_curve(explanation, gauge="none", reader="splice")
    assert curve is not None
    assert "scalar, 80 bits" not in [one.label for one in curve.said]


def test_theories_that_are_not_generic_are_judged_by_the_curve_and_not_on_it():
    said = (*LADDER, theory("told", "told", "codec", 6000, generic=False),
            theory("told, stretched", "stretched", "codec", 6000, generic=False))  # fmt: skip
    explanation = chosen({**KEPT, "told": 0.8, "told, stretched": 0.8}, said, noise=0.01)
    curve = codec_curve(explanation, gauge="none", reader="splice")
    assert curve is not None
    assert {one.kind for one in curve.said} == {"random", "scalar", "exact"}
    (sentence,) = explanation.verdict().of("above", gauge="none")
    assert {"told", "told, stretched"} <= set(sentence.theories)


def test_what_costs_a_few_numbers_takes_no_part_in_the_price_of_a_halving():
    said = [one for one in LADDER if one.kind in ("random", "exact")]
    codecs = [theory(f"scalar, {b} bits", "scalar", "codec", b) for b in (800, 1600, 3200)]
    free = theory("firing company", "correlations", "statistic", 40)
    kept = {"random": 0.0, "exact, 32 bits": 1.0, "firing company": 0.45}
    kept |= {one.label: x for one, x in zip(codecs, (0.6, 0.8, 0.9), strict=True)}
    explanation = chosen(kept, [*said, free, *codecs], noise=1e-4)
    found = halving(Context(explanation, "splice", "none"), [free, *codecs])
    assert found is not None
    assert found.first is not None
    assert found.factor is not None
    assert found.first[0] == pytest.approx(8)  # bits a feature, of 100: not between 0.4 and 8
    assert found.factor[0] == pytest.approx(2, abs=0.05)
