"""The rows of clusters that are large enough: ids, members, descriptions, samples.

Belongs here: what is written of a partition after its small clusters are gone. Not here: finding them
(find_clusters), terms (top_terms), which texts are samples (samples).
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestration.clusters.rows import OTHER, ClusterItem, ClusterMember, ClusterSample, FoundCluster, Level
from orchestration.clusters.rules import ClusterRules
from orchestration.clusters.samples import samples_of
from orchestration.clusters.terms import Corpus
from orchestration.clusters.top_terms import TermTable

REST = -1
"""Number of the rest, where clusters have theirs from 0."""

ID_DIGITS = 8


class Spoken(NamedTuple):
    """A cluster or group that may be spoken of; `texts` says which distinct texts it holds."""

    level: Level
    number: int
    cluster_id: str
    group_id: str
    content_hash: str
    texts: NDArray[np.bool_]


def spoken_of(
    texts: Sequence[str], of_text: NDArray[np.int64], group: Mapping[int, int]
) -> tuple[Spoken, ...]:
    """Groups, then clusters, by id. Ids are made of what is in them: one id never means two things."""
    content = {
        number: digest_of("\n".join(texts[place] for place in np.flatnonzero(of_text == number).tolist()))
        for number in group
    }
    whole = {
        one: digest_of("".join(sorted(content[number] for number in group if group[number] == one)))
        for one in set(group.values())
    }
    found = []
    for one, digest in whole.items():
        inside = [number for number in group if group[number] == one]
        own = digest[:ID_DIGITS]
        found.append(Spoken("group", one, own, own, digest, np.isin(of_text, inside)))
        for number in inside:
            cluster_id = f"{own}/{content[number][:ID_DIGITS]}"
            found.append(Spoken("cluster", number, cluster_id, own, content[number], of_text == number))
    return tuple(sorted(found, key=lambda each: (each.level == "cluster", each.cluster_id)))


def members_of(
    items: Sequence[ClusterItem],
    text: NDArray[np.int64],
    of_text: NDArray[np.int64],
    spoken: Sequence[Spoken],
) -> Iterator[ClusterMember]:
    """Every unit with its cluster, by unit id; `text` is the number of each item's text."""
    ids = {one.number: (one.cluster_id, one.group_id) for one in spoken if one.level == "cluster"}
    ids[REST] = (OTHER, OTHER)
    numbers = of_text[text].tolist()
    for item, number in sorted(zip(items, numbers, strict=True), key=lambda pair: pair[0].unit_id):
        yield ClusterMember(
            item.kind, item.agent, item.unit_id, item.session_id, item.user_id, item.labeller,
            item.fingerprint, item.weight, *ids[number],
        )  # fmt: skip


def found_of(
    about: ClusterItem, corpus: Corpus, spoken: Sequence[Spoken], rules: ClusterRules, *, has_rest: bool
) -> Iterator[FoundCluster]:
    """What may be said of each cluster and group; the rest has no terms, because it has no subject.

    `about`: any of the units, which have kind, agent, labeller and fingerprint in common.
    """
    table = TermTable.of(corpus, rules)

    def row(level: Level, cluster_id: str, group_id: str, terms: str | None, digest: str) -> FoundCluster:
        return FoundCluster(
            about.kind, about.agent, level, cluster_id, group_id, about.labeller, about.fingerprint, terms,
            digest,
        )  # fmt: skip

    for one in spoken:
        yield row(one.level, one.cluster_id, one.group_id, table.top_terms(one.texts), one.content_hash)
    for level in ("group", "cluster") if has_rest else ():
        yield row(level, OTHER, OTHER, None, digest_of(OTHER))


def sampled_of(
    about: ClusterItem,
    corpus: Corpus,
    vectors: NDArray[np.float64],
    spoken: Sequence[Spoken],
    is_spoken_of: NDArray[np.bool_],
) -> Iterator[ClusterSample]:
    """Texts of members and near non-members of each cluster and group; none is of the rest."""
    for one in spoken:
        found = samples_of(corpus, vectors, is_member=one.texts, is_spoken_of=is_spoken_of)
        for role, texts in found.items():
            for place, text in enumerate(texts):
                yield ClusterSample(
                    about.kind, about.agent, one.level, one.cluster_id, one.content_hash, role, place, text
                )


def digest_of(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
