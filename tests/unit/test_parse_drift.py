"""Drift below the record type: rows with version, count and an example without text (format, 12.12)."""

from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.drift import structure_of
from tests.parsed import Tables, assert_accounted, parse
from tests.transcripts import Transcript, plain

SECRET = "the cat is called Mimi"


def rows(tables: Tables) -> list[tuple[str, str, str | None, int]]:
    return [(row["place"], row["name"], row["cli_version"], row["occurrence_count"]) for row in tables.drift]


def with_record(tmp_path: Path, kind: str, **fields: Any) -> Tables:
    written = Transcript(version="2.3.1")
    written.prompt()
    written.timed(kind, **fields)
    written.says()
    return parse(tmp_path, written)


@pytest.mark.parametrize(
    ("kind", "fields", "place", "name"),
    [
        ("hologram", {"beam": SECRET}, "record_type", "hologram"),
        ("system", {"subtype": "telepathy", "content": SECRET}, "system_subtype", "telepathy"),
        ("attachment", {"attachment": {"type": "scent", "note": SECRET}}, "attachment_type", "scent"),
        ("progress", {"data": {"type": "tea_progress", "note": SECRET}}, "progress_type", "tea_progress"),
        ("user", {"message": {"content": [{"type": "smell", "a": SECRET}]}}, "content_block", "smell"),
        ("user", {"message": {"content": SECRET}, "origin": {"kind": "oracle"}}, "origin_kind", "oracle"),
        ("user", {"message": {"content": SECRET}, "promptSource": "whispered"}, "prompt_source", "whispered"),
        ("user", {"message": {"content": SECRET}, "permissionMode": "trustMe"}, "permission_mode", "trustMe"),
        ("user", {"message": {"content": SECRET}, "entrypoint": "the-moon"}, "entrypoint", "the-moon"),
        ("attachment", {"attachment": {"type": "queued_command", "text": SECRET, "commandMode": "sung"}},
         "command_mode", "sung"),
        ("attachment", {"attachment": {"type": "queued_command", "a": SECRET, "origin": {"kind": "owl"}}},
         "origin_kind", "owl"),
        ("assistant", {"message": {"id": "m1", "content": [], "stop_reason": "off"}}, "stop_reason", "off"),
    ],
)  # fmt: skip
def test_what_no_list_knows_is_a_row_without_any_text(
    tmp_path: Path, kind: str, fields: dict[str, Any], place: str, name: str
) -> None:
    tables = with_record(tmp_path, kind, **fields)
    assert rows(tables) == [(place, name, "2.3.1", 1)]
    assert SECRET not in str(tables.drift)
    assert_accounted(tables)


def test_queue_operation_that_no_list_knows_is_drift(tmp_path: Path) -> None:
    written = plain()
    written.queue("juggle", "three balls")
    assert rows(parse(tmp_path, written)) == [("queue_operation", "juggle", None, 1)]


def test_block_inside_a_tool_result_is_seen(tmp_path: Path) -> None:
    written = Transcript(version="2.3.1")
    written.prompt()
    written.result(written.calls(), [{"type": "text", "text": "ok"}, {"type": "melody", "notes": SECRET}])
    assert rows(parse(tmp_path, written)) == [("content_block", "melody", "2.3.1", 1)]


def test_occurrences_are_counted_by_version_and_once_per_record(tmp_path: Path) -> None:
    written = Transcript(version="2.3.1")
    for version in ("2.3.1", "2.3.1", "2.4.0"):
        written.version = version
        written.attachment("scent", note="x")
    copy = Transcript(session="s1")
    copy.records = list(written.records)
    tables = parse(tmp_path, written, copied=copy)
    assert rows(tables) == [
        ("attachment_type", "scent", "2.3.1", 2),
        ("attachment_type", "scent", "2.4.0", 1),
    ]


def test_known_things_are_no_drift(tmp_path: Path) -> None:
    written = plain()
    written.prompt("Again.", origin={"kind": "human"}, promptSource="typed", entrypoint="cli")
    written.attachment("plan_mode", reminderType="full")
    written.attachment("hook_success", stdout="x")
    written.says()
    assert parse(tmp_path, written).drift == []


@pytest.mark.parametrize("name", ["two words of somebody", "", None, 7, ["x"], {"a": 1}, "x" * 80])
def test_name_that_is_no_name_is_not_shown(tmp_path: Path, name: Any) -> None:
    tables = with_record(tmp_path, "attachment", attachment={"type": name})
    assert [row["name"] for row in tables.drift] == ["(not a name)"]


def test_same_drift_in_any_order_is_the_same_row(tmp_path: Path) -> None:
    def with_scents(*inner: dict[str, Any]) -> list[dict[str, Any]]:
        written = Transcript(version="2.3.1")
        for one in inner:
            written.attachment("scent", **one)
        return parse(tmp_path, written).drift

    assert with_scents({"a": 1}, {"b": "x"}) == with_scents({"b": "x"}, {"a": 1})


def test_structure_names_keys_and_types_alone() -> None:
    value = {"b": "text of mine", "a": [1, 2], "c": {"d": "x"}, "a path/of mine": True, "e": None, "f": []}
    assert structure_of(value) == (
        "{(not a name): null, a: list of int, b: text, c: object, e: null, f: list}"
    )
    assert structure_of("text of mine") == "text"
    assert structure_of({str(n) + "k": n for n in range(3)}) == (
        "{(not a name): null, (not a name): null, (not a name): null}"
    )


@pytest.mark.parametrize("name", ["TimeMachine", "functions.Bash", "bash"])
def test_tool_that_no_list_knows_is_drift_and_one_of_a_server_is_not(tmp_path: Path, name: str) -> None:
    written = plain()
    for tool in (name, "mcp__tracker__find", "Read"):
        written.result(written.calls(tool, {"about": SECRET}), "done")
    tables = parse(tmp_path, written)
    assert [(row["place"], row["name"], row["occurrence_count"]) for row in tables.drift] == [
        ("tool_name", name, 1)
    ]
    assert SECRET not in str(tables.drift)
