"""Refusals come in many words and are told apart by who refused (format, section 12.3)."""

from pathlib import Path
from typing import Any, get_args

import pytest

from orchestration.ingest.rows import ToolErrorKind
from orchestration.ingest.sources.claude_code.refusals import FAILURES, read_refusal, refusal_words
from orchestration.ingest.sources.claude_code.texts import RECORD_TEXTS, RESULT_TEXTS
from tests.parsed import Tables, parse
from tests.transcripts import INTERRUPTED_TOOL, NOT_NOW, STOPPED, Transcript

SUB_AGENT = "Permission for this tool use was denied. The tool use was rejected (eg. if it was a file edit). "


def refused(tmp_path: Path, text: str, *, then: str = "goes on", **fields: Any) -> Tables:
    """A session in which one call is answered with a failed result; then the agent goes on or is stopped."""
    written = Transcript(version="2.1.250")
    written.prompt("Serve it.")
    call = written.calls("Bash", {"command": "serve"})
    fields = {"outcome": f"Error: {text}", **fields}
    written.wait(30).result(call, text, is_error=True, **fields)
    if then == "goes on":
        written.says("Another way, then.")
    else:
        written.interrupt(for_tool=True)
    return parse(tmp_path, written)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NOT_NOW + "The user provided the following reason for the rejection:  on 81: no", "on 81: no"),
        (NOT_NOW + "To tell you how to proceed, the user said:\nnot this\nbut that", "not this\nbut that"),
        ("The user doesn't want to proceed with this tool use and provided the following reason: no", "no"),
        (SUB_AGENT + "The user said:\nnot the garden", "not the garden"),
        ("User refused permission to run tool: use the staging host", "use the staging host"),
        ("User denied this action. Reason: too dear", "too dear"),
        ("The user rejected the edit — keep the old name", "keep the old name"),
        ("Permission denied by user: ask my colleague first", "ask my colleague first"),
        ("Tool call was declined by the user.\nFeedback: write a test first", "write a test first"),
        ("<tool_use_error>The user does not want to proceed with this tool use. The user provided the "
         "following reason for the rejection: wrong branch</tool_use_error>", "wrong branch"),
    ],
)  # fmt: skip
def test_reason_of_a_refusal_is_feedback_in_every_host_s_words(tmp_path: Path, text: str, words: str) -> None:
    tables = refused(tmp_path, text)
    assert tables.kinds() == ["prompt", "denial_feedback"]
    act = tables.one("human_acts", act_kind="denial_feedback")
    assert (act["text"], act["is_typed"]) == (words, True)
    call = tables.one("tool_calls")
    assert (call["error_kind"], call["is_error"]) == ("denied_by_user", False)
    (turn,) = tables.turns
    assert (turn["denial_count"], turn["interrupt_count"], turn["end_reason"]) == (1, 0, "completed")
    assert tables.drift == []


@pytest.mark.parametrize(
    "text",
    [
        SUB_AGENT + "Try a different approach or report the limitation to complete your task.",
        "User refused permission to run tool",
        "User denied permission.",
        "Rejected by user",
        "The user declined to run this command",
        "The user did not approve this tool call.",
        "This action was not approved by the user.",
    ],
)
def test_refusal_without_a_reason_is_a_denial_and_no_act(tmp_path: Path, text: str) -> None:
    tables = refused(tmp_path, text)
    assert tables.kinds() == ["prompt"]
    assert [row["event_kind"] for row in tables.events] == ["denial"]
    assert tables.one("turns")["end_reason"] == "completed"


