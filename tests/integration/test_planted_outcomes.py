"""Labels by rules on the demo: near to what was planted, and counted exactly as they stand.

Two questions apart. How far the rules are from the truth is held by tolerances, each with its reason:
the rules are a baseline. What the metrics make of the labels is exact: numerators, denominators and
unknown shares follow from the rows of fct_label_answers, from forced labels where there are any.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import pytest

from orchestration.demo import SessionTruth
from orchestration.demo.truth import Outcome
from orchestration.measures.registry import is_by_rules, load_measures
from orchestration.statistics.labeller_agreement import cohen_kappa
from tests.demo_lake import DemoHome
from tests.planted_answers import Cell, Observation, answers_of, in_month, in_quarter, overall, wrong_cells

GOALS = ("succeeded", "partially_succeeded", "failed")
CODE_MODES = ("build", "fix", "test", "orchestrate")
WORK_GROUPS = {
    "code_work_share": CODE_MODES,
    "planning_work_share": ("plan", "understand"),
    "communication_work_share": ("analyze", "communicate"),
}
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
    rows = personal.query(
        "select * from marts.fct_label_answers where is_current and item_number is null"
        " and unit_kind = 'session'"
    )
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
    rows = personal.query(
        "select classifier, count(*) as n from marts.fct_labels where unit_kind = 'session'"
        " group by classifier"
    )
    assert {row["classifier"]: row["n"] for row in rows} == dict.fromkeys(CLASSIFIERS, len(labels))


def test_classifiers_sum_up_their_labels(personal: DemoHome, labels: dict[str, Labels]) -> None:
    ends = sorted(session.ended_at for session in personal.truth.sessions)
    found = personal.query("select * from marts.dim_classifiers where classifier <> 'reversibility'")
    assert {row["classifier"] for row in found} == CLASSIFIERS
    for row in found:
        assert (row["labeller"], row["is_current"], row["model"]) == ("rules", True, None)
        assert row["label_count"] == row["ok_label_count"] == len(labels)
        others = ("refused", "truncated", "invalid", "error", "skipped_budget", "stale")
        assert [row[f"{name}_label_count"] for name in others] == [0] * len(others)
        times = (row["first_labelled_at"], row["last_labelled_at"])
        assert tuple(f"{at.isoformat(timespec='milliseconds')}Z" for at in times) == (ends[0], ends[-1])


def test_the_rules_agree_with_planted_outcomes_beyond_chance(
    personal: DemoHome, labels: dict[str, Labels]
) -> None:
    """Measured: 282 of the 318 sessions that are not left open (0.89), κ 0.74. The floors stand just below.

    Since version 4 the rules give a verdict wherever the end is shown, so they can contradict.
    """
    said = {session: label.outcome_opt_out for session, label in labels.items()}
    settled = [s for s in personal.truth.sessions if said[s.session_id] != "not_inferable"]
    assert len(settled) >= 0.99 * len(labels)
    pairs = Counter((s.outcome, said[s.session_id]) for s in settled)
    vocabulary = get_args(Outcome)
    assert {outcome for pair in pairs for outcome in pair} <= set(vocabulary)
    assert sum(pairs[outcome, outcome] for outcome in vocabulary) >= 0.86 * len(settled)
    kappa = cohen_kappa([[pairs[planted, found] for found in vocabulary] for planted in vocabulary])
    assert kappa is not None
    assert kappa >= 0.7


def test_the_rules_contradict_only_what_a_clean_path_hides(
    personal: DemoHome, labels: dict[str, Labels]
) -> None:
    """A clean path counts as success and calls without one as half of it, whatever was said and meant."""
    contradicted = {
        (s.story, s.outcome, labels[s.session_id].outcome)
        for s in personal.truth.sessions
        if s.outcome != labels[s.session_id].outcome
    }
    assert contradicted == {
        ("half_built", "partially_succeeded", "succeeded"),
        ("small_talk", "no_clear_goal", "succeeded"),
        ("plan_handed_over", "succeeded", "partially_succeeded"),
    }


def test_the_rules_call_failed_what_was_planted_so_and_no_other(
    personal: DemoHome, labels: dict[str, Labels]
) -> None:
    planted = {s.session_id for s in personal.truth.sessions if s.outcome == "failed"}
    assert planted, "the demo has failures"
    for name in ("outcome", "outcome_opt_out"):
        assert {i for i, label in labels.items() if getattr(label, name) == "failed"} == planted, name


@pytest.mark.parametrize(
    ("question", "least"),
    [
        # reviews by several agents look like reading; plans drafted in words look like anything, and the
        # forced label always names a mode: the floor is just below what is measured, 256 of 320 (0.80)
        ("work_mode", 0.75),
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
FORCED: dict[str, tuple[Test, Test]] = {
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
        lambda said, _: said.outcome != "not_inferable",
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
OPT_OUT = {
    # the same of the label that may be not_inferable, which is then unknown
    f"{metric}_opt_out": FORCED[metric]
    for metric in (
        "judged_success",
        "at_least_partial",
        "judged_failure",
        "no_clear_goal_share",
        "verified_success",
        "verified_failure",
    )
}
OUTCOMES = FORCED | OPT_OUT


def by_rules(mart: str) -> set[str]:
    """Metrics of a mart that, by the catalogue, labels by rules have rows of."""
    return {
        metric.name
        for measure in load_measures()
        for metric in measure.metrics
        if metric.mart == mart and is_by_rules(measure, metric)
    }


@pytest.mark.parametrize("metric", OUTCOMES)
def test_outcomes_count_the_labels_as_they_stand(
    metric: str, personal: DemoHome, interactive: list[SessionTruth], labels: dict[str, Labels]
) -> None:
    is_below, is_above = OUTCOMES[metric]

    def observe(session: SessionTruth) -> Observation:
        said = labels[session.session_id]
        if metric in OPT_OUT:
            said = said._replace(outcome=said.outcome_opt_out)
        below = is_below(said, session)
        above = below and is_above(said, session)
        return Observation(session.user, above, below, int(below), int(said.outcome == "not_inferable"))

    def in_work_mode(session: SessionTruth) -> Cell:
        return Cell("overall", None, "work_mode", labels[session.session_id].work_mode)

    def by_lines(session: SessionTruth) -> Cell:
        return Cell("overall", None, "code_producing", "yes" if session.counts.lines_added else "no")

    answers = answers_of(interactive, (overall, in_quarter, in_month, in_work_mode, by_lines), observe)
    rows = personal.query("select * from metrics.rpt_session_outcomes")
    assert {row["labeller"] for row in rows} == {"rules"}
    assert {row["metric_name"] for row in rows} == OUTCOMES.keys(), "no outcome of trouble by rules"
    assert by_rules("rpt_session_outcomes") == OUTCOMES.keys(), "the catalogue says so too"
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


@pytest.mark.parametrize("metric", WORK_GROUPS)
def test_groups_of_work_modes_count_the_labels_as_they_stand(
    metric: str, personal: DemoHome, interactive: list[SessionTruth], labels: dict[str, Labels]
) -> None:
    def observe(session: SessionTruth) -> Observation:
        mode = labels[session.session_id].work_mode
        is_known = mode != "not_inferable"
        return Observation(session.user, mode in WORK_GROUPS[metric], is_known, is_known, not is_known)

    answers = answers_of(interactive, (overall, in_quarter, in_month), observe)
    rows = personal.query("select * from metrics.rpt_label_shares")
    assert wrong_cells(metric, answers, rows) == []


def test_what_only_claude_is_asked_has_no_figures_of_the_rules(personal: DemoHome) -> None:
    """The rules say nothing of occupations, expertise, difficulty and value: of value, that they do not."""
    values = personal.query("select * from metrics.rpt_task_value")
    assert {(row["fingerprint"], row["estimate"], row["n_sessions"]) for row in values} == {
        ("not_asked", None, 0)
    }
    asked = personal.query("select distinct metric_name from metrics.rpt_label_shares")
    named = {"work_mode_share", "codebase_relation_share", *WORK_GROUPS}
    assert {row["metric_name"] for row in asked} == named
    assert by_rules("rpt_label_shares") == named, "the catalogue says so too"


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
