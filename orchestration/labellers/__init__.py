"""The registry of labellers: a new labeller is one module and one line here."""

from orchestration.labellers.claude import CLAUDE
from orchestration.labellers.labeller import Labeller
from orchestration.labellers.people import PEOPLE
from orchestration.labellers.rules import RULES

LABELLERS: dict[str, Labeller] = {labeller.name: labeller for labeller in (RULES, CLAUDE, PEOPLE)}
