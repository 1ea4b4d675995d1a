"""The built facts of one agent as the estimates read them: frames of a few columns, in a fixed order.

Belongs here: reading the warehouse. Not here: what is estimated. No estimate sees two agents' facts. Only
the columns asked for are read, so that memory is bounded by them and not by the warehouse.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb
import pandas as pd
import pyarrow as pa

from orchestration.estimates.references import NO_REFERENCES, References
from orchestration.privacy.rules import DEFAULT_RULES, PublishingRules

ASKED = "intermediate.int_classifiers__asked"
"""The model that holds the fingerprint of an agent's current labels by classifier and labeller."""

ORGANISATION_FACTS = ("int_pull_requests__summed", "int_survey__summed", "int_changes__reviewed")
"""Models whose rows are of the organisation."""

JUDGED = "int_sessions__judged"
"""The model that holds a row per interactive session and labeller; it has the person's occupation too."""


@dataclass
class BuiltFacts:
    """The warehouse between its two passes as one agent has it, its estimates so far (table → rows), and what
    is known of the labellers beyond it.
    """

    connection: duckdb.DuckDBPyConnection
    agent: str
    rules: PublishingRules = DEFAULT_RULES
    computed: dict[str, Sequence[NamedTuple]] = field(default_factory=dict)
    references: References = NO_REFERENCES

    def read(self, query: str, **given: str) -> pa.Table:
        """The rows of a query on facts of the agent, which it must ask for as `$agent`."""
        return self.connection.execute(query, {"agent": self.agent} | given).to_arrow_table()

    def labellers(self) -> list[str]:
        """Labellers with current labels of the agent's sessions, in rising order."""
        found = self.read(
            f"select distinct labeller from {ASKED} where agent = $agent order by labeller"  # noqa: S608 - ours
        )
        return [str(labeller) for labeller in found["labeller"].to_pylist()]

    def fingerprints(self, labeller: str) -> Mapping[str, str]:
        """Classifier → fingerprint of the labeller's current labels; absent where it was not asked."""
        found = self.read(
            f"select classifier, fingerprint from {ASKED} "  # noqa: S608 - a name of ours
            "where agent = $agent and labeller = $labeller order by classifier",
            labeller=labeller,
        )
        return {str(row["classifier"]): str(row["fingerprint"]) for row in found.to_pylist()}

    def judged(self, labeller: str, columns: Sequence[str]) -> pd.DataFrame:
        """Columns of the interactive sessions as one labeller judged them, one row per session.

        Booleans come as nullable floats (1, 0, NaN), dates as `date` objects' strings (`2026-05-01`).
        Rows are ordered by session id, so that the same facts give the same bytes.
        """
        selected = ", ".join(_selected(name) for name in columns)
        query = (
            f"select {selected} from intermediate.{JUDGED} "  # noqa: S608 - names of ours
            "where agent = $agent and labeller = $labeller order by session_id"
        )
        return self.read(query, labeller=labeller).to_pandas()  # type: ignore[no-any-return]


def agents_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The agents that there are sessions of, in rising order."""
    found = connection.execute("select distinct agent from marts.fct_sessions order by agent").fetchall()
    return [str(agent) for (agent,) in found]


def has_organisation(connection: duckdb.DuckDBPyConnection, models: Collection[str]) -> bool:
    """Whether there are rows of the organisation, in those of its `models` that are built."""
    named = [name for name in ORGANISATION_FACTS if name in models]
    rows = [f"(select 1 from intermediate.{name} limit 1)" for name in named]  # noqa: S608 - names of ours
    query = f"select count(*) > 0 from ({' union all '.join(rows)})"  # noqa: S608
    return bool(rows) and connection.execute(query).fetchall() == [(True,)]


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
