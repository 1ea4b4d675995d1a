"""The demo's events, titles and evidence: what transcripts record besides, against what was planted.

Counts come from the truth, titles from the files as they were written, evidence from the lake's labels before
any model of dbt.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from orchestration.desk.release_file import opened_release
from orchestration.desk.session_page import session_page
from tests.demo_lake import DemoHome, Differences, ReleasedDemo, Row, month_of, rows_of, week_of

COUNTED = {
    "interrupt_count": "interrupt",
    "denial_count": "denial",
    "compaction_count": "compaction",
    "commit_count": "commit",
    "push_count": "push",
    "pull_request_count": "pull_request_opened",
    "test_run_count": "test_run",
    "api_error_count": "api_error",
    "api_retry_count": "api_retry",
}
"""Planted count of a session → the kind of its events."""

LABELLED_BY_RULES = (
    "work_mode", "codebase_relation", "outcome", "success_evidence", "failure_evidence", "reversibility",
)  # fmt: skip


@pytest.fixture(scope="module")
def events(home: DemoHome) -> list[Row]:
    return home.query("select * from marts.fct_events")


@pytest.fixture(scope="module")
def titles(home: DemoHome) -> dict[str, str]:
    """The last title that a session's files state, read without the parser."""
    return {
        session.session_id: stated[-1]
        for session in home.truth.sessions
        if (stated := [title for name in session.files for title in _titles_in(home, name)])
    }


def _titles_in(home: DemoHome, name: str) -> Iterator[str]:
    for line in (home.transcripts / name).read_text(encoding="utf-8", errors="replace").splitlines():
        if '"ai-title"' in line:
            yield json.loads(line)["aiTitle"]


def test_events_of_a_session_are_those_that_were_planted(home: DemoHome, events: list[Row]) -> None:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        found[event["session_id"]][event["event_kind"]] += event["is_counted"]
    different = Differences()
    for session in home.truth.sessions:
        planted = {kind: getattr(session.counts, name) for name, kind in COUNTED.items()}
        different.compare(session, planted, found[session.session_id])
    different.must_be_none()
    seen = Counter(event["event_kind"] for event in events)
    assert min(seen[kind] for kind in COUNTED.values()) > 0, "the demo plants every kind"
    assert seen["rollback"] > 0
    assert seen["plan_accepted"] > 0


def test_an_event_has_the_periods_of_its_time_and_leads_to_its_call(
    home: DemoHome, events: list[Row]
) -> None:
    calls = {row["tool_call_id"]: row for row in home.query("select * from marts.fct_tool_calls")}
    for event in events:
        at: datetime = event["occurred_at"]
        assert (event["occurred_local_date"], event["occurred_week"], event["occurred_month"]) == (
            at.date(), week_of(at), month_of(at),
        )  # fmt: skip
        if event["event_kind"] in ("commit", "push", "test_run", "denial"):
            assert calls[event["tool_call_id"]]["session_id"] == event["session_id"]
    denied = {e["tool_call_id"] for e in events if e["event_kind"] == "denial"}
    assert {calls[one]["error_kind"] for one in denied} == {"denied_by_user"}


def test_a_team_s_events_name_no_commit_and_no_pull_request(events: list[Row], home: DemoHome) -> None:
    names = ("commit_sha", "pull_request_number", "pull_request_repository")
    assert {event[name] for event in events for name in names} == {None}
    (staged,) = home.query(
        "select count(commit_sha) as commits, count(pull_request_number) as requests"
        " from staging.stg_transcripts__events"
    )
    assert min(staged.values()) > 0, "the transcripts state them"


def test_sessions_have_the_last_title_of_their_files(home: DemoHome, titles: dict[str, str]) -> None:
    rows = home.query("select session_id, title from staging.stg_transcripts__sessions")
    assert len(titles) > 20
    assert {row["session_id"]: row["title"] for row in rows if row["title"] is not None} == titles


def test_a_title_is_on_the_session_s_page_and_in_no_release(
    released: ReleasedDemo, titles: dict[str, str]
) -> None:
    session_id, title = sorted(titles.items())[0]
    with opened_release(released.release.folder / "marts.duckdb") as marts:
        _, page = session_page(released.home.settings, marts, session_id)
        texts = marts.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
            " and not internal and schema_name in ('main', 'metrics')"
        ).fetchall()
        assert len(texts) > 100
        for schema, table, column in texts:
            query = f'select count(*) from "{schema}"."{table}" where "{column}" = ?'  # noqa: S608 - ours
            assert marts.execute(query, [title]).fetchall() == [(0,)], (table, column)
    assert f"<h1>{title}</h1>" in page


@pytest.fixture(scope="module")
def cited(home: DemoHome) -> dict[tuple[str, str, str], int]:
    """Classifier, unit and record of every citation of the rules' labels, with its items, from the lake."""
    found: Counter[tuple[str, str, str]] = Counter()
    for label in _labels(home, *LABELLED_BY_RULES):
        for record in label["evidence_record_ids"]:
            found[label["classifier"], label["unit_id"], record] += 0
    for name in ("success_evidence", "failure_evidence"):
        for item in _labels(home, f"{name}_items"):
            found[name, item["unit_id"], item["record_id"]] += 1
    return dict(found)


def _labels(home: DemoHome, *tables: str) -> Iterator[dict[str, Any]]:
    for table in tables:
        files = sorted((home.settings.lake_dir / "labels").glob(f"{table}/session_date=*/*.parquet"))
        for file in files:
            yield from rows_of(duckdb.execute("from read_parquet(?)", [str(file)]))


def test_every_record_that_a_label_cites_is_a_row(
    home: DemoHome, cited: dict[tuple[str, str, str], int]
) -> None:
    rows = home.query("select * from marts.fct_label_evidence")
    found = {(row["classifier"], row["unit_id"], row["record_id"]): row["item_count"] for row in rows}
    assert len(rows) == len(found)
    assert found == cited
    assert sum(count > 0 for count in cited.values()) > 50
    assert {row["record_kind"] for row in rows} >= {"human_act", "tool_result", "tool_call"}
    assert [row for row in rows if row["record_kind"] is None or row["recorded_at"] is None] == []


def test_a_cited_record_leads_to_the_row_that_it_is(home: DemoHome) -> None:
    """Joined as its description says: one row or several of the session, none where the kind has no mart."""
    (found,) = home.query("""
        select
            count(*) filter (where record_kind = 'human_act') as acts,
            count(*) filter (where record_kind = 'human_act' and exists (
                from marts.fct_human_acts as a
                where a.session_id = e.session_id and e.record_id in (a.record_id, a.act_id)
            )) as found_acts,
            count(*) filter (where record_kind in ('tool_call', 'tool_result')) as calls,
            count(*) filter (where record_kind in ('tool_call', 'tool_result') and exists (
                from marts.fct_tool_calls as c
                where c.session_id = e.session_id and e.record_id in (c.record_id, c.result_record_id)
            )) as found_calls
        from marts.fct_label_evidence as e
    """)
    assert found["found_acts"] == found["acts"] > 100
    assert found["found_calls"] == found["calls"] > 100
