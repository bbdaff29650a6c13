"""``armillary serve``: the explorer over an atlas, in a browser."""

import os
import sys
import tempfile
import threading
import webbrowser
from html import escape
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from armillary.atlas import Atlas
from armillary.cli.options import Debug


def serve_command(
    atlas: Annotated[
        Path,
        typer.Argument(
            envvar="ARMILLARY_OUT",
            help="Folder that a survey wrote.",
            show_default="armillary-atlas",
        ),
    ] = Path("armillary-atlas"),
    *,
    port: Annotated[
        int,
        typer.Option(
            "--port", envvar="ARMILLARY_PORT", min=0, max=65535, help="0 takes a free one."
        ),
    ] = 0,
    host: Annotated[
        str,
        typer.Option(
            "--host", envvar="ARMILLARY_HOST", help="Where to listen: this machine alone."
        ),
    ] = "127.0.0.1",
    vectors: Annotated[
        str | None,
        typer.Option(
            "--vectors",
            envvar="ARMILLARY_VECTORS",
            help="What was surveyed, if it lies elsewhere now. Needed to test what you select.",
        ),
    ] = None,
    behind: Annotated[
        str | None,
        typer.Option(
            "--behind",
            envvar="ARMILLARY_BEHIND",
            help="Address under which a proxy shows this server, as the browser has it.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", envvar="ARMILLARY_SEED", min=0, help="Of what is tested here.")
    ] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
    debug: Debug = False,
) -> None:
    """Show an atlas in a browser: everything in it, your notes, and tests of what you select.

    Only who has the address with its token is let in. Ctrl-C ends it.
    """
    del debug  # read by main
    server = Atlas.serve(atlas, port=port, host=host, vectors=vectors, seed=seed, behind=behind)
    errors = Console(stderr=True, highlight=False)
    if not server.is_loopback:
        errors.print(
            Text(
                f"WARNING: listening on {host}, beyond this machine. Whoever gets hold of the "
                "address below reads this atlas and writes notes, and all of it travels in the "
                "clear. "
                "Leave --host out and use the ssh line instead, if you can.",
                style="bold red",
            )
        )
    sys.stdout.write(
        f"{server.served.atlas!r}\n\n  {server.url}\n\n{server.reached}\n\nCtrl-C ends it.\n"
    )
    sys.stdout.flush()
    opened = None if no_open or not has_display() else _opened(server.url)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        if opened is not None:
            opened.unlink(missing_ok=True)
    sys.stdout.write("\nended\n")


def has_display() -> bool:
    """Tell whether a browser opened here would be seen by whoever typed the command.

    Returns
    -------
    bool
        False over ssh, and on Linux where no display is named.
    """
    if os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _opened(url: str) -> Path:
    """Open a browser by a file that only its owner reads: others see the arguments of a process."""
    number, name = tempfile.mkstemp(prefix="armillary-", suffix=".html")
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(f'<meta http-equiv="refresh" content="0; url={escape(url, quote=True)}">\n')
    address = Path(name).as_uri()
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    return Path(name)
