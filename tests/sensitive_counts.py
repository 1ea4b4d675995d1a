"""Which counts of a release must not be known, and which of them a protected release shows all the same.

Test support: the rule of small counts asked of everything that is true, by the names of the counts, so that
a count is found wherever it stands. Not here: what follows from what is shown (the attacks).
"""

import numpy as np
import pandas as pd

from orchestration.measures.count_relations import CountIdentities
from orchestration.privacy.attack import attack
from orchestration.privacy.released_counts import COUNT_KEY, USERS, released_counts
from orchestration.privacy.rules import PublishingRules
from orchestration.privacy.small_counts import few_unknown, small_populations, telling_numerators

CountKey = tuple[str, ...]
"""COUNT_KEY in words, so that keys of any frame compare."""

COLUMN_OF = {
    "numerator": "numerator", "denominator": "denominator", "sessions": "n_sessions", "users": "n_users",
    "unknown": "unknown_share",
}  # fmt: skip
"""Role of a count in a figure → the published column that tells it."""

TELLING = ["estimate", "interval_low", "interval_high"]


def sensitive_counts(
    true: pd.DataFrame, rules: PublishingRules, identities: CountIdentities
) -> set[CountKey]:
    """Keys of the counts that must not be known; `true`: figures with everything shown and private columns.

    The population that a part of a distribution is of is everybody, whoever is in the part.
    """
    counts = released_counts(true, identities)
    figure = counts["figure"].to_numpy(int)
    is_whole = (counts["role"] == "denominator") & (true["metric_kind"].to_numpy()[figure] == "share")
    is_sensitive = (small_populations(true, rules)[figure] & ~is_whole) | (
        telling_numerators(true, rules)[figure] & (counts["role"] == "numerator")
    )
    is_sensitive |= few_unknown(true, rules)[figure] & (counts["role"] == "unknown")
    return set(_keys(counts[is_sensitive]))


def shown_sensitive(
    figures: pd.DataFrame, sensitive: set[CountKey], identities: CountIdentities
) -> list[CountKey]:
    """Sensitive counts that stand in a release, but for those that a shown count of nothing tells."""
    shown = _shown(figures, sensitive, identities)
    is_none = shown["value"] == 0
    without = figures.copy()
    for figure, role in zip(shown.loc[is_none, "figure"], shown.loc[is_none, "role"], strict=True):
        without.loc[[int(figure)], [COLUMN_OF[str(role)], *TELLING]] = np.nan
    hidden = attack(without, identities).hidden
    told_none = set(_keys(hidden[hidden["is_nothing"]]))
    standing = [*_keys(shown[~is_none]), *(key for key in _keys(shown[is_none]) if key not in told_none)]
    return sorted(set(standing), key=str)


def nearly_known(
    figures: pd.DataFrame, sensitive: set[CountKey], rules: PublishingRules, identities: CountIdentities
) -> list[CountKey]:
    """Sensitive counts that a reader knows to within fewer whole numbers than there must be users.

    That a small cell has few users is no news: their number alone may have a narrow range.
    """
    narrow = attack(figures, identities).narrower_than(rules.min_users)
    return [key for key in _keys(narrow) if key in sensitive and not key[0].startswith(USERS)]


def _shown(figures: pd.DataFrame, sensitive: set[CountKey], identities: CountIdentities) -> pd.DataFrame:
    counts = released_counts(figures, identities)
    counts = counts[counts["value"].notna()]
    is_sensitive = np.array([key in sensitive for key in _keys(counts)], dtype=bool)
    return counts[is_sensitive]


def _keys(counts: pd.DataFrame) -> list[CountKey]:
    keys = counts[list(COUNT_KEY)].astype(object)
    plain = keys.where(keys.notna(), "").astype(str)
    return list(plain.itertuples(index=False, name=None))
