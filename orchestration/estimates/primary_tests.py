"""The comparisons that were declared in advance, with p-values corrected for their number.

Belongs here: finding each declared test among the estimates, the correction over all of them (METHODS 4.12).
Not here: which tests are declared (orchestration.measures), how they are estimated (the other tables).
"""

from collections.abc import Sequence
from typing import NamedTuple

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, Sample, estimate_row, sample_of
from orchestration.measures.measure import PrimaryTest
from orchestration.measures.registry import primary_metrics
from orchestration.statistics.multiplicity import correct_declared
from orchestration.statistics.withholding import withheld

NO_FINGERPRINT = "none"


def primary_tests(facts: BuiltFacts) -> list[EstimateRow]:
    """Every declared test once per labeller: its estimate with the corrected p, or `not_tested`.

    Each labeller is a family of its own: their labels are never mixed. Reads the tables before it.
    """
    estimates = [row for rows in facts.computed.values() for row in rows if isinstance(row, EstimateRow)]
    rows: list[EstimateRow] = []
    for labeller in facts.labellers():
        every = sample_of(facts.judged(labeller, ["user_id"])["user_id"])
        own = [row for row in estimates if row.labeller == labeller]
        rows += tests_of(own, primary_metrics(), labeller=labeller, every=every)
    return rows


def tests_of(
    estimates: Sequence[EstimateRow], declared: Sequence[PrimaryTest], *, labeller: str, every: Sample
) -> list[EstimateRow]:
    """The declared tests among the estimates of one labeller; `every`: the sample where there is none.

    A test without a p-value counts as p = 1 in the correction: a withheld estimate does not ease the others.
    """
    found = {name_of(test): _estimate_of(estimates, test) for test in declared}
    p_values = {name: None if row is None else row.p_value for name, row in found.items()}
    corrected = correct_declared(p_values, declared=list(found))
    rows = []
    for test, result in zip(declared, corrected, strict=True):
        row = found[result.name] or _absent(test, labeller=labeller, every=every)
        if result.withheld_reason:
            row = _untested(row, result.withheld_reason)
        rows.append(row._replace(p_value_adjusted=result.corrected_p_value))
    return rows


def name_of(test: PrimaryTest) -> str:
    """What tells one declared test from another."""
    return "|".join(str(part or "") for part in _key(test))


class _Key(NamedTuple):
    metric_name: str
    statistic: str
    specification: str | None
    population: str
    segment_name: str
    segment_value: str


def _key(of: PrimaryTest | EstimateRow) -> _Key:
    return _Key(*(getattr(of, field) for field in _Key._fields))


def _estimate_of(estimates: Sequence[EstimateRow], test: PrimaryTest) -> EstimateRow | None:
    """The estimate of a test over the whole time or the whole window; its months are no tests."""
    matches = [row for row in estimates if row.period_kind != "month" and _key(row) == _key(test)]
    if len(matches) > 1:
        raise ValueError(f"{name_of(test)} is not one estimate but {len(matches)}: declare its whole key.")
    return matches[0] if matches else None


def _absent(test: PrimaryTest, *, labeller: str, every: Sample) -> EstimateRow:
    key = _key(test)._asdict()
    metric, statistic = key.pop("metric_name"), key.pop("statistic")
    return estimate_row(
        metric, statistic, withheld("not_tested"), sample=every, labeller=labeller,
        fingerprint=NO_FINGERPRINT, **key,
    )  # fmt: skip


def _untested(row: EstimateRow, reason: str) -> EstimateRow:
    """The row without its estimate; a reason that it has of its own says more and stays."""
    return row._replace(
        estimate=None, standard_error=None, interval_low=None, interval_high=None,
        withheld_reason=row.withheld_reason or reason,
    )  # fmt: skip
