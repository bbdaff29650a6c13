from hypothesis import given
from hypothesis import strategies as st

from armillary.load.tokens import (
    _byte_of,
    byte_level_text,
    sentence_piece_text,
    text_column,
)

SPELLING = {byte: letter for letter, byte in _byte_of().items()}


@given(st.text())
def test_any_text_spelled_byte_by_byte_is_read_back(text):
    spelling = "".join(SPELLING[byte] for byte in text.encode())
    assert byte_level_text(spelling) == text.replace("\0", "\\x00")


def test_the_byte_alphabet_is_one_to_one_and_prints():
    assert len(SPELLING) == 256
    assert all(letter.isprintable() and not letter.isspace() for letter in SPELLING.values())
    assert SPELLING[0x20] == "Ġ"
    assert SPELLING[0x0A] == "Ċ"


def test_a_piece_of_a_character_shows_its_bytes():
    assert byte_level_text("âĢ") == "\\xe2\\x80"


def test_a_spelling_outside_the_alphabet_is_left_alone():
    assert byte_level_text("two words") == "two words"
    assert sentence_piece_text("<0xZZ>") == "<0xZZ>"


def test_one_very_long_label_does_not_widen_all_the_others():
    assert text_column(["a", "bc"]).dtype.kind == "U"
    assert text_column(["a"] * 70 + ["x" * 1_000_000]).dtype == object
