"""The dbt project agrees with the row types, the catalogue, the documentation rules and the issue's columns.

Halves that are written apart: RAW_TABLES and sources, labels and staging, Literals and accepted values,
SQL and yml. Read from files, so that dbt need not start.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from classifiers.answer_columns import answer_tables
from classifiers.answers.claims import ClaimItem
from classifiers.asking.eligibility import PERSON_SURFACES, LabelEligibility
from classifiers.dbt_sources import written_files
from classifiers.label_row import LabelRow
from classifiers.label_tables import label_tables
from classifiers.reviews.review_sample import ReviewSample
from classifiers.vocabulary import SEED_FILE, vocabulary, vocabulary_csv
from expectations.suites.every_table import literal_words
from orchestration.estimates.figure import Figure
from orchestration.estimates.land_estimates import ESTIMATE_TABLES, ESTIMATES
from orchestration.estimates.rates import RATE_TABLES
from orchestration.ingest.git_rows import GIT_TABLES, GitTable
from orchestration.ingest.rows import (
    NO_SESSION,
    PARTITION_COLUMN,
    RAW_TABLES,
    RawDrift,
    RawEvent,
    RawHarnessText,
    RawHumanAct,
    RawRecordCount,
    RawResponse,
    RawSession,
    RawTable,
    RawToolCall,
    RawTurn,
)

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
MODELS = {path.stem: path for path in sorted((PROJECT / "models").rglob("*.sql"))}
PUBLIC = {name for name, path in MODELS.items() if path.parent.name in ("marts", "metrics")}

SESSION_COLUMNS = {
    "session_id", "user_id", "project_id", "source", "session_date", "started_at", "ended_at",
    "cli_version", "entrypoint", "is_interactive", "turn_count", "human_prompt_count",
    "human_act_count", "message_count", "tool_call_count", "tool_error_count", "interrupt_count",
    "denial_count", "clarification_count", "compaction_count", "subagent_count", "input_tokens",
    "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens", "is_usage_final",
    "lines_added", "lines_removed", "commit_count", "push_count", "pull_request_count",
    "test_run_count", "duration_seconds", "active_seconds",
}  # fmt: skip


FIGURES_FILE = PROJECT / "models" / "metrics" / "_figures.yml"
"""Describes every table of figures: their columns are the same, and stand there once."""


def described(path: Path) -> dict[str, Any]:
    """The description of one model, from the yml beside it or from that of the tables of figures."""
    beside = path.with_suffix(".yml")
    models = yaml.safe_load((beside if beside.exists() else FIGURES_FILE).read_text())["models"]
    (model,) = (model for model in models if model["name"] == path.stem)
    return dict(model)


def columns(name: str) -> list[str]:
    return [column["name"] for column in described(MODELS[name])["columns"]]


def column(name: str, wanted: str) -> dict[str, Any]:
    (found,) = (one for one in described(MODELS[name])["columns"] if one["name"] == wanted)
    return dict(found)


def accepted(name: str, wanted: str) -> set[str]:
    """Values that a column's test accepts."""
    tests = column(name, wanted).get("data_tests", [])
    (values,) = (
        test["accepted_values"]["arguments"]["values"]
        for test in tests
        if isinstance(test, dict) and "accepted_values" in test
    )
    return set(values)


def literals(annotation: Any) -> set[str]:
    """Strings of a (nested) Literal, None left out."""
    if isinstance(annotation, str):
        return {annotation}
    return {value for member in get_args(annotation) for value in literals(member)}


def sources(name: str) -> set[str]:
    (path,) = (PROJECT / "models" / "staging" / name).glob("*__sources.yml")
    (source,) = yaml.safe_load(path.read_text())["sources"]
    return {table["name"] for table in source["tables"]}


@pytest.mark.parametrize("table", RAW_TABLES, ids=lambda table: table.name)
def test_every_raw_table_is_staged_whole(table: RawTable) -> None:
    partition = "archived_date" if table.is_by_archived_date else PARTITION_COLUMN
    assert table.name in sources("transcripts")
    name = f"stg_transcripts__{table.name.removeprefix('raw_')}"
    assert set(columns(name)) == {*table.columns, partition}
    assert described(MODELS[name])["description"].strip() == table.grain
    assert f"source('transcripts', '{table.name}')" in MODELS[name].read_text()


