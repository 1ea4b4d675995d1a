"""The registry of labellers: a new labeller is one module and one line here."""

from orchestration.labellers.claude import CLAUDE
from orchestration.labellers.labeller import Labeller
from orchestration.labellers.people import PEOPLE
from orchestration.labellers.rules import RULES
from orchestration.labellers.stand_in import STAND_IN, STAND_IN_PEOPLE
from orchestration.settings import Settings

LABELLERS: dict[str, Labeller] = {
    labeller.name: labeller for labeller in (RULES, CLAUDE, PEOPLE, STAND_IN, STAND_IN_PEOPLE)
}


def labellers_of(settings: Settings) -> list[Labeller]:
    """The labellers that a home could ever have labels of."""
    return [labeller for labeller in LABELLERS.values() if labeller.concerns(settings)]
