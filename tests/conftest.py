"""What every test may ask for."""

import os

import numpy as np
import pytest
from hypothesis import settings

# Shared runners stall now and then: a slow example is no failure. Same examples every run.
settings.register_profile("armillary", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("armillary")

# No test reaches the reader's own cache, configuration or colours.
for _name in [name for name in os.environ if name.startswith("ARMILLARY_")]:
    if _name not in ("ARMILLARY_REQUIRE_ALL", "ARMILLARY_WHEEL", "ARMILLARY_REFDATA"):
        del os.environ[_name]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["ARMILLARY_CACHE"] = str(tmp_path_factory.mktemp("cache"))
