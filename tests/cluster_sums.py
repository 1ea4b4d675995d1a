"""Sums per user of the shares of clusters, counted in plain pandas from the members of clusters.

Test support: what the model int_clusters__summed makes of the members, for populations without a warehouse.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from orchestration.clusters.rows import ClusterMember

TABLE = "rpt_cluster_shares"
LEVELS = {"cluster": "cluster_id", "group": "group_id"}


def cluster_sums(members: Sequence[ClusterMember]) -> pd.DataFrame:
    """One row per agent, kind, level, cluster and user, those without a unit in the cluster included."""
    units = pd.DataFrame(members, columns=ClusterMember._fields)
    found = []
    for (agent, kind), own in units.groupby(["agent", "kind"]):
        whole = own.groupby("user_id", dropna=False)["weight"].sum()
        for level, column in LEVELS.items():
            cells = pd.MultiIndex.from_product([own[column].unique(), whole.index], names=[column, "user_id"])
            inside = own.groupby([column, "user_id"], dropna=False).agg(
                numerator=("weight", "sum"), session_count=("session_id", "nunique")
            )
            rows = inside.reindex(cells, fill_value=0).reset_index()
            found.append(
                rows.rename(columns={column: "segment_value"}).assign(
                    agent=agent,
                    metric_name=f"{kind}_cluster_share",
                    segment_name=f"{kind}_{level}",
                    denominator=rows["user_id"].map(whole).astype(float),
                )
            )
    return pd.concat(found, ignore_index=True).assign(
        metric_kind="share", period_kind="overall", period_start=pd.NaT, labeller=None, fingerprint=None,
        unknown_count=0, merged_values=None,
    ).astype({"numerator": float, "session_count": np.int64})  # fmt: skip
