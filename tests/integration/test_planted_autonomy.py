"""Study A's figures of turns and interventions follow from what was planted and from what was labelled.

Turns, questions, interruptions and denials are counted from the planted truth, and what the stand-in said of
sessions and turns is read from fct_labels; nothing is read from the models that sum. Nothing is hidden.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from orchestration.demo import SessionTruth
from orchestration.demo.truth import TurnTruth
from tests.demo_lake import DemoHome, Row, month_of, planted_time
from tests.made_up_home import MadeUpHome
from tests.planted_answers import (
    Cell,
    Observation,
    answers_of,
    in_month,
    in_quarter,
    overall,
    wrong_cells,
)

AWAITS_NOBODY = ("done", "error_or_limit")
STYLES = ("approves_each", "monitors", "unattended")


@pytest.fixture(scope="module")
def built(made_up: MadeUpHome) -> DemoHome:
    """The demo with made-up labels, built so that nothing is hidden."""
    return made_up.shown


@pytest.fixture(scope="module")
def sessions(built: DemoHome) -> list[SessionTruth]:
    return [session for session in built.truth.sessions if session.is_interactive]


def labels(built: DemoHome, classifier: str, *, of: str = "unit_id") -> dict[str, str]:
    """What the stand-in said of each unit; not_inferable is not known."""
    rows = built.query(
        f"select {of}, answer_label from marts.fct_labels where is_current and status = 'ok'"  # noqa: S608
        f" and labeller = 'stand_in' and classifier = '{classifier}' and answer_label <> 'not_inferable'"
    )
    return {row[of]: row["answer_label"] for row in rows}


def rows_of(built: DemoHome, table: str) -> list[Row]:
    return built.query(f"select * from metrics.{table} where labeller = 'stand_in'")  # noqa: S608


def worked(session: SessionTruth) -> list[TurnTruth]:
    return [turn for turn in session.turns if turn.has_agent_work]


RATES: Mapping[str, Callable[[TurnTruth], bool]] = {
    "agent_asked_rate": lambda turn: turn.clarification_count > 0,
    "human_interrupted_rate": lambda turn: turn.is_interrupted,
}


@pytest.mark.parametrize("metric", RATES)
def test_rates_by_goal_complexity_are_those_of_the_planted_turns(
    metric: str, built: DemoHome, sessions: list[SessionTruth]
) -> None:
    counted, complexity = RATES[metric], labels(built, "goal_complexity")

    def by_complexity(session: SessionTruth) -> Cell:
        level = complexity.get(session.session_id, "unknown")
        return Cell("overall", None, "goal_complexity", level)

    def observe(session: SessionTruth) -> Observation:
        turns = worked(session)
        return Observation(session.user, sum(map(counted, turns)), len(turns), int(bool(turns)))

    answers = answers_of([one for one in sessions if worked(one)], (overall, by_complexity), observe)
    assert len(answers) == 6, "four levels, unknown, all"
    assert wrong_cells(metric, answers, rows_of(built, "rpt_turn_conduct")) == []


def test_rates_outside_plan_mode_leave_out_its_turns(built: DemoHome) -> None:
    """The mode of a turn is proved elsewhere; here that the rates are without plan mode and unknown modes."""
    turns = built.query(
        "select permission_mode, clarification_count > 0 as asked from marts.fct_turns"
        " where is_interactive and has_agent_work and not is_sidechain"
    )
    outside = [one["asked"] for one in turns if one["permission_mode"] not in ("plan", "unknown")]
    (row,) = [
        one
        for one in rows_of(built, "rpt_turn_conduct")
        if one["metric_name"] == "agent_asked_rate_outside_plan_mode" and one["segment_name"] == "all"
    ]
    assert (row["numerator"], row["denominator"]) == (sum(outside), len(outside))
    unknown = sum(one["permission_mode"] == "unknown" for one in turns)
    assert 0 < unknown < len(turns)
    assert row["unknown_share"] == pytest.approx(unknown / (unknown + len(outside)))
    assert any(one["permission_mode"] == "plan" for one in turns)


@pytest.mark.parametrize(
    ("classifier", "ends", "outside"),
    [
        ("stop_reason", ("completed", "question", "plan_approval", "error"), AWAITS_NOBODY),
        ("interrupt_reason", ("interrupted",), ()),
        ("question_usefulness", ("question",), ()),
    ],
)
def test_shares_of_reasons_are_of_the_labelled_turns(
    built: DemoHome,
    sessions: list[SessionTruth],
    classifier: str,
    ends: tuple[str, ...],
    outside: tuple[str, ...],
) -> None:
    """A turn that a denial ended is asked about too; it is no interruption (A8)."""
    of_turn = "t.is_interrupted" if classifier == "interrupt_reason" else "true"
    said = Counter(
        (row["user_id"], row["answer_label"])
        for row in built.query(
            "select t.user_id, l.answer_label from marts.fct_labels l"  # noqa: S608 - a name of ours
            " join marts.fct_turns t on l.unit_id = t.turn_id where l.is_current and l.status = 'ok'"
            f" and l.labeller = 'stand_in' and l.classifier = '{classifier}' and {of_turn}"
        )
    )
    asked = sum(
        turn.end_reason in ends and (classifier != "interrupt_reason" or turn.is_interrupted)
        for session in sessions
        for turn in worked(session)
    )
    known = {label: 0 for _, label in said if label not in (*outside, "not_inferable")}
    for (_, label), count in said.items():
        if label in known:
            known[label] += count
    rows = [
        row
        for row in rows_of(built, "rpt_turn_conduct")
        if row["metric_name"] == f"{classifier}_share" and row["period_kind"] == "overall"
    ]
    assert {row["segment_value"] for row in rows} >= known.keys()
    unknown = asked - sum(said[one] for one in said if one[1] in (*known, *outside))
    # Of the few interrupts all may have an answer; of the others some are refused, cut off or invalid.
    assert unknown > 0 or (classifier == "interrupt_reason" and unknown == 0)
    for row in rows:
        assert (row["numerator"], row["denominator"]) == (
            known.get(row["segment_value"], 0),
            sum(known.values()),
        )
        assert row["unknown_share"] == pytest.approx(unknown / (unknown + sum(known.values())))
        people = {user for user, label in said if label == row["segment_value"] and user is not None}
        assert row["n_users"] == len(people)
    assert sum(row["estimate"] for row in rows) == pytest.approx(1)


@pytest.fixture(scope="module")
def questions(built: DemoHome) -> list[dict[str, Any]]:
    """Every turn with its labels, and whether the agent had asked anything by then."""
    use, reason = labels(built, "question_usefulness"), labels(built, "interrupt_reason")
    complexity = labels(built, "goal_complexity")
    asked = set[str]()
    found = []
    for turn in built.query(
        "select turn_id, session_id, user_id, end_reason, clarification_count > 0 as asks, is_interrupted,"
        " permission_mode from marts.fct_turns where is_interactive and has_agent_work and not is_sidechain"
        " order by started_at, turn_number"
    ):
        asked |= {turn["session_id"]} if turn["asks"] else set()
        is_question = turn["end_reason"] == "question"
        is_unasked = (
            turn["end_reason"] == "interrupted" and turn["is_interrupted"] and turn["session_id"] not in asked
        )
        said = use.get(turn["turn_id"]) if is_question else None
        why = reason.get(turn["turn_id"]) if is_unasked else None
        found.append({
            "session_id": turn["session_id"],
            "complexity": complexity.get(turn["session_id"], "unknown"),
            "is_outside": turn["permission_mode"] not in ("plan", "unknown"),
            "is_known": said is not None,
            "is_useful": said in ("changed_plan", "supplied_missing"),
            "is_missed": why == "correction_or_context",
            "has_unknown_use": is_question and said is None,
            "has_unknown_reason": is_unasked and why is None,
        })  # fmt: skip
    return found


@pytest.mark.parametrize("metric", ["question_precision", "question_recall"])
def test_questions_are_as_useful_as_their_answers_were_labelled(
    metric: str, built: DemoHome, questions: list[dict[str, Any]]
) -> None:
    of_recall = metric == "question_recall"
    counted = [
        one for one in questions if (one["is_useful"] or one["is_missed"] if of_recall else one["is_known"])
    ]
    unknown = [
        one for one in questions if one["has_unknown_use"] or (of_recall and one["has_unknown_reason"])
    ]
    assert sum(one["is_missed"] for one in questions) > 3
    rows = {
        (row["metric_name"], row["segment_value"]): row
        for row in rows_of(built, "rpt_turn_conduct")
        if row["metric_name"].startswith(metric) and row["period_kind"] == "overall"
    }
    levels = {one["complexity"] for one in questions}
    assert {value for name, value in rows if name == metric} == {"all", *levels}
    for (name, level), row in rows.items():
        is_outside = name.endswith("outside_plan_mode")
        own = [
            one
            for one in counted
            if level in ("all", one["complexity"]) and (one["is_outside"] or not is_outside)
        ]
        assert (row["numerator"], row["denominator"]) == (
            sum(one["is_useful"] for one in own), len(own),
        ), (name, level)  # fmt: skip
        assert row["n_sessions"] == len({one["session_id"] for one in own})
        if not is_outside:
            left = sum(level in ("all", one["complexity"]) for one in unknown)
            whole = left + len(own)
            assert row["unknown_share"] == (pytest.approx(left / whole) if whole else None)


def test_slopes_of_questions_are_of_the_labelled_turns(
    built: DemoHome, questions: list[dict[str, Any]]
) -> None:
    """The slope by hand: covariance of useful and level, over the variance of the level."""
    levels = ("minimal", "low", "moderate", "high")
    rows = {
        row["metric_name"]: row["estimate"]
        for row in rows_of(built, "rpt_autonomy")
        if row["metric_name"].startswith("question_") and row["population"] == "all"
    }
    for metric in ("question_precision", "question_recall"):
        points = [
            (levels.index(one["complexity"]), float(one["is_useful"]))
            for one in questions
            if one["complexity"] in levels
            and (one["is_useful"] or one["is_missed"] if metric == "question_recall" else one["is_known"])
        ]
        middle = [sum(values) / len(points) for values in zip(*points, strict=True)]
        above = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
        assert rows[metric] == pytest.approx(above / sum((x - middle[0]) ** 2 for x, _ in points))


def steered(built: DemoHome) -> dict[str, int]:
    """Steering prompts of each session with a label of them, by the labels of the single prompts."""
    found = Counter[str]()
    labelled = built.query(
        "select session_id from marts.fct_labels where labeller = 'stand_in' and is_current"
        " and classifier = 'steering' and status = 'ok'"
    )
    for row in built.query(
        "select session_id, value_text from marts.fct_label_answers where labeller = 'stand_in'"
        " and is_current and classifier = 'steering' and field = 'steering'"
    ):
        found[row["session_id"]] += row["value_text"] in ("correct", "redirect", "take_over")
    return {row["session_id"]: found[row["session_id"]] for row in labelled}


ACTS: Mapping[str, Callable[[SessionTruth, int], float]] = {
    "interventions_per_session": lambda s, n: s.counts.interrupt_count + s.counts.denial_count + n,
    "interrupts_per_session": lambda s, _: s.counts.interrupt_count,
    "denials_per_session": lambda s, _: s.counts.denial_count,
    "steered_prompts_per_session": lambda _, n: n,
    "intervened_session_share": lambda s, n: s.counts.interrupt_count + s.counts.denial_count + n > 0,
    "steered_session_share": lambda _, n: n > 0,
}


@pytest.mark.parametrize("metric", ACTS)
def test_interventions_are_the_planted_acts_and_the_labelled_prompts(
    metric: str, built: DemoHome, sessions: list[SessionTruth]
) -> None:
    count, prompts, tier = ACTS[metric], steered(built), labels(built, "difficulty_tier")
    # A session without a second prompt is asked nothing and has none that steers.
    alone = {
        row["session_id"]: 0
        for row in built.query(
            "select session_id from staging.stg_labels__label_eligibility where labeller = 'stand_in'"
            " and classifier = 'steering' and reason = 'too_few_prompts'"
        )
    }
    assert alone
    known = prompts | alone
    framed = {
        row["session_id"]
        for row in built.query("select session_id from marts.fct_sessions where is_in_study_c_frame")
    }

    def by_tier(session: SessionTruth) -> Cell:
        return Cell("overall", None, "difficulty_tier", tier.get(session.session_id, "unknown"))

    def observe(session: SessionTruth) -> Observation:
        number = known.get(session.session_id)
        if number is None:
            return Observation(session.user, 0, 0, 0, 1)
        return Observation(session.user, count(session, number), 1)

    periods = (overall, in_month, in_quarter)
    answers = answers_of(
        [one for one in sessions if one.session_id in framed],
        (*periods, by_tier),
        observe,
        is_rate=metric.endswith("_share"),
    )
    assert wrong_cells(metric, answers, rows_of(built, "rpt_session_conduct")) == []


def test_parts_of_interventions_add_up(built: DemoHome) -> None:
    rows = {
        row["metric_name"]: row["estimate"]
        for row in rows_of(built, "rpt_session_conduct")
        if row["segment_name"] == "all" and row["period_kind"] == "overall"
    }
    parts = ("interrupts_per_session", "denials_per_session", "steered_prompts_per_session")
    assert sum(rows[name] for name in parts) == pytest.approx(rows["interventions_per_session"])
    assert all(rows[name] > 0 for name in parts)


def test_success_by_tier_is_of_the_labelled_sessions(built: DemoHome) -> None:
    """In every tier the sessions that the stand-in judged succeeded, of those with a goal (A4, B6)."""
    outcome, tier = labels(built, "outcome"), labels(built, "difficulty_tier")
    in_frame = built.query("select session_id from marts.fct_sessions where is_in_study_c_frame")
    found: dict[str, list[bool]] = defaultdict(list)
    for session_id in (row["session_id"] for row in in_frame):
        if outcome.get(session_id, "no_clear_goal") != "no_clear_goal":
            found[tier.get(session_id, "unknown")].append(outcome[session_id] == "succeeded")
    rows = {
        row["segment_value"]: (row["numerator"], row["denominator"])
        for row in rows_of(built, "rpt_session_outcomes")
        if row["metric_name"] == "judged_success"
        and (row["segment_name"], row["period_kind"]) == ("difficulty_tier", "overall")
    }
    assert rows == {value: (sum(own), len(own)) for value, own in found.items()}
    assert len(rows) == 5


def styles(sessions: Iterable[SessionTruth]) -> dict[tuple[str, int], tuple[str | None, int]]:
    """Style and number of sessions of each person's month, by the definition of the measure."""
    months: dict[tuple[str, int], list[SessionTruth]] = defaultdict(list)
    for session in sessions:
        if session.user is not None:
            day = month_of(planted_time(session.started_at))
            months[session.user, 12 * day.year + day.month].append(session)
    found = {}
    for month, own in months.items():
        auto = [one.is_full_auto for one in own if one.is_full_auto is not None and _has_tools(one)]
        turns = [turn for one in own for turn in worked(one)]
        style: str | None = "unattended"
        if len(auto) < 3 or len(turns) < 20:
            style = None
        elif sum(auto) <= len(auto) / 2:
            style = "approves_each"
        elif sum(turn.is_interrupted for turn in turns) >= 0.05 * len(turns):
            style = "monitors"
        found[month] = (style, len(own))
    return found


