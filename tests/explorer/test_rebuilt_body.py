"""What the page is told of claims rebuilt from codes."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from synthetic_survey import MONTHS, PLACES, atlas, atlas_with_codes, rebuilt, survey

from armillary.atlas import Atlas
from armillary.core import BadInput
from armillary.explorer import Bodies, report_files
from armillary.explorer.contexts import examples_of, shown
from armillary.explorer.plain_rebuilt import plain_rebuilt
from armillary.explorer.rebuilt import rebuilt_words


@pytest.fixture(scope="module")
def record() -> Atlas:
    return atlas_with_codes()


@pytest.fixture(scope="module")
def words(record):
    return Bodies(record).body("rebuilt")


def test_without_codes_there_is_no_such_section():
    bare = Bodies(atlas())
    assert not bare.body("atlas").parts.rebuilt
    with pytest.raises(BadInput, match="no 'rebuilt'"):
        bare.body("rebuilt")


def test_groups_tested_and_claims_are_counted_by_shape(words):
    assert (words.tested, words.claims) == (7, 3)
    assert {kind.shape: kind.count for kind in words.shapes} == {
        "circle": 1,
        "flat": 1,
        "segment": 1,
    }
    assert [one.shape for one in words.listed] == ["circle", "segment", "flat"]


def test_word_means_are_those_of_the_atlas(record, words):
    row = record.rebuilt.to_pylist()[0]
    assert np.allclose(words.listed[0].points, row["scores"])
    assert words.listed[0].words == tuple(month.strip() for month in MONTHS)
    assert words.listed[0].order == tuple(range(12))


def test_the_null_beaten_by_least_is_named(words):
    weakest = [null for null in words.listed[0].placement if null.weakest]
    assert [null.name for null in weakest] == ["same codes on rays of the same spectrum"]
    assert [null.p for null in words.listed[0].placement] == [0.002, 0.003]


def test_of_equal_p_the_null_that_the_atlas_names_is_the_weakest():
    space, groups, *_ = survey()
    one = rebuilt(space, groups)[0]
    even = tuple(
        replace(test, null=np.r_[20.0, np.zeros(999)] - k * 1e-3)
        for k, test in enumerate(one.placement)
    )
    for test in even:
        others = tuple(replace(t, null=t.null - 5) if t is not test else t for t in even)
        table = Atlas.from_survey(
            space, groups, [], manifest={}, rebuilt=[replace(one, placement=others)]
        )
        named = table.rebuilt["weakest_null"].to_pylist()[0]
        weak = [null for null in rebuilt_words(table).listed[0].placement if null.weakest]
        assert len(weak) == 1
        assert ("random" in weak[0].name) == ("random" in named)


def test_every_example_keeps_its_token_text_and_coordinates(record, words):
    mine = [row for row in record.examples.to_pylist() if row["group_id"] == 40]
    by_place = {(row["document"], row["position"]): row for row in mine}
    told = words.listed[0].examples
    points = told.points.reshape(len(told.token), -1)
    for i, place in enumerate(zip(told.document, told.position, strict=True)):
        row = by_place[place]
        assert told.token[i] == row["token"]
        assert told.word[i] == row["word"]
        assert np.allclose(points[i], row["scores"])


def test_newlines_are_seen_and_nothing_hidden_is_left(words):
    texts = [
        text
        for one in words.listed
        for side in (one.examples.before, one.examples.token, one.examples.after)
        for text in side
    ]
    assert any("↵" in text for text in texts)
    assert not any(set("\n\r\t\u202e") & set(text) for text in texts)
    assert "Rome↵" in "".join(words.listed[2].examples.token)


def test_a_token_of_spaces_is_a_mark_and_long_text_is_cut_towards_the_token():
    row = {"before": "a" * 500 + "z", "token": "  ", "after": "b" * 500, "word": 0}
    told = examples_of([row | {"document": 1, "position": 2, "scores": [0.0, 1.0]}], limit=9)
    assert told.token == ("␣␣",)
    assert told.before[0].startswith("…a")
    assert told.before[0].endswith("az")
    assert told.after[0].endswith("b…")
    assert len(told.before[0]) < 200


def test_two_tokens_of_every_word_are_shown_before_others():
    word = [0] * 500 + [1, 1, 1] + [-1] * 20
    kept = shown(word, limit=10)
    assert kept.size == 10
    assert sum(word[k] == 1 for k in kept) >= 2
    assert np.array_equal(kept, shown(word, limit=10))
    assert shown(word[:5], limit=10).size == 5
    assert shown(list(range(40)), limit=10).size == 10


def test_every_reduction_is_said(record):
    assert "3 of them are drawn with 150 of the tokens kept" in rebuilt_words(record).shown[0]
    assert rebuilt_words(record, max_examples=400).shown == ()
    few = rebuilt_words(record, max_claims=2)
    assert "2 of 3 claims are shown" in few.shown[0]
    assert (few.claims, len(few.listed)) == (3, 2)


def test_decoder_rows_are_those_of_the_same_group(words):
    circle, row, _ = words.listed
    assert [circle.words[w] for w in circle.rows.word] == [
        label.removeprefix("␣") for label in circle.rows.labels
    ]
    assert len(row.rows.labels) == row.features


def test_only_a_ring_and_a_row_have_an_order_and_only_a_ring_is_closed(words):
    circle, row, flat = words.listed
    assert (circle.closed, row.closed, flat.closed) == (True, False, False)
    assert (len(circle.order), len(row.order), flat.order) == (12, 12, ())
    assert (circle.level, row.level, flat.level) == (2, 2, 1)
    assert row.plane == (0, 1)


def test_flat_claims_come_last():
    space, groups, *_ = survey()
    told = rebuilt(space, groups)[:3][::-1]
    listed = rebuilt_words(Atlas.from_survey(space, groups, [], manifest={}, rebuilt=told)).listed
    assert [one.shape for one in listed] == ["segment", "circle", "flat"]


def test_the_evidence_is_told_in_sentences(words):
    circle, row, flat = (one.evidence for one in words.listed)
    assert circle[:5] == (
        "An even ring in this order explains 40 % of the variance between the words, 10 points "
        "more than the same firings on other rays; an even row gains 4 points less.",
        "Owed to where the features sit? p = 0.002 (random rays), 0.003 (rays of the same "
        "spectrum); q = 0.004 over the 7 groups tested, 0.02 if their dependence is not trusted.",
        "More than its spectrum? p = 0.02 against clouds of the same spectrum.",
        "Two halves of the documents agree on 88 % of the neighbours.",
        "The battery of shapes calls these means an ellipse.",
    )
    assert any("carries more than half of the activation" in line for line in circle)
    assert row[0].startswith("An even row in this order explains 40 %")
    assert flat[0].startswith("Two axes of the word means are longer than other rays make them")
    assert flat[0].endswith("Clouds of the same spectrum are as even, so no ring is claimed.")
    assert flat[4] == "The battery of shapes calls these means k clusters."


def test_groups_without_a_claim_are_counted_only():
    space, groups, *_ = survey()
    none = [one for one in rebuilt(space, groups) if one.shape == "none"]
    told = rebuilt_words(Atlas.from_survey(space, groups, [], manifest={}, rebuilt=none))
    assert (told.tested, told.claims, told.listed, told.smallest_q) == (4, 0, (), 0.6)


def test_a_claim_without_tokens_or_indices_is_shown():
    space, groups, *_ = survey()
    bare = replace(
        rebuilt(space, groups)[2],
        indices=None,
        stability=float("nan"),
        battery="",
    )
    told = rebuilt_words(Atlas.from_survey(space, groups, [], manifest={}, rebuilt=[bare]))
    assert told.listed[0].examples.token == ()
    assert (told.listed[0].stability, told.listed[0].p_irreducible) == (None, None)
    assert "nan" not in " ".join(told.listed[0].evidence)


class Bold(HTMLParser):
    """Elements, and the text of every bold token."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.bold: list[str] = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.inside = tag == "b"
        if self.inside:
            self.bold.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.bold[-1] += data


def test_without_scripts_contexts_are_there_and_hostile_text_stays_text(words):
    parsed = Bold()
    parsed.feed(plain_rebuilt(words))
    assert parsed.tags == {"h2", "h3", "p", "ul", "li", "b", "svg", "path", "circle"}
    tokens = {token for one in words.listed for token in one.examples.token}
    assert len(parsed.bold) == 2 * (12 + 12 + 6)
    assert set(parsed.bold) <= tokens
    assert PLACES[0] in parsed.bold
    assert plain_rebuilt(None) == ""


def test_many_claims_stay_one_page_of_bounded_size():
    files = report_files(atlas_with_codes(copies=20))
    page, twin = files["report.html"], json.loads(files["report.json"])
    assert len(twin["rebuilt"]["listed"]) == 40
    assert page.count('id="body:rebuilt"') == 1
    assert len(page) < 4e6


def test_the_same_atlas_gives_the_same_section(tmp_path, record):
    again = Atlas.read(record.write(tmp_path / "run", report=False))
    assert Bodies(again).data("rebuilt") == Bodies(record).data("rebuilt")
