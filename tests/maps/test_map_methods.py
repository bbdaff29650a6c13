import numpy as np
import pytest

from armillary.core import BadInput, MissingExtra
from armillary.maps import METHODS, lay_out, prepare
from armillary.survey.map_asked import Asked

# numba compiles PaCMAP for a minute when it is imported for the first time
NAMES = [pytest.param(n, marks=[pytest.mark.slow] * (n == "pacmap")) for n in METHODS]


@pytest.fixture(scope="module")
def prepared():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((8, 24))[np.arange(200) % 8] + 0.5 * rng.standard_normal((200, 24))
    unit, neighbours = prepare(rows.astype(np.float32), rng=rng)
    unit.flags.writeable = False
    return unit, neighbours


@pytest.mark.parametrize("name", NAMES)
def test_every_method_gives_each_feature_a_place_and_the_same_one_again(prepared, name):
    if METHODS[name].module:
        pytest.importorskip(METHODS[name].module)
    xy, facts = lay_out(name, *prepared, seed=3)
    assert xy.shape == (200, 2)
    assert xy.dtype == np.float32
    assert np.isfinite(xy).all()
    np.testing.assert_array_equal(lay_out(name, *prepared, seed=3)[0], xy)
    differs = not np.array_equal(lay_out(name, *prepared, seed=4)[0], xy)
    assert differs is METHODS[name].seeded
    assert facts["method"].split()[0] in (METHODS[name].title, "principal")


def test_the_plane_is_the_one_of_most_variance(prepared):
    xy, facts = lay_out("pca", *prepared, seed=0)
    centred = prepared[0] - prepared[0].mean(axis=0)
    value = np.linalg.svd(centred, compute_uv=False)
    np.testing.assert_allclose(np.linalg.norm(xy, axis=0), value[:2], rtol=1e-4)
    np.testing.assert_allclose(facts["share_of_variance"], (value**2 / (value**2).sum())[:2], 1e-4)


@pytest.mark.slow
def test_few_features_are_laid_out_too():
    pytest.importorskip("pacmap")
    rows = np.random.default_rng(0).standard_normal((12, 5)).astype(np.float32)
    unit, neighbours = prepare(rows, rng=np.random.default_rng(0))
    assert np.isfinite(lay_out("pacmap", unit, neighbours, seed=0)[0]).all()


@pytest.mark.refusal
def test_a_method_that_nobody_knows_is_refused(prepared):
    with pytest.raises(BadInput, match="umap, pacmap, pca"):
        lay_out("tsne", *prepared, seed=0)
    with pytest.raises(BadInput, match="umap, pacmap, pca"):
        Asked(methods=("pca", "tsne")).chosen()


def test_a_missing_package_is_named_only_if_it_was_asked_for(monkeypatch):
    monkeypatch.setattr("armillary.maps.methods.find_spec", lambda name: None)
    assert [method.name for method in Asked().chosen()] == ["pca"]
    with pytest.raises(MissingExtra, match=r"armillary\[maps\]"):
        Asked(methods=("pacmap",)).chosen()


def test_the_cost_is_of_every_map_that_will_be_made():
    one = Asked(methods=("pca",), nulls=0)
    assert [len(one.of(METHODS["pca"])), len(one.of(METHODS["umap"]))] == [1, 2]
    assert Asked(methods=("pca",), nulls=5).seconds(10_000) > 4 * one.seconds(10_000)
