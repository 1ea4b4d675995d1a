"""What the committed rollouts must come to; golden rows for some."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.mutated_lines import violations
from tests.parsed import parse_folder
from tests.regenerate_golden import ALL_FIXTURES, CODEX_SITUATIONS, as_text, golden_path, golden_rows
from tests.unit.test_parse_fixtures import NOTHING, summary

FIXTURES = ALL_FIXTURES / "codex"

EXPECTED: dict[str, dict[str, Any]] = {
    "checkpoints_of_one_thread": {
        "turns": [("prompt", "completed"), ("prompt", "completed")],
        "acts": ["prompt", "prompt", "steering"],
        "tokens": 21,
    },
    "commands_and_how_they_end": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "events": ["test_run", "commit", "test_run", "denial"],
        "tokens": 200,
        "calls": 9,
    },
    "compaction_retries_and_errors": {
        "turns": [("prompt", "completed"), ("prompt", "error")],
        "acts": ["prompt", "prompt"],
        "events": ["api_retry", "compaction", "api_error"],
        "tokens": 320,
    },
    "early_version_without_turn_records": {
        "turns": [("prompt", "completed"), ("prompt", "completed")],
        "acts": ["prompt", "prompt"],
        "tokens": 0,
        "calls": 1,
    },
    "editor_context_and_harness_texts": {"turns": [("prompt", "completed")], "acts": ["prompt"], "tokens": 4},
    "fork_of_a_thread": {
        "turns": [("prompt", "completed"), ("prompt", "completed"), ("prompt", "completed")],
        "acts": ["prompt", "prompt", "prompt"],
        "tokens": 67,
    },
    "headless_exec": {"turns": [("prompt", "completed")], "acts": ["prompt"], "tokens": 8, "calls": 1},
    "interrupted_replaced_and_never_ended": {
        "turns": [
            ("prompt", "interrupted"),
            ("prompt", "interrupted"),
            ("prompt", "completed"),
            ("prompt", "session_end"),
        ],
        "acts": ["prompt", "steering", "prompt", "prompt", "prompt"],
        "events": ["interrupt", "interrupt"],
        "tokens": 22,
        "calls": 1,
    },
    "patches_of_every_kind": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 50,
        "calls": 7,
        "lines": (7, 4),
    },
    "review_mode": {
        "turns": [("prompt", "completed"), ("command", "completed")],
        "acts": ["prompt", "command"],
        "tokens": 35,
        "calls": 1,
    },
    "several_session_metas": {
        "turns": [("prompt", "completed"), ("prompt", "completed")],
        "acts": ["prompt", "prompt"],
        "tokens": 2,
    },
    "sub_agent_thread": {
        "turns": [("prompt", "completed"), ("agent", "completed")],
        "acts": ["prompt"],
        "tokens": 117,
        "calls": 3,
    },
    "tokens_that_repeat_and_restart": {
        "turns": [("prompt", "completed"), ("prompt", "completed")],
        "acts": ["prompt", "prompt"],
        "tokens": 18,
    },
    "tools_of_servers_searches_and_questions": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt", "answer"],
        "tokens": 40,
        "calls": 5,
    },
    "turns_with_start_and_stop": {
        "turns": [("prompt", "question"), ("prompt", "completed")],
        "acts": ["prompt", "prompt"],
        "events": ["test_run"],
        "tokens": 170,
        "calls": 3,
        "lines": (2, 1),
    },
    "unknown_and_malformed_records": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 2,
        "set_aside": [
            "malformed_record",
            "malformed_record",
            "implausible_time",
            "malformed_record",
            "truncated_last_line",
        ],
    },
}


@pytest.mark.parametrize("situation", sorted(EXPECTED))
def test_rollout_comes_to_what_it_was_made_for(tmp_path: Path, situation: str) -> None:
    tables = parse_folder(FIXTURES / situation, tmp_path / "archive")
    assert summary(tables) == NOTHING | EXPECTED[situation]
    assert violations(tables) == []


def test_every_rollout_is_expected() -> None:
    assert {path.name for path in FIXTURES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("situation", CODEX_SITUATIONS)
def test_golden_rows_of_rollouts_are_what_parsing_gives(situation: str) -> None:
    expected = json.loads(golden_path(situation, source="codex").read_text(encoding="utf-8"))
    assert json.loads(as_text(golden_rows(situation, source="codex"))) == expected
