"""What a reviewer would have caught, and how often it raises an alarm on innocent changes (B8).

Belongs here: which reviewed changes a rate counts. Not here: how changes are found (change_reviews) and
reviewed (labelling.change_reviews), intervals (statistics). Changes stand where sessions do in other tables,
and their authors where users do: changes of one author are alike.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.estimates.next_step_duels import wilson
from orchestration.statistics.clusters import expected_n_of, mean_by_user, rate_by_user
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, is_too_few, withheld

CATCH_RATE = "incident_bug_catch_rate"
ALARM_RATE = "review_alarm_rate"
FINDINGS = "review_findings_per_change"
REPEATS = "review_repeat_agreement"
LABELLER = "claude"
CONTROL = "control"

_SQL = (
    "select change_id, user_id, change_set, replicate, fingerprint, reviewer_model, finding_count, "
    "blocking_count, "
    "cast(is_named as double) as is_named, cast(is_named_as_bug as double) as is_named_as_bug "
    "from intermediate.int_changes__reviewed where agent = $agent order by change_id, replicate"
)


def retrospective_reviews(facts: BuiltFacts) -> list[EstimateRow]:
    """The rates of each set of changes; no rows where no change was found."""
    changes = facts.read(_SQL).to_pandas()
    rows: list[EstimateRow] = []
    for (change_set, fingerprint), own in changes.groupby(["change_set", "fingerprint"], sort=True):
        by = {"population": str(change_set), "fingerprint": str(fingerprint), "labeller": LABELLER}
        rows += _of_set(facts, own, by)
    return rows


def _of_set(facts: BuiltFacts, changes: pd.DataFrame, by: dict[str, Any]) -> Iterator[EstimateRow]:
    first = changes[changes["replicate"] == 0]
    reviewed = first[first["blocking_count"].notna()]
    if by["population"] != CONTROL:
        judged = first[first["is_named"].notna()]
        for specification, column in {"named": "is_named", "named_as_bug": "is_named_as_bug"}.items():
            yield from _rate(
                facts, CATCH_RATE, judged[column], judged, first, specification=specification, **by
            )
            for model, own in judged.groupby("reviewer_model", sort=True):  # a fingerprint is of one
                named = {"segment_name": "reviewer_model", "segment_value": str(model), **by}
                yield from _rate(
                    facts, CATCH_RATE, own[column], own, first, specification=specification, **named
                )
    yield from _rate(facts, ALARM_RATE, reviewed["blocking_count"] > 0, reviewed, first, **by)
    yield _findings(facts, reviewed, first, **by)
    again = changes[(changes["replicate"] > 0) & changes["blocking_count"].notna()]
    both = again.merge(reviewed, on="change_id", suffixes=("", "_first"))
    if len(both):
        same = both["is_named"].fillna(-1) == both["is_named_first"].fillna(-1)
        same &= (both["blocking_count"] > 0) == (both["blocking_count_first"] > 0)
        yield from _rate(facts, REPEATS, same, both, both, **by)


def _findings(facts: BuiltFacts, of: pd.DataFrame, found: pd.DataFrame, **by: Any) -> EstimateRow:
    """How much a reviewer says of a change: one that says much catches much, and raises many alarms."""
    count = expected_n_of(of["user_id"])
    mean = mean_by_user(of["finding_count"].astype("float64"), of["user_id"])
    if is_too_few(count, LEAST_EFFECTIVE_N) and not facts.rules.is_personal:
        mean = withheld("too_few_effective_sessions")
    return estimate_row(
        FINDINGS, "mean", mean, n_effective=count,
        sample=rounded_sample(sample_of(of.drop_duplicates("change_id")["user_id"]), facts.rules),
        unknown_share=float(1 - len(of) / len(found)) if len(found) else None, **by,
    )  # fmt: skip


def _rate(
    facts: BuiltFacts, metric: str, hits: Any, of: pd.DataFrame, found: pd.DataFrame, **by: Any
) -> Iterator[EstimateRow]:
    """A share with its interval by author, and with Wilson's, which takes changes for independent."""
    least = 0.0 if facts.rules.is_personal else float(LEAST_EFFECTIVE_N)
    outcomes = hits.astype("float64")
    rate = rate_by_user(outcomes, of["user_id"], least_effective_n=least)
    more: dict[str, Any] = {
        "sample": rounded_sample(sample_of(of.drop_duplicates("change_id")["user_id"]), facts.rules),
        "n_effective": rate.expected_n,
        "unknown_share": float(1 - len(of) / len(found)) if len(found) else None,
    }
    yield estimate_row(metric, "share", rate.estimate, **more, **by)
    yield estimate_row(metric, "wilson", wilson(outcomes, rate), **more, **by)
