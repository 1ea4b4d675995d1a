"""Short summaries by Claude for clusters: why turns ended, and what tool calls did; asking, and landing.

Belongs here: which turns and calls are asked about (random shares, none by default), and which answers may be
clustered. Not here: the questions (classifiers.reason_summary, classifiers.action_summary), clustering
(clusters). A summary that says of itself that it is private, or in which the redactor finds anything, is left
out and counted.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any

import duckdb

from classifiers.action_summary import ACTION_SUMMARY
from classifiers.action_summary.labels import ActionSummaryAnswer
from classifiers.asking.label_request import LabelRequest
from classifiers.asking.plan import Plan
from classifiers.asking.questionnaire import Questionnaire
from classifiers.asking.session_asks import SessionAsks
from classifiers.asking.step_answers import answer_of
from classifiers.call_units import CallSample
from classifiers.classifier import Classifier
from classifiers.ledger.ledger import Ledger, LedgerRequest
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

CHUNK = 200
"""Requests that are held at once; each has the end of one turn, or a call with what came before it."""

STEPS = 4
"""Growing shares that are asked one after the other, each of all dates: a budget that does not reach has
asked a random part, and only of its last step more of the older dates. Each step reads the lake once."""

_TURNS = """
select turns.turn_id, turns.session_id, turns.user_id, sessions.agent,
    case when list_contains($interrupts, turns.end_reason) then 'interrupt_reason' else 'stop_reason' end
from read_parquet($units, hive_partitioning = true, union_by_name = true) as turns
inner join read_parquet($sessions, hive_partitioning = true, union_by_name = true) as sessions
    on turns.session_id = sessions.session_id
where list_contains($ends, turns.end_reason)
order by turns.session_id, turns.turn_id
"""

_CALLS = """
select calls.session_id || '|' || calls.tool_use_id || '|' || calls.occurrence as unit_id,
    calls.session_id, calls.user_id, sessions.agent, 'action'
from read_parquet($units, hive_partitioning = true, union_by_name = true) as calls
inner join read_parquet($sessions, hive_partitioning = true, union_by_name = true) as sessions
    on calls.session_id = sessions.session_id
