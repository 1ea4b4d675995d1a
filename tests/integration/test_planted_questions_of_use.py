"""The worked questions about tools, commits, tokens and dollars on the demo's release: recounted in Python.

Expected values come from what was planted and from the rows of the lake, before any model of dbt; prices are
written out in plain_dollars.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from orchestration.publishing.project_files import PROJECT_DIR
from tests.demo_lake import DemoHome, Row, month_of, planted_time, projects_of, rows_of, week_of
from tests.plain_dollars import PRICES, READ, SEARCH, WRITE_1H, WRITE_5M

Ask = Callable[[str], list[Row]]
Lake = Callable[[str], list[Row]]


@pytest.fixture(scope="module")
def lake(home: DemoHome) -> Lake:
    """The rows of a raw table."""

    def read(table: str) -> list[Row]:
        files = str(home.settings.lake_dir / "raw" / f"raw_{table}" / "*" / "*.parquet")
        return rows_of(duckdb.execute("from read_parquet(?, union_by_name = true)", [files]))

    return read


@pytest.fixture(scope="module")
def uses(lake: Lake) -> list[Row]:
    """Every use of a model, with its dollars (None without a price)."""
    rows = [row | {"is_final": row["is_usage_final"]} for row in lake("responses") if not row["is_synthetic"]]
    rows += [row | {"is_final": row["is_usage_final"]} for row in lake("side_usages")]
    return [row | {"dollars": dollars_of(row)} for row in rows]


def dollars_of(use: Row) -> float | None:
    """Tokens times the prices of plain_dollars; the demo has no prompt of the length that costs more."""
    price = next((prices for start, prices in PRICES.items() if str(use["model"]).startswith(start)), None)
    if price is None or use["input_tokens"] is None or use["output_tokens"] is None:
        return None
    hour = use["cache_creation_1h_input_tokens"] or 0
    written = (use["cache_creation_input_tokens"] or 0) - hour
    read = use["cache_read_input_tokens"] or 0
    weighted = use["input_tokens"] + WRITE_5M * written + WRITE_1H * hour + READ * read
    searched = (use["web_search_request_count"] or 0) * SEARCH
    return (weighted * price[0] + use["output_tokens"] * price[1]) / 1e6 + searched


def summed_dollars(uses: list[Row], key: Callable[[Row], Any]) -> dict[Any, float]:
    found: dict[Any, float] = defaultdict(float)
    for use in uses:
        found[key(use)] += use["dollars"] or 0
    return found


def test_tokens_and_dollars_by_model_and_week(ask: Ask, uses: list[Row]) -> None:
    count: Counter[Any] = Counter()
    tokens: dict[Any, Counter[str]] = defaultdict(Counter)
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
    for use in uses:
        key = (week_of(use["responded_at"]), use["model"])
        count[key] += 1
        tokens[key].update({name: use[name] or 0 for name in names})
        tokens[key]["unpriced"] += use["dollars"] is None
        tokens[key]["not_final"] += not use["is_final"]
    dollars = summed_dollars(uses, lambda use: (week_of(use["responded_at"]), use["model"]))
    rows = ask("tokens_and_dollars_by_model_and_week")
    found = {(row["responded_week"], row["model"]): row for row in rows}
    assert {key: row["uses"] for key, row in found.items()} == count
    for key, row in found.items():
        assert {name: row[name] for name in names} == {name: tokens[key][name] for name in names}
        assert (row["unpriced_uses"], row["lower_bound_uses"]) == (
            tokens[key]["unpriced"], tokens[key]["not_final"],
        )  # fmt: skip
        assert row["dollars"] == pytest.approx(dollars[key], abs=0.006)
    assert sum(dollars.values()) > 1


def test_tools_by_error_rate(ask: Ask, lake: Lake) -> None:
    calls: dict[str, list[Row]] = defaultdict(list)
    for call in lake("tool_calls"):
        if call["has_result"]:
            calls[call["tool_name"]].append(call)
    rows = ask("tools_by_error_rate")
    assert {row["tool_name"] for row in rows} == {name for name, own in calls.items() if len(own) >= 10}
    for row in rows:
        own = calls[row["tool_name"]]
        errors = sum(call["is_error"] for call in own)
        assert (row["results"], row["errors"]) == (len(own), errors)
        assert row["error_share"] == pytest.approx(errors / len(own), abs=0.001)
        stopped = [call for call in own if call["error_kind"] in ("denied_by_user", "interrupted")]
        assert row["stopped_by_a_person"] == len(stopped)
        assert row["sessions"] == len({call["session_id"] for call in own})
    shares = [row["error_share"] for row in rows]
    assert shares == sorted(shares, reverse=True)


def test_commits_and_their_sessions(ask: Ask, home: DemoHome, lake: Lake, uses: list[Row]) -> None:
    """The truth says how many; the events of a session in order say what came before and after."""
    planted = {one.session_id: one.counts.commit_count for one in home.truth.sessions}
    events: dict[str, list[Row]] = defaultdict(list)
    for event in lake("events"):
        events[event["session_id"]].append(event)
    dollars = summed_dollars(uses, lambda use: use["session_id"])
    found = {row["session_id"]: row for row in ask("commits_and_their_sessions")}
    assert {name: row["commits"] for name, row in found.items()} == {k: n for k, n in planted.items() if n}
    for name, row in found.items():
        own = sorted(events[name], key=lambda event: event["occurred_at"])
        commits = [one for one in own if one["event_kind"] == "commit" and one["is_success"] is not False]
        tested = 0
        for commit in commits:
            before = [
                one for one in own
                if one["event_kind"] == "test_run" and one["occurred_at"] <= commit["occurred_at"]
            ]  # fmt: skip
            last = [one["is_success"] for one in before if one["occurred_at"] == before[-1]["occurred_at"]]
            tested += bool(last) and all(last)
        assert row["commits_after_passing_tests"] == tested
        first = commits[0]["occurred_at"]
        for column, kind in (("is_pushed", "push"), ("has_pull_request", "pull_request_opened")):
            later = [one for one in own if one["event_kind"] == kind and one["occurred_at"] >= first]
            assert row[column] == any(one["is_success"] is not False for one in later), (name, column)
        assert row["dollars"] == pytest.approx(dollars[name], abs=0.006)
    assert sum(row["commits_after_passing_tests"] for row in found.values()) > 0
    assert {row["is_pushed"] for row in found.values()} == {True, False}


def test_dollars_per_commit(ask: Ask, home: DemoHome, uses: list[Row]) -> None:
    by_session = summed_dollars(uses, lambda use: use["session_id"])
    months: dict[Any, list[Any]] = defaultdict(list)
    for session in home.truth.sessions:
        months[month_of(planted_time(session.started_at))].append(session)
    found = {row["started_month"]: row for row in ask("dollars_per_commit")}
    assert found.keys() == months.keys()
    for month, row in found.items():
        own = months[month]
        commits = sum(session.counts.commit_count for session in own)
        dollars = sum(by_session[session.session_id] for session in own)
        committing = [session for session in own if session.counts.commit_count]
        theirs = sum(by_session[session.session_id] for session in committing)
        assert (row["sessions"], row["committing_sessions"]) == (len(own), len(committing))
        assert row["commits"] == commits > 0
        assert row["dollars"] == pytest.approx(dollars, abs=0.006)
        assert row["dollars_per_commit"] == pytest.approx(dollars / commits, abs=0.006)
        assert row["dollars_per_commit_of_committing_sessions"] == pytest.approx(theirs / commits, abs=0.006)


def test_languages(ask: Ask, lake: Lake) -> None:
    with (PROJECT_DIR / "seeds" / "file_languages.csv").open(encoding="utf-8") as file:
        languages = {row["file_extension"]: row["file_language"] for row in csv.DictReader(file)}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    sessions: dict[str, set[str]] = defaultdict(set)
    for call in lake("tool_calls"):
        extension = call["file_extension"]
        if extension is not None:
            language = languages.get(extension, f".{extension}")
            sessions[language].add(call["session_id"])
            sums[language].update(
                reads=call["tool_category"] == "read",
                edits=call["tool_category"] == "edit",
                lines_added=call["lines_added"] or 0,
                lines_removed=call["lines_removed"] or 0,
                unknown_line_calls=call["has_unknown_lines"],
            )
    found = {row["language"]: row for row in ask("languages")}
    assert found.keys() == sums.keys()
    assert "Python" in found
    for language, row in found.items():
        for column in ("reads", "edits", "lines_added", "lines_removed", "unknown_line_calls"):
            assert (row[column] or 0) == sums[language][column], (language, column)
        assert row["sessions"] == len(sessions[language])


def test_what_was_set_aside(ask: Ask, home: DemoHome) -> None:
    rows = ask("what_was_set_aside")
    pieces = [row for row in rows if row["item_kind"] == "piece_of_a_file"]
    assert sum(row["items"] for row in pieces) == home.truth.files.bad_line_count > 0
    assert [row for row in rows if row["item_kind"] == "session"] == []


def test_spend_by_project(ask: Ask, home: DemoHome, uses: list[Row]) -> None:
    projects = {name: home.pseudonyms.project(root) for name, root in projects_of(home).items()}
    dollars = summed_dollars(uses, lambda use: projects[use["session_id"]])
    of_sub_agents = summed_dollars(
        [use for use in uses if use["is_sidechain"]], lambda use: projects[use["session_id"]]
    )
    people: dict[str, set[str]] = defaultdict(set)
    for session in home.truth.sessions:
        people[projects[session.session_id]] |= {session.user} - {None}  # type: ignore[arg-type]
    rows = ask("spend_by_project")
    found = {row["project_id"]: row for row in rows}
    assert found.keys() == dollars.keys()
    for project, row in found.items():
        assert row["dollars"] == pytest.approx(dollars[project], abs=0.006)
        assert row["sub_agent_share"] == pytest.approx(of_sub_agents[project] / dollars[project], abs=0.001)
        assert row["users"] <= len(people[project])
    spent = [row["dollars"] for row in rows]
    assert spent == sorted(spent, reverse=True)


def test_denied_tools(ask: Ask, lake: Lake) -> None:
    """What parsing noted of a denial is the tool, without a join."""
    calls = Counter(call["tool_name"] for call in lake("tool_calls") if call["has_call"])
    denied: dict[str, list[Row]] = defaultdict(list)
    for event in lake("events"):
        if event["event_kind"] in ("denial", "plan_stopped") and event["tool_use_id"]:
            denied[event["detail"]].append(event)
    accepted = denied.pop("ExitPlanMode", [])
    rows = {row["tool_name"]: row for row in ask("denied_tools") if row["tool_name"] != "ExitPlanMode"}
    assert {name: row["denials"] for name, row in rows.items()} == {n: len(own) for n, own in denied.items()}
    assert len(rows) > 1
    assert accepted, "the demo stops plans, which are settled elsewhere"
    for name, row in rows.items():
        assert row["calls"] == calls[name]
        assert row["denied_share"] == pytest.approx(len(denied[name]) / calls[name], abs=0.0001)
        assert row["sessions"] == len({event["session_id"] for event in denied[name]})
        assert row["people"] == len({event["user_id"] for event in denied[name]} - {None})
