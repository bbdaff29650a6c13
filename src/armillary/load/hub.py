"""Hubs: ``hf:`` and ``saelens:`` addresses, through huggingface_hub and its cache."""

import importlib.util
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, cast

from armillary.core.errors import BadInput
from armillary.load.model_part import wanted_files
from armillary.load.openers import FILE_OPENERS
from armillary.load.require import require
from armillary.load.sae.formats import EXTRA_FILES, FORMATS

HUB_SCHEMES = ("hf:", "saelens:")
_CONFIGS = ("cfg.json", "config.json", "hyperparams.json")
# releases whose ids are folders of the repository; any other needs sae-lens's own table
_RELEASES = {
    **{
        f"gemma-scope-{size}-{place}": f"google/gemma-scope-{size}-{place}"
        for size, place in (
            ("2b", "pt-res"),
            ("2b", "pt-mlp"),
            ("2b", "pt-att"),
            ("9b", "pt-res"),
            ("9b", "pt-mlp"),
            ("9b", "pt-att"),
            ("9b", "it-res"),
            ("27b", "pt-res"),
        )
    },
    "gpt2-small-res-jb": "jbloom/GPT2-Small-SAEs-Reformatted",
    "gpt2-small-res-jb-feature-splitting": "jbloom/GPT2-Small-Feature-Splitting-Experiment-Layer-8",
}


def fetched(uri: str, *, offline: bool, progress: Callable[[str], None] | None) -> Path:
    """Fetch what a hub address names, or take it from the cache, and return where it lies.

    ``hf:org/repo[@revision]/folder-or-file``; ``saelens:release/id``, where the release is one of
    a short list or stands in the table of an installed sae-lens (read as a file, not imported), or
    ``saelens:path``. Only weights and configs of a format are fetched, never a whole repository.

    Parameters
    ----------
    uri
        The address.
    offline
        Take it from the cache only; so does the variable ``HF_HUB_OFFLINE=1``.
    progress
        Told what is looked for.

    Raises
    ------
    BadInput
        If the address is malformed, unknown, not cached while offline, or the hub is out of reach.
    MissingExtra
        If huggingface_hub is not installed.
    """
    if uri.startswith("saelens:"):
        rest = uri.removeprefix("saelens:")
        if Path(rest).expanduser().exists():
            return Path(rest).expanduser()
        repo, inside = _release(rest, uri=uri)
        revision = None
    else:
        repo, revision, inside = _parts(uri)
    if progress is not None:
        progress(f"looking for {repo}/{inside} on the hub or in its cache")
    ask = _Asker(uri, repo=repo, revision=revision, offline=offline)
    path = ask(_patterns(inside)) / inside
    if not path.exists() or (path.is_dir() and not any(p.is_file() for p in path.rglob("*"))):
        cached = " in the cache; offline, nothing is fetched" if offline else ""
        raise BadInput(
            f"{uri}: {repo} has no weights of a known format under {inside or 'its root'!r}"
            f"{cached}. See https://huggingface.co/{repo}/tree/main, and write hf:{repo}/<folder>"
        )
    return path


def fetched_part(
    base: str, *, part: str, offline: bool, progress: Callable[[str], None] | None
) -> Path:
    """Fetch what one embedding of a model needs: configs, vocabulary and the one shard it is in.

    Parameters
    ----------
    base
        ``hf:org/repo[@revision][/folder]``.
    part
        ``embed``, ``unembed`` or ``position``.
    offline
        Take it from the cache only.
    progress
        Told what is looked for.

    Returns
    -------
    Path
        The folder of the model; other shards may be missing in it.

    Raises
    ------
    BadInput
        If the address is malformed or unknown, not cached while offline, the hub is out of reach,
        or the repository has no safetensors.
    MissingExtra
        If huggingface_hub is not installed.
    """
    uri = f"{base}#{part}"
    repo, revision, inside = _parts(base)
    ask = _Asker(uri, repo=repo, revision=revision, offline=offline)
    stem = inside + "/" if inside else ""
    small, weights = wanted_files(part)
    if progress is not None:
        progress(f"looking for {repo} on the hub or in its cache")
    folder = ask([stem + name for name in small]) / inside
    files = weights(folder)
    if files:
        if progress is not None:
            progress(f"looking for {stem}{files[0]}")
        folder = ask([stem + name for name in (*small, *files)]) / inside
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        cached = " in the cache; offline, nothing is fetched" if offline else ""
        raise BadInput(
            f"{uri}: {repo} has no {missing[0]}{cached}. Only safetensors are read: see "
            f"https://huggingface.co/{repo}/tree/main"
        )
    return folder


