"""Estimates of turn durations: what enters, what is withheld, and that the file is reproducible."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.estimates.land_estimates import TURN_DURATIONS, land_estimates
from orchestration.estimates.turn_durations import TurnDurationEstimate, turn_duration_estimates
from orchestration.privacy.rules import PublishingRules

MONDAY = date(2026, 1, 5)
COLUMNS = pa.schema(
    [
        ("started_week", pa.date32()),
        ("started_local_date", pa.date32()),
        ("wall_seconds", pa.float64()),
        ("net_seconds", pa.float64()),
        ("is_open", pa.bool_()),
        ("session_id", pa.string()),
        ("user_id", pa.string()),
    ]
)


def turn(seconds: float, **values: Any) -> dict[str, Any]:
    blank = {
        "started_week": MONDAY, "started_local_date": MONDAY, "wall_seconds": seconds,
        "net_seconds": seconds / 2, "is_open": False, "session_id": "s", "user_id": "u",
    }  # fmt: skip
    return blank | values


def estimates(turns: list[dict[str, Any]]) -> Mapping[tuple[str, str, str], TurnDurationEstimate]:
    rows = turn_duration_estimates(pa.Table.from_pylist(turns, schema=COLUMNS))
    return {(row.period_kind, row.series, row.statistic): row for row in rows}


def test_median_of_twenty_turns_lies_between_the_sixth_and_the_fifteenth() -> None:
    found = estimates([turn(float(number)) for number in range(1, 21)])
    wall, net = found["week", "wall", "p50"], found["week", "net", "p50"]
    assert (wall.estimate_seconds, wall.lower_rank, wall.upper_rank) == (10.0, 6, 15)
    assert (wall.interval_low_seconds, wall.interval_high_seconds) == (6.0, 15.0)
    assert net.estimate_seconds == 5.0


def test_quantile_is_withheld_below_the_sample_it_needs() -> None:
    p999 = estimates([turn(1.0) for _ in range(3_687)])["overall", "wall", "p999"]
    assert p999.withheld_reason == "fewer_than_3688_turns"
    assert p999.estimate_seconds is None
    assert p999.n_turns == 3_687
    shown = estimates([turn(float(number)) for number in range(3_688)])["overall", "wall", "p999"]
    assert shown.withheld_reason is None
    assert shown.interval_high_seconds == 3_687.0


def test_turns_of_few_users_bound_a_median_less_than_as_many_of_one_user_would() -> None:
    """Order statistics would take the turns of three users, who differ, for sixty of one kind."""
    turns = [
        turn(10.0 * user + number / 100, user_id=f"u{user}") for user in (1, 2, 4) for number in range(20)
    ]
    wall = estimates(turns)["overall", "wall", "p50"]
    alone = estimates([each | {"user_id": "u"} for each in turns])["overall", "wall", "p50"]
    assert wall.estimate_seconds == alone.estimate_seconds
    assert (alone.interval_low_seconds or 0) >= 20
    assert (wall.interval_low_seconds or 0) < 11
    assert wall.interval_high_seconds is None or wall.interval_high_seconds > 40


def test_months_and_quarters_are_periods_too() -> None:
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 4, 1)]
    rows = turn_duration_estimates(
        pa.Table.from_pylist([turn(1.0, started_local_date=day) for day in days], schema=COLUMNS)
    )
    starts = {
        kind: [row.period_start.date() for row in rows if row.period_kind == kind and row.period_start]
        for kind in ("month", "quarter")
    }
    assert sorted(set(starts["month"])) == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1)]
    assert sorted(set(starts["quarter"])) == [date(2026, 1, 1), date(2026, 4, 1)]


def test_open_turns_are_left_out_and_counted() -> None:
    median = estimates([*[turn(1.0) for _ in range(6)], turn(9_999.0, is_open=True)])["week", "wall", "p50"]
    assert (median.n_turns, median.n_open_turns, median.estimate_seconds) == (6, 1, 1.0)


def test_open_turns_lengthen_the_censored_median() -> None:
    short = [turn(float(seconds)) for seconds in range(1, 21)]
    found = estimates([*short, *[turn(15.0, is_open=True) for _ in range(4)]])
    ended, censored = found["week", "wall", "p50"], found["week", "wall", "p50_censored"]
    assert (ended.n_turns, ended.estimate_seconds) == (20, 10.0)
    assert (censored.n_turns, censored.n_open_turns, censored.estimate_seconds) == (24, 4, 12.0)
    low, high = censored.interval_low_seconds, censored.interval_high_seconds
    assert (low, high) == (7.0, 17.0)
    assert found["overall", "net", "p50_censored"].estimate_seconds == 6.0


def test_censored_quantile_is_withheld_where_most_turns_are_open() -> None:
    ended = [turn(float(seconds)) for seconds in range(1, 7)]
    some = estimates([*ended, *[turn(9.0, is_open=True) for _ in range(7)]])["week", "wall", "p50_censored"]
    assert (some.estimate_seconds, some.withheld_reason) == (None, "too_many_open_turns")
    few = estimates([*ended[:5], *[turn(9.0, is_open=True) for _ in range(9)]])[
        "week", "wall", "p50_censored"
    ]
    assert (few.estimate_seconds, few.withheld_reason) == (None, "fewer_than_6_turns")


def test_without_open_turns_the_censored_median_is_the_sample_s() -> None:
    found = estimates([turn(float(number)) for number in range(1, 41)])
    assert found["week", "wall", "p50_censored"].estimate_seconds == 20.0
    assert found["week", "wall", "p50"].estimate_seconds == 20.0
    assert found["week", "wall", "p90_censored"].estimate_seconds == 36.0


def test_unknown_users_are_no_user_and_one_share() -> None:
    found = estimates([*[turn(1.0, user_id=None) for _ in range(3)], turn(1.0)])["week", "wall", "p50"]
    assert (found.n_users, found.top_user_share) == (1, 0.75)


def test_tail_belongs_to_the_user_who_has_the_long_turns() -> None:
    short = [turn(1.0, user_id=f"u{number % 9}") for number in range(399)]
    found = estimates([*short, turn(500.0, user_id="long")])["overall", "wall", "p90"]
    assert found.top_user_share is not None
    assert found.top_user_share < 0.2
    tail = estimates([*short, *[turn(500.0, user_id="long") for _ in range(60)]])["overall", "wall", "p90"]
    assert tail.tail_user_share == 1.0


def test_mean_of_days_needs_every_day_to_be_large_enough() -> None:
    tuesday = date(2026, 1, 6)
    full = [turn(10.0) for _ in range(3_688)]
    missing = [*full, turn(20.0, started_local_date=tuesday)]
    found = estimates(missing)["week", "wall", "p999_daily_mean"]
    assert (found.estimate_seconds, found.withheld_reason) == (None, "a_day_below_3688_turns")
    both = [*full, *[turn(20.0, started_local_date=tuesday) for _ in range(3_688)]]
    assert estimates(both)["week", "wall", "p999_daily_mean"].estimate_seconds == 15.0


def test_no_turns_give_no_rows() -> None:
    assert turn_duration_estimates(COLUMNS.empty_table()) == []


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse with twenty turns of one agent, one of them not interactive, and twelve of another."""
    turns = pa.Table.from_pylist([turn(float(number)) for number in range(32)], schema=COLUMNS)
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("turns", turns)
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_turns as select *, wall_seconds > 0 as is_interactive,"
            " case when wall_seconds < 20 then 'one' else 'other' end as agent,"
            " true as has_agent_work, false as is_sidechain, started_week as started_at,"
            " session_id as turn_id from turns"
        )
        connection.execute("create table marts.fct_sessions as select distinct agent from marts.fct_turns")
        connection.execute(
            "create schema intermediate; create table intermediate.int_classifiers__asked"
            " (agent text, labeller text, classifier text, fingerprint text)"
        )
    return path


