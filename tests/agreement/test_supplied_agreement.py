"""Supplied tables agree with their settings, staging models, documentation and the figures of the
organisation."""

from pathlib import Path

import pytest
import yaml

from classifiers.answers.occupations import SOC_CODES
from orchestration.estimates.built_facts import ORGANISATION_FACTS
from orchestration.estimates.land_estimates import ESTIMATES
from orchestration.estimates.rates import RATE_TABLES
from orchestration.estimates.survey_medians import METRICS, VALUES
from orchestration.landing.lake import LakeTable
from orchestration.measures.measure import OF_THE_ORGANISATION
from orchestration.settings import Settings
from orchestration.supplied.land_supplied import SUPPLIED
from orchestration.supplied.pull_requests import NAMES, mappings
from orchestration.supplied.rows import FILES, ROW_TYPES, SET_ASIDE, SUPPLIED_TABLES

CHECKOUT = Path(__file__).resolve().parents[2]
STAGING = CHECKOUT / "dbt_project" / "models" / "staging" / "supplied"
PAGE = (CHECKOUT / "docs" / "organisation-tables.md").read_text(encoding="utf-8")
SURVEY = (CHECKOUT / "docs" / "survey.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", SUPPLIED_TABLES, ids=lambda table: table.name)
def test_every_table_is_staged_whole(table: LakeTable) -> None:
    (model,) = yaml.safe_load((STAGING / f"stg_supplied__{table.name}.yml").read_text())["models"]
    assert {one["name"] for one in model["columns"]} == set(table.schema.names)
    assert model["description"] == (ROW_TYPES[table].__doc__ or "").splitlines()[0]
    body = (STAGING / f"stg_supplied__{table.name}.sql").read_text()
    assert [name for name in table.schema.names if f" {name}" not in body] == []
    assert f"source('supplied', '{table.name}')" in body


def test_every_kind_of_lines_has_a_setting_and_stands_in_the_documentation() -> None:
    for table in SUPPLIED:
        assert table.name in Settings.model_fields
        assert f"`SESSIONMART_{table.name.upper()}`" in PAGE
    read = {lake_table for table in SUPPLIED for lake_table in table.tables}
    assert read | {FILES, SET_ASIDE} == set(SUPPLIED_TABLES)


def test_figures_of_the_organisation_are_those_of_its_tables() -> None:
    estimated = {
        name for table in ESTIMATES if table.is_of_organisation for name in table.published_in.values()
    }
    summed = {table for table, model in RATE_TABLES.items() if model in ORGANISATION_FACTS}
    assert estimated | summed == OF_THE_ORGANISATION


def test_every_band_of_the_survey_has_a_number_and_is_in_the_questionnaire() -> None:
    assert VALUES.keys() == METRICS.keys()
    for item, bands in VALUES.items():
        assert f"(`{item}`)" in SURVEY.replace("\n", " ")
        assert [band for band in bands if f"`{band}`" not in SURVEY] == []


def test_known_exporters_name_what_a_row_needs() -> None:
    assert [mapping.name for mapping in mappings()] == ["github_graphql", "github_rest", "sessionmart"]
    named = {name for mapping in mappings() for name, _ in mapping.fields}
    assert named == NAMES


def test_wages_are_named_by_the_groups_of_the_label() -> None:
    assert "computer_and_mathematical" in SOC_CODES
    assert "computer_and_mathematical" in PAGE
