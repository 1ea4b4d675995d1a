"""The command `forget`: shows what of a person is in the home and, with `--yes`, deletes it.

Belongs here: options and what is printed. The deletion itself is `forgetting.forget.forget_person`.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from orchestration.command_lines import command_line
from orchestration.commands.console import Debug, Home, console_of, opened
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.forgetting.forget import ForgetReport


def forget(
    user: Annotated[
        str, typer.Argument(help="Author folder or home folder of the person, or a pseudonym (user_…).")
    ],
    home: Home = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete the data; without --yes nothing is changed.")
    ] = False,
    debug: Debug = False,  # noqa: ARG001 - read by `main`
) -> None:
    """Show what one person's data are; with --yes, delete them everywhere and leave a tombstone."""
    from orchestration.forgetting.forget import forget_person
    from orchestration.run_log import LOGGER, logging_to

    settings = opened(home, make=False, as_kept=True)
    report = forget_person(settings, user=user, now=datetime.now(UTC), is_confirmed=yes)
    if yes:
        with logging_to(settings.log_path, title="sessionmart forget"):
            LOGGER.info("one person's data were deleted")
    print_report(console_of(), settings, report)


def print_report(console: Console, settings: Settings, report: "ForgetReport") -> None:
    """What goes or went, who else is concerned, what is out of reach, what to type next."""
    title = "Deleted" if report.is_done else "Would be deleted"
    table = Table("where", "what", "before", *(["after"] if report.is_done else []), title=title)
    for place in report.places:
        after = [str(place.after)] if report.is_done else []
        table.add_row(place.name, place.unit, str(place.before), *after)
    console.print(f"Person: {report.user_id}", highlight=False)
    console.print(table)
    for line in (*concerned(report), *out_of_reach(report), next_step(settings, report)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def concerned(report: "ForgetReport") -> list[str]:
    """What others lose or keep by it."""
    others, verb = report.bystanders, "went" if report.is_done else "would go"
    lines = []
    if report.is_done or any(place.before for place in report.places):
        lines.append(
            "The next run lands again the dates on which the person had sessions; releases that contain "
            f"the person {verb}."
        )
    if others.shared_with:
        lines.append(
            f"Shared sessions: {others.shared_file_count} file(s) hold work of "
            f"{', '.join(others.shared_with)} in sessions in which the person took part; they {verb} too, "
            "because they hold copies of the person's records."
        )
    if others.named_elsewhere_count:
        lines.append(
            f"Not deleted: {others.named_elsewhere_count} file(s) of "
            f"{', '.join(others.named_elsewhere_by) or 'nobody known'} in which the person's home folder is "
            "a working directory. If they are the person's, delete that pseudonym as well."
        )
    if others.unreadable_file_count:
        lines.append(
            f"{others.unreadable_file_count} archived file(s) cannot be read and were judged by their path."
        )
    return lines


def out_of_reach(report: "ForgetReport") -> list[str]:
    """What a data home cannot delete."""
    lines = [
        f"Out of reach: {report.transcripts_on_disk} transcript(s) of the person on disk, which stay and are "
        "passed over; backups; copies of releases that others made; samples for review written "
        "outside the home; the person's name in the setting `users`."
    ]
    if report.vendor_batches:
        lines.append(
            "Out of reach: results of these batches stay with the API's vendor for up to 29 days, unless the "
            f"batch is cancelled or deleted there: {', '.join(report.vendor_batches)}"
        )
    return lines


def next_step(settings: Settings, report: "ForgetReport") -> str:
    """What to type next."""
    if report.is_done:
        return f"Next: {command_line(settings, 'run')}   # lands the dates again and publishes a new release"
    # The name is not repeated: terminals are recorded, and the person is to be forgotten.
    return "Nothing was changed. To delete, run the same command with --yes (make: YES=1)."