def landed(warehouse: Path, lake_dir: Path) -> Mapping[str, int]:
    """What a home of one person lands, who sees every number."""
    rules = PublishingRules(mode="personal")
    return land_estimates(warehouse, lake_dir, rules=rules, rate_tables={}, estimates=())


def test_landing_twice_gives_the_same_bytes(warehouse: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    counts = {"figures": 0, "turn_durations": 100, "labeller_standing": 0}
    assert landed(warehouse, first) == landed(warehouse, second) == counts
    part = f"{TURN_DURATIONS.folder}/part.parquet"
    assert (first / part).read_bytes() == (second / part).read_bytes()
    table = pq.read_table(first / part)
    assert table.schema.equals(TURN_DURATIONS.schema)
    counted = {(row["agent"], row["n_turns"]) for row in table.to_pylist()}
    assert counted == {("one", 19), ("other", 12)}, "no estimate is of two agents"


def test_empty_facts_give_a_typed_empty_file(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from marts.fct_turns; delete from marts.fct_sessions")
    counts = {"figures": 0, "turn_durations": 0, "labeller_standing": 0}
    assert landed(warehouse, tmp_path) == counts
    table = pq.read_table(tmp_path / TURN_DURATIONS.folder / "part.parquet")
    assert table.schema.equals(TURN_DURATIONS.schema)
