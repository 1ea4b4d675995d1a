"""The demo's oversight by experience: auto-approval and interrupts follow from what was planted."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

import pytest

from orchestration.demo import SessionTruth
from orchestration.demo.truth import TurnTruth
from tests.demo_lake import DemoHome, Row, planted_time
from tests.planted_answers import (
    Answers,
    Cell,
    Observation,
    answers_of,
    cells_at,
    in_month,
    in_quarter,
    overall,
    ratio,
    summed,
    wrong_cells,
)

BUCKETS = ((0, "0"), (2, "1-2"), (9, "3-9"), (29, "10-29"), (99, "30-99"), (299, "100-299"), (999, "300-999"))
"""Most prior sessions of a bucket, and its name."""


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


def full_auto_answers(sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell]) -> Answers:
    observe = ratio(
        lambda s: bool(s.is_full_auto),
        lambda s: has_tools(s) and s.is_full_auto is not None,
        unknown=lambda s: has_tools(s) and s.is_full_auto is None,
    )
    return answers_of(sessions, (overall, in_month, in_quarter, bucket), observe)


def subagent_call_answers(sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell]) -> Answers:
    observe = ratio(
        lambda s: s.counts.tool_call_count - s.counts.root_tool_call_count, lambda s: s.counts.tool_call_count
    )
    return answers_of(sessions, (overall, in_month, in_quarter, bucket), observe)


def delegating_answers(sessions: list[SessionTruth], bucket: Callable[[SessionTruth], Cell]) -> Answers:
    observe = ratio(lambda s: s.counts.subagent_count > 0, lambda s: int(s.counts.tool_call_count > 0))
    return answers_of(sessions, (overall, in_month, in_quarter, bucket), observe)


def by_full_auto(session: SessionTruth) -> Cell:
    is_known = has_tools(session) and session.is_full_auto is not None
    value = ("yes" if session.is_full_auto else "no") if is_known else "unknown"
    return Cell("overall", None, "full_auto", value)


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
    "subagent_call_share": subagent_call_answers,
    "delegating_session_share": delegating_answers,
}


@pytest.mark.parametrize("metric", OVERSIGHT)
def test_oversight_by_experience_counts_the_planted_sessions(
    metric: str, personal: DemoHome, interactive: list[SessionTruth]
) -> None:
    answers = OVERSIGHT[metric](interactive, bucket_of(personal))
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


DOING = ("shell", "edit", "mcp", "web", "other")


def streaks_of(personal: DemoHome) -> list[tuple[datetime, datetime | None, int]]:
    """First failure, intervention and calls in between of each streak, walked through call by call."""
    calls = personal.query(
        "select c.* from marts.fct_tool_calls c join marts.fct_turns t using (session_id, turn_id)"
        " where c.has_call and not c.is_sidechain and t.is_interactive and t.has_agent_work"
        " and not t.is_sidechain and c.agent = 'claude_code' order by c.called_at, c.tool_call_id"
    )
    stops = personal.query(
        "select session_id, turn_id, acted_at as at from marts.fct_human_acts"
        " where act_kind in ('steering', 'denial_feedback') union all"
        " select session_id, turn_id, occurred_at as at from marts.fct_events"
        " where event_kind in ('interrupt', 'denial')"
    )
    of_turns: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for call in calls:
        of_turns[call["session_id"], call["turn_id"]].append(call)
    found = []
    for turn, own in of_turns.items():
        acts = sorted(stop["at"] for stop in stops if (stop["session_id"], stop["turn_id"]) == turn)
        failed: list[Row] = []
        doing = [
            call
            for call in own
            if call["tool_category"] in DOING
            and call["has_result"]
            and not call["is_background"]
            and (call["is_error"] or call["error_kind"] is None)
        ]
        for call in [*doing, None]:
            if call is not None and call["is_error"]:
                failed.append(call)
                continue
            if len(failed) >= 2:
                end = None if call is None else call["resulted_at"]
                since = failed[1]["resulted_at"]
                act = next((at for at in acts if since <= at and (end is None or at < end)), None)
                began = failed[0]["called_at"]
                between = 0 if act is None else sum(began < each["called_at"] < act for each in own)
                found.append((began, act, between))
            failed = []
    return found


def test_delays_of_interventions_are_those_of_the_planted_streaks(personal: DemoHome) -> None:
    streaks = streaks_of(personal)
    delays = sorted(
        ((act - began).total_seconds(), calls) for began, act, calls in streaks if act is not None
    )
    assert len(delays) >= 2, "stories plant agents that are stuck and told what to do"
    assert len(streaks) > len(delays)
    rows = {
        (row["metric_name"], row["statistic"]): row
        for row in personal.query("select * from metrics.rpt_autonomy where agent = 'claude_code'")
    }
    share = rows["intervened_streak_share", "share"]
    assert share["estimate"] == pytest.approx(len(delays) / len(streaks))
    middle = (len(delays) + 1) // 2 - 1
    seconds = rows["intervention_delay_seconds", "median"]
    assert seconds["estimate"] == pytest.approx(delays[middle][0])
    actions = rows["intervention_delay_actions", "median"]
    assert actions["estimate"] == sorted(calls for _, calls in delays)[middle]
