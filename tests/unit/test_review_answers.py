"""Drawing sessions for review, and reading what reviewers write."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from classifiers.catalog import CATALOG
from classifiers.label_tables import as_tables
from classifiers.reviews.human_label_rows import AnswerError, Review, label_row, read_answer
from classifiers.reviews.reviewable import allowed, answer_field, codebook, human_fingerprint, reviewable
from orchestration.reviewing.draw import draw

REVIEWABLE = {classifier.name: classifier for classifier in reviewable(CATALOG)}
SHOWN = {"h1": "11111111-record", "t12": "22222222-record"}

FRAME = [(f"s{number:03}", "rare" if number < 10 else "common") for number in range(100)]


def test_every_session_is_as_likely_as_another() -> None:
    plain = [(session_id, None) for session_id, _ in FRAME]
    drawn = Counter(one.unit_id for seed in range(400) for one in draw(plain, 20, seed=seed))
    assert {one.probability for one in draw(plain, 20, seed=1)} == {0.2}
    # 80 draws of each are expected, their standard deviation is 8.
    assert len(drawn) == 100
    assert min(drawn.values()) > 40
    assert max(drawn.values()) < 120


def test_strata_get_equally_many_with_probabilities_of_their_own() -> None:
    drawn = draw(FRAME, 30, seed=3)
    assert Counter((one.stratum, one.probability) for one in drawn) == {
        ("rare", 1.0): 10,
        ("common", 20 / 90): 20,
    }


def test_a_draw_depends_on_the_seed_alone_and_its_order_on_nothing_that_was_labelled() -> None:
    assert draw(FRAME, 30, seed=3) == draw(FRAME[::-1], 30, seed=3)
    assert draw(FRAME, 30, seed=3) != draw(FRAME, 30, seed=4)
    strata = [one.stratum for one in draw(FRAME, 30, seed=3)]
    assert strata not in (sorted(strata, key=str), sorted(strata, key=str, reverse=True))


def test_more_than_there_is_takes_all() -> None:
    assert {one.probability for one in draw(FRAME, 500, seed=3)} == {1.0}


def test_people_review_what_has_one_closed_answer_or_signals() -> None:
    assert set(REVIEWABLE) == {
        "work_mode", "codebase_relation", "success_evidence", "failure_evidence", "outcome", "expertise",
        "expertise_first_prompt", "user_occupation", "work_occupation", "goal_complexity",
        "difficulty_tier", "new_work", "success_rating", "failure_rating", "action_risk_anchored",
        "action_autonomy_anchored", "human_involvement", "safeguards", "reversibility", "domain",
        "call_goal_complexity", "execution_context",
    }  # fmt: skip


@pytest.mark.parametrize("name", REVIEWABLE)
def test_a_codebook_names_every_word_with_its_meaning(name: str) -> None:
    classifier = REVIEWABLE[name]
    lines = codebook(classifier).splitlines()
    for word in allowed(classifier):
        (line,) = (line for line in lines if line.startswith(f"- `{word}`: "))
        assert len(line) > len(f"- `{word}`: ") + 5


def test_what_asked_a_human_names_classifier_and_version() -> None:
    assert human_fingerprint(REVIEWABLE["outcome"]).startswith("human-outcome-v")


def test_labels_are_read_whatever_their_case() -> None:
    assert read_answer(REVIEWABLE["outcome"], " Succeeded ", SHOWN).label == "succeeded"


def test_signals_are_read_with_short_or_full_ids_and_once() -> None:
    found = read_answer(
        REVIEWABLE["success_evidence"],
        "commit_matches@t12; commit_matches@22222222-record;clean_end @ h1",
        SHOWN,
    )
    assert found.signals == (("commit_matches", "22222222-record"), ("clean_end", "11111111-record"))
    assert read_answer(REVIEWABLE["success_evidence"], "none", SHOWN).signals == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("outcome", "won"),
        ("outcome", "succeeded; failed"),
        ("success_evidence", "commit_matches"),
        ("success_evidence", "commit_matches@t13"),
        ("success_evidence", "gave_up@h1"),
        ("success_evidence", "4"),
    ],
)
def test_what_is_no_answer_is_refused_without_repeating_it(name: str, text: str) -> None:
    with pytest.raises(AnswerError) as refused:
        read_answer(REVIEWABLE[name], text, SHOWN)
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["success_rating", "failure_rating", "outcome", "expertise", "safeguards", "action_risk_anchored"]
)
def test_first_label_of_a_codebook_is_a_value_of_its_column(name: str) -> None:
    """Ratings are numbers, other labels words."""
    classifier = REVIEWABLE[name]
    text = allowed(classifier)[0]
    review = Review(
        classifier=classifier,
        answer=read_answer(classifier, text, SHOWN),
        unit_id="s1|toolu1|1" if classifier.unit_kind == "tool_call" else "s1",
        session_id="s1",
        version=classifier.version,
        fingerprint=human_fingerprint(classifier),
        replicate=1,
        coverage=1.0,
        input_hash="i",
        answered_at=datetime(2026, 6, 1, tzinfo=UTC),
        is_stale=False,
    )
    (table,) = as_tables({name: [label_row(review)]}, {name: classifier.label_schema}).values()
    field = answer_field(classifier)
    assert field is not None
    assert str(table[field][0].as_py()) == text
    assert table["unit_kind"][0].as_py() == classifier.unit_kind
