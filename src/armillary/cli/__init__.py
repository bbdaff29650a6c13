"""The command line: a thin face over a survey and an atlas."""

from armillary.cli.app import main as main
