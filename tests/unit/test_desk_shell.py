"""What is typed is split into commands and statements, whoever types it."""

import pytest

from orchestration.desk.shell import _COMMANDS as COMMANDS
from orchestration.desk.shell import HELP, statements


@pytest.mark.parametrize(
    ("lines", "pieces"),
    [
        (["select 1;"], ["select 1;"]),
        (["select 1"], ["select 1"]),
        (["select 1,", "  2;", "select 3;"], ["select 1,\n  2;", "select 3;"]),
        ([".tables", "select 1;", ".run 4"], [".tables", "select 1;", ".run 4"]),
        (["select 1", ".5;"], ["select 1\n.5;"]),  # inside a statement a full stop begins no command
        (["", "  ", "select 1;", ""], ["select 1;"]),
        (["-- a remark", "select 1;"], ["-- a remark\nselect 1;"]),
        ([], []),
    ],
)
def test_a_statement_ends_with_a_semicolon_and_a_command_with_its_line(
    lines: list[str], pieces: list[str]
) -> None:
    assert list(statements(lines)) == pieces


def test_help_names_every_command() -> None:
    assert [verb for verb in COMMANDS if verb not in HELP and verb != ".exit"] == []
