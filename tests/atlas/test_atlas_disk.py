import json

import pytest
from synthetic_survey import atlas

from armillary.atlas import SCHEMA, Atlas, disk
from armillary.core import BadInput


def test_nothing_is_left_beside_the_folder(tmp_path):
    atlas().write(tmp_path / "run", report=False)
    assert [item.name for item in tmp_path.iterdir()] == ["run"]


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch):
    def stop(*_args: object, **_rest: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(disk, "write_table", stop)
    with pytest.raises(KeyboardInterrupt):
        atlas().write(tmp_path / "run", report=False)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_replacement_leaves_the_old_atlas(tmp_path, monkeypatch: pytest.MonkeyPatch):
    old = atlas(seed=1)
    old.write(tmp_path / "run", report=False)
    rename = disk.Path.rename

    def fail_on_the_new(self: disk.Path, target: disk.Path) -> disk.Path:
        if self.name.endswith(".partial"):
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(disk.Path, "rename", fail_on_the_new)
    with pytest.raises(OSError, match="disk full"):
        atlas(seed=2).write(tmp_path / "run", report=False)
    assert [item.name for item in tmp_path.iterdir()] == ["run"]
    assert Atlas.read(tmp_path / "run").findings.equals(old.findings)


def test_an_atlas_is_replaced_and_other_files_in_it_are_kept(tmp_path):
    atlas(seed=1).write(tmp_path / "run")
    (tmp_path / "run" / "notes.jsonl").write_text("mine")
    (tmp_path / "run" / "drafts").mkdir()
    atlas(seed=2).write(tmp_path / "run", report=False, files={"run.toml": "seed = 2\n"})
    assert (tmp_path / "run" / "notes.jsonl").read_text() == "mine"
    assert (tmp_path / "run" / "drafts").is_dir()
    assert (tmp_path / "run" / "run.toml").read_text() == "seed = 2\n"
    assert not (tmp_path / "run" / "report.html").exists()  # it told of the old one


def test_a_folder_with_something_else_is_refused_and_untouched(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(BadInput, match="holds other files"):
        atlas().write(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(BadInput, match="is a file"):
        atlas().write(tmp_path / "thesis.tex")


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "run").mkdir()
    assert Atlas.read(atlas().write(tmp_path / "run", report=False)).groups.num_rows == 27


@pytest.mark.parametrize("text", [None, "not json", "[]", '{"format": "other"}'])
def test_what_is_no_atlas_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BadInput, match="is not an atlas"):
        Atlas.read(tmp_path)


@pytest.mark.parametrize("schema", [SCHEMA + 1, "later", None])
def test_a_newer_schema_is_refused(tmp_path, schema):
    file = atlas().write(tmp_path / "run", report=False) / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": schema}))
    with pytest.raises(BadInput, match="upgrade armillary"):
        Atlas.read(tmp_path / "run")


@pytest.mark.parametrize("name", ["findings.parquet", "arrays/scores.npy"])
def test_a_truncated_or_missing_file_is_named(tmp_path, name):
    file = atlas().write(tmp_path / "run", report=False) / name
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(BadInput, match=file.name):
        Atlas.read(tmp_path / "run")
    file.unlink()
    with pytest.raises(BadInput, match=file.name):
        Atlas.read(tmp_path / "run")
