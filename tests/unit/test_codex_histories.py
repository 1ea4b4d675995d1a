"""Histories that Codex keeps in other ways: in pages, and made of another agent's transcript."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parsed import assert_accounted
from tests.rollouts import Rollout, parse_rollouts


def paginated(**more: Any) -> Rollout:
    return Rollout(version="0.149.0", history_mode="paginated", **more)


def asked(rollout: Rollout, text: str, *parts: dict[str, Any]) -> None:
    """A person's words as a paginated thread keeps them: to the model, and as a finished item."""
    rollout.to_model(text)
    content = [{"type": "text", "text": text, "text_elements": []}, *parts]
    item = {"type": "UserMessage", "id": f"item_{len(rollout.records)}", "content": content}
    rollout.event("item_completed", thread_id=rollout.thread, turn_id=rollout.turn, item=item)


def exchange(rollout: Rollout, text: str, *parts: dict[str, Any]) -> None:
    rollout.begins()
    asked(rollout, text, *parts)
    content = [{"type": "output_text", "text": "Done."}]
    rollout.item("message", role="assistant", content=content)
    item = {"type": "AgentMessage", "id": f"item_{len(rollout.records)}", "content": content}
    rollout.event("item_completed", thread_id=rollout.thread, turn_id=rollout.turn, item=item)
    rollout.used(100, output=10)
    rollout.done()


def test_persons_words_of_a_paginated_thread_are_told_from_the_harnesss(tmp_path: Path) -> None:
    """Its messages to the model hold texts that nobody typed (https://github.com/org2AI/ORG2/issues/837)."""
    rollout = paginated()
    rollout.begins()
    rollout.to_model("<external_links>\nissue 4\n</external_links>")
    asked(rollout, "Fix the build.", {"type": "local_image", "path": "/home/ann/a.png"})
    rollout.says("On it.")
    asked(rollout, "And the docs.")
    rollout.says("Done.")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    acts = [(row["act_kind"], row["text"], row["has_image"]) for row in tables.human_acts]
    assert acts == [("prompt", "Fix the build.", True), ("steering", "And the docs.", False)]
    assert tables.column("turns", "opened_by") == ["prompt"]
    assert [row["text"] for row in tables.harness_texts] == ["<external_links>\nissue 4\n</external_links>"]
    assert_accounted(tables)


def test_item_that_repeats_an_event_is_no_second_act(tmp_path: Path) -> None:
    rollout = Rollout()
    rollout.begins()
    rollout.asked("Fix the build.")
    asked(rollout, "Fix the build.")
    rollout.says("Done.")
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.column("human_acts", "text") == ["Fix the build."]


def test_thread_that_goes_on_in_another_file_is_one(tmp_path: Path) -> None:
    """https://github.com/farion1231/cc-switch/pull/7093"""
    first = paginated()
    exchange(first, "Do it.")
    base = {"thread_id": first.thread, "end_ordinal_exclusive": 9, "end_byte_offset": 2000}
    second = paginated(at=first.at + timedelta(minutes=5), thread=first.thread, history_base=base)
    second.total = dict(first.total)
    exchange(second, "Go on.")
    tables = parse_rollouts(tmp_path, first, second)
    assert len(tables.sessions) == 1
    assert tables.column("human_acts", "text") == ["Do it.", "Go on."]
    assert [row["output_tokens"] for row in tables.responses] == [10, 10]


def imported(rollout: Rollout, number: int) -> None:
    """A turn of another agent's transcript as Codex writes it down."""
    rollout.turn = f"external-import-turn-{number}"
    rollout.event("task_started", turn_id=rollout.turn)
    rollout.asked("Words to another agent.")
    rollout.says("The other agent's answer.")
    rollout.done()


def test_imported_turns_are_nobodys_and_what_follows_counts(tmp_path: Path) -> None:
    """The other agent's own transcript tells them (https://github.com/pacphi/agentic-kit/pull/221)."""
    rollout = Rollout(version="0.142.5", source="vscode")
    imported(rollout, 1)
    imported(rollout, 2)
    rollout.wait(300)
    rollout.prompt("Now you.")
    rollout.says("Yes.")
    rollout.used(100, output=10)
    rollout.done()
    tables = parse_rollouts(tmp_path, rollout)
    assert tables.column("human_acts", "text") == ["Now you."]
    assert [(row["opened_by"], row["end_reason"]) for row in tables.turns] == [("prompt", "completed")]
    assert tables.column("responses", "text") == ["Yes."]
    assert sum(row["object_count"] for row in tables.all("record_counts", disposition="duplicate")) == 12
    assert_accounted(tables)


@pytest.mark.parametrize("turns", [1, 3])
def test_thread_that_nobody_went_on_with_has_no_person(tmp_path: Path, turns: int) -> None:
    rollout = Rollout(version="0.142.5", source="vscode")
    for number in range(turns):
        imported(rollout, number + 1)
    tables = parse_rollouts(tmp_path, rollout)
    assert (tables.turns, tables.human_acts, tables.responses) == ([], [], [])
    assert tables.one("sessions")["surface"] == "no_human_act"