where calls.has_call
order by calls.session_id, unit_id
"""


@dataclass(frozen=True, eq=False)
class Summarised:
    """A question that is answered with a summary, and the units of the lake that it is asked of.

    `of`: the questionnaire that asks it of a share of the units, every unit with the same probability.
    """

    question: Classifier
    share: Callable[[Settings], float]
    of: Callable[[Questionnaire, float], Questionnaire]
    table: str
    units_sql: str
    given: dict[str, list[str]]


REASONS = Summarised(
    REASON_SUMMARY,
    lambda settings: settings.cluster_reason_share,
    lambda asked, share: replace(asked, classifiers=(replace(REASON_SUMMARY, subsample_share=share),)),
    "raw_turns",
    _TURNS,
    {"ends": sorted(STOPS | INTERRUPTS), "interrupts": sorted(INTERRUPTS)},
)
ACTIONS = Summarised(
    ACTION_SUMMARY,
    lambda settings: settings.cluster_action_share,
    # One share for all kinds of calls: clusters count their members, so that none may stand for more.
    lambda asked, share: replace(asked, classifiers=(ACTION_SUMMARY,), calls=CallSample(share)),
    "raw_tool_calls",
    _CALLS,
    {},
)
SUMMARISED = (REASONS, ACTIONS)


def plan_summaries(settings: Settings, summarised: Summarised) -> Plan:
    """What asking for the missing summaries would cost; nothing is sent or reserved."""
    name, share = summarised.question.name, summarised.share(settings)
    if not share:
        return plan_apart(settings, name, ())
    with open_ledger(settings) as ledger:
        return plan_apart(settings, name, _asks(settings, summarised, share, ledger))


def ask_summaries(
    settings: Settings, *, run_id: str, budget_usd: Decimal | None = None, advance: Advance | None = None
) -> int:
    """Ask for the summaries that are missing, one by one within the budget; requests sent.

    Raises what `ask_dates` raises.
    """
    missing = [one for one in SUMMARISED if _is_any_missing(settings, one)]
    if not missing:
        return 0

    def rounds(ledger: Ledger) -> Iterator[list[LabelRequest]]:
        for summarised in missing:
            yield from in_steps(settings, summarised, ledger)

    return ask_apart(settings, rounds, run_id=run_id, budget_usd=budget_usd, advance=advance)


def land_summaries(settings: Settings) -> dict[str, int]:
    """Write the usable summaries that the ledger holds; how many there are, and why others are left out."""
    counts: Counter[str] = Counter()
    rows: list[ClusterItem] = []
    if settings.ledger_path.exists():
        rows = [row for summarised in SUMMARISED for row in _items(settings, summarised, counts)]
    write_table(settings.lake_dir, SUMMARIES, rows)
    return {"usable": len(rows), **counts}


def _is_any_missing(settings: Settings, summarised: Summarised) -> bool:
    share = summarised.share(settings)
    if not share:
        return False
    with open_ledger(settings) as ledger:
        return any(asks.requests for asks in _asks(settings, summarised, share, ledger))


def in_steps(settings: Settings, summarised: Summarised, ledger: Ledger) -> Iterator[list[LabelRequest]]:
    """The requests in chunks, by growing shares; each unit once, whatever becomes of it."""
    asked: set[str] = set()
    for step in range(1, STEPS + 1):
        asks = _asks(settings, summarised, summarised.share(settings) * step / STEPS, ledger)
        requests = (one for each in asks for one in each.requests if one.unit_id not in asked)
        while chunk := list(islice(requests, CHUNK)):
            asked.update(request.unit_id for request in chunk)
            yield chunk


def _asks(settings: Settings, summarised: Summarised, share: float, ledger: Ledger) -> Iterator[SessionAsks]:
    scope = AskScope(days_with_sessions(settings))
    return session_asks_of(settings, _questionnaire(settings, summarised, share), scope, ledger)


def _questionnaire(settings: Settings, summarised: Summarised, share: float) -> Questionnaire:
    """The one question on a share of its units; asked once, of nothing else."""
    only = replace(questionnaire_of(settings), replicate_share=0.0, study_c_share=0.0)
    return summarised.of(only, share)


def _items(settings: Settings, summarised: Summarised, counts: Counter[str]) -> Iterator[ClusterItem]:
    (own,) = _questionnaire(settings, summarised, summarised.share(settings)).fingerprints.values()
    redactor = redactor_of(settings)
    with open_ledger(settings) as ledger, duckdb.connect() as connection:
        answered = {
            row.unit_id: row
            for row in ledger.requests_of(_sessions(settings, connection))
            if row.fingerprint == own and row.state == "answered"
        }
        units = _units(settings, connection, summarised) if answered else iter(())
        for unit_id, session_id, user_id, agent, kind in units:
            if unit_id in answered:
                text = _usable(summarised.question, answered[unit_id], redactor, counts)
                if text is not None:
                    of: ClusterKind = kind
                    yield ClusterItem(of, agent, unit_id, session_id, user_id, "claude", own, text, 1.0)


def _sessions(settings: Settings, connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select distinct session_id from read_parquet($sessions, hive_partitioning = true,"
        " union_by_name = true) order by session_id",
        {"sessions": _files(settings, "raw_sessions")},
    )
    return [session_id for (session_id,) in found.fetchall()]


def _units(
    settings: Settings, connection: duckdb.DuckDBPyConnection, summarised: Summarised
) -> Iterator[tuple[Any, ...]]:
    given = {"units": _files(settings, summarised.table), "sessions": _files(settings, "raw_sessions")}
    found = connection.execute(summarised.units_sql, {**given, **summarised.given})
    while rows := found.fetchmany(10_000):
        yield from rows


def _files(settings: Settings, table: str) -> str:
    return str(settings.raw_dir / table / "*" / "*.parquet")


def _usable(question: Classifier, row: LedgerRequest, redactor: Redactor, counts: Counter[str]) -> str | None:
    """The summary of an answer, if it may be clustered; otherwise it is counted by why not."""
    answer = answer_of(question.steps[-1], question, row)
    if not isinstance(answer, (ReasonSummaryAnswer, ActionSummaryAnswer)):
        counts["no_answer"] += 1
        return None
    text = (answer.summary or "").strip()
    found: Counter[str] = Counter()
    if not text:
        counts["no_summary"] += 1
    elif answer.is_private or redactor.redact(text, found) != text or found:
        counts["private"] += 1
    else:
        return text
    return None
