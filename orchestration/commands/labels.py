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
        help="Count held labels as to ask: none, stale or all. Paid again. anchor: the anchor set alone.",
    ),
]


def quote(
    home: Home = None,
    relabel: Relabel = "none",
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Say what Claude's labels would cost, by classifier and way of sending. Free; needs no key."""
    from orchestration.commands.label_costs import quote as print_quote

    print_quote(opened(home, as_kept=True), console_of(), relabel=relabel)


def relabel(
    which: Annotated[
        str,
        typer.Option(
            "--which",
            help="stale: given on another input; all; or anchor: what is missing of the anchor set, by which "
            "versions of a question are compared.",
        ),
    ] = "stale",
    home: Home = None,
    budget_usd: Budget = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Ask again for labels that are held, within a budget; `quote --relabel` says what it costs."""
    from orchestration.run import RunOptions

    run_and_print(opened(home, budget_usd=budget_usd), RunOptions(relabel=which))


def evaluate(
    classifier: Annotated[list[str] | None, typer.Option(help="Only these; may be repeated.")] = None,
    split: Annotated[str, typer.Option(help="dev, test or both.")] = "both",
    home: Home = None,
    budget_usd: Budget = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Judge the labellers by the catalog's cases: the rules, and Claude where a key and a budget are set."""
    from orchestration.labelling.evaluation import evaluate_labellers

    settings = opened(home, budget_usd=budget_usd, as_kept=True)
    evaluate_labellers(settings, console_of(), names=classifier or (), split=split)
