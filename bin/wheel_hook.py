"""What the wheel must hold and git does not: the parsed dbt project. Refuses to build one without it.

Hatchling calls this for every build (pyproject.toml). An editable install takes nothing from it.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

APP = Path("sessionmart") / "app"


class ParsedProjectHook(BuildHookInterface[Any]):
    """Adds the parsed project to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Hatchling's call before it builds; raises RuntimeError where the project is not parsed."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from orchestration.publishing.project_files import PARSED_FILES, is_parsed

        if not is_parsed():
            raise RuntimeError(
                "The dbt project is not parsed, or has changed since. Build the wheel with `make wheel` in a "
                "checkout: parsing needs dbt, which an isolated build does not have."
            )
        for path in PARSED_FILES:
            build_data["force_include"][str(path)] = str(APP / path.relative_to(self.root))
