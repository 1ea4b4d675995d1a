"""Win rates of next-step duels on known verdicts: both sets, ties, order, repeats, and what is withheld."""

from collections.abc import Sequence

import duckdb
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.next_step_duels import next_step_duels
from orchestration.privacy.rules import PublishingRules
from orchestration.statistics.withholding import showing_all

Verdict = tuple[str, str | None, str | None]
"""Set of moments, whose step the drawn order preferred, and the outcome of both orders."""

DETOURS: tuple[Verdict, ...] = (
    *(("detour", "agent", "agent_better"),) * 64,
    *(("detour", "human", "human_better"),) * 36,
    *(("detour", "tie", "tie"),) * 9,
    *(("detour", "agent", "inconsistent"),) * 20,
    *(("detour", "human", None),) * 6,
)
"""129 judged of 135."""
STRONG: tuple[Verdict, ...] = (
    *(("strong", "agent", "agent_better"),) * 25,
    *(("strong", "human", "human_better"),) * 102,
)


def estimated(
    verdicts: Sequence[Verdict],
    *,
    users: int = 40,
    repeats: Sequence[str | None] = (),
    is_personal: bool = False,
) -> dict[tuple[str, ...], EstimateRow]:
    """Rows by metric, population, specification and statistic; `repeats`: outcomes of moments again."""
    rows = [
        (f"act-{number}", f"session-{number}", f"user-{number % users}", moment_set, 0, drawn, outcome)
        for number, (moment_set, drawn, outcome) in enumerate(verdicts)
    ]
    rows += [
        (
            f"act-{number}",
            f"session-{number}",
            f"user-{number % users}",
            verdicts[number][0],
            1,
            None,
            outcome,
        )
        for number, outcome in enumerate(repeats)
    ]
    names = ["act_id", "session_id", "user_id", "moment_set", "replicate", "drawn_order", "duel_outcome"]
    duels = pd.DataFrame(rows, columns=names)
    duels["swapped_order"] = [swapped(*row[-2:]) for row in rows]
    # A judge that contradicts itself chose what was shown first.
    duels["is_agent_first"] = (duels["duel_outcome"] == "inconsistent") | (duels.index % 2 == 0)
    duels = duels.assign(proposer_model="new-model", judge_model="old-model")
    with duckdb.connect() as connection, showing_all(is_personal):
        connection.register("given", duels)
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_next_steps__judged as "
            "select *, 'a' as agent, 'moments+judgement' as fingerprint from given"
        )
        rules = PublishingRules("personal" if is_personal else "team")
        found = next_step_duels(BuiltFacts(connection, "a", rules))
    keyed = {
        (row.metric_name, row.population, row.specification or "", row.statistic, row.segment_value): row
        for row in found
    }
    # Of one model of each, the row by models says what the row of all does.
    for key, row in keyed.items():
        if row.segment_name == "models":
            assert row.segment_value == "new-model judged by old-model"
            assert row.estimate == keyed[*key[:4], "all"].estimate
    return {key[:4]: row for key, row in keyed.items() if key[4] == "all"}


def swapped(drawn: str | None, outcome: str | None) -> str:
    """What the other order preferred, as the outcome of both says."""
    if outcome == "inconsistent":
        return "human" if drawn == "agent" else "agent"
    return {"agent_better": "agent", "human_better": "human", "tie": "tie"}.get(
        outcome or "", "not_judgeable"
    )


def test_both_sets_have_their_rate_with_wilsons_interval() -> None:
    rows = estimated([*DETOURS, *STRONG])
    for population, wins, n in (("detour", 64, 129), ("strong", 25, 127)):
        row = rows["next_step_win_rate", population, "both_orders", "wilson"]
        assert row.estimate == pytest.approx(wins / n)
        low, high = proportion_confint(wins, n, method="wilson")
        assert (row.interval_low, row.interval_high) == pytest.approx((low, high))
        by_user = rows["next_step_win_rate", population, "both_orders", "share"]
        assert by_user.estimate == row.estimate
        assert by_user.interval_low is not None
        assert by_user.interval_low < wins / n


def test_ties_and_contradictions_count_half_in_the_sensitivity_alone() -> None:
    rows = estimated(DETOURS)
    assert rows["next_step_win_rate", "detour", "ties_half", "share"].estimate == pytest.approx(78.5 / 129)
    assert rows["next_step_win_rate", "detour", "one_order", "share"].estimate == pytest.approx(84 / 129)


def test_consistency_and_what_could_not_be_judged_are_next_to_the_rate() -> None:
    rows = estimated(DETOURS)
    consistency = rows["next_step_swap_consistency", "detour", "", "share"]
    assert consistency.estimate == pytest.approx(109 / 129)
    assert consistency.unknown_share == pytest.approx(6 / 135)
    assert {row.labeller for row in rows.values()} == {"claude"}


def test_a_judge_that_decides_by_order_is_seen() -> None:
    """Of consistent verdicts one of two prefers what is shown first; of contradictions here both do."""
    first = estimated(DETOURS)["next_step_first_shown_share", "detour", "", "share"]
    assert first.estimate == pytest.approx((100 + 40) / 240)


def test_repeats_are_compared_with_the_first_judgement_and_count_in_no_rate() -> None:
    alone, again = (
        estimated(DETOURS),
        estimated(DETOURS, repeats=["agent_better"] * 30 + ["tie"] * 10 + [None]),
    )
    key = ("next_step_win_rate", "detour", "both_orders", "share")
    assert again[key] == alone[key]
    assert again["next_step_repeat_agreement", "detour", "", "share"].estimate == pytest.approx(30 / 40)
    assert not [one for one in alone if one[0] == "next_step_repeat_agreement"]


def test_few_moments_are_withheld_from_a_team_and_shown_to_a_person() -> None:
    few = DETOURS[60:70]
    team = estimated(few, users=5)
    assert {row.withheld_reason for row in team.values()} == {"too_few_effective_sessions"}
    assert {row.estimate for row in team.values()} == {None}
    alone = estimated(few, users=1, is_personal=True)
    own = alone["next_step_win_rate", "detour", "both_orders", "wilson"]
    assert (own.estimate, own.n_sessions) == (pytest.approx(0.4), 10)


def test_without_moments_there_are_no_rows() -> None:
    assert estimated(()) == {}
