"""Human-only time (I20): hours the same result takes a person without AI, as three quantiles.

Hours are plain working hours of one person; null is the opt-out, for all three at once.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from classifiers.answers.answer import Answer, RecordId

Hours = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]


class HumanTimeAnswer(Answer):
    """Hours for what the session delivered, by a competent colleague who knows the context."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The records that show what was to be done and how far it came."
    )
    hours_p10: Hours | None = Field(
        description="Hours that one such colleague in ten would stay below; null, as the other two, where "
        "no work was done that a person could have done instead."
    )
    hours_p50: Hours | None = Field(description="Hours that half of them would stay below.")
    hours_p90: Hours | None = Field(description="Hours that nine in ten would stay below.")

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        quantiles = (self.hours_p10, self.hours_p50, self.hours_p90)
        stated = [hours for hours in quantiles if hours is not None]
        if len(stated) not in (0, len(quantiles)):
            raise ValueError("the three quantiles are null together or not at all")
        if stated != sorted(stated):
            raise ValueError("hours_p10 ≤ hours_p50 ≤ hours_p90 does not hold")
        return self
