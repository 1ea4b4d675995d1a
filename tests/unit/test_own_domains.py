"""The organisation's own domains: read into the question, or refused with the line that is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from classifiers.answers.domains import DomainsError, own_domains_material
from classifiers.asking.envelope import Envelope
from classifiers.asking.questionnaire import Questionnaire
from classifiers.asking.session_asks import SessionAsking
from classifiers.call_units import EVERY_CALL
from classifiers.catalog.action_risk import CLASSIFIER as RISK
from classifiers.catalog.domain import CLASSIFIER as DOMAIN
from classifiers.evaluation.cases import read_cases
from classifiers.subject.parts import Limits
from classifiers.subject.session_subjects import SessionSubjects
from orchestration.ingest.redaction.redact import Redactor


def table(folder: Path, text: str) -> Path:
    path = folder / "domains.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_own_domain_is_a_line_of_the_question(tmp_path: Path) -> None:
    path = table(tmp_path, "own_domain,domain\ncheckout,e_commerce\nclaims  desk,customer_service\n")
    assert own_domains_material(path).splitlines()[1:] == [
        "- checkout: e_commerce",
        "- claims desk: customer_service",
    ]
    assert own_domains_material(None) == ""
    assert own_domains_material(table(tmp_path, "own_domain,domain\n")) == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("own,domain\na,legal\n", "columns"),
        ("own_domain,domain\ncheckout,shopping\n", "line 2"),
        ("own_domain,domain\n,legal\n", "line 2"),
        (f"own_domain,domain\n{'x' * 61},legal\n", "line 2"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(DomainsError, match=named):
        own_domains_material(table(tmp_path, text))
    with pytest.raises(DomainsError, match="cannot be read"):
        own_domains_material(tmp_path / "none.csv")


def test_the_table_is_in_its_question_and_in_its_fingerprint_alone() -> None:
    def asked(material: str) -> Questionnaire:
        return Questionnaire(
            classifiers=(DOMAIN, RISK),
            default=Envelope("claude-haiku-5-5", "low", 1000),
            material={DOMAIN.name: material},
            quiet=timedelta(0),
            replicate_share=0.0,
            study_c_share=0.0,
            calls=EVERY_CALL,
        )

    case = read_cases(DOMAIN)[0]
    subjects = SessionSubjects(case.frame, redactor=Redactor(), limits=Limits(), turn_ends=frozenset())
    asks = SessionAsking(
        asked("- checkout: e_commerce"), subjects, [], day=case.session.ended_at.date()
    ).asks(case.frame, now=case.session.ended_at + timedelta(days=1))
    questions = {request.classifier: request.question for request in asks.requests}
    assert "- checkout: e_commerce" in questions["domain"]
    assert "checkout" not in questions["action_risk"]
    # All questions on a call read one document.
    assert len({request.document for request in asks.requests}) == 1
    before, after = asked("").fingerprints, asked("- checkout: e_commerce").fingerprints
    assert before[DOMAIN] != after[DOMAIN]
    assert before[RISK] == after[RISK]
