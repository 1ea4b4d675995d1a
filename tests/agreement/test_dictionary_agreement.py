"""The data dictionary, the worked questions and the pages that name them agree with the dbt project."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from orchestration.commands.printing import FIRST_QUERY
from orchestration.desk.dictionary_page import PAGE_FILE, dictionary_page
from orchestration.desk.exposures import (
    EXPOSURES_FILE,
    cells_of,
    exposures_yaml,
    notebooks,
    tables_in,
    tables_of_question,
)
from orchestration.desk.questions import QUESTIONS_DIR, load_questions, question_of
from orchestration.measures.registry import metrics
from orchestration.privacy.released_figures import REPEATING
from orchestration.publishing.dictionary import published_tables
from orchestration.settings import CHECKOUT


def test_the_dictionary_is_as_generated(dbt_manifest: Mapping[str, Any]) -> None:
    assert PAGE_FILE.read_text(encoding="utf-8") == dictionary_page(dbt_manifest), (
        "run python -m orchestration.desk"
    )


def test_every_reader_is_an_exposure_of_what_it_reads(dbt_manifest: Mapping[str, Any]) -> None:
    """The page reads each table that has figures with a reason where one is hidden (report.cells)."""
    assert EXPOSURES_FILE.read_text(encoding="utf-8") == exposures_yaml(), "run python -m orchestration.desk"
    found = {
        node["name"]: {parent.rpartition(".")[2] for parent in node["depends_on"]["nodes"]}
        for node in dbt_manifest["exposures"].values()
    }
    with_figures = {
        table.name
        for table in published_tables(dbt_manifest)
        if {"metric_name", "suppressed_reason"} <= {column.name for column in table.columns}
    }
    of_notebooks = {
        f"notebook_{one.stem}": set(tables_in("".join(cells_of(one, "code")))) for one in notebooks()
    }
    assert of_notebooks
    assert found == {
        "page": with_figures - set(REPEATING),
        **of_notebooks,
        **{f"question_{one.number:02}_{one.name}": set(tables_of_question(one)) for one in load_questions()},
    }


def test_every_published_table_has_one_key_and_says_its_grain(dbt_manifest: Mapping[str, Any]) -> None:
    for table in published_tables(dbt_manifest):
        assert len([column for column in table.columns if column.is_key]) == 1, table.name
        assert table.grain.startswith("One row per "), table.name


def test_every_reference_is_to_a_published_key(dbt_manifest: Mapping[str, Any]) -> None:
    tables = published_tables(dbt_manifest)
    keys = {f"{table.name}.{column.name}" for table in tables for column in table.columns if column.is_key}
    found = {column.refers_to for table in tables for column in table.columns if column.refers_to}
    assert found <= keys


def test_facts_and_figures_have_an_agent(dbt_manifest: Mapping[str, Any]) -> None:
    """The dictionary says so. What was set aside has no session, and so a source alone; what a repository has
    is no agent's.
    """
    of_none = {"fct_set_aside", "fct_landed_commits", "fct_merged_lines"}
    for table in published_tables(dbt_manifest):
        if table.name.startswith(("fct_", "rpt_")) and table.name not in of_none:
            assert "agent" in {column.name for column in table.columns}, table.name


@pytest.mark.parametrize("name", [one.name for one in load_questions()])
def test_a_question_asks_published_tables_by_their_full_names(
    name: str, dbt_manifest: Mapping[str, Any]
) -> None:
    known = {table.full_name for table in published_tables(dbt_manifest)}
    asked = set(re.findall(r"\b(?:marts|metrics)\.\w+", question_of(name).sql))
    assert asked
    assert asked <= known


def test_the_folder_of_questions_holds_nothing_that_is_not_read() -> None:
    assert len(list(QUESTIONS_DIR.glob("*.sql"))) == len(load_questions())
    assert {path.suffix for path in QUESTIONS_DIR.iterdir()} <= {".sql", ""}


def test_the_query_that_a_run_prints_is_a_question() -> None:
    assert question_of(FIRST_QUERY.removeprefix(".run ")).name == "tokens_and_dollars_by_model_and_week"


def test_the_guide_for_agents_names_what_there_is(dbt_manifest: Mapping[str, Any]) -> None:
    text = (CHECKOUT / "docs" / "agents.md").read_text(encoding="utf-8")
    tables = {table.name: table for table in published_tables(dbt_manifest)}
    named = set(re.findall(r"\b(?:fct|dim|rpt)_\w+", text))
    assert named <= tables.keys()
    columns = {column.name for table in tables.values() for column in table.columns}
    mentioned = set(re.findall(r"`((?:is|has)_\w+|\w+_(?:reason|usd|kind|name))`", text))
    assert mentioned <= columns
    assert {metric.mart for metric in metrics()} <= tables.keys()
