"""Hub addresses, with a stand-in for huggingface_hub: no test reaches a network."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from armillary.core import BadInput, MissingExtra
from armillary.load import hub, load_sae, load_space

SAE = Path(__file__).parents[1] / "fixtures" / "sae"


class LocalEntryNotFoundError(Exception):
    pass


class GatedRepoError(Exception):
    pass


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """A hub whose every repository holds a SAELens autoencoder in the folder ``a/b``."""
    seen = []
    shutil.copytree(SAE / "saelens_standard", tmp_path / "a/b")

    def snapshot_download(repo, **options):
        seen.append((repo, options))
        if repo == "org/gated":
            raise GatedRepoError(repo)
        if options["local_files_only"]:
            raise LocalEntryNotFoundError(repo)
        return str(tmp_path)

    fake = SimpleNamespace(snapshot_download=snapshot_download)
    monkeypatch.setattr(hub, "require", lambda *_, **__: fake)
    monkeypatch.setattr(hub, "_table", dict)
    return seen


def test_a_folder_of_a_repository_is_fetched_and_nothing_else(calls):
    space = load_space("hf:org/repo@v1/a/b")
    assert space.source["uri"] == "hf:org/repo@v1/a/b"
    assert space.source["format"] == "SAELens"
    [(repo, options)] = calls
    assert (repo, options["revision"]) == ("org/repo", "v1")
    assert "a/b/sae_weights.safetensors" in options["allow_patterns"]
    assert all(p.startswith("a/b/") and "*" not in p for p in options["allow_patterns"])
    load_sae("hf:org/repo/a/b/sae_weights.safetensors")
    assert calls[1][1]["allow_patterns"][:2] == ["a/b/sae_weights.safetensors", "a/b/cfg.json"]


def test_a_release_is_looked_up_in_the_short_list_or_the_installed_table(calls, monkeypatch):
    load_sae("saelens:gpt2-small-res-jb/a/b")
    assert calls[0][0] == "jbloom/GPT2-Small-SAEs-Reformatted"
    table = {"mine": {"repo_id": "org/mine", "saes": [{"id": "x", "path": "a/b"}]}}
    monkeypatch.setattr(hub, "_table", lambda: table)
    load_sae("saelens:mine/x")
    assert calls[1][0] == "org/mine"
    with pytest.raises(BadInput, match="the release mine has no 'y'; it has x"):
        load_sae("saelens:mine/y")


def test_a_local_path_may_be_written_with_the_scheme(calls):
    assert load_sae(f"saelens:{SAE / 'saelens_topk'}").source["format"] == "SAELens"
    assert calls == []


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("hf:repo", "expected hf:org/repo"),
        ("hf:model#embed", "expected hf:org/repo"),
        ("hf:org/model#other", "'other' is no part of a model; use #embed"),
        ("hf:org/repo/../up", "not a folder or file within"),
        ("hf:org/repo/*", "not a folder or file within"),
        ("saelens:release", "expected saelens:release/id"),
        ("saelens:unknown/id", "the release 'unknown' is not known here"),
        ("hf:org/gated/a/b", "is gated. Accept its terms"),
        ("hf:org/repo/none", "no weights of a known format under 'none'"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_in_words(calls, uri, words):
    with pytest.raises(BadInput, match=words):
        load_space(uri)


def test_offline_and_not_cached_says_so(calls):
    with pytest.raises(BadInput, match="not in the cache, and offline"):
        load_space("hf:org/repo/a/b", offline=True)


def test_without_its_package_the_extra_is_named(monkeypatch):
    def absent(module, *, extra):
        raise MissingExtra(f"{module} {extra}")

    monkeypatch.setattr(hub, "require", absent)
    with pytest.raises(MissingExtra, match="huggingface_hub hub"):
        load_space("hf:org/repo/a/b")
