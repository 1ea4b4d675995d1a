"""Gates and what they judge are kept together: tables, classifiers, vocabularies, breakers, redaction."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from classifiers.answers.evidence_score import EvidenceItem
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.vocabulary import vocabulary
from expectations.gates import GATES, GIT_GATES, LABEL_GATES, RAW_GATES, WAREHOUSE_GATES
from expectations.rule import Gate, Rule
from expectations.suites.canary import SECRET_PATTERNS
from expectations.suites.every_table import TEXT_COLUMNS, literal_words, numeric_columns
from expectations.suites.sessions import PERMISSION_MODES
from orchestration.ingest.git_rows import GIT_TABLES
from orchestration.ingest.redaction.redact import Redactor
from orchestration.ingest.rows import RAW_TABLES, RawTable
from tests.fakes.gate_days import BREAKERS
from tests.fakes.gate_git import GIT_BREAKERS
from tests.fakes.gate_labels import LABEL_BREAKERS
from tests.fakes.gate_warehouse import WAREHOUSE_BREAKERS

CHECKOUT = Path(__file__).resolve().parents[2]
ALL_RULES: list[Rule] = [rule for gate in GATES for rule in gate.rules]

SECRETS = {
    "anthropic_key": "sk-ant-api03-" + "aB3_" * 24,
    "aws_access_key": "AKIA" + "Q7X2" * 4,
    "github_token": "ghp_" + "a1B2" * 9,
    "github_fine_grained_token": "github_pat_" + "a1" * 11 + "_" + "b2C" * 19 + "d4",
    "google_api_key": "AIza" + "Sy3_x" * 7,
    "slack_token": "xoxb-" + "1234567890-" * 2 + "aB3dE5" * 4,
    "stripe_live_key": "sk_live_" + "a1B2" * 6,
    "private_key": "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEow" * 10 + "\n-----END RSA PRIVATE KEY-----",
}


def test_every_raw_table_has_a_gate_and_every_gate_a_table() -> None:
    assert {gate.table_name for gate in RAW_GATES} == {table.name for table in RAW_TABLES}
    assert {gate.stops for gate in (*RAW_GATES, *LABEL_GATES)} == {"date"}
    assert {gate.stops for gate in WAREHOUSE_GATES} == {"release"}
    assert {gate.table_name for gate in GIT_GATES} == {f"git_{table.name}" for table in GIT_TABLES}
    assert {gate.stops for gate in GIT_GATES} == {"repository"}


def test_every_label_table_has_a_gate() -> None:
    tables = {f"labels_{classifier.name}" for classifier in CATALOG}
    tables |= {f"labels_{c.items_name}" for c in CATALOG if c.item_type is not None}
    tables |= {"labels_label_eligibility", "labels_review_samples"}
    assert {gate.table_name for gate in LABEL_GATES} == tables


@pytest.mark.parametrize("classifier", CATALOG, ids=lambda classifier: classifier.name)
def test_every_label_table_has_the_rules_that_its_answer_asks_for(classifier: Classifier) -> None:
    rules = {rule.id: rule for gate in LABEL_GATES for rule in gate.rules}
    table = f"labels_{classifier.name}"
    is_list = classifier.item_type is not None
    assert (f"{table}.items_counted" in rules) == is_list
    assert (f"{table}.score_has_evidence" in rules) == (classifier.item_type is EvidenceItem)
    assert f"{table}.evidence_adds_up" in rules
    tables = [table, *([f"labels_{classifier.items_name}"] if is_list else [])]
    # Closed words are held to a vocabulary, closed numbers (ratings) to a range.
    named = [f"{name}.{kind}" for name in tables for kind in ("vocabulary", "numbers_in_range")]
    rules_of = [rules[name] for name in named if name in rules]
    judged = {expect.column for rule in rules_of for expect in rule.expects}
    assert {row.field for row in vocabulary([classifier])} <= judged
    bounded = {expect.column for expect in rules[f"{table}.numbers_in_range"].expects}
    assert {
        n for n in classifier.label_schema.names if re.search("_share|_weight|_score|coverage", n)
    } <= bounded


def test_names_and_ids_are_given_once() -> None:
    names = [gate.name for gate in GATES]
    assert len(names) == len(set(names))
    ids = [rule.id for rule in ALL_RULES]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_is_wrong_why_and_what_to_do(rule: Rule) -> None:
    assert rule.expects
    assert rule.severity in ("fail", "warn")
    for text in (rule.breach, rule.reason, rule.remedy):
        assert len(text) > 10
        assert text == text.strip(". ")


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert BREAKERS.keys() == {rule.id for gate in RAW_GATES for rule in gate.rules}
    assert LABEL_BREAKERS.keys() == {rule.id for gate in LABEL_GATES for rule in gate.rules}
    assert GIT_BREAKERS.keys() == {rule.id for gate in GIT_GATES for rule in gate.rules}
    assert WAREHOUSE_BREAKERS.keys() == {rule.id for gate in WAREHOUSE_GATES for rule in gate.rules}


@pytest.mark.parametrize("table", RAW_TABLES, ids=lambda table: table.name)
def test_every_raw_table_has_the_rules_that_its_columns_ask_for(table: RawTable) -> None:
    hints = table.row_type.__annotations__
    ids = {rule.id for gate in RAW_GATES if gate.table_name == table.name for rule in gate.rules}
    wanted = {"complete", "unique"}
    wanted |= {"not_negative"} if numeric_columns(hints) else set()
    wanted |= {"vocabulary"} if literal_words(hints) else set()
    wanted |= {"pseudonyms"} if "user_id" in hints else set()
    is_of_a_session = "session_id" in hints and table.name not in ("raw_sessions", "raw_set_aside_sessions")
    wanted |= {"session_known"} if is_of_a_session else set()
    wanted |= {"turn_known"} if "turn_id" in hints and table.name != "raw_turns" else set()
    wanted |= {"no_secrets"} if TEXT_COLUMNS & hints.keys() else set()
    assert {f"{table.name}.{name}" for name in wanted} <= ids


@pytest.mark.parametrize("gate", [*RAW_GATES, *LABEL_GATES], ids=lambda gate: gate.name)
def test_no_frame_projects_transcript_text(gate: Gate) -> None:
    projected = gate.frame_sql.partition(" from ")[0]
    assert not {name for name in TEXT_COLUMNS if re.search(rf"(select|,) r\.{name}\b(?!\s+is)", projected)}


def test_permission_modes_are_those_of_the_seed() -> None:
    with (CHECKOUT / "dbt_project" / "seeds" / "permission_modes.csv").open(encoding="utf-8") as file:
        assert {row["permission_mode"] for row in csv.DictReader(file)} == set(PERMISSION_MODES)


def test_every_secret_pattern_has_an_example() -> None:
    assert SECRETS.keys() == SECRET_PATTERNS.keys()


@pytest.mark.parametrize("kind", sorted(SECRET_PATTERNS))
def test_what_the_canary_looks_for_is_what_redaction_removes(kind: str) -> None:
    """A pattern that redaction leaves would stop every date that holds one."""
    for text in (SECRETS[kind], f"export KEY={SECRETS[kind]} && run", f'{{"key": "{SECRETS[kind]}"}}'):
        assert re.search(SECRET_PATTERNS[kind], text)
        assert not re.search(SECRET_PATTERNS[kind], Redactor().redact(text, Counter()))
