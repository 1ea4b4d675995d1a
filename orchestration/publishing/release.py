"""Publish a built warehouse as one complete release, or not at all.

Belongs here: copying the published schemas, the manifest and the report, the one rename that makes a release
current, which releases stay. Not here: building the warehouse (dbt) and judging it (expectations); a release
is refused where a verdict stops it.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from subprocess import DEVNULL, CalledProcessError, run
from typing import Any

from expectations.verdict import Verdict, render
from orchestration.landing.disk_space import full_disk_explained
from orchestration.landing.journal import Step, home_lock, no_step, sync_path, write_json
from orchestration.publishing.release_copy import BuiltWarehouse, copy_databases

PARTIAL = ".partial"
CURRENT = "current"
MANIFEST = "manifest.json"


class ReleaseStoppedError(Exception):
    """A gate forbids the release; `current` stays where it is. The message holds the verdicts."""


@dataclass(frozen=True)
class ReleaseFacts:
    """What a reader of the release has to know about how it was made; it goes into the manifest.

    `held_dates`: dates of which a gate refused the newest rows or labels; the release shows older ones.
    `set_aside`: what was read and is in no figure, by what it is: lines, and sessions by their reason.
    """

    run_id: str
    parser_version: str
    redactor_version: str
    git_revision: str | None
    mode: str
    min_users: int
    min_sessions: int
    time_zone: str
    is_demo: bool = False
    held_dates: Sequence[str] = ()
    primary_set: Mapping[str, str] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Release:
    """A complete release: its id, its folder, and the rows of each published table."""

    release_id: str
    folder: Path
    row_counts: Mapping[str, int]


def publish_release(
    home: Path,
    *,
    warehouse: BuiltWarehouse,
    verdicts: Iterable[Verdict],
    facts: ReleaseFacts,
    now: datetime,
    releases_kept: int = 3,
    memory_gb: float | None = None,
    step: Step = no_step,
) -> Release:
    """Copy the marts and metrics of a built, judged warehouse and make them `published/current`.

    Killed before the last rename, `current` is still the last complete release. The newest
    `releases_kept` stay; a reader's open file outlives its release. Raises ReleaseStoppedError where a
    verdict stops, FileNotFoundError without a warehouse, HomeLockedError beside another writer,
    DiskFullError.
    """
    judged = list(verdicts)
    _refuse_if_stopped(judged)
    if not warehouse.path.exists():
        raise FileNotFoundError(f"There is no built warehouse at {warehouse.path}; run the dbt step first.")
    published = home / "published"
    release_id = _release_id(facts.run_id, now)
    with full_disk_explained(home), home_lock(home, purpose="publishing a release"):
        clean_up_releases(home)
        partial = published / "releases" / f"{release_id}{PARTIAL}"
        partial.mkdir(parents=True)
        try:
            row_counts = copy_databases(warehouse, partial, step=step, memory_gb=memory_gb)
            manifest = _manifest(release_id, row_counts, judged, facts=facts, now=now)
            write_json(partial / MANIFEST, manifest)
            step("manifest written")
            _write_report(partial, manifest)
            step("report written")
            _sync_tree(partial)
        except Exception:
            # A full disk needs the space now; a kill leaves it to the next start.
            shutil.rmtree(partial, ignore_errors=True)
            raise
        folder = _make_current(partial, step=step)
        _remove_old(published, kept=releases_kept)
    return Release(release_id, folder, row_counts)


def _write_report(folder: Path, manifest: Mapping[str, Any]) -> None:
    # Drawing takes a library of its own, which nothing else needs.
    from orchestration.report.page import write_report

    write_report(folder, manifest)


def clean_up_releases(home: Path) -> tuple[str, ...]:
    """Remove what a killed publication or removal left behind; returns the names. Call it at every start."""
    published = home / "published"
    with home_lock(home, purpose="cleaning up releases"):
        left = sorted((published / "releases").glob(f"*{PARTIAL}"))
        for folder in left:
            shutil.rmtree(folder)
        (published / f"{CURRENT}{PARTIAL}").unlink(missing_ok=True)
    return tuple(folder.name for folder in left)


def releases(home: Path) -> list[str]:
    """Ids of the complete releases, oldest first."""
    folder = home / "published" / "releases"
    return sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}") if not _is_partial(path.parent))


def current_release(home: Path) -> Path | None:
    """Folder of the current release; None before the first."""
    current = home / "published" / CURRENT
    return current.resolve() if current.exists() else None


def git_revision(checkout: Path) -> str | None:
    """Commit of the checkout, with `-dirty` where files differ from it; None outside git."""
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        described = run(command, check=True, capture_output=True, text=True, stdin=DEVNULL, timeout=20)
    except (OSError, CalledProcessError):
        return None
    return described.stdout.strip() or None


def _refuse_if_stopped(verdicts: list[Verdict]) -> None:
    stopping = [verdict for verdict in verdicts if verdict.is_stopping]
    if stopping:
        lines = "\n".join(f"  {render(verdict)}" for verdict in stopping)
        raise ReleaseStoppedError(
            f"No release: {len(stopping)} rule(s) do not hold.\n{lines}\n"
            "`published/current` is still the last good release."
        )


def _release_id(run_id: str, now: datetime) -> str:
    """Sortable by time; the hash keeps two runs of one second apart."""
    moment = now.astimezone(UTC)
    digest = blake2b(f"{run_id} {moment.isoformat()}".encode(), digest_size=3).hexdigest()
    return f"{moment:%Y%m%dT%H%M%SZ}-{digest}"


def _manifest(
    release_id: str,
    row_counts: Mapping[str, int],
    verdicts: list[Verdict],
    *,
    facts: ReleaseFacts,
    now: datetime,
) -> dict[str, Any]:
    return {
        "release_id": release_id,
        "created_at": now.astimezone(UTC).isoformat(),
        "row_counts": dict(row_counts),
        "made_by": {
            "run_id": facts.run_id,
            "parser_version": facts.parser_version,
            "redactor_version": facts.redactor_version,
            "git_revision": facts.git_revision,
            "sessionmart_version": version("sessionmart"),
        },
        "settings": {
            "mode": facts.mode,
            "min_users": facts.min_users,
            "min_sessions": facts.min_sessions,
            "time_zone": facts.time_zone,
            "is_demo": facts.is_demo,
        },
        "primary_set": dict(facts.primary_set),
        "gates": {
            "held_dates": list(facts.held_dates),
            "rules_judged": len(verdicts),
            "warnings": [render(verdict) for verdict in verdicts if verdict.status == "warn"],
        },
        "set_aside": _in_the_manifest(facts),
    }


def _in_the_manifest(facts: ReleaseFacts) -> dict[str, int | None]:
    """What was set aside, by what it is; null where a team's release may not tell such a small number."""
    least = 1 if facts.mode == "personal" else facts.min_sessions
    return {what: count if count >= least else None for what, count in facts.set_aside.items() if count}


