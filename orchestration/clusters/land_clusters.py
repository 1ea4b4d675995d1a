"""Finds the clusters of a lake and lands `lake/clusters/`: members, what may be said of clusters, samples.

Belongs here: one agent, kind and labeller at a time, and writing. Not here: clustering (find_clusters), names
(labelling.cluster_names). Without scikit-learn there are no clusters, and nothing fails.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from orchestration.clusters.find_clusters import Clusters, find_clusters
from orchestration.clusters.partition import is_available
from orchestration.clusters.rows import FOUND, MEMBERS, SAMPLES, ClusterItem, ClusterKind
from orchestration.clusters.rules import ClusterRules
from orchestration.ingest.rows import to_arrow
from orchestration.landing.lake import LakeTable, single_file, write_partition

INSTALL = ".venv/bin/python -m pip install 'scikit-learn>=1.9'"
"""What to run where it is missing; `bin/bootstrap` installs it as well."""


def land_clusters(
    lake_dir: Path,
    items: Sequence[ClusterItem],
    rules: ClusterRules,
    *,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, int]:
    """Cluster the items and write the tables; rows by table. The same items give the same bytes.

    A killed write leaves a file of before: the next run writes all of them.
    """
    found: dict[tuple[ClusterKind, str], Clusters] = {}
    populations = _populations(items) if is_available() else []
    for done, own in enumerate(populations, start=1):
        of = own[0].kind, own[0].agent
        # Summaries go before recorded columns, and take their place if a cluster of them is large enough.
        if of not in found or not found[of].members:
            found[of] = find_clusters(own, rules)
        advance(done, len(populations))
    tables: dict[LakeTable, list[Any]] = {
        MEMBERS: [row for one in found.values() for row in one.members],
        FOUND: [row for one in found.values() for row in one.found],
        SAMPLES: [row for one in found.values() for row in one.samples],
    }
    for table, rows in tables.items():
        write_table(lake_dir, table, rows)
    return {table.name: len(rows) for table, rows in tables.items()}


def _populations(items: Iterable[ClusterItem]) -> list[list[ClusterItem]]:
    """The items by kind, agent, labeller and fingerprint, in this order; those without a labeller last."""
    found: dict[tuple[str, ...], list[ClusterItem]] = {}
    for item in items:
        key = (item.kind, item.agent, item.labeller or "", item.fingerprint or "")
        found.setdefault(key, []).append(item)
    return [found[key] for key in sorted(found, key=lambda key: (*key[:2], key[2] == "", *key[2:]))]


def write_table(lake_dir: Path, table: LakeTable, rows: Sequence[tuple[Any, ...]]) -> None:
    """Replace one table of clusters; a killed write leaves the file of before."""
    path = single_file(lake_dir, table)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    write_partition(partial, [to_arrow(rows, table.schema)], schema=table.schema)
    partial.replace(path)
