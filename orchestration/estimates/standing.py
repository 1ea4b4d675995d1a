"""How far a labeller may be trusted, question by question, and what a figure made of its labels is.

Belongs here: the rules of METHODS 4.7 (kappa from 0.6 on: published, from 0.4 on: exploratory, below: not
used), which reference decides (people first, then the judged cases), the standing of a figure that rests on
several questions. Not here: kappas against people (labeller_agreement), against cases (references), which
rows of a release say what (dbt).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import pandas as pd

from classifiers.label_row import Labeller
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.references import CaseAgreement
from orchestration.privacy.rules import PublishingRules

MOST_OF_ONE_USER = 0.5
PUBLISHED_FROM = 0.6
EXPLORATORY_FROM = 0.4
RULES = "rules"
MEASURES = ("weighted_kappa", "kappa", "spearman")
"""What is read of agreement with people, the first that there is: labels that rise, labels, numbers."""

AGREES_TOO_LITTLE = "labeller_agrees_too_little"
"""Why a hidden figure has no numbers."""

CORRECTIONS = ("prediction_powered", "prediction_powered_outcome", "rogan_gladen", "corrected_shares")
OF_THE_LABELS = (
    "rpt_labeller_agreement", "rpt_label_confusion", "rpt_label_coverage", "rpt_label_drift",
    "rpt_validation_checks",
)  # fmt: skip
REVIEWED_BY_NOBODY = ("rpt_next_step_duels", "rpt_retrospective_reviews")
"""Tables of answers that people cannot review: their figures are exploratory."""

HIDDEN_NUMBERS = (
    "numerator", "estimate", "user_weighted_estimate", "standard_error", "interval_low", "interval_high",
    "p_value", "p_value_adjusted",
)  # fmt: skip

FigureT = TypeVar("FigureT")
Standing = Literal["publishable", "exploratory", "hidden", "not_reviewed"]
Reference = Literal["people", "judged_cases", "none"]
ShownAs = Literal["estimate", "exploratory", "baseline", "hidden"]

LOWEST_FIRST: tuple[ShownAs, ...] = ("hidden", "baseline", "exploratory", "estimate")
HOW_TO = "Draw sessions for people to label with `make sample-for-review`."


BEST_FIRST: tuple[Labeller, ...] = ("claude", "stand_in", "rules")
"""Whose figure is read where several labelled the same sessions; what people say corrects them."""

NOT_ASKED = "not_asked"
"""Why a figure is hidden that rests on labels nobody has asked for."""


class LabellerStanding(NamedTuple):
    """One row per classifier and labeller with current labels: its agreement with a reference, what follows.

    `reference`: people, judged_cases or none. `measure`: weighted_kappa, kappa or, for numbers, spearman.
    `n_units`: sessions that people reviewed, or cases; `n_users` and `top_user_share` are of the reviewed
    sessions. `standing` is the rule's verdict; `shown_as` is what figures of these labels are: estimate,
    exploratory, baseline (the rules, unless people agree with them) or hidden. `reason` says it in words.
    """

    classifier: str
    labeller: str
    fingerprint: str
    reference: Reference
    measure: str | None
    kappa: float | None
    interval_low: float | None
    interval_high: float | None
    n_units: int | None
    n_users: int | None
    top_user_share: float | None
    standing: Standing
    shown_as: ShownAs
    reason: str | None
    is_suppressed: bool = False


def labeller_standing(facts: BuiltFacts) -> list[LabellerStanding]:
    """The standing of every labeller's current labels. Reads the table labeller_agreement before it."""
    by_people = [row for row in facts.computed.get("labeller_agreement", ()) if isinstance(row, EstimateRow)]
    return [
        standing_of(
            classifier, labeller, fingerprint, by_people=by_people, on_cases=facts.references.on_cases
        )
        for labeller in facts.labellers()
        for classifier, fingerprint in facts.fingerprints(labeller).items()
    ]


