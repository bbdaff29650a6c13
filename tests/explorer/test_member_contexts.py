"""The text that a finding's members fire on, as the page shows it."""

import numpy as np
import pytest
from synthetic_survey import WORDS, atlas, corpus, survey

from armillary.atlas import Atlas
from armillary.atlas.contexts import Firings
from armillary.core import BadInput
from armillary.explorer import Bodies
from armillary.explorer.limits import Limits


def with_contexts() -> tuple[Atlas, Firings]:
    """Every feature of the first finding but its last fires on three tokens far apart."""
    space, groups, findings, _ = survey()
    ids = space.feature_id[findings[0].rows]
    firings = Firings(
        np.repeat(ids[:-1], 3),
        (61 + 97 * np.arange(3 * (ids.size - 1))) % 6000,
        np.linspace(9.123456, 1, 3 * (ids.size - 1)),
    )
    record = Atlas.from_survey(
        space, groups, findings, manifest={}, tokens=corpus(WORDS), firings=firings
    )
    return record, firings


def test_members_come_with_their_strongest_firings_and_the_rest_with_none():
    record, firings = with_contexts()
    bodies = Bodies(record)
    line = bodies.ranking.index(0)
    told = bodies.body(f"contexts/{line}")
    assert (told.line, bodies.body("atlas").parts.contexts) == (line, True)
    assert [one.id for one in told.features] == bodies.body(f"panel/{line}").ids.tolist()
    assert [len(one.contexts) for one in told.features] == [3] * 6 + [0]
    tokens = corpus(WORDS)
    spots = [(c.document, c.position) for one in told.features for c in one.contexts]
    assert spots == [(tokens.document[t], tokens.position[t]) for t in firings.token.tolist()]
    assert told.features[0].contexts[0].value == 9.123


def test_nothing_hidden_is_left_in_the_text():
    record, _ = with_contexts()
    line = Bodies(record).ranking.index(0)
    told = Bodies(record).body(f"contexts/{line}")
    texts = [t for one in told.features for c in one.contexts for t in (c.before, c.token, c.after)]
    assert not any(set("\n\r\t\u202e") & set(text) for text in texts)
    assert any("↵" in text for text in texts)


def test_an_atlas_without_codes_or_a_page_without_room_has_none():
    assert not Bodies(atlas()).body("atlas").parts.contexts
    few = Bodies(with_contexts()[0], Limits(contexts=False))
    assert not few.body("atlas").parts.contexts
    assert "contexts.parquet" in " ".join(few.body("atlas").header.shown)
    with pytest.raises(BadInput, match="contexts/0"):
        few.body("contexts/0")


def test_contexts_survive_the_disk_and_older_atlases_have_none(tmp_path):
    record, _ = with_contexts()
    again = Atlas.read(record.write(tmp_path / "run", report=False))
    assert again.contexts.equals(record.contexts)
    (tmp_path / "run" / "contexts.parquet").unlink()
    assert Atlas.read(tmp_path / "run").contexts.num_rows == 0
