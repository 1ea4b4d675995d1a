"""The commands about Claude's labels: `quote`, `relabel`, `evaluate`.

Belongs here: options and order of things. Not here: what is printed (label_printing), how anything is done.
"""

from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Console

from orchestration.commands.label_printing import (
    RunBill,
    print_bill,
    print_hindsight_quotes,
    print_more_quotes,
    print_quote,
)
from orchestration.labelling.asking import plan_labels, scope_of
from orchestration.labelling.batches import batch_state
from orchestration.labelling.change_reviews import plan_reviews
from orchestration.labelling.choices import open_ledger
from orchestration.labelling.cluster_names import plan_names
from orchestration.labelling.cluster_summaries import ACTIONS, REASONS, plan_summaries
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.labelling.next_step_duels import plan_duels
from orchestration.progress import reporter_for
from orchestration.settings import Settings

PLAIN_WIDTH = 120
"""Columns of the tables where the output is no terminal."""


def quote(settings: Settings, console: Console, *, relabel: str) -> None:
    """Print what asking would cost; nothing is sent or reserved, and no key is needed."""
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    days = days_with_sessions(settings)
    with reporter_for(console).task("Planning labels") as advance:
        scope = scope_of(settings, days, None, which=relabel)
        plan = plan_labels(settings, scope, advance=advance)
    with open_ledger(settings) as ledger:
        month = ledger.month_spent(datetime.now(UTC))
    print_quote(console, settings, plan, month_usd=month)
    print_more_quotes(
        console,
        reasons=plan_summaries(settings, REASONS),
        calls=plan_summaries(settings, ACTIONS),
        names=plan_names(settings),
    )
    print_hindsight_quotes(console, duels=plan_duels(settings), reviews=plan_reviews(settings))


def print_labelling(settings: Settings, console: Console, *, budget_run: str | None) -> None:
    """After a run: what it asked and cost, and what is pending; nothing where labels are not used."""
    if not settings.ledger_path.exists():
        return
    with open_ledger(settings) as ledger:
        bill = RunBill(
            states=ledger.state_counts(budget_run) if budget_run else {},
            skipped=ledger.skipped_count(budget_run) if budget_run else 0,
            charged_usd=ledger.spent(budget_run) if budget_run else Decimal(0),
        )
    print_bill(console, settings, bill, batch_state(settings, ask=False))
