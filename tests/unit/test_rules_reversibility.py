"""The table that is asked before Claude: what it settles, and what it leaves alone."""

from typing import Any

import pytest

from classifiers.rules.labeller import label_session
from classifiers.rules.reversibility import reversibility_by_rule
from tests.fakes.session_rows import SessionRows

TRIVIAL, EFFORT, GONE = "reversible_trivially", "reversible_with_effort", "irreversible"


def of_command(command: str) -> str | None:
    rows = SessionRows()
    rows.runs(command)
    return reversibility_by_rule(rows.record().calls[0])


def of_tool(name: str, **values: Any) -> str | None:
    rows = SessionRows()
    rows.calls_tool(name, **values)
    return reversibility_by_rule(rows.record().calls[0])


@pytest.mark.parametrize(
    ("command", "label"),
    [
        ("ls -la && git status", TRIVIAL),
        ("git add -A && git commit -m 'npm publish later'", TRIVIAL),
        ("pytest -q", None),  # what tests do is not known
        ("mypy src", TRIVIAL),
        ("git push origin main", EFFORT),
        ("git push --dry-run origin main", TRIVIAL),
        ("git push --force origin main", None),
        ("git push origin :old", None),
        ("git commit -m x && git push", EFFORT),
        ("git push && npm publish", GONE),
        ("npm publish --dry-run", TRIVIAL),
        ("npm publish", GONE),
        ("twine upload dist/*", GONE),
        ("rm -rf build", None),
        ("git commit -m x && ./deploy.sh", None),
        ("find . -name '*.bak' -delete", None),
        ("ls | xargs rm", None),
        ("kill 4711", None),
        ("psql -c 'select 1'", None),
    ],
)
def test_commands(command: str, label: str | None) -> None:
    assert of_command(command) == label


@pytest.mark.parametrize(
    ("tool", "values", "label"),
    [
        ("Read", {}, TRIVIAL),
        ("WebFetch", {}, TRIVIAL),
        ("AskUserQuestion", {}, TRIVIAL),
        ("Edit", {"is_new_file": False}, TRIVIAL),
        ("Write", {"is_new_file": True}, TRIVIAL),
        ("Write", {"is_new_file": False}, None),
        ("Write", {"is_new_file": None}, None),
        ("Task", {}, None),
        ("mcp__mail__send_email", {"mcp_server": "mail"}, GONE),
        ("mcp__mail__create_draft", {"mcp_server": "mail"}, None),
        ("mcp__bank__create_payment", {"mcp_server": "bank"}, GONE),
    ],
)
def test_tools(tool: str, values: dict[str, Any], label: str | None) -> None:
    assert of_tool(tool, **values) == label


def test_a_command_that_the_lake_has_cut_is_not_settled() -> None:
    rows = SessionRows()
    rows.calls_tool("Bash", '{"command": "ls [… 9,000 bytes left out …] x"}')
    assert reversibility_by_rule(rows.record().calls[0]) is None


def test_the_rules_label_the_calls_that_they_settle_and_no_other() -> None:
    rows = SessionRows()
    rows.says("Go on.")
    rows.runs("ls")
    rows.runs("./deploy.sh")
    session = rows.record()
    found = label_session(session, labelled_at=session.ended_at, calls=session.calls)["reversibility"]
    assert [(row[0], row[1], row[-1]) for row in found] == [("tool_call", "s1|toolu2|1", TRIVIAL)]
    assert label_session(session, labelled_at=session.ended_at)["reversibility"] == []
