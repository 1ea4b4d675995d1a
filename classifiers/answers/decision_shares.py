"""Who decided (C6): counts and shares computed from the listed decisions of a session.

A share is null where there is no decision of its kind: nobody decided nothing. Not here: what a decision
is, and whose it is; that is the catalog entry's.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol

DecisionKind = Literal["planning", "execution"]
DecisionOwner = Literal["user", "agent"]

JOINT_WEIGHT = 0.5
"""The person's part of a joint decision in the second pair of shares (I3's sensitivity)."""


class OwnedDecision(Protocol):
    """What of a decision is counted."""

    @property
    def kind(self) -> DecisionKind: ...
    @property
    def owner(self) -> DecisionOwner: ...
    @property
    def is_joint(self) -> bool: ...
    @property
    def is_default_of_tool(self) -> bool: ...


class DecisionItem(NamedTuple):
    """One row per decision of a label; its name is for merging alone and is not kept."""

    unit_id: str
    fingerprint: str
    replicate: int
    item_number: int
    record_id: str
    kind: DecisionKind
    owner: DecisionOwner
    is_joint: bool
    is_default_of_tool: bool


class DecisionShares(NamedTuple):
    """One row per label: how many decisions of each kind, and the person's share of them.

    `user_…_share_joint_half` counts a joint decision half for the person. `rejected_decision_count`:
    decisions whose record does not exist or is no record of their owner; they are in no other count.
    """

    decision_count: int
    planning_decision_count: int
    execution_decision_count: int
    user_planning_decision_count: int
    user_execution_decision_count: int
    joint_planning_decision_count: int
    joint_execution_decision_count: int
    default_of_tool_decision_count: int
    rejected_decision_count: int
    user_planning_share: float | None
    user_execution_share: float | None
    user_planning_share_joint_half: float | None
    user_execution_share_joint_half: float | None


def share_decisions(
    decisions: Iterable[OwnedDecision], *, rejected_decision_count: int = 0
) -> DecisionShares:
    """Count decisions by kind and owner; their order does not matter."""
    listed = list(decisions)
    planning = [decision for decision in listed if decision.kind == "planning"]
    execution = [decision for decision in listed if decision.kind == "execution"]
    return DecisionShares(
        decision_count=len(listed),
        planning_decision_count=len(planning),
        execution_decision_count=len(execution),
        user_planning_decision_count=sum(decision.owner == "user" for decision in planning),
        user_execution_decision_count=sum(decision.owner == "user" for decision in execution),
        joint_planning_decision_count=sum(decision.is_joint for decision in planning),
        joint_execution_decision_count=sum(decision.is_joint for decision in execution),
        default_of_tool_decision_count=sum(decision.is_default_of_tool for decision in listed),
        rejected_decision_count=rejected_decision_count,
        user_planning_share=_user_share(planning),
        user_execution_share=_user_share(execution),
        user_planning_share_joint_half=_user_share(planning, joint_weight=JOINT_WEIGHT),
        user_execution_share_joint_half=_user_share(execution, joint_weight=JOINT_WEIGHT),
    )


def _user_share(decisions: list[OwnedDecision], *, joint_weight: float | None = None) -> float | None:
    """The person's share; `joint_weight` replaces the owner of joint decisions."""
    if not decisions:
        return None
    parts = [
        joint_weight if decision.is_joint and joint_weight is not None else float(decision.owner == "user")
        for decision in decisions
    ]
    return sum(parts) / len(parts)
