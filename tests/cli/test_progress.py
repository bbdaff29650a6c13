import io

from rich.console import Console

from armillary.cli.progress import ShownProgress


def lines(*, terminal: bool, quiet: bool = False) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100, color_system=None)
    with ShownProgress(console, quiet=quiet) as progress:
        progress.stage("shapes", 8)
        for _ in range(8):
            progress.advance()
        progress.stage("report")
        progress.note("[b]kept as it is[/b]")
    return text.getvalue()


def test_off_a_terminal_there_are_plain_lines_at_each_quarter():
    shown = lines(terminal=False)
    assert "shapes (8)" in shown
    assert [mark for mark in ("25 %", "50 %", "75 %") if mark in shown] == ["25 %", "50 %", "75 %"]
    assert "\x1b" not in shown
    assert "[b]kept as it is[/b]" in shown


def test_on_a_terminal_each_stage_ends_with_its_time():
    shown = lines(terminal=True)
    assert "shapes: done in" in shown
    assert "report: done in" in shown


def test_quiet_means_silent():
    assert lines(terminal=False, quiet=True) == ""
    assert lines(terminal=True, quiet=True) == ""
