"""Two agents in one lake: each has its own figures, and no figure knows of the other.

The small lake is built once with the first agent alone (`small_team`) and once with the sessions of a second
one beside it. What the first agent's tables say must not change in any column of any row.
"""

import math
import shutil
from datetime import date
from typing import Any

import pytest

from orchestration.measures.measure import OF_THE_ORGANISATION, ORGANISATION
from orchestration.measures.published_values import published_rows
from tests.claude_lake import label_by_claude
from tests.dbt_runs import FACTS, METRICS, PERSONAL, TEAM, Cell, Home, Step, cells, one
from tests.demo_lake import query_file
from tests.other_agent import DAYS, OTHER_AGENT, RESUMED, USERS, add_other_agent
from tests.planted_duels import write_asked_apart
from tests.raw_lake import AGENT, small_lake
from tests.small_git import add_git

WITHOUT_THE_OTHER = {"rpt_claims", "rpt_next_step_duels"}
"""Tables without a row of the second agent: it was asked for no claims and is in no duel."""

BESIDE = "rpt_published_beside_own"
"""The table whose agents are those that published values name, whether there are sessions of them or not."""

OF_NO_AGENT = "rpt_merged_lines"
"""The table whose counts are those of all agents together."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small lake with the sessions of both agents, built in team mode."""
    home = Home(tmp_path_factory.mktemp("both"))
    lake = small_lake()
    label_by_claude(lake)
    add_git(lake)
    add_other_agent(lake)
    lake.write(home.lake_dir)
    write_asked_apart(home.lake_dir)
    for step in home.run(FACTS, TEAM, METRICS):
        assert step.success, step.message
    return home


