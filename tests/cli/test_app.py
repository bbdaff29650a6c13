import subprocess
import sys
from importlib.metadata import version

import pytest

from armillary.core.errors import ArmillaryError, BadInput, MissingExtra, TooLarge


def test_version_is_the_packages(run):
    assert run("--version")[:2] == (0, f"armillary {version('armillary')}\n")


def test_without_arguments_the_verbs_are_listed(run):
    code, out, err = run()
    assert code in (0, 2)  # which of them is typer's choice
    for verb in ("survey", "inspect", "doctor"):
        assert verb in out + err


@pytest.mark.parametrize("argv", [("survey", "--seed", "x"), ("surveys",), ("survey", "--nope")])
def test_wrong_usage_exits_with_two(run, argv):
    code, _, err = run(*argv)
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("the file is cut short"), 3),
        (MissingExtra('pip install "armillary[demo]"'), 4),
        (TooLarge("needs 90 GiB; --max-size lowers it"), 5),
        (MemoryError(), 5),
        (FileNotFoundError("no such file: x"), 3),
        (ArmillaryError("something else"), 1),
        (ZeroDivisionError("a fault"), 1),
    ],
)
def test_each_failure_has_its_exit_code_and_no_traceback(run, fake_survey, error, code: int):
    fake_survey.raises = error
    found, out, err = run("survey", "-q")
    assert found == code
    assert str(error) in err
    assert "Traceback" not in err
    assert out == ""


def test_debug_shows_the_traceback(run, fake_survey):
    fake_survey.raises = ZeroDivisionError("a fault")
    code, _, err = run("survey", "--debug")
    assert code == 1
    assert "Traceback" in err
    assert "ZeroDivisionError" in err


def test_an_interrupt_exits_with_130_and_says_how_to_go_on(run, fake_survey):
    fake_survey.raises = KeyboardInterrupt()
    code, _, err = run("survey")
    assert code == 130
    assert "same command" in err


@pytest.mark.parametrize(
    "command",
    [["-m", "armillary"], ["-c", "import armillary.cli as c,sys;sys.exit(c.main(['--version']))"]],
)
def test_the_module_is_the_same_program(command):
    argv = [sys.executable, *command, *(["--version"] if command[0] == "-m" else [])]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert done.stdout.startswith("armillary ")
