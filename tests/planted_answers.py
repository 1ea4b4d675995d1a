"""From planted sessions to the answers that the metrics must give: cells with their sums, by hand.

Test support, written from the definitions of the metrics and not from their SQL. Which metrics there
are, and what they must show, is said in the tests.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from orchestration.demo import SessionTruth
from tests.demo_lake import Row, month_of, planted_time, week_of

Z = 1.959963984540054
"""97.5 % quantile of the normal distribution."""


class Cell(NamedTuple):
    """Where a figure stands: a period and a segment."""

    period_kind: str
    period_start: date | None
    segment_name: str
    segment_value: str


class Observation(NamedTuple):
    """What one session, or one week of a user, adds to a cell.

    `denominator` is None in counts; `session_count` is 0 outside the population of the metric.
    """

    user: str | None
    numerator: float
    denominator: float | None
    session_count: int = 1
    unknown_count: int = 0


@dataclass(frozen=True)
class Answer:
    """The sums of a cell. `top_user_share` is the largest share of one user in any of them."""

    numerator: float
    denominator: float | None
    n_users: int
    n_sessions: int
    unknown_count: int
    top_user_share: float

    @property
    def unknown_share(self) -> float | None:
        known = self.n_sessions if self.denominator is None else self.denominator
        total = self.unknown_count + known
        return self.unknown_count / total if total else None


Answers = dict[Cell, Answer]
Observe = Callable[[SessionTruth], Observation]


def overall(_: SessionTruth) -> Cell:
    return Cell("overall", None, "all", "all")


def in_month(session: SessionTruth) -> Cell:
    return Cell("month", month_of(planted_time(session.started_at)), "all", "all")


def in_week(session: SessionTruth) -> Cell:
    return Cell("week", week_of(planted_time(session.started_at)), "all", "all")


def answers_of(
    sessions: Iterable[SessionTruth],
    cells: Sequence[Callable[[SessionTruth], Cell]],
    observe: Observe,
    *,
    is_rate: bool = True,
) -> Answers:
    """The answer of every cell that has a session, whether or not the metric concerns it."""
    found: dict[Cell, list[Observation]] = defaultdict(list)
    for session in sessions:
        for cell in cells:
            found[cell(session)].append(observe(session))
    return {cell: summed(observations, is_rate=is_rate) for cell, observations in found.items()}


def summed(observations: Iterable[Observation], *, is_rate: bool) -> Answer:
    """The sums of a cell; unknown users are one group and no user."""
    users: dict[str | None, list[Observation]] = defaultdict(list)
    for observation in observations:
        users[observation.user].append(observation)
    sums = {
        user: (
            sum(one.numerator for one in own),
            _sum_of(one.denominator for one in own),
            sum(one.session_count for one in own),
        )
        for user, own in users.items()
    }
    weights = [[float(sessions) for _, _, sessions in sums.values()]]
    weights.append([denominator or 0.0 for _, denominator, _ in sums.values()])
    if not is_rate:
        weights.append([numerator for numerator, _, _ in sums.values()])
    return Answer(
        numerator=sum(numerator for numerator, _, _ in sums.values()),
        denominator=_sum_of(denominator for _, denominator, _ in sums.values()),
        n_users=sum(
            user is not None and (sessions if denominator is None else denominator) > 0
            for user, (_, denominator, sessions) in sums.items()
        ),
        n_sessions=sum(sessions for _, _, sessions in sums.values()),
        unknown_count=sum(one.unknown_count for own in users.values() for one in own),
        top_user_share=max(max(values) / sum(values) if sum(values) else 0.0 for values in weights),
    )


def _sum_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def cell_of(row: Row) -> Cell:
    """The cell of a row of a rate table."""
    return Cell(row["period_kind"], row["period_start"], row["segment_name"], row["segment_value"])


def wrong_cells(metric: str, answers: Answers, rows: Iterable[Row]) -> list[str]:
    """What differs between the answers and the rows of one metric that suppresses nothing."""
    found = {cell_of(row): row for row in rows if row["metric_name"] == metric}
    wrong = [f"{metric}: no row for {tuple(cell)}" for cell in answers if cell not in found]
    wrong += [f"{metric}: a row too many for {tuple(cell)}" for cell in found if cell not in answers]
    for cell, answer in answers.items():
        if row := found.get(cell):
            wrong += [f"{metric} {tuple(cell)}: {text}" for text in _wrong_figures(answer, row)]
    return wrong


def _wrong_figures(answer: Answer, row: Row) -> list[str]:
    planted: Mapping[str, float | None] = {
        "numerator": answer.numerator,
        "denominator": answer.denominator,
        "n_users": answer.n_users,
        "n_sessions": answer.n_sessions,
        "unknown_share": answer.unknown_share,
        "top_user_share": answer.top_user_share,
    }
    wrong = [
        f"{name}: planted {value}, found {row[name]}"
        for name, value in planted.items()
        if not is_close(value, row[name])
    ]
    if answer.denominator is not None and answer.denominator < 30 and row["metric_kind"] == "rate":
        wrong += [] if row["withheld_reason"] else ["an estimate on fewer than 30 observations"]
    if row["withheld_reason"]:
        return wrong + ([] if row["estimate"] is None else ["an estimate though withheld"])
    planted_value = answer.numerator / answer.denominator if answer.denominator else answer.numerator
    if not is_close(planted_value, row["estimate"]):
        wrong.append(f"estimate: planted {planted_value}, found {row['estimate']}")
    if row["metric_kind"] == "rate" and answer.denominator:
        interval = wilson(planted_value, answer.denominator)
        shown = (row["interval_low"], row["interval_high"])
        if not all(is_close(a, b) for a, b in zip(interval, shown, strict=True)):
            wrong.append(f"interval: by hand {interval}, found {shown}")
    return wrong


def is_close(planted: float | None, found: float | None) -> bool:
    if planted is None or found is None:
        return planted is found
    return math.isclose(planted, found, rel_tol=1e-6, abs_tol=1e-6)


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % Wilson interval."""
    middle = share + Z * Z / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def quantile_with_interval(values: Sequence[float], q: float) -> tuple[float, float | None, float | None]:
    """The smallest value with a share `q` at or below it, and the order statistics that bound it.

    The bounds are the innermost ranks that each leave at most 2.5 % outside; None where there is none.
    """
    ordered, n = sorted(values), len(values)
    below = [0.0]  # below[k]: probability that fewer than k values lie below the quantile
    for k in range(n + 1):
        log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        below.append(below[-1] + math.exp(log + k * math.log(q) + (n - k) * math.log(1 - q)))
    lows = [rank for rank in range(1, n + 1) if below[rank] <= 0.025]
    highs = [rank for rank in range(1, n + 1) if 1 - below[rank] <= 0.025]
    return (
        ordered[max(1, math.ceil(round(n * q, 9))) - 1],
        ordered[lows[-1] - 1] if lows else None,
        ordered[highs[0] - 1] if highs else None,
    )
