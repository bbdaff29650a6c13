"""Independent sparse features: the dictionary comes back, and the closed form is exact."""

import numpy as np
import pytest

from armillary.worlds import entry


def test_features_fire_as_often_as_declared():
    sample = entry("iid_sparse").make().draw(20_000, np.random.default_rng(0))
    assert np.mean(list(sample.active.values())) == pytest.approx(0.1, abs=0.003)


def test_the_closed_form_fires_where_the_codes_do():
    world = entry("iid_sparse").make()
    sample = world.draw(2000, np.random.default_rng(0))
    assert world.truth.exact_sae is not None
    assert sample.codes is not None
    np.testing.assert_allclose(
        world.truth.exact_sae.encode(sample.activations), sample.codes, atol=1e-5
    )


def test_more_features_than_dimensions_have_no_closed_form():
    assert entry("iid_sparse").make("full").truth.exact_sae is None
