"""The person's share of decisions, by kind, with joint ones counted whole and half."""

from dataclasses import dataclass
from itertools import permutations

from classifiers.answers.decision_shares import DecisionKind, DecisionOwner, share_decisions


@dataclass(frozen=True)
class Made:
    kind: DecisionKind
    owner: DecisionOwner
    is_joint: bool = False
    is_default_of_tool: bool = False


def test_shares_are_by_kind() -> None:
    shares = share_decisions(
        [
            Made("planning", "user"),
            Made("planning", "user"),
            Made("planning", "agent"),
            Made("execution", "agent"),
            Made("execution", "user"),
        ]
    )
    assert (shares.decision_count, shares.planning_decision_count, shares.execution_decision_count) == (
        5,
        3,
        2,
    )
    assert (shares.user_planning_decision_count, shares.user_execution_decision_count) == (2, 1)
    assert shares.user_planning_share == 2 / 3
    assert shares.user_execution_share == 0.5


def test_share_of_a_kind_without_decisions_is_null_and_not_zero() -> None:
    shares = share_decisions([Made("planning", "agent")])
    assert (shares.user_planning_share, shares.user_planning_share_joint_half) == (0.0, 0.0)
    assert (shares.user_execution_share, shares.user_execution_share_joint_half) == (None, None)


def test_joint_decision_is_its_owners_in_one_share_and_half_in_the_other() -> None:
    shares = share_decisions(
        [Made("planning", "agent", is_joint=True), Made("planning", "user"), Made("planning", "agent")]
    )
    assert shares.user_planning_share == 1 / 3
    assert shares.user_planning_share_joint_half == 0.5
    assert (shares.joint_planning_decision_count, shares.joint_execution_decision_count) == (1, 0)


def test_joint_decision_counts_half_whoever_is_named_as_its_owner() -> None:
    by_user = share_decisions([Made("execution", "user", is_joint=True)])
    by_agent = share_decisions([Made("execution", "agent", is_joint=True)])
    assert by_user.user_execution_share_joint_half == by_agent.user_execution_share_joint_half == 0.5


def test_defaults_of_the_tool_are_counted_and_stay_in_the_shares() -> None:
    shares = share_decisions([Made("execution", "agent", is_default_of_tool=True), Made("execution", "user")])
    assert shares.default_of_tool_decision_count == 1
    assert shares.user_execution_share == 0.5


def test_rejected_decisions_are_in_no_other_count() -> None:
    shares = share_decisions([Made("planning", "user")], rejected_decision_count=3)
    assert (shares.decision_count, shares.rejected_decision_count) == (1, 3)


def test_order_does_not_matter() -> None:
    made = [
        Made("planning", "user"),
        Made("planning", "agent", is_joint=True),
        Made("execution", "agent", is_default_of_tool=True),
        Made("execution", "user"),
    ]
    assert len({share_decisions(order) for order in permutations(made)}) == 1
