import json

import numpy as np
import pytest

from armillary.atlas import Atlas


@pytest.fixture
def vectors(run):
    rng = np.random.default_rng(0)
    np.save("rows.npy", rng.standard_normal((80, 10)).astype(np.float32))
    return "rows.npy"


def test_a_source_gets_an_atlas_of_maps_and_an_atlas_more_of_them(run, vectors):
    code, out, err = run("map", vectors, "--methods", "pca", "--nulls", "2", "-o", "maps")
    assert code == 0
    assert "Principal plane" in out
    assert "of 2 nulls" in out
    assert "report.html" in out
    assert "the least p that can come of it is 1/3" in err
    assert "on one core" in err
    code, out, _ = run("map", "maps", "--methods", "pca", "--map-nulls", "4", "--json", "-q")
    assert code == 0
    assert json.loads(out)["maps"][0]["structure"]["nulls"] == 4
    assert Atlas.read("maps").arrays["map"].shape == (80, 2)


def test_a_mistake_is_told_before_the_vectors_are_read(run):
    code, _, err = run("map", "missing.npy", "--methods", "pca,tsne")
    assert code == 3
    assert "umap, pacmap, pca" in err
    assert run("map", "missing.npy", "--methods", "pca")[0] == 3


def test_a_source_has_no_other_source(run, vectors):
    code, _, err = run("map", vectors, "--methods", "pca", "--vectors", "other.npy")
    assert code == 3
    assert "--vectors" in err
