"""Human involvement (I16, A17): whether a person takes part in what the agent does with this call.

The labels' one home.
"""

from typing import Literal

from pydantic import Field

from classifiers.answers.answer import Answer, RecordId, with_meanings

HumanInvolvement = Literal[
    "approved_this_call",
    "steering_session",
    "only_supplied_input",
    "none",
    "not_inferable",
]

MEANINGS: dict[HumanInvolvement, str] = {
    "approved_this_call": "a person was asked about this very action, or ordered it as it is, and said yes.",
    "steering_session": "a person takes part in the work as it goes on: answers, corrects, chooses, asks "
    "for the next step.",
    "only_supplied_input": "a person, or a program, gave the input or the task; nobody takes part from "
    "there on.",
    "none": "nothing before the call comes from a person: a schedule, an event or another program set it "
    "off.",
    "not_inferable": "the records do not show who is behind the human records.",
}


class HumanInvolvementAnswer(Answer):
    """A person acting now, not the origin of some text."""

    evidence_record_ids: list[RecordId] = Field(
        max_length=5, description="The call itself, and at most two records before it that decide."
    )
    human_involvement: HumanInvolvement = Field(
        description=with_meanings("What a person has to do with this call.", MEANINGS)
    )
