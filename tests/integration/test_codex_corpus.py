"""The rows of all rollouts of a corpus against an independent count of their records.

The corpus is the folder `codex` of the one that SESSIONMART_CORPUS names, else the fixtures; nothing is
skipped. The count below shares no code with the parser: it reads lines as they come, thread by thread.
"""

import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.parsed import Tables, parse_folder

FIXTURES = Path(__file__).parents[1] / "fixtures" / "codex"
STRANGE = ("unknown_and_malformed_records", "early_version_without_turn_records")
"""Fixtures whose records are wrong, or have no starts, on purpose."""
NOW = datetime(2030, 1, 1, tzinfo=UTC)
KEYS = ("input_tokens", "output_tokens")


@dataclass
class Thread:
    """One thread as its records tell it: the turns it starts itself, the tokens it uses itself."""

    turns: set[str] = field(default_factory=set)
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEYS, 0))
    patched_lines: dict[str, int] = field(default_factory=dict)


def rollout_files() -> list[Path]:
    named = os.environ.get("SESSIONMART_CORPUS")
    folder = Path(named) / "codex" if named else None
    if folder is not None and folder.is_dir():
        return sorted(folder.rglob("*.jsonl"))
    return sorted(path for path in FIXTURES.rglob("*.jsonl") if not set(path.parts) & set(STRANGE))


def records_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def age(identifier: str) -> int:
    """The time in an id of version 7."""
    return UUID(identifier).int >> 80


def count(files: list[Path]) -> dict[str, Thread]:
    """Every thread of the files; of checkpoints of one thread the longest says its tokens."""
    threads: dict[str, Thread] = defaultdict(Thread)
    for path in sorted(files, key=lambda path: len(records_of(path))):
        records = records_of(path)
        thread_id = records[0]["payload"]["id"]
        thread = threads[thread_id]
        began = age(thread_id)
        is_own = not records[0]["payload"].get("forked_from_id")
        before, total = dict.fromkeys(KEYS, 0), dict.fromkeys(KEYS, 0)
        used = dict.fromkeys(KEYS, 0)
        for record in records:
            payload = record["payload"]
            if payload.get("type") == "task_started" and age(payload["turn_id"]) >= began:
                is_own = True
                thread.turns.add(payload["turn_id"])
            if payload.get("type") == "token_count" and payload.get("info"):
                total = {key: payload["info"]["total_token_usage"][key] for key in KEYS}
                if is_own:
                    if any(total[key] < before[key] for key in KEYS):
                        before = dict.fromkeys(KEYS, 0)
                    used = {key: used[key] + total[key] - before[key] for key in KEYS}
                before = total
            if is_own and payload.get("type") == "patch_apply_end" and payload.get("success"):
                thread.patched_lines[payload["call_id"]] = sum(map(added_lines, payload["changes"].values()))
        thread.tokens = used
    return dict(threads)


def added_lines(change: dict[str, Any]) -> int:
    if change["type"] == "add":
        return len(change["content"].split("\n")) - change["content"].endswith("\n")
    return sum(line.startswith("+") for line in change.get("unified_diff", "").split("\n"))


@pytest.fixture(scope="module")
def counted() -> dict[str, Thread]:
    return count(rollout_files())


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("codex")
    for number, path in enumerate(rollout_files()):
        (folder / f"{number:04d}-{path.name}").symlink_to(path.resolve())
    return parse_folder(folder, tmp_path_factory.mktemp("parsed") / "archive", now=NOW)


def test_every_object_has_one_fate_and_none_is_set_aside(parsed: Tables) -> None:
    assert [row for row in parsed.quarantined_lines if row["is_object"]] == []
    assert all(objects == fates for objects, fates in parsed.accounted().values())
    assert {row["disposition"] for row in parsed.record_counts} <= {"row", "counted", "duplicate"}


def test_turns_are_the_starts_that_each_thread_wrote_itself(
    parsed: Tables, counted: dict[str, Thread]
) -> None:
    own = [turn for thread in counted.values() for turn in thread.turns]
    assert len(own) == len(set(own))  # no turn of a parent in a child
    assert sorted(parsed.column("turns", "turn_id")) == sorted(own)


def test_tokens_of_each_thread_are_its_last_total_less_what_it_inherited(
    parsed: Tables, counted: dict[str, Thread]
) -> None:
    aliases = {row["alias_session_id"]: row["session_id"] for row in parsed.session_aliases}
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for thread_id, thread in counted.items():
        for at, key in enumerate(KEYS):
            expected[aliases.get(thread_id, thread_id)][at] += thread.tokens[key]
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in parsed.responses:
        read, written = row["cache_read_input_tokens"] or 0, row["cache_creation_input_tokens"] or 0
        found[row["session_id"]][0] += (row["input_tokens"] or 0) + read + written
        found[row["session_id"]][1] += row["output_tokens"] or 0
    # A session that never heard of a token has no response with one.
    assert {name: tokens for name, tokens in found.items() if any(tokens)} == {
        name: tokens for name, tokens in expected.items() if any(tokens)
    }


def test_lines_are_those_of_the_patches_that_were_applied(parsed: Tables, counted: dict[str, Thread]) -> None:
    expected = {call: lines for thread in counted.values() for call, lines in thread.patched_lines.items()}
    found = {
        row["tool_use_id"]: row["lines_added"] for row in parsed.tool_calls if row["tool_use_id"] in expected
    }
    assert found == expected


def test_a_call_has_one_row_and_one_result(parsed: Tables) -> None:
    ids = [row["tool_use_id"] for row in parsed.tool_calls]
    assert len(ids) == len(set(ids))
    assert all(row["has_call"] for row in parsed.tool_calls)


def test_every_response_with_tokens_has_a_model(parsed: Tables) -> None:
    assert all(row["model"] for row in parsed.responses if row["output_tokens"])
