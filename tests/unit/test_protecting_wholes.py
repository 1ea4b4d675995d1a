"""Counts are known by their cell: what a labeller asked in two ways, and what is shared into two wholes.

Both came out of an attack on a demo's release: its equations said what the data do not, so that it was weaker
than a reader.
"""

from typing import Any

import pandas as pd

from orchestration.measures.count_relations import count_identities
from orchestration.privacy.attack import attack
from orchestration.privacy.protect import protect_figures
from orchestration.privacy.rules import PublishingRules
from tests.tiny_figures import frame, rate

COVERAGE: dict[str, Any] = {
    "table_name": "rpt_label_coverage", "segment_name": "classifier",
    "segment_value": "claims", "labeller": "claude",
}  # fmt: skip
MONTHS = ("2026-07-01", "2026-08-01", "2026-09-01")


def coverage() -> pd.DataFrame:
    """A quarter whose last month alone has labels of two fingerprints, and whose first is of three people."""
    rows = []
    for month in MONTHS:
        people = {"users": 3, "counted": 3, "beyond": 3} if month == MONTHS[0] else {}
        part = {"period_kind": "month", "period_start": month, "fingerprint": "one", "n_sessions": 200}
        rows.append(rate("read_share", 150, 200, **COVERAGE | part | people))
    other = {"period_kind": "month", "period_start": MONTHS[2], "fingerprint": "two", "n_sessions": 300}
    rows.append(rate("read_share", 200, 300, **COVERAGE | other))
    for fingerprint, read, size in (("one", 450, 600), ("two", 200, 300)):
        whole = {"period_kind": "quarter", "period_start": MONTHS[0], "fingerprint": fingerprint}
        rows.append(rate("read_share", read, size, n_sessions=size, **COVERAGE | whole))
    return frame(rows)


def published(figures: pd.DataFrame) -> pd.DataFrame:
    return figures.assign(is_suppressed=figures["suppressed_reason"].notna())


def test_months_of_one_fingerprint_add_up_though_another_is_in_one_of_them() -> None:
    found = attack(published(protect_figures(coverage(), PublishingRules())), count_identities())
    assert found.hidden["count"].str.contains("read_share").any()
    assert not found.unmet_equations
    assert found.told.empty


def test_shares_in_two_wholes_are_of_two_counts() -> None:
    rows = []
    for segment, whole in (("fifth_of_user_planning", 970), ("fifth_of_user_execution", 980)):
        for value, size in (("0-20", 600), ("20-40", whole - 600)):
            rows.append(
                rate(
                    "user_decisions_share", size, whole, metric_kind="share", n_sessions=size,
                    table_name="rpt_session_conduct", segment_name=segment, segment_value=value,
                )
            )  # fmt: skip
    found = attack(published(protect_figures(frame(rows), PublishingRules())), count_identities())
    assert not found.unmet_equations
