"""Small cells of the demo's release: hidden or left out in team mode, all shown in personal mode.

The demo plants one user who alone writes prose. Every table of the metrics schema is held to the rule;
a new one is judged without being named here.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from expectations.suites.warehouse import FIGURES
from orchestration.privacy.groupings import ALL_OTHER
from tests.demo_lake import DemoHome, ReleasedDemo, Row, query_file
from tests.planted_answers import is_close

COUNTS = ("numerator", "denominator", "n_sessions", "n_users")
"""What a suppressed row of rates may keep, where it is told all the same."""

RATE_TABLES = (
    "rpt_activity",
    "rpt_label_coverage",
    "rpt_label_shares",
    "rpt_oversight_by_experience",
    "rpt_session_outcomes",
)


@pytest.fixture(scope="module")
def metrics_file(released: ReleasedDemo) -> Path:
    return released.release.folder / "metrics.duckdb"


def tables_of(path: Path) -> Iterator[tuple[str, list[Row], set[str]]]:
    """Name, rows and columns of numbers of every table that counts people; a release has them in `main`."""
    columns = query_file(
        path,
        "select c.* from duckdb_columns() c semi join duckdb_tables() t "
        "on c.schema_name = t.schema_name and c.table_name = t.table_name "
        "where c.schema_name in ('metrics', 'main')",
    )
    assert columns
    for schema, table in sorted({(column["schema_name"], column["table_name"]) for column in columns}):
        own = {column["column_name"] for column in columns if column["table_name"] == table}
        numbers = {
            column["column_name"]
            for column in columns
            if column["table_name"] == table and column["data_type"] in {"BIGINT", "INTEGER", "DOUBLE"}
        }
        if not {"n_users", "n_sessions", "is_suppressed"} <= own:
            continue  # the table counts nobody
        yield table, query_file(path, f'select * from {schema}."{table}"'), numbers  # noqa: S608 - our own file


def test_no_published_cell_shows_fewer_people_or_sessions_than_allowed(
    released: ReleasedDemo, metrics_file: Path
) -> None:
    """Suppressed rows included, which may keep counts. Where nobody is, there is nobody to protect."""
    settings, seen, filled = released.home.settings, 0, set()
    assert settings.mode == "team"
    for table, rows, _ in tables_of(metrics_file):
        filled |= {table} if rows else set()
        for row in rows:
            assert not row["n_users"] or row["n_users"] >= settings.min_users, (table, row)
            assert not row["n_sessions"] or row["n_sessions"] >= settings.min_sessions, (table, row)
            assert row.get("top_user_share_band") != "above 50 %", (table, row)
            seen += not row["is_suppressed"]
    # Others may rest on Claude's labels alone, of which this demo has none.
    assert filled >= {*RATE_TABLES, "rpt_turn_durations"}
    assert seen > 100


def test_a_suppressed_cell_shows_its_reason_and_no_figure(metrics_file: Path) -> None:
    suppressed = 0
    for table, rows, numbers in tables_of(metrics_file):
        for row in (row for row in rows if row["is_suppressed"]):
            shown = {name for name in numbers if name.startswith(FIGURES) and row[name] is not None}
            assert not shown, (table, row)
            assert row["suppressed_reason"] == "small_cell", (table, row)
            suppressed += 1
    assert suppressed > 20


def test_the_planted_lone_user_is_not_published(released: ReleasedDemo, personal: DemoHome) -> None:
    """Only the lone user's sessions are labelled prose, so the cell is shown to nobody else."""
    users = personal.query(
        "select distinct s.user_id from marts.fct_labels l join marts.fct_sessions s using (session_id) "
        "where l.classifier = 'work_mode' and l.answer_label = 'communicate'"
    )
    of_prose = "select * from metrics.rpt_session_outcomes where segment_value = 'communicate'"
    hidden, shown = released.home.query(of_prose), personal.query(of_prose)
    assert len(users) == 1
    assert all(row["is_suppressed"] and row["n_users"] is None for row in hidden)
    assert {row["n_users"] for row in shown if row["n_sessions"]} == {1}


def test_personal_mode_suppresses_nothing(personal: DemoHome) -> None:
    for table, rows, _ in tables_of(personal.settings.warehouse_path):
        assert not any(row["is_suppressed"] or row["suppressed_reason"] for row in rows), table
        if table in RATE_TABLES:
            assert min(row["n_users"] for row in rows) < personal.settings.min_users, table


@pytest.mark.parametrize("table", RATE_TABLES)
def test_team_mode_shows_the_figures_of_personal_mode_or_none(
    table: str, released: ReleasedDemo, personal: DemoHome
) -> None:
    """But for values that team mode merged, of which personal mode has each by itself."""
    everything = f"select * from metrics.{table}"  # noqa: S608 - our own table
    whole = {row["figure_id"]: row for row in personal.query(everything)}
    rows = [row for row in released.home.query(everything) if row["segment_value"] != ALL_OTHER]
    assert rows
    assert {row["figure_id"] for row in rows} <= whole.keys()
    for row in rows:
        cell = whole[row["figure_id"]]
        for name in COUNTS if row["is_suppressed"] else (*COUNTS, "estimate"):
            # Too few observations withhold an estimate in team mode.
            assert row[name] is None or is_close(cell[name], row[name]), (name, row)
