"""What is no agent's is in every agent's figures, and hidden from all of them or from none."""

from dataclasses import replace
from typing import Any

import pandas as pd

from orchestration.measures.count_relations import CountIdentities, count_identities
from orchestration.privacy.attack import attack
from orchestration.privacy.protect import protect_figures
from orchestration.privacy.rules import PublishingRules
from tests.tiny_figures import frame, rate

MONTHS = {"2026-01-01": 90} | {f"2026-{month:02}-01": 2000 for month in range(2, 7)}
"""Merged lines by month: January is of three people."""


def figures() -> pd.DataFrame:
    """One agent has few users in February, the other in March: months that are cheap to hide there."""
    rows = []
    for agent, few in (("a", "2026-02-01"), ("b", "2026-03-01")):
        about: dict[str, Any] = {
            "table_name": "rpt_merged_lines", "agent": agent, "labeller": None, "fingerprint": None,
        }  # fmt: skip
        rows.append(rate("merged_line_share_by_trailer", 2500, 10090, n_sessions=1009, **about))
        for month, lines in MONTHS.items():
            people = {"users": 3, "counted": 3, "beyond": 3} if lines == 90 else {}
            people |= {"counted": 3} if month == few else {}
            part = {"period_kind": "month", "period_start": month, "n_sessions": lines // 10}
            numerator = {90: 30}.get(lines, 470 if month == few else 500)
            rows.append(rate("merged_line_share_by_trailer", numerator, lines, **people, **part, **about))
            if (agent, month) == ("b", "2026-02-01"):  # February tells more of this agent
                rows.append(rate("merged_line_share_by_any_rule", 900, lines, **part, **about))
    return frame(rows)


def shown_months(found: pd.DataFrame) -> set[str]:
    """Months whose merged lines one agent's figures or the other's show."""
    months = found[(found["period_kind"] == "month") & found["denominator"].notna()]
    return set(months["period_start"].dt.strftime("%Y-%m-%d"))


def apart() -> CountIdentities:
    known = count_identities()
    return replace(known, traits=known.traits.model_copy(update={"same_for_all_agents": ()}))


def test_a_month_is_hidden_in_the_figures_of_all_agents_or_of_none() -> None:
    found = protect_figures(figures(), PublishingRules())
    assert len(shown_months(found)) == 4
    published = found.assign(is_suppressed=found["suppressed_reason"].notna())
    assert attack(published, count_identities()).told.empty


def test_agents_protected_apart_tell_the_small_month_and_the_attack_finds_it() -> None:
    found = protect_figures(figures(), PublishingRules(), apart())
    assert shown_months(found) == MONTHS.keys() - {"2026-01-01"}
    published = found.assign(is_suppressed=found["suppressed_reason"].notna())
    told = attack(published, count_identities()).told
    assert not told.empty
