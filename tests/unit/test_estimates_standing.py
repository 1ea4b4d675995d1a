"""A labeller is trusted as far as people, or else the judged cases, agree with it (METHODS 4.7)."""

from typing import Literal

import pytest

from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row
from orchestration.estimates.references import CaseAgreement
from orchestration.estimates.standing import (
    NOT_ASKED,
    LabellerStanding,
    ShownAs,
    of_best_labeller,
    protected_standings,
    shown_as,
    standing_of,
    standing_of_figure,
)
from orchestration.privacy.rules import PublishingRules
from orchestration.statistics.withholding import Estimate, withheld

FINGERPRINT = "claude-outcome-v3"


def with_people(
    kappa: float | None, *, statistic: str = "kappa", labeller: str = "claude", fingerprint: str = FINGERPRINT
) -> EstimateRow:
    found = withheld("too_few_effective_sessions") if kappa is None else Estimate(kappa, None, 0.1, 0.9)
    return estimate_row(
        "label_agreement", statistic, found, sample=Sample(150, 20, 0.1), labeller=labeller,
        fingerprint=f"{fingerprint}+human-outcome", specification=f"{labeller}_and_human",
        population="outcome_labels", n_effective=150.0,
    )  # fmt: skip


def on_cases(
    kappa: float | None, *, field: str = "outcome", labeller: str = "claude", fingerprint: str = FINGERPRINT
) -> CaseAgreement:
    return CaseAgreement("outcome", labeller, fingerprint, field, "kappa", kappa, 0.0, 0.5, 23)


def standing(
    *rows: EstimateRow, cases: tuple[CaseAgreement, ...] = (), labeller: str = "claude"
) -> LabellerStanding:
    return standing_of("outcome", labeller, FINGERPRINT, by_people=rows, on_cases=cases)


@pytest.mark.parametrize(
    ("kappa", "expected", "shown"),
    [
        (0.6, "publishable", "estimate"),
        (0.59, "exploratory", "exploratory"),
        (0.4, "exploratory", "exploratory"),
        (0.39, "hidden", "hidden"),
    ],
)
def test_agreement_with_people_decides_at_the_two_thresholds(kappa: float, expected: str, shown: str) -> None:
    found = standing(with_people(kappa))
    assert (found.standing, found.shown_as, found.reference) == (expected, shown, "people")
    assert (found.kappa, found.n_units, found.n_users) == (kappa, 150, 20)


def test_labels_on_a_scale_are_judged_by_weighted_kappa() -> None:
    found = standing(with_people(0.3), with_people(0.7, statistic="weighted_kappa"))
    assert (found.measure, found.standing) == ("weighted_kappa", "publishable")


def test_people_decide_before_cases_and_cases_before_nobody() -> None:
    assert standing(with_people(0.7), cases=(on_cases(0.1),)).reference == "people"
    found = standing(with_people(None), cases=(on_cases(0.5),))
    assert (found.reference, found.standing, found.n_units) == ("judged_cases", "exploratory", 23)
    nobody = standing(with_people(None))
    assert (nobody.reference, nobody.standing, nobody.shown_as) == ("none", "not_reviewed", "exploratory")
    assert "make sample-for-review" in nobody.reason


def test_agreement_of_another_labeller_or_version_says_nothing() -> None:
    others = (with_people(0.9, labeller="rules"), with_people(0.9, fingerprint="claude-outcome-v2"))
    cases = (on_cases(0.9, labeller="rules"), on_cases(0.9, fingerprint="claude-outcome-v2"))
    assert standing(*others, cases=cases).reference == "none"


def test_cases_never_make_a_figure_more_than_exploratory() -> None:
    assert standing(cases=(on_cases(0.95),)).shown_as == "exploratory"


def test_the_lowest_judged_field_decides() -> None:
    found = standing(
        cases=(on_cases(0.54, field="forced_outcome"), on_cases(0.18), on_cases(None, field="x"))
    )
    assert (found.kappa, found.standing) == (0.18, "hidden")


def test_rules_that_agree_too_little_are_a_baseline_and_say_how_to_get_further() -> None:
    found = standing(cases=(on_cases(0.18, labeller="rules"),), labeller="rules")
    assert (found.standing, found.shown_as) == ("hidden", "baseline")
    assert "kappa 0.18" in found.reason
    assert "baseline" in found.reason
    assert "make sample-for-review" in found.reason
    assert shown_as("hidden", "claude", reference="people") == "hidden"


def test_rules_are_a_baseline_until_people_have_reviewed_them() -> None:
    by_cases = standing(cases=(on_cases(0.9, labeller="rules"),), labeller="rules")
    assert (by_cases.standing, by_cases.shown_as) == ("exploratory", "baseline")
    assert standing(labeller="rules").shown_as == "baseline"
    assert standing(with_people(0.7, labeller="rules"), labeller="rules").shown_as == "estimate"
    assert standing(with_people(0.5, labeller="rules"), labeller="rules").shown_as == "exploratory"


def test_a_figure_has_the_lowest_standing_of_what_it_rests_on() -> None:
    shown: dict[str, ShownAs] = {"a": "estimate", "b": "baseline", "c": "exploratory", "d": "hidden"}
    assert standing_of_figure("a", shown) == "estimate"
    assert standing_of_figure("a+c", shown) == "exploratory"
    assert standing_of_figure("c+b+a", shown) == "baseline"
    assert standing_of_figure("b+d", shown) == "hidden"


def test_a_figure_that_rests_on_no_label_is_an_estimate() -> None:
    assert standing_of_figure(None, {"a": "hidden"}) == "estimate"
    assert standing_of_figure("none", {"a": "hidden"}) == "estimate"


@pytest.mark.parametrize(
    ("n_users", "top_user_share", "mode", "is_hidden"),
    [(8, 0.2, "team", False), (3, 0.4, "team", True), (8, 0.6, "team", True), (1, 1.0, "personal", False)],
)
def test_agreement_with_few_people_keeps_its_verdict_and_hides_its_kappa(
    n_users: int, top_user_share: float, mode: Literal["team", "personal"], is_hidden: bool
) -> None:
    row = LabellerStanding(
        "outcome", "claude", "c1", "people", "kappa", 0.7, 0.5, 0.9, 40, n_users, top_user_share,
        "publishable", "estimate", "Agrees well.",
    )  # fmt: skip
    (found,) = protected_standings([row], PublishingRules(mode))
    assert (found.kappa is None, found.is_suppressed) == (is_hidden, is_hidden)
    assert found.standing == "publishable"


@pytest.mark.parametrize(
    ("figures", "kept"),
    [
        ([("rate", "rules", None), ("rate", "claude", None)], ["claude"]),
        ([("rate", "rules", None), ("rate", "stand_in", None), ("rate", "claude", None)], ["claude"]),
        ([("rate", "rules", None), ("rate", "claude", NOT_ASKED)], ["rules", "claude"]),
        ([("rate", "rules", None), ("rate", "claude", "small_cell")], ["claude"]),
        ([("rate", "rules", None), ("other", "claude", None)], ["rules", "claude"]),
        (
            [("rate", None, None), ("rate", "claude", None), ("rate", "human", None)],
            [None, "claude", "human"],
        ),
    ],
)
def test_a_figure_is_of_the_best_labeller_that_was_asked(
    figures: list[tuple[str, str | None, str | None]], kept: list[str | None]
) -> None:
    assert [labeller for _, labeller, _ in of_best_labeller(figures, key=lambda figure: figure)] == kept
