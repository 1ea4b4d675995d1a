"""The first screen: the ten numbers that an engineering lead asks for.

Belongs here: which they are, what each means and what it cannot show. Not here: how a figure is drawn
(specs), the sections that follow (sections).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from orchestration.measures.measure import Metric, Unit
from orchestration.measures.registry import metrics
from orchestration.report import words
from orchestration.report.cells import DURATIONS, Cell, is_sessions
from orchestration.report.figures import PARTS, Figure, Row
from orchestration.report.rows import interval_rows, without_baseline


@dataclass(frozen=True)
class Number:
    """One number of a card: a metric of everybody, and how the card calls it."""

    table: str
    metric: str
    label: str
    statistic: str | None = None


@dataclass(frozen=True)
class Card:
    """A card of the first screen, one sentence on what it means and one on what it cannot show."""

    id: str
    title: str
    numbers: tuple[Number, ...]
    means: str
    cannot: str


CARDS = (
    Card(
        "people",
        "People and sessions",
        (Number("rpt_activity", "users", "people"), Number("rpt_activity", "sessions", "sessions")),
        "How many people worked with the agent, and in how many interactive sessions.",
        "It cannot show people whose transcripts were not collected.",
    ),
    Card(
        "hours",
        "Hours at work",
        (Number("rpt_activity", "active_net_hours_per_user_week", "agent hours per person and week"),),
        "How long the agent worked for a person in a week in which that person used it, net of waits.",
        "It cannot show how much of a person's own time that saved or took.",
    ),
    Card(
        "dollars",
        "Dollars",
        (
            Number("rpt_usage", "cost_usd", "list price of all use"),
            Number("rpt_usage", "cost_usd_per_session", "a session, sub-agents included"),
        ),
        "What the tokens cost at the list price of the day on which they were used.",
        "It cannot show the bill: a plan or a contract has other prices.",
    ),
    Card(
        "turns",
        "Unattended turns",
        (
            Number(DURATIONS, "turn_net_seconds_p50", "median turn"),
            Number(DURATIONS, "turn_net_seconds_p99", "longest 1 % of turns"),
            Number(DURATIONS, "turn_net_seconds_p999", "longest 0.1 % of turns"),
        ),
        "How long the agent works before it stops, net of waits for the person.",
        "It cannot show whether long work was good work.",
    ),
    Card(
        "full-auto",
        "Full auto-approval",
        (Number("rpt_oversight_by_experience", "full_auto_share", "sessions without any approval"),),
        "Share of sessions in a mode in which nothing needs a person's approval.",
        "It cannot show approvals that were given once and for all in the settings.",
    ),
    Card(
        "interrupts",
        "Interrupts",
        (Number("rpt_oversight_by_experience", "interrupt_rate", "turns that the person interrupted"),),
        "Share of turns that the person stopped before the agent was done.",
        "It cannot show whether the interruption was needed.",
    ),
    Card(
        "success",
        "Success",
        (
            Number("rpt_session_outcomes", "verified_success", "verified"),
            Number("rpt_session_outcomes", "judged_success", "judged"),
        ),
        "Share of sessions with a clear goal that reached it: judged from the transcript, and verified by "
        "hard evidence such as a passing test or a commit.",
        "It cannot show whether the work was kept: that needs the repository's later history.",
    ),
    Card(
        "trouble",
        "Trouble and recovery",
        (
            Number("rpt_session_outcomes", "trouble_above_3", "sessions that ended in trouble"),
            Number("rpt_trouble_on_the_way", "trouble_on_the_way_share", "sessions in trouble on the way"),
            Number("rpt_trouble_on_the_way", "recovered_of_troubled_on_the_way", "of these, recovered"),
        ),
        "Share of sessions with strong signs of failure at the end or on the way, and how many recovered.",
        "It cannot show trouble that left no trace in the transcript.",
    ),
    Card(
        "abandonment",
        "Abandonment",
        (Number("rpt_session_outcomes", "abandoned_of_troubled_above_3", "troubled sessions given up"),),
        "Share of troubled sessions that ended without one changed line of code.",
        "It cannot show work that was finished elsewhere.",
    ),
    Card(
        "value",
        "Task value",
        (
            Number(
                "rpt_changes", "task_value_usd", "change from the first month to the last", "change_of_mean"
            ),
            Number("rpt_task_value", "task_value_mean_usd", "price of a session's task"),
        ),
        "What a contractor would ask for the task of a session, as a language model estimates it.",
        "It cannot show value to the business, and it overstates small tasks and understates large ones.",
    ),
)

CHANGES = ("month", "quarter")
"""Kinds of periods whose newest is compared with the one before, the finest first."""


@dataclass(frozen=True)
class ShownCard:
    """A card with its figures, one per unit, counts apart, and what changed since the period before."""

    card: Card
    figures: tuple[Figure, ...]
    changes: tuple[str, ...]


def first_screen(cells: Sequence[Cell], *, is_personal: bool = False) -> list[ShownCard]:
    """The cards in their order. `is_personal`: one person sees what changed since the week before."""
    kinds = ("week", *CHANGES) if is_personal else CHANGES
    return [_shown(card, cells, kinds) for card in CARDS]


def _shown(card: Card, cells: Sequence[Cell], kinds: Sequence[str]) -> ShownCard:
    labels = {(number.table, number.metric): number.label for number in card.numbers}
    own = without_baseline(cell for number in card.numbers for cell in cells if _is_of(cell, number))
    figures = []
    for (unit, has_interval), cells_of_unit in _by_unit(own).items():
        rows = tuple(Row(row.choice, _called(labels, row), row.cell) for row in interval_rows(cells_of_unit))
        figures.append(
            Figure(
                f"first-{card.id}-{unit}" + ("" if has_interval else "-counted"), "intervals", unit,
                card.title, rows, is_labelled=len({row.label for row in rows}) > 1,
                is_drawn=has_interval and any(row.cell.low is not None for row in rows),
                is_of_card=True,
            )
        )  # fmt: skip
    return ShownCard(card, tuple(figures), tuple(_changes(card, own, kinds)))


def _by_unit(cells: Sequence[Cell]) -> dict[tuple[Unit, bool], list[Cell]]:
    """Cells that one drawing can show, by unit and by whether they have intervals, as counts have not."""
    found: dict[tuple[Unit, bool], list[Cell]] = {}
    for cell in cells:
        metric = _metrics()[cell.table, cell.metric]
        found.setdefault((metric.unit, metric.kind != "count"), []).append(cell)
    return found


def _is_of(cell: Cell, number: Number) -> bool:
    """Whether a cell is of a card's number: of everybody, or of a part that the page offers as a choice."""
    return (
        (cell.table, cell.metric, cell.statistic if number.statistic else None)
        == (number.table, number.metric, number.statistic)
        and (cell.stands_for_all or cell.segment in PARTS)
        and cell.specification is None
    )


