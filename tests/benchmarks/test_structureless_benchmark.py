import numpy as np
import pytest
import structureless
from scoring import Claim

SMALL = ["--n", "200", "--d", "16", "--seeds", "4"]


def alarmed_at_seed_zero(space, *, seed, n_jobs):
    claims = [Claim(np.arange(6), "circle", -0.03, 0.03)] if seed == 0 else []
    return claims, [(np.arange(6), space.directions[:6])]


def test_mean_fdp_is_the_share_of_seeds_with_any_claim(tmp_path):
    np.save(tmp_path / "matrix.npy", np.random.default_rng(0).standard_normal((200, 16)))
    arguments = [*SMALL, "--matrix", str(tmp_path / "matrix.npy")]
    lines = structureless.main(
        [*arguments, "--out", str(tmp_path / "runs.jsonl")], survey=alarmed_at_seed_zero
    )
    assert [line["kind"] for line in lines] == ["isotropic", "spectrum", "permuted"]
    for line in lines:
        assert line["fdp"] == 0.25
        assert line["se"] == pytest.approx(0.5 / np.sqrt(4))
        assert line["smallest_q"] == 0.03


def test_finished_seeds_are_not_run_again(tmp_path):
    calls = []

    def counting(space, *, seed, n_jobs):
        calls.append(seed)
        return [], []

    for _ in range(2):
        structureless.main(
            [*SMALL, "--kind", "spectrum", "--out", str(tmp_path / "runs.jsonl")], survey=counting
        )
    assert calls == [0, 1, 2, 3]


def test_permuting_needs_a_real_matrix(tmp_path):
    with pytest.raises(SystemExit, match="--matrix"):
        structureless.main(
            [*SMALL, "--kind", "permuted", "--out", str(tmp_path / "r.jsonl")],
            survey=alarmed_at_seed_zero,
        )


def test_the_same_key_draws_the_same_space():
    key = {"kind": "isotropic", "n": 50, "d": 8, "seed": 5}
    first, second = (structureless.drawn_space(key, None) for _ in range(2))
    assert np.array_equal(first.directions, second.directions)
