"""Two releases are compared by how they were made, their tables and columns, and figure by figure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.desk.release_diff import ChangedFigure, FigureCounts, compare_releases, render_diff
from orchestration.failures import WrongInputError
from orchestration.publishing.release import ReleaseFacts, publish_release
from orchestration.publishing.release_copy import BuiltWarehouse

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
Figure = tuple[str, str, str, float | None]


def released(
    home: Path, *, day: int, sessions: int, column: str, figures: Sequence[Figure], mode: str = "team"
) -> Path:
    """A release with one mart and one table of figures: id, metric, period, estimate."""
    path = home / "warehouse" / "build.duckdb"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute("create schema marts; create schema metrics")
        warehouse.execute(f"create table marts.fct_sessions (session_id bigint, {column} bigint)")
        warehouse.execute("insert into marts.fct_sessions select i, 1 from range(?) t(i)", [sessions])
        warehouse.execute(
            "create table metrics.rpt_activity (figure_id text, metric_name text, period_kind text,"
            " estimate double, agent text default 'a', labeller text, segment_name text default 'all',"
            " statistic text)"
        )
        for figure in figures:
            warehouse.execute(
                "insert into metrics.rpt_activity (figure_id, metric_name, period_kind, estimate)"
                " values (?, ?, ?, ?)",
                figure,
            )
    facts = ReleaseFacts(
        f"run {day}", "parser-1", "redactor-1", None, mode, min_users=5, min_sessions=15, time_zone="UTC"
    )
    now = NOW + timedelta(days=day)
    return publish_release(home, warehouse=BuiltWarehouse(path), verdicts=[], facts=facts, now=now).folder


@pytest.fixture
def two(data_home: Path) -> tuple[Path, Path]:
    before = released(
        data_home,
        day=1,
        sessions=3,
        column="old_count",
        figures=[
            ("kept", "sessions", "overall", 0.1 + 0.2),
            ("moved", "turns", "overall", 4.0),
            ("moved in march", "turns", "month", 2.0),
            ("came", "prompts", "overall", None),
            ("went", "users", "overall", 9.0),
            ("dropped", "users", "month", 9.0),
            ("never", "words", "overall", None),
        ],
    )
    after = released(
        data_home,
        day=2,
        sessions=5,
        column="new_count",
        mode="personal",
        figures=[
            ("kept", "sessions", "overall", 0.3),
            ("moved", "turns", "overall", 5.0),
            ("moved in march", "turns", "month", 3.0),
            ("came", "prompts", "overall", 7.0),
            ("went", "users", "overall", None),
            ("added", "users", "month", 1.0),
            ("never", "words", "overall", None),
        ],
    )
    return before, after


def test_every_figure_has_one_fate(two: tuple[Path, Path]) -> None:
    diff = compare_releases(*two)
    assert diff.figures == (
        FigureCounts("rpt_activity", same=2, changed=2, shown=1, hidden=1, new=1, gone=1),
    )
    assert diff.changed == (
        ChangedFigure("rpt_activity", "a", "prompts", None, None, 7.0),
        ChangedFigure("rpt_activity", "a", "turns", None, 4.0, 5.0),
        ChangedFigure("rpt_activity", "a", "users", None, 9.0, None),
    )


def test_settings_rows_and_columns_are_compared(two: tuple[Path, Path]) -> None:
    diff = compare_releases(*two)
    assert diff.made == (("mode", "team", "personal"),)
    assert diff.rows == (("marts.fct_sessions", 3, 5),)
    assert diff.columns == (("fct_sessions", "new_count", "new"), ("fct_sessions", "old_count", "gone"))


def test_a_release_differs_in_nothing_from_itself(two: tuple[Path, Path]) -> None:
    assert list(render_diff(compare_releases(two[1], two[1])))[1:] == ["Nothing is different."]


def test_the_command_compares_the_current_release_with_the_one_before(
    two: tuple[Path, Path], data_home: Path
) -> None:
    done = CliRunner().invoke(app, ["release", "diff", "--home", str(data_home)], catch_exceptions=False)
    assert done.output.startswith(f"{two[0].name} → {two[1].name}")
    assert "new_count" in done.output


def test_a_release_that_is_not_kept_is_refused_with_those_that_are(
    two: tuple[Path, Path], data_home: Path
) -> None:
    done = CliRunner().invoke(app, ["release", "diff", "20200101T000000Z-abc", "--home", str(data_home)])
    assert isinstance(done.exception, WrongInputError)
    assert two[0].name in str(done.exception)
    first = CliRunner().invoke(app, ["release", "diff", "--home", str(data_home), two[0].name, two[0].name])
    assert "Nothing is different." in first.output
