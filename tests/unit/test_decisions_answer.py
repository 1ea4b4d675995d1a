"""The list of decisions as it is answered: merged by name, scored by the rule, kept without names."""

from typing import Any

import pytest
from pydantic import ValidationError

from classifiers.answers.decision_shares import DecisionItem
from classifiers.catalog import decisions
from classifiers.catalog.decisions.labels import Decision, DecisionsAnswer
from classifiers.classifier import ITEM_KEY_COLUMNS


def decision(name: str, **fields: Any) -> dict[str, Any]:
    values = {"record_id": "h1", "kind": "planning", "owner": "user"}
    return {**values, "is_joint": False, "is_default_of_tool": False, "name": name, **fields}


def test_decisions_of_one_name_and_kind_are_one_and_the_first_stays() -> None:
    answer = DecisionsAnswer.model_validate(
        {
            "decisions": [
                decision("Use a queue"),
                decision("use  a QUEUE", owner="agent", record_id="a1"),
                decision("use a queue", kind="execution"),
            ]
        }
    )
    assert [(d.owner, d.kind) for d in answer.decisions] == [("user", "planning"), ("user", "execution")]


def test_decisions_are_scored_by_the_rule() -> None:
    answer = DecisionsAnswer.model_validate(
        {"decisions": [decision("goal"), decision("approach", owner="agent", record_id="a1", is_joint=True)]}
    )
    score = decisions.CLASSIFIER.score
    assert score is not None
    shares = score(answer, 1)
    assert (shares.user_planning_share, shares.user_planning_share_joint_half) == (0.5, 0.75)
    assert shares.rejected_decision_count == 1


def test_name_of_a_decision_never_reaches_the_lake() -> None:
    kept = [name for name in Decision.model_fields if name != "name"]
    assert DecisionItem._fields == (*ITEM_KEY_COLUMNS, *kept)
    columns = decisions.CLASSIFIER.label_schema.names
    assert "name" not in columns
    assert decisions.CLASSIFIER.items_schema is not None
    assert "name" not in decisions.CLASSIFIER.items_schema.names


def test_account_of_the_work_is_no_name() -> None:
    with pytest.raises(ValidationError):
        DecisionsAnswer.model_validate({"decisions": [decision("word " * 60)]})