def _has_tools(session: SessionTruth) -> bool:
    return any(turn.tool_call_count for turn in session.turns)


def test_styles_of_months_and_what_follows_them_are_the_planted_ones(
    built: DemoHome, sessions: list[SessionTruth]
) -> None:
    found = styles(sessions)
    assert {style for style, _ in found.values()} >= {"approves_each", None}
    rows = built.query(
        "select * from metrics.rpt_oversight_by_experience where segment_name = 'style'"
        " and period_kind = 'overall'"
    )
    wholes = {"user_month_style_share": [(None, *one) for one in found.values()]}
    for before in STYLES:
        wholes[f"style_after_{before}_share"] = [
            (before, *one)
            for (user, month), one in found.items()
            if found.get((user, month - 1), (None, 0))[0] == before
        ]
    for row in rows:
        months = wholes[row["metric_name"]]
        known = [one for one in months if one[1] is not None]
        inside = [one for one in known if one[1] == row["segment_value"]]
        assert (row["numerator"], row["denominator"]) == (len(inside), len(known)), row["metric_name"]
        assert row["n_sessions"] == sum(count for _, _, count in inside)
    assert {row["metric_name"] for row in rows} == wholes.keys()


def test_no_person_s_style_is_in_a_release(built: DemoHome) -> None:
    tables = {row["table_schema"] + "." + row["table_name"] for row in built.query(
        "select table_schema, table_name from information_schema.columns where column_name like 'style%'"
    )}  # fmt: skip
    assert tables == {"intermediate.int_user_months__styled"}
