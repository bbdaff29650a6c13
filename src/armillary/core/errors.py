"""Refusals that a user can act on, each with the exit code the command line gives it."""


class ArmillaryError(Exception):
    """Base of every refusal armillary raises on purpose; its text names the next step."""

    exit_code = 1


class BadInput(ArmillaryError, ValueError):
    """A file, array or option that cannot be used: what was found, what was expected, what next."""

    exit_code = 3


class MissingExtra(ArmillaryError, ImportError):
    """An optional package is not installed; the text gives the pip line."""

    exit_code = 4


class TooLarge(ArmillaryError, MemoryError):
    """The work would not fit; the text says what it needs and which option lowers it."""

    exit_code = 5
