"""One person of the demo corpus: their files, what is theirs alone, and where else a home holds it.

Test support for deleting that person. Expected values belong to the tests.
"""

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

from classifiers.ledger.ledger import Budget, Ledger
from orchestration.dagster_instance import open_instance
from orchestration.publishing.release import current_release
from orchestration.stages import archive_transcripts, discover
from tests.demo_lake import NOW, DemoHome, release_demo, settings_of
from tests.fakes.invented_requests import SetClock, asked, give_answer, grant

PERSON = "lichen"
SMALL_TEAM: dict[str, object] = {"mode": "team", "min_users": 2, "min_sessions": 2}
"""Few people, of whom much may be shown; in a personal home all of them would be one."""

MARKER = "zebrafish-marmalade-unlikely"


def files_of(home: DemoHome, person: str) -> list[Path]:
    """Transcripts below the person's author folder, or in a project of their home folder."""
    return sorted(
        path
        for path in home.transcripts.rglob("*.jsonl")
        if {person} & set(re.split(r"[/-]", path.relative_to(home.transcripts).as_posix()))
    )


def words_of(home: DemoHome, person: str) -> frozenset[str]:
    """What is this person's alone: ids of sessions and records, the pseudonym, the planted marker."""
    sessions = [session for session in home.truth.sessions if session.user == person]
    words = {MARKER, home.pseudonyms.user(person), *(session.session_id for session in sessions)}
    words.update(alias for session in sessions for alias in session.aliases)
    for path in files_of(home, person):
        words.update(re.findall(r'"uuid":"([0-9a-f-]{36})"', path.read_text("utf-8")))
    others = "".join(
        path.read_text("utf-8")
        for path in sorted(home.transcripts.rglob("*.jsonl"))
        if path not in files_of(home, person)
    )
    return frozenset(word for word in words if word not in others)


def plant_marker(home: DemoHome) -> None:
    """The person types the marker in the first prompt of each file."""
    for path in files_of(home, PERSON):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        for number, line in enumerate(lines):
            record = json.loads(line) if line.startswith("{") else {}
            content = record.get("message", {}).get("content")
            if record.get("type") == "user" and isinstance(content, str):
                record["message"]["content"] = f"{content} {MARKER}"
                lines[number] = json.dumps(record, separators=(",", ":")) + "\n"
                break
        path.write_text("".join(lines), "utf-8")


def fill_ledger(home: DemoHome) -> None:
    """One answered label for every session, the person's with the marker in its answer."""
    with (
        Ledger.open(home.settings.ledger_path, clock=SetClock(NOW)) as ledger,
        ledger.sending("run-1", Budget(Decimal(1000), None)),
    ):
        for session in home.truth.sessions:
            request = asked(session.session_id, session=session.session_id)
            grant(ledger, request)
            ledger.sent(request.request_id)
            give_answer(ledger, request, text=MARKER if session.user == PERSON else "said")


def fill_history(home: DemoHome) -> None:
    """A failure that quotes a session's id, as none should, in Dagster's log and in the project's."""
    import dagster as dg

    session = next(s for s in home.truth.sessions if s.user == PERSON)
    with open_instance(home.settings.dagster_home) as instance:
        said = {"problem": f"cannot read {session.session_id}"}
        instance.report_runless_asset_event(dg.AssetMaterialization("raw_sessions", metadata=said))
        instance.report_runless_asset_event(dg.AssetMaterialization("raw_turns", metadata={"rows": 1}))
    with home.settings.log_path.open("a", encoding="utf-8") as log:
        log.write(f"cannot read {session.session_id}\n")


def lake_of(home: DemoHome) -> dict[str, bytes]:
    """Every raw and label file of the lake."""
    lake = home.settings.lake_dir
    files = [*lake.glob("raw/*/*/*.parquet"), *lake.glob("labels/*/*/*.parquet")]
    return {path.relative_to(lake).as_posix(): path.read_bytes() for path in sorted(files)}


def metrics_of(home: DemoHome) -> dict[str, list[str]]:
    """Rows of every published metric, sorted; the last bits of a float depend on the order of summing.

    Twelve digits are more than dollars have, so that no sum of them lies on the edge of rounding.
    """

    def rounded(row: dict[str, object]) -> str:
        return repr({name: float(f"{v:.12g}") if isinstance(v, float) else v for name, v in row.items()})

    release = current_release(home.settings.home)
    assert release is not None
    files = sorted((release / "parquet" / "metrics").glob("*.parquet"))
    return {path.name: sorted(map(rounded, pq.read_table(path).to_pylist())) for path in files}


def archived_elsewhere(home: DemoHome, folder: Path, transcripts: Path) -> DemoHome:
    """A home with the same key that has only ever seen `transcripts`, gone the same way."""
    folder.mkdir(mode=0o700)
    shutil.copy2(home.settings.pseudonym_key_path, folder)
    other = DemoHome(settings_of(folder, transcripts, **SMALL_TEAM), transcripts, home.truth)
    archive_transcripts(other.settings, discover(other.settings), now=NOW)
    release_demo(other)
    return other
