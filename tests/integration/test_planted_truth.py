"""Archive and parser on the demo corpus: every row adds up to what the generator planted.

The truth was counted while the files were written, without the parser; a difference names the session,
what stands in it, and both numbers.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from orchestration.demo import SessionTruth
from orchestration.stages import open_archive, parse_context
from tests.demo_lake import DemoHome, Differences, Row, by_session, planted_time, projects_of
from tests.parsed import Tables, parse_archive

TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
DONE = {"commit": "commit_count", "push": "push_count", "pull_request_opened": "pull_request_count"}
"""Events that count unless they are known to have failed."""

SEEN = {
    "test_run": "test_run_count",
    "interrupt": "interrupt_count",
    "denial": "denial_count",
    "compaction": "compaction_count",
    "api_error": "api_error_count",
    "api_retry": "api_retry_count",
}
"""Events that count whatever came of them."""


@pytest.fixture(scope="module")
def tables(archived: DemoHome) -> Tables:
    with open_archive(archived.settings) as archive:
        return parse_archive(archive, settings=parse_context(archived.settings), workers=2)


@pytest.fixture(scope="module")
def rows(tables: Tables) -> dict[str, dict[str, list[Row]]]:
    """Rows by table and session."""
    return {
        name: by_session(found) for name, found in tables.rows.items() if found and "session_id" in found[0]
    }


def test_sessions_are_the_planted_lineages(archived: DemoHome, tables: Tables) -> None:
    planted = {session.session_id for session in archived.truth.sessions}
    assert {row["session_id"] for row in tables.sessions} == planted
    assert len(tables.sessions) == len(planted)


def test_other_session_ids_of_a_lineage_are_its_aliases(archived: DemoHome, tables: Tables) -> None:
    planted = {alias: s.session_id for s in archived.truth.sessions for alias in s.aliases}
    assert {row["alias_session_id"]: row["session_id"] for row in tables.session_aliases} == planted
    assert planted


def test_sessions_carry_the_planted_facts(archived: DemoHome, tables: Tables) -> None:
    found = {row["session_id"]: row for row in tables.sessions}
    different = Differences()
    for session in archived.truth.sessions:
        planted = {
            "started_at": planted_time(session.started_at),
            "ended_at": planted_time(session.ended_at),
            "cli_version": session.cli_version,
            "entrypoint": session.entrypoint,
            "is_cleared_start": session.is_cleared_start,
            "subagent_count": session.counts.subagent_count,
            # resuming under a new id copies the records: that is a fork, wherever the two go on
            "branch_count": 2 if "fork_rewritten" in session.situations else 1,
            "is_warmup_only": False,
        }
        different.compare(session, planted, found[session.session_id])
    different.must_be_none()


def test_users_and_projects_are_the_planted_ones_under_pseudonyms(archived: DemoHome, tables: Tables) -> None:
    key = archived.pseudonyms
    found = {row["session_id"]: row for row in tables.sessions}
    roots: dict[str, set[Any]] = {}
    projects = projects_of(archived)
    different = Differences()
    for session in archived.truth.sessions:
        user = key.user(session.user) if session.user else None
        different.compare(session, {"user_id": user}, found[session.session_id])
        name = projects[session.session_id]
        roots.setdefault(name, set()).add(found[session.session_id]["project_id"])
    different.must_be_none()
    assert all(len(ids) == 1 and None not in ids for ids in roots.values()), "a project has several ids"
    assert len(set.union(*roots.values())) == len(roots), "several projects share an id"


def test_responses_and_tokens_are_the_planted_ones(
    archived: DemoHome, rows: dict[str, dict[str, list[Row]]]
) -> None:
    different = Differences()
    for session in archived.truth.sessions:
        own = rows["raw_responses"][session.session_id]
        real = [row for row in own if not row["is_synthetic"]]
        spawned = {call["spawned_agent_id"] for call in rows["raw_tool_calls"].get(session.session_id, [])}
        found = {
            "message_count": len(real),
            "root_message_count": sum(not row["is_sidechain"] for row in real),
            "warmup_message_count": sum(
                row["is_sidechain"] and row["agent_id"] not in spawned for row in real
            ),
            "synthetic_message_count": len(own) - len(real),
            "is_usage_final": all(row["is_usage_final"] for row in real),
            **{column: sum(row[column] for row in real) for column in TOKENS},
        }
        different.compare(session, _planted(session, found), found)
    different.must_be_none()


def test_tool_calls_their_errors_and_lines_are_the_planted_ones(
    archived: DemoHome, rows: dict[str, dict[str, list[Row]]]
) -> None:
    different = Differences()
    for session in archived.truth.sessions:
        own = rows["raw_tool_calls"].get(session.session_id, [])
        found = {
            "tool_call_count": sum(row["has_call"] for row in own),
            "root_tool_call_count": sum(row["has_call"] and not row["is_sidechain"] for row in own),
            "tool_error_count": sum(row["is_error"] for row in own),
            "lines_added": sum(row["lines_added"] or 0 for row in own),
            "lines_removed": sum(row["lines_removed"] or 0 for row in own),
            "tool_errors": _counted(row["error_kind"] for row in own if row["error_kind"]),
        }
        different.compare(session, _planted(session, found), found)
    different.must_be_none()


def test_human_acts_are_the_planted_ones_by_kind(
    archived: DemoHome, rows: dict[str, dict[str, list[Row]]]
) -> None:
    different = Differences()
    for session in archived.truth.sessions:
        own = rows["raw_human_acts"].get(session.session_id, [])
        prompts = [row for row in own if row["act_kind"] in ("prompt", "steering") and row["is_typed"]]
        found = {
            "acts": _counted(row["act_kind"] for row in own),
            "human_act_count": len(own),
            "human_prompt_count": len(prompts),
            "queued_prompt_count": sum(row["is_mid_run"] for row in prompts if row["act_kind"] == "prompt"),
        }
        different.compare(session, _planted(session, found), found)
    different.must_be_none()


def test_events_are_the_planted_ones_by_kind(
    archived: DemoHome, rows: dict[str, dict[str, list[Row]]]
) -> None:
    different = Differences()
    for session in archived.truth.sessions:
        own = rows["raw_events"].get(session.session_id, [])
        kinds = Counter(row["event_kind"] for row in own)
        done = Counter(row["event_kind"] for row in own if row["is_success"] is not False)
        found = {column: kinds[kind] for kind, column in SEEN.items()}
        found |= {column: done[kind] for kind, column in DONE.items()}
        different.compare(session, _planted(session, found), found)
        handed_over = "plan_handed_over" in session.situations
        different.compare(session, {"plan_stopped": int(handed_over)}, kinds)
    different.must_be_none()


def test_a_handed_over_plan_has_the_same_key_in_both_sessions(
    archived: DemoHome, tables: Tables, rows: dict[str, dict[str, list[Row]]]
) -> None:
    """Which session carries out whose plan is settled in the warehouse, by this key."""
    planted = {
        s.session_id: s.continues_session_id for s in archived.truth.sessions if s.continues_session_id
    }
    assert planted
    for later, earlier in planted.items():
        (stop,) = [e for e in rows["raw_events"][str(earlier)] if e["event_kind"] == "plan_stopped"]
        assert tables.one("sessions", session_id=later)["implements_plan_hash"] == stop["plan_hash"]
    others = [row for row in tables.sessions if row["session_id"] not in planted]
    assert {row["implements_plan_hash"] for row in others} == {None}


def test_turns_open_end_and_last_as_planted(
    archived: DemoHome, rows: dict[str, dict[str, list[Row]]]
) -> None:
    different = Differences()
    for session in archived.truth.sessions:
        own = sorted(rows["raw_turns"].get(session.session_id, []), key=lambda row: row["started_at"])
        acts = {row["act_id"]: row for row in rows["raw_human_acts"].get(session.session_id, [])}
        if len(own) != len(session.turns):
            different.compare(session, {"turns": len(session.turns)}, {"turns": len(own)})
            continue
        clarifications = sum(row["clarification_count"] for row in own)
        different.compare(
            session,
            {"clarifications": session.counts.clarification_count},
            {"clarifications": clarifications},
        )
        for number, (turn, row) in enumerate(zip(session.turns, own, strict=True), start=1):
            act = acts.get(row["opening_act_id"])
            planted = {
                "turn_number": number,
                "opened_by": turn.opened_by,
                "end_reason": turn.end_reason,
                "started_at": planted_time(turn.started_at),
                "ended_at": planted_time(turn.ended_at),
                "wall_seconds": turn.wall_seconds,
                "permission_mode": turn.permission_mode,
                "tool_call_count": turn.tool_call_count,
                "is_background": turn.is_background,
                "is_interrupted": turn.is_interrupted,
                "has_agent_work": turn.has_agent_work,
                "is_opened_by_an_act": not turn.is_background,
                "is_mode_stated": turn.is_mode_stated and not turn.is_background,
            }
            derived = {
                "is_interrupted": row["interrupt_count"] > 0,
                "is_opened_by_an_act": act is not None,
                "is_mode_stated": act is not None and act["permission_mode"] is not None,
            }
            different.compare(session, planted, row | derived)
    different.must_be_none()


def test_every_planted_defect_of_the_files_is_counted(archived: DemoHome, tables: Tables) -> None:
    planted, files = archived.truth.files, tables.files
    unknown: Counter[str] = Counter()
    duplicates = 0
    for row in tables.record_counts:
        if row["disposition"] == "unknown":
            unknown[row["record_type"]] += row["object_count"]
        duplicates += row["object_count"] if row["disposition"] == "duplicate" else 0
    assert len(files) == planted.file_count
    assert sum(row["line_count"] for row in files) == planted.line_count
    assert sum(row["object_count"] for row in files) == planted.object_count
    assert sum(row["glued_object_count"] for row in files) == planted.glued_line_count
    assert sum(not row["has_final_newline"] for row in files) == planted.missing_final_newline_count
    assert sum(row["bad_piece_count"] for row in files) == planted.bad_line_count == 1
    assert len(tables.quarantined_lines) == planted.bad_line_count
    assert dict(unknown) == planted.unknown_record_types
    assert duplicates == planted.duplicate_record_count


def test_every_object_has_exactly_one_fate(tables: Tables) -> None:
    assert all(objects == fates for objects, fates in tables.accounted().values())


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    return dict(Counter(kinds))


def _planted(session: SessionTruth, found: dict[str, Any]) -> dict[str, Any]:
    """The session's truth under the names of `found`, from its counts or from the session itself."""
    return {
        name: getattr(session.counts if hasattr(session.counts, name) else session, name) for name in found
    }
