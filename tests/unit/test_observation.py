"""The observation pass: its answer, its question, and that it is one for all questions."""

from classifiers.asking.envelope import Envelope
from classifiers.asking.question import fingerprint, question_text
from classifiers.catalog import CATALOG
from classifiers.observation import OBSERVATION
from classifiers.observation.labels import MAX_CHARS, Observation

ENVELOPE = Envelope("some-model", "low", 2_000)


def test_it_is_no_classifier_of_the_catalog_and_has_no_label_of_its_own() -> None:
    assert OBSERVATION.name not in {classifier.name for classifier in CATALOG}
    assert OBSERVATION.item_type is None


def test_its_list_is_found_as_any_classifiers_is() -> None:
    assert OBSERVATION.list_field == "observations"


def test_question_names_the_fields_of_each_observation() -> None:
    text = question_text(OBSERVATION, OBSERVATION.steps[-1])
    assert "- `record_id` (" in text
    assert "- `observation` (" in text
    assert "at most 40 plain words" in text


def test_fingerprint_is_its_own_and_follows_the_envelope() -> None:
    own = fingerprint(OBSERVATION, ENVELOPE, rendering_version="1")
    assert own.startswith("observation-v2-whole-")
    assert own != fingerprint(OBSERVATION, Envelope("some-model", "high", 2_000), rendering_version="1")
    assert own != fingerprint(OBSERVATION, ENVELOPE, rendering_version="2")


def test_observation_that_runs_on_is_cut_and_not_lost() -> None:
    made = Observation(record_id="h1", observation="word " * 200)
    assert len(made.observation) <= MAX_CHARS + 2
    assert made.observation.endswith("word …")


def test_no_number_of_observations_is_named() -> None:
    """A bound would cut what later questions count: decisions, prompts, errors."""
    text = question_text(OBSERVATION, OBSERVATION.steps[-1])
    assert "- `observations` (list): " in text
