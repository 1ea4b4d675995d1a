"""How well linking finds the conversations of API traffic, on exchanges rebuilt from transcripts.

Whose each line is, is known. Every line goes through the archive as a log's does; the sessions that come out
are held against the truth, pair by pair.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import orjson

from benchmarks.corpora import Corpus
from benchmarks.figures import Figure
from benchmarks.rebuilt_exchanges import Logged, Truth, rebuilt_exchanges
from benchmarks.stopwatch import Stopwatch
from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.scanned_file import plausible_times
from orchestration.ingest.sources import sources_with
from orchestration.ingest.sources.api_traffic.exchange import Exchange, read_exchange
from orchestration.ingest.sources.api_traffic.field_names import mappings
from orchestration.ingest.sources.discovery import discover
from orchestration.ingest.sources.source import SourceOptions

OPTIONS = SourceOptions(key=b"a key of the benchmark", links_requests=True)
START = date(2025, 1, 1)


@dataclass(frozen=True)
class Scores:
    """What linking found, compared with the truth. Pairs are of exchanges of one conversation."""

    exchange_count: int
    conversation_count: int
    precision: float
    recall: float
    whole_share: float
    pieces_per_conversation: float
    customer_merge_count: int


def scores_of(found: dict[str, str], truth: dict[str, Truth], whole: Callable[[Truth], str]) -> Scores:
    """`found`: the session of each exchange, by stamp; `whole` says what of the truth belongs together."""
    both, sessions, wholes = Counter[tuple[str, str]](), Counter[str](), Counter[str]()
    customers = defaultdict[str, set[str]](set)
    for stamp, session in found.items():
        told = truth[stamp]
        both[session, whole(told)] += 1
        sessions[session] += 1
        wholes[whole(told)] += 1
        customers[session].add(told.customer)
    right, found_pairs, true_pairs = map(_pairs, (both.values(), sessions.values(), wholes.values()))
    pieces = Counter(name for _, name in both)
    return Scores(
        len(found),
        len(wholes),
        right / found_pairs if found_pairs else 1.0,
        right / true_pairs if true_pairs else 1.0,
        sum(count == 1 for count in pieces.values()) / len(pieces),
        sum(pieces.values()) / len(pieces),
        sum(len(each) > 1 for each in customers.values()),
    )


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)


def linked(logged: Iterable[Logged], work: Path) -> tuple[dict[str, str], dict[str, Truth]]:
    """The session that each exchange is found to be of, and the truth about it, by stamp.

    A log is written for each day, as gateways do.
    """
    now = datetime.now(UTC)
    earliest, latest = plausible_times(START, now)
    truth: dict[str, Truth] = {}
    folder = work / "logs"
    folder.mkdir(parents=True)
    for one in logged:
        read = read_exchange(one.line, mappings(), OPTIONS, earliest=earliest, latest=latest)
        assert isinstance(read, Exchange), read
        truth[read.stamp] = one.truth
        with (folder / f"{read.at.date()}.jsonl").open("ab") as file:
            file.write(orjson.dumps(one.line) + b"\n")
    sources = sources_with(OPTIONS)
    found: dict[str, str] = {}
    with Archive.open(work / "archive", start_date=START, sources=sources) as archive:
        archive.store(discover([str(folder)], sources), now=now)
        for day in archive.dates():
            for session in archive.day(day).sessions:
                found.update(dict.fromkeys(session.stamps, session.session_id))
    assert found.keys() == truth.keys()
    return found, truth


def as_another_customer(logged: Iterable[Logged]) -> Iterator[Logged]:
    """Every line, and the same once more from a customer who says the very same at the same time."""
    for one in logged:
        yield one
        line = {**one.line, "customer": f"other {one.truth.customer}", "api_key": "another key"}
        yield Logged(
            line,
            replace(
                one.truth,
                customer=f"other {one.truth.customer}",
                session=f"other {one.truth.session}",
                conversation=f"other {one.truth.conversation}",
                part=f"other {one.truth.part}",
            ),
        )


def measure_linking(corpus: Corpus, work: Path) -> Iterator[Figure]:
    """Precision, recall, pieces and merges of customers, on the corpus's rebuilt exchanges."""
    watch = Stopwatch()
    found, truth = linked(as_another_customer(rebuilt_exchanges(corpus.paths())), work / "linking")
    spent = watch.spent()
    own = scores_of(found, truth, lambda told: told.conversation)
    parts = scores_of(found, truth, lambda told: told.part)
    sessions = scores_of(found, truth, lambda told: told.session)
    note = f"{own.exchange_count:,} exchanges of {own.conversation_count:,} conversations"
    yield Figure(
        "linking_precision",
        "linking: precision, pairs of one conversation",
        own.precision,
        "",
        spent=spent,
        note=note,
    )
    yield Figure(
        "linking_recall",
        "linking: recall, pairs of one conversation",
        own.recall,
        "",
        note="summaries of the context included",
    )
    yield Figure(
        "linking_recall_parts", "linking: recall up to where a context is summarised", parts.recall, ""
    )
    yield Figure(
        "linking_recall_sessions", "linking: recall, sub-agents counted to their session", sessions.recall, ""
    )
    yield Figure(
        "linking_whole",
        "linking: share of conversations found in one piece",
        own.whole_share,
        "",
        note=f"{own.pieces_per_conversation:.2f} pieces on average",
    )
    yield Figure(
        "linking_customers", "linking: sessions that merge customers", own.customer_merge_count, "", aim=0
    )
