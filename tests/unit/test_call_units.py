"""The sample of tool calls: known probabilities, the same calls in every run, nested as shares grow."""

import math

from classifiers.asking.eligibility import SessionFrame, eligibility_rows, units_of
from classifiers.call_units import EVERY_CALL, CallSample, call_unit_id
from classifiers.catalog.action_risk import CLASSIFIER as RISK
from classifiers.catalog.action_risk_anchored import CLASSIFIER as ANCHORED
from classifiers.catalog.reversibility import CLASSIFIER as REVERSIBILITY
from tests.fakes.session_rows import SessionRows


def busy(count: int = 4_000) -> SessionFrame:
    rows = SessionRows()
    rows.says("Go on.")
    for number in range(count):
        rows.runs(f"unknown {number}") if number % 2 else rows.calls_tool("Read")
    return SessionFrame(rows.record(), "headless")


def drawn(frame: SessionFrame, sample: CallSample) -> dict[str, float]:
    return {each.unit_id: each.probability for each in sample.drawn(frame.session, frame.surface)}


def test_a_repeated_tool_use_id_is_a_unit_of_its_own() -> None:
    rows = SessionRows()
    rows.runs("ls")
    (call,) = rows.record().calls
    again = call._replace(tool_use_id=f"{call.tool_use_id}#2", occurrence=2)
    assert call_unit_id(call) == f"s1|{call.tool_use_id}|1"
    assert call_unit_id(again) == f"s1|{call.tool_use_id}|2"


def test_the_sample_is_as_large_as_its_share_and_a_larger_one_holds_it() -> None:
    frame = busy()
    small, large = drawn(frame, CallSample(0.05)), drawn(frame, CallSample(0.1))
    assert drawn(frame, CallSample(0.05)) == small
    assert set(small) < set(large)
    # Within four standard errors of what independent draws give.
    assert abs(len(small) - 200) < 4 * math.sqrt(4_000 * 0.05 * 0.95)
    assert len(drawn(frame, EVERY_CALL)) == 4_000
    assert not drawn(frame, CallSample(0.0))


def test_strata_have_shares_of_their_own_and_weights_give_the_whole_back() -> None:
    frame = busy()
    sample = CallSample(0.5, {"shell": 0.05, "shell/headless": 0.1, "edit": 0.9})
    found = drawn(frame, sample)
    assert set(found.values()) == {0.1, 0.5}
    assert abs(sum(1 / share for share in found.values()) - 4_000) < 600


def test_a_widened_sample_holds_both_whatever_each_names() -> None:
    frame = busy()
    one, other = CallSample(0.05, {"shell": 0.3}), CallSample(0.1, {"shell/headless": 0.2, "read": 0.01})
    wide = drawn(frame, one.widened_to(other))
    assert set(wide) == set(drawn(frame, one)) | set(drawn(frame, other))
    assert set(wide.values()) == {0.3, 0.05}
    assert one.widened_to(other) == other.widened_to(one)


def test_a_result_without_its_call_is_drawn_nowhere() -> None:
    rows = SessionRows()
    rows.runs("ls", has_call=False)
    assert not drawn(SessionFrame(rows.record(), "sdk"), EVERY_CALL)


def test_eligibility_names_the_drawn_calls_and_their_probability_after_everything_that_thins_them() -> None:
    frame, sample = busy(400), CallSample(0.5)
    later, quiet = frame.session.ended_at.replace(year=2027), frame.session.ended_at - frame.session.ended_at
    prints = {RISK: "risk", ANCHORED: "anchored", REVERSIBILITY: "undo"}
    rows = list(
        eligibility_rows(
            frame, prints, now=later, quiet=quiet, shares=dict.fromkeys(prints.values(), 0.8), calls=sample
        )
    )
    of = {name: [row for row in rows if row.fingerprint == name] for name in prints.values()}
    assert {len(own) for own in of.values()} == {len(drawn(frame, sample))}
    assert {row.sampling_probability for row in of["risk"]} == {0.5 * 0.8}
    assert all(row.is_eligible for row in of["risk"])
    assert {row.sampling_probability for row in of["anchored"]} == {0.5 * 0.25 * 0.8}
    assert {row.reason for row in of["anchored"]} == {"eligible", "not_sampled"}
    # What the rules settle is known of all sessions, so that a budget does not thin it.
    by_reason = {row.reason: (row.sampling_probability, row.reached_share) for row in of["undo"]}
    assert by_reason == {"settled_by_rule": (0.5, 1.0), "eligible": (0.5 * 0.8, 0.8)}


def test_a_session_that_is_not_ready_has_its_reason_for_every_call() -> None:
    frame = busy(20)
    quiet = frame.session.ended_at - frame.session.turns[0].started_at
    rows = eligibility_rows(
        frame, {REVERSIBILITY: "undo"}, now=frame.session.ended_at, quiet=quiet, shares={}, calls=EVERY_CALL
    )
    assert {row.reason for row in rows} == {"session_open"}


def test_units_of_a_session_question_are_not_drawn() -> None:
    from classifiers.catalog.outcome import CLASSIFIER as OUTCOME

    assert [one.unit_id for one in units_of(OUTCOME, busy(2).session, ())] == ["s1"]
