"""The mix of manifolds: parts come back, and what is not determined is refused."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds import entry
from armillary.worlds.catalogue.manifold_mix import build, recover

KINDS = ("circle", "sphere", "segment")


def test_every_row_has_the_declared_number_of_active_factors_all_equally_often():
    sample = entry("manifold_mix").make().draw(20_000, np.random.default_rng(0))
    on = np.array(list(sample.active.values()))
    np.testing.assert_array_equal(on.sum(axis=0), 3)
    np.testing.assert_allclose(on.mean(axis=1), 0.25, atol=0.015)


def test_contributions_are_centred_and_share_the_length_evenly():
    world = entry("manifold_mix").make(seed=4)
    sample = world.draw(20_000, np.random.default_rng(0))
    for factor in world.truth.factors:
        part = world.contribution(factor.name, sample)[sample.active[factor.name]]
        assert np.sqrt((part**2).sum(axis=1).mean()) == pytest.approx(3**-0.5, abs=0.02)
        assert np.linalg.norm(part.mean(axis=0)) < 0.05


def test_all_eight_kinds_are_recovered_and_frames_are_not_orthogonal():
    world = build(
        seed=0,
        size="custom",
        kinds=("moebius", "swiss_roll", *KINDS),
        copies=2,
        active=2,
        d_model=40,
    )
    assert recover(world, np.random.default_rng(0)).passed
    first, second = world.truth.factors[:2]
    assert np.abs(first.span @ second.span.T).max() > 0.01


def test_a_little_noise_is_allowed_for_and_no_exact_autoencoder_is_claimed():
    world = build(seed=0, size="custom", kinds=KINDS, copies=2, active=2, d_model=40, noise=1e-5)
    assert world.truth.exact_sae is None
    assert recover(world, np.random.default_rng(0)).passed


def test_the_exact_autoencoder_fires_once_for_each_dimension_of_the_active_spans():
    world = entry("manifold_mix").make()
    assert world.truth.exact_sae is not None
    sample = world.draw(3000, np.random.default_rng(0))
    dims = np.array([len(f.span) for f in world.truth.factors])
    on = np.array([sample.active[f.name] for f in world.truth.factors])
    expected = float((dims[:, None] * on).sum(axis=0).mean())
    seen = world.truth.exact_sae.unexplained(sample.activations)
    assert seen["l0"] == pytest.approx(expected, abs=0.01)
    assert world.truth.exact_sae.n_features == 2 * dims.sum()


@pytest.mark.refusal
def test_more_span_dimensions_than_d_model_are_refused():
    world = build(seed=0, size="custom", kinds=KINDS, copies=3, active=2, d_model=10)
    assert world.truth.exact_sae is None
    with pytest.raises(BadInput, match="18 dimensions of factors in 10: raise d_model"):
        recover(world, np.random.default_rng(0))
