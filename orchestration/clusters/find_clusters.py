"""Clusters of one kind of unit of one agent: found, dissolved where small, grouped, described, sampled.

Belongs here: the order of things. Small clusters are dissolved before anything else looks at them, so that
nothing after that step can name, sample or publish one. Not here: vectors and k-means (partition), the
minima (rules), where units come from (items), writing (land_clusters).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from orchestration.clusters.partition import Partition, groups_of, partition
from orchestration.clusters.rows import OTHER, ClusterItem, ClusterMember, ClusterSample, FoundCluster
from orchestration.clusters.rules import ClusterRules
from orchestration.clusters.samples import samples_of
from orchestration.clusters.terms import Corpus, corpus_of
from orchestration.clusters.top_terms import TermTable

REST = -1
"""Number of the rest, where clusters have theirs from 0."""

ID_DIGITS = 8


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
    if len(items) < rules.min_items:
        return Clusters()
    corpus = _corpus(items, rules)
    parts = partition(corpus, min_items=rules.min_items)
    of_text = large_enough(corpus, parts.cluster, rules)
    numbers = np.unique(of_text[of_text != REST])
    if not len(numbers):
        return Clusters()
    group = dict(zip(numbers.tolist(), groups_of(parts.centres[numbers]).tolist(), strict=True))
    ids = _ids(corpus, of_text, group)
    about = _About.of(items)
    return Clusters(
        list(_members(items, corpus, of_text, ids)),
        list(_described(about, corpus, of_text, ids, rules)),
        list(_sampled(about, corpus, parts, of_text, ids)),
    )


def _corpus(items: Sequence[ClusterItem], rules: ClusterRules) -> Corpus:
    # Hashes order the texts, so that neither their spelling nor the order of rows steers a seed.
    texts = sorted({item.text for item in items}, key=_digest)
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


@dataclass(frozen=True)
class _Id:
    """Names of a cluster: of its group, of itself, and the hash of its texts and of its group's."""

    group_id: str
    cluster_id: str
    content_hash: str
    group_hash: str


def _ids(corpus: Corpus, of_text: NDArray[np.int64], group: dict[int, int]) -> dict[int, _Id]:
    """Ids by what is in a cluster, so that one id never means two things in two releases."""
    content = {
        number: _digest("\n".join(corpus.texts[place] for place in np.flatnonzero(of_text == number)))
        for number in group
    }
    of_group = {
        one: _digest("".join(sorted(content[number] for number in group if group[number] == one)))
        for one in set(group.values())
    }
    ids = {
        number: _Id(
            of_group[group[number]][:ID_DIGITS],
            f"{of_group[group[number]][:ID_DIGITS]}/{content[number][:ID_DIGITS]}",
            content[number],
            of_group[group[number]],
        )
        for number in group
    }
    return ids | {REST: _Id(OTHER, OTHER, _digest(OTHER), _digest(OTHER))}


def _members(
    items: Sequence[ClusterItem], corpus: Corpus, of_text: NDArray[np.int64], ids: dict[int, _Id]
) -> Iterator[ClusterMember]:
    for item, place in sorted(
        zip(items, corpus.text.tolist(), strict=True), key=lambda pair: pair[0].unit_id
    ):
        own = ids[int(of_text[place])]
        yield ClusterMember(
            item.kind, item.agent, item.unit_id, item.session_id, item.user_id, item.session_date,
            item.labeller, item.fingerprint, item.weight, own.cluster_id, own.group_id,
        )  # fmt: skip


@dataclass(frozen=True)
class _About:
    """What all units of a call of `find_clusters` have in common."""

    item: ClusterItem

    @staticmethod
    def of(items: Sequence[ClusterItem]) -> "_About":
        common = {(item.kind, item.agent, item.labeller, item.fingerprint) for item in items}
        if len(common) != 1:
            raise ValueError(f"units of {len(common)} kinds, agents or labellers are not clustered together")
        return _About(items[0])


def _described(
    about: _About, corpus: Corpus, of_text: NDArray[np.int64], ids: dict[int, _Id], rules: ClusterRules
) -> Iterator[FoundCluster]:
    """Groups, then clusters, by id; the rest has no terms, because it has no subject."""
    table = TermTable.of(corpus, rules)
    item = about.item
    rows: list[FoundCluster] = []
    for number, own in ids.items():
        texts = of_text == number
        if number == REST and not texts.any():
            continue
        terms = None if number == REST else table.top_terms(texts)
        rows.append(
            FoundCluster(
                item.kind, item.agent, "cluster", own.cluster_id, own.group_id, item.labeller,
                item.fingerprint, terms, own.content_hash,
            )
        )  # fmt: skip
    for group_id in sorted({row.group_id for row in rows}):
        inside = [number for number, own in ids.items() if own.group_id == group_id]
        terms = None if group_id == OTHER else table.top_terms(np.isin(of_text, inside))
        rows.append(
            FoundCluster(
                item.kind, item.agent, "group", group_id, group_id, item.labeller, item.fingerprint, terms,
                ids[inside[0]].group_hash,
            )
        )  # fmt: skip
    yield from sorted(rows, key=lambda row: (row.level == "cluster", row.cluster_id))


def _sampled(
    about: _About,
    corpus: Corpus,
    parts: Partition,
    of_text: NDArray[np.int64],
    ids: dict[int, _Id],
) -> Iterator[ClusterSample]:
    for number in sorted(set(ids) - {REST}, key=lambda one: ids[one].cluster_id):
        own = samples_of(corpus, parts.vectors, is_member=of_text == number, is_spoken_of=of_text != REST)
        for role, texts in own.items():
            for place, text in enumerate(texts):
                yield ClusterSample(
                    about.item.kind, about.item.agent, ids[number].cluster_id, role, place, text
                )


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _codes(values: Sequence[str | None]) -> NDArray[np.int64]:
    """A number per distinct value in the order of their hashes, -1 for None."""
    known = sorted({value for value in values if value is not None}, key=_digest)
    code = {value: number for number, value in enumerate(known)}
    return np.array([-1 if value is None else code[value] for value in values], dtype=np.int64)
