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


def test_a_stage_named_again_has_more_steps():
    text = io.StringIO()
    with ShownProgress(Console(file=text, width=100)) as progress:
        progress.stage("null tables")
        progress.stage("null tables", 2)
        progress.advance(2)
        progress.stage("null tables", 2)
        progress.advance()
        progress.advance()
    assert text.getvalue().count("null tables") == 2  # its name, and 75 % of four
    assert "null tables: 75 %" in text.getvalue()
    assert "(0)" not in text.getvalue()
