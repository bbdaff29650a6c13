import numpy as np
import pytest
from scipy import stats

from armillary.experiments.sweeps.fitting import told_apart, which_fit

NAMES = ("clusters", "circle")


def rows(low: float = 0.001, high: float = 0.1) -> list[dict[str, float | str | int]]:
    rng = np.random.default_rng(0)
    return [
        {
            "world": name, "seed": seed, "alive": 10.0, "l0": 2.0,
            "fvu": middle * 10 ** (0.05 * rng.standard_normal()),
        }
        for name, middle in zip(NAMES, (low, high), strict=True)
        for seed in range(5)
    ]  # fmt: skip


def test_the_interval_is_students_on_the_logarithm():
    found = which_fit(rows(), asked=[0.1], names=NAMES)["interval"]["circle"]
    logs = np.log10([r["fvu"] for r in rows() if r["world"] == "circle"])
    reach = stats.t.ppf(0.975, 4) * logs.std(ddof=1) * (1 + 1 / 5) ** 0.5
    assert np.log10(found) == pytest.approx([logs.mean() - reach, logs.mean() + reach])


def test_noise_lets_a_structure_fit_from_its_interval_up_and_nothing_fits_below_all():
    found = which_fit(rows(), asked=[0.1, 0.01, 0.001, 0.0001], names=NAMES)
    assert found["noise_known"] == [["circle"], [], ["clusters"], []]
    assert found["noise_unknown"] == [["clusters", "circle"], ["clusters"], ["clusters"], []]
    assert found["own"] == {"clusters": ["clusters"], "circle": ["circle"]}


def test_structures_of_one_fvu_are_compatible():
    found = which_fit(rows(0.01, 0.01), asked=[0.01], names=NAMES)
    assert found["noise_known"] == [list(NAMES)]


def test_what_differs_is_told_apart_and_what_does_not_is_left_to_chance():
    assert told_apart(rows(), measures=("log_fvu",)) == 1
    assert told_apart(rows(), measures=("alive",)) == 0.5
    other = [{**r, "fvu": 2 * r["fvu"]} for r in rows()]
    assert told_apart(rows(), measures=("log_fvu",), of=other) == 1


def test_a_seed_takes_no_part_in_naming_itself():
    rng = np.random.default_rng(1)
    noise = [
        {"world": name, "seed": seed, **{f"m{i}": rng.standard_normal() for i in range(20)}}
        for name in NAMES
        for seed in range(40)
    ]
    share = told_apart(noise, measures=[f"m{i}" for i in range(20)])
    assert abs(share - 0.5) < 4 * (0.25 / 80) ** 0.5