@pytest.mark.parametrize("text", ["User refused permission to run tool", "User denied permission", STOPPED])
def test_refusal_that_interrupts_counts_once(tmp_path: Path, text: str) -> None:
    tables = refused(tmp_path, text, then="stopped")
    assert [row["event_kind"] for row in tables.events] == ["denial"]
    assert tables.one("turns")["end_reason"] == "interrupted"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Permission to use Bash with command rm -rf / has been denied.", "denied_by_rule"),
        ("Permission to use WebSearch has been auto-denied in dontAsk mode.", "denied_by_rule"),
        ("Permission to use Bash with command cat <<EOF\nlong\nEOF has been denied.", "denied_by_rule"),
        ("File is in a directory that is denied by your permission settings.", "denied_by_rule"),
        ("Output redirection to '/etc/x' was blocked by a deny rule.", "denied_by_rule"),
        ("Permission for this command was denied by a built-in Claude Code safety check, not by the user.",
         "denied_by_rule"),
        ("Permission for this action was denied by the Claude Code auto mode classifier. Reason: [Delete].",
         "denied_by_classifier"),
        ("Permission for this action has been denied. Reason: it deletes a database", "denied_by_classifier"),
        ("Auto mode could not evaluate this action and is blocking it for safety", "denied_by_classifier"),
        ("claude-opus-4-8 is temporarily unavailable, so auto mode cannot determine the safety of Bash",
         "denied_by_classifier"),
        ("PreToolUse:Bash hook error: [guard.sh]: BLOCKED: no force pushes", "denied_by_hook"),
        ("Hook PreToolUse:Edit denied this tool", "denied_by_hook"),
        ("Execution blocked by PreToolUse hook", "denied_by_hook"),
        ("PreToolUse:Callback hook blocking error from command: 'x': Blocked by hook", "denied_by_hook"),
        ("PreToolUse:Bash [/home/ann/guard.sh] hook error: not on main", "denied_by_hook"),
        ("Permission to use Write has been auto-denied (prompts unavailable).", "no_surface"),
        ("Claude requested permissions to write to /a, but you haven't granted it yet.", "no_surface"),
        ("Permission for this tool use was denied. It requires approval, and this session has no approval "
         "surface — nobody can answer.", "no_surface"),
        ("Permission for this tool use was denied: it requires interactive approval, and permission prompts "
         "are not available in this session.", "no_surface"),
        ("This command requires approval", "no_surface"),
        ("Answer questions?", "no_surface"),
        ("Exit plan mode?", "no_surface"),
        ("Tool permission request failed: AbortError: Stream closed", "no_surface"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lead", ["", "Error: ", "<tool_use_error>"])
def test_refusal_by_something_else_is_no_denial_of_a_person(
    tmp_path: Path, text: str, kind: str, lead: str
) -> None:
    tables = refused(tmp_path, lead + text)
    call = tables.one("tool_calls")
    assert (call["error_kind"], call["is_error"]) == (kind, True)
    assert tables.events == []
    assert tables.kinds() == ["prompt"]
    assert tables.one("turns")["tool_error_count"] == 1


@pytest.mark.parametrize(
    ("text", "stated", "kind"),
    [
        ("Not with this account.", "user-rejected", "denied_by_user"),
        ("Not with this account.", "permission-rule", "denied_by_rule"),
        ("Not with this account.", "automode-blocked", "denied_by_classifier"),
        (NOT_NOW + "STOP.", "permission-rule", "denied_by_rule"),
        (
            "Permission to use Write has been auto-denied (prompts unavailable).",
            "user-rejected",
            "no_surface",
        ),
        ("Not with this account.", "by-the-moon", "other"),
    ],
)
def test_kind_of_denial_that_the_record_states_settles_what_its_words_do_not(
    tmp_path: Path, text: str, stated: str, kind: str
) -> None:
    tables = refused(tmp_path, text, toolDenialKind=stated)
    assert tables.one("tool_calls")["error_kind"] == kind
    drift = [(row["place"], row["name"]) for row in tables.drift]
    assert drift == ([("tool_denial_kind", "by-the-moon")] if stated == "by-the-moon" else [])


def test_refusals_inside_a_sub_agent_are_the_person_s(tmp_path: Path) -> None:
    written = Transcript(version="2.1.250")
    written.prompt("Tidy up.")
    call = written.calls("Agent", {"prompt": "tidy"})
    agent = Transcript(version="2.1.250", agent_id="a1", at=written.at)
    agent.user("tidy")
    first, second = agent.calls(call_id="c1"), agent.calls(call_id="c2")
    agent.result(first, SUB_AGENT + "Try a different approach.", is_error=True)
    agent.result(second, SUB_AGENT + "The user said:\nleave the shed", is_error=True)
    third = agent.calls(call_id="c3")
    agent.result(third, "Permission to use Bash has been denied.", is_error=True)
    agent.says("Tidied a little.")
    written.wait(30).result(call, "Tidied a little.", outcome={"agentId": "a1"})
    written.says()
    tables = parse(tmp_path, written, agent)
    denials = tables.events_of("denial")
    assert [(row["tool_use_id"], row["is_sidechain"], row["agent_id"]) for row in denials] == [
        ("c1", True, "a1"),
        ("c2", True, "a1"),
    ]
    assert tables.one("turns")["denial_count"] == 2
    act = tables.one("human_acts", act_kind="denial_feedback")
    assert (act["text"], act["tool_use_id"]) == ("leave the shed", "c2")
    assert act["turn_id"] == tables.one("turns")["turn_id"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The steward declined your wish to open the gate.", "declin"),
        ("Request needs sign-off: not allowed before noon", "not_allowed"),
        ("Approval is pending with the fire brigade", "approv"),
        ("403: access forbidden to this board", "forbid"),
    ],
)
def test_failure_that_speaks_of_a_refusal_in_unknown_words_is_drift_without_its_text(
    tmp_path: Path, text: str, word: str
) -> None:
    tables = refused(tmp_path, text)
    assert tables.one("tool_calls")["error_kind"] == "other"
    row = tables.one("drift")
    assert (row["place"], row["name"], row["cli_version"]) == ("refusal_text", word, "2.1.250")
    assert row["occurrence_count"] == 1
    assert text not in str(row)
    assert row["example"].startswith("{cwd: text, gitBranch: text, isSidechain: bool, ")


