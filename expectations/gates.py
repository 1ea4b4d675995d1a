"""GATES, the registry: which table has which rules, and what a breach stops.

A new gate is one suite in `suites/` and one line here. A breach of a rule that fails stops the date (of
raw tables and labels), the repository (of git) or the release (of the warehouse); a rule that warns stops
nothing and is shown.
"""

from expectations.rule import Gate
from expectations.suites import (
    agent_work,
    eligibility,
    files,
    git,
    labels,
    review_samples,
    sessions,
    warehouse,
)

RAW_GATES: tuple[Gate, ...] = (*files.GATES, *sessions.GATES, *agent_work.GATES)
LABEL_GATES: tuple[Gate, ...] = (*labels.GATES, *eligibility.GATES, *review_samples.GATES)
GIT_GATES: tuple[Gate, ...] = git.GATES
WAREHOUSE_GATES: tuple[Gate, ...] = warehouse.warehouse_gates({}, min_users=None)

GATES: tuple[Gate, ...] = (*RAW_GATES, *LABEL_GATES, *GIT_GATES, *WAREHOUSE_GATES)
