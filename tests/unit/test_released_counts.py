"""Which counts an outside reader finds in the figures of a release."""

import numpy as np
import pandas as pd

from orchestration.measures.count_relations import count_identities
from orchestration.privacy.attack import attack
from orchestration.privacy.released_counts import released_counts


def figures(**columns: object) -> pd.DataFrame:
    """Weeks of one metric of one table, of the whole."""
    weeks = pd.to_datetime(["2026-04-06", "2026-04-13", "2026-04-20"])
    place = {
        "agent": "a", "labeller": None, "fingerprint": None, "segment_name": "all", "segment_value": "all",
        "period_kind": "week", "period_start": weeks,
    }  # fmt: skip
    return pd.DataFrame(place | columns)


def test_what_a_metric_never_has_is_not_in_the_release() -> None:
    """Open turns have no denominator and no unknown part: there is nothing there for the attack to tell."""
    turns = figures(
        table_name="rpt_turn_durations", metric_name="open_turns", metric_kind="count",
        estimate=[np.nan, 9.0, 8.0], numerator=[np.nan, 9.0, 8.0], n_sessions=[np.nan, 9, 8],
        n_users=[np.nan, 9, 8],
    )  # fmt: skip
    found = released_counts(turns, count_identities())
    assert set(found.loc[found["is_in_release"], "role"]) == {"numerator", "sessions", "users"}
    asked = attack(turns.assign(is_suppressed=[True, False, False]), count_identities()).hidden
    assert set(asked["count"]) == {
        "rpt_turn_durations__open_turns", "rpt_turn_durations__open_turns_sessions",
        "users of rpt_turn_durations__open_turns_sessions",
    }  # fmt: skip
    assert set(asked["period_start"].astype(str).str[:10]) == {"2026-04-06"}


def test_what_is_shown_anywhere_is_hidden_where_it_is_missing() -> None:
    rates = figures(
        table_name="rpt_new", metric_name="some_share", metric_kind="rate", estimate=[np.nan, 0.5, 0.5],
        denominator=[np.nan, 20, 30], n_sessions=[np.nan, 20, 30], n_users=[np.nan, 9, 8],
        unknown_share=[np.nan, np.nan, 0.1],
    )  # fmt: skip
    found = released_counts(rates, count_identities())
    assert found["is_in_release"].all()
    missing = found[found["value"].isna()].groupby("role").size().to_dict()
    assert missing == {"numerator": 1, "denominator": 1, "sessions": 1, "users": 1, "unknown": 2}


def test_of_a_rate_everything_is_in_the_release() -> None:
    """A rate has a denominator and an unknown part, also where no row shows one."""
    rates = figures(
        table_name="rpt_new", metric_name="some_share", metric_kind="rate", estimate=[np.nan, 0.0, 0.0],
        denominator=np.nan, n_sessions=[np.nan, 20, 30], n_users=[np.nan, 9, 8], unknown_share=np.nan,
    )  # fmt: skip
    assert released_counts(rates, count_identities())["is_in_release"].all()
