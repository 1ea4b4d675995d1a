"""The commands about human labels: `sample-for-review`, `import-reviews`.

Belongs here: options and what is printed. Drawing and importing themselves are in this package's modules.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from rich.console import Console

from orchestration.command_lines import command_line
from orchestration.commands.console import Debug, Home, console_of, opened

if TYPE_CHECKING:
    from orchestration.reviewing.import_reviews import ImportReport
    from orchestration.settings import Settings

SHOWN_LINES = 40
"""Rows that were set aside are listed up to here; the rest is counted."""


def sample_for_review(
    classifier: Annotated[
        list[str] | None,
        typer.Option(help="Classifier to review; may be repeated. By default the headline ones."),
    ] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Number of sessions or tool calls to draw.")] = 150,
    seed: Annotated[int, typer.Option(help="The same seed draws the same sessions.")] = 20260601,
    stratify: Annotated[
        str | None, typer.Option(help="Draw equally many sessions for each label of this classifier.")
    ] = None,
    labeller: Annotated[
        str | None, typer.Option(help="Draw from sessions with labels by this labeller: claude or rules.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to; by default a new one in the home.", show_default=False),
    ] = None,
    home: Home = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Draw sessions or tool calls at random for people to label; write form, codebook and transcripts."""
    from orchestration.reviewing.sample import DEFAULT_CLASSIFIERS, SampleOrder
    from orchestration.reviewing.sample import sample_for_review as draw_sample
    from orchestration.statistics.sample_size import sessions_for_half_width

    order = SampleOrder(
        tuple(classifier or DEFAULT_CLASSIFIERS),
        size=n,
        seed=seed,
        stratify=stratify,
        labeller=labeller,
        out=out,
    )
    settings = opened(home, as_kept=True)
    written = draw_sample(settings, order, now=datetime.now(UTC))
    console = console_of()
    units = "tool calls" if written.is_of_calls else "sessions"
    for line in (
        f"{written.unit_count} of {written.sample.frame_size} {units} labelled by "
        f"{written.sample.labeller} were drawn into {written.folder}.",
        *([f"{written.not_shown_count} could not be shown safely."] if written.not_shown_count else []),
        f"{sessions_for_half_width(0.5, 0.08)} reviewed {units} measure a share near one half to ± 8 "
        f"points, {sessions_for_half_width(0.5, 0.05)} to ± 5 (--n); fewer than 30 decide nothing.",
        "Read codebook.md and the transcripts, then fill in answer and reviewer in sample.csv. A second "
        "reviewer fills in a copy.",
        f"Next: {command_line(settings, 'import-reviews', file=str(written.folder / 'sample.csv'))}",
    ):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def import_reviews(
    file: Annotated[Path, typer.Argument(help="A completed form: CSV, or JSONL with the same fields.")],
    home: Home = None,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Import reviewers' answers as labels by `human`; bad rows are set aside with a reason."""
    from orchestration.landing.chunk import LandingRun
    from orchestration.landing.judge_process import JudgeProcess
    from orchestration.reviewing.import_reviews import import_reviews as take_in

    settings = opened(home, as_kept=True)
    with JudgeProcess() as judge:
        run = LandingRun(f"reviews-{uuid4().hex[:12]}", datetime.now(UTC), judge.judge_labels)
        report = take_in(settings, file, run)
    print_import(console_of(), settings, report)
    if report.set_aside or (report.landed is not None and report.landed.has_stopped):
        raise typer.Exit(1)


def print_import(console: Console, settings: "Settings", report: "ImportReport") -> None:
    """What became of every row, and what to type next."""
    console.print(
        f"{report.row_count} rows: {report.kept['new']} new, {report.kept['changed']} changed, "
        f"{report.kept['same']} known, {report.empty_count} without an answer, "
        f"{len(report.set_aside)} set aside.",
        highlight=False,
        soft_wrap=True,
    )
    for each in report.set_aside[:SHOWN_LINES]:
        console.print(f"  line {each.line}: {each.reason}", highlight=False, markup=False, soft_wrap=True)
    if len(report.set_aside) > SHOWN_LINES:
        console.print(f"  and {len(report.set_aside) - SHOWN_LINES} more.", highlight=False)
    if report.landed is not None and report.landed.has_stopped:
        console.print(
            f"A gate stopped human labels of some dates; `{command_line(settings, 'dates')}` lists them.",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    console.print(f"Next: {command_line(settings, 'run')}", highlight=False, markup=False, soft_wrap=True)
