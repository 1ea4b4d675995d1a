"""Study A's published figures next to the plain counts of `plain_study_a`: what is compared, what differs.

`HELD` lists the rows of the registry that need no label, with the way each is counted; `BY_LABEL` the others,
with the classifiers that the registry says they need. A test that asks both lists is in `agreement`.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from typing import Any, NamedTuple

from tests.plain_releases import jumps
from tests.plain_study_a import (
    POINTS,
    Cell,
    change_within,
    cohort,
    curve,
    duration_figures,
    oversight_counts,
    style_counts,
)
from tests.plain_uses import PlainUse

Query = Callable[[str], list[dict[str, Any]]]
Pairs = Iterator[tuple[Any, Any, Any]]
"""What a figure is of, as published, and as counted."""

AGENT = "agent = 'claude_code'"
ENDS = {
    "done": "completed", "question": "question", "plan": "plan_approval", "interrupted": "interrupted",
    "error": "error", "cut": "session_end", "open": "open",
}  # fmt: skip
"""How a plain turn ends, in the words of the marts."""
WORKED = "has_agent_work and not is_sidechain"


class Held(NamedTuple):
    """Metrics of a measure in one table of figures, and how they are counted a second time."""

    measure: str
    mart: str
    metrics: tuple[str, ...]
    how: str
    pairs: Callable[[Query, list[PlainUse], "Held"], Pairs]


class Comparison(NamedTuple):
    """How many figures were compared, and those that differ in words."""

    compared: int
    differences: list[str]


def compare(held: Held, query: Query, uses: list[PlainUse]) -> Comparison:
    pairs = list(held.pairs(query, uses, held))
    return Comparison(len(pairs), wrong_in(pairs))


def wrong_in(pairs: Iterable[tuple[Any, Any, Any]]) -> list[str]:
    """The pairs that differ, in words."""
    return [
        f"{what}: published {found!r}, counted {counted!r}"
        for what, found, counted in pairs
        if not is_same(found, counted)
    ]


def is_same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    if one is None or other is None or isinstance(one, str):
        return bool(one == other)
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


# --- rows -------------------------------------------------------------------------------------------


def turns(query: Query, uses: list[PlainUse]) -> Pairs:
    """Every turn in which the agent worked: what happened in it and how long it took."""
    counted = {
        (use.session_id, turn.opened_at): (
            round(turn.wall_seconds, 3), round(turn.net_seconds, 3), turn.mode or "unknown", turn.interrupts,
            turn.questions, turn.calls, turn.agent_calls, int(use.is_interactive), ENDS[turn.end or ""],
        )
        for use in uses
        for turn in use.worked
    }  # fmt: skip
    found = {
        (row["session_id"], row["started_at"].replace(tzinfo=UTC)): (
            round(row["wall_seconds"], 3), round(row["net_seconds"], 3), row["permission_mode"],
            row["interrupt_count"], row["clarification_count"], row["root_tool_call_count"],
            row["tool_call_count"] - row["root_tool_call_count"], int(row["is_interactive"]),
            row["end_reason"],
        )
        for row in query(f"select * from marts.fct_turns where {AGENT} and {WORKED}")  # noqa: S608
    }  # fmt: skip
    for key in sorted({*counted, *found}):
        yield key, found.get(key), counted.get(key)


def sessions(query: Query, uses: list[PlainUse]) -> Pairs:
    """Every session: whether a person took part, what came before, the interventions (A5's parts)."""
    marks = {
        row["session_id"]: row
        for row in query(
            "select e.session_id, count(*) filter (where e.event_kind = 'interrupt') as interrupts,"  # noqa: S608
            " count(*) filter (where e.event_kind = 'denial' and c.tool_name <> 'ExitPlanMode') as denials"
            " from marts.fct_events e left join marts.fct_tool_calls c on e.tool_call_id = c.tool_call_id"
            f" where e.{AGENT} group by e.session_id"
        )
    }
    found = {}
    for row in query(f"select * from marts.fct_sessions where {AGENT}"):  # noqa: S608
        own = marks.get(row["session_id"], {"interrupts": 0, "denials": 0})
        found[row["session_id"]] = (
            int(row["is_interactive"]), row["prior_session_count"], row["interrupt_count"],
            own["interrupts"], own["denials"], row["worked_turn_count"], row["subagent_count"],
        )  # fmt: skip
    counted = {}
    for use in uses:
        interrupts = sum(turn.interrupts for turn in use.turns)
        calls = use.reading.calls.values()
        refused = sum(call.is_refused and call.name != "ExitPlanMode" for call in calls)
        counted[use.session_id] = (
            int(use.is_interactive), use.prior, interrupts, interrupts, refused, len(use.worked),
            use.agent_count,
        )  # fmt: skip
    for key in sorted({*counted, *found}):
        yield key, found.get(key), counted.get(key)


# --- figures ----------------------------------------------------------------------------------------


def durations(query: Query, uses: list[PlainUse], held: Held) -> Pairs:
    counted = {cell: figure for cell, figure in duration_figures(uses).items() if cell.metric in held.metrics}
    found = {
        Cell(row["metric_name"], row["period_kind"], row["period_start"]): (
            row["n_turns"], row["n_open_turns"], row["estimate_seconds"],
        )
        for row in query(f"select * from metrics.{held.mart} where {AGENT}")  # noqa: S608
        if row["metric_name"] in held.metrics
    }  # fmt: skip
    for cell in sorted({*counted, *found}, key=str):
        figure = counted.get(cell)
        yield cell, found.get(cell), None if figure is None else tuple(figure)


def rates(query: Query, uses: list[PlainUse], held: Held) -> Pairs:
    counts: Mapping[Cell, tuple[float, float]] = oversight_counts(uses) | style_counts(uses)
    counted = {cell: figure for cell, figure in counts.items() if cell.metric in held.metrics}
    found = {
        Cell(
            row["metric_name"], row["period_kind"], row["period_start"], row["segment_name"],
            row["segment_value"],
        ): row
        for row in query(f"select * from metrics.{held.mart} where {AGENT}")  # noqa: S608
        if row["metric_name"] in held.metrics
    }  # fmt: skip
    for cell in sorted({*counted, *found}, key=str):
        row, own = found.get(cell), counted.get(cell)
        share = own[0] / own[1] if own is not None and own[1] else None
        yield (
            cell,
            None if row is None else (row["numerator"], row["denominator"], row["estimate"]),
            None if own is None else (*own, share),
        )


def curves(query: Query, uses: list[PlainUse], held: Held) -> Pairs:
    (metric,) = held.metrics
    observed = cohort(uses)[metric.removesuffix("_curve")]
    found = {
        int(row["segment_value"]): row["estimate"]
        for row in query(f"select * from metrics.{held.mart} where {AGENT}")  # noqa: S608
        if row["metric_name"] == metric
    }
    assert set(found) == set(POINTS)
    for point in POINTS:
        yield point, found[point], curve(observed, point)


def within(query: Query, uses: list[PlainUse], held: Held) -> Pairs:
    (metric,) = held.metrics
    (row,) = query(f"select * from metrics.{held.mart} where {AGENT} and metric_name = '{metric}'")  # noqa: S608
    yield metric, row["estimate"], change_within(cohort(uses)[metric.removesuffix("_within_user")])


def releases(query: Query, uses: list[PlainUse], held: Held) -> Pairs:
    (metric,) = held.metrics
    found = {
        (row["segment_name"], row["segment_value"], row["specification"]): row
        for row in query(f"select * from metrics.{held.mart} where {AGENT} and metric_name = '{metric}'")  # noqa: S608
    }
    counted = jumps(uses, least_people=1)
    for cell in sorted({*counted, *found}):
        row, own = found.get(cell), counted.get(cell)
        is_few = row is not None and row["withheld_reason"] in ("too_few_periods", "no_variation")
        yield (
            cell,
            "no release" if row is None else row["estimate"],
            None if is_few else (own if cell in counted else "no release"),
        )


def _durations(measure: str, *names: str) -> Held:
    metrics = tuple(f"turn_{series}_seconds_{name}" for series in ("net", "wall") for name in names)
    return Held(
        measure, "rpt_turn_durations", metrics, "order statistics of the plain turns' seconds", durations
    )


def _rates(measure: str, *metrics: str) -> Held:
    how = "plain sessions and turns counted by month and by earlier sessions"
    return Held(measure, "rpt_oversight_by_experience", metrics, how, rates)


OF_CURVE = "statsmodels' LOWESS of the plain outcomes on the logarithm of earlier sessions"
OF_WITHIN = "least squares on what each person's outcomes differ from their own mean"

HELD = (
    _durations("A1", "p999", "p999_daily_mean", "p99"),
    _durations("A2", "p50", "p90"),
    Held("A2", "rpt_turn_durations", tuple(f"turn_{series}_seconds_{name}_censored"
         for series in ("net", "wall") for name in ("p50", "p90")),
         "the product of survivors over the plain turns' seconds", durations),
    Held("A3", "rpt_autonomy", ("turn_duration_jump",), "least squares on 56 days around it", releases),
    _rates("A7", "full_auto_share", "no_denial_or_plan_verdict_share"),
    Held("A7", "rpt_experience_curves", ("full_auto_curve",), OF_CURVE, curves),
    Held("A7", "rpt_autonomy", ("full_auto_within_user",), OF_WITHIN, within),
    _rates("A8", "interrupt_rate"),
    Held("A8", "rpt_experience_curves", ("interrupt_curve",), OF_CURVE, curves),
    Held("A8", "rpt_autonomy", ("interrupt_within_user",), OF_WITHIN, within),
    _rates("A10", "agent_asked_rate"),
    _rates("own-styles", "user_month_style_share", *(f"style_after_{style}_share"
           for style in ("approves_each", "monitors", "unattended"))),
    _rates("own-delegation", "subagent_call_share", "delegating_session_share"),
)  # fmt: skip

BY_LABEL = {
    "A4": {"outcome", "difficulty_tier"},
    "A5": {"steering"},
    "A6": {"difficulty_tier"},
    "A9": {"human_involvement"},
    "A10": {"goal_complexity"},
    "A11": {"stop_reason"},
    "A12": {"interrupt_reason"},
    "A13": {"action_risk", "action_risk_anchored"},
    "A14": {"action_autonomy", "action_autonomy_anchored"},
    "A15": {"action_risk", "action_autonomy"},
    "A16": {"safeguards"},
    "A17": {"human_involvement"},
    "A18": {"reversibility"},
    "A19": {"domain"},
    "A20": {"call_goal_complexity"},
}
"""Measures with metrics that need labels, and the classifiers by which they are labelled."""
