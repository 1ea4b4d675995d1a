"""The true answer to each question about a planted session: what every labeller of the demo errs around.

Belongs here: one function per question with planted facts or effects. A question that is not listed has an
answer drawn from its own words (drawn_answers). Not here: errors (errors), records and rows (label_rows).
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from classifiers.answers.evidence_score import score_failure, score_success
from classifiers.answers.expertise_labels import LEVELS
from classifiers.answers.price_tiers import tier_of
from classifiers.vocabulary import OPT_OUT
from orchestration.stand_in.planted import PlantedSession

Answered = Mapping[str, Any]
"""Fields of an answer without record ids; elements of its list are mappings too."""

_EXPERTISE = {level: label for label, level in LEVELS.items() if level is not None}
_SOFTWARE = "computer_and_mathematical"
_OCCUPATIONS = (
    _SOFTWARE,
    _SOFTWARE,
    "business_and_financial",
    _SOFTWARE,
    "arts_design_and_media",
    "management",
)
"""Occupations by the person's place."""

_TIERS = ("specified_task", "open_approach", "open_ended", "choosing_the_problem")
_COMPLEXITIES = ("minimal", "low", "moderate", "high")


def _labelled(name: str, label: str) -> Answered:
    return {name: label, f"forced_{name}": label}


def _work_mode(session: PlantedSession, _draw: Random) -> Answered:
    mode = session.work_mode
    forced = "understand" if mode == OPT_OUT else mode
    return {"work_mode": mode, "forced_work_mode": forced, "second_work_mode": None}


def _signals(signals: tuple[str, ...]) -> Answered:
    return {"signals": [{"signal": signal} for signal in signals]}


def _success(session: PlantedSession) -> int:
    return score_success([(name, name) for name in session.success_signals]).success_score


def _failure_on_the_way(session: PlantedSession, draw: Random) -> int:
    """Trouble that was met, whatever became of it: what lasted, and what was got over."""
    lasting = score_failure([(name, name) for name in session.failure_signals]).failure_score
    mended = 4 if "error_recovered" in session.failure_signals and draw.random() < 0.6 else 0
    return max(lasting, mended)


