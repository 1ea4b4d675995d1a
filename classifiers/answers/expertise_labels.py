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
    "novice": "shows no grasp of how the thing works: a wish or a symptom, every choice left open, no way to"
    " tell a right result from a wrong one.",
    "beginner": "knows the basic terms and some of the parts; directions are loose, a result counts as right"
    " when it runs or looks so, concepts have to be explained.",
    "intermediate": "directs the work in the task's own terms and knows what a right result is, without"
    " showing where it usually goes wrong.",
    "advanced": "sets out the constraints that matter, has the critical points checked, and puts wrong turns"
    " right with a reason.",
    "expert": "foresees where the work breaks: exact conditions and edge cases unprompted, checks that only"
    " someone who knows would ask for, hard points settled with reasons that hold.",
    "not_inferable": "the person's own words are too few or too bare to show any of it.",
}
FRAMING_MEANINGS: dict[FramingPrecision, str] = {
    "wish_only": "a wish or a symptom; what is meant, where, and when it is done is left to be found out.",
    "partly_specified": "some of place, constraints, wanted behaviour and end are said, others that matter"
    " are not.",
    "precise": "place, constraints and end are said as far as this task needs them.",
    "not_inferable": "the person gives no direction in words of their own.",
}
VERIFICATION_MEANINGS: dict[VerificationAsked, str] = {
    "none_asked": "no check is asked for.",
    "generic": "a check without content of its own is asked for: test it, double-check, make sure.",
    "specific": "a named check, input, value or place is asked for that presupposes knowing where it breaks.",
    "not_inferable": "the person says nothing in words of their own.",
}
CORRECTION_MEANINGS: dict[CorrectionDirection, str] = {
    "person_corrects": "the person puts the agent right on the substance, with a reason or the right answer.",
    "agent_corrects": "the agent puts the person right on a concept of the task.",
    "both": "each puts the other right at least once.",
    "neither": "nobody is put right on the substance.",
    "not_inferable": "there was no exchange in which it could have happened.",
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