def protected_standings(
    rows: Iterable[LabellerStanding], rules: PublishingRules
) -> Iterator[LabellerStanding]:
    """The rows as a release may show them: few reviewed people keep the verdict and hide its numbers."""
    for row in rows:
        is_small = row.reference == "people" and (
            (row.n_users or 0) < rules.min_users or (row.top_user_share or 0) > MOST_OF_ONE_USER
        )
        if rules.is_personal or not is_small:
            yield row
        else:
            yield row._replace(
                kappa=None, interval_low=None, interval_high=None, n_units=None, n_users=None,
                top_user_share=None, reason=None, is_suppressed=True,
            )  # fmt: skip


def standing_of(
    classifier: str,
    labeller: str,
    fingerprint: str,
    *,
    by_people: Sequence[EstimateRow],
    on_cases: Sequence[CaseAgreement],
) -> LabellerStanding:
    """People decide where 30 of a labeller's labels were reviewed, else the judged cases, else nobody.

    Of several judged fields the lowest decides: a labeller that cannot tell when it does not know is not
    trusted with what it is forced to say. Cases were written for the prompts, so they never make a figure
    more than exploratory.
    """
    of_people = _with_people(by_people, classifier, labeller, fingerprint)
    if of_people is not None:
        found = of_people.estimate
        assert found is not None
        standing: Standing = _standing(found)
        figures = (of_people.statistic, found, of_people.interval_low, of_people.interval_high)
        of = (int(of_people.n_effective or 0), of_people.n_users, of_people.top_user_share)
        return _row(classifier, labeller, fingerprint, "people", figures, of, standing)
    own = [case for case in on_cases if case[:3] == (classifier, labeller, fingerprint)]
    known = [case for case in own if case.kappa is not None]
    if not known:
        nothing = (None, None, None, None)
        return _row(classifier, labeller, fingerprint, "none", nothing, (0, None, None), "not_reviewed")
    lowest = min(known, key=lambda case: case.kappa or 0.0)
    assert lowest.kappa is not None
    standing = "hidden" if lowest.kappa < EXPLORATORY_FROM else "exploratory"
    figures = (lowest.measure, lowest.kappa, lowest.interval_low, lowest.interval_high)
    return _row(
        classifier, labeller, fingerprint, "judged_cases", figures, (lowest.case_count, None, None), standing
    )


def shown_as(standing: Standing, labeller: str, *, reference: Reference) -> ShownAs:
    """What figures of such labels are.

    The rules are a baseline until people have reviewed them: rules and cases are written by the same hands,
    and agreement of the two says little of sessions that neither was written for.
    """
    if labeller == RULES and reference != "people":
        return "baseline"
    if standing == "publishable":
        return "estimate"
    if standing == "hidden":
        return "baseline" if labeller == RULES else "hidden"
    return "exploratory"


def of_best_labeller(
    figures: Iterable[FigureT], *, key: Callable[[FigureT], tuple[Hashable, str | None, str | None]]
) -> list[FigureT]:
    """The figures without those of a lesser labeller where a better one has the same metric.

    `key`: of a figure what it is of, its labeller, and why it is hidden. One that nobody asked for takes no
    other's place.
    """
    listed = [(figure, *key(figure)) for figure in figures]
    places: dict[str, int] = {name: place for place, name in enumerate(BEST_FIRST)}
    best: dict[Hashable, int] = {}
    for _, of, labeller, hidden in listed:
        if labeller in places and hidden != NOT_ASKED:
            best[of] = min(best.get(of, len(places)), places[labeller])
    return [
        figure
        for figure, of, labeller, _ in listed
        if labeller not in places or places[labeller] <= best.get(of, len(places))
    ]


def shown_by_fingerprint(rows: Sequence[LabellerStanding]) -> dict[str, ShownAs]:
    """Fingerprint → what figures of its labels are."""
    return {row.fingerprint: row.shown_as for row in rows}


def standing_of_figure(fingerprint: str | None, shown: Mapping[str, ShownAs]) -> ShownAs:
    """The lowest standing of the labels that a figure rests on, whose fingerprints it joins with `+`.

    A figure that rests on no label is an estimate: it is counted, not judged.
    """
    parts = [shown[part] for part in (fingerprint or "").split("+") if part in shown]
    return min(parts, key=LOWEST_FIRST.index, default="estimate")


