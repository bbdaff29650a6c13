import numpy as np
import pytest

from armillary.core import BadInput
from armillary.survey.settings import Settings, judged_size
from armillary.survey.workspace import Workspace, load_json, save_json, written


def leave(work: Workspace, error: type[BaseException] | None = None) -> None:
    work.__exit__(error, None, None)


def test_an_interrupted_run_leaves_its_steps_to_the_next(tmp_path):
    work = Workspace(tmp_path / "atlas", "key")
    work.save("step", x=np.arange(3))
    leave(work, KeyboardInterrupt)
    again = Workspace(tmp_path / "atlas", "key")
    held = again.load("step")
    assert again.resumed
    assert held is not None
    np.testing.assert_array_equal(held["x"], np.arange(3))
    leave(again)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("key", "resume"), [("other", True), ("key", False)])
def test_steps_of_another_run_are_not_used(tmp_path, key: str, resume: bool):
    work = Workspace(tmp_path / "atlas", "key")
    work.save("step", x=np.arange(3))
    leave(work, KeyboardInterrupt)
    again = Workspace(tmp_path / "atlas", key, resume=resume)
    assert not again.resumed
    assert again.load("step") is None


def test_a_temporary_folder_goes_whatever_happens():
    work = Workspace(None, "key")
    leave(work, ValueError)
    assert not work.folder.exists()


def test_a_write_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(TypeError):
        save_json(tmp_path / "a.json", object())
    assert list(tmp_path.iterdir()) == []


def test_what_a_task_did_not_write_here_is_explained(tmp_path):
    for read in (written, load_json):
        with pytest.raises(BadInput, match="file system that this machine and every worker share"):
            read(tmp_path / "none")


def test_everything_a_survey_depends_on_is_in_its_key():
    assert Settings().key("a") == Settings().key("a")
    assert len({Settings().key("a"), Settings().key("b"), Settings(seed=1).key("a")}) == 3


def test_a_group_is_judged_at_the_largest_tabulated_size_it_reaches():
    assert [judged_size(n) for n in (5, 64, 79, 80, 5000)] == [5, 64, 64, 80, 400]
