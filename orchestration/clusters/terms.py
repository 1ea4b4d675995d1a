"""Texts as terms: words and pairs of neighbouring words, and how many users and units use each.

Belongs here: cutting a text, the matrix of texts and terms, which terms enough people share. Not here:
vectors (partition), which terms are shown of a cluster (top_terms).
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_PART = re.compile(r"[,;.:!?()\n]+")
_ANY_WORD = re.compile(r"[^\s,;.:!?()]+")
_WORD = re.compile(r"[a-z0-9][a-z0-9+#_-]*[a-z0-9+#]|[a-z0-9]")

_STOP_WORDS = """
    a an and are as at be been being but by did do does for from had has have he her his how i if in
    into is it its no not of on or our she so some such than that the their them then there these they
    this those to was we were what when where which while who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

FEWEST_UNITS = 5
"""Units that must use a term for it to be a dimension: rarer ones are noise."""

MASK = "…"


def terms_of(text: str) -> list[str]:
    """Words and pairs of a text, stop words apart; no pair crosses a comma."""
    found: list[str] = []
    for part in _PART.split(text.lower()):
        words = [word for word in _WORD.findall(part) if word not in STOP_WORDS]
        found += words
        found += [f"{one} {two}" for one, two in pairwise(words)]
    return found


def masked(text: str, shared: frozenset[str]) -> str:
    """A text with every word masked that too few people use to be said; stop words stay."""
    return _ANY_WORD.sub(lambda found: _kept(found.group(), shared), text)


def _kept(word: str, shared: frozenset[str]) -> str:
    words = _WORD.findall(word.lower())
    is_kept = bool(words) and all(one in STOP_WORDS or one in shared for one in words)
    return word if is_kept else MASK


@dataclass(frozen=True)
class Corpus:
    """The distinct texts of some units, and which units are of which; the same for units in any order.

    `text`, `user` (-1: unknown), `session` and `weight` are per unit; `terms` are those of several units, and
    `uses` says how often each text has each of them. `shared` are the terms that enough users and units use
    to be said aloud.
    """

    texts: tuple[str, ...]
    text: NDArray[np.int64]
    user: NDArray[np.int64]
    session: NDArray[np.int64]
    weight: NDArray[np.float64]
    terms: tuple[str, ...]
    uses: Any
    shared: frozenset[str]

    @property
    def text_weight(self) -> NDArray[np.float64]:
        """How many units have each text."""
        found = np.bincount(self.text, weights=self.weight, minlength=len(self.texts))
        return np.asarray(found, dtype=float)


def corpus_of(
    texts: list[str],
    *,
    text: NDArray[np.int64],
    user: NDArray[np.int64],
    session: NDArray[np.int64],
    weight: NDArray[np.float64],
    min_users: int,
    min_items: int,
) -> Corpus:
    """The corpus of distinct texts, given in a fixed order; those of FEWEST_UNITS units are its terms.

    A word that few people use can be private: it may steer a cluster, but it is not among the shared ones.
    """
    vocabulary: dict[str, int] = {}
    indices: list[int] = []
    starts = [0]
    for one in texts:
        indices += [vocabulary.setdefault(term, len(vocabulary)) for term in terms_of(one)]
        starts.append(len(indices))
    counts = sparse.csr_array(
        (np.ones(len(indices)), np.array(indices, dtype=np.int64), np.array(starts, dtype=np.int64)),
        shape=(len(texts), len(vocabulary)),
    )
    counts.sum_duplicates()
    has = _binary(counts)
    units = np.asarray(has.T @ np.bincount(text, minlength=len(texts)).astype(float))
    users = users_of_terms(has, text, user)
    kept = np.flatnonzero(units >= FEWEST_UNITS)
    names = list(vocabulary)
    shared = np.flatnonzero((users >= min_users) & (units >= min_items))
    order = kept[np.argsort(np.array([names[number] for number in kept], dtype=object), kind="stable")]
    return Corpus(
        tuple(texts), text, user, session, weight,
        tuple(names[number] for number in order), counts[:, order],
        frozenset(names[number] for number in shared),
    )  # fmt: skip


def users_of_terms(has: Any, text: NDArray[np.int64], user: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many known users use each term; `has` says which text has which, the rest is per unit."""
    known = user >= 0
    pairs = np.unique(np.column_stack([user[known], text[known]]), axis=0)
    if not len(pairs):
        return np.zeros(has.shape[1], dtype=np.int64)
    _, who = np.unique(pairs[:, 0], return_inverse=True)
    said = sparse.csr_array(
        (np.ones(len(pairs)), (who, pairs[:, 1])), shape=(int(who.max()) + 1, has.shape[0])
    )
    return np.asarray((said @ has > 0).sum(axis=0)).ravel().astype(np.int64)


def _binary(counts: Any) -> Any:
    has = counts.copy()
    has.data[:] = 1.0
    return has


def has_term(corpus: Corpus) -> Any:
    """Which text of a corpus has which of its terms, as ones."""
    return _binary(corpus.uses)
