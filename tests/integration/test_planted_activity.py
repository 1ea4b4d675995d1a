"""The demo's activity: counts and means follow from what was planted, in the period in which they happened.

Personal mode hides nothing, so every cell is compared there; of a team's release, what it shows is.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from orchestration.demo import SessionTruth
from tests.demo_lake import DemoHome, ReleasedDemo, Row, planted_time, quarter_of, union_seconds, week_of
from tests.planted_answers import (
    WHOLE,
    Answers,
    Cell,
    Observation,
    Observe,
    answers_of,
    cell_of,
    cells_at,
    in_month,
    in_quarter,
    in_week,
    overall,
    ratio,
    summed,
    wrong_cells,
    wrong_shown_figures,
)

PERIODS = (overall, in_week, in_month, in_quarter)


@pytest.fixture(scope="module")
def activity(personal: DemoHome) -> list[Row]:
    return personal.query("select * from metrics.rpt_activity")


@dataclass
class Active:
    """What happened of one session in one period, by metric of `rpt_activity`."""

    session: SessionTruth
    sums: Counter[str] = field(default_factory=Counter)


Activity = dict[Cell, dict[str, Active]]
"""Per period the sessions of which something happened in it."""

HAPPENED = """
    select session_id, acted_at as at,
        case when act_kind in ('prompt', 'steering') and is_typed then 'prompts' end as metric,
        1 as n from marts.fct_human_acts
    union all select session_id, started_at, case when has_agent_work then 'turns' end, 1 from marts.fct_turns
    union all select session_id, called_at, 'tool_calls', 1 from marts.fct_tool_calls where has_call
    union all select session_id, responded_at, metric, n from (
        unpivot (select * from staging.stg_transcripts__responses where not is_synthetic)
        on input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens
        into name metric value n
    )
