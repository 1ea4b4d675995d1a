"""What the steps of a run share: the gates' process, the parsed dbt project, the way to show progress."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.landing.judge_process import JudgeProcess
from orchestration.progress import SilentReporter
from orchestration.publishing.warehouse import Warehouse
from orchestration.settings import Settings


def resources(settings: Settings) -> dict[str, Any]:
    """Resources by name, each made once per run."""

    @dg.resource(description="The process that holds Great Expectations; ends with the run.")
    def judge() -> Iterator[JudgeProcess]:
        with JudgeProcess() as process:
            yield process

    @dg.resource(description="The dbt project of this data home, parsed once per run.")
    def warehouse() -> Warehouse:
        return Warehouse(settings)

    return {"judge": judge, "warehouse": warehouse, "reporter": SilentReporter()}
