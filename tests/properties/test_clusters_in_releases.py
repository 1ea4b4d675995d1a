"""Shares of clusters in a release: nothing that is hidden of them follows from what is shown.

Members of random clusters of random people, as they would be if nobody had dissolved the small ones: the
release hides what is left to hide, and the attack, which knows that clusters add up to their group, finds
none of it. A planted small cluster that went the whole way is in no published row at all.
"""

from functools import cache

import numpy as np
import pandas as pd

from orchestration.clusters.find_clusters import find_clusters
from orchestration.clusters.rows import OTHER, ClusterMember
from orchestration.clusters.rules import DEFAULT_CLUSTER_RULES
from orchestration.measures.count_relations import CountIdentities, count_identities
from orchestration.privacy.attack import Attack, attack
from orchestration.privacy.protect import protect_figures
from orchestration.privacy.rules import PublishingRules
from tests.cluster_sums import TABLE, cluster_sums
from tests.merged_sums import figures_of, merged_sums
from tests.planted_items import SECRET, planted, small_cluster, texts_of

POPULATIONS = 60
RULES = PublishingRules()


def random_members(seed: int) -> list[ClusterMember]:
    """Units of few or many people in clusters of any size, some groups with a single cluster."""
    draws = np.random.default_rng(seed)
    users, count = int(draws.choice([8, 15, 40])), int(draws.choice([150, 600, 2000]))
    clusters = int(draws.integers(3, 12))
    group = draws.integers(0, max(2, clusters // 3), clusters)
    likely = draws.dirichlet(np.full(clusters, 0.6), users)
    who = draws.choice(users, count, p=draws.dirichlet(np.full(users, 1.5)))
    members = []
    for number, user in enumerate(who):
        own = int(draws.choice(clusters, p=likely[user]))
        members.append(
            ClusterMember(
                "action", f"agent {seed:02}", f"unit {number}", f"session {user} {draws.integers(25)}",
                f"user {user}", None, None, 1.0, f"g{group[own]}/c{own}", f"g{group[own]}",
            )
        )  # fmt: skip
    return members


@cache
def planted_figures() -> pd.DataFrame:
    """The figures of all populations with nothing hidden."""
    sums = pd.concat([cluster_sums(random_members(seed)) for seed in range(POPULATIONS)], ignore_index=True)
    return figures_of(merged_sums({TABLE: sums}, RULES))


def without_parents() -> CountIdentities:
    """What a release would know that nobody told how clusters and groups are related."""
    known = count_identities()
    return CountIdentities(known.names, known.traits.model_copy(update={"parent_segments": {}}))


def published(figures: pd.DataFrame) -> pd.DataFrame:
    return figures.assign(is_suppressed=figures["suppressed_reason"].notna())


def attacked(figures: pd.DataFrame) -> Attack:
    return attack(figures, count_identities())


def test_no_hidden_count_of_a_cluster_follows_from_what_is_shown() -> None:
    found = attacked(published(protect_figures(planted_figures(), RULES)))
    assert not found.unmet_equations
    assert len(found.hidden) > 50, "populations without small cells prove nothing"
    assert found.shown_count > 100, "nothing is told where nothing is shown"
    assert found.told.empty


def test_whoever_does_not_know_that_clusters_make_a_group_gives_counts_away() -> None:
    """So that the relation is one that the attack uses and protecting needs."""
    careless = published(protect_figures(planted_figures(), RULES, without_parents()))
    assert not attacked(careless).told.empty


def test_a_planted_small_cluster_is_in_no_published_row_and_nothing_tells_it() -> None:
    items = [*planted()[0], *small_cluster()]
    clusters = find_clusters(items, DEFAULT_CLUSTER_RULES)
    figures = published(
        protect_figures(figures_of(merged_sums({TABLE: cluster_sums(clusters.members)}, RULES)), RULES)
    )
    shown = set(figures["segment_value"])
    assert shown == {row.cluster_id for row in clusters.found}
    assert SECRET not in texts_of(clusters.found)
    assert SECRET not in texts_of(figures.to_numpy().tolist())
    rest = figures[figures["segment_value"] == OTHER]
    assert (rest["numerator"] > 60).all(), "the rest is larger than what was planted in it"
    assert attacked(figures).told.empty


def test_clusters_of_the_project_leave_nothing_to_hide() -> None:
    """Small ones are dissolved before anybody counts, so that a release merges and hides none."""
    clusters = find_clusters([*planted()[0], *small_cluster()], DEFAULT_CLUSTER_RULES)
    figures = protect_figures(figures_of(merged_sums({TABLE: cluster_sums(clusters.members)}, RULES)), RULES)
    assert figures["suppressed_reason"].isna().all()
    assert figures["merged_values"].isna().all()
    assert figures["n_users"].ge(DEFAULT_CLUSTER_RULES.min_users).all()
    assert figures["numerator"].ge(DEFAULT_CLUSTER_RULES.min_items).all()
