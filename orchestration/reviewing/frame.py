"""The sessions that a sample is drawn from: interactive, with a usable label by one labeller.

Reads the built warehouse. Not here: drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from orchestration.command_lines import command_line
from orchestration.failures import RunStoppedError
from orchestration.settings import Settings

LABELLERS = ("claude", "rules")
"""In the order of preference: where Claude has labelled, it is Claude's labels that people check."""

_FRAME_SQL = """
    select
        sessions.session_id,
        max(case when labels.classifier = $stratify
            then coalesce(labels.answer_label, cast(labels.answer_score as varchar)) end),
        sessions.started_at
    from marts.fct_sessions as sessions
    inner join intermediate.int_labels__ranked as labels on sessions.session_id = labels.unit_id
    where sessions.is_interactive and labels.is_current and labels.status = 'ok'
        and labels.labeller = $labeller and list_contains($classifiers, labels.classifier)
    group by sessions.session_id, sessions.started_at
    having count(distinct labels.classifier) = len($classifiers)
    order by sessions.session_id
"""


@dataclass(frozen=True)
class Frame:
    """Session ids with the label that they are stratified by (None without strata)."""

    labeller: str
    sessions: tuple[tuple[str, str | None], ...]
    until: datetime


def read_frame(
    settings: Settings, classifiers: Sequence[str], *, labeller: str | None, stratify: str | None
) -> Frame:
    """Sessions with a usable current label of every classifier, and of the one to stratify by.

    Raises RunStoppedError where there is no warehouse or no such session.
    """
    if not settings.warehouse_path.exists():
        raise RunStoppedError(
            f"There is no built warehouse in {settings.home}. Start `{command_line(settings, 'run')}` first: "
            "sessions are drawn from those that are labelled."
        )
    wanted = sorted({*classifiers, *([stratify] if stratify else [])})
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        for name in (labeller,) if labeller else LABELLERS:
            named = {"stratify": stratify, "labeller": name, "classifiers": wanted}
            rows = connection.execute(_FRAME_SQL, named).fetchall()
            if rows:
                until = max(started_at for *_, started_at in rows).replace(tzinfo=UTC)
                found = tuple((str(session_id), stratum) for session_id, stratum, _ in rows)
                return Frame(str(name), found, until)
    raise RunStoppedError(
        f"No interactive session has labels of {', '.join(wanted)} by {labeller or 'one labeller'}. Label "
        "them first, or name other classifiers."
    )
