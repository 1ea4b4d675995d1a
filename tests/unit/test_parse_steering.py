"""Text typed while the agent runs: steering that may exist only in the queue (format, trap 5)."""

from pathlib import Path

from tests.parsed import Tables, parse
from tests.transcripts import Transcript

NOTICE = "<task-notification>\n<task-id>b7</task-id>\n</task-notification>"


def working() -> tuple[Transcript, str]:
    """A session whose agent runs a command; returns the call that has no result yet."""
    written = Transcript()
    written.prompt("Do the thing.")
    return written, written.calls("Bash", {"command": "sleep 60"})


def finished(tmp_path: Path, written: Transcript, call: str) -> Tables:
    written.result(call)
    written.says()
    return parse(tmp_path, written)


def test_steering_that_only_the_queue_holds_is_an_act_inside_the_turn(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "use tabs")
    written.queue("remove")
    tables = finished(tmp_path, written, call)
    act = tables.one("human_acts", act_kind="steering")
    assert (act["text"], act["queue_outcome"], act["is_mid_run"]) == ("use tabs", "taken_out", True)
    turn = tables.one("turns")
    assert act["turn_id"] == turn["turn_id"]
    assert (turn["steering_count"], turn["end_reason"], turn["tool_call_count"]) == (1, "completed", 1)


def test_queued_text_that_becomes_a_prompt_counts_once(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "then push it")
    written.result(call)
    written.says()
    written.queue("dequeue")
    written.prompt("then push it")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "prompt"]
    act = tables.one("human_acts", text="then push it")
    assert (act["queue_outcome"], act["is_mid_run"]) == ("delivered", True)
    assert tables.column("turns", "opened_by") == ["prompt", "prompt"]


def test_queued_texts_joined_into_one_prompt_count_once(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "first remark")
    written.queue("enqueue", "second remark")
    written.result(call)
    written.says()
    written.queue("dequeue")
    written.queue("dequeue")
    written.prompt("first remark\nsecond remark")
    written.says()
    assert parse(tmp_path, written).kinds() == ["prompt", "prompt"]


def test_text_taken_back_to_edit_is_no_act(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "no wait")
    written.queue("popAll")
    assert finished(tmp_path, written, call).kinds() == ["prompt"]


def test_taking_back_one_text_leaves_the_one_handed_over_before(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "use tabs")
    written.queue("remove")
    written.queue("enqueue", "no wait")
    written.queue("popAll", "no wait")
    tables = finished(tmp_path, written, call)
    assert tables.column("human_acts", "text", act_kind="steering") == ["use tabs"]


def test_queue_is_first_in_first_out(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "use tabs")
    written.queue("enqueue", "no wait")
    written.queue("remove")
    written.queue("popAll", "no wait")
    tables = finished(tmp_path, written, call)
    assert tables.column("human_acts", "text", act_kind="steering") == ["use tabs"]


def test_removal_that_names_its_text_takes_that_text_out(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "first")
    written.queue("enqueue", "second")
    written.queue("remove", "second")
    tables = finished(tmp_path, written, call)
    outcomes = {row["text"]: row["queue_outcome"] for row in tables.all("human_acts", act_kind="steering")}
    assert outcomes == {"first": "unknown", "second": "taken_out"}


def test_two_removals_in_one_millisecond_take_two_texts_out(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "first")
    written.queue("enqueue", "second")
    one = written.queue("remove")
    written.raw(dict(one))
    tables = finished(tmp_path, written, call)
    assert tables.column("human_acts", "queue_outcome", act_kind="steering") == ["taken_out", "taken_out"]


def test_steering_without_later_queue_record_has_an_unknown_outcome(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "use tabs")
    tables = finished(tmp_path, written, call)
    assert tables.one("human_acts", act_kind="steering")["queue_outcome"] == "unknown"


def test_steering_handed_over_as_an_attachment_counts_once(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "use tabs")
    written.result(call)
    written.queue("remove")
    written.attachment("queued_command", prompt="use tabs", commandMode="prompt")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "steering"]
    assert tables.one("human_acts", act_kind="steering")["queue_outcome"] == "delivered"


def test_steering_known_only_from_its_attachment_is_an_act(tmp_path: Path) -> None:
    written, call = working()
    written.result(call)
    written.attachment("queued_command", prompt="use tabs", commandMode="prompt", origin={"kind": "human"})
    written.says()
    assert parse(tmp_path, written).kinds() == ["prompt", "steering"]


def test_notice_handed_over_as_an_attachment_is_no_act(tmp_path: Path) -> None:
    written, call = working()
    written.result(call)
    written.attachment("queued_command", prompt=NOTICE, commandMode="task-notification")
    written.says()
    assert parse(tmp_path, written).kinds() == ["prompt"]


def test_queued_slash_command_is_a_command_once(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "/review the parser")
    written.result(call)
    written.says()
    written.queue("dequeue")
    written.user(
        "<command-message>review</command-message>\n<command-name>/review</command-name>\n"
        "<command-args>the parser</command-args>"
    )
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "command"]
    assert tables.one("human_acts", act_kind="command")["command_name"] == "review"


def test_queued_slash_command_that_shows_nowhere_else_is_a_command(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "/status")
    written.queue("remove")
    tables = finished(tmp_path, written, call)
    act = tables.one("human_acts", act_kind="command")
    assert (act["command_name"], act["is_mid_run"]) == ("status", True)


def test_queued_path_is_no_command(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", "/usr/lib/x is the wrong folder")
    written.queue("remove")
    assert finished(tmp_path, written, call).kinds() == ["prompt", "steering"]


def test_queued_notification_is_no_act(tmp_path: Path) -> None:
    written, call = working()
    written.queue("enqueue", NOTICE)
    written.queue("remove")
    assert finished(tmp_path, written, call).kinds() == ["prompt"]


def test_text_given_with_an_approval_stands_beside_the_tool_result(tmp_path: Path) -> None:
    # Seen from 2.1.29 on: what the human adds when allowing a call is in no other record.
    written, call = working()
    written.user(
        [
            {"tool_use_id": call, "type": "tool_result", "content": "ok"},
            {"type": "text", "text": "we are #169"},
        ]
    )
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "steering"]
    assert tables.one("human_acts", act_kind="steering")["text"] == "we are #169"
    assert tables.one("turns")["steering_count"] == 1


def test_reminder_beside_a_tool_result_is_no_act(tmp_path: Path) -> None:
    written, call = working()
    written.user(
        [
            {"tool_use_id": call, "type": "tool_result", "content": "ok"},
            {"type": "text", "text": "<system-reminder>\nUse the todo list.\n</system-reminder>"},
        ]
    )
    written.says()
    assert parse(tmp_path, written).kinds() == ["prompt"]


def test_prompt_typed_while_a_tool_runs_steers_and_opens_no_turn(tmp_path: Path) -> None:
    written, call = working()
    written.prompt("also the docs")
    tables = finished(tmp_path, written, call)
    assert tables.kinds() == ["prompt", "steering"]
    assert tables.one("turns")["steering_count"] == 1


def test_text_queued_and_taken_after_the_agent_stopped_opens_a_turn(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says()
    written.turn_duration(2000)
    written.queue("enqueue", "one more thing")
    written.queue("dequeue")
    written.says("On it.")
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt", "prompt"]
    assert tables.column("turns", "opened_by") == ["prompt", "prompt"]