@pytest.fixture(scope="module")
def both_shown(both: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same in personal mode, which hides nothing."""
    folder = tmp_path_factory.mktemp("both-personal")
    shutil.copytree(both.folder, folder, dirs_exist_ok=True)
    home = Home(folder)
    _, step = home.run(PERSONAL, METRICS)
    assert step.success, step.message
    return home


def metrics_tables(home: Home) -> set[str]:
    found = query_file(
        home.warehouse_path, "select table_name from duckdb_tables() where schema_name = 'metrics'"
    )
    return {row["table_name"] for row in found}


def is_same(value: Any, other: Any) -> bool:
    """Sums of floating numbers may be taken in another order."""
    if isinstance(value, float) and isinstance(other, float):
        return math.isclose(value, other, rel_tol=1e-9)
    return bool(value == other)


def different(before: list[Cell], after: list[Cell]) -> list[str]:
    """What is not the same in two lists of rows, in words."""
    if len(before) != len(after):
        return [f"{len(before)} rows, and then {len(after)}"]
    return [
        f"{list(row.values())[:8]} {column}: {value!r}, and then {other[column]!r}"
        for row, other in zip(before, after, strict=True)
        for column, value in row.items()
        if not is_same(value, other[column])
    ]


def test_adding_another_agent_changes_no_figure_of_the_first(
    small_team: tuple[Home, list[Step]], both: Home
) -> None:
    tables = metrics_tables(both)
    assert tables == metrics_tables(small_team[0])
    assert len(tables) >= 19
    for table in sorted(tables - {OF_NO_AGENT}):
        alone, beside = (cells(home, table, agent=AGENT) for home in (small_team[0], both))
        assert different(alone, beside) == [], table


def test_merged_lines_are_the_same_and_may_be_hidden_for_the_other_s_sake(
    small_team: tuple[Home, list[Step]],
    small_person: tuple[Home, list[Step]],
    both: Home,
    both_shown: Home,
) -> None:
    """Lines of all are in both agents' figures, so that what is hidden of them is hidden in both."""
    whole, beside = cells(small_person[0], OF_NO_AGENT), cells(both_shown, OF_NO_AGENT, agent=AGENT)
    assert different(whole, beside) == []
    others = cells(both, OF_NO_AGENT, agent=OTHER_AGENT)
    of_other = {row["figure_id"].replace(OTHER_AGENT, AGENT): row for row in others}
    shown = cells(both, OF_NO_AGENT, metric_name="merged_lines", agent=AGENT)
    assert shown
    for row in shown:
        other = of_other[row["figure_id"]]
        assert (row["numerator"], row["n_sessions"]) == (other["numerator"], other["n_sessions"])
    assert {row["metric_name"] for row in cells(both, OF_NO_AGENT, agent=AGENT)} >= {
        row["metric_name"] for row in cells(small_team[0], OF_NO_AGENT, period_kind="overall")
    }


@pytest.mark.parametrize("table", ["fct_sessions", "fct_turns", "fct_human_acts", "fct_session_outcomes"])
def test_adding_another_agent_changes_no_fact_of_the_first(
    small_team: tuple[Home, list[Step]], both: Home, table: str
) -> None:
    facts = f"select * from marts.{table} where agent = '{AGENT}' order by all"  # noqa: S608 - ours
    alone, beside = (query_file(home.warehouse_path, facts) for home in (small_team[0], both))
    assert different(alone, beside) == []


def test_both_agents_are_in_every_table(both: Home) -> None:
    named = {row["agent"] for row in cells(both, BESIDE)}
    assert named == {row.agent for row in published_rows()}
    assert OTHER_AGENT not in named, "no study is about it"
    for table in OF_THE_ORGANISATION:
        assert {row["agent"] for row in cells(both, table)} <= {ORGANISATION}, table
    for table in metrics_tables(both) - OF_THE_ORGANISATION - {BESIDE}:
        found = {row["agent"] for row in cells(both, table)}
        filled = {AGENT, OTHER_AGENT} - ({OTHER_AGENT} if table in WITHOUT_THE_OTHER else set())
        assert found in (filled, set()), table
    for fact in ("fct_sessions", "fct_turns", "fct_human_acts", "fct_tool_calls", "fct_labels"):
        agents = query_file(both.warehouse_path, f"select distinct agent from marts.{fact}")  # noqa: S608
        assert {row["agent"] for row in agents} == {AGENT, OTHER_AGENT}, fact


def test_a_person_of_two_agents_is_one_with_each(both_shown: Home) -> None:
    users = {
        agent: one(both_shown, "rpt_activity", "users", agent=agent, period_kind="overall")["numerator"]
        for agent in (AGENT, OTHER_AGENT)
    }
    assert users == {AGENT: 7, OTHER_AGENT: len(USERS)}


def test_no_published_value_stands_beside_another_agent(both: Home) -> None:
    beside = cells(both, "rpt_turn_durations", metric_name="turn_net_seconds_p50", period_kind="overall")
    published = {row["agent"]: row["published_id"] for row in beside}
    assert published == {AGENT: "A2", OTHER_AGENT: None}


def test_experience_is_with_an_agent(both: Home) -> None:
    """Everybody's September with one agent is no experience with the other; nor is its archive."""
    rows = query_file(
        both.warehouse_path,
        "select agent, min(prior_session_count) as least, max(prior_session_count) as most, "
        "bool_or(is_history_truncated) as is_truncated from marts.fct_sessions "
        "where is_interactive and user_id like 'user%' group by 1 order by 1",
    )
    assert [tuple(row.values()) for row in rows] == [(AGENT, 0, 6, False), (OTHER_AGENT, 0, 5, False)]


@pytest.mark.parametrize(
    ("metric", "first_week", "resumed_week"),
    [
        # Two days of nine people; on the third, two weeks later, the first day's sessions once more.
        ("sessions", 18, 9),
        ("sessions_started", 18, None),
        ("users", 9, 9),
        ("prompts", 18, 9),
        ("turns", 18, 9),
        ("tool_calls", 36, 9),
        ("input_tokens", 54, 9),
        ("output_tokens", 126, 4_500),
        # Whole sessions, in the week in which they started: nine of two turns, nine of one.
        ("turns_per_session", 27 / 18, None),
        ("agent_words_per_turn", 100, 1_000),
        ("usage_final_share", 1, 1),
        ("interactive_share", 18 / 27, 1),
        # Two minutes of each person, and then ten.
        ("active_wall_hours_per_user_week", 2 / 60, 10 / 60),
    ],
)
def test_activity_is_in_the_week_in_which_it_happened(
    both_shown: Home, metric: str, first_week: float, resumed_week: float | None
) -> None:
    where = {"agent": OTHER_AGENT, "period_kind": "week"}
    rows = cells(both_shown, "rpt_activity", metric_name=metric, **where)
    found = {row["period_start"]: row["estimate"] for row in rows}
    assert found[DAYS[0]] == pytest.approx(first_week)
    assert found.get(date(2025, 9, 15)) == (None if resumed_week is None else pytest.approx(resumed_week))
    assert date(2025, 9, 15) <= RESUMED <= date(2025, 9, 21)


@pytest.mark.parametrize("metric", ["prompts", "turns", "tool_calls", "output_tokens", "sessions_started"])
def test_periods_add_up_to_the_whole(both_shown: Home, metric: str) -> None:
    sums: dict[tuple[str, str], float] = {}
    for row in cells(both_shown, "rpt_activity", metric_name=metric):
        key = row["agent"], row["period_kind"]
        sums[key] = sums.get(key, 0) + row["numerator"]
    for agent in (AGENT, OTHER_AGENT):
        assert sums[agent, "week"] == sums[agent, "month"] == sums[agent, "overall"]


def test_a_week_shows_how_many_sessions_it_rests_on(both_shown: Home) -> None:
    """A session that is taken up again is one of its second week too, and one over all."""
    rows = cells(both_shown, "rpt_activity", metric_name="active_wall_hours_per_user_week", agent=OTHER_AGENT)
    sessions = {(row["period_kind"], row["period_start"]): row["n_sessions"] for row in rows}
    assert sessions["week", DAYS[0]] == 18
    assert sessions["week", date(2025, 9, 15)] == 9
    assert sessions["month", date(2025, 9, 1)] == 18
    assert sessions["overall", None] == 54


def test_the_agents_differ_where_a_mixture_would_show(both_shown: Home) -> None:
    """Else the comparison of the tables could not fail."""
    shown = [
        {row["agent"]: row["estimate"] for row in cells(both_shown, "rpt_session_outcomes", **where)}
        for where in (
            {"metric_name": name, "period_kind": "overall", "segment_name": "all", "labeller": "rules"}
            for name in ("judged_success", "no_clear_goal_share")
        )
    ]
    assert all(one_metric[AGENT] != one_metric[OTHER_AGENT] for one_metric in shown)
