"""A pull request is opened once, by whatever tool: forge clients, web interfaces, MCP servers (12.11)."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.pull_requests import (
    mcp_pull_request_kind,
    opens_on_command_line,
    requests_named_in,
)
from tests.parsed import Tables, parse
from tests.transcripts import Transcript

GITHUB = "https://github.com/acme/shed/pull/12"


def opened(tables: Tables) -> list[tuple[str | None, int | None, bool | None]]:
    return [
        (row["pull_request_repository"], row["pull_request_number"], row["is_success"])
        for row in tables.events_of("pull_request_opened")
    ]


def by_mcp(written: Transcript, tool: str, arguments: Any, result: str, *, is_error: bool = False) -> None:
    block = [{"type": "text", "text": result}]
    written.result(written.calls(tool, arguments), block, is_error=is_error or None, outcome=block)


def link(written: Transcript, number: int, repository: str = "acme/shed") -> None:
    written.timed("pr-link", prNumber=number, prUrl="x", prRepository=repository, uuid=None)


@pytest.mark.parametrize(
    ("tool", "arguments", "result", "repository", "number"),
    [
        ("mcp__github__create_pull_request", {"owner": "acme", "repo": "shed"},
         json.dumps({"url": "https://api.github.com/repos/acme/shed/pulls/12", "html_url": GITHUB}),
         "acme/shed", 12),
        ("mcp__plugin_git_github__create_pull_request", {}, f"Opened {GITHUB} for review", "acme/shed", 12),
        ("mcp__gitlab__create_merge_request", {"project_id": "acme/shed"},
         '{"iid": 7, "web_url": "https://gitlab.example.org/acme/tools/shed/-/merge_requests/7"}',
         "acme/tools/shed", 7),
        ("mcp__bitbucket__createPullRequest", {"workspace": "acme"},
         '{"links": {"html": {"href": "https://bitbucket.org/acme/shed/pull-requests/3"}}}', "acme/shed", 3),
        ("mcp__azure__repo_create_pull_request", {"repository": "shed"}, '{"pullRequestId": 88}', "shed", 88),
        ("mcp__gitea__pull_request_create", {"owner": "acme", "repo": "b"}, '{"number": 5}', "acme/b", 5),
        ("mcp__github__create_pull_request_with_copilot", {"owner": "a", "repo": "b"}, "queued", "a/b", None),
    ],
)  # fmt: skip
def test_pull_request_of_an_mcp_server_is_opened_once(
    tmp_path: Path, tool: str, arguments: Any, result: str, repository: str, number: int | None
) -> None:
    written = Transcript()
    written.prompt()
    by_mcp(written, tool, arguments, result)
    written.says()
    assert opened(parse(tmp_path, written)) == [(repository, number, True)]


@pytest.mark.parametrize(
    "tool",
    [
        "mcp__github__get_pull_request",
        "mcp__github__list_pull_requests",
        "mcp__github__create_pull_request_review",
        "mcp__github__create_pending_pull_request_review",
        "mcp__github__update_pull_request_branch",
        "mcp__tracker__create_issue",
        "create_pull_request",
        "Bash",
    ],
)
def test_other_tools_open_none(tool: str) -> None:
    assert mcp_pull_request_kind(tool) is None


def test_merging_by_an_mcp_server_is_a_merge(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    by_mcp(written, "mcp__github__merge_pull_request", {"owner": "a", "repo": "b", "pullNumber": 4}, "merged")
    row = parse(tmp_path, written).one("events", event_kind="pull_request_merged")
    assert (row["pull_request_repository"], row["pull_request_number"], row["is_success"]) == ("a/b", 4, True)


def test_call_that_failed_or_was_refused_opened_none(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    by_mcp(written, "mcp__github__create_pull_request", {}, "422 Validation Failed", is_error=True)
    by_mcp(
        written, "mcp__github__create_pull_request", {}, "User refused permission to run tool", is_error=True
    )
    assert [is_success for _, _, is_success in opened(parse(tmp_path, written))] == [False]


@pytest.mark.parametrize(
    "command",
    [
        "gh pr create --fill",
        "gh pr new -t x -b y",
        "glab mr create --fill",
        "hub pull-request -m x",
        "az repos pr create --title x",
        "gh api repos/acme/shed/pulls -f title=x -f head=a -f base=main",
        "gh api --method POST /repos/acme/shed/pulls --input body.json",
        "curl -sS -X POST https://api.github.com/repos/acme/shed/pulls -d @body.json",
        'curl --data \'{"title": "x"}\' https://gitlab.com/api/v4/projects/4/merge_requests',
    ],
)
def test_clients_and_web_interfaces_open_pull_requests_alike(tmp_path: Path, command: str) -> None:
    written = Transcript()
    written.prompt()
    written.bash(command, f"remote: ok\n{GITHUB}\n")
    written.says()
    assert opened(parse(tmp_path, written)) == [("acme/shed", 12, True)]


@pytest.mark.parametrize(
    "command",
    [
        "gh pr view 12",
        "gh pr create --web",
        "glab mr list",
        "gh api repos/acme/shed/pulls",
        "gh api repos/acme/shed/pulls/12/comments -f body=x",
        "curl https://api.github.com/repos/acme/shed/pulls?state=open",
        "gh api -X GET repos/acme/shed/pulls -f state=open",
        "echo gh pr create",
    ],
)
def test_looking_at_pull_requests_opens_none(command: str) -> None:
    assert not opens_on_command_line(command)


def test_one_pull_request_told_by_several_counts_once(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    by_mcp(written, "mcp__github__create_pull_request", {"owner": "ACME", "repo": "shed"}, '{"number": 12}')
    written.bash("gh pr create --fill", f"{GITHUB}\n")
    written.bash("gh pr create", "", gitOperation={"pr": {"number": 12, "url": GITHUB, "action": "created"}})
    link(written, 12)
    link(written, 12)
    assert opened(parse(tmp_path, written)) == [("ACME/shed", 12, True)]


def test_link_names_the_pull_request_that_a_silent_command_opened(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.bash("gh pr create --fill > /dev/null 2>&1 | tail -1", "")
    link(written, 30)
    link(written, 31)
    assert opened(parse(tmp_path, written)) == [("acme/shed", 30, True), ("acme/shed", 31, True)]


def test_the_same_number_in_two_repositories_is_two(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.bash("gh pr create", "https://github.com/acme/shed/pull/1\n")
    written.bash("gh pr create", "https://github.com/acme/barn/pull/1\n")
    assert [row[0] for row in opened(parse(tmp_path, written))] == ["acme/shed", "acme/barn"]


def test_addresses_of_every_forge_are_read() -> None:
    text = (
        "see https://github.com/a/b/pull/1 https://git.example.org/g/s/p/-/merge_requests/22, "
        "https://bitbucket.org/w/r/pull-requests/3 https://dev.azure.com/org/proj/_git/repo/pullrequest/4 "
        "https://api.github.com/repos/a/b/pulls/1 but not https://github.com/a/b/pull/new/branch"
    )
    assert [(named.repository, named.number) for named in requests_named_in(text)] == [
        ("a/b", 1),
        ("g/s/p", 22),
        ("w/r", 3),
        ("org/proj/repo", 4),
    ]


@pytest.mark.parametrize("tool", ["Bash", "PowerShell"])
def test_shell_that_ends_well_states_no_exit_code_and_succeeds(tmp_path: Path, tool: str) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls(tool, {"command": "pytest -q"})
    written.result(call, "3 passed", outcome={"stdout": "3 passed", "stderr": "", "interrupted": False})
    failing = written.calls(tool, {"command": "git push"})
    written.result(failing, "Exit code 1\nerror: failed to push", is_error=True)
    tables = parse(tmp_path, written)
    good, bad = tables.tool_calls
    assert (good["exit_code"], good["input_text"], bad["exit_code"]) == (0, "pytest -q", 1)
    run = tables.one("events", event_kind="test_run")
    assert (run["is_success"], run["tests_passed"], run["evidence"]) == (True, 3, "exit_status")
    assert tables.one("events", event_kind="push")["is_success"] is False


def test_powershell_in_the_background_has_no_exit_code_yet(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("PowerShell", {"command": "Start-Sleep 900"})
    written.result(call, "running", outcome={"stdout": "", "stderr": "", "backgroundTaskId": "b1"})
    assert parse(tmp_path, written).one("tool_calls")["exit_code"] is None
