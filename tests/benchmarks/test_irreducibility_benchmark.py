import numpy as np
import pytest
from irreducibility import (
    PUBLISHED,
    ascent_numpy,
    cyclic_orders,
    in_d_model,
    labels_of,
    planes,
    points_of,
    recover_rays,
)
from refdata import SETS, default_folder

from armillary import survey_points
from armillary.shape import irreducibility, mixture_index, random_rays, separability

FOLDER = default_folder()
there = pytest.mark.skipif(
    not (FOLDER / "modell-2025").is_dir(), reason=f"no modell-2025 in {FOLDER}"
)


@pytest.fixture(scope="module")
def days():
    return recover_rays(points_of(FOLDER, "days"))


@there
@pytest.mark.parametrize("name", list(PUBLISHED))
def test_the_published_indices_are_reproduced(name):
    for k, plane in enumerate(planes(FOLDER, name)):
        assert mixture_index(plane) == pytest.approx(PUBLISHED[name][0][k], abs=0.005)
        assert separability(plane) == pytest.approx(PUBLISHED[name][1][k], abs=0.01)


@there
def test_the_exact_mixture_index_is_above_gradient_ascent():
    plane = planes(FOLDER, "months")[0]
    assert mixture_index(plane) > ascent_numpy(plane)


@there
def test_decoder_rays_are_recovered_and_the_calendar_is_their_best_order(days):
    assert days.rays.shape == (7, 7)
    assert np.median(days.residual) < 1e-8
    sure = [0, 2, 3, 4, 5, 6]  # the second ray of Sunday was seen alone on one token only
    names = np.array(["sunday", "saturday", "friday", "midweek", "tuesday", "monday"])
    orders = cyclic_orders(days.rays[sure])
    assert len(orders) == 60
    assert names[list(orders[0][1])].tolist() == names.tolist()
    assert orders[0][0] == pytest.approx(3.475, abs=0.001)
    assert orders[1][0] == pytest.approx(3.183, abs=0.001)


@there
def test_the_real_indices_of_weekdays_are_within_those_of_random_rays(days):
    found = irreducibility(
        days.codes, days.rays, n_null=49, n_angles=90, rng=np.random.default_rng(0)
    )
    s, m = found.null_separability[:, :3], found.null_mixture[:, :3]
    # the published ranges of a handful of draws hold most of many
    assert np.mean((s > 0.56) & (s < 1.15)) > 0.8
    assert np.mean((m > 0.27) & (m < 0.49)) > 0.8
    assert found.test.pvalue > 0.1


@there
@pytest.mark.slow
def test_armillary_sees_no_circle_in_real_codes_on_random_rays(days):
    rays = random_rays(in_d_model(days.rays), rng=np.random.default_rng(1))
    points = days.codes @ np.linalg.qr(rays.T)[1].T
    named = survey_points(
        points, labels=labels_of(FOLDER, "days"), label_order=SETS["days"][1], order="cyclic",
        n_null=99,
    )  # fmt: skip
    assert named.shape == "none"
    assert survey_points(points, n_null=99).shape != "circle"


def test_rays_of_a_made_up_dictionary_come_back(rng):
    rays = np.tril(rng.uniform(0.2, 1, (4, 4)))  # ray j ends at coordinate j
    codes = rng.uniform(0.5, 2, (200, 4)) * (rng.random((200, 4)) < 0.3)
    codes[:40] = np.repeat(np.eye(4), 10, axis=0) * 1.5
    codes = codes[codes.any(axis=1)]
    found = recover_rays(codes @ rays)
    unit = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    np.testing.assert_allclose(found.rays, unit, atol=1e-9)
    assert found.residual.max() < 1e-9
