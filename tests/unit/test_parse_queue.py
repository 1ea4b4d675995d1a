"""The queue and the attachments: steering as blocks, prompts of headless runs, goals (12.5, 12.12)."""

from pathlib import Path
from typing import Any

import pytest

from tests.parsed import Tables, parse
from tests.transcripts import Transcript, stamp

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
HUMAN = {"kind": "human"}


def blocks(*texts: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text} for text in texts]


def working(**more: Any) -> tuple[Transcript, str]:
    """A session whose agent runs a command; returns the call that has no result yet."""
    written = Transcript(version="2.1.241", **more)
    written.prompt("Mow the lawn.")
    return written, written.calls("Bash", {"command": "mow"})


def queue(written: Transcript, operation: str, **fields: Any) -> None:
    """A record of the queue with whatever content and statements."""
    written.raw(
        {
            "type": "queue-operation",
            "operation": operation,
            "timestamp": stamp(written.at),
            "sessionId": written.session,
            **fields,
        }
    )


def finished(tmp_path: Path, written: Transcript, call: str | None = None) -> Tables:
    if call is not None:
        written.result(call)
    written.says()
    return parse(tmp_path, written)


def said(tables: Tables) -> list[tuple[str, str | None, bool]]:
    return [(row["act_kind"], row["text"], row["is_mid_run"]) for row in tables.human_acts]


def test_steering_as_blocks_in_the_attachment_alone_is_an_act_each(tmp_path: Path) -> None:
    written, call = working()
    queue(written, "enqueue")
    written.result(call)
    written.attachment(
        "queued_command", prompt=blocks("leave the daisies"), commandMode="prompt", origin=HUMAN
    )
    queue(written, "remove")
    written.attachment("queued_command", prompt=[*blocks("like here"), IMAGE], commandMode="prompt")
    written.attachment("queued_command", prompt=[IMAGE], commandMode="prompt", origin=HUMAN)
    tables = finished(tmp_path, written)
    assert said(tables)[1:] == [
        ("steering", "leave the daisies", True),
        ("steering", "like here", True),
        ("steering", None, True),
    ]
    assert tables.column("human_acts", "has_image") == [False, False, True, True]
    assert tables.one("turns")["steering_count"] == 3


def test_blocks_in_the_queue_and_text_in_the_attachment_are_one_act(tmp_path: Path) -> None:
    written, call = working()
    queue(written, "enqueue", content=blocks("leave the daisies", "and the moss"))
    written.result(call)
    queue(written, "remove")
    written.attachment("queued_command", prompt="leave the daisies\nand the moss", commandMode="prompt")
    tables = finished(tmp_path, written)
    assert said(tables)[1:] == [("steering", "leave the daisies\nand the moss", True)]
    assert tables.human_acts[1]["queue_outcome"] == "delivered"


def test_the_same_words_twice_are_two_acts_and_twice_attached_one(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "faster")
    written.queue("enqueue", "faster")
    written.result(call)
    for source in ("u1", "u2", "u2"):
        written.attachment(
            "queued_command", prompt=blocks("faster"), commandMode="prompt", source_uuid=source
        )
    tables = finished(tmp_path, written)
    assert said(tables)[1:] == [("steering", "faster", True)] * 2


def test_words_that_only_the_operation_has_that_takes_them_out_are_steering(tmp_path: Path) -> None:
    """https://github.com/daaain/claude-code-log/pull/49"""
    written, call = working()
    written.queue("enqueue")
    written.result(call)
    written.queue("remove", "leave the daisies")
    tables = finished(tmp_path, written)
    assert said(tables)[1:] == [("steering", "leave the daisies", True)]
    act = tables.one("human_acts", act_kind="steering")
    assert (act["queue_outcome"], act["acted_at"] < tables.one("tool_calls")["resulted_at"]) == (
        "taken_out",
        True,
    )


