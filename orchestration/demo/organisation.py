"""The demo's organisation beside its transcripts: repositories of its projects, and the tables it supplies.

Its face is `write_organisation`; the demo's command says where everything goes.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from orchestration.demo.plan import DemoPlan
from orchestration.demo.repository import planted, write_repositories
from orchestration.demo.supplied import write_tables
from orchestration.demo.truth import PlantedTruth
from orchestration.demo.written_work import works_of


def write_organisation(
    places: Mapping[str, Path], transcripts: Path, plan: DemoPlan, truth: PlantedTruth
) -> PlantedTruth:
    """Write repositories and tables into the places, by name of setting; the truth with what is planted.

    A session that printed a commit which landed is told its true id.
    """
    works = works_of(transcripts, truth.sessions)
    made = write_repositories(places["repositories"], transcripts, works, plan)
    write_tables(places, made, plan)
    return replace(truth, population=truth.population | {"repositories": planted(made)})