def _called(labels: dict[tuple[str, str], str], row: Row) -> str:
    by = words.labelled(row.cell.labeller)
    named = labels[row.cell.table, row.cell.metric]
    return f"{named} ({by})" if by else named


@cache
def _metrics() -> Mapping[tuple[str, str], Metric]:
    return {(metric.mart, metric.name): metric for metric in metrics()}


def metric_unit(cell: Cell) -> Unit:
    """The unit of a cell's metric, as the catalogue has it; raises KeyError for a metric that it has not."""
    return _metrics()[cell.table, cell.metric].unit


def _changes(card: Card, own: Sequence[Cell], kinds: Sequence[str]) -> list[str]:
    """Per number, the newest shown month or quarter (of one person: week) against the one before it."""
    found = []
    for number in card.numbers:
        for kind in kinds:
            series = _series(own, number, kind)
            if len(series) > 1:
                found.append(_change(number, *series[-2:]))
                break
    return found


def _series(own: Sequence[Cell], number: Number, kind: str) -> list[Cell]:
    """What is shown of a number in each period of a kind, of the first agent, oldest first."""
    shown = [
        cell
        for cell in own
        if _is_of(cell, number)
        and cell.period_kind == kind
        and cell.stands_for_all
        and cell.is_shown
        and not cell.is_baseline
    ]
    return sorted(
        (cell for cell in shown if cell.agent == own[0].agent), key=lambda cell: str(cell.period_start)
    )


def _change(number: Number, before: Cell, after: Cell) -> str:
    """The change in words. It is more than noise where the two intervals do not meet."""
    unit = metric_unit(after)
    then, now = before.estimate or 0.0, after.estimate or 0.0
    when = [words.period_name(cell.period_kind, cell.period_start) for cell in (before, after)]
    moved = "up" if now > then else "down" if now < then else "unchanged"
    text = (
        f"{number.label}: {moved} from {words.value(then, unit)} ({when[0]}) to {words.value(now, unit)} "
        f"({when[1]})"
    )
    if before.low is None or before.high is None or after.low is None or after.high is None:
        return f"{text}."
    is_apart = before.high < after.low or after.high < before.low
    return f"{text}, {'more than noise' if is_apart else 'which may be noise'}."


def agents(cells: Sequence[Cell]) -> list[str]:
    """Agents in the order of their sessions, most first."""
    counted = {cell.agent: cell.estimate or 0.0 for cell in cells if is_sessions(cell)}
    every = {cell.agent for cell in cells}
    return sorted(every, key=lambda agent: (-counted.get(agent, 0.0), agent))
