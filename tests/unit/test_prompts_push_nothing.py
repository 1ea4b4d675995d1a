"""No prompt says how often a label is right or how many there should be: that pushes what is measured."""

import re

import pytest

from classifiers.action_summary import ACTION_SUMMARY
from classifiers.asking.envelope import system_text
from classifiers.asking.question import question_text
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier, Step
from classifiers.cluster_name import CLUSTER_NAME
from classifiers.observation import OBSERVATION
from classifiers.reason_summary import REASON_SUMMARY
from classifiers.subject.token_estimate import estimated_tokens
from tests.regenerate_fingerprints import ASKED_APART

ASKING = (*CATALOG, OBSERVATION, CLUSTER_NAME, REASON_SUMMARY, ACTION_SUMMARY, *ASKED_APART)
ASKED = [(one, step) for one in ASKING for step in one.steps]
BASE_RATE = re.compile(
    r"\b(?:rare(?:ly)?|(?:un)?common(?:ly)?|seldom|(?:un)?usual(?:ly)?|typical(?:ly)?|normal(?:ly)?|often"
    r"|frequent(?:ly)?|nearly always|almost (?:always|never)|mostly|in most cases|majority|minority"
    r"|(?:most|many|few|some) sessions|few have|per ?cent|good answer|\d+ ?%)(?!\w)",
    re.I,
)
CAP = re.compile(
    r"\b(?:seldom|hardly|not|no) more than\b|\bmore than (?:ten|twenty|thirty|forty|\d+)\b"
    r"|\bup to (?:ten|twenty|\d+)\b|\blist the (?:ten|twenty|forty|\d+)\b"
    r"|\bat most (?:ten|twenty|forty|\d\d)\b",
    re.I,
)
SIZE_OF_A_TEXT = re.compile(r"at most \d+ (?:plain )?words|at most twelve neutral words")
"""How long a text may be pushes no label."""
AVERAGE_TOKENS = 905
"""Of a question on whole sessions, estimated: none of it is cached. It was 1,330."""


@pytest.mark.parametrize(
    ("classifier", "step"), ASKED, ids=[f"{one.name}-{step.name}" for one, step in ASKED]
)
def test_question_names_no_base_rate_and_no_cap(classifier: Classifier, step: Step) -> None:
    text = SIZE_OF_A_TEXT.sub("", question_text(classifier, step))
    assert not BASE_RATE.findall(text)
    assert not CAP.findall(text)


def test_system_text_names_no_base_rate_and_does_not_praise_the_opt_out() -> None:
    assert not BASE_RATE.findall(system_text())
    assert "worth more" not in system_text()


@pytest.mark.parametrize(
    "pushing",
    [
        "A session without any is common.",
        "orchestrate is rare",
        "a long one seldom more than twenty",
        "with more than forty list the forty that changed the result most",
        "Many sessions show no more than a clean end",
        "A session with real work nearly always has an aim.",
        "published: 7.7 %",
    ],
)
def test_such_words_are_found(pushing: str) -> None:
    assert BASE_RATE.findall(pushing) or CAP.findall(pushing)


def test_questions_on_whole_sessions_stay_short() -> None:
    """A document is cached, a question never is: what all questions need stands in the system text."""
    own = [
        estimated_tokens(question_text(one, step))
        for one in CATALOG
        for step in one.steps
        if one.rendering == "whole"
    ]
    assert sum(own) / len(own) <= AVERAGE_TOKENS
