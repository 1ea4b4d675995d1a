"""Which step of a duel is shown first, and what the verdicts in both orders come to.

Pure: ids and verdicts in, whose step won out. Not here: asking (labelling.next_step_duels).
"""

from classifiers.asking.eligibility import is_sampled
from classifiers.next_step.judgement.labels import NextStepVerdict
from orchestration.duels.rows import DuelOutcome, Preferred

DRAWN, SWAPPED = 1, 2
"""The two judgements of a duel: in the drawn order, and with the steps in each other's place."""

_OUTCOMES: dict[Preferred, DuelOutcome] = {"agent": "agent_better", "human": "human_better", "tie": "tie"}


def is_agent_first(unit_id: str) -> bool:
    """Whether the drawn order shows the model's step first: a fair hash of the moment's id."""
    return is_sampled(0.5, seed="next step order", unit_id=unit_id)


def preferred(verdict: NextStepVerdict, *, agent_first: bool) -> Preferred:
    """Whose step a verdict prefers."""
    if verdict in ("tie", "not_judgeable"):
        return verdict  # type: ignore[return-value]
    return "agent" if (verdict == "first_better") == agent_first else "human"


def outcome_of(drawn: Preferred, swapped: Preferred) -> DuelOutcome | None:
    """What both orders come to; None where either could not be judged.

    A verdict that follows the order and not the steps is no win of either.
    """
    if "not_judgeable" in (drawn, swapped):
        return None
    return _OUTCOMES[drawn] if drawn == swapped else "inconsistent"
