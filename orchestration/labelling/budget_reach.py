"""How many of the sessions a budget reaches: the share to ask about first, and further while money is left.

Expected prices may be wrong either way. So a run that sends one by one asks about less than it expects to
reach, sees what that cost, and goes on. In batches so much is asked as the bounds allow: all of them are
reserved at once. Pure: dollars in, shares out.
"""

from decimal import Decimal

from classifiers.asking.plan import SLICES, Plan

CAUTION = Decimal("0.8")
"""Part of the money that is planned with; the rest is for prices that were expected too low."""

MAX_WIDER = 6
"""How often a share grows: each time CAUTION of what is left is spent."""


class BudgetReach:
    """The share of the sessions of a plan that money reaches, in the order of `budget_place`."""

    def __init__(self, plan: Plan, *, as_batches: bool) -> None:
        self._plan = plan
        self._as_batches = as_batches

    def first(self, left: Decimal) -> float:
        """What to ask about first; 1 where everything is within reach."""
        usable = left if self._as_batches else left * CAUTION
        return self._plan.share_within(usable, as_batches=self._as_batches)

    def wider(self, share: float, *, left: Decimal, spent: Decimal) -> float:
        """What to ask about next, by the cost of what was asked; `share` where no more is reached."""
        done = sum((now for now, _ in self._plan.slices[: round(share * SLICES)]), Decimal(0))
        dearer = spent / done if done and spent else Decimal(1)
        following = next((now for now, _ in self._plan.slices[round(share * SLICES) :] if now), Decimal(0))
        if not following:
            return 1.0
        if following * dearer > left * CAUTION:
            return share
        return self._plan.share_within(left * CAUTION / dearer, as_batches=False, beyond=share)
