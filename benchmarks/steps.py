"""One measured stage in a process of its own: `python -m benchmarks.steps STAGE` prints seconds as JSON.

The data home and the transcripts come from the settings. Each stage is the project's own; only what
stands around it (the gates, redaction) is left out where the figure says so.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.stopwatch import Spent, Stopwatch, tree_cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from expectations.verdict import Verdict
    from orchestration.settings import Settings

NOTHING_LEFT_OUT = 10**12
"""More dates and bytes than there are: everything is staged before the gates are asked."""


def archive(settings: "Settings") -> dict[str, Any]:
    """Every transcript into a fresh archive: hash, compress, scan, index."""
    from orchestration.stages import archive_transcripts, discover

    discovery = discover(settings)
    watch = Stopwatch()
    report = archive_transcripts(settings, discovery, now=datetime.now(UTC))
    return {"archive": asdict(watch.spent()), "files": report.file_count, "bytes": report.bytes_read}


def parse(settings: "Settings") -> dict[str, Any]:
    """Every archived date to Parquet, redaction included."""
    return _parse(settings)


def parse_unredacted(settings: "Settings") -> dict[str, Any]:
    """Every archived date to Parquet; redaction gives each text back as it is."""
    from benchmarks.unredacted import without_redaction

    with without_redaction():
        return _parse(settings)


def redact(settings: "Settings") -> dict[str, Any]:
    """Redaction alone, on one core: of the texts that parsing hands to it."""
    from benchmarks.redaction import redact_all, stored_texts

    texts = stored_texts(settings)
    watch = Stopwatch()
    redact_all(texts)
    return {"redact": asdict(watch.spent()), "bytes": sum(len(text.encode()) for _, text in texts)}


def land(settings: "Settings") -> dict[str, Any]:
    """Archive, parse, judge and land every date, as a run does."""
    from orchestration.date_states import dirty_days
    from orchestration.landing.chunk import LandingRun
    from orchestration.landing.judge_process import JudgeProcess
    from orchestration.stages import archive_transcripts, discover, land_raw, open_archive

    watch = Stopwatch()
    with JudgeProcess() as judge:
        judge.start()
        archive_transcripts(settings, discover(settings), now=datetime.now(UTC))
        run = LandingRun("benchmark", datetime.now(UTC), judge.judge_dates)
        report = land_raw(settings, dirty_days(settings), run)
        whole = _whole_process()
    with open_archive(settings) as archived:
        sizes = [session.byte_count for day in archived.dates() for session in archived.day(day).sessions]
    return {
        "land": asdict(watch.spent()),
        "whole": asdict(whole),
        "dates": len(report.landed),
        "stopped": len(report.stopped),
        "sessions": len(sizes),
        "largest_session_bytes": max(sizes),
    }


def ingest(settings: "Settings") -> dict[str, Any]:
    """Archive, parse, redact and land every date; the gates let everything pass."""
    from orchestration.stages import archive_transcripts, discover

    archive_transcripts(settings, discover(settings), now=datetime.now(UTC))
    return _parse(settings) | {"whole": asdict(_whole_process())}


def _whole_process() -> Spent:
    """What this process and its workers took since they started, imports included."""
    own = psutil.Process()
    return Spent(time.time() - own.create_time(), tree_cpu_seconds(own))


def plan(settings: "Settings") -> dict[str, Any]:
    """Plan the labels of every landed session: rows to subjects to requests; nothing is sent."""
    from orchestration.labelling.asking import AskScope, plan_labels
    from orchestration.labelling.lake_sessions import days_with_sessions

    watch = Stopwatch()
    made = plan_labels(settings, AskScope(days_with_sessions(settings)))
    return {
        "plan": asdict(watch.spent()),
        "sessions": made.session_count,
        "requests": made.request_count,
        "longest_tokens": made.largest[0][0],
    }


def ask(settings: "Settings") -> dict[str, Any]:
    """Ask every question by single calls."""
    from orchestration.labelling.asking import AskScope, ask_dates
    from orchestration.labelling.lake_sessions import days_with_sessions

    watch = Stopwatch()
    scope = AskScope(days_with_sessions(settings))
    report = ask_dates(settings, scope, run_id="benchmark", as_batches=False)
    return {"ask": asdict(watch.spent()), "asked": report.asked}


def ask_batches(settings: "Settings") -> dict[str, Any]:
    """Ask every question in batches, each awaited, until there is no next step to ask."""
    from orchestration.labelling.asking import AskScope, ask_dates
    from orchestration.labelling.batches import batch_state, collect_ended
    from orchestration.labelling.lake_sessions import days_with_sessions

    watch, asked = Stopwatch(), 0
    scope = AskScope(days_with_sessions(settings))
    while report := ask_dates(settings, scope, run_id="benchmark", as_batches=True):
        if not report.asked:
            break
        asked += report.asked
        while batch_state(settings, ask=False).open_batches:
            collect_ended(settings)
    return {"ask": asdict(watch.spent()), "asked": asked}


def facts(settings: "Settings") -> dict[str, Any]:
    """The first pass of dbt with its tests, on the lake as it is."""
    from orchestration.publishing.warehouse import Warehouse
    from orchestration.publishing.warehouse_stages import build_facts

    watch = Stopwatch()
    nodes = build_facts(settings, Warehouse(settings))
    return {"facts": asdict(watch.spent()), "parts": {node.name: node.seconds for node in nodes}}


def estimates(settings: "Settings") -> dict[str, Any]:
    """Every figure from the built facts; seconds of each table, and of the durations with the writing."""
    from orchestration.estimates.land_estimates import ESTIMATES
    from orchestration.estimates.rates import RATE_TABLES
    from orchestration.publishing.warehouse_stages import estimate_facts

    watch = Stopwatch()
    ends: list[float] = []
    estimate_facts(settings, advance=lambda *_: ends.append(watch.spent().wall))
    names = [*RATE_TABLES, *(table.name for table in ESTIMATES), "turn_durations"]
    starts = [0.0, *ends[:-1]]
    parts = {name: end - start for name, start, end in zip(names, starts, ends, strict=True)}
    return {"estimates": asdict(watch.spent()), "parts": parts}


def metrics(settings: "Settings") -> dict[str, Any]:
    """The second pass of dbt with its tests, on the built facts and estimates."""
    from orchestration.publishing.warehouse import Warehouse
    from orchestration.publishing.warehouse_stages import build_metrics

    watch = Stopwatch()
    nodes = build_metrics(settings, Warehouse(settings))
    return {"metrics": asdict(watch.spent()), "parts": {node.name: node.seconds for node in nodes}}


def release(settings: "Settings") -> dict[str, Any]:
    """The databases and files of a release, without its gates; then what reading each metrics table takes."""
    from benchmarks.reading import seconds_to_read
    from orchestration.publishing.parsed_project import descriptions
    from orchestration.publishing.release_copy import BuiltWarehouse, copy_databases

    folder = settings.home / "release"
    folder.mkdir()
    watch = Stopwatch()
    built = BuiltWarehouse(settings.warehouse_path, descriptions())
    copy_databases(built, folder, step=lambda _: None, memory_gb=settings.memory_gb)
    return {"release": asdict(watch.spent()), "parts": seconds_to_read(folder / "metrics.duckdb")}


def attack(settings: "Settings") -> dict[str, Any]:
    """The attack on everything that a release shows; `parts`: hidden counts, told ones, broken relations."""
    from orchestration.measures.count_relations import count_identities
    from orchestration.privacy.attack import attack as attacked
    from orchestration.privacy.released_figures import released_figures

    figures = released_figures(settings.warehouse_path)
    watch = Stopwatch()
    found = attacked(figures, count_identities())
    counts = {
        "hidden": len(found.hidden), "told": len(found.told), "broken": len(found.unmet_equations),
    }  # fmt: skip
    return {"attack": asdict(watch.spent()), "parts": counts}


def report(settings: "Settings") -> dict[str, Any]:
    """The page of the copied release; `parts`: its size in MB."""
    from orchestration.report.cells import read_cells
    from orchestration.report.page import render

    made = {
        "release_id": "benchmark", "created_at": "2026-01-01",
        "settings": {"mode": settings.mode, "min_users": settings.min_users,
                     "min_sessions": settings.min_sessions, "is_demo": False},
        "gates": {"held_dates": [], "rules_judged": 0, "warnings": []},
        "set_aside": {},
    }  # fmt: skip
    watch = Stopwatch()
    page = render(read_cells(settings.home / "release" / "metrics.duckdb"), made)
    path = settings.home / "report.html"
    path.write_text(page, encoding="utf-8")
    return {"report": asdict(watch.spent()), "parts": {"megabytes": path.stat().st_size / 1e6}}


def clusters(settings: "Settings") -> dict[str, Any]:
    """The clusters of made-up summaries of tool calls, landed; a digest of all that was written."""
    return _clusters(settings, order=0)


def clusters_again(settings: "Settings") -> dict[str, Any]:
    """The same of the same summaries in another order."""
    return _clusters(settings, order=1)


def _clusters(settings: "Settings", *, order: int) -> dict[str, Any]:
    from hashlib import blake2b
    from random import Random

    import pyarrow.parquet as pq
    from sklearn.metrics import adjusted_rand_score

    from benchmarks.clusters import SUMMARIES
    from benchmarks.synthetic_summaries import synthetic_summaries
    from orchestration.clusters.land_clusters import land_clusters
    from orchestration.clusters.rows import FOUND, MEMBERS, OTHER, SAMPLES
    from orchestration.clusters.rules import DEFAULT_CLUSTER_RULES
    from orchestration.landing.lake import single_file

    planted = list(synthetic_summaries(SUMMARIES))
    Random(order).shuffle(planted)  # noqa: S311 - an order, not a secret
    theme = {item.unit_id: number for item, number in planted}
    items = [item for item, _ in planted]
    watch = Stopwatch()
    land_clusters(settings.lake_dir, items, DEFAULT_CLUSTER_RULES)
    spent = watch.spent()
    files = [single_file(settings.lake_dir, table) for table in (MEMBERS, FOUND, SAMPLES)]
    members = pq.read_table(single_file(settings.lake_dir, MEMBERS), columns=["unit_id", "cluster_id"])
    units, found = members["unit_id"].to_pylist(), members["cluster_id"].to_pylist()
    levels = pq.read_table(single_file(settings.lake_dir, FOUND), columns=["level"])["level"].to_pylist()
    return {
        "clusters": asdict(spent),
        "digest": blake2b(b"".join(path.read_bytes() for path in files)).hexdigest(),
        "texts": len({item.text for item in items}),
        "found": levels.count("cluster"),
        "groups": levels.count("group"),
        "rest_share": found.count(OTHER) / len(found),
        "rand": float(adjusted_rand_score([theme[unit] for unit in units], found)),
    }


STAGES: "Mapping[str, Callable[[Settings], dict[str, Any]]]" = {
    "archive": archive,
    "parse": parse,
    "parse-unredacted": parse_unredacted,
    "redact": redact,
    "ingest": ingest,
    "land": land,
    "plan": plan,
    "ask": ask,
    "ask-batches": ask_batches,
    "facts": facts,
    "estimates": estimates,
    "metrics": metrics,
    "attack": attack,
    "release": release,
    "report": report,
    "clusters": clusters,
    "clusters-again": clusters_again,
}


def _parse(settings: "Settings") -> dict[str, Any]:
    """Seconds until all dates are staged as Parquet, and from there until they are landed."""
    from orchestration.landing.chunk import ChunkLimits, LandingRun
    from orchestration.stages import Scope, land_raw, open_archive

    with open_archive(settings) as archived:
        days = archived.dates()
    limits = ChunkLimits(max_dates=NOTHING_LEFT_OUT, max_bytes=NOTHING_LEFT_OUT)
    judge = _Approval()
    run = LandingRun("benchmark", datetime.now(UTC), judge, limits=limits)
    report = land_raw(settings, days, run, scope=Scope(force=True))
    assert judge.staged is not None  # it was asked: there are dates
    landed = judge.watch.spent()
    return {
        "parse": asdict(judge.staged),
        "commit": {"wall": landed.wall - judge.staged.wall, "cpu": landed.cpu - judge.staged.cpu},
        "dates": len(report.landed),
        "rows": sum(sum(state.row_counts.values()) for state in report.landed.values()),
    }


class _Approval:
    """A gate that lets everything pass and notes when it was asked: everything is in Parquet then."""

    def __init__(self) -> None:
        self.watch = Stopwatch()
        self.staged: Spent | None = None

    def __call__(self, staged: "Mapping[date, Mapping[str, Path]]") -> "Sequence[Verdict]":
        from expectations.verdict import Verdict

        self.staged = self.watch.spent()
        return [Verdict("none", "all", day, "not judged", "fail", "pass", 0, 0, "") for day in sorted(staged)]


def main(arguments: Sequence[str] | None = None) -> None:
    from orchestration.settings import load_settings

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=sorted(STAGES))
    stage = parser.parse_args(arguments).stage
    print(json.dumps(STAGES[stage](load_settings())))


if __name__ == "__main__":
    main()
