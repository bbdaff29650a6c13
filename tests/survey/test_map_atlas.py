from pathlib import Path

import numpy as np
import pytest

from armillary.atlas import Atlas, MapLayout, with_layouts
from armillary.core import BadInput
from armillary.load import as_space
from armillary.survey import map_layouts as maps_room
from armillary.survey.map_asked import Asked
from armillary.survey.map_atlas import map_atlas, map_source

PLANE = Asked(methods=("pca",), nulls=3)


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((5, 12))[np.arange(150) % 5] + 0.4 * rng.standard_normal((150, 12))
    rows[7] = rows[3]  # a copy is not searched, so not laid out
    np.save(tmp_path / "rows.npy", rows.astype(np.float32))
    return tmp_path / "rows.npy"


@pytest.fixture
def surveyed(vectors: Path) -> Path:
    """An atlas as a survey leaves it: with a map of its own, here one that nobody can redo."""
    space = as_space(vectors)
    space = space.take(np.delete(np.arange(150), 7))
    xy = np.random.default_rng(1).standard_normal((149, 2))
    note = {"method": "UMAP on exact neighbours", "seed": 0, "neighbours": 16}
    manifest = {"seed": 0, "parameters": {"n_neighbours": 16, "flatten": 0.5}}
    made = Atlas.from_survey(space, [], [], manifest=manifest, map_xy=xy, map_note=note)
    return made.write(vectors.parent / "atlas")


def test_a_source_is_laid_out_without_a_survey(vectors, tmp_path):
    map_source(vectors, tmp_path / "out", asked=PLANE)
    atlas = Atlas.read(tmp_path / "out")
    facts = atlas.manifest["maps"][0]
    assert [facts["array"], facts["name"], facts["trust_rows"]] == ["map", "Principal plane", 149]
    assert facts["structure"]["p"] == facts["structure"]["least_p"] == 0.25
    assert facts["trustworthiness"] > facts["structure"]["null_trustworthiness"]
    assert "stability" not in facts
    x = atlas.features["map_x"].to_numpy()
    np.testing.assert_array_equal(x, atlas.arrays["map"][:, 0])
    assert atlas.manifest["map"]["method"] == "principal plane"
    assert (tmp_path / "out" / "report.html").exists()
    assert not (tmp_path / "out.maps.partial").exists()


def test_an_atlas_keeps_its_own_map_and_gains_others(surveyed):
    before = Atlas.read(surveyed)
    map_atlas(surveyed, asked=PLANE)
    after = Atlas.read(surveyed)
    np.testing.assert_array_equal(after.arrays["map"], before.arrays["map"])
    assert after.arrays["map_pca"].shape == (149, 2)
    assert [facts["array"] for facts in after.manifest["maps"]] == ["map_pca"]
    assert after.manifest["map"] == before.manifest["map"]
    assert after.findings.equals(before.findings)


def test_a_map_that_is_there_is_measured_and_not_made_again(surveyed):
    pytest.importorskip("umap")
    before = Atlas.read(surveyed).arrays["map"]
    map_atlas(surveyed, asked=Asked(methods=("umap", "pca"), seeds=2, nulls=1))
    atlas = Atlas.read(surveyed)
    np.testing.assert_array_equal(atlas.arrays["map"], before)
    named = {facts["array"]: facts for facts in atlas.manifest["maps"]}
    assert list(named) == ["map", "map_umap_1", "map_pca"]
    assert named["map"]["kept_neighbours"] == pytest.approx(16 / 148, abs=0.05)  # it is noise
    assert named["map_umap_1"]["kept_neighbours"] > 0.3
    assert named["map"]["stability"] < 0.3
    steady = atlas.arrays["map_steady_map"]
    assert steady.mean() / 255 == pytest.approx(named["map"]["stability"], abs=0.01)


def test_more_maps_are_added_to_those_before(surveyed):
    map_atlas(surveyed, asked=PLANE)
    first = Atlas.read(surveyed)
    more = MapLayout("map_other", np.zeros((149, 2)), {"name": "Other"})
    names = [facts["array"] for facts in with_layouts(first, [more]).manifest["maps"]]
    assert names == ["map_pca", "map_other"]
    map_atlas(surveyed, asked=Asked(methods=("pca",), nulls=9))
    assert [f["structure"]["nulls"] for f in Atlas.read(surveyed).manifest["maps"]] == [9]


def test_a_run_that_was_cut_off_goes_on(vectors, tmp_path, monkeypatch):
    calls: list[str] = []
    true = maps_room.lay_out

    def counted(method, unit, neighbours, *, seed):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(method)
        return true(method, unit, neighbours, seed=seed)

    monkeypatch.setattr(maps_room, "lay_out", counted)
    with pytest.raises(KeyboardInterrupt):
        map_source(vectors, tmp_path / "cut", asked=PLANE)
    assert not (tmp_path / "cut").exists()
    calls[:] = []
    map_source(vectors, tmp_path / "cut", asked=PLANE)
    assert len(calls) == 1  # of one map and three nulls
    monkeypatch.undo()
    map_source(vectors, tmp_path / "whole", asked=PLANE)
    cut, whole = (Atlas.read(tmp_path / name) for name in ("cut", "whole"))
    np.testing.assert_array_equal(cut.arrays["map"], whole.arrays["map"])
    assert cut.manifest["maps"][0]["structure"] == whole.manifest["maps"][0]["structure"]


def test_a_source_that_changed_is_refused(surveyed, vectors):
    np.save(vectors, np.load(vectors) + 1)
    with pytest.raises(BadInput, match="is not what was surveyed: its hash is"):
        map_atlas(surveyed, asked=PLANE)


def test_a_source_that_is_gone_is_named(surveyed, vectors):
    vectors.rename(vectors.with_name("moved.npy"))
    with pytest.raises(BadInput, match="cannot be read"):
        map_atlas(surveyed, asked=PLANE)
    map_atlas(surveyed, asked=PLANE, vectors=vectors.with_name("moved.npy"))


def test_an_array_has_to_be_given_again(surveyed, vectors, tmp_path):
    rows = np.load(vectors)
    map_source(rows, tmp_path / "array", asked=PLANE)
    with pytest.raises(BadInput, match="--vectors"):
        map_atlas(tmp_path / "array", asked=PLANE)
    with pytest.raises(BadInput, match="lacks 51 of the atlas's 149 features"):
        map_atlas(tmp_path / "array", asked=PLANE, vectors=rows[50:149])
    map_atlas(tmp_path / "array", asked=PLANE, vectors=rows)


@pytest.mark.refusal
def test_a_layout_of_other_features_is_refused(surveyed):
    atlas = Atlas.read(surveyed)
    with pytest.raises(BadInput, match="149 features"):
        with_layouts(atlas, [MapLayout("map_x", np.zeros((3, 2)), {})])
    with pytest.raises(BadInput, match="named 'scores'"):
        with_layouts(atlas, [MapLayout("scores", np.zeros((149, 2)), {})])
