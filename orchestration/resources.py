"""What the steps of a run share: the gates' process, the parsed dbt project, progress, a quiet console."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.landing.judge_process import JudgeProcess
from orchestration.progress import SilentReporter
from orchestration.publishing.warehouse import Warehouse
from orchestration.settings import Settings

CONSOLE_LEVEL = "WARNING"
"""An event a line would be thousands of lines for each run; the UI shows the events themselves."""


def loggers() -> dict[str, dg.LoggerDefinition]:
    """Dagster's own logger for the console, which says nothing of what goes well."""
    level = dg.Field(
        str,
        default_value=CONSOLE_LEVEL,
        is_required=False,
        description="Least level of what a run writes to its console: DEBUG, INFO, WARNING, ERROR, CRITICAL.",
    )
    name = dg.Field(str, default_value="dagster", is_required=False, description="Name in each line.")
    return {
        "console": dg.LoggerDefinition(
            dg.colored_console_logger.logger_fn,
            config_schema={"log_level": level, "name": name},
            description=f"Writes to the console of a run what is {CONSOLE_LEVEL} or worse.",
        )
    }


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
