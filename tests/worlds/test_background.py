import numpy as np
import pytest

from armillary.worlds.background import coloured, frame, spectrum_root, spectrum_shares, unit_rows


def test_shares_sum_to_one_and_fall():
    shares = spectrum_shares(768)
    assert shares.sum() == pytest.approx(1.0)
    assert (np.diff(shares) < 0).all()


def test_shares_are_those_of_the_real_embedding_within_a_fifth():
    shares = 100 * spectrum_shares(576)
    measured = {1: 9.04, 2: 2.51, 3: 1.18, 10: 0.395, 50: 0.235, 100: 0.203, 300: 0.142}
    for axis, share in measured.items():
        assert shares[axis - 1] == pytest.approx(share, rel=0.2)
    assert 1 / ((shares / 100) ** 2).sum() == pytest.approx(94.3, rel=0.1)


def test_a_frame_is_orthonormal(rng):
    axes = frame(30, 7, rng=rng)
    assert axes @ axes.T == pytest.approx(np.eye(7), abs=1e-12)


def test_coloured_rows_have_the_spectrum_asked_for(rng):
    rows = coloured(20_000, spectrum_root(24, rng=rng), rng=rng)
    eigenvalues = np.linalg.eigvalsh(rows.T @ rows / 20_000)[::-1]
    assert eigenvalues[:4] == pytest.approx(spectrum_shares(24)[:4], rel=0.08)
    assert np.linalg.norm(unit_rows(rows), axis=1) == pytest.approx(np.ones(20_000), abs=1e-6)
