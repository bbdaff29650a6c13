import numpy as np
import pytest

from armillary.core import BadInput
from armillary.networks.bags_of_words import SHAPES, draw_bags, train_bag_model, word_places


@pytest.mark.parametrize("shape", SHAPES)
def test_features_near_each_other_on_the_shape_occur_together(shape):
    bags, z = draw_bags(shape, 12, rows=8000, rng=np.random.default_rng(0))
    places = word_places(shape, 12)
    assert z.shape == (8000, places.shape[1])
    pairs = np.triu_indices(12, 1)
    varied = np.corrcoef(bags.T)[pairs]
    assert np.corrcoef(varied, (places @ places.T)[pairs])[0, 1] > 0.9


def test_the_sphere_holds_unit_vectors_spread_evenly():
    places = word_places("sphere", 200)
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 1)
    assert np.abs(places.mean(axis=0)).max() < 0.01


def test_a_small_autoencoder_rebuilds_better_than_the_mean():
    pytest.importorskip("torch")
    model = train_bag_model("circle", 12, 2, epochs=40)
    bags, _ = draw_bags("circle", 12, rows=2000, rng=np.random.default_rng(1))
    error = ((model.rebuilt(bags) - bags) ** 2).mean()
    assert error < 0.3 * bags.var(axis=0).mean()


@pytest.mark.refusal
def test_an_unknown_shape_is_refused():
    with pytest.raises(BadInput, match="no shape 'torus'"):
        word_places("torus", 12)  # type: ignore[arg-type]