@pytest.mark.parametrize("table", GIT_TABLES, ids=lambda table: table.name)
def test_every_table_of_git_is_staged_whole(table: GitTable) -> None:
    name = f"stg_git__{table.name}"
    hints = get_type_hints(table.row_type)
    assert set(columns(name)) == set(hints)
    assert described(MODELS[name])["description"].strip() == table.grain
    for wanted, words in literal_words(hints).items():
        assert accepted(name, wanted) == set(words)


def test_no_source_without_a_raw_table() -> None:
    assert sources("transcripts") == {table.name for table in RAW_TABLES}
    assert sources("git") == {table.name for table in GIT_TABLES}


def test_sources_and_list_of_label_tables_are_the_catalog_s() -> None:
    """Stale: `python -m classifiers.dbt_sources` writes both anew."""
    for path, text in written_files().items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_staging_names_no_label_table() -> None:
    """A new classifier needs no dbt file: both models loop over the list that is written from the catalog."""
    for name in ("stg_labels__labels", "stg_labels__answers"):
        text = MODELS[name].read_text()
        assert "{{ source('labels', table.name) }}" in text
        assert not re.findall(r"(?:source|ref)\('", text.replace("source('labels', table.name)", ""))
        assert not {f"'{table}'" for table in label_tables()} & set(re.findall(r"'\w+'", text))


def test_no_label_source_without_a_classifier() -> None:
    assert sources("labels") == {*label_tables(), "label_eligibility", "review_samples"}


def test_label_row_is_staged_and_described_whole() -> None:
    body = MODELS["stg_labels__labels"].read_text().partition("select\n")[2].partition("    from")[0]
    lines = [line.strip(" ,") for line in body.splitlines() if line and "--" not in line]
    named = [line.rpartition(" as ")[2] for line in lines]
    wanted = {*LabelRow._fields, "answer_label", "answer_score", PARTITION_COLUMN}
    assert set(named) == set(columns("stg_labels__labels")) == wanted
    assert len(named) == len(wanted)


def test_every_answer_column_that_is_read_into_a_session_exists() -> None:
    """`classifier.field` in int_sessions__labelled: a field that is renamed or dropped is found here."""
    asked = set(re.findall(r"question = '([\w.]+)'", MODELS["int_sessions__labelled"].read_text()))
    known = {
        f"{table.classifier}.{column.name}"
        for table in answer_tables()
        for column in table.columns
        if not table.is_items
    }
    assert asked <= known, asked - known


def test_eligibility_is_staged_whole() -> None:
    assert set(columns("stg_labels__label_eligibility")) == {*LabelEligibility._fields, PARTITION_COLUMN}


def test_samples_for_review_are_staged_whole() -> None:
    assert set(columns("stg_labels__review_samples")) == {*ReviewSample._fields, PARTITION_COLUMN}


def test_every_label_has_a_meaning_of_one_line() -> None:
    for row in vocabulary():
        assert row.meaning.strip(), row
        assert "\n" not in row.meaning, row


def test_vocabulary_seed_is_the_catalog_s() -> None:
    """Stale: `python -m classifiers.vocabulary` writes it anew."""
    assert SEED_FILE.read_text(encoding="utf-8") == vocabulary_csv()


def test_every_word_of_an_answer_is_held_to_the_vocabulary_seed() -> None:
    """One test of the long table covers every closed field, what a rule computes included."""
    assert column("stg_labels__answers", "value_text")["data_tests"] == [
        {"answer_in_label_vocabulary": {"name": "stg_labels__answers_value_text_is_known"}}
    ]
    known = {(row.classifier, row.field) for row in vocabulary()}
    words = {
        (table.classifier, column.name)
        for table in answer_tables()
        for column in table.columns
        if column.kind == "text"
    }
    test = (PROJECT / "tests" / "generic" / "answer_in_label_vocabulary.sql").read_text()
    backings = set(re.findall(r"\('(\w+)'\)", test.partition("from (values")[2]))
    assert words - known == {("claims", "backing")}
    assert backings == literals(get_type_hints(ClaimItem)["backing"])


