"""How well linking finds the conversations of API traffic, on exchanges rebuilt from transcripts.

Whose each line is, is known. Every line goes through the archive as a log's does; the sessions that come out
are held against the truth, pair by pair.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
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
        other = Truth(*(f"other {name}" for name in astuple(one.truth)))
        line = {**one.line, "customer": other.customer, "api_key": f"key of {other.customer}"}
        yield Logged(line, other)


def measure_linking(corpus: Corpus, work: Path) -> Iterator[Figure]:
    """What linking gets wrong and what it misses, on the exchanges rebuilt from the corpus."""
    watch = Stopwatch()
    found, truth = linked(as_another_customer(rebuilt_exchanges(corpus.paths())), work / "linking")
    spent = watch.spent()
    scores, parts, sessions = (
        scores_of(found, truth, whole)
        for whole in (
            lambda told: told.conversation,
            lambda told: told.part,
            lambda told: told.session,
        )
    )
    yield Figure(
        "linking_precision",
        "linking: pairs of requests joined wrongly (1 − precision)",
        100 * (1 - scores.precision),
        "%",
        aim=1,
        spent=spent,
        note=f"{scores.exchange_count:,} exchanges of {scores.conversation_count:,} conversations",
    )
    yield Figure(
        "linking_recall",
        "linking: pairs of one conversation missed (1 − recall)",
        100 * (1 - scores.recall),
        "%",
        aim=5,
        note=f"up to a summary {1 - parts.recall:.2%}; with sub-agents, {1 - sessions.recall:.2%}",
    )
    yield Figure(
        "linking_pieces",
        "linking: conversations that are found in one piece",
        100 * scores.whole_share,
        "%",
        note=f"{scores.pieces_per_conversation:.3f} pieces of a conversation on average",
    )
    yield Figure(
        "linking_customers",
        "linking: sessions that join two customers",
        scores.customer_merge_count,
        "",
        aim=0,
        note="every line is there once more, from another customer",
    )