@pytest.mark.parametrize(
    "text",
    [
        "Exit code 1\nremote: permission to acme/app denied to ann",
        "EACCES: permission denied, open '/etc/shadow'",
        "Error: ENOENT: no such file or directory, approve.txt",
        "String to replace not found in file.",
        "Request failed with status code 403",
    ],
)
def test_failure_of_the_tool_itself_is_no_refusal_and_no_drift(tmp_path: Path, text: str) -> None:
    tables = refused(tmp_path, text)
    assert tables.one("tool_calls")["error_kind"] in ("other", "exit_code")
    assert tables.drift == []
    assert refusal_words(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I read in the log: The user doesn't want to proceed with this tool use",
        "line 3: User denied permission",
        "notes on PreToolUse:Bash hook error messages",
    ],
)
def test_texts_count_only_where_a_result_begins_with_them(text: str) -> None:
    assert read_refusal(text) is None


def test_interruption_is_not_a_refusal(tmp_path: Path) -> None:
    call = refused(tmp_path, INTERRUPTED_TOOL).one("tool_calls")
    assert (call["error_kind"], call["is_error"]) == ("interrupted", False)


def test_every_way_to_end_is_a_failure_or_somebody_else_s_doing() -> None:
    assert set(get_args(ToolErrorKind)) - FAILURES == {"denied_by_user", "interrupted", "collateral"}


def test_every_text_says_whose_it_is_and_where_it_was_seen() -> None:
    for row in (*RECORD_TEXTS, *RESULT_TEXTS):
        assert row.seen_in, row
    starts = [row.start for row in RECORD_TEXTS]
    assert len(starts) == len(set(starts))
    patterns = [row.pattern for row in RESULT_TEXTS]
    assert len(patterns) == len(set(patterns))


def test_request_that_found_nobody_is_no_refusal_whatever_its_text_says(tmp_path: Path) -> None:
    """A host that sleeps answers for its person after ten minutes
    (https://github.com/anthropics/claude-code/issues/67840)."""
    text = "The user doesn't want to take this action right now. STOP what you are doing and wait."
    tables = refused(tmp_path, text, outcome="Error: undefined")
    call = tables.one("tool_calls")
    assert (call["error_kind"], call["approval"], call["is_error"]) == ("no_surface", "reject", True)
    assert tables.events == []
    assert tables.one("turns")["end_reason"] == "completed"
