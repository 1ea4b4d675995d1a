"""Summaries of why turns ended, by Claude, for clusters of reasons: asking within the budget, and landing.

Belongs here: which turns are asked about (a random share, none by default), and which answers may be
clustered. Not here: the question (classifiers.reason_summary), clustering (clusters). A summary that says of
itself that it is private, or in which the redactor finds anything, is left out and counted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import duckdb

from classifiers.asking.plan import Plan
from classifiers.asking.questionnaire import Questionnaire
from classifiers.asking.session_asks import SessionAsks
from classifiers.asking.step_answers import answer_of
from classifiers.ledger.ledger import LedgerRequest
from classifiers.reason_summary import INTERRUPTS, REASON_SUMMARY, STOPS
from classifiers.reason_summary.labels import ReasonSummaryAnswer
from orchestration.clusters.land_clusters import write_table
from orchestration.clusters.rows import SUMMARIES, ClusterItem, ClusterKind
from orchestration.ingest.redaction.redact import Redactor
from orchestration.labelling.ask_apart import ask_apart, plan_apart
from orchestration.labelling.asking import AskScope, session_asks_of
from orchestration.labelling.choices import open_ledger, questionnaire_of, redactor_of
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.progress import Advance
from orchestration.settings import Settings

CHUNK = 500
"""Requests that are held at once; each has the end of one turn."""

_TURNS = """
select turns.turn_id, turns.session_id, turns.user_id, sessions.agent, turns.end_reason
from read_parquet($turns, hive_partitioning = true, union_by_name = true) as turns
inner join read_parquet($sessions, hive_partitioning = true, union_by_name = true) as sessions
    on turns.session_id = sessions.session_id
where list_contains($ends, turns.end_reason)
order by turns.session_id, turns.turn_id
"""


def plan_summaries(settings: Settings) -> Plan:
    """What asking for the missing summaries would cost; nothing is sent or reserved."""
    return plan_apart(settings, REASON_SUMMARY.name, _asks(settings))


def ask_summaries(
    settings: Settings, *, run_id: str, budget_usd: Decimal | None = None, advance: Advance | None = None
) -> int:
    """Ask for the summaries that are missing, one by one within the budget; requests sent.

    Raises what `ask_dates` raises.
    """
    requests = [request for asks in _asks(settings) for request in asks.requests]
    if not requests:
        return 0
    chunks = [requests[start : start + CHUNK] for start in range(0, len(requests), CHUNK)]
    return ask_apart(settings, lambda _: chunks, run_id=run_id, budget_usd=budget_usd, advance=advance)


def land_summaries(settings: Settings) -> dict[str, int]:
    """Write the usable summaries that the ledger holds; how many there are, and why others are left out."""
    counts: Counter[str] = Counter()
    rows = list(_items(settings, counts)) if settings.ledger_path.exists() else []
    write_table(settings.lake_dir, SUMMARIES, rows)
    return {"usable": len(rows), **counts}


def _asks(settings: Settings) -> Iterator[SessionAsks]:
    if settings.cluster_reason_share:
        scope = AskScope(days_with_sessions(settings))
        yield from session_asks_of(settings, _questionnaire(settings), scope)


def _questionnaire(settings: Settings) -> Questionnaire:
    """The one question on the share of turns that the settings name; asked once, of nothing else."""
    return replace(
        questionnaire_of(settings),
        classifiers=(replace(REASON_SUMMARY, subsample_share=settings.cluster_reason_share),),
        replicate_share=0.0,
        study_c_share=0.0,
    )


def _items(settings: Settings, counts: Counter[str]) -> Iterator[ClusterItem]:
    (own,) = _questionnaire(settings).fingerprints.values()
    folders = {
        name: str(settings.raw_dir / f"raw_{name}" / "*" / "*.parquet") for name in ("turns", "sessions")
    }
    with duckdb.connect() as connection:
        turns = connection.execute(_TURNS, {**folders, "ends": sorted(STOPS | INTERRUPTS)}).fetchall()
    redactor = redactor_of(settings)
    with open_ledger(settings) as ledger:
        sessions = sorted({session_id for _, session_id, *_ in turns})
        answered = {
            row.unit_id: row
            for row in ledger.requests_of(sessions)
            if row.fingerprint == own and row.state == "answered"
        }
        for turn_id, session_id, user_id, agent, end in turns:
            if turn_id not in answered:
                continue
            text = _usable(answered[turn_id], redactor, counts)
            if text is not None:
                kind: ClusterKind = "interrupt_reason" if end in INTERRUPTS else "stop_reason"
                yield ClusterItem(kind, agent, turn_id, session_id, user_id, "claude", own, text, 1.0)


def _usable(row: LedgerRequest, redactor: Redactor, counts: Counter[str]) -> str | None:
    """The summary of an answer, if it may be clustered; otherwise it is counted by why not."""
    answer = answer_of(REASON_SUMMARY.steps[-1], REASON_SUMMARY, row)
    if not isinstance(answer, ReasonSummaryAnswer):
        counts["no_answer"] += 1
        return None
    text = (answer.summary or "").strip()
    found: Counter[str] = Counter()
    if not text:
        counts["no_reason"] += 1
    elif answer.is_private or redactor.redact(text, found) != text or found:
        counts["private"] += 1
    else:
        return text
    return None
