"""The way in: puts the folder of the packages on Python's path, and runs the command line.

A wheel holds the packages, the dbt project and the questions in the folder `app` beside this file, because
their names are not meant for site-packages (ADR 0057); in a checkout they are one folder up.
"""

import sys
from pathlib import Path

_OWN = Path(__file__).resolve().parent
APP = _OWN / "app" if (_OWN / "app").is_dir() else _OWN.parent


def main() -> None:
    """Run `sessionmart`."""
    sys.path.insert(0, str(APP))
    from orchestration.cli import main as run

    run()
