"""Is this data home in order, and what to do where it is not.

Belongs here: looking at paths, rights, disk, versions, key, archive, lock, manifest and settings; it
changes nothing. Not here: repairs. Every finding that is not well says what to do.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from orchestration.clusters.land_clusters import INSTALL
from orchestration.clusters.partition import is_available
from orchestration.command_lines import command_line
from orchestration.commands.findings import Finding
from orchestration.commands.home_findings import home_findings, transcript_findings
from orchestration.date_states import held_days, say_held
from orchestration.failures import describe
from orchestration.forgetting.plan import read_plan
from orchestration.home import remembered
from orchestration.ingest.pseudonyms import PseudonymKeyError, key_exists, load_or_create_key
from orchestration.landing.drift_kinds import drift_kinds
from orchestration.landing.journal import HomeLockedError, home_lock, lock_holder
from orchestration.publishing.project_files import MANIFEST_PATH, is_parsed
from orchestration.publishing.release import current_release
from orchestration.publishing.spark_connection import SparkError, SparkPlace, asking, require_spark
from orchestration.settings import IS_CHECKOUT, Settings
from orchestration.stages import open_archive

KINDS_SHOWN = 12


def examine(given: Settings) -> list[Finding]:
    """All findings, in the order a person would look. A check that fails is a finding itself.

    `given` is what a run would be given; all but the home itself is looked at as the home remembers it.
    """
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _clusters,
        _home,
        _disk,
        _transcripts,
        _key,
        _archive,
        _gates,
        _drift,
        _lock,
        _manifest,
        _spark,
        _release,
        _deletion,
        _labels,
    )
    settings = remembered(given)
    return [
        finding for check in checks for finding in _examined(check, given if check is _home else settings)
    ]


def is_broken(findings: list[Finding]) -> bool:
    """Whether something keeps a run from working."""
    return any(finding.health == "broken" for finding in findings)


def _examined(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[Finding]:
    try:
        return list(check(settings))
    except Exception as error:
        return [Finding(check.__name__.strip("_"), "broken", describe(error), "See the message.")]


def _python(_settings: Settings) -> Iterator[Finding]:
    running = ".".join(str(part) for part in sys.version_info[:3])
    if (3, 11) <= sys.version_info[:2] < (3, 14):
        yield Finding("Python", "well", running)
    else:
        yield Finding(
            "Python",
            "broken",
            running,
            f"Install Python 3.11 to 3.13. {_install_again()}",
        )


def _packages(_settings: Settings) -> Iterator[Finding]:
    """Installed versions against what this sessionmart says that it needs."""
    needed = [each for each in map(Requirement, requires("sessionmart") or ()) if each.marker is None]
    wrong = []
    for wanted in needed:
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            wrong.append(f"{wanted.name} is {found}, but {wanted.specifier} is required")
    if wrong:
        yield Finding(
            "packages",
            "broken",
            "; ".join(wrong),
            _install_again(),
        )
    else:
        yield Finding("packages", "well", f"{len(needed)} as pinned")


def _install_again() -> str:
    how = "Remove .venv" if IS_CHECKOUT else "Install sessionmart again, into an environment of its own"
    return f"{how}, then run `{command_line(None, 'doctor')}` again."


def _clusters(_settings: Settings) -> Iterator[Finding]:
    """Whether calls can be clustered; everything else works without scikit-learn."""
    if is_available():
        yield Finding("clusters", "well", f"scikit-learn {version('scikit-learn')}")
    else:
        yield Finding("clusters", "note", "scikit-learn is missing, so there are no clusters", f"`{INSTALL}`")


def _home(given: Settings) -> Iterator[Finding]:
    for health, detail, remedy in home_findings(given):
        yield Finding("data home", health, detail, remedy)


def _disk(settings: Settings) -> Iterator[Finding]:
    existing = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free_gb = shutil.disk_usage(existing).free / 1e9
    if free_gb < settings.min_free_gb:
        yield Finding(
            "disk",
            "broken",
            f"{free_gb:.1f} GB free, {settings.min_free_gb:g} required",
            "Free some space (never the archive), or lower min_free_gb.",
        )
    else:
        yield Finding("disk", "well", f"{free_gb:.1f} GB free")


def _transcripts(settings: Settings) -> Iterator[Finding]:
    for health, detail, remedy in transcript_findings(settings):
        yield Finding("transcripts", health, detail, remedy)


def _key(settings: Settings) -> Iterator[Finding]:
    path = settings.pseudonym_key_path
    if key_exists(path):
        try:
            load_or_create_key(path)
        except PseudonymKeyError as error:
            yield Finding("pseudonym key", "broken", "it cannot be used", str(error))
        else:
            advice = (
                f"Is {path} in your backup, apart from the lake? Without this key, every person and project "
                "gets a new pseudonym."
            )
            yield Finding("pseudonym key", "well", f"there, readable by you alone. {advice}")
    elif settings.lake_dir.exists():
        yield Finding(
            "pseudonym key",
            "broken",
            f"{path} is gone, and the lake was made with it",
            "Restore the key from its backup; with a new key all people and projects get new pseudonyms.",
        )
    else:
        yield Finding(
            "pseudonym key", "note", "not made yet", "The first run makes the key; back it up then."
        )


def _archive(settings: Settings) -> Iterator[Finding]:
    if not settings.archive_dir.exists():
        soon = f"Run `{command_line(settings, 'run')}` soon: the agent removes old transcripts."
        yield Finding("archive", "note", "empty", soon)
        return
    with open_archive(settings) as archive:
        report = archive.retention_report(now=datetime.now(UTC))
    lines = report.render()
    uneasy = [line for line in lines if line.startswith("Certain") or "certain:" in line]
    yield Finding(
        "archive and retention",
        "note" if uneasy else "well",
        " ".join(lines[:2]),
        " ".join(uneasy[:3])
        + (f" `{command_line(settings, 'retention')}` lists all days." if uneasy else ""),
    )


def _gates(settings: Settings) -> Iterator[Finding]:
    """Dates whose rows or labels gates hold back: how many, and of the newest what to do."""
    held = held_days(settings)
    if not held:
        return
    said = held[-1].messages[0] if held[-1].messages else "a gate refused it."
    yield Finding(
        "gates",
        "note",
        f"{say_held(held)}; nothing is released until they pass",
        f"{said} Then: `{command_line(settings, 'run')}`. `{command_line(settings, 'dates')}` lists every "
        "date with its rules.",
    )


def _drift(settings: Settings) -> Iterator[Finding]:
    """What transcripts hold and no list knows: it may be missing from the figures."""
    kinds = drift_kinds(settings)
    if not kinds:
        return
    shown = [
        f"{kind.place} {kind.name}"
        + (f" ({kind.versions[0]} to {kind.versions[-1]})" if kind.versions else "")
        + f", {kind.occurrence_count:,} times"
        for kind in kinds[:KINDS_SHOWN]
    ]
    more = f"; and {len(kinds) - KINDS_SHOWN} more" if len(kinds) > KINDS_SHOWN else ""
    yield Finding(
        "unknown kinds in transcripts",
        "note",
        "; ".join(shown) + more,
        "A newer sessionmart may know them. Until then they may be missing from the figures; the table "
        "marts.dim_transcript_drift shows the structure of each.",
    )


def _lock(settings: Settings) -> Iterator[Finding]:
    if not settings.home.exists():
        return
    try:
        with home_lock(settings.home, purpose="sessionmart doctor"):
            yield Finding("lock of the home", "well", "free")
    except HomeLockedError as error:
        holder = lock_holder(settings.home)
        who = f"held by process {holder['pid']} ({holder['purpose']})" if holder is not None else "held"
        yield Finding("lock of the home", "note", who, str(error))


def _manifest(_settings: Settings) -> Iterator[Finding]:
    if is_parsed():
        yield Finding("dbt manifest", "well", "built")
    elif MANIFEST_PATH.exists():
        slow = "it is of other files of the project, so every run parses, which takes some seconds"
        yield Finding("dbt manifest", "note", slow, f"Run `{command_line(None, 'manifest')}`.")
    else:
        yield Finding(
            "dbt manifest",
            "broken",
            f"there is no {MANIFEST_PATH}",
            f"Run `{command_line(None, 'manifest')}`.",
        )


def _spark(settings: Settings) -> Iterator[Finding]:
    """Whether the server that is to build the facts answers; nothing is asked where DuckDB builds them."""
    if settings.facts_engine != "spark":
        return
    place = SparkPlace.of(settings)
    try:
        require_spark()
        with asking(place) as ask:
            ((version_of_spark,),) = ask("select split(version(), ' ')[0]")
    except SparkError as error:
        yield Finding("Spark", "broken", f"it cannot be asked on {place.host}:{place.port}", str(error))
    else:
        yield Finding("Spark", "well", f"{version_of_spark} answers on {place.host}:{place.port}")


def _release(settings: Settings) -> Iterator[Finding]:
    folder = current_release(settings.home)
    if folder is None:
        yield Finding("release", "note", "none yet", f"Run `{command_line(settings, 'run')}`.")
    else:
        yield Finding("release", "well", f"{settings.published_dir / 'current'} is {folder.name}")


def _deletion(settings: Settings) -> Iterator[Finding]:
    if read_plan(settings) is not None:
        remedy = f"`{command_line(settings, 'run')}` finishes the deletion."
        yield Finding("deletion", "broken", "a deletion of a person was not finished", remedy)


def _labels(settings: Settings) -> Iterator[Finding]:
    from orchestration.commands.label_findings import label_findings  # the SDK's side is heavy

    for health, detail, remedy in label_findings(settings):
        yield Finding("labels by Claude", health, detail, remedy)
