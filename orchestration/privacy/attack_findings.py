"""What the attack found of a built warehouse, as a table for the gate that judges it.

Belongs here: one row per hidden count and per relation that the figures break. Not here: the attack, and
what follows from a finding (expectations.suites.warehouse). The table is in no release.
"""

from pathlib import Path

import duckdb
import pandas as pd

from orchestration.measures.count_relations import CountIdentities, count_identities
from orchestration.privacy.attack import Attack, attack
from orchestration.privacy.released_figures import released_figures

FINDINGS = "attack.findings"
FINDINGS_COLUMNS = ("table_name", "told_columns", "told_before_columns", "broken_columns")
"""Where a row is, and in words without blanks: the cell told by this release alone, the cell told together
with the release before, the relation that does not hold. Null where there is nothing to say."""


def record_attack(
    warehouse_path: Path, *, previous: Path | None = None, identities: CountIdentities | None = None
) -> int:
    """Attack the metrics of a built warehouse and keep the findings in it; returns how many counts are told.

    `previous`: metrics.duckdb of the release that readers have already. Raises duckdb's errors.
    """
    identities = identities or count_identities()
    figures = released_figures(warehouse_path)
    before = released_figures(previous) if previous is not None else None
    alone = attack(figures, identities)
    together = attack(figures, identities, previous=before) if before is not None else None
    found = findings(figures, alone, together)
    with duckdb.connect(str(warehouse_path)) as connection:
        schema, _, _ = FINDINGS.partition(".")
        connection.execute(f"create schema if not exists {schema}")
        columns = ", ".join(f"{name} varchar" for name in FINDINGS_COLUMNS)
        connection.execute(f"create or replace table {FINDINGS} ({columns})")
        connection.register("found", found)
        connection.execute(f"insert into {FINDINGS} by name select * from found")  # noqa: S608 - a name of ours
    return len(alone.told)


def findings(figures: pd.DataFrame, alone: Attack, together: Attack | None) -> pd.DataFrame:
    """FINDINGS_COLUMNS of the hidden counts, those told and those not, and of the broken relations."""
    tables = figures["table_name"].astype(object)
    rows = alone.hidden.assign(
        table_name=lambda hidden: tables.loc[hidden["figure"].astype(int)].to_numpy(),
        told_columns=lambda hidden: _cells(hidden).where(hidden["is_told"], None),
    )
    parts = [rows]
    if together is not None:
        told = together.told
        parts.append(
            told.assign(
                table_name=tables.loc[told["figure"].astype(int)].to_numpy(), told_before_columns=_cells(told)
            )
        )
    broken = [kind.replace(" ", "_") for kind in alone.unmet_equations]
    parts.append(pd.DataFrame({"table_name": ["metrics"] * len(broken), "broken_columns": broken}))
    return pd.concat([part.reindex(columns=FINDINGS_COLUMNS).astype(object) for part in parts])


def _cells(hidden: pd.DataFrame) -> "pd.Series[str]":
    """A hidden count in words without blanks: what, when, where."""
    period = hidden["period_kind"].astype(str) + hidden["period_start"].map(
        lambda start: "" if pd.isna(start) else f":{pd.Timestamp(start).date()}"
    )
    where = hidden["segment_name"].astype(str) + "=" + hidden["segment_value"].astype(str)
    return (hidden["count"] + "/" + period + "/" + where).str.replace(" ", "_").astype(object)