"""
"""Everything that happened, with its own time; that the facts are the planted ones is proved elsewhere."""


@pytest.fixture(scope="module")
def active(personal: DemoHome) -> Activity:
    """Sessions of all surfaces by the periods in which they were active, counted without the models."""
    truths = {session.session_id: session for session in personal.truth.sessions}
    starts = [(one.session_id, planted_time(one.started_at), None, 0) for one in truths.values()]
    happened = [tuple(row.values()) for row in personal.query(HAPPENED)]
    found: Activity = defaultdict(dict)
    for session_id, at, metric, n in [*starts, *happened]:
        for cell in cells_at(at):
            of_period = found[cell]
            of_period.setdefault(session_id, Active(truths[session_id])).sums[metric or ""] += n
    return found


def activity_answers(active: Activity, observe: Callable[[Active], Observation], *, is_rate: bool) -> Answers:
    """The answer of every period, from the sessions that were active in it."""
    return {
        cell: summed(map(observe, sessions.values()), is_rate=is_rate) for cell, sessions in active.items()
    }


def with_people(active: Activity) -> Activity:
    """Without sessions that are not interactive, and periods that have none but those."""
    kept = {
        cell: {name: one for name, one in sessions.items() if one.session.is_interactive}
        for cell, sessions in active.items()
    }
    return {cell: sessions for cell, sessions in kept.items() if sessions}


ACTIVITY_COUNTS: dict[str, Callable[[SessionTruth], float]] = {
    "prompts": lambda s: s.counts.human_prompt_count,
    "turns": lambda s: s.counts.worked_turn_count,
    "tool_calls": lambda s: s.counts.tool_call_count,
    "input_tokens": lambda s: s.counts.input_tokens,
    "cache_creation_input_tokens": lambda s: s.counts.cache_creation_input_tokens,
    "cache_read_input_tokens": lambda s: s.counts.cache_read_input_tokens,
    "output_tokens": lambda s: s.counts.output_tokens,
}
ACTIVITY_MEANS: dict[str, Observe] = {
    "turns_per_session": ratio(
        lambda s: s.counts.worked_turn_count, lambda s: int(s.counts.worked_turn_count > 0)
    ),
    "actions_per_prompt_ratio_of_sums": ratio(
        lambda s: s.counts.tool_call_count, lambda s: s.counts.human_prompt_count
    ),
    "actions_per_prompt_mean_of_ratios": ratio(
        lambda s: s.counts.tool_call_count / s.counts.human_prompt_count,
        lambda s: int(s.counts.human_prompt_count > 0),
    ),
}


@pytest.mark.parametrize("metric", ACTIVITY_COUNTS)
def test_activity_is_in_the_period_in_which_it_happened(
    metric: str, active: Activity, activity: list[Row]
) -> None:
    of_people = with_people(active)
    answers = activity_answers(
        of_people, lambda one: Observation(one.session.user, one.sums[metric], None), is_rate=False
    )
    wrong = wrong_cells(metric, answers, activity)
    # A session may be active in a period without a message in it, whose tokens are not known to be any.
    is_counted = not metric.endswith("_tokens")
    assert [text for text in wrong if is_counted or ": numerator" in text or "row" in text] == []


def test_sessions_of_a_period_are_those_that_were_active_in_it(
    active: Activity, activity: list[Row], interactive: list[SessionTruth]
) -> None:
    answers = activity_answers(
        with_people(active), lambda one: Observation(one.session.user, 1, None), is_rate=False
    )
    assert wrong_cells("sessions", answers, activity) == []
    weeks = sum(answer.n_sessions for cell, answer in answers.items() if cell.period_kind == "week")
    assert weeks > len(interactive), "some sessions of the demo go on after a weekend"
    started = answers_of(
        interactive, PERIODS, lambda session: Observation(session.user, 1, None), is_rate=False
    )
    assert wrong_cells("sessions_started", started, activity) == []


@pytest.mark.parametrize("metric", ACTIVITY_MEANS)
def test_activity_means_are_ratios_of_planted_sums(
    metric: str, interactive: list[SessionTruth], activity: list[Row]
) -> None:
    answers = answers_of(interactive, PERIODS, ACTIVITY_MEANS[metric], is_rate=False)
    assert wrong_cells(metric, answers, activity) == []


def test_activity_by_month_sums_to_the_whole_corpus(
    interactive: list[SessionTruth], activity: list[Row]
) -> None:
    for metric, value in ACTIVITY_COUNTS.items():
        months = [r for r in activity if r["metric_name"] == metric and r["period_kind"] == "month"]
        assert sum(row["numerator"] for row in months) == sum(map(value, interactive)), metric


def test_interactive_share_counts_headless_sessions_below_the_line(
    active: Activity, activity: list[Row]
) -> None:
    answers = activity_answers(
        active, lambda one: Observation(one.session.user, one.session.is_interactive, 1), is_rate=True
    )
    assert any(answer.numerator < (answer.denominator or 0) for answer in answers.values())
    assert wrong_cells("interactive_share", answers, activity) == []


def test_users_of_a_period_are_counted_once(active: Activity, activity: list[Row]) -> None:
    users = {
        cell: len({one.session.user for one in sessions.values()} - {None})
        for cell, sessions in with_people(active).items()
    }
    found = {cell_of(row): row["numerator"] for row in activity if row["metric_name"] == "users"}
    assert {cell.period_kind for cell in users} == {"overall", "week", "month", "quarter"}
    assert found == users


def test_a_team_is_shown_what_was_planted_or_nothing(
    released: ReleasedDemo, active: Activity, interactive: list[SessionTruth]
) -> None:
    """Cuts that are too fine are left out; of the others suppressed rows keep what is told all the same."""
    of_people = with_people(active)
    planted = {
        metric: answers_of(interactive, PERIODS, observe, is_rate=False)
        for metric, observe in ACTIVITY_MEANS.items()
    }
    for metric in ("sessions", "prompts", "turns", "tool_calls"):
        planted[metric] = {
            cell: summed(
                (
                    Observation(one.session.user, 1 if metric == "sessions" else one.sums[metric], None)
                    for one in of_period.values()
                ),
                is_rate=False,
            )
            for cell, of_period in of_people.items()
        }
    rows = released.home.query("select * from metrics.rpt_activity")
    compared = Counter[str]()
    for metric, answers in planted.items():
        found = {cell_of(row): row for row in rows if row["metric_name"] == metric}
        assert found.keys() <= answers.keys()
        assert not found[WHOLE]["is_suppressed"], metric
        for cell, row in found.items():
            assert wrong_shown_figures(answers[cell], row) == [], (metric, cell)
            compared[cell.period_kind] += row["estimate"] is not None
    assert compared["overall"] == len(planted), compared
    assert compared["quarter"] >= len(planted), compared
    assert compared["month"] >= 3 * len(planted), compared


def test_active_hours_are_the_union_of_a_users_turns_by_week(
    interactive: list[SessionTruth], activity: list[Row]
) -> None:
    spans = defaultdict(list)
    worked_on: dict[tuple[str, date], set[str]] = defaultdict(set)
    for session in (one for one in interactive if one.user):
        for turn in (turn for turn in session.turns if turn.has_agent_work):
            start, end = planted_time(turn.started_at), planted_time(turn.ended_at)
            spans[(str(session.user), week_of(start))].append((start, end))
            worked_on[(str(session.user), week_of(start))].add(session.session_id)
    found = defaultdict(list)
    seen: dict[tuple[Cell, str], set[str]] = defaultdict(set)
    for (user, week), turns in sorted(spans.items(), key=lambda one: one[0]):
        for cell in (
            WHOLE,
            Cell("week", week, "all", "all"),
            Cell("month", week.replace(day=1), "all", "all"),
            Cell("quarter", quarter_of(week), "all", "all"),
        ):
            new = worked_on[user, week] - seen[cell, user]
            seen[cell, user] |= new
            found[cell].append(Observation(user, union_seconds(turns) / 3600, 1, len(new)))
    answers: Answers = {cell: summed(observations, is_rate=False) for cell, observations in found.items()}
    assert wrong_cells("active_wall_hours_per_user_week", answers, activity) == []
