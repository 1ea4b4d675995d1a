"""Where a gateway's log line holds what an exchange needs: our names, and the known gateways' mapping files.

The known gateways' are in `gateways/`; an operator's own is tried before them. What a mapping file is, and
looking a field up, is in `ingest/field_mapping.py`.
"""

from pathlib import Path

from orchestration.ingest.field_mapping import FieldNames, MappingRules, known_mappings

GATEWAYS = Path(__file__).parent / "gateways"

NAMES = frozenset(
    {
        "time", "end_time", "exchange_id", "api_key", "customer", "model", "system", "messages", "request",
        "response", "usage", "stop_reason", "error",
    }
)  # fmt: skip
"""Our names. `request` and `response` are whole bodies; the others say where a part of them is instead."""

RULES = MappingRules(
    NAMES,
    needed=(("time",), ("messages", "request"), ("response",)),
    has=(("time",), ("messages", "request")),
)


def mappings(own: str = "") -> tuple[FieldNames, ...]:
    """The operator's mapping (its text) where there is one, then those of the known gateways.

    Raises ValueError where the operator's cannot be used.
    """
    return known_mappings(GATEWAYS, RULES, own)
