"""What the doctor finds: one thing that was looked at, how it is, and what to do.

Belongs here: the type of a finding. Not here: looking (doctor, home_findings, label_findings), showing
(printing).
"""

from dataclasses import dataclass
from typing import Literal

Health = Literal["well", "note", "broken"]

Found = tuple[Health, str, str]
"""Health, detail, remedy of one subject."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` says what to do; it is empty where all is well."""

    subject: str
    health: Health
    detail: str
    remedy: str = ""
