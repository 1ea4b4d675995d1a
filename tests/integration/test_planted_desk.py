"""The desk on the demo's release: `sql` and `show` as a person and as a program use them."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.failures import WrongInputError
from orchestration.settings import CHECKOUT
from tests.demo_lake import ReleasedDemo, query_file


@pytest.fixture(scope="module")
def metrics_file(released: ReleasedDemo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shareable file as somebody is given it: under another name, and without a home."""
    path = tmp_path_factory.mktemp("given away") / "our june's figures.duckdb"
    path.write_bytes((released.release.folder / "metrics.duckdb").read_bytes())
    return path


def ask(*arguments: str | Path, typed: str = "") -> str:
    """What a command prints; it must end well."""
    done = CliRunner().invoke(app, [str(one) for one in arguments], input=typed, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def refused(*arguments: str | Path, typed: str = "") -> str:
    """Why a command does not do what it is asked."""
    done = CliRunner().invoke(app, [str(one) for one in arguments], input=typed)
    assert isinstance(done.exception, WrongInputError)
    return str(done.exception)


def test_a_home_is_asked_by_its_current_release(released: ReleasedDemo) -> None:
    home = released.home.settings.home
    counted = len(released.home.truth.sessions)
    query = "select count(*) as sessions from marts.fct_sessions"
    assert json.loads(ask("sql", "--home", home, "--format", "json", "-c", query)) == {"sessions": counted}
    assert ask("sql", "--home", home, "--format", "csv", "-c", query) == f"sessions\n{counted}\n"


def test_a_file_that_was_given_away_is_asked_without_a_home(metrics_file: Path) -> None:
    tables = ask("sql", "--file", metrics_file, "-c", ".tables")
    assert "metrics.rpt_activity" in tables
    assert "marts." not in tables
    described = ask("sql", "--file", metrics_file, "-c", ".describe rpt_turn_durations")
    assert "Estimated quantile of turn durations, in seconds" in described
    assert "judged_success" in ask("show", "judged_success", "--file", metrics_file)


def test_statements_and_commands_come_from_standard_input(metrics_file: Path) -> None:
    typed = ".tables\nselect 1 as one,\n  2 as two;\n\n.questions\nselect 3 as three"
    printed = ask("sql", "--file", metrics_file, typed=typed)
    assert [
        word for word in ("rpt_usage", "one  two", "longest_turns_by_week", "three") if word not in printed
    ] == []


def test_a_worked_question_says_what_not_to_conclude(released: ReleasedDemo) -> None:
    printed = ask("sql", "--home", released.home.settings.home, "-c", ".run 6")
    assert "Which tools fail most often?" in printed
    assert "Do not conclude:" in printed
    assert "Bash" in printed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("select * from marts.fct_sessions", "This file holds the metrics alone"),
        ("select * from metrics.rpt_usages", 'Did you mean "rpt_usage"'),
        ("select nothing from metrics.rpt_usage", ".describe TABLE lists the columns"),
        ("selekt 1", "syntax error"),
        ("drop table metrics.rpt_usage", "A release is read only"),
        ("copy (select 1) to 'elsewhere.csv'", "A release is read only"),
        ("attach 'elsewhere.duckdb'", "A release is read only"),
        ("select * from read_text('/etc/hostname')", "A release is read only"),
        ("set enable_external_access = true", "configuration"),
        (".describe rpt_usages", "Did you mean rpt_usage"),
        (".run 99", "There is no question 99"),
        (".run longest_turns", "Did you mean longest_turns_by_week?"),
        (".runn 3", "There is no command .runn"),
    ],
)
def test_a_mistake_is_explained_and_what_to_read_next(typed: str, said: str, metrics_file: Path) -> None:
    assert said in refused("sql", "--file", metrics_file, "-c", typed)


def test_a_home_without_a_release_is_told_how_one_is_made(tmp_path: Path) -> None:
    assert "make run HOME_DIR=" in refused("sql", "--home", tmp_path / "none")
    assert not (tmp_path / "none").exists()
    (tmp_path / "notes.duckdb").write_text("no database")
    assert "cannot be opened" in refused("sql", "--file", tmp_path / "notes.duckdb")


