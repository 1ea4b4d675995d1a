"""Claude as a labeller: the ledger's answers, checked against the lake's rows, as tables of each date.

Free: nothing is asked here. The labels of a date are made from its ledger rows, its raw rows, the installed
fingerprints and what is eligible. Not here: asking, and reading an answer (classifiers.label_rows).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from classifiers.action_summary import ACTION_SUMMARY
from classifiers.asking.eligibility import LabelEligibility, SessionFrame
from classifiers.asking.questionnaire import Questionnaire
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.label_row import Rendering
from classifiers.label_rows.claude_labels import labels_of_day
from classifiers.label_rows.evidence_check import CHECK_VERSION
from classifiers.label_tables import label_tables
from classifiers.ledger.ledger import Ledger, LedgerRequest
from classifiers.reason_summary import REASON_SUMMARY
from classifiers.subject.session_subjects import SessionSubjects
from expectations.suites.eligibility import ELIGIBILITY
from orchestration.ingest.rows import arrow_schema, to_arrow
from orchestration.labellers.labeller import LabelAsset, Labeller
from orchestration.labelling.choices import limits_of, open_ledger, questionnaire_of, redactor_of
from orchestration.labelling.label_samples import read_samples
from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from orchestration.labelling.report import classifier_metadata
from orchestration.landing.landed import read_landed
from orchestration.run_log import LOGGER
from orchestration.settings import Settings, has_api_key
from orchestration.stages import has_sessions, reader_of

NAME = "claude"
GROUP = "claude"
BATCHES = "claude_batches"
"""The asset that asks: what is landed rests on what it has sent."""

NO_LABELS = (REASON_SUMMARY.name, ACTION_SUMMARY.name)
"""Questions whose rows of the ledger are no labels: they make no landed date out of date."""


def claude_label_tables() -> dict[str, pa.Schema]:
    """Schema of every table that lands with Claude's labels: labels, items, and who could be asked."""
    return {**label_tables(), ELIGIBILITY: arrow_schema(LabelEligibility)}


def is_labelling_used(settings: Settings) -> bool:
    """Whether Claude's labels concern this home: a key is set, or answers are held."""
    return settings.ledger_path.exists() or has_api_key(settings)


@dataclass(frozen=True)
class LabelsByClaude:
    """Claude's labels of a home, as ledger and lake make them at one moment."""

    settings: Settings
    ledger: Ledger
    questionnaire: Questionnaire
    now: datetime

    def dates(self) -> Collection[date]:
        """Landed dates that hold sessions."""
        return days_with_sessions(self.settings)

    def fingerprint(self, day: date) -> str:
        """The rows as they were landed, the ledger's rows of their sessions, and what would be asked."""
        state = read_landed(self.settings.lake_dir, day)
        if state is None or not has_sessions(self.settings, day):
            return ""
        read_table = reader_of(self.settings, day)
        sessions = read_table("raw_sessions").select(["session_id", "ended_at"]).to_pylist()
        quiet = timedelta(hours=self.settings.label_quiet_hours)
        closed = sum(row["ended_at"].replace(tzinfo=UTC) + quiet <= self.now for row in sessions)
        parts = (
            CHECK_VERSION,
            state.fingerprint,
            self.ledger.digest([row["session_id"] for row in sessions], without=NO_LABELS),
            sorted((name, sorted(prints)) for name, prints in self.questionnaire.installed().items()),
            closed,
            sorted((name, schema.names) for name, schema in claude_label_tables().items()),
            sorted(read_samples(self.settings).of_day(day).items()),
            self.questionnaire.calls.identity,
        )
        return blake2b(repr(parts).encode(), digest_size=16).hexdigest()

    def tables(self, day: date) -> Mapping[str, pa.Table]:
        """The ledger's answers about the sessions of a date, and who could be asked what."""
        frames = list(frames_of_day(self.settings, day))
        ids = [frame.session.session_id for frame in frames]
        rows = list(self.ledger.requests_of(ids))
        found = labels_of_day(
            (frame.session for frame in frames),
            rows,
            self.ledger.skipped_of(ids),
            catalog=CATALOG,
            installed=self.questionnaire.installed(),
            input_hashes=_input_hashes(self.settings, frames, rows),
        )
        for reason, left in sorted(found.left_out.items()):
            LOGGER.info("labels of %s: %s ledger rows in no label row: %s", day, left.row_count, reason)
        shares = read_samples(self.settings).of_day(day)
        eligible = [
            row
            for frame in frames
            for row in self.questionnaire.eligibility(frame, now=self.now, shares=shares)
        ]
        return {**found.tables, ELIGIBILITY: to_arrow(sorted(eligible), arrow_schema(LabelEligibility))}


