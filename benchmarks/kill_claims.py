"""What must hold after senders were killed: claims checked against the ledger and the fake's own bill.

The fake counts what it processed, delivered or not; the ledger is read when every label is held.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benchmarks.kill_campaign import KillCampaign, answer_hash
from classifiers.asking.message_params import message_params
from classifiers.ledger.ledger import LedgerRequest
from tests.fakes.claude_api_account import request_key
from tests.fakes.killed_sender import CONCURRENCY, open_ledger, request_for, wanted
from tests.fakes.label_requests import ASKED

Label = tuple[str, str]
"""A unit and a classifier."""


@dataclass(frozen=True)
class Verdicts:
    """Figures of one campaign in the order they are printed, and the claims that do not hold."""

    figures: Mapping[str, str]
    broken: tuple[str, ...]


def judge(campaign: KillCampaign) -> Verdicts:
    """Check every claim on a campaign that is finished."""
    seen = campaign.seen
    labels = [(unit_id, ASKED[index].name) for unit_id, index in wanted(seen.sessions)]
    with open_ledger(campaign.path) as ledger:
        rows = list(ledger.requests_of({unit_id for unit_id, _ in labels}))
        spent = sum((ledger.spent(run_id) for run_id in ledger.run_ids()), Decimal(0))
        doubt = Counter[str](ledger.batch(key).state for key in seen.batches_in_doubt)
        is_settled = not ledger.open_batches() and set(doubt) <= {"collected", "void"}
    state = campaign.fake.state
    bill = Decimal(state["usd"])
    paid = _paid(campaign, rows, state)
    answered = Counter(_label(row) for row in rows if row.state == "answered")
    ambiguous = Counter(_label(row) for row in rows if row.state == "ambiguous")
    lost = _lost_answers(campaign, rows)
    paid_again = sum(paid.values()) - len(paid)
    at_kills = [len(requests) for requests in seen.in_flight_at_kills]
    claims = {
        "every sender ended well or was killed": not seen.failures,
        "no label is missing, none is there twice": answered == Counter(labels),
        "no answer that was in the ledger has gone or changed": not lost,
        "no batch is left open or in doubt": is_settled,
        "no run or month went beyond its budget, by the bill and by the ledger": not seen.over_budget,
        "the ledger charges at least the bill": bill <= spent,
        "what the budget did not hold is a row": seen.skipped_beyond_budget > 0,
        **(_batch_claims(paid, rows, bill) if seen.way == "batch" else {}),
        **(_synchronous_claims(campaign, paid, ambiguous) if seen.way == "synchronous" else {}),
    }
    figures = {
        "kills": str(seen.kills),
        "senders": str(seen.processes),
        "labels": str(len(labels)),
        "in flight at the kills": f"{sum(at_kills)} (most at once {max(at_kills)})",
        "batches open at the kills": _counted(seen.batches_at_kills),
        "batches in doubt, and what became of them": _counted(doubt),
        "requests shown as ambiguous": str(ambiguous.total()),
        "requests paid again": str(paid_again),
        "labels lost": str(len(set(labels) - set(answered)) + len(lost)),
        "skipped beyond the month's budget": str(seen.skipped_beyond_budget),
        "runs beyond their budget": str(len(seen.over_budget)),
        "bill of the API": f"${bill:.4f}",
        "charged by the ledger": f"${spent:.4f}",
    }
    return Verdicts(figures, tuple(claim for claim, holds in claims.items() if not holds))


def _batch_claims(paid: Counter[Label], rows: list[LedgerRequest], bill: Decimal) -> dict[str, bool]:
    settled = sum((row.cost_usd for row in rows if row.cost_usd is not None), Decimal(0))
    return {
        "no label was paid twice, in whatever attempt": max(paid.values()) == 1,
        "what was settled is the bill": settled == bill,
        "no request is in doubt": all(row.state == "answered" for row in rows),
    }


def _synchronous_claims(
    campaign: KillCampaign, paid: Counter[Label], ambiguous: Counter[Label]
) -> dict[str, bool]:
    at_kills = [len(requests) for requests in campaign.seen.in_flight_at_kills]
    return {
        "no more in flight at a kill than are sent at once": max(at_kills) <= CONCURRENCY,
        # One that had just been answered, or was about to leave, is ambiguous too: the ledger cannot know.
        "each request in flight at a kill is shown as ambiguous": sum(at_kills) <= ambiguous.total(),
        "no more is ambiguous than can be under way": ambiguous.total() <= CONCURRENCY * len(at_kills),
        "only what is shown as ambiguous was paid again": all(
            count - 1 <= ambiguous[label] for label, count in paid.items()
        ),
    }


def _paid(campaign: KillCampaign, rows: list[LedgerRequest], state: Mapping[str, Any]) -> Counter[Label]:
    """How often the fake charged for each label: by custom id of any attempt, or by what was asked."""
    by_id: dict[str, Label] = {}
    attempts = defaultdict[Label, int](int)
    for row in rows:
        by_id[row.request_id] = _label(row)
        attempts[_label(row)] += 1
    for unit_id, index in wanted(campaign.seen.sessions):
        first = request_for(unit_id, index, 0)
        by_id[first.request_id] = by_id[request_key(message_params(first))] = (unit_id, first.classifier)
    paid = Counter[Label]()
    for key, count in state["paid"].items():
        paid[by_id[key]] += count
    return paid


def _lost_answers(campaign: KillCampaign, rows: list[LedgerRequest]) -> list[str]:
    """Requests whose answer was in the ledger once and is not, or is another."""
    now = {row.request_id: answer_hash(row.message) for row in rows if row.message is not None}
    seen = campaign.seen.answers
    return [request_id for request_id, kept in seen.items() if now.get(request_id) != kept]


def _label(row: LedgerRequest) -> Label:
    return row.unit_id, row.classifier


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "0"
