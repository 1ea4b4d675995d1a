"""Figures of a few cells, written by hand: everything shown, with the columns that protecting reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from orchestration.estimates.figure import PRIVATE_COLUMNS, Figure
from orchestration.measures.count_relations import CountIdentities
from orchestration.privacy.protect import protect_figures
from orchestration.privacy.rules import PublishingRules

TEAM = PublishingRules()

Row = dict[str, Any]


def rate(
    metric: str,
    numerator: float,
    denominator: float,
    *,
    users: int = 20,
    counted: int = 15,
    beyond: int = 15,
    **where: Any,
) -> Row:
    """A rate of everybody over the whole time; `counted`, `beyond`: users with a numerator, with a rest."""
    row: Row = {
        "table_name": "rpt_session_outcomes", "agent": "a", "metric_name": metric, "metric_kind": "rate",
        "labeller": "rules", "fingerprint": "f", "period_kind": "overall", "period_start": None,
        "segment_name": "all", "segment_value": "all", "numerator": numerator, "denominator": denominator,
        "estimate": numerator / denominator, "interval_low": 0.1, "interval_high": 0.9,
        "n_sessions": denominator, "n_users": users, "unknown_share": 0.0, "unknown_count": 0,
        "top_user_share": 0.1, "numerator_users": counted, "complement_users": beyond,
    }  # fmt: skip
    return row | where


def values(
    metric: str, segment: str, cells: Mapping[str, tuple[float, float]], **details: Mapping[str, Any]
) -> list[Row]:
    """The rates of these values of a segment and of all together; `details`: more of a value's row."""
    numerator, denominator = (sum(cell[n] for cell in cells.values()) for n in (0, 1))
    rows = [rate(metric, numerator, denominator)]
    for value, (y, n) in cells.items():
        more = {name: found[value] for name, found in details.items() if value in found}
        rows.append(rate(metric, y, n, segment_name=segment, segment_value=value, **more))
    return rows


def frame(rows: Sequence[Row]) -> pd.DataFrame:
    texts = dict.fromkeys(("population", "statistic", "specification", "merged_values"), object)
    found = pd.DataFrame(rows).reindex(columns=[*Figure._fields, *PRIVATE_COLUMNS]).astype(texts)
    return found.assign(period_start=pd.to_datetime(found["period_start"]))


def protected(
    *rows: Row, rules: PublishingRules = TEAM, identities: CountIdentities | None = None
) -> pd.DataFrame:
    """The figures as they may be shown, by metric, kind of period and value of the segment."""
    found = protect_figures(frame(rows), rules, identities)
    return found.set_index(["metric_name", "period_kind", "segment_value"])


def overall(figures: pd.DataFrame, metric: str) -> Row:
    """What is shown of everybody over the whole time; what is hidden is left out."""
    (row,) = figures.loc[[(metric, "overall", "all")]].to_dict("records")
    return {str(name): value for name, value in row.items() if not pd.isna(value)}
