from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from armillary.cli.run_file import read_run_file, run_file_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(source=TEXT, out=TEXT, seed=st.integers(0, 2**60), level=st.floats(0, 1), draw=st.booleans())
def test_settings_survive_the_file(tmp_path_factory, source, out, seed, level, draw):
    path = tmp_path_factory.mktemp("run") / "run.toml"
    settings = {"source": source, "out": out, "seed": seed, "level": level, "map": draw}
    path.write_text(run_file_text(settings), "utf-8", newline="")
    assert read_run_file(path) == settings


def test_a_lexicon_switched_off_stays_off(tmp_path: Path):
    path = tmp_path / "run.toml"
    path.write_text(run_file_text({"lexicon": False}))
    assert read_run_file(path) == {"no_lexicon": True}
    path.write_text(run_file_text({"lexicon": Path("mine.toml")}))
    assert read_run_file(path) == {"lexicon": "mine.toml"}
