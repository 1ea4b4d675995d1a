"""What the committed fixtures must come to; golden rows for some; the README lists them all."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.sources import SOURCES
from tests.mutated_lines import violations
from tests.parsed import Tables, parse_folder
from tests.regenerate_golden import ALL_FIXTURES, FIXTURES, SITUATIONS, as_text, golden_path, golden_rows

# Per fixture: turns as (opened_by, end_reason), acts, events, responses that are messages, their output
# tokens, tool calls, lines added and removed, pieces set aside.
EXPECTED: dict[str, dict[str, Any]] = {
    "background_agent_and_its_notice": {
        "turns": [("prompt", "completed"), ("background_notification", "completed")],
        "acts": ["prompt"],
        "tokens": 60,
        "calls": 1,
    },
    "byte_order_mark_crlf_and_comments": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 20,
    },
    "checkpoint_slices": {
        "turns": [("prompt", "completed")] * 2,
        "acts": ["prompt"] * 2,
        "tokens": 80,
        "calls": 2,
    },
    "cleared_start": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "events": ["cleared"],
        "tokens": 20,
    },
    "commits_pushes_pull_requests_tests": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "events": ["test_run", "test_run", "commit", "push", "pull_request_opened", "rollback"],
        "tokens": 140,
        "calls": 6,
    },
    "compaction_inside_a_turn": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "events": ["compaction"],
        "tokens": 60,
        "calls": 2,
    },
    "denial_and_its_interrupt_record": {
        "turns": [("prompt", "interrupted")],
        "acts": ["prompt"],
        "events": ["denial"],
        "tokens": 20,
        "calls": 1,
    },
    "denial_with_feedback": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt", "denial_feedback"],
        "events": ["denial"],
        "tokens": 60,
        "calls": 2,
    },
    "edits_new_files_and_notebooks": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 100,
        "calls": 4,
        "lines": (3, 1),
    },
    "fork": {"turns": [("prompt", "completed")] * 3, "acts": ["prompt"] * 3, "tokens": 80, "calls": 1},
    "glued_objects_without_last_newline": {
        "turns": [("prompt", "completed")] * 2,
        "acts": ["prompt"] * 2,
        "tokens": 40,
    },
    "implausible_clock": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 20,
        "set_aside": ["implausible_time", "implausible_time", "malformed_record"],
    },
    "interrupts_of_both_kinds": {
        "turns": [("prompt", "interrupted"), ("prompt", "interrupted"), ("prompt", "completed")],
        "acts": ["prompt"] * 3,
        "events": ["interrupt", "interrupt"],
        "tokens": 60,
        "calls": 1,
    },
    "lone_surrogate_and_redacted_thinking": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 20,
    },
    "lower_bound_usage": {"turns": [("prompt", "completed")], "acts": ["prompt"], "tokens": 9, "calls": 1},
    "one_response_over_several_lines": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 205,
        "calls": 1,
    },
    "parallel_calls_out_of_time_order": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 40,
        "calls": 3,
    },
    "permission_modes": {
        "turns": [("prompt", "completed")] * 3,
        "acts": ["prompt"] * 3,
        "events": ["mode_change"],
        "tokens": 60,
    },
    "plan_accepted_in_place": {
        "turns": [("prompt", "plan_approval"), ("plan_accepted", "completed")],
        "acts": ["prompt", "plan_accepted"],
        "tokens": 80,
        "calls": 3,
    },
    "plan_sent_back": {
        "turns": [("prompt", "plan_approval"), ("plan_rejected", "completed")],
        "acts": ["prompt", "plan_rejected"],
        "tokens": 60,
        "calls": 2,
    },
    "plan_stopped_and_carried_out_elsewhere": {
        "turns": [("prompt", "plan_approval"), ("plan_implementation", "completed")],
        "acts": ["prompt", "plan_implementation"],
        "events": ["plan_stopped"],
        "tokens": 80,
        "calls": 3,
    },
    "questions_answered_timed_out_declined": {
        "turns": [
            ("prompt", "question"),
            ("answer", "completed"),
            ("prompt", "completed"),
            ("prompt", "question"),
        ],
        "acts": ["prompt", "answer", "prompt", "prompt"],
        "events": ["denial"],
        "tokens": 100,
        "calls": 3,
    },
    "shell_commands_and_how_they_end": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 160,
        "calls": 8,
    },
    "steering_only_in_the_queue": {
        "turns": [("prompt", "completed")] * 2,
        "acts": ["prompt", "steering", "steering", "prompt"],
        "tokens": 80,
        "calls": 2,
        "lines": (1, 0),
    },
    "sub_agent_in_file_and_progress": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 110,
        "calls": 2,
    },
    "sub_agent_in_progress_only": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 110,
        "calls": 2,
    },
    "synthetic_messages_and_api_errors": {
        "turns": [("prompt", "completed"), ("prompt", "error")],
        "acts": ["prompt"] * 2,
        "events": ["api_retry", "api_error"],
        "tokens": 20,
    },
    "two_session_ids_in_a_file": {
        "turns": [("prompt", "completed")] * 2,
        "acts": ["prompt"] * 2,
        "tokens": 40,
    },
    "unknown_and_corrupt_records": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 40,
        "calls": 2,
    },
    "user_records_of_every_class": {
        "turns": [
            ("prompt", "completed"),
            ("command", "completed"),
            ("background_notification", "completed"),
            ("prompt", "completed"),
            ("plan_implementation", "completed"),
            ("prompt", "interrupted"),
        ],
        "acts": ["prompt", "command", "command", "shell_command", "prompt", "plan_implementation", "prompt"],
        "events": ["interrupt"],
        "tokens": 160,
        "calls": 1,
    },
    "waits_gaps_and_long_tools": {
        "turns": [("prompt", "completed")],
        "acts": ["prompt"],
        "tokens": 60,
        "calls": 2,
        "lines": (1, 0),
    },
    # The warm-up's 7 tokens were paid for; it is no sub-agent.
    "warm_up": {"turns": [("prompt", "completed")], "acts": ["prompt"], "tokens": 117, "calls": 2},
    "windows_paths_and_worktrees": {
        "turns": [("prompt", "completed")] * 2,
        "acts": ["prompt"] * 2,
        "tokens": 60,
        "calls": 1,
        "lines": (1, 1),
    },
}
NOTHING: dict[str, Any] = {"events": [], "calls": 0, "lines": (0, 0), "set_aside": []}


def summary(tables: Tables) -> dict[str, Any]:
    return {
        "turns": [(row["opened_by"], row["end_reason"]) for row in tables.turns],
        "acts": tables.kinds(),
        "events": [row["event_kind"] for row in tables.events],
        "tokens": sum(row["output_tokens"] or 0 for row in tables.responses if not row["is_synthetic"]),
        "calls": len(tables.tool_calls),
        "lines": tuple(
            sum(row[name] or 0 for row in tables.tool_calls) for name in ("lines_added", "lines_removed")
        ),
        "set_aside": [row["reason"] for row in tables.quarantined_lines],
    }


@pytest.mark.parametrize("situation", sorted(EXPECTED))
def test_fixture_comes_to_what_it_was_made_for(tmp_path: Path, situation: str) -> None:
    tables = parse_folder(FIXTURES / situation, tmp_path / "archive")
    assert summary(tables) == NOTHING | EXPECTED[situation]
    assert violations(tables) == []


def test_every_fixture_is_expected_and_listed() -> None:
    folders = [path.name for source in SOURCES for path in (ALL_FIXTURES / source).iterdir()]
    readme = (ALL_FIXTURES / "README.md").read_text(encoding="utf-8")
    listed = [
        line.split("`")[1] for line in readme.splitlines() if line.startswith("| `") and "…" not in line
    ]
    assert sorted(folders) == sorted(listed)
    assert {path.name for path in FIXTURES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_golden_rows_are_what_parsing_gives(situation: str) -> None:
    expected = json.loads(golden_path(situation).read_text(encoding="utf-8"))
    assert json.loads(as_text(golden_rows(situation))) == expected
