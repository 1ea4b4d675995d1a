"""The built facts as the estimates read them: frames of a few columns, in a fixed order.

Belongs here: reading the warehouse. Not here: what is estimated. Only the columns asked for are read,
so that memory is bounded by them and not by the warehouse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb
import pandas as pd

JUDGED = "int_sessions__judged"
"""The model that holds a row per interactive session and labeller; it has the person's occupation too."""


@dataclass
class BuiltFacts:
    """The warehouse between its two passes, and the estimates computed so far (table → rows)."""

    connection: duckdb.DuckDBPyConnection
    computed: dict[str, Sequence[NamedTuple]] = field(default_factory=dict)

    def labellers(self) -> list[str]:
        """Labellers with current labels, in rising order."""
        found = self.connection.execute(
            "select distinct labeller from marts.dim_classifiers where is_current order by labeller"
        ).fetchall()
        return [str(labeller) for (labeller,) in found]

    def fingerprints(self, labeller: str) -> Mapping[str, str]:
        """Classifier → fingerprint of the labeller's current labels; absent where it was not asked."""
        found = self.connection.execute(
            "select classifier, max(fingerprint) from marts.dim_classifiers "
            "where is_current and labeller = ? group by classifier order by classifier",
            [labeller],
        ).fetchall()
        return {str(classifier): str(fingerprint) for classifier, fingerprint in found}

    def judged(self, labeller: str, columns: Sequence[str]) -> pd.DataFrame:
        """Columns of the interactive sessions as one labeller judged them, one row per session.

        Booleans come as nullable floats (1, 0, NaN), dates as `date` objects' strings (`2026-05-01`).
        Rows are ordered by session id, so that the same facts give the same bytes.
        """
        selected = ", ".join(_selected(name) for name in columns)
        query = (
            f"select {selected} from intermediate.{JUDGED} "  # noqa: S608 - names of ours
            "where labeller = ? order by session_id"
        )
        return self.connection.execute(query, [labeller]).to_arrow_table().to_pandas()  # type: ignore[no-any-return]


def _selected(name: str) -> str:
    if name.startswith(("is_", "has_")):
        return f"cast({name} as double) as {name}"
    if name in ("started_month", "started_week", "started_local_date"):
        return f"cast({name} as varchar) as {name}"
    return name


def joined_fingerprint(fingerprints: Mapping[str, str], classifiers: Sequence[str]) -> str | None:
    """The fingerprints of everything a figure rests on; None where the labeller was not asked one of them."""
    if any(classifier not in fingerprints for classifier in classifiers):
        return None
    return "+".join(fingerprints[classifier] for classifier in classifiers)
