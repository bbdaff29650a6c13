"""The text that a finding's members fire on, as the page shows it."""

import pytest
from synthetic_survey import atlas, atlas_with_contexts

from armillary.atlas import Atlas
from armillary.core import BadInput
from armillary.explorer import Bodies
from armillary.explorer.contexts import contexts_of
from armillary.explorer.limits import Limits


@pytest.fixture(scope="module")
def record() -> Atlas:
    return atlas_with_contexts()


def test_every_member_comes_with_its_strongest_firings_on_the_very_token(record):
    bodies = Bodies(record)
    assert bodies.body("atlas").parts.contexts
    number = {i: k for k, i in enumerate(dict.fromkeys(record.contexts["feature_id"].to_pylist()))}
    for line in range(27):
        told = bodies.body(f"contexts/{line}")
        assert told.line == line
        assert [one.id for one in told.features] == bodies.body(f"panel/{line}").ids.tolist()
        for one in told.features:
            assert [firing.value for firing in one.contexts] == [9.5, 4.25, 1.125]
            assert one.contexts[0].token == f" planted{number[one.id]}"
            assert one.contexts[0].token not in one.contexts[0].before + one.contexts[0].after


def test_nothing_hidden_is_left_in_the_text(record):
    told = Bodies(record).body("contexts/0")
    texts = [t for one in told.features for c in one.contexts for t in (c.before, c.token, c.after)]
    assert not any(set("\n\r\t\u202e") & set(text) for text in texts)
    assert any("↵" in text for text in texts)


def test_a_member_of_which_nothing_was_kept_is_left_out():
    assert contexts_of([4, 9], {}, line=2).features == ()


def test_an_atlas_without_codes_or_a_page_without_room_has_none(record):
    assert not Bodies(atlas()).body("atlas").parts.contexts
    few = Bodies(record, Limits(contexts=False))
    assert not few.body("atlas").parts.contexts
    assert "contexts.parquet" in " ".join(few.body("atlas").header.shown)
    with pytest.raises(BadInput, match="contexts/0"):
        few.body("contexts/0")


def test_contexts_survive_the_disk_and_older_atlases_have_none(record, tmp_path):
    again = Atlas.read(record.write(tmp_path / "run", report=False))
    assert again.contexts.equals(record.contexts)
    (tmp_path / "run" / "contexts.parquet").unlink()
    assert Atlas.read(tmp_path / "run").contexts.num_rows == 0
