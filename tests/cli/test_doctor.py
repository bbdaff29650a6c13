import json

from armillary.cli.doctor import EXTRAS, examination


def test_doctor_names_versions_extras_machine_and_cache(run, monkeypatch, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "model.gguf").write_bytes(b"x" * 2000)
    monkeypatch.setitem(EXTRAS, "torch", ("no_such_module_at_all",))
    code, out, _ = run("doctor", "--cache", str(tmp_path / "cache"))
    assert code == 0
    for word in ("numpy", "cores", "memory", "model.gguf  2 kB", "not fetched yet"):
        assert word in out
    assert 'pip install "armillary[torch]"' in out


def test_doctor_speaks_json(run):
    code, out, _ = run("doctor", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["versions"]["numpy"]
    assert found["machine"]["cores"] >= 1
    assert found["cache"]["builtin_model"] is False
    assert set(found["extras"]) == set(EXTRAS)


def test_every_extra_of_the_package_is_examined():
    from importlib.metadata import metadata

    declared = set(metadata("armillary").get_all("Provides-Extra") or [])
    assert set(EXTRAS) == declared - {"all", "dev"}


def test_a_missing_cache_folder_is_no_failure(tmp_path):
    assert examination(tmp_path / "none")["cache"]["files"] == {}
