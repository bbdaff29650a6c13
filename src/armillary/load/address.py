"""Addresses: what a source's text points at on this machine, fetched first where it names a hub."""

import difflib
import re
from collections.abc import Callable
from pathlib import Path

from armillary.core.errors import BadInput
from armillary.load.hub import HUB_SCHEMES, fetched
from armillary.load.openers import FILE_OPENERS

BUILTIN = ("demo", "smollm2:embed", "minilm:embed", "minilm:position")
BUILTIN_SAE = Path(__file__).parent / "data" / "sae"
DEMO_SAE = "demo:sae"
_PICKLED = (".pkl", ".pickle", ".ckpt", ".bin", ".joblib")
WORKS = (
    f"{', '.join(BUILTIN)}, {DEMO_SAE}, a path ending in {', '.join(FILE_OPENERS)}, a folder of "
    "shards or of a sparse autoencoder, hf:org/repo/folder, saelens:release/id, or a model's "
    "embedding: hf:org/model#embed, folder#position"
)


def existing(
    uri: str, *, offline: bool = False, progress: Callable[[str], None] | None = None
) -> Path:
    """Return the file or folder that a source points at.

    Parameters
    ----------
    uri
        A path, or an address on a hub.
    offline
        Take from the hub's cache only.
    progress
        Told what is fetched.

    Raises
    ------
    BadInput
        If there is no such thing, or it is of a kind that is not read; the text says what is.
    """
    if uri == DEMO_SAE:
        return BUILTIN_SAE
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", uri)
    path = Path(uri).expanduser()
    if scheme and scheme[0] in HUB_SCHEMES and not path.exists():
        return fetched(uri, offline=offline, progress=progress)
    if path.suffix.lower() in _PICKLED:
        raise BadInput(
            f"{uri}: files ending in {path.suffix} are pickles, which can run code when opened, so "
            "they never are. Convert it where it was made: "
            'safetensors.torch.save_file(torch.load(path, weights_only=True), "out.safetensors")'
        )
    if path.is_dir() or (path.is_file() and path.suffix.lower() in FILE_OPENERS):
        return path
    if path.exists():
        raise BadInput(f"{uri}: the kind {path.suffix or '(no suffix)'!r} is not read. Use {WORKS}")
    if scheme:
        raise BadInput(f"{uri}: the scheme {scheme[0]!r} is not known. Use {WORKS}")
    folder = path.absolute().parent
    near = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    similar = difflib.get_close_matches(path.name, [*near, *BUILTIN, DEMO_SAE], n=3)
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    raise BadInput(f"{uri}: no such file or folder (tried {path.absolute()}).{hint} Use {WORKS}")
