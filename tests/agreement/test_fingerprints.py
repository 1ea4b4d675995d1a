"""A prompt, a label's meaning or the rendering cannot change without a new version: labels say what asked."""

import json

import pytest

from classifiers.asking.envelope import Envelope
from classifiers.asking.question import fingerprint
from classifiers.catalog import outcome, work_mode
from classifiers.classifier import Classifier
from tests.regenerate_fingerprints import ENVELOPE, GOLDEN, fingerprints, silent_changes


def test_every_question_has_the_fingerprint_of_its_version() -> None:
    """Changed on purpose: raise the version, then `python -m tests.regenerate_fingerprints`."""
    held = json.loads(GOLDEN.read_text())
    assert not silent_changes(held, fingerprints()), "raise the version of these classifiers"
    assert fingerprints() == held, "run python -m tests.regenerate_fingerprints"


def test_an_edited_prompt_is_a_silent_change_of_that_classifier_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, before = Classifier.prompt, fingerprints()
    monkeypatch.setattr(
        Classifier, "prompt", lambda own, step: text(own, step) + (" " if own.name == "outcome" else "")
    )
    assert silent_changes(before, fingerprints()) == ["outcome"]


@pytest.mark.parametrize(
    "other", [Envelope("another-model", None, 1), Envelope("a-model", "high", 1)], ids=["model", "effort"]
)
def test_model_and_effort_are_part_of_it(other: Envelope) -> None:
    for classifier in (outcome.CLASSIFIER, work_mode.CLASSIFIER):
        own = fingerprint(classifier, ENVELOPE, rendering_version="1")
        assert own != fingerprint(classifier, other, rendering_version="1")


def test_the_bound_on_output_is_not_part_of_it() -> None:
    own = fingerprint(outcome.CLASSIFIER, ENVELOPE, rendering_version="1")
    assert own == fingerprint(outcome.CLASSIFIER, Envelope("a-model", None, 9), rendering_version="1")


def test_renderings_and_what_the_operator_adds_are_part_of_it() -> None:
    own = outcome.CLASSIFIER
    found = {
        fingerprint(own, ENVELOPE, rendering_version="1"),
        fingerprint(own, ENVELOPE, rendering_version="2"),
        fingerprint(own, ENVELOPE, rendering="study_c", rendering_version="1"),
        fingerprint(own, ENVELOPE, rendering_version="1", material="postings"),
    }
    assert len(found) == 4
