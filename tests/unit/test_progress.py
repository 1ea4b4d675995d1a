"""Long work shows a bar on a terminal and plain lines elsewhere."""

import io

from rich.console import Console

from orchestration.progress import LineReporter, TerminalReporter, reporter_for


def test_a_pipe_gets_plain_lines() -> None:
    output = io.StringIO()
    with reporter_for(Console(file=output)).task("Reading sessions") as advance:
        advance(1, 2)
    assert output.getvalue().splitlines()[0] == "Reading sessions ..."
    assert output.getvalue().splitlines()[-1].startswith("Reading sessions: done in ")
    assert "\x1b" not in output.getvalue()


def test_a_line_tells_how_far_it_is_every_ten_seconds() -> None:
    output = io.StringIO()
    times = iter([0.0, 5.0, 10.0, 10.0, 12.0])
    reporter = LineReporter(Console(file=output), clock=lambda: next(times))
    with reporter.task("Reading") as advance:
        advance(1, 4)
        advance(2, 4)
    assert "Reading: 2 of 4" in output.getvalue()
    assert "Reading: 1 of 4" not in output.getvalue()


def test_a_terminal_gets_a_bar() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100)
    assert isinstance(reporter_for(console), TerminalReporter)
    with reporter_for(console).task("Reading sessions") as advance:
        advance(1, 2)
    assert "2/2" in output.getvalue()
