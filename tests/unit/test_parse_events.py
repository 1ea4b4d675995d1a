"""Commits, pushes, pull requests, tests, rollbacks with their evidence (format, section 4; METHODS D10)."""

from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, parse
from tests.transcripts import STOPPED, Transcript

COMMITTED = "[main 1a2b3c4] Add parser\n 1 file changed, 2 insertions(+)"
PUSHED = "To github.com:acme/repo.git\n   1a2b3c4..5d6e7f8  main -> main"


def ran(tmp_path: Path, command: str, stdout: str = "", **outcome: Any) -> Tables:
    written = Transcript()
    written.prompt()
    written.bash(command, stdout, **outcome)
    written.says()
    return parse(tmp_path, written)


def failed(tmp_path: Path, command: str, code: int = 1, output: str = "") -> Tables:
    written = Transcript()
    written.prompt()
    written.bash_fails(command, code, output)
    written.says()
    return parse(tmp_path, written)


def facts(tables: Tables) -> list[tuple[str, bool | None]]:
    return [(row["event_kind"], row["is_success"]) for row in tables.events]


def test_commit_with_its_line_of_output_is_a_commit_with_its_sha(tmp_path: Path) -> None:
    tables = ran(tmp_path, 'git add -A && git commit -m "Add parser"', COMMITTED)
    (event,) = tables.events
    assert (event["event_kind"], event["commit_sha"], event["is_success"]) == ("commit", "1a2b3c4", True)
    assert event["evidence"] == "command_output"
    assert event["tool_use_id"] == tables.one("tool_calls")["tool_use_id"]
    assert event["turn_id"] == tables.one("turns")["turn_id"]


def test_commit_with_a_message_in_a_here_document_is_one_commit(tmp_path: Path) -> None:
    command = "git commit -m \"$(cat <<'EOF'\nDon't git push; run go test && git revert\nEOF\n)\" && git push"
    assert facts(ran(tmp_path, command, f"{COMMITTED}\n{PUSHED}")) == [("commit", True), ("push", True)]


def test_quiet_commit_rests_on_the_exit_status(tmp_path: Path) -> None:
    (event,) = ran(tmp_path, "git commit -qm x").events
    assert (event["evidence"], event["is_success"], event["commit_sha"]) == ("exit_status", True, None)


def test_commit_whose_status_another_command_hides_is_unsettled(tmp_path: Path) -> None:
    assert facts(ran(tmp_path, "git commit -m x; echo done", "done")) == [("commit", None)]
    assert facts(ran(tmp_path, "git commit -m x | tail -1", "")) == [("commit", None)]


def test_failed_commit_is_a_failed_event(tmp_path: Path) -> None:
    assert facts(failed(tmp_path, "git commit -m x", output="hook failed")) == [("commit", False)]


def test_commit_before_a_failing_push_stands(tmp_path: Path) -> None:
    output = f"{COMMITTED}\n ! [rejected]        main -> main (fetch first)"
    assert facts(failed(tmp_path, "git commit -m x && git push", output=output)) == [
        ("commit", True),
        ("push", False),
    ]


def test_git_operation_of_new_versions_is_the_evidence(tmp_path: Path) -> None:
    operation = {
        "commit": {"sha": "1a2b3c4d", "kind": "committed"},
        "push": {"branch": "main"},
        "pr": {"number": 7, "url": "https://github.com/acme/repo/pull/7", "action": "created"},
    }
    tables = ran(
        tmp_path, "git commit -m x && git push && gh pr create --fill", COMMITTED, gitOperation=operation
    )
    assert {(row["event_kind"], row["evidence"]) for row in tables.events} == {
        ("commit", "git_operation"),
        ("push", "git_operation"),
        ("pull_request_opened", "git_operation"),
    }
    assert tables.events_of("commit")[0]["commit_sha"] == "1a2b3c4d"
    pull = tables.events_of("pull_request_opened")[0]
    assert (pull["pull_request_number"], pull["pull_request_repository"]) == (7, "acme/repo")


