"""Labels by rules on the demo: near to what was planted, and counted exactly as they stand.

Two questions apart. How far the rules are from the truth is held by tolerances, each with its reason:
the rules are a baseline. What the metrics make of the labels is exact: numerators, denominators and
unknown shares follow from the rows of fct_label_answers, from forced labels where there are any.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from orchestration.demo import SessionTruth
from tests.demo_lake import DemoHome
from tests.planted_answers import Cell, Observation, answers_of, in_month, overall, wrong_cells

GOALS = ("succeeded", "partially_succeeded", "failed")
CODE_MODES = ("build", "fix", "test", "orchestrate")
CLASSIFIERS = {"work_mode", "codebase_relation", "success_evidence", "failure_evidence", "outcome"}


class Labels(NamedTuple):
    """What the rules say of one session; `outcome` and `work_mode` are forced, as in study C."""

    outcome: str
    outcome_opt_out: str
    success: int
    failure: int
    work_mode: str
    codebase_relation: str

    @property
    def has_goal(self) -> bool:
        return self.outcome in GOALS


@pytest.fixture(scope="module")
def labels(personal: DemoHome) -> dict[str, Labels]:
    """The rules' labels by session, from the rows of fct_label_answers."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    rows = personal.query("select * from marts.fct_label_answers where is_current and item_number is null")
    for row in rows:
        assert row["labeller"] == "rules"
        answer = row["value_text"] if row["value_number"] is None else row["value_number"]
        question = f"{row['classifier']}.{row['field']}"
        assert question not in found[row["unit_id"]], "two current answers to one question"
        found[row["unit_id"]][question] = answer
    return {
        session: Labels(
            answers["outcome.forced_outcome"],
            answers["outcome.outcome"],
            answers["success_evidence.success_score"],
            answers["failure_evidence.failure_score"],
            answers["work_mode.forced_work_mode"],
            answers["codebase_relation.codebase_relation"],
        )
        for session, answers in found.items()
    }


@pytest.fixture(scope="module")
def interactive(personal: DemoHome) -> list[SessionTruth]:
    return [session for session in personal.truth.sessions if session.is_interactive]


def test_every_session_has_one_current_answer_to_every_question(
    personal: DemoHome, labels: dict[str, Labels]
) -> None:
    assert labels.keys() == {session.session_id for session in personal.truth.sessions}
    rows = personal.query("select classifier, count(*) as n from marts.fct_labels group by classifier")
    assert {row["classifier"]: row["n"] for row in rows} == dict.fromkeys(CLASSIFIERS, len(labels))


def test_classifiers_sum_up_their_labels(personal: DemoHome, labels: dict[str, Labels]) -> None:
    ends = sorted(session.ended_at for session in personal.truth.sessions)
    found = personal.query("select * from marts.dim_classifiers")
    assert {row["classifier"] for row in found} == CLASSIFIERS
    for row in found:
        assert (row["labeller"], row["is_current"], row["model"]) == ("rules", True, None)
        assert row["label_count"] == row["ok_label_count"] == len(labels)
        others = ("refused", "truncated", "invalid", "error", "skipped_budget", "stale")
        assert [row[f"{name}_label_count"] for name in others] == [0] * len(others)
        times = (row["first_labelled_at"], row["last_labelled_at"])
        assert tuple(f"{at.isoformat(timespec='milliseconds')}Z" for at in times) == (ends[0], ends[-1])


def test_the_rules_never_contradict_a_planted_outcome(personal: DemoHome, labels: dict[str, Labels]) -> None:
    """They leave open what shows no hard evidence: at most six in ten sessions of the demo."""
    said = {session: label.outcome_opt_out for session, label in labels.items()}
    settled = [s for s in personal.truth.sessions if said[s.session_id] != "not_inferable"]
    assert [s.story for s in settled if said[s.session_id] != s.outcome] == []
    assert len(settled) > 0.4 * len(labels)


@pytest.mark.parametrize(
    ("question", "least"),
    [
        # reviews by several agents look like reading; plans drafted in words look like anything
        ("work_mode", 0.85),
        # figures asked of a database without a file of the project in sight
        ("codebase_relation", 0.88),
    ],
)
def test_the_rules_see_most_of_what_was_planted(
    question: str, least: float, personal: DemoHome, labels: dict[str, Labels]
) -> None:
    same = [
        getattr(session, question) == getattr(labels[session.session_id], question)
        for session in personal.truth.sessions
    ]
    assert sum(same) >= least * len(same)


def test_the_rules_find_planted_trouble_and_no_other(personal: DemoHome, labels: dict[str, Labels]) -> None:
    """Trouble above 3 rests on hard evidence, so at most one session in fifty may be told wrong."""
    wrong = [
        s.story for s in personal.truth.sessions if s.is_in_trouble != (labels[s.session_id].failure > 3)
    ]
    assert len(wrong) <= len(labels) / 50, wrong


def test_the_rules_verify_no_success_that_was_not_planted(
    personal: DemoHome, labels: dict[str, Labels]
) -> None:
    """They miss a rollout that only its output confirms: three planted successes in four are seen."""
    planted = {s.session_id for s in personal.truth.sessions if s.is_verified_success}
    seen = {i for i, label in labels.items() if label.outcome == "succeeded" and label.success >= 4}
    assert seen <= planted
    assert len(seen) >= 0.75 * len(planted)


