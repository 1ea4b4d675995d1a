"""Decisions (I3): the meaningful decisions of a session, their kind and their owner. The labels' one home.

The labeller finds and attributes decisions; `decision_shares` counts them.
"""

from pydantic import Field, field_validator

from classifiers.answers.answer import Answer, RecordId, with_meanings
from classifiers.answers.decision_shares import DecisionKind, DecisionOwner

MAX_NAME_CHARS = 160
"""Twelve words in any language; a longer name is an account of the work, which is not to be kept."""

KIND_MEANINGS: dict[DecisionKind, str] = {
    "planning": "what is to be done, which approach is taken, what counts as done.",
    "execution": "how it is carried out: files, code, language, libraries, commands.",
}
OWNER_MEANINGS: dict[DecisionOwner, str] = {
    "user": "the person stated it, or picked it among options that were offered.",
    "agent": "the agent settled it: without being told, or by a proposal the person merely let pass.",
}


class Decision(Answer):
    """One decision: the alternative was reasonable, and the choice changed the result."""

    record_id: RecordId = Field(
        description="Id of the record in which its owner settles it: the person's own record for user."
    )
    name: str = Field(
        min_length=1,
        max_length=MAX_NAME_CHARS,
        description="What is decided, in at most twelve neutral words; the same decision, the same name.",
    )
    kind: DecisionKind = Field(description=with_meanings("What it settles.", KIND_MEANINGS))
    owner: DecisionOwner = Field(description=with_meanings("Who made it; always one.", OWNER_MEANINGS))
    is_joint: bool = Field(description="The agent proposed it, and the person only agreed.")
    is_default_of_tool: bool = Field(
        description="It is what the tool, framework or template does when nobody chooses."
    )


class DecisionsAnswer(Answer):
    """All meaningful decisions of the session, each once; an empty list where there is none."""

    decisions: list[Decision] = Field(
        description="Every meaningful decision once, in order; an empty list where there is none."
    )

    @field_validator("decisions")
    @classmethod
    def _each_once(cls, decisions: list[Decision]) -> list[Decision]:
        """The first of several with one name and kind: names are for merging alone."""
        merged: dict[tuple[str, DecisionKind], Decision] = {}
        for decision in decisions:
            merged.setdefault((" ".join(decision.name.casefold().split()), decision.kind), decision)
        return list(merged.values())
