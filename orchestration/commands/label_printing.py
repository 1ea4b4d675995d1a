"""What the labelling commands print: the quote, what a run asked, what is pending.

Belongs here: laying figures out for a terminal. Not here: finding them out (plan, asking, batches).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from rich.console import Console
from rich.table import Table

from classifiers.asking.plan import Plan
from classifiers.ledger.ledger import RequestState
from classifiers.ledger.prices import price_step_tokens, price_table_version
from orchestration.command_lines import command_line
from orchestration.labelling.batches import BatchState
from orchestration.settings import Settings, has_api_key

SLACK = Decimal("1.5")
"""A stated guess: answers may be longer than expected."""

MARGIN = Decimal("1.1")
"""Counted tokens may be more than estimated ones."""


@dataclass(frozen=True)
class RunBill:
    """What one run asked: requests by ledger state, units beyond the budget, dollars charged or reserved."""

    states: Mapping[RequestState, int]
    skipped: int
    charged_usd: Decimal


def print_quote(console: Console, settings: Settings, plan: Plan, *, month_usd: Decimal) -> None:
    """The plan with its prices, and how to have it carried out."""
    console.print(_lines(plan))
    if not plan.request_count:
        console.print("Nothing is to be asked: every eligible unit is labelled, waited for, or given up.")
        return
    console.print(_prices(plan))
    console.print(
        f"{plan.request_count:,} requests on {plan.session_count:,} sessions, {plan.prompt_tokens:,} prompt "
        f"tokens, to {settings.label_model} (effort {settings.label_effort}); {price_table_version()}. "
        "Expectations by estimated tokens: a budget is held against counted ones. Later steps of a question "
        "(the price of a scope statement) come on top.",
        soft_wrap=True,
        highlight=False,
    )
    waiting = sum(line.after_observation for line in plan.lines)
    if waiting:
        console.print(
            f"{waiting:,} labels are asked when their long sessions have been observed, and are priced at "
            "the longest prompt.",
            soft_wrap=True,
            highlight=False,
        )
    step = price_step_tokens(settings.label_model)
    if step is not None and settings.label_max_prompt_tokens > step:
        console.print(
            f"Prompts above {step:,} tokens cost more with this model; label_max_prompt_tokens is "
            f"{settings.label_max_prompt_tokens:,}.",
            style="yellow",
        )
    if plan.largest:
        sizes = ", ".join(f"{session_id[:8]}… {tokens:,}" for tokens, session_id in plan.largest)
        console.print(f"Largest sessions, tokens: {sizes}", soft_wrap=True, highlight=False)
    if month_usd:
        console.print(f"This month has cost {_usd(month_usd)} so far.", highlight=False)
    console.print(_how(settings, plan), soft_wrap=True, highlight=False, markup=False)


def print_bill(console: Console, settings: Settings, bill: RunBill, state: BatchState) -> None:
    """What the run cost, and what is still to come."""
    asked = sum(bill.states.values())
    if asked:
        states = ", ".join(f"{count:,} {name}" for name, count in sorted(bill.states.items()) if count)
        console.print(
            f"Asked {asked:,}: {states}. Charged or reserved: {_usd(bill.charged_usd)}.", highlight=False
        )
    if bill.states.get("ambiguous"):
        console.print(
            "Ambiguous requests were cut off while under way: they may have been answered, stay charged, and "
            "are asked again by the next run.",
            style="yellow",
            soft_wrap=True,
        )
    if bill.skipped:
        console.print(
            f"{bill.skipped:,} labels are beyond the budget: they are rows with status skipped_budget. "
            f"`{command_line(settings, 'quote')}` says what they would cost.",
            style="yellow",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    if state.open_batches:
        print_pending(console, settings, state)
    elif has_api_key(settings) and not settings.budget_usd:
        console.print(
            f"A key is set and no budget: nothing was asked. `{command_line(settings, 'quote')}` says what "
            "labels would cost, and with which command they are made.",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )


def print_pending(console: Console, settings: Settings, state: BatchState) -> None:
    """Batches that are at work, and how their answers come home."""
    console.print(
        f"Pending: {state.waiting_requests:,} requests in {len(state.open_batches)} batch(es), at most for a "
        f"day. `{command_line(settings, 'run')}` brings home what is finished; "
        f"`{command_line(settings, 'run', wait=True)}` waits for all of it.",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _lines(plan: Plan) -> Table:
    table = Table(title="Labels by Claude", title_justify="left")
    for heading in ("classifier", "eligible", "held", "stale", "waiting", "given up", "to ask"):
        table.add_column(heading, justify="left" if heading == "classifier" else "right")
    for heading in ("prompt tokens", "at once"):
        table.add_column(heading, justify="right")
    for line in plan.lines:
        numbers = (line.eligible, line.held, line.stale, line.waiting, line.gave_up, line.to_ask)
        table.add_row(
            line.classifier,
            *(f"{number:,}" for number in numbers),
            f"{line.prompt_tokens:,}",
            _usd(line.expected_usd),
        )
    return table


def _prices(plan: Plan) -> Table:
    table = Table(title="What it would cost", title_justify="left")
    for heading in ("way", "price", "of naive"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    low, high = plan.batch_range_usd
    rows = (
        ("at once, the transcript cached for all questions", plan.now_usd),
        ("as batches, at the quoted share of cache hits", plan.batch_usd),
        ("as batches, most cache hits", low),
        ("as batches, fewest cache hits", high),
        ("naive: every question with the whole transcript", plan.naive_usd),
    )
    for way, price in rows:
        share = f"{price / plan.naive_usd:.2f}" if plan.naive_usd else ""
        table.add_row(way, _usd(price), share)
    return table


def _how(settings: Settings, plan: Plan) -> str:
    is_batch = plan.request_count > settings.label_batch_above
    if is_batch:
        way, most = "as batches", plan.bound_batch_usd
        why = f"{_usd(most)} is reserved while they are at work, and what is not used is free again."
    else:
        way, most = "at once", plan.now_usd * SLACK + plan.bound_now_usd * settings.label_concurrency
        why = "Requests under way are reserved at the most that they can cost."
    budget = (most * MARGIN).quantize(Decimal("0.01"), rounding=ROUND_CEILING)
    missing = "" if has_api_key(settings) else " (a key must be set first: export ANTHROPIC_API_KEY)"
    return (
        f"Would be sent {way}. {why} The budget is never exceeded; what is beyond it is counted as "
        f"skipped_budget, and asked by a later run. Have all of it made{missing}:\n"
        f"  {command_line(settings, 'run', budget_usd=str(budget))}"
    )


def _usd(amount: Decimal) -> str:
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.4f}"
