"""The demo's metrics: sums, rates and quantiles follow from what was planted; small cells stay hidden.

Personal mode hides nothing, so every cell is compared there; of a team's release, what it shows is. What
the rules say of a session is read from fct_labels, never from the truth.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import pytest

from orchestration.demo import SessionTruth
from orchestration.demo.truth import TurnTruth
from tests.demo_lake import (
    DemoHome,
    ReleasedDemo,
    Row,
    month_of,
    planted_time,
    quarter_of,
    union_seconds,
    week_of,
)
from tests.plain_intervals import quantile_with_interval
from tests.planted_answers import (
    Answers,
    Cell,
    Observation,
    Observe,
    answers_of,
    cell_of,
    in_month,
    in_quarter,
    in_week,
    is_close,
    overall,
    summed,
    wrong_cells,
    wrong_shown_figures,
)

WHOLE = Cell("overall", None, "all", "all")
PERIODS = (overall, in_week, in_month, in_quarter)
BUCKETS = ((0, "0"), (2, "1-2"), (9, "3-9"), (29, "10-29"), (99, "30-99"), (299, "100-299"), (999, "300-999"))
"""Most prior sessions of a bucket, and its name."""


@pytest.fixture(scope="module")
def sessions(personal: DemoHome) -> list[SessionTruth]:
    """The interactive sessions: what all metrics but one are about."""
    return [session for session in personal.truth.sessions if session.is_interactive]


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


def cells_at(at: datetime) -> tuple[Cell, ...]:
    """The whole and the periods that a time is in."""
    starts = (("week", week_of(at)), ("month", month_of(at)), ("quarter", quarter_of(at)))
    return WHOLE, *(Cell(kind, start, "all", "all") for kind, start in starts)


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


def interactive(active: Activity) -> Activity:
    """Without sessions that are not interactive, and periods that have none but those."""
    kept = {
        cell: {name: one for name, one in sessions.items() if one.session.is_interactive}
        for cell, sessions in active.items()
    }
    return {cell: sessions for cell, sessions in kept.items() if sessions}


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
    of_people = interactive(active)
    answers = activity_answers(
        of_people, lambda one: Observation(one.session.user, one.sums[metric], None), is_rate=False
    )
    wrong = wrong_cells(metric, answers, activity)
    # A session may be active in a period without a message in it, whose tokens are not known to be any.
    is_counted = not metric.endswith("_tokens")
    assert [text for text in wrong if is_counted or ": numerator" in text or "row" in text] == []


def test_sessions_of_a_period_are_those_that_were_active_in_it(
    active: Activity, activity: list[Row], sessions: list[SessionTruth]
) -> None:
    answers = activity_answers(
        interactive(active), lambda one: Observation(one.session.user, 1, None), is_rate=False
    )
    assert wrong_cells("sessions", answers, activity) == []
    weeks = sum(answer.n_sessions for cell, answer in answers.items() if cell.period_kind == "week")
    assert weeks > len(sessions), "some sessions of the demo go on after a weekend"
    started = answers_of(sessions, PERIODS, lambda session: Observation(session.user, 1, None), is_rate=False)
    assert wrong_cells("sessions_started", started, activity) == []


@pytest.mark.parametrize("metric", ACTIVITY_MEANS)
def test_activity_means_are_ratios_of_planted_sums(
    metric: str, sessions: list[SessionTruth], activity: list[Row]
) -> None:
    answers = answers_of(sessions, PERIODS, ACTIVITY_MEANS[metric], is_rate=False)
    assert wrong_cells(metric, answers, activity) == []


def test_activity_by_month_sums_to_the_whole_corpus(
    sessions: list[SessionTruth], activity: list[Row]
) -> None:
    for metric, value in ACTIVITY_COUNTS.items():
        months = [r for r in activity if r["metric_name"] == metric and r["period_kind"] == "month"]
        assert sum(row["numerator"] for row in months) == sum(map(value, sessions)), metric


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
        for cell, sessions in interactive(active).items()
    }
    found = {cell_of(row): row["numerator"] for row in activity if row["metric_name"] == "users"}
    assert {cell.period_kind for cell in users} == {"overall", "week", "month", "quarter"}
    assert found == users


def test_a_team_is_shown_what_was_planted_or_nothing(
    released: ReleasedDemo, active: Activity, sessions: list[SessionTruth]
) -> None:
    """Cuts that are too fine are left out; of the others suppressed rows keep what is told all the same."""
    of_people = interactive(active)
    planted = {
        metric: answers_of(sessions, PERIODS, observe, is_rate=False)
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
    sessions: list[SessionTruth], activity: list[Row]
) -> None:
    spans = defaultdict(list)
    worked_on: dict[tuple[str, date], set[str]] = defaultdict(set)
    for session in (one for one in sessions if one.user):
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


def bucket_of(personal: DemoHome) -> Callable[[SessionTruth], Cell]:
    """The bucket of prior sessions; users whose history may be cut off are one of their own."""
    truncated = {
        row["session_id"]
        for row in personal.query("select session_id from marts.fct_sessions where is_history_truncated")
    }

    def bucket(session: SessionTruth) -> Cell:
        name = next(name for most, name in BUCKETS if session.prior_session_count <= most)
        if session.user is None:
            name = "unknown_user"
        elif session.session_id in truncated:
            name = "history_truncated"
        return Cell("overall", None, "prior_sessions", name)

    return bucket


def has_tools(session: SessionTruth) -> bool:
    return any(turn.tool_call_count for turn in session.turns)


def calls_of_subagents_answers(
    sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell]
) -> Answers:
    observe = ratio(
        lambda s: s.counts.tool_call_count - s.counts.root_tool_call_count, lambda s: s.counts.tool_call_count
    )
    return answers_of(sessions, (overall, in_month, in_quarter, bucket), observe)


def delegating_answers(sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell]) -> Answers:
    observe = ratio(lambda s: s.counts.subagent_count > 0, lambda s: int(s.counts.tool_call_count > 0))
    return answers_of(sessions, (overall, in_month, in_quarter, bucket), observe)


def full_auto_answers(sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell]) -> Answers:
    observe = ratio(
        lambda s: bool(s.is_full_auto),
        lambda s: has_tools(s) and s.is_full_auto is not None,
        unknown=lambda s: has_tools(s) and s.is_full_auto is None,
    )
    return answers_of(sessions, (overall, in_month, in_quarter, bucket), observe)


def by_full_auto(session: SessionTruth) -> Cell:
    is_known = has_tools(session) and session.is_full_auto is not None
    return Cell(
        "overall", None, "full_auto", ("yes" if session.is_full_auto else "no") if is_known else "unknown"
    )


def interrupt_answers(sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell]) -> Answers:
    return answers_of_turns(sessions, bucket, lambda turn: turn.is_interrupted)


def asked_answers(sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell]) -> Answers:
    return answers_of_turns(sessions, bucket, lambda turn: turn.clarification_count > 0)


def answers_of_turns(
    sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell], counted: Callable[[TurnTruth], bool]
) -> Answers:
    """A turn is in the period in which it started; a session's own periods are there without a turn, too."""
    turns: dict[Cell, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for session in sessions:
        cuts = (bucket(session), by_full_auto(session))
        for cell in (overall(session), in_month(session), in_quarter(session), *cuts):
            turns[cell][session.session_id].extend(())
        for turn in (turn for turn in session.turns if turn.has_agent_work):
            at = planted_time(turn.started_at)
            periods = [cell for cell in cells_at(at) if cell.period_kind != "week"]
            for cell in (*periods, *cuts):
                turns[cell][session.session_id].append(counted(turn))
    users = {session.session_id: session.user for session in sessions}
    return {
        cell: summed(
            (
                Observation(users[session_id], sum(own), len(own), int(bool(own)))
                for session_id, own in of_cell.items()
            ),
            is_rate=True,
        )
        for cell, of_cell in turns.items()
    }


OVERSIGHT = {
    "full_auto_share": full_auto_answers,
    "interrupt_rate": interrupt_answers,
    "agent_asked_rate": asked_answers,
    "subagent_call_share": calls_of_subagents_answers,
    "delegating_session_share": delegating_answers,
}


@pytest.mark.parametrize("metric", OVERSIGHT)
def test_oversight_by_experience_counts_the_planted_sessions(
    metric: str, personal: DemoHome, sessions: list[SessionTruth]
) -> None:
    answers = OVERSIGHT[metric](sessions, bucket_of(personal))
    rows = personal.query("select * from metrics.rpt_oversight_by_experience")
    assert len([cell for cell in answers if cell.segment_name == "prior_sessions"]) >= 5
    assert wrong_cells(metric, answers, rows) == []


def test_planted_oversight_moves_with_experience(personal: DemoHome) -> None:
    """The plan: newcomers let the agent run less freely, and stop it less often, than the experienced."""
    rows = personal.query("select * from metrics.rpt_oversight_by_experience")
    for metric in ("full_auto_share", "interrupt_rate"):
        found = {row["segment_value"]: row for row in rows if row["metric_name"] == metric}
        early = [found[name] for name in ("0", "1-2", "3-9")]
        late = [found[name] for name in ("10-29", "30-99")]
        share = [sum(r["numerator"] for r in rs) / sum(r["denominator"] for r in rs) for rs in (early, late)]
        assert share[0] < share[1], metric


QUANTILES = {"p50": (0.5, 6), "p90": (0.9, 36), "p99": (0.99, 368), "p999": (0.999, 3688)}
"""Quantile, and the smallest sample that bounds it (METHODS 4.4: ln 0.025 / ln q)."""


def walls_by_period(
    sessions: list[SessionTruth],
) -> dict[tuple[str, object], list[tuple[str | None, str, float]]]:
    """User, session and seconds of every turn with agent work, by period."""
    found = defaultdict(list)
    for session in sessions:
        for turn in (turn for turn in session.turns if turn.has_agent_work):
            one = (session.user, session.session_id, turn.wall_seconds)
            for cell in cells_at(planted_time(turn.started_at)):
                found[(cell.period_kind, cell.period_start)].append(one)
    return found


@pytest.mark.parametrize("statistic", QUANTILES)
def test_turn_durations_are_quantiles_of_the_planted_turns(
    statistic: str, personal: DemoHome, sessions: list[SessionTruth]
) -> None:
    q, needed = QUANTILES[statistic]
    every = personal.query("select * from metrics.rpt_turn_durations where series = 'wall'")
    rows = [row for row in every if row["metric_name"] == f"turn_wall_seconds_{statistic}"]
    planted = walls_by_period(sessions)
    assert {(row["period_kind"], row["period_start"]) for row in rows} == planted.keys()
    for row in rows:
        turns = planted[(row["period_kind"], row["period_start"])]
        assert (row["n_turns"], row["n_open_turns"], row["needed_turn_count"]) == (len(turns), 0, needed)
        assert row["n_users"] == len({user for user, _, _ in turns if user})
        assert row["n_sessions"] == len({session for _, session, _ in turns})
        shown = [row[f"{name}_seconds"] for name in ("estimate", "interval_low", "interval_high")]
        if len(turns) < needed:
            assert (row["withheld_reason"], shown) == (f"fewer_than_{needed}_turns", [None] * 3)
        else:
            of_users = defaultdict(list)
            for user, _, seconds in turns:
                of_users[user].append(seconds)
            expected = quantile_with_interval(of_users, q)
            assert row["withheld_reason"] is None
            assert all(is_close(a, b) for a, b in zip(expected, shown, strict=True)), (row, expected)


def test_rare_quantiles_are_withheld_where_turns_are_too_few(personal: DemoHome) -> None:
    rows = personal.query("select * from metrics.rpt_turn_durations where series = 'wall'")
    shown = {(r["period_kind"], r["statistic"]) for r in rows if r["withheld_reason"] is None}
    withheld = {(r["period_kind"], r["statistic"]) for r in rows if r["withheld_reason"]}
    assert {("overall", "p50"), ("overall", "p90"), ("overall", "p99"), ("week", "p50")} <= shown
    assert {("overall", "p999"), ("week", "p99"), ("week", "p999"), ("week", "p999_daily_mean")} <= withheld
    assert ("overall", "p999") not in shown


def test_planted_median_is_the_plans(personal: DemoHome) -> None:
    (row,) = personal.query(
        "select * from metrics.rpt_turn_durations "
        "where metric_name = 'turn_wall_seconds_p50' and period_kind = 'overall'"
    )
    assert row["interval_low_seconds"] < personal.truth.plan["median_turn_seconds"] * 1.1
    assert row["interval_high_seconds"] > personal.truth.plan["median_turn_seconds"] * 0.9