def test_figures_are_staged_and_published_whole() -> None:
    """Every column of a figure but the table it is published in, with the published value of its cell."""
    assert sources("estimates") == {table.name for table in ESTIMATE_TABLES}
    own = {*Figure._fields, "figure_id", "is_suppressed"}
    staged = MODELS["stg_estimates__figures"].read_text().partition("final as (")[2]
    assert {name for name in own if not re.search(rf"\b{name},?\n", staged)} == set()
    for name in (path.stem for path in MODELS.values() if "figures_of(" in path.read_text()):
        published = {one for one in columns(name) if one.startswith("published_")}
        assert set(columns(name)) - published == own - {"table_name"}, name


def test_every_table_of_figures_is_one_that_python_computes() -> None:
    computed = {*RATE_TABLES, *(name for table in ESTIMATES for name in table.published_in.values())}
    assert {name for name, path in MODELS.items() if "figures_of(" in path.read_text()} == computed
    assert set(RATE_TABLES.values()) == {name for name in MODELS if name.endswith("__summed")}


def closed_columns() -> Iterator[tuple[str, str, set[str]]]:
    """Columns with a closed vocabulary: model, column, the Literal's values."""
    for name, row_type, wanted in (
        ("fct_sessions", RawSession, "surface"),
        ("stg_transcripts__drift", RawDrift, "place"),
        ("fct_turns", RawTurn, "opened_by"),
        ("fct_turns", RawTurn, "end_reason"),
        ("fct_human_acts", RawHumanAct, "act_kind"),
        ("fct_tool_calls", RawToolCall, "error_kind"),
        ("stg_transcripts__events", RawEvent, "event_kind"),
        ("fct_events", RawEvent, "evidence"),
        ("stg_transcripts__record_counts", RawRecordCount, "disposition"),
        ("stg_transcripts__harness_texts", RawHarnessText, "text_kind"),
        ("stg_transcripts__responses", RawResponse, "record_origin"),
        ("fct_labels", LabelRow, "status"),
        ("fct_labels", LabelRow, "labeller"),
        ("fct_labels", LabelRow, "unit_kind"),
        ("fct_labels", LabelRow, "rendering"),
        ("stg_labels__label_eligibility", LabelEligibility, "reason"),
    ):
        yield name, wanted, literals(get_type_hints(row_type)[wanted])


@pytest.mark.parametrize(("name", "wanted", "values"), list(closed_columns()))
def test_accepted_values_are_those_of_the_literal(name: str, wanted: str, values: set[str]) -> None:
    assert accepted(name, wanted) == values


@pytest.mark.parametrize("name", MODELS)
def test_every_model_says_its_grain_and_every_column(name: str) -> None:
    model = described(MODELS[name])
    assert model["name"] == name
    assert model["description"].startswith("One row per ")
    # Sums per user and staged figures have the columns that `_figures.yml` describes.
    is_of_figures = name.endswith("__summed") or name == "stg_estimates__figures"
    assert is_of_figures or model["columns"]
    for one in model.get("columns", []):
        assert one["description"].strip(), one["name"]


@pytest.mark.parametrize("name", MODELS)
def test_models_keep_to_portable_sql(name: str) -> None:
    text = MODELS[name].read_text()
    assert re.search(r"\bsource\(", text) is None or name.startswith("stg_")
    forbidden = r"qualify|group by all|json_|list_|\bstruct|::|unnest|strptime|epoch"
    assert re.search(forbidden, text, re.IGNORECASE) is None


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_mart_has_a_typed_key_and_a_unit_test(name: str) -> None:
    model = described(MODELS[name])
    assert all(one["data_type"] for one in model["columns"])
    (key,) = (one for one in model["columns"] if "constraints" in one)
    assert key["constraints"] == [{"type": "not_null"}]
    assert "unique" in key["data_tests"]
    tested = MODELS[RATE_TABLES[name]] if name in RATE_TABLES else MODELS[name]
    if "figures_of(" not in tested.read_text():
        tests = yaml.safe_load(tested.with_suffix(".yml").read_text())["unit_tests"]
        assert {test["model"] for test in tests} == {tested.stem}


