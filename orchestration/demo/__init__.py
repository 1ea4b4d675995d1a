"""Synthetic transcripts in the true format, with planted truth: the demo's corpus and the tests' answers.

Its face: a plan goes in, files and their truth come out. Everything else is the package's own affair.
"""

from orchestration.demo.corpus import CorpusWriter, write_demo_corpus
from orchestration.demo.plan import DemoPlan
from orchestration.demo.truth import PlantedTruth, SessionTruth

__all__ = ["CorpusWriter", "DemoPlan", "PlantedTruth", "SessionTruth", "write_demo_corpus"]