Test = Callable[[Labels, SessionTruth], bool]
OUTCOMES: dict[str, tuple[Test, Test]] = {
    # metric: who is counted below the line, who of them above it; a forced label leaves nobody open
    "judged_success": (
        lambda said, _: said.has_goal,
        lambda said, _: said.outcome == "succeeded",
    ),
    "at_least_partial": (
        lambda said, _: said.has_goal,
        lambda said, _: said.outcome != "failed",
    ),
    "no_clear_goal_share": (
        lambda *_: True,
        lambda said, _: said.outcome == "no_clear_goal",
    ),
    "verified_success": (
        lambda said, _: said.has_goal,
        lambda said, _: said.outcome == "succeeded" and said.success >= 4,
    ),
    "verified_failure": (
        lambda said, _: said.has_goal,
        lambda said, _: said.outcome == "failed" and said.failure >= 4,
    ),
    "trouble_above_3": (
        lambda said, _: said.outcome != "no_clear_goal",
        lambda said, _: said.failure > 3,
    ),
    "trouble_from_3": (
        lambda said, _: said.outcome != "no_clear_goal",
        lambda said, _: said.failure >= 3,
    ),
    "abandoned_of_troubled_above_3": (
        lambda said, _: said.has_goal and said.failure > 3,
        lambda said, session: said.outcome == "failed" and session.counts.lines_added == 0,
    ),
    "abandoned_of_troubled_from_3": (
        lambda said, _: said.has_goal and said.failure >= 3,
        lambda said, session: said.outcome == "failed" and session.counts.lines_added == 0,
    ),
    "abandoned_in_code_modes_of_troubled_above_3": (
        lambda said, _: said.has_goal and said.failure > 3 and said.work_mode in CODE_MODES,
        lambda said, session: said.outcome == "failed" and session.counts.lines_added == 0,
    ),
    "judged_failure": (
        lambda said, _: said.has_goal,
        lambda said, _: said.outcome == "failed",
    ),
    "at_least_partial_code_producing": (
        lambda said, session: said.has_goal and session.counts.lines_added > 0,
        lambda said, _: said.outcome != "failed",
    ),
    "verified_success_code_producing": (
        lambda said, session: said.has_goal and session.counts.lines_added > 0,
        lambda said, _: said.outcome == "succeeded" and said.success >= 4,
    ),
}


@pytest.mark.parametrize("metric", OUTCOMES)
def test_outcomes_count_the_labels_as_they_stand(
    metric: str, personal: DemoHome, interactive: list[SessionTruth], labels: dict[str, Labels]
) -> None:
    is_below, is_above = OUTCOMES[metric]

    def observe(session: SessionTruth) -> Observation:
        said = labels[session.session_id]
        below = is_below(said, session)
        above = below and is_above(said, session)
        return Observation(session.user, above, below, int(below), 0)

    def in_work_mode(session: SessionTruth) -> Cell:
        return Cell("overall", None, "work_mode", labels[session.session_id].work_mode)

    def by_lines(session: SessionTruth) -> Cell:
        return Cell("overall", None, "code_producing", "yes" if session.counts.lines_added else "no")

    answers = answers_of(interactive, (overall, in_month, in_work_mode, by_lines), observe)
    rows = personal.query("select * from metrics.rpt_session_outcomes")
    assert {row["labeller"] for row in rows} == {"rules"}
    assert {row["metric_name"] for row in rows} == OUTCOMES.keys(), "no outcome of trouble by rules"
    assert wrong_cells(metric, answers, rows) == []


@pytest.mark.parametrize("question", ["work_mode", "codebase_relation"])
def test_shares_count_the_labels_as_they_stand(
    question: str, personal: DemoHome, interactive: list[SessionTruth], labels: dict[str, Labels]
) -> None:
    """Every label of the vocabulary has a cell, of all sessions whose label is known."""
    said = [getattr(labels[session.session_id], question) for session in interactive]
    unknown = said.count("not_inferable")
    rows = personal.query(
        f"select * from metrics.rpt_label_shares where metric_name = '{question}_share'"  # noqa: S608 - our own
        " and period_kind = 'overall'"
    )
    assert len(rows) == {"work_mode": 9, "codebase_relation": 4}[question]
    for row in rows:
        assert row["numerator"] == row["n_sessions"] == said.count(row["segment_value"]), row
        assert row["denominator"] == len(said) - unknown
        assert row["unknown_share"] == pytest.approx(unknown / len(said))


def test_what_only_claude_is_asked_has_no_figures_of_the_rules(personal: DemoHome) -> None:
    """The rules say nothing of occupations, expertise, difficulty and value: of value, that they do not."""
    values = personal.query("select * from metrics.rpt_task_value")
    assert {(row["fingerprint"], row["estimate"], row["n_sessions"]) for row in values} == {
        ("not_asked", None, 0)
    }
    asked = personal.query("select distinct metric_name from metrics.rpt_label_shares")
    assert {row["metric_name"] for row in asked} == {"work_mode_share", "codebase_relation_share"}


def test_rates_by_rules_are_near_the_planted_ones(
    personal: DemoHome, interactive: list[SessionTruth]
) -> None:
    """Trouble within two points, abandonment within eight: the troubled are few, one is three points."""
    rows = personal.query("select * from metrics.rpt_session_outcomes where segment_name = 'all'")
    found = {r["metric_name"]: r for r in rows if r["period_kind"] == "overall"}
    aimed = [s for s in interactive if s.outcome != "no_clear_goal"]
    troubled = [s for s in aimed if s.is_in_trouble]
    planted = {
        "trouble_above_3": (sum(s.is_in_trouble for s in aimed) / len(aimed), 0.02),
        "trouble_from_3": (sum(s.failure_score >= 3 for s in aimed) / len(aimed), 0.02),
        "abandoned_of_troubled_above_3": (sum(s.is_abandoned for s in troubled) / len(troubled), 0.08),
    }
    for metric, (share, tolerance) in planted.items():
        row = found[metric]
        assert abs(row["numerator"] / row["denominator"] - share) <= tolerance, metric
