"""The terms that tell a cluster from the others, of those that enough of its people and units share.

Belongs here: choosing terms. A term is shown only if as many users and units of the cluster use it as a
cluster needs: a rarer word can be private.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestration.clusters.rules import ClusterRules
from orchestration.clusters.terms import Corpus, has_term, users_of_terms

SHOWN_TERMS = 5
LEAST_LIFT = 1.0
"""A term that the cluster uses no more than everybody does says nothing about it."""


@dataclass(frozen=True)
class TermTable:
    """Which text has which term, and how often terms are used by all units."""

    corpus: Corpus
    rules: ClusterRules
    has: Any
    share: NDArray[np.float64]

    @staticmethod
    def of(corpus: Corpus, rules: ClusterRules) -> "TermTable":
        has = has_term(corpus)
        weight = corpus.text_weight
        return TermTable(corpus, rules, has, np.asarray(has.T @ weight) / max(weight.sum(), 1e-12))

    def top_terms(self, texts: NDArray[np.bool_]) -> str | None:
        """The terms of the texts chosen, joined by commas, most telling first; None where there is none."""
        corpus = self.corpus
        is_inside = texts[corpus.text]
        weight = np.where(texts, corpus.text_weight, 0.0)
        units = np.bincount(corpus.text[is_inside], minlength=len(corpus.texts)).astype(float)
        users = users_of_terms(self.has, corpus.text[is_inside], corpus.user[is_inside])
        is_shared = (users >= self.rules.fewest_users) & (
            np.asarray(self.has.T @ units) >= self.rules.min_items
        )
        inside = np.asarray(self.has.T @ weight) / max(weight.sum(), 1e-12)
        lift = inside / np.maximum(self.share, 1e-12)
        candidates = np.flatnonzero(is_shared)
        if (lift[candidates] > LEAST_LIFT + 1e-9).any():
            candidates = candidates[lift[candidates] > LEAST_LIFT + 1e-9]
        score = inside * np.log1p(lift)
        # Of equal scores pairs of words come first, then the alphabet decides.
        words = np.array([corpus.terms[number].count(" ") for number in candidates])
        ordered = candidates[np.lexsort((-words, -score[candidates].round(12)))]
        chosen: list[str] = []
        for term in (corpus.terms[number] for number in ordered):
            if not any(_is_part(term, other) or _is_part(other, term) for other in chosen):
                chosen.append(term)
            if len(chosen) == SHOWN_TERMS:
                break
        return ", ".join(chosen) or None


def _is_part(one: str, other: str) -> bool:
    """Whether the words of one term are in the other."""
    return set(one.split()) <= set(other.split())
