"""Logs of API traffic go the way of every source: archive, gates, lake, marts, deletion.

What they add to a lake changes no figure of another agent, and a lone request is in no figure of sessions.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from classifiers.session_record import sessions_of_day
from classifiers.subject.parts import Limits
from classifiers.subject.render_session import SUBJECT_COLUMNS, render_session
from expectations.validate import judge_dates
from orchestration.date_states import dirty_days
from orchestration.forgetting.forget import forget_person
from orchestration.ingest.redaction import redact
from orchestration.ingest.rows import RAW_TABLES
from orchestration.landing.chunk import LandingRun
from orchestration.settings import Settings, load_settings
from orchestration.stages import archive_transcripts, discover, land_raw, open_archive, reader_of
from tests.claude_lake import label_by_claude
from tests.dbt_runs import FACTS, METRICS, PERSONAL, TEAM, Home, Step, cells
from tests.demo_lake import query_file
from tests.exchanges import LINKING, START, Conversation, log, parse_logs, to_bytes, work
from tests.integration.test_two_agents import different, metrics_tables
from tests.planted_duels import write_asked_apart
from tests.raw_lake import AGENT, small_lake
from tests.small_git import add_git

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
SECRET = "sk-ant-api03-" + "Qw3" * 30


def written(folder: Path, **logs: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, lines in logs.items():
        (folder / f"{name}.jsonl").write_bytes(to_bytes(lines))
    return folder


def landed(home: Path, folder: Path, **settings: Any) -> Settings:
    """A home after one run of the steps up to the lake."""
    used = load_settings(home=home, transcripts=(str(folder),), workers=1, **settings)
    report = archive_transcripts(used, discover(used), now=NOW)
    assert (report.unreadable, report.unknown) == ((), ())
    done = land_raw(used, dirty_days(used), LandingRun("run", NOW, judge_dates))
    assert not done.has_stopped, done.stopped
    return used


def rows(settings: Settings, table: str) -> list[dict[str, Any]]:
    files = sorted((settings.raw_dir / f"raw_{table}").glob("session_date=*/*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def test_a_log_lands_through_the_gates_and_linking_can_be_turned_on_and_off(tmp_path: Path) -> None:
    one, other = Conversation(key=SECRET, customer=None), Conversation(at=START.replace(hour=11))
    folder = written(tmp_path / "logs", monday=log(work(one), work(other))[:4], tuesday=log(one, other)[3:])
    settings = landed(tmp_path / "home", folder)
    assert [row["surface"] for row in rows(settings, "sessions")] == ["api_request"] * 6
    linked = landed(tmp_path / "home", folder, api_linking=True)
    assert [row["record_count"] for row in rows(linked, "sessions")] == [3, 3]
    assert [row["has_result"] for row in rows(linked, "tool_calls")] == [True] * 4
    fates = sum(row["object_count"] for row in rows(linked, "record_counts"))
    assert fates == sum(row["object_count"] for row in rows(linked, "files")) == 7
    again = landed(tmp_path / "home", folder)
    assert [row["surface"] for row in rows(again, "sessions")] == ["api_request"] * 6
    # The archive keeps logs as they are; nothing else of the home holds the key.
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file() and "objects" not in path.parts:
            assert SECRET.encode() not in path.read_bytes(), path


def test_a_log_of_another_gateway_is_read_by_a_mapping_file(tmp_path: Path) -> None:
    def renamed(line: dict[str, Any]) -> dict[str, Any]:
        return {
            "ts": datetime.fromisoformat(line["time"]).timestamp(),
            "who": {"key_id": line["api_key"], "team": line["customer"]},
            "payload": json.dumps(line["request"]),
            "result": line["response"],
        }

    lines = [renamed(line) for line in work(Conversation()).lines]
    folder = written(tmp_path / "logs", day=lines)
    mapping = tmp_path / "gateway.toml"
    mapping.write_text(
        'name = "ours"\nhas = ["ts", "payload"]\n[fields]\ntime = "ts"\napi_key = "who.key_id"\n'
        'customer = "who.team"\nrequest = "payload"\nresponse = "result"\n'
    )
    settings = load_settings(home=tmp_path / "none", transcripts=(str(folder),))
    assert [path.name for path, _ in discover(settings).unknown] == ["day.jsonl"]
    settings = landed(tmp_path / "home", folder, api_mapping=mapping, api_linking=True)
    assert [row["record_count"] for row in rows(settings, "sessions")] == [3]
    assert {row["text"] for row in rows(settings, "responses")} == {"I look.", "Done."}


def test_a_deleted_customer_takes_their_logs_and_stays_out(tmp_path: Path) -> None:
    ann, bob = Conversation(customer="ann", key="sk-a"), Conversation(customer="bob", key="sk-b")
    folder = written(tmp_path / "logs", ann=work(ann).lines, bob=work(bob).lines)
    settings = landed(tmp_path / "home", folder, api_linking=True)
    assert len({row["user_id"] for row in rows(settings, "sessions")}) == 2
    forget_person(settings, user="ann", now=NOW, is_confirmed=True)
    written(folder, later=work(ann, task="More.").lines)
    settings = landed(tmp_path / "home", folder, api_linking=True)
    assert [row["record_count"] for row in rows(settings, "sessions")] == [3]
    with open_archive(settings) as archive:
        keys = archive._db.execute("select count(*) from record_keys").fetchone()[0]
        parents = archive._db.execute("select count(distinct stamp_id) from parents").fetchone()[0]
    assert (keys, parents) == (3, 2)  # bob's: three ends of exchanges, two requests with something before


@pytest.mark.parametrize("is_linked", [False, True])
def test_a_call_can_be_rendered_with_all_that_came_before_it(tmp_path: Path, is_linked: bool) -> None:
    folder = written(tmp_path / "logs", day=work(Conversation()).lines)
    settings = landed(tmp_path / "home", folder, api_linking=is_linked)
    sessions = list(sessions_of_day(reader_of(settings, START.date()), columns=SUBJECT_COLUMNS))
    assert [session.is_session for session in sessions] == ([True] if is_linked else [False] * 3)
    shown = [
        "\n".join(record.text for record in render_session(
            session, redactor=redact.Redactor(), limits=Limits(part_tokens=10_000)
        ).records)
        for session in sessions
    ]  # fmt: skip
    (text,) = [
        text
        for session, text in zip(sessions, shown, strict=True)
        if any("step1" in (call.input_text or "") for call in session.calls)
    ]
    in_order = ["You help in the shop.", "Add a test.", "pytest step0", "step0 passed", "pytest step1"]
    places = [text.index(words) for words in in_order]
    assert places == sorted(places)
    assert text.index("step0 passed") < text.rindex("I look.") < text.index("pytest step1")


@pytest.fixture(scope="module", params=[False, True], ids=["alone", "linked"])
def with_traffic(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[bool, Home]:
    """The small lake and the traffic of twenty customers, three conversations of each."""
    folder = tmp_path_factory.mktemp("traffic")
    home, lake = Home(folder), small_lake()
    label_by_claude(lake)
    add_git(lake)
    october = datetime(2025, 10, 6, 9, tzinfo=UTC)
    conversations = [
        work(
            Conversation(
                customer=f"customer-{who}", key=f"sk-{who}", at=october + timedelta(days=day, minutes=who)
            )
        )
        for who in range(20)
        for day in range(3)
    ]
    tables = parse_logs(folder, log(*conversations), options=LINKING if request.param else None)
    for table in RAW_TABLES:
        for row in tables.rows[table.name]:
            times = (
                row.get(name)
                for name in ("called_at", "responded_at", "written_at", "started_at", "archived_at")
            )
            day = next((at.date() for at in times if at is not None), october.date())
            lake.add(table.name.removeprefix("raw_"), day, table.row_type(**row))
    lake.write(home.lake_dir)
    write_asked_apart(home.lake_dir)
    for step in home.run(FACTS, TEAM, METRICS):
        assert step.success, step.message
    return request.param, home


def test_traffic_changes_no_figure_of_another_agent(
    small_team: tuple[Home, list[Step]], with_traffic: tuple[bool, Home]
) -> None:
    _, home = with_traffic
    for table in sorted(metrics_tables(home)):
        alone, beside = (cells(built, table, agent=AGENT) for built in (small_team[0], home))
        assert different(alone, beside) == [], table


def test_a_lone_request_is_in_no_figure_of_sessions(with_traffic: tuple[bool, Home]) -> None:
    is_linked, home = with_traffic
    _, step = home.run(PERSONAL, METRICS)
    assert step.success, step.message
    found = {
        (table, row["metric_name"]): row
        for table in metrics_tables(home)
        for row in cells(home, table, agent="api_traffic")
        if row["period_kind"] == "overall"
        and row["segment_name"] in ("all", "surface")
        # Of a quantile without a session there is a row that says so.
        and row["estimate"] is not None
    }
    assert found["rpt_usage", "responses"]["numerator"] == 180
    assert found["rpt_usage", "users_with_use"]["numerator"] == 20
    of_sessions = {name for _, name in found if "session" in name or "interactive" in name}
    if not is_linked:
        assert of_sessions == set()
        assert {table for table, _ in found} == {"rpt_usage", "rpt_boundaries"}  # of requests, of calls
    else:
        assert found["rpt_usage", "sessions_with_use"]["numerator"] == 60
        surfaces = found["rpt_activity", "sessions_by_surface"]
        assert (surfaces["segment_value"], surfaces["numerator"]) == ("api_chain", 60)
        assert found["rpt_activity", "interactive_share"]["numerator"] == 0


def test_calls_have_a_deployment_and_say_whether_they_are_in_a_session(
    with_traffic: tuple[bool, Home],
) -> None:
    is_linked, home = with_traffic
    told = query_file(
        home.warehouse_path,
        "select agent, count(*) as n, count(distinct deployment_id) as deployments, "
        "bool_and(is_in_session) as are_in_session from marts.fct_tool_calls group by 1 order by 1",
    )
    (traffic,) = [row for row in told if row["agent"] == "api_traffic"]
    assert (traffic["n"], traffic["deployments"], traffic["are_in_session"]) == (120, 20, is_linked)
    (others,) = [row for row in told if row["agent"] == AGENT]
    assert (others["deployments"], others["are_in_session"]) == (0, True)
