"""The commands about Claude's labels: `quote`, `relabel`, `evaluate`.

Belongs here: options, and which function does it. Not here: what is printed (label_printing).
"""

from typing import Annotated

import typer

from orchestration.commands.console import Budget, Debug, Home, console_of, opened, run_and_print

Relabel = Annotated[
    str,
    typer.Option(
        "--relabel",
        help="Existing labels to ask and pay for again: none, stale or all; anchor: the anchor set alone.",
    ),
]


def quote(
    home: Home = None,
    relabel: Relabel = "none",
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Show what Claude's labels would cost, by classifier and way of sending. Free; needs no key."""
    from orchestration.commands.label_costs import quote as print_quote

    print_quote(opened(home, as_kept=True), console_of(), relabel=relabel)


def relabel(
    which: Annotated[
        str,
        typer.Option(
            "--which",
            help="stale: labels whose unit has changed since; all; or anchor: labels missing in the anchor "
            "set, on which versions of a question are compared.",
        ),
    ] = "stale",
    home: Home = None,
    budget_usd: Budget = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Ask Claude again for existing labels, within a budget; `quote --relabel` shows the cost."""
    from orchestration.run import RunOptions

    run_and_print(opened(home, budget_usd=budget_usd), RunOptions(relabel=which))


def evaluate(
    classifier: Annotated[
        list[str] | None, typer.Option(help="Evaluate only this classifier; may be repeated.")
    ] = None,
    split: Annotated[str, typer.Option(help="Cases to use: dev, test or both.")] = "both",
    home: Home = None,
    budget_usd: Budget = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Evaluate the labellers on the catalog's cases: the rules, and Claude if a key and a budget are set."""
    from orchestration.labelling.evaluation import evaluate_labellers

    settings = opened(home, budget_usd=budget_usd, as_kept=True)
    evaluate_labellers(settings, console_of(), names=classifier or (), split=split)
