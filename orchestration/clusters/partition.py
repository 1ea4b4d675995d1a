"""From texts to clusters: TF-IDF, a truncated SVD, k-means; the same texts give the same clusters.

Belongs here: the vectors and the partition (ADR 0049). Not here: which clusters are large enough, what they
are called. Needs scikit-learn, which is an extra. Everything is seeded, in one thread and in the fixed order
of the distinct texts, so that neither the order of rows nor the number of cores changes anything.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestration.clusters.terms import Corpus

SEED = 47
DIMENSIONS = 50
MOST_CLUSTERS = 100
STARTS = 4
"""Starts of k-means, of which the tightest partition is kept."""

WITHOUT = -1
"""Number of texts without any term that others use: they are in no cluster."""


@dataclass(frozen=True)
class Partition:
    """The cluster of every distinct text, and where texts and centres are."""

    cluster: NDArray[np.int64]
    vectors: NDArray[np.float64]
    centres: NDArray[np.float64]


def is_available() -> bool:
    """Whether scikit-learn is installed."""
    from importlib.util import find_spec

    return find_spec("sklearn") is not None


def cluster_count(units: int, texts: int, min_items: int) -> int:
    """How many clusters to look for: a third of the root of the units, so that 100,000 have about a hundred.

    Never more than there are texts, or than could be large enough.
    """
    wanted = min(MOST_CLUSTERS, max(4, round(np.sqrt(units) / 3)))
    return int(max(1, min(wanted, texts, units // min_items)))


def partition(corpus: Corpus, *, min_items: int) -> Partition:
    """The clusters of a corpus; texts weigh as many units as they stand for."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        from sklearn.exceptions import ConvergenceWarning

        # Fewer different vectors than clusters: some stay empty, which is no fault.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return _partition(corpus, min_items=min_items)


def _partition(corpus: Corpus, *, min_items: int) -> Partition:
    from sklearn.cluster import KMeans

    is_told = np.diff(corpus.uses.indptr) > 0
    found = np.full(len(corpus.texts), WITHOUT, dtype=np.int64)
    vectors = np.zeros((len(corpus.texts), 1))
    if not is_told.any():
        return Partition(found, vectors, np.zeros((0, 1)))
    told = _vectors(corpus.uses[is_told])
    vectors = np.zeros((len(corpus.texts), told.shape[1]))
    vectors[is_told] = told
    weight = corpus.text_weight[is_told]
    count = cluster_count(round(float(weight.sum())), len(told), min_items)
    means = KMeans(count, n_init=STARTS, random_state=SEED, algorithm="lloyd")
    found[is_told] = means.fit_predict(told, sample_weight=weight)
    return Partition(found, vectors, np.asarray(means.cluster_centers_))


def _vectors(uses: Any) -> NDArray[np.float64]:
    """Texts as unit vectors of few dimensions."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.preprocessing import normalize

    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(uses)
    dimensions = min(DIMENSIONS, min(weighted.shape) - 1)
    if dimensions < 1:
        return np.asarray(weighted.toarray(), dtype=float)
    reduced = TruncatedSVD(dimensions, random_state=SEED).fit_transform(weighted)
    return np.asarray(normalize(reduced), dtype=float)


def groups_of(centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """The group of every cluster: neighbouring centres are joined until about a quarter as many are left."""
    from sklearn.cluster import AgglomerativeClustering

    count = len(centres)
    if count <= 3:
        return np.arange(count)
    wanted = max(2, round(count / 4))
    found = AgglomerativeClustering(n_clusters=wanted, linkage="ward").fit_predict(centres)
    return np.asarray(found, dtype=np.int64)
