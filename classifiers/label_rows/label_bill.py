"""What a label cost: dollars to the nano-dollar and tokens, added up and shared out without a remainder.

Knows single requests of the ledger and sums of them; nothing of budgets (ledger) or prices (prices).
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from decimal import Decimal

from classifiers.ledger.ledger import LedgerRequest
from classifiers.ledger.prices import TokenUsage

NANO_PER_DOLLAR = 1_000_000_000


@dataclass(frozen=True)
class Bill:
    """Nano-dollars charged, and the tokens of the messages that came back; None where none did."""

    nano_usd: int
    usage: TokenUsage | None

    @property
    def cost_usd(self) -> Decimal:
        return Decimal(self.nano_usd) / NANO_PER_DOLLAR

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(self.nano_usd + other.nano_usd, _added(self.usage, other.usage))

    def shares(self, count: int) -> list["Bill"]:
        """`count` even shares that add up to this bill; the first one takes what does not divide."""
        dollars = _even(self.nano_usd, count)
        if self.usage is None:
            return [Bill(nano_usd, None) for nano_usd in dollars]
        tokens = zip(*(_even(each, count) for each in astuple(self.usage)), strict=True)
        return [Bill(nano, TokenUsage(*usage)) for nano, usage in zip(dollars, tokens, strict=True)]


NOTHING = Bill(0, None)


def bill_of(row: LedgerRequest) -> Bill:
    """What one request was charged: its settled cost; the bound of one whose fate is not known.

    Requests under way have a reservation and no charge; failed ones were not charged.
    """
    charged = row.cost_usd
    if charged is None:
        charged = row.reserved_usd if row.state == "ambiguous" else Decimal(0)
    return Bill(int(charged * NANO_PER_DOLLAR), row.usage)


def total(rows: Iterable[LedgerRequest]) -> Bill:
    """All requests together."""
    return sum((bill_of(row) for row in rows), NOTHING)


def _added(left: TokenUsage | None, right: TokenUsage | None) -> TokenUsage | None:
    if left is None or right is None:
        return left or right
    return TokenUsage(*(a + b for a, b in zip(astuple(left), astuple(right), strict=True)))


def _even(amount: int, count: int) -> list[int]:
    share, rest = divmod(amount, count)
    return [share + rest, *[share] * (count - 1)]
