"""Published tables with their columns, keys and references, read from dbt's manifest."""

from typing import Any

import pytest

from orchestration.publishing.dictionary import Column, first_sentence, published_tables


def model(name: str, schema: str = "marts", **columns: str) -> dict[str, Any]:
    return {
        "unique_id": f"model.{name}",
        "name": name,
        "resource_type": "model",
        "config": {"schema": schema},
        "description": f"One row per {name}\n(of all): more.",
        "columns": {
            column: {"data_type": "string", "description": f"{text}\n  second line"}
            for column, text in columns.items()
        },
    }


def held(kind: str, of: str, column: str, **given: str) -> dict[str, Any]:
    return {
        "unique_id": f"test.{kind}.{of}.{column}",
        "resource_type": "test",
        "attached_node": f"model.{of}",
        "column_name": column,
        "test_metadata": {"name": kind, "kwargs": given},
    }


MANIFEST = {
    "nodes": {
        node["unique_id"]: node
        for node in (
            model("fct_turns", turn_id="Key.", session_id="Its session."),
            model("dim_users", user_id="Key."),
            model("rpt_usage", schema="metrics", figure_id="Key."),
            model("stg_turns", schema="staging", turn_id="Not published."),
            held("unique", "fct_turns", "turn_id"),
            held("relationships", "fct_turns", "session_id", to="ref('fct_sessions')", field="session_id"),
        )
    }
}


def test_what_is_published_is_there_in_order_and_nothing_else() -> None:
    names = [table.full_name for table in published_tables(MANIFEST)]
    assert names == ["marts.dim_users", "marts.fct_turns", "metrics.rpt_usage"]


def test_tests_of_the_project_say_what_is_key_and_what_is_a_reference() -> None:
    turns = published_tables(MANIFEST)[1]
    assert turns.columns == (
        Column("turn_id", "string", "Key. second line", is_key=True),
        Column("session_id", "string", "Its session. second line", refers_to="fct_sessions.session_id"),
    )
    assert turns.description == "One row per fct_turns (of all): more."
    assert turns.grain == "One row per fct_turns (of all)."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One row per turn. It ends.", "One row per turn."),
        ("One row per turn: from here to there.", "One row per turn."),
        ("One row per pair (population: all). More.", "One row per pair (population: all)."),
        ("One row per agent, version 2.1 and up. More.", "One row per agent, version 2.1 and up."),
        ("No end", "No end"),
    ],
)
def test_a_grain_is_the_first_sentence_outside_of_brackets(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence
