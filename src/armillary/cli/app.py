"""The command ``armillary``: its verbs, and what every failure exits with."""

import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from armillary.cli.analogy import analogy_command
from armillary.cli.compare import compare_command
from armillary.cli.describe import describe_command
from armillary.cli.doctor import doctor
from armillary.cli.effects import effects_command
from armillary.cli.explain import explain_command
from armillary.cli.export import export_command
from armillary.cli.harvest import harvest_command
from armillary.cli.inspect import inspect
from armillary.cli.layers import layers_command
from armillary.cli.leftovers import leftovers_command
from armillary.cli.map import map_command
from armillary.cli.serve import serve_command
from armillary.cli.steer import steer_command
from armillary.cli.survey import survey_command
from armillary.cli.train import train_command
from armillary.cli.trajectory import trajectory_command
from armillary.cli.tree import tree_command
from armillary.cli.worlds import worlds_app
from armillary.core.errors import ArmillaryError

EPILOG = (
    "Exit codes: 0 done, 1 unexpected, 2 usage, 3 bad input, 4 missing extra, 5 too large, "
    "10 nothing significant (with --fail-on), 130 interrupted."
)


def _say_version(wanted: bool) -> bool:
    if wanted:
        sys.stdout.write(f"armillary {version('armillary')}\n")
        raise typer.Exit
    return wanted


def _root(
    *,
    wanted: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_say_version),
    ] = False,
) -> None:
    """Survey where a model's feature vectors sit: find shapes, name them, say how sure."""
    del wanted  # answered already


def _app() -> typer.Typer:
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=EPILOG,
    )
    app.callback(invoke_without_command=False, no_args_is_help=True)(_root)
    verbs: dict[str, Callable[..., None]] = {
        "survey": survey_command,
        "train": train_command,
        "serve": serve_command,
        "inspect": inspect,
        "map": map_command,
        "harvest": harvest_command,
        "steer": steer_command,
        "explain": explain_command,
        "compare": compare_command,
        "analogy": analogy_command,
        "layers": layers_command,
        "trajectory": trajectory_command,
        "tree": tree_command,
        "describe": describe_command,
        "effects": effects_command,
        "leftovers": leftovers_command,
        "export": export_command,
        "doctor": doctor,
    }
    for name, verb in verbs.items():
        app.command(name, epilog=EPILOG)(verb)
    app.add_typer(worlds_app(epilog=EPILOG), name="worlds")
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv
        Arguments without the program's name. Default: those of this process.

    Returns
    -------
    int
        0 done, 1 unexpected, 2 usage, 3 bad input, 4 missing extra, 5 too large, 10 nothing
        significant (with ``--fail-on``), 130 interrupted.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        typer.main.get_command(_app()).main(args=args, prog_name="armillary")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(bool(done.code))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return _explained(error, debug="--debug" in args)
    return 0


def _explained(error: Exception, *, debug: bool) -> int:
    """Say in one place what went wrong; a traceback only where it was asked for."""
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, ArmillaryError):
        sys.stderr.write(f"armillary: {error}\n")
        return error.exit_code
    if isinstance(error, MemoryError):
        sys.stderr.write(
            "armillary: out of memory. --dry-run says what a source needs; --no-map and a smaller "
            "--max-size lower it.\n"
        )
        return 5
    if isinstance(error, OSError):
        sys.stderr.write(f"armillary: {error}\n")
        return 3
    sys.stderr.write(
        f"armillary: unexpected {type(error).__name__}: {error}\n"
        "This is a fault in armillary. Run again with --debug for the traceback.\n"
    )
    return 1
