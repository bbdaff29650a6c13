import numpy as np
import pytest
from planted_clusters import clustered

from armillary.knockoffs import Message, SpectrumMatched, place
from armillary.knockoffs.basis import eigenbasis, pack_basis, random_rotation, unpack_basis

RNG = np.random.default_rng(0)


def drawn(theory: SpectrumMatched, copies: int = 8) -> tuple[np.ndarray, np.ndarray, Message]:
    """Return the true rows, several draws on top of each other, and the message."""
    space, shared = clustered()
    message = theory.fit(space, shared, rng=RNG)
    rows = [place(message, shared, rng=np.random.default_rng(s)).directions for s in range(copies)]
    return space.directions, np.concatenate(rows), message


def test_with_axes_mean_and_covariance_are_the_true_ones():
    true, made, _ = drawn(SpectrumMatched())
    error = np.sqrt(true.var(axis=0) / len(made))
    assert np.abs((made.mean(axis=0) - true.mean(axis=0)) / error).max() < 4.5
    covariance = np.cov(true.T)
    # a sample covariance of n rows is off by about sqrt(d / n) in spectral norm, here .06
    assert np.linalg.norm(np.cov(made.T) - covariance, 2) < 0.1 * np.linalg.norm(covariance, 2)


def test_without_axes_only_the_spectrum_and_the_length_of_the_mean_are():
    true, made, message = drawn(SpectrumMatched(axes=False), copies=1)
    have, want = (np.linalg.eigvalsh(np.cov(rows.T))[::-1] for rows in (made, true))
    assert have[:5] == pytest.approx(want[:5], rel=0.25)
    lengths = [np.linalg.norm(rows.mean(axis=0)) for rows in (made, true)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.15)
    assert np.linalg.norm(np.cov(made.T) - np.cov(true.T)) > 0.5 * np.linalg.norm(np.cov(true.T))
    assert message.bits < 2 * 16 * 48 + 600


def test_partners_are_lost():
    true, made, _ = drawn(SpectrumMatched(), copies=1)
    gram = [(rows - rows.mean(axis=0)) @ (rows - rows.mean(axis=0)).T for rows in (true, made)]
    above = np.triu_indices(len(true), 1)
    assert abs(np.corrcoef(gram[0][above], gram[1][above])[0, 1]) < 0.02


def test_a_basis_survives_its_bytes():
    rows = RNG.standard_normal((100, 7)) * np.arange(1, 8)
    value, axes = eigenbasis(rows)
    spread, read = unpack_basis(pack_basis(value, axes), rng=RNG)
    assert spread**2 == pytest.approx(value, rel=2e-3)
    assert (read * spread**2) @ read.T == pytest.approx(rows.T @ rows / 100, abs=0.05)


def test_a_random_rotation_is_orthogonal_and_has_no_favoured_axis():
    turns = np.array([random_rotation(3, rng=RNG) for _ in range(4_000)])
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3))
    assert np.abs(turns.mean(axis=0)).max() < 4.5 / np.sqrt(3 * 4_000)
    assert np.abs((turns**2).mean(axis=0) - 1 / 3).max() < 4.5 * 0.3 / np.sqrt(4_000)
