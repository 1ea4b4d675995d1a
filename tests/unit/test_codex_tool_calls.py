"""Tool calls of rollouts: joined once with what came back, how they ended, what they changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables
from tests.rollouts import Rollout, parse_rollouts


def only_call(tmp_path: Path, name: str, arguments: Any, output: Any) -> dict[str, Any]:
    rollout = Rollout()
    rollout.prompt("Go.")
    call = rollout.calls(name, arguments)
    rollout.returns(call, output)
    rollout.done()
    return parse_rollouts(tmp_path, rollout).one("tool_calls")


@pytest.mark.parametrize(
    ("output", "code", "kind", "text"),
    [
        ("Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 0\nOutput:\nhi\n", 0, None, "hi\n"),
        (
            "Command: /bin/zsh -lc 'a\nb'\nChunk ID: 1\nProcess exited with code 3\nOutput:\nx",
            3,
            "exit_code",
            "x",
        ),
        ("Exit code: 1\nWall time: 2 seconds\nOutput:\nFAILED", 1, "exit_code", "FAILED"),
        (
            json.dumps({"output": "no", "metadata": {"exit_code": 2, "duration_seconds": 0.3}}),
            2,
            "exit_code",
            "no",
        ),
        ("exec command rejected by user", None, "denied_by_user", "exec command rejected by user"),
        ("aborted by user after 3.1s", None, "interrupted", "aborted by user after 3.1s"),
        ("command rejected by policy: rm", None, "denied_by_rule", "command rejected by policy: rm"),
        (
            "exec_command failed for `x`: No such file",
            None,
            "other",
            "exec_command failed for `x`: No such file",
        ),
        ({"content": "boom", "success": False}, None, "other", "boom"),
        (
            "Output:\nthe user rejected by user text is quoted",
            None,
            None,
            "Output:\nthe user rejected by user text is quoted",
        ),
    ],
)
def test_how_a_command_ended_is_read_from_every_frame(
    tmp_path: Path, output: Any, code: int | None, kind: str | None, text: str
) -> None:
    row = only_call(tmp_path, "exec_command", {"cmd": "run"}, output)
    assert (row["exit_code"], row["error_kind"], row["result_text"]) == (code, kind, text)
    assert row["is_error"] == (kind in ("exit_code", "other", "denied_by_rule"))


@pytest.mark.parametrize(
    ("name", "arguments", "command"),
    [
        ("exec_command", {"cmd": "go test ./..."}, "go test ./..."),
        ("shell", {"command": ["bash", "-lc", "go test ./..."]}, "go test ./..."),
        ("shell", {"command": ["/bin/zsh", "-lc", "go test ./..."]}, "go test ./..."),
        ("shell", {"command": ["go", "test", "./my dir/..."]}, "go test './my dir/...'"),
        ("shell_command", {"command": "go test ./..."}, "go test ./..."),
        ("shell", {"command": ["pwsh.exe", "-NoProfile", "-Command", "go test ./..."]}, "go test ./..."),
    ],
)
def test_a_command_is_the_same_however_it_is_written(
    tmp_path: Path, name: str, arguments: dict[str, Any], command: str
) -> None:
    row = only_call(
        tmp_path, name, arguments, "Exit code: 0\nWall time: 1 seconds\nOutput:\nok  \tshop\t0.1s\n"
    )
    assert (row["input_text"], row["tool_category"]) == (command, "shell")


def test_one_result_that_is_told_twice_is_kept_once(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Make it.")
    call = rollout.calls("exec_command", {"cmd": "make"})
    rollout.event(
        "exec_command_end", call_id=call, command=["sh", "-c", "make"], exit_code=2, aggregated_output="boom",
        duration={"secs": 1, "nanos": 0}, status="failed",
    )  # fmt: skip
    rollout.returns(call, "Chunk ID: 1\nProcess exited with code 2\nOutput:\nboom")
    rollout.done()
    row = parse_rollouts(tmp_path, rollout).one("tool_calls")
    assert (row["result_text"], row["exit_code"], row["is_error"]) == ("boom", 2, True)


def background(tmp_path: Path, *, with_event: bool, is_left: bool = False) -> Tables:
    rollout = Rollout()
    rollout.prompt("Test it.")
    call = rollout.runs("npm test", "starting\n", code=None)
    if not is_left:
        look = rollout.calls("write_stdin", {"session_id": 77, "chars": ""})
        rollout.wait(5)
        frame = "Chunk ID: 2\nWall time: 5.0 seconds\nProcess exited with code 1\nOutput:\n"
        rollout.returns(look, frame + "Tests: 2 failed, 7 passed\n")
    if with_event:
        rollout.event("exec_command_end", call_id=call, exit_code=1, aggregated_output="…", status="failed")
    rollout.done()
    return parse_rollouts(tmp_path, rollout)


@pytest.mark.parametrize("with_event", [True, False])
def test_a_command_that_goes_on_ends_with_the_look_that_finds_it_ended(
    tmp_path: Path, with_event: bool
) -> None:
    tables = background(tmp_path, with_event=with_event)
    command = tables.one("tool_calls", tool_name="exec_command")
    look = tables.one("tool_calls", tool_name="write_stdin")
    assert (command["exit_code"], command["error_kind"], command["is_background"]) == (1, "exit_code", False)
    assert (look["exit_code"], look["error_kind"], look["tool_category"]) == (None, None, "background")
    run = tables.one("events", event_kind="test_run")
    assert (run["is_success"], run["tests_passed"], run["tests_failed"]) == (False, 7, 2)


def test_a_command_that_is_left_running_has_no_end(tmp_path: Path) -> None:
    row = background(tmp_path, with_event=False, is_left=True).one("tool_calls")
    assert (row["is_background"], row["exit_code"], row["error_kind"]) == (True, None, None)


@pytest.mark.parametrize(
    ("patch", "path", "lines", "is_new"),
    [
        ("*** Add File: a/new.py\n+one\n+two", "a/new.py", (2, 0), True),
        ("*** Update File: till.py\n@@ def f\n-x = 1\n+x = 2\n+y = 3\n z = 4", "till.py", (2, 1), False),
        ("*** Update File: a.py\n*** Move to: b.py\n@@\n-a\n+b", "b.py", (1, 1), False),
        ("*** Delete File: old.py", "old.py", (None, None), False),
        ("*** Add File: n.md\n+# N\n*** Update File: m.md\n@@\n-a", "n.md", (1, 1), True),
    ],
)
def test_lines_of_a_patch_follow_from_what_was_asked(
    tmp_path: Path, patch: str, path: str, lines: tuple[int, int | None], is_new: bool
) -> None:
    rollout = Rollout()
    rollout.prompt("Edit.")
    rollout.patches(f"*** Begin Patch\n{patch}\n*** End Patch")
    rollout.done()
    row = parse_rollouts(tmp_path, rollout).one("tool_calls")
    assert (row["file_path"], row["tool_category"]) == (path, "edit")
    assert (row["lines_added"], row["lines_removed"], row["is_new_file"]) == (*lines, is_new)


def test_what_came_of_a_patch_outranks_what_was_asked(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Delete.")
    changes = {"old.py": {"type": "delete", "content": "1\n2\n3\n"}}
    rollout.patches("*** Begin Patch\n*** Delete File: old.py\n*** End Patch", changes)
    rollout.done()
    assert parse_rollouts(tmp_path, rollout).one("tool_calls")["lines_removed"] == 3


@pytest.mark.parametrize(
    "output",
    [
        "apply_patch verification failed: Failed to find expected lines",
        "patch rejected by user",
        "aborted by user after 0.5s",
    ],
)
def test_a_patch_that_was_not_applied_changed_no_line(tmp_path: Path, output: str) -> None:
    rollout = Rollout()
    rollout.prompt("Edit.")
    rollout.patches("*** Begin Patch\n*** Add File: a.py\n+1\n*** End Patch", output=output)
    rollout.done()
    row = parse_rollouts(tmp_path, rollout).one("tool_calls")
    assert (row["lines_added"], row["file_path"]) == (None, "a.py")
    assert row["error_kind"] is not None


@pytest.mark.parametrize(
    "command",
    [
        ["bash", "-lc", "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a.py\n+1\n*** End Patch\nEOF"],
        ["apply_patch", "*** Begin Patch\n*** Add File: a.py\n+1\n*** End Patch"],
    ],
)
def test_a_patch_given_to_the_shell_is_an_edit(tmp_path: Path, command: list[str]) -> None:
    row = only_call(
        tmp_path, "shell", {"command": command}, "Exit code: 0\nWall time: 0 seconds\nOutput:\nDone"
    )
    assert (row["tool_category"], row["file_path"], row["lines_added"]) == ("edit", "a.py", 1)


def script(tmp_path: Path, text: str, output: str, *, event: dict[str, Any] | None = None) -> Tables:
    rollout = Rollout(version="0.145.0")
    rollout.prompt("Go.")
    rollout.item("custom_tool_call", name="exec", input=text, call_id="call_s", status="completed")
    if event is not None:
        rollout.event("patch_apply_end", call_id="exec-1", success=True, changes=event)
    frame = {"type": "input_text", "text": "Script completed\nWall time 0.2 seconds\nOutput:\n"}
    rollout.item(
        "custom_tool_call_output", call_id="call_s", output=[frame, {"type": "input_text", "text": output}]
    )
    rollout.used(100, output=10)
    rollout.done()
    return parse_rollouts(tmp_path, rollout)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('const r = await tools.exec_command({"cmd":"git commit -m \\"a\\""});', 'git commit -m "a"'),
        ("await tools.exec_command({cmd: 'go vet ./...', workdir: '/x'})", "go vet ./..."),
        ('await Promise.all([tools.exec_command({cmd:`ls`}), tools.exec_command({cmd:"pwd"})])', "ls\npwd"),
    ],
)
def test_the_commands_of_a_script_are_a_shell_call(tmp_path: Path, text: str, command: str) -> None:
    row = script(tmp_path, text, "ok").one("tool_calls")
    assert (row["tool_category"], row["input_text"], row["result_text"]) == ("shell", command, "ok")


def test_a_script_that_prints_its_commands_result_gives_the_exit_code(tmp_path: Path) -> None:
    printed = json.dumps({"output": "no tests", "exit_code": 5})
    row = script(tmp_path, "text(await tools.exec_command({cmd: 'pytest'}))", printed).one("tool_calls")
    assert (row["exit_code"], row["error_kind"], row["result_text"]) == (5, "exit_code", "no tests")


def test_a_patch_inside_a_script_is_a_call_of_its_own(tmp_path: Path) -> None:
    tables = script(tmp_path, "tools.apply_patch(p)", "{}", event={"a.js": {"type": "add", "content": "1\n"}})
    edit = tables.one("tool_calls", tool_name="apply_patch")
    assert (edit["tool_category"], edit["lines_added"], edit["has_call"]) == ("edit", 1, True)
    assert edit["response_id"] == tables.one("tool_calls", tool_name="exec")["response_id"]


def test_calls_of_servers_and_searches_are_told_by_their_records(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Search.")
    first = rollout.calls("_get", {"n": 1}, namespace="mcp__tracker")
    rollout.event("mcp_tool_call_end", call_id=first, invocation={"server": "t"}, result={"Err": "no"})
    rollout.returns(first, "tool call error: no")
    second = rollout.calls("mcp__wiki__read", {})
    rollout.returns(second, "text")
    rollout.event("web_search_end", call_id="ws_1", query="rounding", action={"type": "search"})
    rollout.item("web_search_call", status="completed", action={"type": "search", "query": "rounding"})
    rollout.item("web_search_call", status="completed", action={"type": "open_page"})
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert [
        (row["mcp_server"], row["error_kind"]) for row in tables.all("tool_calls", tool_category="mcp")
    ] == [
        ("tracker", "other"),
        ("wiki", None),
    ]
    assert len(tables.all("tool_calls", tool_category="web")) == 2


def test_a_declined_command_was_refused_by_whoever_could_be_asked(tmp_path: Path) -> None:
    kinds = []
    for policy in ("on-request", "never"):
        rollout = Rollout(policy=policy)
        rollout.prompt("Push.")
        call = rollout.calls("exec_command", {"cmd": "git push"})
        rollout.event("exec_command_end", call_id=call, status="declined", exit_code=-1)
        rollout.done()
        kinds.append(parse_rollouts(tmp_path, rollout).one("tool_calls")["error_kind"])
    assert kinds == ["denied_by_user", "denied_by_rule"]


def test_only_refusals_that_are_recorded_are_denials(tmp_path: Path) -> None:
    rollout = Rollout(policy="untrusted")
    rollout.prompt("Go.")
    rollout.runs("ls", "a\n", seconds=0.1)
    call = rollout.calls("exec_command", {"cmd": "rm a"})
    rollout.wait(20)
    rollout.returns(call, "exec command rejected by user")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert len(tables.events_of("denial")) == tables.one("turns")["denial_count"] == 1
    assert tables.one("turns")["wall_seconds"] - tables.one("turns")["net_seconds"] > 19


def test_commits_and_pushes_follow_from_commands(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Ship it.")
    rollout.runs("git add -A && git commit -m fix", "[main 1a2b3c4] fix\n 1 file changed\n")
    rollout.runs("git push origin main", "   1111111..1a2b3c4  main -> main\n")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.one("events", event_kind="commit")["commit_sha"] == "1a2b3c4"
    assert tables.one("events", event_kind="push")["is_success"] is True


def test_a_call_id_that_a_gateway_gives_twice_is_two_calls(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Go.")
    for text in ("a", "b"):
        rollout.calls("exec_command", {"cmd": f"echo {text}"}, call_id="call_0")
        rollout.returns("call_0", f"Exit code: 0\nOutput:\n{text}")
    rollout.done()
    rows = parse_rollouts(tmp_path, rollout).tool_calls
    assert [row["result_text"] for row in rows] == ["a", "b"]


def test_secrets_in_prompts_commands_and_outputs_do_not_reach_the_rows(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    rollout = Rollout()
    rollout.prompt(f"Use {token}.")
    rollout.runs(f"curl -H 'Authorization: token {token}' https://example.org", f"sent {token}")
    rollout.says(f"I used {token}.")
    rollout.patches(f"*** Begin Patch\n*** Add File: .env\n+TOKEN={token}\n*** End Patch")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert token not in json.dumps(tables.rows, default=str)
    assert tables.redactions


def test_lines_say_how_they_are_known_and_unknown_ones_are_no_zero(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Edit.")
    frame = "*** Begin Patch\n{}\n*** End Patch"
    added, deleted = "*** Add File: a.py\n+1", "*** Delete File: b.py"
    rollout.patches(frame.format(added), {"a.py": {"type": "add", "content": "1\n"}})
    rollout.patches(frame.format(added))
    rollout.patches(frame.format(f"{added}\n{deleted}"))
    rollout.patches(frame.format(deleted))
    rollout.done()
    rows = parse_rollouts(tmp_path, rollout).tool_calls
    columns = ("lines_added", "lines_removed", "lines_known_by", "has_unknown_lines")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        (1, 0, "patch", False),
        (1, 0, "input", False),
        (1, 0, "input_at_least", False),
        (None, None, None, True),
    ]


def test_an_agent_whose_thread_is_not_there_may_have_changed_files(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.prompt("Delegate.")
    call = rollout.calls("spawn_agent", {"message": "Do it."})
    rollout.returns(call, json.dumps({"agent_id": "somewhere-else"}))
    rollout.done()
    assert parse_rollouts(tmp_path, rollout).one("tool_calls")["has_unknown_lines"] is True


@pytest.mark.parametrize(
    ("policy", "output", "approval", "basis"),
    [
        ("on-request", "Exit code: 0\nOutput:\n", None, "unknown"),
        ("never", "Exit code: 0\nOutput:\n", "accept", "inferred"),
        ("never", "aborted by user after 2.0s", None, "unknown"),
        ("untrusted", "exec command rejected by user", "reject", "inferred"),
        ("never", "command rejected by policy", "reject", "inferred"),
    ],
)
def test_what_was_answered_is_unknown_unless_something_shows_it(
    tmp_path: Path, policy: str, output: str, approval: str | None, basis: str
) -> None:
    rollout = Rollout(policy=policy)
    rollout.prompt("Go.")
    rollout.returns(rollout.calls("exec_command", {"cmd": "make"}), output)
    rollout.done()
    row = parse_rollouts(tmp_path, rollout).one("tool_calls")
    assert (row["approval"], row["approval_basis"]) == (approval, basis)
