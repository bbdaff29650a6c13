import pytest

from armillary.survey.machine import cores, memory_bytes, size_text


def test_this_machine_has_a_core_and_memory():
    total, available = memory_bytes()
    assert cores() >= 1
    assert total is None or available is None or 0 < available <= total


@pytest.mark.parametrize(
    ("count", "text"), [(12, "12 B"), (2_000, "2 kB"), (1.4e9, "1.4 GB"), (None, "unknown")]
)
def test_sizes_are_written_for_people(count, text: str):
    assert size_text(count) == text
