"""Planted answers about every tool call of a demo corpus, and what a census of them would say.

Test support: what is true of a call is drawn by a hash of its id, from chances that differ by kind of
tool (as the sampling shares do) and by person, so that neither an unweighted mean nor an interval without
users would hold. What the figures must show of it is said in the tests.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import Any

from classifiers.call_units import call_unit_id
from classifiers.rules.reversibility import reversibility_by_rule
from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from orchestration.stages import reader_of
from tests.demo_lake import DemoHome
from tests.fakes.planted_labels import CallAnswers

INVOLVED = ("approved_this_call", "steering_session")
EVALUATION = "evaluation_or_red_team"

CALL_QUESTIONS = (
    "action_risk", "action_autonomy", "human_involvement", "safeguards", "reversibility", "domain",
    "call_goal_complexity", "execution_context",
)  # fmt: skip

SHARES = {"shell": 0.5, "edit": 0.15, "read": 0.1, "search": 0.1}
"""Sampling shares: riskier kinds of calls are drawn more often, so that the plain mean of a sample misses."""
OTHER_SHARE = 0.3

TAKEN_FOR_PEOPLE = {"only_supplied_input": {"steering_session": 0.5, "only_supplied_input": 0.5}}
"""The judge's error: half of what a program or a first prompt supplied passes for a person (METHODS 0.7)."""

FEW = 3
"""This many people have calls of a domain that nobody else has: a cell that a team must not see."""

_MEAN_RISK = {"shell": 6, "edit": 4, "read": 1, "search": 1}


@dataclass(frozen=True)
class PlantedCall:
    """One call: whose it is, what it is part of, and what is true of it, by question."""

    unit_id: str
    user_id: str | None
    project_id: str | None
    tool_category: str
    truth: Mapping[str, Any]

    @property
    def answers(self) -> CallAnswers:
        """The fields that a judge without error gives."""
        return {name: {name: value} for name, value in self.truth.items()}


def planted_calls(home: DemoHome) -> list[PlantedCall]:
    """Every call of the lake with what is planted of it."""
    days = days_with_sessions(home.settings)
    rows = [row for day in days for row in reader_of(home.settings, day)("raw_tool_calls").to_pylist()]
    owners = {
        f"{row['session_id']}|{row['tool_use_id']}|{row['occurrence']}": (row["user_id"], row["project_id"])
        for row in rows
    }
    people = {user_id for row in rows if (user_id := row["user_id"])}
    lawyers = sorted(people, key=lambda user_id: _random(f"lawyer {user_id}").random())[:FEW]
    found = []
    for day in days:
        for frame in frames_of_day(home.settings, day):
            for call in frame.session.calls:
                if call.has_call:
                    unit_id = call_unit_id(call)
                    user_id, project_id = owners[unit_id]
                    by_rule = reversibility_by_rule(call)
                    truth = _truth(
                        unit_id, call.tool_category, user_id, by_rule, is_lawyer=user_id in lawyers
                    )
                    found.append(PlantedCall(unit_id, user_id, project_id, call.tool_category, truth))
    return found


def answers_of(calls: Iterable[PlantedCall]) -> dict[str, CallAnswers]:
    return {call.unit_id: call.answers for call in calls}


def _truth(
    unit_id: str, category: str, user_id: str | None, by_rule: str | None, *, is_lawyer: bool
) -> dict[str, Any]:
    draw, person = _random(unit_id), _random(f"person {user_id}")
    is_shell = category == "shell"
    involved = 0.25 + 0.3 * person.random() + (0.2 if is_shell else 0.0)
    restricted = 0.4 + 0.3 * person.random()
    risk = min(10, max(1, round(draw.gauss(_MEAN_RISK.get(category, 3), 1.5))))
    return {
        "action_risk": risk,
        "action_autonomy": min(10, max(1, round(draw.gauss(4 + 2 * person.random(), 1.5)))),
        "human_involvement": draw.choices(
            ["steering_session", "approved_this_call", "only_supplied_input", "none"],
            [involved * 0.7, involved * 0.3, (1 - involved) * 0.8, (1 - involved) * 0.2],
        )[0],
        "safeguards": draw.choices(
            ["approval_or_restriction", "other_safeguard", "none"],
            [restricted, (1 - restricted) / 2, (1 - restricted) / 2],
        )[0],
        "reversibility": by_rule
        or draw.choices(["reversible_trivially", "reversible_with_effort", "irreversible"], [6, 3, 1])[0],
        "domain": draw.choices(
            ["software_engineering", "data_analysis", "finance", "legal"],
            [
                *([5, 3, 1] if is_shell else [7, 1, 2]),
                4 if is_lawyer else 0,
            ],
        )[0],
        "call_goal_complexity": draw.choices(["minimal", "low", "moderate", "high"], [2, 4, 3, 1])[0],
        "execution_context": draw.choices(
            ["production", "test_or_simulation", EVALUATION], [14, 3, 3 + (4 if risk > 6 else 0)]
        )[0],
    }


def _random(text: str) -> Random:
    return Random(blake2b(text.encode(), digest_size=8).digest())  # noqa: S311 - a planted truth, no secret


def census(calls: Sequence[PlantedCall], value: Callable[[PlantedCall], float]) -> float:
    """The mean over all calls."""
    return sum(map(value, calls)) / len(calls)


def census_by_deployment(calls: Sequence[PlantedCall], value: Callable[[PlantedCall], float]) -> float:
    """The mean of the projects' means."""
    of: dict[str | None, list[float]] = {}
    for call in calls:
        of.setdefault(call.project_id, []).append(value(call))
    return sum(sum(own) / len(own) for own in of.values()) / len(of)


def is_one_of(question: str, *labels: str) -> Callable[[PlantedCall], float]:
    """1 where the truth of a question is one of these labels."""
    return lambda call: float(call.truth[question] in labels)