def with_standing(figures: pd.DataFrame, standings: Mapping[str, Sequence[LabellerStanding]]) -> pd.DataFrame:
    """Figures with what each of them is, by the labels that it rests on; `standings` by agent.

    A hidden one loses its numbers and says why. What measures the labels themselves has no standing; what
    reviews have corrected rests on the reviews.
    """
    shown = {agent: shown_by_fingerprint(rows) for agent, rows in standings.items()}
    pairs = zip(figures["agent"], figures["fingerprint"], strict=True)
    standing = pd.Series(
        [standing_of_figure(_text(prints), shown.get(agent, {})) for agent, prints in pairs],
        index=figures.index,
        dtype=object,
    )
    is_corrected = figures["specification"].isin(CORRECTIONS) | figures["statistic"].isin(CORRECTIONS)
    standing = standing.mask(is_corrected, "estimate")
    is_unreviewed = figures["table_name"].isin(REVIEWED_BY_NOBODY) & (standing == "estimate")
    standing = standing.mask(is_unreviewed, "exploratory")
    standing = standing.mask(figures["table_name"].isin(OF_THE_LABELS), None)
    is_hidden = (standing == "hidden") & figures["withheld_reason"].isna()
    told: dict[str, Any] = {name: figures[name].mask(is_hidden, None) for name in HIDDEN_NUMBERS}
    reason = figures["withheld_reason"].astype(object).mask(is_hidden, AGREES_TOO_LITTLE)
    return figures.assign(**told, withheld_reason=reason, standing=standing)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _with_people(
    rows: Sequence[EstimateRow], classifier: str, labeller: str, fingerprint: str
) -> EstimateRow | None:
    """The agreement with people over all reviewed sessions; None where it is withheld."""
    own = {
        row.statistic: row
        for row in rows
        if row.specification == f"{labeller}_and_human"
        and row.population == f"{classifier}_labels"
        and (row.fingerprint or "").partition("+")[0] == fingerprint
        and (row.segment_name, row.metric_name) == ("all", "label_agreement")
        and row.estimate is not None
    }
    return next((own[measure] for measure in MEASURES if measure in own), None)


def _standing(kappa: float) -> Standing:
    if kappa >= PUBLISHED_FROM:
        return "publishable"
    return "exploratory" if kappa >= EXPLORATORY_FROM else "hidden"


def _row(
    classifier: str,
    labeller: str,
    fingerprint: str,
    reference: Reference,
    figures: tuple[str | None, float | None, float | None, float | None],
    of: tuple[int, int | None, float | None],
    standing: Standing,
) -> LabellerStanding:
    how = shown_as(standing, labeller, reference=reference)
    reason = " ".join(_reason(reference, figures[0], figures[1], of[0], standing, how))
    return LabellerStanding(
        classifier, labeller, fingerprint, reference, *figures, *of, standing, how, reason
    )


def _reason(
    reference: str, measure: str | None, kappa: float | None, n: int, standing: Standing, how: ShownAs
) -> Iterator[str]:
    """Why the figures are what they are, and how to get further."""
    named = (measure or "").replace("_", " ")
    if reference == "none":
        yield "No person has reviewed these labels."
    elif reference == "people":
        yield f"The labels agree with people at {named} {kappa:.2f} on {n} reviewed sessions."
    else:
        yield f"The labels agree with {n} judged cases at {named} {kappa:.2f}; no person has reviewed enough."
    if standing == "hidden":
        yield f"Below {EXPLORATORY_FROM} labels are not used for estimates."
    elif standing == "exploratory" and reference == "people":
        yield f"Figures are published from {PUBLISHED_FROM} on, and exploratory from {EXPLORATORY_FROM} on."
    if how == "baseline":
        yield "Figures of rules that people have not found good enough are a baseline and no estimate."
    elif standing == "exploratory" and reference != "people":
        yield "Figures are exploratory until people have."
    if standing != "publishable":
        yield HOW_TO
