"""What labels cost by the shared-prefix plan over naive, and how fast a plan is made: against the fake API.

Naive is every question with the whole transcript, uncached and sent at once, at the prices of the same
answers. The fake's cache follows the documented rules with a settable share of hits in batches; its tokens
are a rule's, so ratios hold and dollars do not.
"""

import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpora import Corpus
from benchmarks.figures import Figure
from benchmarks.processes import Watched, own_environment, python, run_watched
from classifiers.catalog import CATALOG
from classifiers.ledger.prices import TokenUsage, price_usd
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_account import Charge
from tests.fakes.claude_api_service import FakeSettings

AIM = 0.20
HIT_SHARES = (0.95, 0.70, 0.50, 0.30)
ENOUGH_USD = "100000"


def measure_labelling(corpus: Corpus, work: Path, *, today: date) -> Iterator[Figure]:  # noqa: ARG001 - as the others
    """Planning, then all questions at once and in batches; one run each: nothing of it is drawn anew."""
    with TemporaryDirectory(dir=work) as name:
        home = Path(name) / "home"
        environment = _environment(corpus, home)
        run_watched(python("benchmarks.steps", "land"), environment=environment)
        planned = run_watched(python("benchmarks.steps", "plan"), environment=environment)
        yield from _planning(planned)
        whole = [one.name for one in CATALOG if one.rendering == "whole"]
        for what, names, aim in (
            (f"the {len(whole)} questions on whole sessions", whole, AIM),
            ("all questions, turns and repeats too", [], None),
        ):
            chosen = ",".join(names)
            extra = {"label_replicate_share": 0, "label_study_c_share": 0} if names else {}
            asked = _asked(corpus, home, "ask", label_classifiers=chosen, **extra)
            yield _price(
                f"labels_now_{'whole' if names else 'all'}", f"labels at once / naive: {what}", asked, aim
            )
        for share in HIT_SHARES:
            asked = _asked(corpus, home, "ask-batches", hit_share=share, label_batch_above=0)
            yield _price(
                f"labels_batch_{share:.2f}",
                f"labels in batches at {share:.0%} hits / naive: all questions",
                asked,
            )


class _Asked:
    """One labelling of the corpus: what the fake charged for, and what the process took."""

    def __init__(self, charges: Iterable[Charge], watched: Watched) -> None:
        self.charges = tuple(charges)
        self.watched = watched

    @property
    def usd(self) -> Decimal:
        return sum((charge.usd for charge in self.charges), Decimal(0))

    @property
    def naive_usd(self) -> Decimal:
        return sum((_naive(charge) for charge in self.charges), Decimal(0))


def _naive(charge: Charge) -> Decimal:
    """The same answer to a request of its own without a cache."""
    usage = charge.usage
    prompt = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens
    return price_usd(charge.model, TokenUsage(prompt, 0, 0, usage.output_tokens), is_batch=False)


def _asked(corpus: Corpus, home: Path, step: str, *, hit_share: float = 1.0, **settings: object) -> _Asked:
    """Ask everything from an empty ledger."""
    for path in home.glob("ledger.sqlite*"):
        path.unlink()
    shutil.rmtree(home / "lake" / "labels", ignore_errors=True)
    with FakeClaude(settings=FakeSettings(batch_hit_share=hit_share)) as fake:
        environment = _environment(corpus, home, **settings)
        environment |= {"ANTHROPIC_BASE_URL": fake.url, "ANTHROPIC_API_KEY": "sk-ant-not-a-key"}
        watched = run_watched(python("benchmarks.steps", step), environment=environment)
        return _Asked(fake.account.charges, watched)


def _environment(corpus: Corpus, home: Path, **settings: object) -> dict[str, str]:
    return own_environment(
        home=home,
        transcripts=corpus.pattern,
        workers=2,
        label_quiet_hours=0,
        label_requests_per_minute=10_000_000,
        budget_usd=ENOUGH_USD,
        **settings,
    )


def _planning(planned: Watched) -> Iterator[Figure]:
    answer = planned.answer()
    seconds = answer["plan"]["wall"]
    yield Figure(
        "planning", "planning labels: eligible sessions per second", answer["sessions"] / seconds, "/s",
        spent=planned.spent, note=f"{answer['sessions']} sessions, {answer['requests']} requests",
    )  # fmt: skip
    yield Figure(
        "planning_memory", "planning labels: peak memory, the longest session included",
        planned.largest_bytes / 1e6, "MB", note=f"longest session {answer['longest_tokens']:,} tokens",
    )  # fmt: skip


def _price(name: str, what: str, asked: _Asked, aim: float | None = None) -> Figure:
    ratio = float(asked.usd / asked.naive_usd)
    read = sum(charge.usage.cache_read_input_tokens for charge in asked.charges)
    prompt = read + sum(
        charge.usage.input_tokens + charge.usage.cache_creation_input_tokens for charge in asked.charges
    )
    note = (
        f"{len(asked.charges):,} requests, {read / prompt:.0%} of {prompt / 1e6:.1f} M tokens from the cache"
    )
    return Figure(name, what, ratio, aim=aim, spent=asked.watched.spent, note=note)
