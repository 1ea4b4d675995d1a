"""Clusters of one kind of unit of one agent: found, dissolved where small, grouped, described, sampled.

Belongs here: the order of things. Small clusters are dissolved before anything else looks at them, so that
nothing after that step can name, sample or publish one. Not here: vectors and k-means (partition), the
minima (rules), the rows (found_rows), where units come from (items), writing (land_clusters).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from orchestration.clusters.found_rows import REST, digest_of, found_of, members_of, sampled_of, spoken_of
from orchestration.clusters.partition import groups_of, partition
from orchestration.clusters.rows import ClusterItem, ClusterMember, ClusterSample, FoundCluster
from orchestration.clusters.rules import ClusterRules
from orchestration.clusters.terms import Corpus, corpus_of


@dataclass(frozen=True)
class Clusters:
    """What was found of one kind, agent, labeller and fingerprint."""

    members: list[ClusterMember] = field(default_factory=list)
    found: list[FoundCluster] = field(default_factory=list)
    samples: list[ClusterSample] = field(default_factory=list)


def find_clusters(items: Sequence[ClusterItem], rules: ClusterRules) -> Clusters:
    """The clusters of units of one kind, agent, labeller and fingerprint, whatever order they come in.

    Where no cluster is large enough there is nothing: not even the rest is spoken of.
    """
    common = {(item.kind, item.agent, item.labeller, item.fingerprint) for item in items}
    if len(common) > 1:
        raise ValueError(f"units of {len(common)} kinds, agents or labellers are not clustered together")
    if len(items) < rules.min_items:
        return Clusters()
    corpus = _corpus(items, rules)
    parts = partition(corpus, min_items=rules.min_items)
    of_text = large_enough(corpus, parts.cluster, rules)
    numbers = np.unique(of_text[of_text != REST])
    if not len(numbers):
        return Clusters()
    group = dict(zip(numbers.tolist(), groups_of(parts.centres[numbers]).tolist(), strict=True))
    spoken = spoken_of(corpus.texts, of_text, group)
    return Clusters(
        list(members_of(items, corpus.text, of_text, spoken)),
        list(found_of(items[0], corpus, spoken, rules, has_rest=bool((of_text == REST).any()))),
        list(sampled_of(items[0], corpus, parts.vectors, spoken, of_text != REST)),
    )


def _corpus(items: Sequence[ClusterItem], rules: ClusterRules) -> Corpus:
    # Hashes order the texts, so that neither their spelling nor the order of rows steers a seed.
    texts = sorted({item.text for item in items}, key=digest_of)
    place = {text: number for number, text in enumerate(texts)}
    return corpus_of(
        texts,
        text=np.array([place[item.text] for item in items], dtype=np.int64),
        user=_codes([item.user_id for item in items]),
        session=_codes([item.session_id for item in items]),
        weight=np.array([item.weight for item in items], dtype=float),
        min_users=rules.fewest_users,
        min_items=rules.min_items,
    )


def large_enough(corpus: Corpus, cluster: NDArray[np.int64], rules: ClusterRules) -> NDArray[np.int64]:
    """The cluster of every text with those that are too small dissolved into the rest (REST).

    A rest that is too small would be told by what the others leave, so that the smallest clusters join it
    until it is large enough too; where that takes all of them, nothing is left.
    """
    found = cluster.copy()
    of_unit = found[corpus.text]
    weights = {
        int(number): float(corpus.weight[of_unit == number].sum())
        for number in np.unique(of_unit)
        if number >= 0
    }
    left = sorted(weights, key=lambda number: (weights[number], number))
    for number in [one for one in left if not _is_large_enough(corpus, of_unit == one, rules)]:
        found[found == number] = REST
        left.remove(number)
    while left and (is_rest := (found == REST)[corpus.text]).any():
        if _is_large_enough(corpus, is_rest, rules):
            return found
        found[found == left.pop(0)] = REST
    return found


def _is_large_enough(corpus: Corpus, chosen: NDArray[np.bool_], rules: ClusterRules) -> bool:
    return rules.is_large_enough(corpus.user[chosen], corpus.session[chosen], corpus.weight[chosen])


def _codes(values: Sequence[str | None]) -> NDArray[np.int64]:
    """A number per distinct value in the order of their hashes, -1 for None."""
    known = sorted({value for value in values if value is not None}, key=digest_of)
    code = {value: number for number, value in enumerate(known)}
    return np.array([-1 if value is None else code[value] for value in values], dtype=np.int64)
