"""The price tiers of task value (C17): four bands of a fixed price in dollars, with their bounds, once.

Not here: the question that puts a price on a task, or the postings that calibrate it.
"""

from typing import Literal

PriceTier = Literal["under_100", "from_100_to_1000", "from_1000_to_10000", "from_10000"]

TIER_STARTS: dict[PriceTier, float] = {
    "under_100": 0.0,
    "from_100_to_1000": 100.0,
    "from_1000_to_10000": 1_000.0,
    "from_10000": 10_000.0,
}
"""The least price of each tier, in dollars; a tier ends where the next one starts."""


def tier_of(price_usd: float) -> PriceTier:
    """The tier a price falls into; raises ValueError for a price that is none."""
    if not price_usd > 0:
        raise ValueError("a price is above zero")
    return next(tier for tier, start in reversed(TIER_STARTS.items()) if price_usd >= start)
