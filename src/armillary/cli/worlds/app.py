"""The verbs of ``armillary worlds``."""

from collections.abc import Callable

import typer

from armillary.cli.worlds.check import check_command
from armillary.cli.worlds.listed import list_command
from armillary.cli.worlds.report import report_command
from armillary.cli.worlds.show import show_command
from armillary.cli.worlds.survey import survey_worlds_command
from armillary.cli.worlds.sweep import sweep_command
from armillary.cli.worlds.train import train_command

VERBS: dict[str, Callable[..., None]] = {
    "list": list_command,
    "show": show_command,
    "check": check_command,
    "train": train_command,
    "report": report_command,
    "sweep": sweep_command,
    "survey": survey_worlds_command,
}


def worlds_app(*, epilog: str) -> typer.Typer:
    """Return the sub-command with its verbs.

    Parameters
    ----------
    epilog
        What ``--help`` ends with.

    Returns
    -------
    typer.Typer
        To be added to the root under the name ``worlds``.
    """
    app = typer.Typer(
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Worlds whose truth is known: build, check, train autoencoders on them, sweep.",
        epilog=epilog,
        no_args_is_help=True,
    )
    for name, verb in VERBS.items():
        app.command(name, epilog=epilog)(verb)
    return app
