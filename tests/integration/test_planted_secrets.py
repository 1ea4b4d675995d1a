"""What must not get past the archive: planted secrets, addresses and logins, in whatever file a run writes.

Every file of the home is read but the archive's objects, which keep the transcripts as they were.
Counts of what was replaced or set aside are compared with the truth, exactly.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from orchestration.demo import PlantedTruth
from orchestration.demo.truth import PlantedSecret
from tests.demo_lake import DemoHome, ReleasedDemo, planted_time, rows_of

REDACTED_AS = {
    "github_token": "github_token",
    "aws_access_key": "aws_access_key_id",
    "anthropic_key": "anthropic_key",
    "connection_string": "url_password",
    "email": "email",
}
"""Kinds of the truth, and the kind under which each is counted where it is replaced."""

STANDS_TWICE = 2
"""A planted secret stands in a prompt and in the output of a command: two texts that are kept."""


@pytest.fixture(scope="module")
def home(released: ReleasedDemo) -> DemoHome:
    return released.home


def forbidden_in(truth: PlantedTruth) -> re.Pattern[bytes]:
    """Every planted secret, the part of it that is worth stealing, and every login as a folder."""
    texts = {part for secret in truth.secrets for part in (secret.text, heart_of(secret))}
    logins = {session.user for session in truth.sessions if session.user}
    texts |= {f"{above}{login}" for login in logins for above in ("home/", "Users/", "Users\\")}
    return re.compile(b"|".join(re.escape(text.encode()) for text in sorted(texts)))


def heart_of(secret: PlantedSecret) -> str:
    """What would still do harm if only the rest were replaced."""
    if secret.kind == "connection_string":
        return secret.text.split("app:")[1].split("@")[0]
    return secret.text.split("@")[0] if secret.kind == "email" else secret.text[-16:]


def texts_of(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[bytes]:
    """All text of a table or of Parquet files, column by column; lists and structs as text."""
    everything = f"select * from {relation}"  # noqa: S608 - our own table
    texts = [
        f"""cast("{column["column_name"]}" as varchar) as "{column["column_name"]}" """
        for column in rows_of(connection.execute(f"describe {everything}"))
        if "VARCHAR" in column["column_type"]
    ]
    if not texts:
        return
    found: pa.Table = connection.execute(everything.replace("*", ", ".join(texts), 1)).to_arrow_table()
    for column in found.columns:
        yield "\n".join(text for text in column.to_pylist() if text is not None).encode()


def tables_in(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables of a database; the views of the warehouse show the lake, which is read for itself."""
    rows = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    return [f'"{schema}"."{name}"' for schema, name in rows]


def test_the_secrets_are_there_to_be_found(home: DemoHome) -> None:
    """The search below is worth something: it finds them in the transcripts."""
    assert {secret.kind for secret in home.truth.secrets} == REDACTED_AS.keys()
    content = b"\n".join(path.read_bytes() for path in home.transcripts.rglob("*.jsonl"))
    for secret in home.truth.secrets:
        assert content.count(secret.text.encode()) >= STANDS_TWICE
        assert heart_of(secret).encode() in content
    assert forbidden_in(home.truth).search(content)


def test_no_secret_is_in_the_lake(home: DemoHome) -> None:
    forbidden, seen = forbidden_in(home.truth), 0
    # A table is a folder, of its dates where it has any.
    paths = home.settings.lake_dir.rglob("*.parquet")
    folders = {path.parent.parent if "=" in path.parent.name else path.parent for path in paths}
    with duckdb.connect() as connection:
        for folder in sorted(folders):
            for text in texts_of(connection, f"read_parquet('{folder}/**/*.parquet')"):
                seen += len(text)
                assert not forbidden.search(text), folder.name
    assert seen > 1_000_000


