"""From planted sessions to the answers that the metrics must give: cells with their sums, by hand.

Test support, written from the definitions of the metrics and not from their SQL. Which metrics there
are, and what they must show, is said in the tests.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from orchestration.demo import SessionTruth
from tests.demo_lake import Row, month_of, planted_time, quarter_of, week_of
from tests.plain_intervals import Bounds, Pairs, bounds_of_mean, bounds_of_rate, observed, sessions_worth

BANDS = ((0.25, "up to 25 %"), (0.5, "25 to 50 %"), (1.0, "above 50 %"))
"""Upper ends and names of the bands in which the share of the heaviest user is told."""

FEW_SESSIONS = 30
"""A rate that is worth fewer sessions than these is imprecise."""


class Cell(NamedTuple):
    """Where a figure stands: a period and a segment."""

    period_kind: str
    period_start: date | None
    segment_name: str
    segment_value: str


WHOLE = Cell("overall", None, "all", "all")


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
    """The sums of a cell, and those of each user (`pairs`) that has a denominator.

    `top_user_share` is the largest share of one user in any of them.
    """

    numerator: float
    denominator: float | None
    n_users: int
    n_sessions: int
    unknown_count: int
    top_user_share: float
    pairs: Pairs

    @property
    def estimate(self) -> float | None:
        """The count, or the ratio; None where nothing is observed."""
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None

    @property
    def top_user_share_band(self) -> str:
        return next(name for end, name in BANDS if self.top_user_share <= end)

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


def in_quarter(session: SessionTruth) -> Cell:
    return Cell("quarter", quarter_of(planted_time(session.started_at)), "all", "all")


def cells_at(at: datetime) -> tuple[Cell, ...]:
    """The whole and the periods that a time is in."""
    starts = (("week", week_of(at)), ("month", month_of(at)), ("quarter", quarter_of(at)))
    return WHOLE, *(Cell(kind, start, "all", "all") for kind, start in starts)


def ratio(
    numerator: Callable[[SessionTruth], float],
    denominator: Callable[[SessionTruth], float],
    *,
    unknown: Callable[[SessionTruth], bool] = lambda _: False,
) -> Observe:
    """A metric that is a ratio of sums over the sessions that have a denominator."""

    def observe(session: SessionTruth) -> Observation:
        below = denominator(session)
        above = numerator(session) if below else 0
        return Observation(session.user, above, below, int(below > 0), int(unknown(session)))

    return observe


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
        pairs=observed((numerator, denominator) for numerator, denominator, _ in sums.values()),
    )


def _sum_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def cell_of(row: Row) -> Cell:
    """The cell of a row of a rate table."""
    return Cell(row["period_kind"], row["period_start"], row["segment_name"], row["segment_value"])


def wrong_cells(metric: str, answers: Answers, rows: Iterable[Row]) -> list[str]:
    """What differs between the answers and the rows of one metric, where nothing is hidden."""
    found = {cell_of(row): row for row in rows if row["metric_name"] == metric}
    wrong = [f"{metric}: no row for {tuple(cell)}" for cell in answers if cell not in found]
    wrong += [f"{metric}: a row too many for {tuple(cell)}" for cell in found if cell not in answers]
    for cell, answer in answers.items():
        if row := found.get(cell):
            texts = [*_wrong_figures(answer, row), *_wrong_estimate(answer, row)]
            wrong += [f"{metric} {tuple(cell)}: {text}" for text in texts]
    return wrong


def wrong_shown_figures(answer: Answer, row: Row) -> list[str]:
    """What a row says that was not planted; it may be silent, and of a hidden cell it gives no estimate."""
    wrong = [text for text in _wrong_figures(answer, row) if not text.endswith("found None")]
    if row["estimate"] is None:
        return wrong
    if row["is_suppressed"]:
        wrong.append("an estimate though suppressed")
    if not is_close(answer.estimate, row["estimate"]):
        wrong.append(f"estimate: planted {answer.estimate}, found {row['estimate']}")
    return wrong


def _wrong_figures(answer: Answer, row: Row) -> list[str]:
    planted: Mapping[str, float | None] = {
        "numerator": answer.numerator,
        "denominator": answer.denominator,
        "n_users": answer.n_users,
        "n_sessions": answer.n_sessions,
        "unknown_share": answer.unknown_share,
    }
    wrong = [
        f"{name}: planted {value}, found {row[name]}"
        for name, value in planted.items()
        if not is_close(value, row[name])
    ]
    if row["top_user_share_band"] != answer.top_user_share_band:
        share, band = answer.top_user_share, row["top_user_share_band"]
        wrong.append(f"top_user_share_band: planted {share}, found {band}")
    return wrong


def _wrong_estimate(answer: Answer, row: Row) -> list[str]:
    """Where nothing is observed there is no estimate, and no other cell is without one."""
    reason = "no_observations" if answer.estimate is None else None
    low, high = _bounds(answer, row["metric_kind"])
    planted = {"estimate": answer.estimate, "interval_low": low, "interval_high": high}
    wrong = [
        f"{name}: by hand {value}, found {row[name]}"
        for name, value in planted.items()
        if not is_close(value, row[name])
    ]
    if row["withheld_reason"] != reason:
        wrong.append(f"withheld_reason: by hand {reason}, found {row['withheld_reason']}")
    if row["is_imprecise"] != _is_imprecise(answer, row["metric_kind"]):
        wrong.append(f"is_imprecise is {row['is_imprecise']} of {len(answer.pairs)} users")
    return wrong


def _bounds(answer: Answer, kind: str) -> Bounds:
    if not answer.pairs:
        return None, None
    return bounds_of_mean(answer.pairs) if kind == "mean" else bounds_of_rate(answer.pairs)


def _is_imprecise(answer: Answer, kind: str) -> bool | None:
    """Whether one user alone was observed, or a rate is worth too few sessions; a count is exact."""
    if kind == "count" or not answer.pairs:
        return None if kind == "count" else False
    return len(answer.pairs) < 2 or (kind == "rate" and sessions_worth(answer.pairs) < FEW_SESSIONS)


def is_close(planted: float | None, found: float | None) -> bool:
    if planted is None or found is None:
        return planted is found
    return math.isclose(planted, found, rel_tol=1e-6, abs_tol=1e-6)
