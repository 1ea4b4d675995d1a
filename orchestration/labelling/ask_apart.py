"""Asking what is no label of the catalogue: prices and sends the requests of a question of its own.

Belongs here: the plan of such requests, and sending them at once within the budget. Not here: which requests
(cluster_names, cluster_summaries), asking for labels (asking, rounds).
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice

from classifiers.asking.label_request import LabelRequest
from classifiers.asking.plan import Plan, PlanTally
from classifiers.asking.session_asks import SessionAsks
from classifiers.ledger.ledger import Ledger
from classifiers.send import ask_now, open_client
from orchestration.labelling.choices import budget_of, client_options_of, open_ledger, send_limits_of
from orchestration.progress import Advance
from orchestration.settings import Settings

Rounds = Callable[[Ledger], Iterable[Sequence[LabelRequest]]]
"""Requests of one round after the other; a round is made when the one before is answered."""

CHUNK = 40
"""Requests that are held and sent at once: each may have a whole session."""


def in_rounds(asks: Callable[[Ledger], Iterable[SessionAsks]], most: int) -> Rounds:
    """At most so many rounds of what is still to be asked, in chunks, until a round has nothing to ask.

    What a round answers decides what the next one asks.
    """

    def rounds(ledger: Ledger) -> Iterator[list[LabelRequest]]:
        for _ in range(most):
            requests = (request for each in asks(ledger) for request in each.requests)
            is_any = False
            while chunk := list(islice(requests, CHUNK)):
                is_any = True
                yield chunk
            if not is_any:
                return

    return rounds


def plan_apart(settings: Settings, classifier: str, asks: Iterable[SessionAsks]) -> Plan:
    """What asking would cost; nothing is sent or reserved."""
    tally = PlanTally(
        [classifier],
        hit_share=Decimal(str(settings.label_batch_hit_share)),
        stale={},
        longest_tokens=settings.label_max_prompt_tokens,
    )
    for each in asks:
        tally.add(each)
    return tally.plan()


def ask_apart(
    settings: Settings,
    rounds: Rounds,
    *,
    run_id: str,
    budget_usd: Decimal | None = None,
    advance: Advance | None = None,
) -> int:
    """Send round after round, until one is empty or the budget is spent; requests sent.

    Raises what `ask_dates` raises.
    """
    asked = 0
    with (
        open_ledger(settings) as ledger,
        ledger.sending(run_id, budget_of(settings, run_usd=budget_usd)),
        open_client(client_options_of(settings)) as client,
    ):
        for requests in rounds(ledger):
            if not requests or ledger.is_spent(run_id):
                break
            limits = send_limits_of(settings, request_count=len(requests))
            sent = asyncio.run(
                ask_now(requests, client=client, ledger=ledger, run_id=run_id, limits=limits, advance=advance)
            )
            asked += sent.asked - sent.skipped
    return asked
