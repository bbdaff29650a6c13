import numpy as np
import pytest

from armillary.core.errors import BadInput
from armillary.lexicon.analogies import Spellings, folded, load_families

PAIRS = (
    '[[family]]\nname = "floors"\ncolumns = ["a", "b"]\n'
    'rows = [["x", "y"], ["z", "w"], ["u", "v"]]\n'
)


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "families.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_the_built_in_families_have_what_they_promise():
    by_name = {f.name: f for f in load_families()}
    assert by_name["countries"].columns == ("country", "capital", "people")
    assert ("cat", "kitten") in by_name["young animals"].rows
    assert len(by_name) >= 18


def test_a_users_families_are_added_and_replace_by_name(written):
    found = load_families(written(PAIRS + PAIRS.replace("floors", "sexes")))
    by_name = {f.name: f for f in found}
    assert len(found) == len(load_families()) + 1
    assert by_name["sexes"].rows == (("x", "y"), ("z", "w"), ("u", "v"))


def test_words_are_found_in_the_spelling_that_has_most_rows_whole():
    family = next(f for f in load_families() if f.name == "ordinals")
    labels = ["one", "\u0120one", "\u0120first", "first", "\u0120two", "\u0120second", "1", "2"]
    found = Spellings(labels).find(family, (0, 1))
    assert found.spelling == "space, as written"
    np.testing.assert_array_equal(found.place, [[1, 2], [4, 5]])
    digits = Spellings(labels).find(family, (0, 2))
    np.testing.assert_array_equal(digits.place, [[1, 6], [4, 7]])
    capital = Spellings(["One", "First", "Two", "Second", "Three", "Third"]).find(family, (0, 1))
    assert capital.spelling == "bare, Capital"
    assert capital.kept.tolist() == [0, 1, 2]
    assert Spellings([]).find(family, (0, 1)).place.shape == (0, 2)


def test_spellings_of_one_word_fold_to_one():
    assert {folded(label) for label in ("\u2581Word", " word", "WORD")} == {"word"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = [", "not valid TOML"),
        ('[[entry]]\nname = "x"\n', r"\[\[family\]\] tables only"),
        ("[[family]]\ncolumns = ['a']\n", "has no name"),
        (PAIRS + 'extra = "x"\n', "unknown key 'extra'"),
        (PAIRS + PAIRS, "two families are called 'floors'"),
        (PAIRS.replace('["a", "b"]', '["a"]'), "1 columns and 3 rows"),
        (PAIRS.replace('["x", "y"]', '["x"]'), "does not have 2 words"),
        (PAIRS.replace('"z"', '"X"'), "'x' is there twice"),
        (PAIRS.replace('"z"', '" "'), "a word is empty"),
        (PAIRS.replace('"z"', "1"), "hold strings"),
        (PAIRS.replace('["x", "y"]', '"xy"'), "list of lists"),
    ],
)
def test_a_wrong_file_is_refused_and_the_family_named(written, text, said):
    with pytest.raises(BadInput, match=said):
        load_families(written(text))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        load_families(tmp_path / "none.toml")
