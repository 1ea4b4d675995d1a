"""What a record states of its speaker outranks what its text looks like (format, section 12.2)."""

from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.sources.claude_code.stated_voice import stated_voice
from tests.parsed import Tables, parse
from tests.transcripts import Transcript

HUMAN = {"origin": {"kind": "human"}, "promptSource": "typed"}


def session_with(tmp_path: Path, content: Any, **fields: Any) -> Tables:
    """A session: a typed prompt and its answer, then the record in question and an answer to it."""
    written = Transcript(version="2.1.250")
    written.prompt("Look after the queue.")
    written.says()
    written.wait(90).user(content, **fields)
    written.says("Seen.")
    return parse(tmp_path, written)


def texts(tables: Tables) -> list[str | None]:
    return [row["text"] for row in tables.human_acts]


@pytest.mark.parametrize(
    ("fields", "voice"),
    [
        ({}, None),
        ({"origin": "human"}, None),
        ({"origin": {}, "promptSource": 7}, None),
        ({"origin": {"kind": "human"}}, "human"),
        ({"promptSource": "queued"}, "human"),
        ({"origin": {"kind": "human"}, "promptSource": "sdk"}, "human"),
        ({"origin": {"kind": "human"}, "agentName": "scout", "sessionKind": "bg"}, "human"),
        ({"promptSource": "sdk"}, "program"),
        ({"origin": {"kind": "channel"}, "isMeta": True, "promptSource": "system"}, "channel"),
        ({"isMeta": True}, "injected"),
        ({"isMeta": True, "origin": {"kind": "human"}}, "injected"),
        ({"turnCompanion": True, "origin": {"kind": "human"}}, "injected"),
        ({"isMeta": True, "origin": {"kind": "peer"}}, "machine"),
        ({"origin": {"kind": "a kind of tomorrow"}, "promptSource": "typed"}, "machine"),
        ({"promptSource": "system"}, "machine"),
        ({"sessionKind": "bg"}, "machine"),
        ({"teamName": "kitchen", "agentName": "cook"}, "machine"),
        ({"teamName": "kitchen"}, None),
        ({"teamName": "kitchen", "agentName": "team-lead"}, None),
    ],
)
def test_the_origin_speaks_first_and_the_file_last(fields: dict[str, Any], voice: str | None) -> None:
    assert stated_voice(fields) == voice


@pytest.mark.parametrize("kind", ["peer", "coordinator", "auto-continuation", "cron", "a-kind-of-tomorrow"])
@pytest.mark.parametrize("is_meta", [True, False])
def test_message_of_any_other_origin_is_nobodys_prompt_and_opens_a_turn_of_its_own(
    tmp_path: Path, kind: str, *, is_meta: bool
) -> None:
    more = {"isMeta": True} if is_meta else {}
    tables = session_with(tmp_path, "please rebase onto main", origin={"kind": kind}, **more)
    assert texts(tables) == ["Look after the queue."]
    assert tables.column("turns", "opened_by") == ["prompt", "machine_message"]
    assert tables.column("turns", "is_background") == [False, True]
    assert tables.column("harness_texts", "text_kind") == ["machine_message"]


@pytest.mark.parametrize(
    "content",
    [
        '<teammate-message teammate_id="scout" color="red">\nThe map is drawn.\n</teammate-message>',
        'Another Claude session sent a message:\n<cross-session-message from="s9">hi</cross-session-message>',
        '<cross-session-message from-name="scout">two tests fail</cross-session-message>',
        "<scheduled-wakeup>\nlook at the queue\n</scheduled-wakeup>",
    ],
)
def test_message_of_another_agent_is_told_by_its_text_where_nothing_is_stated(
    tmp_path: Path, content: str
) -> None:
    tables = session_with(tmp_path, content)
    assert texts(tables) == ["Look after the queue."]
    assert tables.column("turns", "opened_by") == ["prompt", "machine_message"]


@pytest.mark.parametrize(
    "content",
    [
        "<task-notification>\n<summary>what does this mean?</summary></task-notification>",
        "[Request interrupted by user] is what I saw, why?",
        "Stop hook feedback: I do not want this any more",
        "This session is being continued from a previous conversation, says my screen. Is that so?",
        '<teammate-message teammate_id="x">should it look like this?</teammate-message>',
        "Implement the following plan:\n\n1. Drink tea.",
    ],
)
@pytest.mark.parametrize("fields", [HUMAN, {"promptSource": "queued"}, {"origin": {"kind": "human"}}])
def test_a_stated_human_may_paste_any_text_of_the_harness(
    tmp_path: Path, content: str, fields: dict[str, Any]
) -> None:
    tables = session_with(tmp_path, content, **fields)
    assert texts(tables) == ["Look after the queue.", content]
    assert tables.kinds() == ["prompt", "prompt"]
    assert tables.events == []


