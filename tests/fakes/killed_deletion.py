"""A deletion that kills itself at a named step: `python -m tests.fakes.killed_deletion <user> <step>`.

The home is the environment's. SIGKILL leaves no code a chance to tidy up, which is the point.
"""

import sys
from datetime import UTC, datetime

from orchestration.forgetting.forget import forget_person
from orchestration.settings import load_settings
from tests.fakes.killed_writer import kill_at

if __name__ == "__main__":
    user, step_name = sys.argv[1], sys.argv[2]
    forget_person(
        load_settings(), user=user, now=datetime.now(UTC), is_confirmed=True, step=kill_at(step_name)
    )
