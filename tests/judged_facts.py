"""Built facts in memory for tests of estimates: judged sessions, what was asked of whom, turns of a model.

Test support: no disk, no dbt. Columns that a test does not give are null. Expected values belong to tests.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts

ASKED = (
    "outcome", "success_evidence", "failure_evidence", "work_mode", "expertise", "expertise_first_prompt",
    "user_occupation", "work_occupation", "task_value", "difficulty_tier",
)  # fmt: skip
ASKED_OF_RULES = ("outcome", "success_evidence", "failure_evidence", "work_mode")

AGENT = "claude_code"
"""Whose facts these are."""

_TEXTS = (
    "session_id", "user_id", "work_mode", "expertise", "price_tier", "work_occupation", "user_occupation",
    "difficulty_tier", "new_work",
)  # fmt: skip
_NUMBERS = (
    "expertise_level", "first_prompt_expertise_level", "actions_per_prompt", "words_per_prompt", "price_usd",
)  # fmt: skip
_BOOLEANS = (
    "has_clear_goal", "is_code_producing", "is_in_trouble_above_3", "is_in_trouble_from_3",
    "is_verified_success", "is_at_least_partial", "is_judged_success", "is_judged_failure",
    "is_verified_failure", "is_failed_without_lines", "is_software_user",
)  # fmt: skip


def facts_of(
    sessions: pd.DataFrame,
    *,
    asked: Mapping[str, Sequence[str]] | None = None,
    models: Sequence[str] = ("claude-opus-4-5-20251101",),
) -> BuiltFacts:
    """Facts whose sessions every labeller of `asked` judged alike; `models` take turns over the sessions."""
    labellers = {"claude": ASKED} if asked is None else asked
    connection = duckdb.connect()
    connection.execute("create schema marts; create schema intermediate")
    given = sessions.reset_index(drop=True)
    if "session_id" not in given:
        given["session_id"] = [f"s{number:06d}" for number in range(len(given))]
    connection.register("given", given)
    columns = {
        **dict.fromkeys(_TEXTS, "varchar"), **dict.fromkeys(_NUMBERS, "double"),
        **dict.fromkeys(_BOOLEANS, "boolean"), "started_month": "date", "started_local_date": "date",
    }  # fmt: skip
    selected = ", ".join(
        f"cast({name if name in given else 'null'} as {kind}) as {name}" for name, kind in columns.items()
    )
    names = ", ".join(f"('{labeller}')" for labeller in labellers)
    connection.execute(
        f"create table intermediate.int_sessions__judged as select {selected}, labeller, "  # noqa: S608
        f"'{AGENT}' as agent from given cross join (values {names}) as labellers (labeller)"
    )
    connection.register("classifiers", _classifiers(labellers))
    connection.execute("create table intermediate.int_classifiers__asked as select * from classifiers")
    turns: dict[str, Any] = {
        "session_id": given["session_id"],
        "agent": AGENT,
        "model": [models[number % len(models)] for number in range(len(given))],
        "has_agent_work": True,
        "is_sidechain": False,
    }
    connection.register("turns", pd.DataFrame(turns))
    connection.execute("create table marts.fct_turns as select * from turns")
    return BuiltFacts(connection, AGENT)


def _classifiers(asked: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "agent": AGENT, "labeller": labeller, "classifier": classifier,
                "fingerprint": f"{labeller}-{classifier}",
            }
            for labeller, classifiers in asked.items()
            for classifier in classifiers
        ]
    )  # fmt: skip
