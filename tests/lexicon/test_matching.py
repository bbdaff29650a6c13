import numpy as np
import pytest

from armillary.lexicon import Hypothesis, load_lexicon, match, match_all, spelling

WEEK = next(h for h in load_lexicon() if h.name == "weekdays")
LABELS = ["\u0120Monday", "Monday", "monday", "Mondays", "\u2581Tuesday", " SUNDAY", "x", "\u0120"]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("\u0120Monday", ("monday", "space+Capital")),
        ("Monday", ("monday", "bare+Capital")),
        ("\u2581monday", ("monday", "space+lower")),
        (" MONDAY", ("monday", "space+UPPER")),
        ("mOnday", ("monday", "bare+Mixed")),
        ("7", ("7", "bare")),
        (" New York", ("new york", "space+Mixed")),
        ("A", ("a", "bare+Capital")),
        ("", ("", "bare")),
    ],
)
def test_a_label_is_split_into_word_and_spelling(label: str, expected: tuple[str, str]):
    assert spelling(label) == expected


def test_every_spelling_of_a_word_is_found_and_nothing_else():
    found = match(WEEK, LABELS)
    assert found.rows.tolist() == [0, 1, 2, 4, 5]
    assert found.step.tolist() == [0, 0, 0, 1, 6]
    assert found.variant[:3] == ("space+Capital", "bare+Capital", "bare+lower")


def test_spellings_are_listed_by_how_many_words_they_cover():
    found = match(WEEK, LABELS)
    assert found.variants[0] == "space+Capital"
    assert found.spelled("space+Capital").rows.tolist() == [0, 4]


def test_a_word_with_two_rows_of_one_spelling_gives_the_first():
    found = match(WEEK, ["Monday", "Tuesday", "Monday"]).spelled("bare+Capital")
    assert found.rows.tolist() == [0, 1]


def test_only_whole_pairs_are_kept():
    pairs = Hypothesis("p", "pairs", ("up", "down", "left", "right", "in", "out"))
    found = match(pairs, ["up", "down", "left", "Right", "out", "in"]).spelled("bare+lower")
    assert found.step.tolist() == [0, 1, 4, 5]
    assert found.rows.tolist() == [0, 1, 5, 4]


def test_digits_have_no_case_and_go_with_any():
    pairs = Hypothesis("p", "pairs", ("one", "1", "two", "2", "three", "3"))
    found = match(pairs, [" one", "1", " two", "2", " three", "3"]).spelled("space+lower")
    assert found.rows.tolist() == [0, 1, 2, 3, 4, 5]


def test_labels_without_a_word_match_nothing():
    found = match(WEEK, np.array(["x", "y"]))
    assert found.rows.size == 0
    assert found.variants == ()
    assert found.spelled("bare+lower").rows.size == 0


def test_one_pass_over_labels_serves_all_hypotheses():
    hypotheses = load_lexicon()
    together = match_all(hypotheses, LABELS)
    assert [m.rows.tolist() for m in together] == [
        match(h, LABELS).rows.tolist() for h in hypotheses
    ]