def test_merge_by_git_operation_or_command_is_a_merged_pull_request(tmp_path: Path) -> None:
    operation = {"pr": {"number": 7, "url": "https://github.com/acme/repo/pull/7", "action": "merged"}}
    assert facts(ran(tmp_path, "gh pr merge 7", gitOperation=operation)) == [("pull_request_merged", True)]
    assert facts(ran(tmp_path, "gh pr merge 7 --squash")) == [("pull_request_merged", True)]


def test_pull_request_is_opened_once_however_often_it_is_linked(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    url = "https://github.com/acme/repo/pull/7"
    written.bash("gh pr create --fill", url)
    for number in (7, 7, 8, 7):
        written.wait(2)
        written.at = written.at
        written.raw(
            {
                "type": "pr-link",
                "sessionId": "s1",
                "prNumber": number,
                "prUrl": f"https://github.com/acme/repo/pull/{number}",
                "prRepository": "acme/repo",
                "timestamp": f"2026-06-01T11:0{len(written.records)}:00.000Z",
            }
        )
    opened = parse(tmp_path, written).events_of("pull_request_opened")
    assert [(row["pull_request_number"], row["evidence"]) for row in opened] == [
        (7, "command_output"),
        (8, "pr_link"),
    ]


def test_reading_a_pull_request_opens_none(tmp_path: Path) -> None:
    assert ran(tmp_path, "gh pr view 7", "https://github.com/acme/repo/pull/7").events == []


def test_push_that_moved_nothing_is_unsettled(tmp_path: Path) -> None:
    assert facts(ran(tmp_path, "git push", "", stderr="Everything up-to-date")) == [("push", None)]


def test_rollbacks_are_events(tmp_path: Path) -> None:
    for command in ("git reset --hard HEAD~1", "git revert --no-edit HEAD", "git checkout -- src/a.py"):
        assert facts(ran(tmp_path, command)) == [("rollback", True)], command
    for command in ("git reset HEAD a.py", "git checkout -b topic", "git restore --staged a.py"):
        assert ran(tmp_path, command).events == [], command


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q",
        "uv run pytest",
        "npm test",
        "npm run test:unit",
        "go test ./...",
        "cargo test",
        "mix test",
        "CI=1 npx vitest run",
        "bun test",
        "cd api && make test",
        "poetry run pytest -x",
        "./gradlew test",
    ],
)
def test_test_commands_are_test_runs(tmp_path: Path, command: str) -> None:
    assert facts(ran(tmp_path, command)) == [("test_run", True)]


@pytest.mark.parametrize(
    "command",
    [
        "test -f a.txt",
        "cat tests/test_a.py",
        "git add tests",
        "echo 'npm test'",
        "grep -rn pytest .",
        "git commit -m 'run npm test' --dry-run | cat tests",
        "ls # npm test",
        "[ -f x ] && ls",
        "mkdir test",
    ],
)
def test_words_about_tests_are_no_test_runs(tmp_path: Path, command: str) -> None:
    assert ran(tmp_path, command).events_of("test_run") == []


def test_failing_tests_behind_a_pipe_are_told_by_their_output(tmp_path: Path) -> None:
    (event,) = ran(tmp_path, "cd api && pytest -q | tail -3", "FAILED a\n2 failed, 5 passed in 1.2s").events
    assert (event["is_success"], event["tests_failed"], event["tests_passed"]) == (False, 2, 5)
    assert event["evidence"] == "command_output"


@pytest.mark.parametrize(
    ("output", "counts"),
    [
        ("the mock says: 99 failed\nline\nline\nline\n5 passed in 1.2s", (5, 0)),
        ("  3 passing (20ms)\n  1 failing\n\n  1) the cart", (3, 1)),
        (" 12 pass\n 2 fail\nRan 14 tests", (12, 2)),
        ("Ran 14 tests\n 12 pass\n 2 fail", (12, 2)),
        ("Test Files  1 failed | 2 passed (3)\n     Tests  1 failed | 20 passed (21)", (20, 1)),
    ],
    ids=["words of a passing test", "mocha", "bun", "bun, counts last", "vitest"],
)
def test_both_counts_are_of_the_last_summary(tmp_path: Path, output: str, counts: tuple[int, int]) -> None:
    (event,) = ran(tmp_path, "npm test | tail -30", output).events_of("test_run")
    assert (event["tests_passed"], event["tests_failed"]) == counts
    assert event["is_success"] is (counts[1] == 0)