def test_a_stated_human_s_command_is_still_a_command(tmp_path: Path) -> None:
    command = "<command-name>/review</command-name>\n<command-args>the map</command-args>"
    tables = session_with(tmp_path, command, **HUMAN)
    assert tables.kinds() == ["prompt", "command"]


def test_plan_that_the_record_holds_is_the_harness_s_prompt_whoever_is_stated(tmp_path: Path) -> None:
    tables = session_with(tmp_path, "Implement the following plan:\n\n# A", planContent="# A", **HUMAN)
    assert tables.kinds() == ["prompt", "plan_implementation"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<channel source="telegram" chat_id="3" user="ann">\nship it\n</channel>', "ship it"),
        ('<channel source="discord" message_id="9">is it <b>red</b>?</channel>', "is it <b>red</b>?"),
        ("what is the time there?", "what is the time there?"),
    ],
)
def test_person_who_writes_through_a_channel_is_a_human_with_the_words_inside(
    tmp_path: Path, content: str, words: str
) -> None:
    origin = {"kind": "channel", "server": "plugin:some:channel"}
    tables = session_with(tmp_path, content, origin=origin, isMeta=True, promptSource="system")
    assert texts(tables) == ["Look after the queue.", words]
    assert tables.column("turns", "opened_by") == ["prompt", "prompt"]


def test_channel_of_a_version_without_origins_is_told_by_its_tag(tmp_path: Path) -> None:
    content = '<channel source="telegram" user="ann">hold on</channel>'
    assert texts(session_with(tmp_path, content, isMeta=True))[1:] == ["hold on"]


@pytest.mark.parametrize(
    "marks",
    [{"teamName": "kitchen", "agentName": "cook"}, {"sessionKind": "bg"}, {"agentName": "cook"}],
)
def test_nobody_types_in_the_file_of_a_teammate_or_a_background_run(
    tmp_path: Path, marks: dict[str, Any]
) -> None:
    written = Transcript(version="2.1.230", more=marks)
    written.prompt("Peel the onions.")
    written.bash("peel onions")
    written.says()
    written.user("<command-name>/compact</command-name>\n<command-args></command-args>")
    written.wait(60).prompt("Go on.")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.human_acts == []
    assert tables.one("sessions")["surface"] == "no_human_act"
    assert tables.column("turns", "opened_by") == ["machine_message", "machine_message"]


def test_person_who_types_to_a_background_run_is_stated_and_counts(tmp_path: Path) -> None:
    written = Transcript(version="2.1.280", more={"sessionKind": "bg"})
    written.prompt("Peel the onions.")
    written.says()
    written.prompt("Smaller, please.", **HUMAN)
    written.says()
    tables = parse(tmp_path, written)
    assert texts(tables) == ["Smaller, please."]
    assert tables.one("sessions")["surface"] == "interactive"


def test_background_run_can_be_interrupted(tmp_path: Path) -> None:
    written = Transcript(version="2.1.280", more={"sessionKind": "bg"})
    written.prompt("Peel the onions.")
    written.calls()
    written.interrupt()
    assert len(parse(tmp_path, written).events_of("interrupt")) == 1


def test_brief_of_a_sub_agent_is_no_act_and_a_person_s_words_to_it_are(tmp_path: Path) -> None:
    written = Transcript(version="2.1.260")
    written.prompt("Clean the kitchen.")
    call = written.calls("Agent", {"prompt": "scrub"})
    agent = Transcript(version="2.1.260", agent_id="a1", at=written.at)
    agent.user("scrub the floor")
    agent.bash("scrub")
    agent.user("not the walls", **HUMAN)
    agent.user("use soap", origin={"kind": "coordinator"}, isMeta=True)
    agent.says("Scrubbed.")
    written.wait(20).result(call, "Scrubbed.", outcome={"agentId": "a1"})
    written.says()
    tables = parse(tmp_path, written, agent)
    assert [(row["act_kind"], row["text"]) for row in tables.human_acts] == [
        ("prompt", "Clean the kitchen."),
        ("steering", "not the walls"),
    ]
    assert tables.one("turns")["steering_count"] == 1