@contextmanager
def _open(settings: Settings) -> Iterator[LabelsByClaude | None]:
    """None where nobody has asked Claude and no key is set: whatever is landed then stays."""
    if not is_labelling_used(settings):
        yield None
        return
    with open_ledger(settings) as ledger:
        yield LabelsByClaude(settings, ledger, questionnaire_of(settings), datetime.now(UTC))


def _input_hashes(
    settings: Settings, frames: Sequence[SessionFrame], rows: Sequence[LedgerRequest]
) -> Mapping[tuple[str, str], str]:
    """The present input of every unit that was asked about, by unit and rendering."""
    asked: dict[str, set[tuple[str, Rendering]]] = {}
    for row in rows:
        asked.setdefault(row.session_id, set()).add((row.unit_id, row.rendering))
    ends = frozenset().union(*(classifier.turn_ends for classifier in CATALOG))
    redactor, limits = redactor_of(settings), limits_of(settings)
    hashes: dict[tuple[str, str], str] = {}
    for frame in frames:
        own = asked.get(frame.session.session_id)
        if not own:
            continue
        subjects = SessionSubjects(frame, redactor=redactor, limits=limits, turn_ends=ends)
        for unit_id, rendering in sorted(own):
            subject = subjects.of(rendering, unit_id)
            if subject is not None:
                hashes[unit_id, rendering] = subject.input_hash
    return hashes


def _asset(classifier: Classifier) -> LabelAsset:
    items = () if classifier.items_schema is None else (classifier.items_name,)
    text = (
        f"One row per unit, fingerprint and replicate: Claude's answer to the question {classifier.name}.\n\n"
        "Asked within the budget of the run, checked against the events of the transcript, and landed with "
        "its prompt's fingerprint, model, evidence, tokens and price. Refused, truncated, invalid and unpaid "
        "units are rows with a status. An answer that is held is never asked again by itself."
    )
    return LabelAsset(
        f"{NAME}_labels_{classifier.name}", (classifier.name, *items), text, counted=(classifier.name,)
    )


_ELIGIBILITY_TEXT = (
    "One row per classifier and unit that Claude could be asked about, with the reason where not.\n\n"
    "Only closed sessions, and interactive ones where the instrument says so. Coverage is counted "
    "against it."
)


def _facts(settings: Settings, asset: LabelAsset, days: Sequence[date]) -> Mapping[str, Any]:
    """Held labels, tokens and cost; nothing where no classifier is meant, or Claude is not used."""
    if asset.tables[0] == ELIGIBILITY:
        return {}
    return classifier_metadata(settings, asset.tables[0], days)


CLAUDE = Labeller(
    name=NAME,
    title="labels by Claude",
    schemas=claude_label_tables(),
    version=lambda: str(len(CATALOG)),
    open=_open,
    assets=(
        *map(_asset, CATALOG),
        LabelAsset(f"{NAME}_{ELIGIBILITY}", (ELIGIBILITY,), _ELIGIBILITY_TEXT, counted=(ELIGIBILITY,)),
    ),
    step="claude_labels",
    group=GROUP,
    reads=("raw_sessions", BATCHES),
    pool="claude_api",
    kinds=frozenset({"anthropic", "parquet"}),
    facts=_facts,
)