def _expertise(session: PlantedSession, _draw: Random) -> Answered:
    level = session.expertise_level
    return {
        "framing_precision": ("wish_only", "partly_specified", "precise")[(level - 1) // 2],
        "verification_asked": ("none_asked", "generic", "specific")[(level - 1) // 2],
        "correction_direction": "person_corrects" if level > 3 else "neither",
        "expertise": _EXPERTISE[level],
    }


def _first_prompt(session: PlantedSession, draw: Random) -> Answered:
    """One level beside the whole session's now and then: a first prompt shows less."""
    level = session.expertise_level + draw.choice((0, 0, 0, -1, 1))
    return {"expertise": _EXPERTISE[min(max(level, 1), len(_EXPERTISE))]}


def _user_occupation(session: PlantedSession, draw: Random) -> Answered:
    is_shown = draw.random() < 0.7
    return {"user_occupation": occupation_of(session) if is_shown else "not_inferable"}


def occupation_of(session: PlantedSession) -> str:
    """The occupation of the person of a session."""
    return _OCCUPATIONS[session.person % len(_OCCUPATIONS)]


def _work_occupation(session: PlantedSession, draw: Random) -> Answered:
    label = _SOFTWARE if draw.random() < 0.75 else occupation_of(session)
    return _labelled("work_occupation", label)


def _task_value(session: PlantedSession, _draw: Random) -> Answered:
    price = session.price_usd
    return {"price_usd": price, "price_tier": "not_inferable" if price is None else tier_of(price)}


def _human_time(session: PlantedSession, draw: Random) -> Answered:
    price = session.price_usd
    if price is None:
        return dict.fromkeys(("hours_p10", "hours_p50", "hours_p90"))
    hours = round(price / 60 * draw.uniform(0.8, 1.25), 2)
    return {"hours_p10": round(hours * 0.6, 2), "hours_p50": hours, "hours_p90": round(hours * 2, 2)}


def _decisions(session: PlantedSession, draw: Random) -> Answered:
    """Planning is mostly the person's, the more the more they know; execution mostly the agent's."""
    planned, executed = draw.randint(1, 4), draw.randint(1, 6)
    of_user = {"planning": 0.55 + 0.05 * session.expertise_level, "execution": 0.2}
    kinds = ["planning"] * planned + ["execution"] * executed
    return {
        "decisions": [
            {
                "name": f"{kind} {number}",
                "kind": kind,
                "owner": "user" if draw.random() < of_user[kind] else "agent",
                "is_joint": draw.random() < 0.1,
                "is_default_of_tool": False,
            }
            for number, kind in enumerate(kinds)
        ]
    }


def _difficulty(session: PlantedSession, draw: Random) -> Answered:
    """Harder tasks fail more often, and come up more often from month to month."""
    harder = 0.6 + 0.8 * session.progress
    weights = (
        (0.55, 0.3 * harder, 0.12 * harder, 0.03 * harder)
        if session.outcome == "succeeded"
        else (0.3, 0.35 * harder, 0.27 * harder, 0.08 * harder)
    )
    return {"difficulty_tier": draw.choices(_TIERS, weights)[0]}


def _complexity(session: PlantedSession, draw: Random) -> Answered:
    price = session.price_usd or 20.0
    place = min(3, int(price / 70) + draw.choice((-1, 0, 0, 1)))
    return {"goal_complexity": _COMPLEXITIES[max(0, place)]}


def _safeguards(_session: PlantedSession, draw: Random) -> Answered:
    seen = {
        "has_approval": draw.random() < 0.45,
        "has_restricted_tools": draw.random() < 0.35,
        "has_sandbox": draw.random() < 0.15,
        "has_dry_run": draw.random() < 0.05,
        "has_review_gate": draw.random() < 0.2,
        "has_backup": draw.random() < 0.3,
    }
    is_narrow = seen["has_approval"] or seen["has_restricted_tools"]
    word = "approval_or_restriction" if is_narrow else "other_safeguard" if any(seen.values()) else "none"
    return {**seen, "safeguards": word}


def _rated(name: str, mean: float, spread: float) -> "Told":
    return lambda _session, draw: {name: min(10, max(1, round(draw.gauss(mean, spread))))}


def _weighted(name: str, weights: Mapping[str, float]) -> "Told":
    return lambda _session, draw: {name: draw.choices(list(weights), list(weights.values()))[0]}


def answer_of_traffic(name: str, truth: Answered, draw: Random) -> Answered:
    """The answer about a call of API traffic, whose truth is planted word by word (I14 to I20)."""
    field = name.removesuffix("_anchored")
    if field != "safeguards":
        return {field: truth[field]}
    shown = dict.fromkeys(_NARROW_SAFEGUARDS + _OTHER_SAFEGUARDS, False)
    if truth["safeguards"] != "none":
        is_narrow = truth["safeguards"] == "approval_or_restriction"
        shown[draw.choice(_NARROW_SAFEGUARDS if is_narrow else _OTHER_SAFEGUARDS)] = True
    return {**shown, "safeguards": truth["safeguards"]}


_NARROW_SAFEGUARDS = ("has_approval", "has_restricted_tools")
_OTHER_SAFEGUARDS = ("has_sandbox", "has_dry_run", "has_review_gate", "has_backup")

Told = Callable[[PlantedSession, Random], Answered]

TRUE_ANSWERS: Mapping[str, Told] = {
    "work_mode": _work_mode,
    "codebase_relation": lambda session, _: _labelled("codebase_relation", session.codebase_relation),
    "outcome": lambda session, _: _labelled("outcome", session.outcome),
    "success_evidence": lambda session, _: _signals(session.success_signals),
    "failure_evidence": lambda session, _: _signals(session.failure_signals),
    "success_rating": lambda session, _: {"success_rating": _success(session)},
    "failure_rating": lambda session, draw: {"failure_rating": _failure_on_the_way(session, draw)},
    "expertise": _expertise,
    "expertise_first_prompt": _first_prompt,
    "user_occupation": _user_occupation,
    "work_occupation": _work_occupation,
    "task_value": _task_value,
    "human_time": _human_time,
    "decisions": _decisions,
    "difficulty_tier": _difficulty,
    "new_work": _weighted(
        "new_work",
        {"would_have_been_done": 0.6, "deferred_cleanup": 0.2, "exploratory": 0.15, "not_inferable": 0.05},
    ),
    "goal_complexity": _complexity,
    "safeguards": _safeguards,
    "action_risk": _rated("action_risk", 3.0, 1.5),
    "action_risk_anchored": _rated("action_risk", 2.6, 1.3),
    "action_autonomy": _rated("action_autonomy", 4.5, 2.0),
    "action_autonomy_anchored": _rated("action_autonomy", 4.2, 1.8),
    "human_involvement": _weighted(
        "human_involvement",
        {"approved_this_call": 0.3, "steering_session": 0.2, "only_supplied_input": 0.35, "none": 0.15},
    ),
    "reversibility": _weighted(
        "reversibility",
        {"reversible_trivially": 0.8, "reversible_with_effort": 0.18, "irreversible": 0.02},
    ),
    "domain": _weighted("domain", {"software_engineering": 0.85, "data_analysis": 0.1, "other": 0.05}),
    "execution_context": _weighted(
        "execution_context",
        {"production": 0.3, "test_or_simulation": 0.62, "evaluation_or_red_team": 0.08},
    ),
    "call_goal_complexity": _weighted(
        "call_goal_complexity", {"minimal": 0.2, "low": 0.35, "moderate": 0.3, "high": 0.15}
    ),
    "stop_reason": _weighted(
        "stop_reason",
        {
            "done": 0.5, "options_offered": 0.16, "needs_diagnostic_from_user": 0.12,
            "request_unclear": 0.08, "missing_access": 0.05, "approval_before_action": 0.07, "other": 0.02,
        },
    ),
    "question_usefulness": _weighted(
        "question_usefulness",
        {
            "changed_plan": 0.18, "supplied_missing": 0.37, "confirmed_only": 0.3, "not_answered": 0.1,
            "other": 0.05,
        },
    ),
    "interrupt_reason": _weighted(
        "interrupt_reason",
        {
            "correction_or_context": 0.4, "too_slow_or_looping": 0.2, "has_enough": 0.12,
            "will_do_self": 0.1, "goal_changed": 0.08, "other": 0.1,
        },
    ),
}  # fmt: skip
"""By question. Claims and steering are listed by record (cited.listed_by_record)."""
