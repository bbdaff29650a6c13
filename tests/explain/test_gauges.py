import numpy as np
import pytest
from scipy.stats import ortho_group

from armillary.core.errors import BadInput
from armillary.explain.gauges import GAUGES, gauge_named, pack_rotation, unpack_rotation

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("d", [1, 2, 5, 40])
def test_a_rotation_survives_its_bytes(d: int):
    turn = ortho_group.rvs(d, random_state=1) if d > 1 else -np.eye(1)
    read = unpack_rotation(pack_rotation(turn), d)
    assert np.allclose(read @ read.T, np.eye(d), atol=1e-12)
    assert np.abs(read - turn).max() < 0.01


def test_the_identity_survives_its_bytes():
    assert np.allclose(unpack_rotation(pack_rotation(np.eye(6)), 6), np.eye(6))


@pytest.mark.parametrize("name", ["rotation", "rotation+scale", "linear"])
def test_a_gauge_undoes_what_it_may(name: str):
    true = RNG.standard_normal((500, 8)).astype(np.float32)
    turn = ortho_group.rvs(8, random_state=2)
    scale = 1.0 if name == "rotation" else 3.0
    made = (scale * true @ turn + 1).astype(np.float32)
    refit = gauge_named(name).fit(made, true)
    assert np.abs(refit.apply(made) - true).max() < 0.02
    assert refit.bits > 0


def test_a_rotation_does_not_undo_a_shear():
    true = RNG.standard_normal((500, 4)).astype(np.float32)
    made = (true @ np.diag([1, 1, 1, 10.0])).astype(np.float32)
    assert np.abs(gauge_named("rotation").fit(made, true).apply(made) - true).max() > 1


def test_bits_grow_with_what_is_allowed():
    true = RNG.standard_normal((50, 8)).astype(np.float32)
    bits = [gauge.fit(true, true).bits for gauge in GAUGES.values()]
    assert bits == sorted(bits)
    assert bits[0] == 0


def test_an_unknown_gauge_is_refused():
    with pytest.raises(BadInput, match="no gauge is called"):
        gauge_named("affine")


def test_a_decomposition_that_does_not_converge_is_done_the_slow_way(
    monkeypatch: pytest.MonkeyPatch,
):
    def gives_up(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError("SVD did not converge")

    true = RNG.standard_normal((50, 4)).astype(np.float32)
    turn = ortho_group.rvs(4, random_state=3)
    monkeypatch.setattr(np.linalg, "svd", gives_up)
    refit = gauge_named("rotation").fit((true @ turn).astype(np.float32), true)
    assert np.abs(refit.turn(true @ turn) - true).max() < 0.02