def test_words_that_are_taken_back_or_handed_over_are_no_further_act(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue")
    written.queue("enqueue")
    written.result(call)
    written.queue("popAll", "leave the daisies")
    written.queue("remove", "and the moss")
    written.attachment("queued_command", prompt="and the moss", commandMode="prompt")
    tables = finished(tmp_path, written)
    assert said(tables)[1:] == [("steering", "and the moss", True)]


def test_blocks_that_become_the_next_prompt_count_once(tmp_path: Path) -> None:
    written, call = working()
    queue(written, "enqueue", content=blocks("then water it"))
    written.result(call)
    written.says()
    written.queue("dequeue")
    written.prompt(blocks("then water it"), promptSource="queued")
    tables = finished(tmp_path, written)
    assert said(tables)[1:] == [("prompt", "then water it", True)]


def test_attachment_that_names_the_prompt_it_came_from_is_that_prompt(tmp_path: Path) -> None:
    written, call = working()
    queue(written, "enqueue")
    written.result(call)
    prompt = written.prompt("[Image #1] mow here", promptSource="queued")
    written.attachment(
        "queued_command", prompt=blocks("mow here"), commandMode="prompt", source_uuid=prompt["uuid"]
    )
    tables = finished(tmp_path, written)
    assert [row["act_kind"] for row in tables.human_acts] == ["prompt", "prompt"]


@pytest.mark.parametrize(
    "inner",
    [
        {"prompt": blocks("<task-notification>done</task-notification>"), "commandMode": "task-notification"},
        {"prompt": blocks("a remark"), "commandMode": "prompt", "origin": {"kind": "peer"}},
        {"prompt": "a remark", "commandMode": "prompt", "origin": {"kind": "coordinator"}, "isMeta": True},
        {"prompt": blocks("a remark"), "commandMode": "a-mode-of-tomorrow"},
        {"prompt": blocks('<teammate-message teammate_id="x">hi</teammate-message>')},
        {"prompt": blocks("<system-reminder>nobody said this</system-reminder>"), "commandMode": "prompt"},
        {"prompt": {"text": "x"}},
        {"prompt": [None, 7]},
    ],
)
def test_attachment_of_anybody_else_is_no_act(tmp_path: Path, inner: dict[str, Any]) -> None:
    written, call = working()
    written.result(call)
    written.attachment("queued_command", **inner)
    assert said(finished(tmp_path, written)) == [("prompt", "Mow the lawn.", False)]


@pytest.mark.parametrize(
    ("fields", "is_act"),
    [
        ({"content": "a remark", "origin": {"kind": "peer"}}, False),
        ({"content": "a remark", "isMeta": True}, False),
        ({"content": "<task-notification>what is this?", "origin": HUMAN}, True),
        ({"content": '<channel source="telegram">a remark</channel>', "origin": {"kind": "channel"}}, True),
        ({"content": '<teammate-message teammate_id="x">hi</teammate-message>'}, False),
    ],
)
def test_the_queue_is_read_like_any_record(tmp_path: Path, fields: dict[str, Any], *, is_act: bool) -> None:
    written, call = working()
    queue(written, "enqueue", **fields)
    queue(written, "remove")
    assert len(said(finished(tmp_path, written, call))) == 1 + is_act


def test_person_who_types_to_a_sub_agent_through_the_queue_steers(tmp_path: Path) -> None:
    written, call = working()
    agent = Transcript(version="2.1.241", agent_id="a1", at=written.at)
    agent.user("mow the edges")
    agent.attachment("queued_command", prompt="not the roses", commandMode="prompt", origin=HUMAN)
    agent.attachment("queued_command", prompt="go on", commandMode="prompt")
    agent.says()
    written.result(call)
    written.says()
    tables = parse(tmp_path, written, agent)
    assert said(tables)[1:] == [("steering", "not the roses", True)]


@pytest.mark.parametrize("content", ["write the notes", [{"type": "text", "text": "write the notes"}]])
def test_prompt_of_a_headless_run_is_no_steering_though_it_went_through_the_queue(
    tmp_path: Path, content: Any
) -> None:
    written = Transcript(version="2.1.220", more={"entrypoint": "sdk-cli"})
    queue(written, "enqueue", content=content)
    queue(written, "dequeue")
    written.prompt(content, promptSource="sdk")
    tables = finished(tmp_path, written)
    assert said(tables) == [("prompt", "write the notes", False)]
    assert tables.one("sessions")["surface"] == "sdk"
    assert tables.column("turns", "opened_by") == ["prompt"]


def test_every_prompt_of_a_program_that_waits_for_the_answer_is_a_prompt(tmp_path: Path) -> None:
    written = Transcript(version="2.1.220", more={"entrypoint": "sdk-ts"})
    for text in ("first", "second", "third"):
        written.wait(20)
        queue(written, "enqueue", content=text)
        queue(written, "dequeue")
        written.prompt(text, promptSource="sdk")
        written.bash("work")
        written.says()
    tables = parse(tmp_path, written)
    assert said(tables) == [
        ("prompt", "first", False),
        ("prompt", "second", False),
        ("prompt", "third", False),
    ]
    assert tables.column("turns", "steering_count") == [0, 0, 0]


def test_queued_text_without_a_record_of_its_own_opens_a_turn_where_nothing_ran(tmp_path: Path) -> None:
    written = Transcript(version="2.1.220")
    written.queue("enqueue", "write the notes")
    written.queue("dequeue")
    written.says("Written.")
    written.queue("enqueue", "and a summary")
    written.queue("dequeue")
    written.says("Summed up.")
    tables = parse(tmp_path, written)
    assert said(tables) == [("prompt", "write the notes", False), ("prompt", "and a summary", False)]
    assert tables.column("turns", "opened_by") == ["prompt", "prompt"]


def test_text_queued_between_an_answer_and_a_version_s_missing_stop_reason_is_mid_run(tmp_path: Path) -> None:
    # Before 2.1.60 no line states why it stopped: the agent is taken to be at work until a report.
    written = Transcript(version="2.1.20")
    written.prompt()
    written.says("Half of it.", stop=None)
    written.queue("enqueue", "and the rest")
    written.queue("remove")
    written.says("All of it.", stop=None)
    assert said(parse(tmp_path, written))[1:] == [("steering", "and the rest", True)]


def test_goal_is_a_command_in_the_person_s_words_once(tmp_path: Path) -> None:
    written, call = working()
    for met in (False, False, True):
        written.attachment("goal_status", met=met, sentinel=False, condition="no weed is left")
    tables = finished(tmp_path, written, call)
    act = tables.one("human_acts", act_kind="command")
    assert (act["command_name"], act["text"]) == ("goal", "no weed is left")


def test_goal_that_was_typed_as_a_command_is_that_command(tmp_path: Path) -> None:
    written = Transcript(version="2.1.241")
    written.user("<command-name>/goal</command-name>\n<command-args>no weed is left</command-args>")
    written.attachment("goal_status", met=False, sentinel=True, condition="no weed is left")
    written.says()
    written.attachment("goal_status", met=False, condition="the path is swept")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.column("human_acts", "text") == ["no weed is left", "the path is swept"]
    assert tables.column("turns", "opened_by") == ["command", "command"]


@pytest.mark.parametrize("condition", [None, "", "  ", 7, ["x"]])
def test_goal_without_words_is_no_act(tmp_path: Path, condition: Any) -> None:
    written, call = working()
    written.attachment("goal_status", met=False, condition=condition)
    assert len(finished(tmp_path, written, call).human_acts) == 1


def test_attachments_tell_which_mode_holds(tmp_path: Path) -> None:
    written = Transcript(version="2.1.241", mode=None)
    written.prompt("Plan it.")
    written.attachment("plan_mode", reminderType="full", isSubAgent=False)
    written.attachment("plan_mode", reminderType="sparse", isSubAgent=False)
    written.says()
    written.attachment("plan_mode_exit", planExists=True)
    written.prompt("Do it.")
    written.attachment("auto_mode", reminderType="full")
    written.says()
    written.prompt("Go on.")
    written.attachment("plan_mode", isSubAgent=True)
    written.says()
    tables = parse(tmp_path, written)
    assert tables.column("turns", "permission_mode") == [None, None, "auto"]
    assert [row["detail"] for row in tables.events_of("mode_change")] == [None]


def test_leaving_a_mode_that_does_not_hold_changes_nothing(tmp_path: Path) -> None:
    written = Transcript(version="2.1.241", mode="acceptEdits")
    written.prompt("Do it.")
    written.attachment("plan_mode_exit", planExists=True)
    written.attachment("auto_mode_exit")
    written.says()
    assert parse(tmp_path, written).events_of("mode_change") == []


def test_effort_and_cancelled_hooks_are_events(tmp_path: Path) -> None:
    written, call = working()
    written.attachment("ultra_effort_enter", reminderType="full")
    written.attachment("hook_cancelled", hookEvent="PreToolUse", toolUseID=call, timedOut=True)
    written.attachment("hook_cancelled", hookEvent="UserPromptSubmit", toolUseID="no call", timedOut=True)
    written.result(call)
    written.attachment("ultra_effort_exit")
    tables = finished(tmp_path, written)
    assert [row["detail"] for row in tables.events_of("effort_change")] == ["ultra", None]
    cancelled = [
        (row["detail"], row["tool_use_id"], row["occurrence"]) for row in tables.events_of("hook_cancelled")
    ]
    assert cancelled == [("PreToolUse", call, 1), ("UserPromptSubmit", None, None)]
