"""What the landed label tables say of a classifier: counts by status, tokens, cached share, cost."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, get_args

import pyarrow as pa

from classifiers.catalog import CATALOG
from classifiers.label_row import LabelStatus
from orchestration.landing.lake import label_lake_table, read_partition
from orchestration.settings import Settings

_COLUMNS = (
    "status", "is_stale", "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens",
    "output_tokens", "cost_usd", "cited_evidence_count", "rejected_evidence_count",
)  # fmt: skip


def classifier_metadata(settings: Settings, name: str, days: Sequence[date]) -> dict[str, Any]:
    """Held labels by Claude of one classifier on these dates, for the UI."""
    (classifier,) = (one for one in CATALOG if one.name == name)
    table = label_lake_table(name, classifier.label_schema, labeller="claude")
    rows = pa.concat_tables(
        read_partition(settings.lake_dir, table, day, columns=_COLUMNS) for day in days
    ).to_pydict()
    statuses = Counter(rows["status"])
    read = _total(rows["cache_read_input_tokens"])
    prompt = _total(rows["input_tokens"]) + _total(rows["cache_creation_input_tokens"]) + read
    return {
        "held": len(rows["status"]),
        **{status: statuses[status] for status in get_args(LabelStatus)},
        "stale": sum(rows["is_stale"]),
        "prompt_tokens": prompt,
        "output_tokens": _total(rows["output_tokens"]),
        "cached_share": read / prompt if prompt else 0.0,
        "cost_usd": round(_total(rows["cost_usd"]), 6),
    }


def _total(values: list[Any]) -> Any:
    """Sum of what is known; units that were not asked have no tokens and no cost."""
    return sum(value for value in values if value is not None)
