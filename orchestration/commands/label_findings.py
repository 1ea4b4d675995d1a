"""What the doctor says of Claude's labels: key, budget, price of the model, what is pending or in doubt."""

from collections.abc import Iterator
from datetime import UTC, datetime

from classifiers.ledger.prices import UnknownModelError, price_step_tokens, price_table_version
from orchestration.command_lines import command_line
from orchestration.commands.findings import Found
from orchestration.labelling.choices import open_ledger
from orchestration.settings import Settings, has_api_key


def label_findings(settings: Settings) -> Iterator[Found]:
    """Findings about labels; one line where Claude is not used."""
    if not has_api_key(settings) and not settings.ledger_path.exists():
        yield "well", "no key is set: rules give the labels, and nothing leaves the machine", ""
        return
    try:
        price_step_tokens(settings.label_model)
        yield "well", f"{settings.label_model}, {price_table_version()}", ""
    except UnknownModelError as error:
        yield "broken", str(error), "Choose another model: SESSIONMART_LABEL_MODEL."
    if not settings.budget_usd:
        quote = command_line(settings, "quote")
        remedy = f"`{quote}` shows what labels would cost and which command makes them."
        yield "note", "no budget is set, so nothing is asked", remedy
    if settings.ledger_path.exists():
        yield from _of_ledger(settings)


def _of_ledger(settings: Settings) -> Iterator[Found]:
    with open_ledger(settings) as ledger:
        counts = ledger.state_counts()
        batches = ledger.open_batches()
        month = ledger.month_spent(datetime.now(UTC))
    yield "well", f"{counts['answered']:,} answers held, ${month:,.2f} charged or reserved this month", ""
    if batches:
        yield (
            "note",
            f"{len(batches)} batch(es) are not collected",
            f"`{command_line(settings, 'run')}` collects finished batches.",
        )
    if counts["ambiguous"]:
        yield (
            "note",
            f"{counts['ambiguous']:,} requests were interrupted and stay charged at the most they can cost",
            "Nothing to do: the next run with a budget asks them again.",
        )
