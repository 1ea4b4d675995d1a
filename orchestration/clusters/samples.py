"""Texts that show what a cluster is: of its members, and of near units of other clusters.

Belongs here: which texts whoever names a cluster reads. Not here: asking (labelling.cluster_names).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orchestration.clusters.terms import Corpus, masked

SAMPLED = 50
"""Texts of members, and as many of near non-members: as Clio has them."""


def samples_of(
    corpus: Corpus,
    vectors: NDArray[np.float64],
    *,
    is_member: NDArray[np.bool_],
    is_spoken_of: NDArray[np.bool_],
) -> dict[Literal["member", "near"], list[str]]:
    """Distinct texts: members' by how many people have them, near non-members' by distance to the centre.

    `is_spoken_of`: texts of clusters that are large enough; of the others none is taken. Words that too few
    people use are masked.
    """
    members = np.flatnonzero(is_member)
    others = np.flatnonzero(is_spoken_of & ~is_member)
    users = np.zeros(len(corpus.texts))
    pairs = np.unique(np.column_stack([corpus.text, corpus.user]), axis=0)
    np.add.at(users, pairs[:, 0], 1.0)
    # Texts are in the order of their hashes: among equals that is a random choice which repeats itself.
    first = members[np.argsort(-users[members], kind="stable")]
    centre = np.average(vectors[members], axis=0, weights=corpus.text_weight[members])
    distance = np.square(vectors[others] - centre).sum(axis=1).round(12)
    near = others[np.argsort(distance, kind="stable")]
    return {"member": _said(corpus, first), "near": _said(corpus, near)}


def _said(corpus: Corpus, places: NDArray[np.int64]) -> list[str]:
    """The first texts as they may be said, each once."""
    found: dict[str, None] = {}
    for place in places:
        found.setdefault(masked(corpus.texts[place], corpus.shared))
        if len(found) == SAMPLED:
            break
    return list(found)
