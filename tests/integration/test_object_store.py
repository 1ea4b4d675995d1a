"""The copies on an object store: what goes there, one writer, a pointer that loses no race, no trace left.

Against a local S3 server. That dbt reads the copy, and that a deleted person is nowhere on the store, is
part of the story of `test_forget`.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.forgetting.stores import clear_stores, object_count
from orchestration.settings import Settings, SettingsError, load_settings
from orchestration.store import mirror, places
from orchestration.store.lake_files import LakeFiles
from orchestration.store.mirror import Pushed, push_lake
from orchestration.store.object_store import ObjectStore, StoreConflictError, StoreError
from orchestration.store.releases import put_release
from orchestration.store.warehouse_views import read_folder_again
from tests.fakes.s3_server import SECRET, S3Server, s3_server

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture(scope="module")
def running() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def s3(running: S3Server) -> S3Server:
    """The server with an empty bucket."""
    store = ObjectStore(running.address)
    store.delete(store.list())
    return running


@pytest.fixture
def settings(s3: S3Server, data_home: Path) -> Settings:
    settings = load_settings(store=s3.address)
    write_rows(settings, MONDAY, [1, 2])
    write_rows(settings, TUESDAY, [3])
    return settings


def write_rows(settings: Settings, day: date, values: list[int]) -> Path:
    """Replace a date of a table, as landing does: by a rename."""
    path = settings.raw_dir / "raw_turns" / f"session_date={day}" / "part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"value": values}), path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    return path


def write_release(settings: Settings, release_id: str, *, is_current: bool = True) -> None:
    folder = settings.published_dir / "releases" / release_id
    (folder / "parquet").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"release_id": release_id}))
    (folder / "parquet" / "rpt.parquet").write_bytes(release_id.encode())
    current = settings.published_dir / "current"
    if is_current:
        current.unlink(missing_ok=True)
        current.symlink_to(Path("releases") / release_id)


def lake_on(s3: S3Server) -> dict[str, bytes]:
    return {name: content for name, content in s3.objects().items() if name.startswith("lake/")}


def lake_here(settings: Settings) -> dict[str, bytes]:
    files = settings.lake_dir.rglob("*.parquet")
    return {f"lake/{path.relative_to(settings.lake_dir).as_posix()}": path.read_bytes() for path in files}


def pointer(s3: S3Server) -> str:
    return str(json.loads(s3.objects()["current.json"])["release_id"])


def test_a_push_puts_the_lake_and_the_next_one_only_what_changed(s3: S3Server, settings: Settings) -> None:
    assert push_lake(settings, s3.address) == Pushed(2, 0, 0)
    assert lake_on(s3) == lake_here(settings)
    assert push_lake(settings, s3.address) == Pushed(0, 0, 2)
    write_rows(settings, MONDAY, [4])
    assert push_lake(settings, s3.address) == Pushed(1, 0, 1)
    assert lake_on(s3) == lake_here(settings)
    assert json.loads(s3.objects()["lake.json"])["state"] == "complete"


def test_a_date_that_is_gone_here_goes_there(s3: S3Server, settings: Settings) -> None:
    push_lake(settings, s3.address)
    write_rows(settings, MONDAY, [1]).unlink()
    assert push_lake(settings, s3.address) == Pushed(0, 1, 1)
    assert lake_on(s3) == lake_here(settings)


def test_objects_that_others_changed_or_added_are_mended(s3: S3Server, settings: Settings) -> None:
    push_lake(settings, s3.address)
    store = ObjectStore(s3.address)
    first, second = sorted(lake_here(settings))
    store.put(first, b"something else")
    store.put("lake/raw/raw_turns/session_date=2020-01-01/part.parquet", b"of somebody")
    store.delete([second])
    assert push_lake(settings, s3.address) == Pushed(2, 1, 0)
    assert lake_on(s3) == lake_here(settings)


def test_nothing_but_tables_leaves_the_home(s3: S3Server, settings: Settings) -> None:
    """No archive, key, ledger, record or file of a landing that is under way."""
    (settings.lake_dir / "landed").mkdir()
    (settings.lake_dir / "landed" / f"{MONDAY}.json").write_text("{}")
    staged = settings.lake_dir / ".staging" / "run" / "raw_turns.parquet"
    staged.parent.mkdir(parents=True)
    staged.write_bytes(b"half a file")
    settings.archive_dir.mkdir()
    (settings.archive_dir / "object.parquet").write_bytes(b"a transcript")
    push_lake(settings, s3.address)
    assert {name for name in s3.objects() if not name.startswith("lake/raw/")} == {"home.json", "lake.json"}
    key = settings.pseudonym_key_path.read_text().strip()
    assert not [name for name, content in s3.objects().items() if key.encode() in content]


def test_a_killed_push_is_seen_and_finished(
    s3: S3Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = ObjectStore.put

    def killed(self: ObjectStore, name: str, content: bytes | Path) -> str:
        if "2026-03-03" in name:
            raise KeyboardInterrupt
        return put(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "put", killed)
        with pytest.raises(KeyboardInterrupt):
            push_lake(settings, s3.address)
    assert json.loads(s3.objects()["lake.json"])["state"] == "changing"
    push_lake(settings, s3.address)
    assert lake_on(s3) == lake_here(settings)
    assert json.loads(s3.objects()["lake.json"])["state"] == "complete"


def test_of_two_pushes_at_once_one_is_told(
    s3: S3Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of the home on another machine has another lock: the condition of the put holds there too."""
    real = mirror._put_files

    def beside_another(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        ObjectStore(s3.address).put("lake.json", b'{"state": "changing"}')

    monkeypatch.setattr(mirror, "_put_files", beside_another)
    with pytest.raises(StoreConflictError, match="Another process"):
        push_lake(settings, s3.address)


def test_another_home_has_another_prefix(s3: S3Server, settings: Settings, tmp_path: Path) -> None:
    push_lake(settings, s3.address)
    before = s3.objects()
    other = load_settings(home=tmp_path / "other", store=s3.address)
    other.home.mkdir()
    with pytest.raises(StoreError, match="another data home"):
        push_lake(other, s3.address)
    with pytest.raises(StoreError, match="another data home"):
        put_release(other, s3.address)
    assert s3.objects() == before


def test_a_bucket_that_keeps_versions_is_refused_before_anybodys_rows_are_in_it(
    running: S3Server, settings: Settings
) -> None:
    running.add_bucket("kept-for-ever", is_versioned=True)
    with pytest.raises(StoreError, match="keeps old versions"):
        push_lake(settings, "s3://kept-for-ever/lake")
    assert set(running.objects("kept-for-ever")) == {"lake/home.json"}


def test_a_release_is_put_whole_before_the_pointer_names_it(
    s3: S3Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert put_release(settings, s3.address) is None
    write_release(settings, "first")
    assert put_release(settings, s3.address) == "first"
    write_release(settings, "second")
    put = ObjectStore.put

    def killed(self: ObjectStore, name: str, content: bytes | Path) -> str:
        if name.endswith("second/manifest.json"):
            raise KeyboardInterrupt
        return put(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "put", killed)
        with pytest.raises(KeyboardInterrupt):
            put_release(settings, s3.address)
    assert pointer(s3) == "first"
    assert put_release(settings, s3.address) == "second"
    assert pointer(s3) == "second"
    assert s3.objects()["releases/second/parquet/rpt.parquet"] == b"second"


def test_the_pointer_loses_no_race(s3: S3Server, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write_release(settings, "ours")
    put = ObjectStore.put

    def slow(self: ObjectStore, name: str, content: bytes | Path) -> str:
        if name.endswith("ours/manifest.json"):
            put(self, "current.json", b'{"release_id": "theirs"}')
        return put(self, name, content)

    monkeypatch.setattr(ObjectStore, "put", slow)
    with pytest.raises(StoreConflictError):
        put_release(settings, s3.address)
    assert pointer(s3) == "theirs"


def test_old_releases_go_from_the_store_when_they_go_here(s3: S3Server, settings: Settings) -> None:
    for release_id in ("first", "second"):
        write_release(settings, release_id)
        put_release(settings, s3.address)
    shutil.rmtree(settings.published_dir / "releases" / "first")
    put_release(settings, s3.address)
    assert {name.split("/")[1] for name in s3.objects() if name.startswith("releases/")} == {"second"}


def test_a_deletion_clears_every_store_that_was_ever_used(s3: S3Server, settings: Settings) -> None:
    """Also one that the settings name no longer, and the release that its pointer names."""
    write_release(settings, "first")
    push_lake(settings, s3.address)
    put_release(settings, s3.address)
    later = load_settings()
    assert later.store is None
    path = settings.raw_dir / "raw_turns" / f"session_date={MONDAY}" / "part.parquet"
    release = settings.published_dir / "releases" / "first"
    assert object_count(later, [], []) == 0
    assert object_count(later, [path], [release]) == 1 + 2
    path.unlink()
    (settings.published_dir / "current").unlink()
    shutil.rmtree(release)
    assert object_count(later, [], []) == 1 + 2
    clear_stores(later)
    assert object_count(later, [], []) == 0
    assert set(s3.objects()) == {"home.json", "lake.json", *lake_here(settings)}


def test_a_store_that_cannot_be_reached_stops_a_deletion_and_says_what_to_do(
    s3: S3Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_lake(settings, s3.address)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreError, match="cannot be reached") as raised:
        clear_stores(settings)
    assert str(places.record_path(settings.home, s3.address)) in str(raised.value)


def test_no_key_is_written_anywhere(
    s3: S3Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_lake(settings, s3.address)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreError) as raised:
        push_lake(settings, s3.address)
    written = [path.read_bytes() for path in settings.home.rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in content for content in [*written, str(raised.value).encode()])
    assert SECRET not in str(settings)


@pytest.mark.parametrize(
    "store", ["bucket/prefix", "gs://bucket", "s3://key:secret@bucket/x", "s3://b", "s3://bucket/a?b=c"]
)
def test_an_address_is_a_bucket_and_a_prefix(store: str) -> None:
    with pytest.raises(SettingsError, match="s3://bucket/prefix") as raised:
        load_settings(store=store)
    assert "secret@" not in str(raised.value)
    with pytest.raises(SettingsError, match="reads_store needs"):
        load_settings(reads_store=True)


def test_a_file_system_shows_the_copy_alone(s3: S3Server, settings: Settings) -> None:
    push_lake(settings, s3.address)
    files = LakeFiles(f"{s3.address}/lake")
    pattern = f"{s3.address}/lake/raw/raw_turns/*/*.parquet"
    found = files.glob(pattern)
    assert [name.split("session_date=")[1] for name in found] == [
        f"{MONDAY}/part.parquet",
        f"{TUESDAY}/part.parquet",
    ]
    assert files.size(found[0]) == len(files.open(found[0]).read()) > 0
    assert files.glob(f"{s3.address}/lake/raw/raw_events/*/*.parquet") == []
    with pytest.raises(PermissionError):
        files.open(found[0], "wb")
    with pytest.raises(FileNotFoundError):
        files.open(f"{s3.address}/lake/raw/none/a.parquet")


def test_duckdb_reads_the_copy_and_views_read_the_folder_afterwards(
    s3: S3Server, settings: Settings, tmp_path: Path
) -> None:
    """Views as dbt leaves them in the warehouse, one of them on another, and a table made from them."""
    push_lake(settings, s3.address)
    copy, warehouse = f"{s3.address}/lake", tmp_path / "it's a home" / "build.duckdb"
    warehouse.parent.mkdir()
    with duckdb.connect(str(warehouse)) as connection:
        connection.register_filesystem(LakeFiles(copy))
        files = f"read_parquet('{copy}/raw/raw_turns/*/*.parquet', hive_partitioning=true)"
        connection.execute("create schema staging")
        connection.execute(f"create view staging.turns as from {files}")
        connection.execute("create view staging.counted as select count(*) as n from staging.turns")
        connection.execute("create table marts as select * from staging.turns order by value")
        rows = connection.execute("select value, session_date from marts").fetchall()
    assert rows == [(1, MONDAY), (2, MONDAY), (3, TUESDAY)]
    assert read_folder_again(warehouse, lake_address=copy, lake_dir=settings.lake_dir) == 1
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.execute("select * from staging.turns order by value").fetchall() == rows
        assert connection.execute("select n from staging.counted").fetchone() == (3,)


def test_the_command_pushes_a_home_that_is_older_than_the_setting(
    s3: S3Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_release(settings, "first")
    settings.home.chmod(0o700)
    arguments = ["push", "--home", str(settings.home)]
    refused = CliRunner().invoke(app, arguments)
    assert "No object store is named" in str(refused.exception)
    monkeypatch.setenv("SESSIONMART_STORE", s3.address)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "2 files put, 0 removed, 0 as they were; current release: first" in " ".join(done.output.split())
