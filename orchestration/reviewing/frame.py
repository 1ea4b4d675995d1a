"""The units that a sample is drawn from: with a usable label by one labeller.

Sessions are interactive ones; tool calls are those that were drawn to be labelled, of any session.

Reads the built warehouse. Not here: drawing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from classifiers.classifier import Classifier
from orchestration.command_lines import command_line
from orchestration.failures import RunStoppedError
from orchestration.settings import Settings

LABELLERS = ("claude", "rules")
"""In the order of preference: where Claude has labelled, it is Claude's labels that people check."""

_FRAME_SQL = """
    select
        labels.unit_id,
        max(case when labels.classifier = $stratify
            then coalesce(labels.answer_label, cast(labels.answer_score as varchar)) end),
        sessions.started_at,
        sessions.session_id
    from marts.fct_sessions as sessions
    inner join intermediate.int_labels__ranked as labels on sessions.session_id = labels.session_id
    where labels.unit_kind = $unit_kind and (sessions.is_interactive or $unit_kind = 'tool_call')
        and labels.is_current and labels.status = 'ok' and list_contains($classifiers, labels.classifier)
        and (
            labels.labeller = $labeller
            or (labels.labeller = 'rules' and list_contains($settled_by_rules, labels.classifier))
        )
    group by labels.unit_id, sessions.started_at, sessions.session_id
    having count(distinct labels.classifier) = len($classifiers)
    order by labels.unit_id
"""


@dataclass(frozen=True)
class Frame:
    """Unit ids with the label that they are stratified by (None without strata), and their sessions."""

    labeller: str
    units: tuple[tuple[str, str | None], ...]
    until: datetime
    session_of: Mapping[str, str] = field(default_factory=dict)


def read_frame(
    settings: Settings, classifiers: Sequence[Classifier], *, labeller: str | None, stratify: str | None
) -> Frame:
    """Units with a usable current label of every classifier, and of the one to stratify by.

    The classifiers are of one kind of unit. Where rules settle a question before Claude is asked, their label
    is Claude's. Raises RunStoppedError where there is no warehouse or no such unit.
    """
    if not settings.warehouse_path.exists():
        raise RunStoppedError(
            f"There is no built warehouse in {settings.home}. Start `{command_line(settings, 'run')}` first: "
            "sessions are drawn from those that are labelled."
        )
    wanted = sorted({*(each.name for each in classifiers), *([stratify] if stratify else [])})
    settled = [each.name for each in classifiers if each.rule is not None]
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        for name in (labeller,) if labeller else LABELLERS:
            named = {
                "stratify": stratify, "labeller": name, "classifiers": wanted,
                "unit_kind": classifiers[0].unit_kind, "settled_by_rules": settled,
            }  # fmt: skip
            rows = connection.execute(_FRAME_SQL, named).fetchall()
            if rows:
                until = max(started_at for _, _, started_at, _ in rows).replace(tzinfo=UTC)
                found = tuple((str(unit_id), stratum) for unit_id, stratum, _, _ in rows)
                return Frame(str(name), found, until, {str(row[0]): str(row[3]) for row in rows})
    unit = "tool call" if classifiers[0].unit_kind == "tool_call" else "interactive session"
    raise RunStoppedError(
        f"No {unit} has labels of {', '.join(wanted)} by {labeller or 'one labeller'}. Label "
        "them first, or name other classifiers."
    )
