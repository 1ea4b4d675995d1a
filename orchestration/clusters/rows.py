"""The rows of clustering: what goes in, and the tables of the lake that come out.

Belongs here: row types and their tables. Not here: how clusters are found (find_clusters), what is published
(dbt: int_clusters__summed, rpt_clusters).
"""

from typing import Literal, NamedTuple, get_args

from orchestration.ingest.rows import arrow_schema
from orchestration.landing.lake import LakeTable

ClusterKind = Literal["action", "stop_reason", "interrupt_reason"]
"""What is clustered: tool calls, stops of the agent by itself, interruptions by the person."""

Level = Literal["cluster", "group"]
"""Clusters are the finer level; a group holds neighbouring clusters."""

NameStatus = Literal["named", "private", "failed", "not_asked"]

KINDS: tuple[ClusterKind, ...] = get_args(ClusterKind)

OTHER = "other"
"""The cluster of what is in no cluster that is large enough; at both levels."""


class ClusterItem(NamedTuple):
    """One row per unit to be clustered: whose it is, and what it is about in a few words.

    `text` is free of private facts: words of closed lists (`labeller` null), or Claude's summary after
    redaction and audit, with its fingerprint. `weight` is how many units the row stands for in a sample.
    """

    kind: ClusterKind
    agent: str
    unit_id: str
    session_id: str
    user_id: str | None
    labeller: str | None
    fingerprint: str | None
    text: str
    weight: float


class ClusterMember(NamedTuple):
    """One row per unit: the cluster and the group that it is in. Row level, so that no release has it.

    `cluster_id` is `<group>/<cluster>`, `other` for the rest, and so is `group_id` without the cluster.
    """

    kind: ClusterKind
    agent: str
    unit_id: str
    session_id: str
    user_id: str | None
    labeller: str | None
    fingerprint: str | None
    weight: float
    cluster_id: str
    group_id: str


class FoundCluster(NamedTuple):
    """One row per cluster and group that is large enough to be spoken of, and the rest.

    `cluster_id` of a group is its `group_id`. `top_terms`: the words that tell it from others, each used by
    as many users and units of the cluster as a cluster needs; null where no word is. `content_hash` changes
    with the texts of its members.
    """

    kind: ClusterKind
    agent: str
    level: Level
    cluster_id: str
    group_id: str
    labeller: str | None
    fingerprint: str | None
    top_terms: str | None
    content_hash: str


class ClusterSample(NamedTuple):
    """One row per text that shows what a cluster or group is: of a member, or of a near non-member.

    Only clusters that are large enough have any, and no text of the rest is among them. `content_hash` is
    the cluster's.
    """

    kind: ClusterKind
    agent: str
    level: Level
    cluster_id: str
    content_hash: str
    role: Literal["member", "near"]
    place: int
    text: str


class ClusterName(NamedTuple):
    """One row per cluster and group that Claude was asked to name.

    `name` is null where there is no name to show: `status` says whether it was refused, failed, found to
    hold private content (`private`), or not paid for yet.
    """

    kind: ClusterKind
    agent: str
    level: Level
    cluster_id: str
    content_hash: str
    fingerprint: str
    name: str | None
    status: NameStatus


MEMBERS = LakeTable("clusters/members", arrow_schema(ClusterMember), partition_column=None)
FOUND = LakeTable("clusters/found", arrow_schema(FoundCluster), partition_column=None)
SAMPLES = LakeTable("clusters/samples", arrow_schema(ClusterSample), partition_column=None)

SUMMARIES = LakeTable("clusters/summaries", arrow_schema(ClusterItem), partition_column=None)
NAMES = LakeTable("clusters/names", arrow_schema(ClusterName), partition_column=None)

CLUSTER_TABLES: tuple[LakeTable, ...] = (SUMMARIES, MEMBERS, FOUND, SAMPLES, NAMES)