def test_whoever_has_made_the_demo_is_told_where_it_is(
    released: ReleasedDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make demo`, then `make sql`: the home that is asked by default is one's own, and it has no release."""
    (tmp_path / "own").mkdir()
    assert "The demo's release" not in refused("sql", "--home", tmp_path / "own")
    monkeypatch.setattr("orchestration.demo_home.default_demo_home", lambda: released.home.settings.home)
    said = refused("sql", "--home", tmp_path / "own")
    assert f"--home {released.home.settings.home}" in said


def test_the_page_about_bi_tools_names_what_a_release_holds(released: ReleasedDemo) -> None:
    page = (CHECKOUT / "docs" / "bi.md").read_text(encoding="utf-8")
    folder = str(released.release.folder)
    named = re.findall(r"demo-data/published/current/([\w./]+)", page)
    assert len(named) > 3
    assert [name for name in named if not (released.release.folder / name).exists()] == []
    (query,) = re.findall(r"```sql\n(.+?)```", page, re.DOTALL)
    (found,) = duckdb.sql(query.replace("demo-data/published/current", folder)).fetchall()
    assert found[0].startswith("One row per ")


def test_a_metric_is_shown_with_its_figures_and_published_value(released: ReleasedDemo) -> None:
    home = released.home.settings.home
    (row,) = query_file(
        released.release.folder / "metrics.duckdb",
        "select * from metrics.rpt_turn_durations"
        " where metric_name = 'turn_wall_seconds_p50' and period_kind = 'overall'",
    )
    found = json.loads(ask("show", "turn_wall_seconds_p50", "--home", home, "--json"))
    (figure,) = found["figures"]
    assert figure["estimate"] == row["estimate_seconds"]
    assert (figure["interval_low"], figure["interval_high"]) == (
        row["interval_low_seconds"], row["interval_high_seconds"],
    )  # fmt: skip
    assert (figure["n_users"], figure["n_sessions"]) == (row["n_users"], row["n_sessions"])
    assert (figure["published_value"], figure["published_grade"]) == (45.0, row["published_grade"])
    assert found["definitions"][0]["measure"] == "A2"
    printed = ask("show", "turn_wall_seconds_p50", "--home", home)
    assert f"{row['estimate_seconds']:.1f} s" in printed
    assert "45.0 s" in printed


def test_hidden_figures_are_counted_with_their_reason(released: ReleasedDemo) -> None:
    (most,) = query_file(
        released.release.folder / "metrics.duckdb",
        "select metric_name, period_kind, count(*) as n from metrics.rpt_usage"
        " where suppressed_reason is not null group by metric_name, period_kind"
        " order by n desc, metric_name, period_kind limit 1",
    )
    home, metric = released.home.settings.home, most["metric_name"]
    given = ("show", metric, "--home", home, "--period", most["period_kind"])
    figures = json.loads(ask(*given, "--json"))["figures"]
    in_table = [one for one in figures if one["table"] == "rpt_usage"]
    hidden = [one for one in in_table if (one["why_not"] or "").startswith("hidden: too few people")]
    assert len(hidden) == most["n"]
    assert [one["estimate"] for one in hidden] == [None] * most["n"]
    assert f"{most['n']:,} without a figure: hidden: too few people" in ask(*given)


def test_an_unknown_metric_is_answered_with_those_that_are_near(metrics_file: Path) -> None:
    said = refused("show", "verified_sucess", "--file", metrics_file)
    assert "Did you mean verified_success" in said
    assert "docs/metrics.md" in said
    assert "--period must be one of" in refused(
        "show", "verified_success", "--file", metrics_file, "--period", "year"
    )


def test_a_person_at_a_terminal_has_a_prompt_that_survives_mistakes(metrics_file: Path) -> None:
    code = "from orchestration.cli import main; import sys; sys.argv[0] = 'sessionmart'; main()"
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code, "sql", "--file", str(metrics_file)],
        stdin=follower, stdout=follower, stderr=follower, close_fds=True,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "200"},
    ) as desk:  # fmt: skip
        os.close(follower)
        try:
            _read_until(leader, "sessionmart> ")
            os.write(leader, b"selekt 1;\n")
            assert "syntax error" in _read_until(leader, "sessionmart> ", times=1)
            os.write(leader, b"select 40 + 2\n")
            _read_until(leader, "...> ")
            os.write(leader, b"  as answer;\n")
            assert "42" in _read_until(leader, "1 row\r\nsessionmart> ")
            os.write(leader, b".quit\n")
            assert desk.wait(timeout=30) == 0
        finally:
            desk.kill()
            os.close(leader)


def _read_until(leader: int, wanted: str, times: int = 1, seconds: float = 60) -> str:
    """What the terminal shows up to a text; fails where it does not come."""
    shown, end = "", time.monotonic() + seconds
    while shown.count(wanted) < times:
        ready, _, _ = select.select([leader], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"{wanted!r} did not come after:\n{shown}"
        shown += os.read(leader, 65536).decode(errors="replace")
    return shown
