import re
from pathlib import Path

import pytest

from armillary.core.errors import BadInput
from armillary.lexicon import load_lexicon


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "words.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_the_built_in_lexicon_has_what_it_promises():
    by_name = {h.name: h for h in load_lexicon()}
    assert by_name["weekdays"].kind == "cyclic"
    assert by_name["weekdays"].words[0] == "Monday"
    assert by_name["months"].period == 12
    assert by_name["decades"].words[-1] == "2020s"
    assert len(by_name["states and capitals"].words) == 100
    assert len(by_name) > 60


def test_a_users_file_adds_entries_and_replaces_by_name(written):
    path = written(
        '[[entry]]\nname = "weekdays"\nkind = "linear"\nwords = ["Mo", "Di", "Mi", "Do"]\n'
        '[[entry]]\nname = "floors"\nkind = "linear"\nrange = [1, 9, 2]\nsuffix = "F"\n'
    )
    found = load_lexicon(path)
    by_name = {h.name: h for h in found}
    assert len(found) == len(load_lexicon()) + 1
    assert by_name["weekdays"].words == ("Mo", "Di", "Mi", "Do")
    assert by_name["floors"].words == ("1F", "3F", "5F", "7F", "9F")


ENTRY = '[[entry]]\nname = "x"\n'
WORDS = 'words = ["a", "b", "c", "d"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not toml at all =", "not valid TOML"),
        ('title = "x"', "expected [[entry]] tables only, found ['title']"),
        ("[[entry]]\n" + WORDS, "entry number 1 has no name"),
        pytest.param(
            ENTRY + 'kind = "round"\n' + WORDS,
            "entry 'x': kind 'round' is none of cyclic",
            marks=pytest.mark.refusal,
        ),
        (ENTRY + 'kind = "linear"\nword = []\n', "entry 'x': unknown key 'word'"),
        (ENTRY + 'kind = "linear"\n', "entry 'x': give either words or range"),
        (ENTRY + 'kind = "linear"\nwords = ["a", "b"]\n', "entry 'x': linear needs at least 4"),
        (ENTRY + 'kind = "linear"\nwords = [1, 2, 3, 4]\n', "must be a list of strings"),
        (ENTRY + 'kind = "linear"\nwords = "abcd"\n', "must be a list of strings"),
        (ENTRY + 'kind = "linear"\nwords = ["a", "b", "c", "A"]\n', "'a' is there twice"),
        (ENTRY + 'kind = "linear"\nwords = ["a", "b", "c", " "]\n', "a word is empty"),
        (ENTRY + 'kind = "pairs"\n' + WORDS, "words of pairs are [left, right] lists"),
        (ENTRY + 'kind = "pairs"\nrange = [1, 9]\n', "9 words do not make pairs"),
        (ENTRY + 'kind = "linear"\nrange = [9, 1]\n', "does not count upward"),
        (ENTRY + 'kind = "linear"\nrange = ["1", "9"]\n', "range is [first, last]"),
        (ENTRY + 'kind = "linear"\nrange = [0, 1000000]\n', "more than 100,000"),
        (2 * (ENTRY + 'kind = "linear"\n' + WORDS), "two entries are called 'x'"),
        ("entry = [1]", "entry number 1 is no table"),
    ],
)
def test_a_bad_file_is_refused_with_the_name_of_its_entry(written, text: str, message: str):
    path = written(text)
    with pytest.raises(BadInput, match=re.escape(message)) as refused:
        load_lexicon(path)
    assert str(path) in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="cannot be read"):
        load_lexicon(tmp_path / "none.toml")