TABLES_OF_FIGURES = sorted(
    name
    for name in PUBLIC
    if name.startswith("rpt_") and name not in {"rpt_labeller_standing", "rpt_clusters"}
)


@pytest.mark.parametrize("name", TABLES_OF_FIGURES)
def test_every_metrics_table_says_why_a_number_is_missing(name: str) -> None:
    assert {"n_users", "is_suppressed", "suppressed_reason", "withheld_reason", "published_grade"} <= set(
        columns(name)
    )


def test_marts_are_public_with_enforced_contracts() -> None:
    configured = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["models"]["sessionmart"]
    for folder in ("marts", "metrics"):
        assert configured[folder]["+access"] == "public"
        assert configured[folder]["+contract"] == {"enforced": True}


def test_the_seed_of_surfaces_knows_every_surface_and_who_is_asked_about() -> None:
    with (PROJECT / "seeds" / "surfaces.csv").open(encoding="utf-8") as file:
        seeded = {row["surface"]: row for row in csv.DictReader(file)}
    assert set(seeded) == literals(get_type_hints(RawSession)["surface"])
    assert {name for name, row in seeded.items() if row["is_session"] == "false"} == NO_SESSION
    assert {name for name, row in seeded.items() if row["is_interactive"] == "true"} == PERSON_SURFACES
    # A session of study C's frame is one in which a person takes part.
    framed = {name for name, row in seeded.items() if row["is_in_study_c_frame"] == "true"}
    assert framed == {"interactive"}


def test_sessions_have_the_columns_others_rely_on() -> None:
    assert set(columns("fct_sessions")) >= SESSION_COLUMNS


def test_published_events_have_every_kind_but_the_one_that_is_settled() -> None:
    kinds = literals(get_type_hints(RawEvent)["event_kind"])
    assert accepted("fct_events", "event_kind") == kinds - {"plan_stopped"} | {"plan_accepted"}


def test_no_transcript_text_leaves_the_lake() -> None:
    texts = {"text", "input_text", "result_text", "detail", "file_path", "title"}
    for name in PUBLIC:
        assert not texts & set(columns(name)), name


def test_a_person_s_occupation_is_not_published_beside_a_session() -> None:
    """METHODS I5: in aggregates only."""
    for name in PUBLIC:
        assert not {"user_occupation", "is_software_user"} & set(columns(name)), name
    assert "when classifier <> 'user_occupation' then answer_label end" in MODELS["fct_labels"].read_text()
    assert "labels.classifier <> 'user_occupation'" in MODELS["fct_label_answers"].read_text()


def test_doc_blocks_are_those_that_are_used() -> None:
    texts = "".join(path.read_text() for path in (PROJECT / "docs").glob("*.md"))
    blocks = set(re.findall(r"{% docs (\w+) %}", texts))
    files = [*(PROJECT / "models").rglob("*.yml"), *(PROJECT / "seeds").glob("*.yml")]
    used = {name for path in files for name in re.findall(r"doc\('(\w+)'\)", path.read_text())}
    assert blocks == used


def test_no_model_asks_for_what_the_project_s_own_materializations_leave_out(
    dbt_manifest: dict[str, Any],
) -> None:
    """On DuckDB it would be passed over in silence (`macros/made_in_place.sql`)."""
    left_out = ("pre-hook", "post-hook", "grants", "indexes", "persist_docs")
    models = [node for node in dbt_manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(models) > 100
    assert {node["config"]["materialized"] for node in models} == {"table", "view"}
    asked = {(node["name"], name) for node in models for name in left_out if node["config"].get(name)}
    assert asked == set()
