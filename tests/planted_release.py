"""Random populations of sessions, and the figures that a release would show of them.

Test support. Every figure is counted from planted sessions, so that the truth of each cell is known; nothing
is hidden here. One table of outcomes with nested rates (the sessions in trouble are counted by one rate and
are what another is of), one of activity, by month, quarter and over all, by up to two segments.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from orchestration.privacy.user_sums import Series

TABLE = "rpt_session_outcomes"

RATES: dict[str, tuple[str, str]] = {
    "judged_success": ("is_succeeded", "has_goal"),
    "judged_failure": ("is_failed", "has_goal"),
    "trouble_above_3": ("is_troubled", "has_goal"),
    "judged_failure_of_troubled_above_3": ("is_failed_in_trouble", "is_troubled"),
    "no_clear_goal_share": ("is_without_goal", "is_session"),
}
"""Metric of rpt_session_outcomes → what is counted of a session, and among which sessions."""


def random_sessions(seed: int) -> pd.DataFrame:
    """One row per session: few or many of few or many users, spread evenly or not."""
    draws = np.random.default_rng(seed)
    users, count = int(draws.choice([8, 15, 30])), int(draws.choice([60, 200, 600]))
    months = int(draws.integers(1, 6))
    sessions = pd.DataFrame({
        "user": _uneven(draws, users, count),
        "month": [f"2026-{month + 1:02d}-01" for month in _uneven(draws, months, count)],
        "work_mode": [f"mode {value}" for value in _uneven(draws, int(draws.integers(2, 6)), count)],
        "expertise": [f"level {value}" for value in _uneven(draws, int(draws.integers(2, 5)), count)],
    })  # fmt: skip
    verdicts = draws.choice(["succeeded", "failed", "no_goal"], count, p=draws.dirichlet([4, 2, 1]))
    sessions["is_session"] = True
    sessions["is_without_goal"] = verdicts == "no_goal"
    sessions["has_goal"] = verdicts != "no_goal"
    sessions["is_succeeded"] = verdicts == "succeeded"
    sessions["is_failed"] = verdicts == "failed"
    sessions["is_troubled"] = sessions["has_goal"] & (draws.random(count) < draws.uniform(0.05, 0.4))
    sessions["is_failed_in_trouble"] = sessions["is_troubled"] & sessions["is_failed"]
    return sessions


def _uneven(draws: np.random.Generator, values: int, count: int) -> Any:
    return draws.choice(values, count, p=draws.dirichlet(np.full(values, draws.choice([0.3, 3.0]))))


def user_sums(sessions: pd.DataFrame) -> pd.DataFrame:
    """One row per metric, cell and user: the columns of the models `int_…__summed`, and `table_name`."""
    placed = _placed(sessions)
    found = []
    for metric, (numerator, denominator) in RATES.items():
        of = placed[placed[denominator]].groupby(PLACE, dropna=False, sort=False)[numerator]
        sums = of.agg(numerator="sum", denominator="size").astype(float)
        found.append(sums.reset_index().assign(metric_name=metric))
    return pd.concat(found, ignore_index=True).rename(columns={"user": "user_id"}).assign(
        table_name=TABLE, agent="claude_code", metric_kind="rate", labeller="claude",
        fingerprint="f", unknown_count=0, session_count=lambda rows: rows["denominator"].astype(int),
        merged_values=None,
    )  # fmt: skip


PLACE = ["period_kind", "period_start", "segment_name", "segment_value", "user"]


def _placed(sessions: pd.DataFrame) -> pd.DataFrame:
    """The sessions once for every cell that they are in."""
    months = pd.to_datetime(sessions["month"])
    quarters = pd.Series(months.dt.to_period("Q").dt.to_timestamp())
    periods: dict[str, Any] = {"overall": pd.NaT, "month": months, "quarter": quarters}
    cut = ["all", "work_mode"]
    segments = {"overall": [*cut, "expertise"], "month": cut, "quarter": cut}
    placed: list[pd.DataFrame] = [
        sessions.assign(
            period_kind=kind,
            period_start=start,
            segment_name=segment,
            segment_value="all" if segment == "all" else sessions[segment],
        )
        for kind, start in periods.items()
        for segment in segments[kind]
    ]
    return pd.concat(placed, ignore_index=True)


CELL = [
    "table_name", "agent", "metric_name", "metric_kind", "labeller", "fingerprint", "period_kind",
    "period_start", "segment_name", "segment_value",
]  # fmt: skip


def shown_figures(sums: pd.DataFrame) -> pd.DataFrame:
    """One row per cell, everything shown, as the tables of rates are before anything is hidden."""
    cells = sums.groupby(CELL, dropna=False, sort=False)
    figures = cells.agg(
        numerator=("numerator", "sum"), denominator=("denominator", "sum"), n_users=("user_id", "nunique"),
        numerator_users=("numerator", lambda values: int((values > 0).sum())),
        top=("denominator", "max"),
    ).reset_index()  # fmt: skip
    figures["n_sessions"] = figures["denominator"].astype(int)
    figures["top_user_share"] = figures.pop("top") / figures["denominator"]
    figures["estimate"] = figures["numerator"] / figures["denominator"]
    return figures.assign(unknown_share=0.0, is_suppressed=False)


NUMBERS = ["numerator", "denominator", "n_users", "n_sessions", "estimate", "unknown_share"]


def hidden_where(figures: pd.DataFrame, rows: Any) -> pd.DataFrame:
    """The figures with the numbers of these rows blank."""
    found = figures.astype(dict.fromkeys(NUMBERS, float))
    found.loc[rows, NUMBERS] = np.nan
    found["is_suppressed"] = np.asarray(rows, dtype=bool)
    return found


def figures_of(series: Sequence[Series]) -> pd.DataFrame:
    """The figures of merged sums, with the private columns that protecting reads."""
    return pd.concat([_figures(one) for one in series], ignore_index=True)


def _figures(one: Series) -> pd.DataFrame:
    counted, population = one.counted.sum(axis=1), one.population.sum(axis=1)
    sessions = one.sessions.sum(axis=1)
    missing = dict.fromkeys(
        ("statistic", "specification", "population", "baseline_start", "standard_error", "interval_low",
         "interval_high", "n_effective", "p_value", "p_value_adjusted", "is_imprecise", "withheld_reason")
    )  # fmt: skip
    return one.cells.assign(
        **missing, table_name=one.table, agent=one.agent, metric_name=one.metric, metric_kind=one.kind,
        labeller=one.labeller, numerator=counted, denominator=population,
        estimate=counted / np.where(population > 0, population, np.nan), n_sessions=sessions,
        n_users=((one.sessions > 0) & one.is_known).sum(axis=1), unknown_share=0.0,
        top_user_share=one.sessions.max(axis=1) / np.maximum(sessions, 1),
    )  # fmt: skip
