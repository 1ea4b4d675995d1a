"""Task expertise (I4): levels and signals with their meanings, for both classifiers that rate it.

One home, because a rating from the whole session and one from the first prompt are compared level by
level. Not here: how the signals are weighed; each prompt says that for what it shows.
"""

from typing import Literal, NamedTuple

Expertise = Literal["novice", "beginner", "intermediate", "advanced", "expert", "not_inferable"]
FramingPrecision = Literal["wish_only", "partly_specified", "precise", "not_inferable"]
VerificationAsked = Literal["none_asked", "generic", "specific", "not_inferable"]
CorrectionDirection = Literal["person_corrects", "agent_corrects", "both", "neither", "not_inferable"]

EXPERTISE_MEANINGS: dict[Expertise, str] = {
    "novice": "no grasp of how the thing works; cannot tell a right result from a wrong one.",
    "beginner": "knows basic terms and some parts; a result counts as right when it runs or looks so.",
    "intermediate": "directs the work in the task's own terms and knows what a right result is, without"
    " showing where it goes wrong.",
    "advanced": "sets out the constraints that matter, has critical points checked, mends wrong turns with"
    " a reason.",
    "expert": "foresees where the work breaks: exact conditions and edge cases unprompted, checks that only"
    " someone who knows asks for.",
    "not_inferable": "the person's own words are too few or too bare to show it.",
}
FRAMING_MEANINGS: dict[FramingPrecision, str] = {
    "wish_only": "a wish or a symptom; the rest is left to be found out.",
    "partly_specified": "some of place, constraints, behaviour and end are said, others that matter not.",
    "precise": "place, constraints and end are said as far as this task needs them.",
    "not_inferable": "no direction in words of their own.",
}
VERIFICATION_MEANINGS: dict[VerificationAsked, str] = {
    "none_asked": "no check.",
    "generic": "a check without content of its own: test it, double-check, make sure.",
    "specific": "a named check, input, value or place that presupposes knowing where it breaks.",
    "not_inferable": "no words of their own.",
}
CORRECTION_MEANINGS: dict[CorrectionDirection, str] = {
    "person_corrects": "the person puts the agent right, with a reason or the right answer.",
    "agent_corrects": "the agent puts the person right on a concept of the task.",
    "both": "each the other, at least once.",
    "neither": "nobody is put right.",
    "not_inferable": "no exchange in which it could have happened.",
}

LEVELS: dict[Expertise, int | None] = {
    "novice": 1,
    "beginner": 2,
    "intermediate": 3,
    "advanced": 4,
    "expert": 5,
    "not_inferable": None,
}


class ExpertiseLevel(NamedTuple):
    """One row per label: the rating as a number from 1 (novice) to 5 (expert); null where not inferable."""

    expertise_level: int | None


def level_of(expertise: Expertise) -> ExpertiseLevel:
    """The number of a rating."""
    return ExpertiseLevel(LEVELS[expertise])
