"""Names of clusters by Claude: one request a cluster, and one that audits its name, through the ledger.

Belongs here: what is sent of a cluster, asking within the budget, and which answers become names. Not here:
which clusters there are (clusters), the rules a name must pass (clusters.name_audit). Only clusters that are
large enough have samples, so that nothing is sent of another; each is paid once for the texts it holds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import pyarrow.parquet as pq

from classifiers.asking.label_request import LabelRequest
from classifiers.asking.plan import Plan
from classifiers.asking.question import fingerprint, question_text
from classifiers.asking.questionnaire import Unit
from classifiers.asking.session_asks import SessionAsks, stand_of
from classifiers.asking.step_answers import answer_of, values_of
from classifiers.classifier import Step
from classifiers.cluster_name import CLUSTER_NAME, NAMING
from classifiers.cluster_name.labels import ClusterAuditAnswer, ClusterNameAnswer
from classifiers.ledger.ledger import Ledger, LedgerRequest
from classifiers.subject.safe_text import SafeText, UnsendableSubjectError
from classifiers.subject.subject import RENDERING_VERSION, fenced_blocks
from orchestration.clusters.land_clusters import write_table
from orchestration.clusters.name_audit import may_be_shown
from orchestration.clusters.rows import NAMES, SAMPLES, ClusterName, ClusterSample, NameStatus
from orchestration.labelling.ask_apart import ask_apart, plan_apart
from orchestration.labelling.choices import open_ledger, questionnaire_of, redactor_of
from orchestration.landing.lake import single_file
from orchestration.progress import Advance
from orchestration.settings import Settings

ROUNDS = 4
"""A name, its audit, and a repeat of each after an error; what is left waits for the next run."""

ROLES = {"member": "of a member", "near": "of a near non-member"}


@dataclass(frozen=True)
class NamedCluster:
    """A cluster to be named, with what shows what it is."""

    samples: tuple[ClusterSample, ...]

    @property
    def unit_id(self) -> str:
        """The same for the same texts of the same agent: then the answer is held already."""
        one = self.samples[0]
        return f"cluster|{one.agent}|{one.kind}|{one.level}|{one.content_hash}"


def plan_names(settings: Settings) -> Plan:
    """What naming the clusters of the last build would cost; nothing is sent or reserved."""
    with open_ledger(settings) as ledger:
        return plan_apart(settings, CLUSTER_NAME.name, _asks(settings, ledger))


def ask_names(
    settings: Settings, *, run_id: str, budget_usd: Decimal | None = None, advance: Advance | None = None
) -> int:
    """Ask for the names that are missing, and for the audit of each, within the budget; requests sent.

    Raises what `ask_dates` raises.
    """

    def rounds(ledger: Ledger) -> Iterator[list[LabelRequest]]:
        for _ in range(ROUNDS):
            yield [request for asks in _asks(settings, ledger) for request in asks.requests]

    return ask_apart(settings, rounds, run_id=run_id, budget_usd=budget_usd, advance=advance)


def land_names(settings: Settings) -> int:
    """Write the names that the ledger holds for the clusters of this build; how many are shown."""
    clusters = list(_clusters(settings))
    rows: list[ClusterName] = []
    if settings.ledger_path.exists() and clusters:
        with open_ledger(settings) as ledger:
            rows = [_row(settings, cluster, _held(ledger, cluster)) for cluster in clusters]
    write_table(settings.lake_dir, NAMES, rows)
    return sum(row.name is not None for row in rows)


def _clusters(settings: Settings) -> Iterator[NamedCluster]:
    path = single_file(settings.lake_dir, SAMPLES)
    found = pq.read_table(path).to_pylist() if path.exists() else []
    samples = [ClusterSample(**row) for row in found]
    for _, own in groupby(samples, key=lambda one: (one.agent, one.kind, one.level, one.cluster_id)):
        yield NamedCluster(tuple(own))


def _asks(settings: Settings, ledger: Ledger) -> Iterator[SessionAsks]:
    """What is still to be asked of each cluster."""
    questionnaire = questionnaire_of(settings)
    envelope, own = questionnaire.envelope_of(CLUSTER_NAME), _fingerprint(settings)
    for cluster in _clusters(settings):
        unit, held = _unit(cluster, own), _held(ledger, cluster)
        stand = stand_of(unit, held)
        document = None if stand.step is None else _document(settings, cluster, stand.step, held)
        if stand.step is None or document is None:
            yield SessionAsks([(unit, stand)])
            continue
        request = LabelRequest(
            kind="label", classifier=CLUSTER_NAME.name, step=stand.step.name,
            unit_kind=CLUSTER_NAME.unit_kind, unit_id=unit.unit_id, session_id=unit.session_id,
            session_date=unit.session_date, rendering=unit.rendering, fingerprint=own, replicate=0,
            attempt=stand.attempt, input_hash=cluster.samples[0].content_hash, coverage=1.0, part=None,
            envelope=envelope, document=document, question=question_text(CLUSTER_NAME, stand.step),
            record_ids={},
        )  # fmt: skip
        yield SessionAsks([(unit, stand)], [request])


def _unit(cluster: NamedCluster, own: str) -> Unit:
    # No session holds a cluster: its own id takes the place, so that no session's labels read its answers.
    day = datetime.now(UTC).date()
    return Unit(CLUSTER_NAME, own, CLUSTER_NAME.rendering, cluster.unit_id, cluster.unit_id, day, 0)


def _fingerprint(settings: Settings) -> str:
    envelope = questionnaire_of(settings).envelope_of(CLUSTER_NAME)
    return fingerprint(CLUSTER_NAME, envelope, rendering_version=RENDERING_VERSION)


def _held(ledger: Ledger, cluster: NamedCluster) -> list[LedgerRequest]:
    return list(ledger.requests_of([cluster.unit_id]))


def _document(
    settings: Settings, cluster: NamedCluster, step: Step, held: Sequence[LedgerRequest]
) -> str | None:
    """What a step reads, redacted once more; None where that cannot be made sure of: then nothing leaves."""
    if step is NAMING:
        blocks: Iterable[tuple[str, str]] = (
            (f"[x{number}] observed · {ROLES[one.role]}", one.text)
            for number, one in enumerate(cluster.samples, start=1)
        )
    else:
        name = _answer(NAMING, held)
        assert name is not None  # stand_of asks for the audit only where the name is answered
        blocks = [("[a1] agent", "\n".join(f"{field}: {value}" for field, value in values_of(name)))]
    safe = SafeText(redactor_of(settings), cluster.unit_id)
    try:
        return fenced_blocks([(head, safe.made_safe(text)[0]) for head, text in blocks])
    except UnsendableSubjectError:
        return None


def _answer(step: Step, held: Sequence[LedgerRequest]) -> Any:
    """The newest usable answer to a step."""
    rows = [row for row in held if row.step == step.name and row.state == "answered"]
    newest = max(rows, key=lambda row: row.attempt, default=None)
    return None if newest is None else answer_of(step, CLUSTER_NAME, newest)


def _row(settings: Settings, cluster: NamedCluster, held: Sequence[LedgerRequest]) -> ClusterName:
    """The name of a cluster, if it was given, audited, and passes the rules."""
    own, one = _fingerprint(settings), cluster.samples[0]
    rows = [row for row in held if row.fingerprint == own]
    name, audit = _answer(NAMING, rows), _answer(CLUSTER_NAME.steps[-1], rows)
    shown: str | None = None
    status: NameStatus = "not_asked" if not rows else "failed"
    if isinstance(name, ClusterNameAnswer) and isinstance(audit, ClusterAuditAnswer):
        is_public = not audit.is_private and may_be_shown(name.name, redactor_of(settings))
        shown, status = (name.name, "named") if is_public else (None, "private")
    return ClusterName(one.kind, one.agent, one.level, one.cluster_id, one.content_hash, own, shown, status)
