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
from orchestration.labelling.next_step_duels import REQUESTS_OF_A_DUEL
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
        console.print("There is nothing to ask: every eligible unit is labelled, pending, or given up.")
        return
    console.print(_prices(plan))
    console.print(
        f"{plan.request_count:,} requests on {plan.session_count:,} sessions, {plan.prompt_tokens:,} prompt "
        f"tokens, to {settings.label_model} (effort {settings.label_effort}); {price_table_version()}. "
        "The quote uses estimated tokens; a budget is checked against counted tokens. Later steps of a "
        "question (the price of a scope statement) are not included.",
        soft_wrap=True,
        highlight=False,
    )
    waiting = sum(line.after_observation for line in plan.lines)
    if waiting:
        console.print(
            f"{waiting:,} labels can only be asked for once their long sessions have been observed; they "
            "are priced at the longest prompt.",
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
        console.print(f"Largest sessions (tokens): {sizes}", soft_wrap=True, highlight=False)
    if month_usd:
        console.print(f"Labels have cost {_usd(month_usd)} this month so far.", highlight=False)
    console.print(_how(settings, plan), soft_wrap=True, highlight=False, markup=False)


def print_more_quotes(console: Console, *, reasons: Plan, calls: Plan, names: Plan) -> None:
    """What clusters would cost besides labels; nothing where nothing is to be asked for them."""
    for what, plan, of in (
        ("Summarising the reasons of", reasons, "stops and interruptions"),
        ("Summarising", calls, "tool calls"),
        ("Naming", names, "clusters"),
    ):
        if plan.request_count:
            console.print(
                f"{what} {plan.request_count:,} {of} would cost about {_usd(plan.now_usd)} more at once.",
                soft_wrap=True,
                highlight=False,
            )
    if names.request_count:
        console.print("The audit of each name, a short request, is not included.", highlight=False)


def print_hindsight_quotes(console: Console, *, duels: Plan, reviews: Plan) -> None:
    """What next-step duels and retrospective reviews would cost; nothing where nothing is to be asked."""
    later = {
        "Next-step duels": f"Each moment that is found then takes {REQUESTS_OF_A_DUEL} further requests",
        "Reviews of past changes": "The verdict on the findings then takes one further, short request each",
    }
    for (what, follows), plan in zip(later.items(), (duels, reviews), strict=True):
        if plan.request_count:
            console.print(
                f"{what}: {plan.request_count:,} requests that can be sent now would cost about "
                f"{_usd(plan.now_usd)} more at once. {follows}; these are not included.",
                soft_wrap=True,
                highlight=False,
            )


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
            "Ambiguous requests were interrupted before their answer arrived. They stay charged, because "
            "they may have been answered, and the next run asks them again.",
            style="yellow",
            soft_wrap=True,
        )
    if bill.skipped:
        console.print(
            f"The budget did not cover {bill.skipped:,} labels; they have the status skipped_budget. "
            f"`{command_line(settings, 'quote')}` shows what they would cost.",
            style="yellow",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    if state.open_batches:
        print_pending(console, settings, state)
    elif has_api_key(settings) and not settings.budget_usd:
        console.print(
            f"A key is set but no budget, so nothing was asked. `{command_line(settings, 'quote')}` shows "
            "what labels would cost and which command makes them.",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )


def print_pending(console: Console, settings: Settings, state: BatchState) -> None:
    """Batches that are at work, and how their answers come home."""
    console.print(
        f"Pending: {state.waiting_requests:,} requests in {len(state.open_batches)} batch(es), for at most "
        f"one day. `{command_line(settings, 'run')}` collects finished batches; "
        f"`{command_line(settings, 'run', wait=True)}` waits for all of them.",
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
        ("at once, with the transcript cached for all questions", plan.now_usd),
        ("as batches, with the assumed share of cache hits", plan.batch_usd),
        ("as batches, with most cache hits", low),
        ("as batches, with fewest cache hits", high),
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
        why = f"{_usd(most)} is reserved while the batches run; what they do not use is released."
    else:
        way, most = "at once", plan.now_usd * SLACK + plan.bound_now_usd * settings.label_concurrency
        why = "Each request under way reserves the most that it can cost."
    budget = (most * MARGIN).quantize(Decimal("0.01"), rounding=ROUND_CEILING)
    missing = "" if has_api_key(settings) else " (a key must be set first: export ANTHROPIC_API_KEY)"
    return (
        f"The requests would be sent {way}. {why} The budget is never exceeded: labels that it does not "
        f"cover count as skipped_budget, and a later run asks for them. To make all labels{missing}:\n"
        f"  {command_line(settings, 'run', budget_usd=str(budget))}"
    )


def _usd(amount: Decimal) -> str:
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.4f}"
