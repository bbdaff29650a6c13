import numpy as np
import pytest

from armillary.core import FeatureSpace
from armillary.survey import survey_space
from armillary.survey.settings import Settings
from armillary.worlds import planted_world

QUICK = Settings(
    n_placement=500, n_omnibus=500, n_unit=200, n_spectrum=199, n_null=8, n_rival=19, n_resample=4
)


@pytest.fixture(scope="session")
def quick() -> Settings:
    """Few draws: enough to see that a survey works."""
    return QUICK


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """Where null tables are kept, once for all tests."""
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="session")
def world():
    return planted_world(
        n=1500,
        d=64,
        n_structures=4,
        sizes=(12, 30),
        noise=0.25,
        kinds=("circle", "k_clusters"),
        decoys=2,
        rng=np.random.default_rng(0),
    )


@pytest.fixture(scope="session")
def found(world, tables):
    return survey_space(world.space, n_jobs=1, settings=QUICK, cache=tables)


@pytest.fixture
def week(rng) -> FeatureSpace:
    """Three hundred directions without structure, seven of them weekdays on a circle."""
    rows = rng.standard_normal((300, 32)).astype(np.float32)
    turn = 2 * np.pi * np.arange(7) / 7
    rows[:7] = 0.05 * rows[:7]
    rows[:7, :2] += 5 * np.column_stack([np.cos(turn), np.sin(turn)])
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    label = np.array([f" {day}" for day in days] + [f"w{i}" for i in range(293)])
    return FeatureSpace(rows, np.arange(300), {"label": label}, {"uri": "test"})


def claims(found) -> list[tuple[object, ...]]:
    """Reduce a survey to what two equal surveys share."""
    return [
        (f.group_id, f.fit.shape, f.rows.tolist(), f.fit.order.tolist(), f.q, f.fit.nats, f.grade)
        for f in found.findings_list
    ]


@pytest.fixture(name="claims")
def claims_of():
    return claims
