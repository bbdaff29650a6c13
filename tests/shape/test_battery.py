import numpy as np
import pytest

from armillary.shape import FAMILIES, haar_clouds, omnibus_scores, score, whiten
from armillary.shape.battery import PARTS
from armillary.shape.views import principal
from armillary.worlds import sample

OWN = {
    "circle": ("circle", 40),
    "arc": ("arc", 40),
    "helix": ("helix", 60),
    "sphere": ("sphere", 60),
    "grid": ("grid", 25),
    "hypercube": ("hypercube", 16),
    "star": ("star", 40),
    "tree": ("tree", 24),
}


def noisy(shape: str, n: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    points = sample(shape, n, rng=rng)
    size = max(10, points.shape[1])
    padded = np.zeros((points.shape[0], size))
    padded[:, : points.shape[1]] = points
    padded += 0.1 * rng.standard_normal(padded.shape)
    return principal(padded[None])[:, :, : len(points) - 1]


@pytest.mark.parametrize("family", OWN)
def test_a_shape_scores_far_above_its_haar_clouds(family, rng):
    scores = noisy(*OWN[family])
    null = score(haar_clouds(scores[0], n_draws=60, rng=rng), families=(family,))[family]
    assert score(scores)[family][0] > null.mean() + 2 * null.std()


def test_a_batch_is_the_same_as_one_by_one(rng):
    clouds = principal(rng.standard_normal((6, 17, 6)) * np.arange(6, 0, -1))
    together = score(clouds)
    for draw, cloud in enumerate(clouds):
        for family, value in score(cloud[None]).items():
            assert together[family][draw] == pytest.approx(value[0], abs=1e-6), family


def test_a_family_alone_is_the_same_as_in_company(rng):
    clouds = principal(rng.standard_normal((3, 20, 6)) * np.arange(6, 0, -1))
    every = score(clouds)
    for _, makes in PARTS:
        alone = score(clouds, families=makes)
        assert set(alone) == set(makes) & set(every)
    shared = [family for family in FAMILIES if sum(family in makes for _, makes in PARTS) == 1]
    for family in shared:
        found = score(clouds, families=(family,))
        assert list(found) == [family]
        assert found[family] == pytest.approx(every[family])


def test_a_family_that_several_parts_score_takes_the_best(rng):
    clouds = principal(rng.standard_normal((3, 20, 6)))
    parts = [part(clouds)["torus"] for part, makes in PARTS if "torus" in makes]
    assert len(parts) == 2
    assert score(clouds)["torus"] == pytest.approx(np.maximum(*parts))


def test_the_input_is_not_written_to(rng):
    clouds = principal(rng.standard_normal((2, 12, 5)))
    before = clouds.copy()
    score(clouds)
    omnibus_scores(clouds)
    assert np.array_equal(clouds, before)


def test_vertex_families_of_the_omnibus_ignore_radial_tails(rng):
    white = whiten(principal(rng.standard_normal((2, 30, 5))))
    radius = np.linalg.norm(white, axis=2, keepdims=True)
    own, heavy = omnibus_scores(white), omnibus_scores(white * radius**2)
    for family in ("arc", "bend", "helix", "clusters", "grid", "hypercube", "cross_polytope"):
        assert heavy[family] == pytest.approx(own[family], abs=1e-6), family
    assert heavy["circle"] != pytest.approx(own["circle"])