def test_piped_tests_without_a_summary_are_unsettled(tmp_path: Path) -> None:
    (event,) = ran(tmp_path, "npm test 2>&1 | tail -1", "…").events
    assert (event["is_success"], event["evidence"]) == (None, "command")


def test_failed_test_run_has_its_exit_code(tmp_path: Path) -> None:
    (event,) = failed(tmp_path, "pytest", output="1 failed, 3 passed in 2s").events
    assert (event["is_success"], event["exit_code"], event["tests_failed"]) == (False, 1, 1)


def test_command_after_or_may_not_have_run(tmp_path: Path) -> None:
    assert facts(ran(tmp_path, "git diff --quiet || git commit -qm x")) == [("commit", None)]
    assert facts(ran(tmp_path, "pytest || true", "")) == [("test_run", None)]


def test_command_put_in_the_background_is_unsettled(tmp_path: Path) -> None:
    assert facts(ran(tmp_path, "npm test &")) == [("test_run", None)]
    assert facts(ran(tmp_path, "npm test", "running", backgroundTaskId="b1")) == [("test_run", None)]


def test_comment_in_a_script_hides_nothing_and_runs_nothing(tmp_path: Path) -> None:
    command = "# Don't forget: git push\ngit commit -qm x"
    assert facts(ran(tmp_path, command)) == [("commit", True)]


def test_here_string_is_no_here_document(tmp_path: Path) -> None:
    assert facts(ran(tmp_path, "cat <<< word\ngit commit -qm x")) == [("commit", True)]


def test_denied_or_cancelled_command_makes_no_event(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    denied = written.calls("Bash", {"command": "git push"})
    written.result(denied, STOPPED, is_error=True, outcome="User rejected tool use")
    cancelled = written.calls("Bash", {"command": "git push"})
    written.result(cancelled, "Sibling tool call errored", is_error=True, outcome="Error: x")
    written.calls("Bash", {"command": "git push"})
    assert parse(tmp_path, written).events_of("push") == []


def test_options_of_git_before_its_command_do_not_hide_it(tmp_path: Path) -> None:
    assert facts(ran(tmp_path, "git -C ../other -c user.name=x --no-pager commit -qm x")) == [
        ("commit", True)
    ]


def test_command_of_endless_options_is_read_in_no_time(tmp_path: Path) -> None:
    # Options that match a pattern in two ways double its work with every one of them.
    for command in (
        "git" + " -c" * 60,
        "time " * 3000 + "git",
        "timeout " + "-a " * 3000,
        "A=1 " * 3000 + "git",
    ):
        assert ran(tmp_path, command).events == []


def test_cleared_session_and_compactions_are_events(tmp_path: Path) -> None:
    written = Transcript()
    written.user("<command-name>/clear</command-name>\n<command-args></command-args>")
    written.prompt()
    written.says()
    written.system("compact_boundary", parentUuid=None, compactMetadata={"trigger": "auto", "preTokens": 9})
    written.system("microcompact_boundary", microcompactMetadata={"trigger": "auto", "preTokens": 9})
    tables = parse(tmp_path, written)
    assert sorted(row["event_kind"] for row in tables.events) == ["cleared", "compaction", "microcompaction"]


def test_events_of_a_sub_agent_are_marked(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    call = written.calls("Task", {"prompt": "commit", "subagent_type": "dev"})
    agent = Transcript(agent_id="a1")
    agent.at = written.at
    agent.prompt("commit")
    agent.bash("git commit -m x", COMMITTED)
    written.wait(30).result(call, "done", outcome={"agentId": "a1", "status": "completed"})
    tables = parse(tmp_path, written, agent)
    (event,) = tables.events
    assert (event["agent_id"], event["is_sidechain"]) == ("a1", True)
    assert event["turn_id"] == tables.one("turns")["turn_id"]
