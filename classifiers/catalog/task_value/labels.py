"""Task value (I10): a posting of the work, then its price and tier. The tiers' meanings, once.

The price is read relatively: changes of its mean, ranks, tiers; never literally as dollars.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from classifiers.answers.answer import RISING, Answer, RecordId, with_meanings
from classifiers.answers.price_tiers import PriceTier, tier_of

MAX_POSTING_WORDS = 150

PriceTierOrNone = Literal[PriceTier, "not_inferable"]

MEANINGS: dict[PriceTierOrNone, str] = {
    "under_100": "below 100 dollars.",
    "from_100_to_1000": "100 dollars or more, below 1,000.",
    "from_1000_to_10000": "1,000 dollars or more, below 10,000.",
    "from_10000": "10,000 dollars or more.",
    "not_inferable": "there is no posting to price; the price is null then and only then.",
}


class PostingAnswer(Answer):
    """The session's work as the scope statement of a fixed-price posting."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The records that show what was asked for and what was delivered."
    )
    posting: str | None = Field(
        min_length=1,
        max_length=2_000,
        description=f"The scope statement, at most {MAX_POSTING_WORDS} words; null where the session shows "
        "no work that anyone could be paid for.",
    )

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if self.posting is not None and len(self.posting.split()) > MAX_POSTING_WORDS:
            raise ValueError(f"the posting has more than {MAX_POSTING_WORDS} words")
        return self


class TaskValueAnswer(Answer):
    """What the posted work costs on a freelance market. Its evidence is the posting's."""

    price_usd: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = Field(
        description="The fixed price in US dollars that the posting would be agreed at; null where there is "
        "no posting."
    )
    price_tier: PriceTierOrNone = Field(
        description=with_meanings("The tier that the price falls into.", MEANINGS), json_schema_extra=RISING
    )

    @model_validator(mode="after")
    def _tier_is_the_price_s(self) -> Self:
        tier = "not_inferable" if self.price_usd is None else tier_of(self.price_usd)
        if self.price_tier != tier:
            raise ValueError("price_tier is not the tier of price_usd")
        return self