class _Asker:
    """One repository at one revision, asked for files; its refusals in words."""

    def __init__(self, uri: str, *, repo: str, revision: str | None, offline: bool) -> None:
        self.uri, self.repo, self.revision, self.offline = uri, repo, revision, offline
        self.hub: Any = require("huggingface_hub", extra="hub")

    def __call__(self, patterns: list[str]) -> Path:
        """Fetch what fits the patterns and return the folder it lies in."""
        options = {"revision": self.revision, "local_files_only": self.offline}
        try:
            folder = self.hub.snapshot_download(self.repo, allow_patterns=patterns, **options)
        except Exception as error:  # the hub's own errors differ by version; each becomes words
            raise _explained(error, uri=self.uri, repo=self.repo, offline=self.offline) from error
        return Path(folder)


def _parts(uri: str) -> tuple[str, str | None, str]:
    word = r"[A-Za-z0-9][A-Za-z0-9._-]*"
    found = re.fullmatch(rf"hf:({word}/{word})(?:@([A-Za-z0-9._-]+))?(?:/(.*))?", uri)
    if found is None:
        raise BadInput(f"{uri}: expected hf:org/repo, hf:org/repo/folder or hf:org/repo@rev/folder")
    return found[1], found[2], _inside(found[3] or "", uri=uri)


def _inside(text: str, *, uri: str) -> str:
    parts = PurePosixPath(text).parts
    if ".." in parts or text.startswith("/") or re.search(r"[*?\[\]#]", text):
        raise BadInput(f"{uri}: {text!r} is not a folder or file within a repository")
    return "/".join(part for part in parts if part != ".")


def _patterns(inside: str) -> list[str]:
    """Return what may be fetched: one file with the configs beside it, or a format's own files."""
    if PurePosixPath(inside).suffix.lower() in FILE_OPENERS:
        parent = str(PurePosixPath(inside).parent)
        stem = "" if parent == "." else parent + "/"
        return [inside, *(stem + name for name in (*_CONFIGS, *EXTRA_FILES))]
    stem = inside + "/" if inside else ""
    weights = [name for form in FORMATS for name, _ in form.layouts]
    return [stem + name for name in dict.fromkeys((*weights, *_CONFIGS, *EXTRA_FILES))]


def _release(rest: str, *, uri: str) -> tuple[str, str]:
    release, _, sae_id = rest.partition("/")
    if not release or not sae_id:
        raise BadInput(f"{uri}: expected saelens:release/id, for example "
                       "saelens:gpt2-small-res-jb/blocks.7.hook_resid_pre")  # fmt: skip
    table = _table()
    if release in table:
        ids = {str(e["id"]): str(e["path"]) for e in table[release]["saes"]}
        if sae_id not in ids:
            raise BadInput(
                f"{uri}: the release {release} has no {sae_id!r}; it has "
                f"{', '.join(list(ids)[:8])}{' ...' if len(ids) > 8 else ''}"
            )
        return str(table[release]["repo_id"]), _inside(ids[sae_id], uri=uri)
    if release in _RELEASES:
        return _RELEASES[release], _inside(sae_id, uri=uri)
    raise BadInput(
        f"{uri}: the release {release!r} is not known here (known: {', '.join(_RELEASES)}). "
        "Install sae-lens's table (pip install --no-deps sae-lens), or write hf:org/repo/folder"
    )


def _table() -> Mapping[str, Any]:
    """Return the table of releases of an installed sae-lens, empty where there is none."""
    try:
        spec = importlib.util.find_spec("sae_lens")
    except (ImportError, ValueError):
        return {}
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or []:
        path = Path(place, "pretrained_saes.yaml")
        if path.is_file():
            yaml = require("yaml", extra="hub")
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            return cast(Mapping[str, Any], yaml.load(path.read_text("utf-8"), Loader=loader))
    return {}


def _explained(error: Exception, *, uri: str, repo: str, offline: bool) -> BadInput:
    kind = type(error).__name__
    if kind in ("LocalEntryNotFoundError", "OfflineModeIsEnabled"):
        why = "offline" if offline or kind == "OfflineModeIsEnabled" else "the hub is out of reach"
        return BadInput(
            f"{uri}: not in the cache, and {why}. Run once with a connection (without --offline or "
            "HF_HUB_OFFLINE), or fetch the files elsewhere and give their folder as the source"
        )
    if kind == "GatedRepoError":
        return BadInput(
            f"{uri}: {repo} is gated. Accept its terms at https://huggingface.co/{repo}, then "
            "log in with: hf auth login"
        )
    if kind in ("RepositoryNotFoundError", "RevisionNotFoundError", "HFValidationError"):
        return BadInput(f"{uri}: the hub knows no such repository or revision ({kind}: {repo})")
    return BadInput(f"{uri}: {repo} could not be fetched ({kind}: {str(error)[:200]})")
