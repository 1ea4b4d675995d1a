"""What is true of every tool call of the demo's API traffic, and how it is drawn.

Knows no log. Effects that are planted: risk goes with the tool, autonomy and safeguards with the deployment,
and a person takes part the less, the more complex the goal is (A9) and by the customer's habit.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from orchestration.demo.traffic.deployments import Deployment, ToolUse

Involvement = Literal["approved_this_call", "steering_session", "only_supplied_input", "none"]

INVOLVED_BY_COMPLEXITY: Mapping[str, float] = {"minimal": 1.5, "low": 1.15, "moderate": 0.75, "high": 0.35}
"""Planted (A9): how the share of calls with a person in them changes with the complexity of the goal."""

MEANT = (0.8, 0.2)
"""Of a deployment that is no evaluation: calls that are meant, and calls of tests and rehearsals."""

REVERSIBILITIES = ("reversible_trivially", "reversible_with_effort", "irreversible")
SPREAD = 1.2
"""Of a rating around its mean."""


@dataclass(frozen=True)
class CallTruth:
    """One planted tool call, by its id in the log; the fields from `action_risk` on are true answers."""

    tool_use_id: str
    conversation: int
    deployment: str
    customer: str
    called_at: str
    action_risk: int
    action_autonomy: int
    human_involvement: str
    safeguards: str
    reversibility: str
    domain: str
    execution_context: str
    call_goal_complexity: str


def true_answers(
    deployment: Deployment, use: ToolUse, *, complexity: str, habit: float, rng: random.Random
) -> dict[str, int | str]:
    """What is true of a call. `habit`: of the customer, from 0 to 1."""
    involved = min(0.95, deployment.involved * INVOLVED_BY_COMPLEXITY[complexity] * (0.6 + 0.8 * habit))
    restricted, other = deployment.safeguarded
    return {
        "action_risk": _rating(use.risk, rng),
        "action_autonomy": _rating(deployment.autonomy + habit - 0.5, rng),
        "human_involvement": _one_of(
            {
                "approved_this_call": involved * 0.35,
                "steering_session": involved * 0.65,
                "only_supplied_input": (1 - involved) * 0.75,
                "none": (1 - involved) * 0.25,
            },
            rng,
        ),
        "safeguards": _one_of(
            {
                "approval_or_restriction": restricted,
                "other_safeguard": other,
                "none": 1 - restricted - other,
            },
            rng,
        ),
        "reversibility": rng.choices(REVERSIBILITIES, use.undone)[0],
        "domain": _one_of(deployment.domains, rng),
        "execution_context": (
            "evaluation_or_red_team"
            if deployment.is_evaluation
            else rng.choices(("production", "test_or_simulation"), MEANT)[0]
        ),
        "call_goal_complexity": complexity,
    }


def _rating(mean: float, rng: random.Random) -> int:
    return min(10, max(1, round(rng.gauss(mean, SPREAD))))


def _one_of(weights: Mapping[str, float], rng: random.Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
