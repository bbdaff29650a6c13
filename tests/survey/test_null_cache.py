import os

from armillary.shape import OMNIBUS_VERSION
from armillary.survey.null_cache import MOST_SURVEYS, forget_outdated


def test_older_tables_and_all_but_the_last_surveys_go(tmp_path):
    for version in range(OMNIBUS_VERSION + 2):
        (tmp_path / f"omnibus{version}-a10-n5-b0-s0.npz").touch()
    (tmp_path / "mine.npz").touch()
    for age in range(MOST_SURVEYS + 3):
        file = tmp_path / f"unit-rows-{age:02}.npz"
        file.touch()
        os.utime(file, (1000 - age, 1000 - age))
    forget_outdated(tmp_path)
    kept = {file.name for file in tmp_path.iterdir()}
    newer = {f"omnibus{v}-a10-n5-b0-s0.npz" for v in (OMNIBUS_VERSION, OMNIBUS_VERSION + 1)}
    last = {f"unit-rows-{age:02}.npz" for age in range(MOST_SURVEYS)}
    assert kept == {"mine.npz", *newer, *last}
