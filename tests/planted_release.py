"""Random populations of sessions, and the figures that a release has of them before anything is hidden.

Test support. Every figure is counted from planted sessions, so that the truth of each cell is known. One
table of outcomes with nested rates (the sessions in trouble are counted by one rate and are what another is
of), by month, quarter and over all, by up to two segments.
"""

from typing import Any

import numpy as np
import pandas as pd

from tests.merged_sums import PLACE, figures_of

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


def user_sums(sessions: pd.DataFrame, agent: str = "claude_code") -> pd.DataFrame:
    """One row per metric, cell and user: the columns of the models `int_…__summed`."""
    placed = _placed(sessions)
    found = []
    for metric, (numerator, denominator) in RATES.items():
        of = placed[placed[denominator]].groupby([*PLACE, "user"], dropna=False, sort=False)[numerator]
        sums = of.agg(numerator="sum", denominator="size").astype(float)
        found.append(sums.reset_index().assign(metric_name=metric))
    return pd.concat(found, ignore_index=True).rename(columns={"user": "user_id"}).assign(
        agent=agent, metric_kind="rate", labeller="claude", fingerprint="f", unknown_count=0,
        session_count=lambda rows: rows["denominator"].astype(int),
        merged_values=None,
    )  # fmt: skip


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


def true_figures(sums: pd.DataFrame) -> pd.DataFrame:
    """The figures of sums whose values nobody merged, as published rows with everything shown."""
    return figures_of(sums.assign(table_name=TABLE)).assign(is_suppressed=False)


NUMBERS = ["numerator", "denominator", "n_users", "n_sessions", "estimate", "unknown_share"]


def hidden_where(figures: pd.DataFrame, rows: Any) -> pd.DataFrame:
    """The figures with the numbers of these rows blank."""
    found = figures.astype(dict.fromkeys(NUMBERS, float))
    found.loc[rows, NUMBERS] = np.nan
    found["is_suppressed"] = np.asarray(rows, dtype=bool)
    return found