@pytest.mark.parametrize("place", ["warehouse/build.duckdb", "marts.duckdb", "metrics.duckdb"])
def test_no_secret_is_in_a_database(place: str, released: ReleasedDemo) -> None:
    home = released.home
    forbidden, seen = forbidden_in(home.truth), 0
    folder = home.settings.home if "/" in place else released.release.folder
    with duckdb.connect(str(folder / place), read_only=True) as connection:
        for table in tables_in(connection):
            for text in texts_of(connection, table):
                seen += len(text)
                assert not forbidden.search(text), table
    assert seen > 100_000


def test_no_secret_is_in_the_parquet_of_the_release(released: ReleasedDemo) -> None:
    forbidden = forbidden_in(released.home.truth)
    files = sorted(released.release.folder.rglob("*.parquet"))
    assert files
    with duckdb.connect() as connection:
        for path in files:
            for text in texts_of(connection, f"read_parquet('{path}')"):
                assert not forbidden.search(text), path.name


def test_no_secret_is_in_any_other_file(home: DemoHome) -> None:
    """Logs, manifests, what dbt leaves behind, the journal, the index: byte by byte, compressed or not."""
    forbidden, folder = forbidden_in(home.truth), home.settings.home
    objects = home.settings.archive_dir / "objects"
    files = [path for path in folder.rglob("*") if path.is_file() and objects not in path.parents]
    assert home.settings.log_path in files
    found = [path.relative_to(folder) for path in files if forbidden.search(path.read_bytes())]
    assert found == []


def test_the_log_tells_what_was_run(home: DemoHome) -> None:
    """It is written to, so that its silence about transcripts means something."""
    assert "done" in home.settings.log_path.read_text("utf-8")


def test_every_planted_secret_is_counted_where_it_was_replaced(home: DemoHome) -> None:
    planted: Counter[tuple[str, str]] = Counter()
    for secret in home.truth.secrets:
        planted[(secret.session_id, REDACTED_AS[secret.kind])] += STANDS_TWICE
    rows = home.query(
        "select * from staging.stg_transcripts__redactions where redaction_kind <> 'home_folder'"
    )
    assert {(r["session_id"], r["redaction_kind"]): r["redaction_count"] for r in rows} == planted


def test_the_planted_bad_line_is_set_aside_and_counted(home: DemoHome) -> None:
    rows = home.query("select * from staging.stg_transcripts__quarantined_lines")
    assert len(rows) == home.truth.files.bad_line_count == 1
    assert not rows[0]["is_object"]
    session = next(
        s for s in home.truth.sessions if any(Path(f).name == rows[0]["file_name"] for f in s.files)
    )
    lines = (home.transcripts / session.files[0]).read_bytes().split(b"\n")
    assert b"cut in the mid" in lines[rows[0]["line_number"] - 1]


def test_the_planted_unknown_type_is_drift_and_every_copy_is_counted(home: DemoHome) -> None:
    rows = home.query(
        "select disposition, record_type, sum(object_count)::bigint as n "
        "from staging.stg_transcripts__record_counts group by all"
    )
    unknown = {row["record_type"]: row["n"] for row in rows if row["disposition"] == "unknown"}
    copies = sum(row["n"] for row in rows if row["disposition"] == "duplicate")
    assert unknown == home.truth.files.unknown_record_types
    assert copies == home.truth.files.duplicate_record_count
    assert sum(row["n"] for row in rows) == home.truth.files.object_count


def test_the_gates_warn_of_the_unknown_type_on_its_date_and_of_nothing_else(released: ReleasedDemo) -> None:
    home = released.home
    (kind,) = home.truth.files.unknown_record_types
    days = {
        planted_time(session.started_at).date()
        for session in home.truth.sessions
        for name in session.files
        if f'"{kind}"'.encode() in (home.transcripts / name).read_bytes()
    }
    verdicts = (*released.raw_report.verdicts, *released.label_report.verdicts, *released.verdicts)
    warned = [verdict for verdict in verdicts if verdict.status != "pass"]
    assert [(v.table_name, v.status, v.unexpected_count) for v in warned] == [
        ("raw_record_counts", "warn", 1)
    ]
    assert {verdict.partition_date for verdict in warned} == days