def _sync_tree(folder: Path) -> None:
    """Flush every file and folder of a release, once each, and take away write permission of the files.

    A client that opens a release for writing would otherwise change what others read.
    """
    for path in sorted(folder.rglob("*")):
        sync_path(path)
        if path.is_file():
            path.chmod(0o400)
    sync_path(folder)


def _make_current(partial: Path, *, step: Step) -> Path:
    """Give the release its name, then switch `current` to it, each in one rename; returns its folder.

    The link is relative, so the published folder may be mounted elsewhere.
    """
    folder = partial.rename(partial.with_name(partial.name.removesuffix(PARTIAL)))
    sync_path(folder.parent)
    step("release complete")
    published = folder.parent.parent
    link = published / f"{CURRENT}{PARTIAL}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(folder.parent.name) / folder.name, target_is_directory=True)
    link.replace(published / CURRENT)
    sync_path(published)
    step("current switched")
    return folder


def _remove_old(published: Path, *, kept: int) -> None:
    """Remove all but the newest releases and the current one (a clock may have gone backwards).

    Each is renamed first: a kill half-way must not leave a folder that looks like a release.
    """
    folders = sorted(path for path in (published / "releases").iterdir() if not _is_partial(path))
    current = (published / CURRENT).resolve().name
    for folder in folders[: max(len(folders) - kept, 0)]:
        if folder.name != current:
            shutil.rmtree(folder.rename(folder.with_name(f"{folder.name}{PARTIAL}")))


def _is_partial(path: Path) -> bool:
    return path.name.endswith(PARTIAL)
