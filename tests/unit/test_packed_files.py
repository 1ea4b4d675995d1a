"""Rollouts that Codex packs seven days after their last turn (https://github.com/vshulcz/deja-vu/issues/3640)."""

from datetime import timedelta
from pathlib import Path

import pytest
import zstandard

from orchestration.ingest.archive.archive import Archive
from tests.parsed import NOW, context, discover, parse_archive, parse_folder, rows_of
from tests.rollouts import Rollout, write_rollouts


def written(folder: Path) -> Path:
    """One rollout in a folder of sessions; its path."""
    rollout = Rollout()
    rollout.prompt("Fix it.")
    rollout.runs("make", "ok " * 40_000)
    rollout.says("Fixed.")
    rollout.used(100, output=10)
    rollout.done()
    (path,) = write_rollouts(folder, rollout).rglob("*.jsonl")
    return path


def pack(path: Path) -> Path:
    """What Codex makes of a rollout: a frame that does not say how long its content is."""
    packer = zstandard.ZstdCompressor().compressobj()
    packed = path.with_name(f"{path.name}.zst")
    packed.write_bytes(packer.compress(path.read_bytes()) + packer.flush())
    path.unlink()
    return packed


def test_packed_rollout_is_read_as_the_one_that_it_was(tmp_path: Path) -> None:
    path = written(tmp_path / "sessions")
    plain = parse_folder(tmp_path / "sessions", tmp_path / "plain")
    pack(path)
    packed = parse_folder(tmp_path / "sessions", tmp_path / "packed")
    assert rows_of(packed) == rows_of(plain)
    assert [row["content_hash"] for row in packed.files] == [row["content_hash"] for row in plain.files]


def test_packed_rollout_that_was_appended_to_is_read_to_its_end(tmp_path: Path) -> None:
    path = written(tmp_path / "sessions")
    plain = parse_folder(tmp_path / "sessions", tmp_path / "plain")
    content, packer = path.read_bytes(), zstandard.ZstdCompressor()
    middle = content.index(b"\n") + 1
    packed = pack(path)
    packed.write_bytes(packer.compress(content[:middle]) + packer.compress(content[middle:]))
    assert rows_of(parse_folder(tmp_path / "sessions", tmp_path / "packed")) == rows_of(plain)


def test_rollout_that_is_packed_after_it_was_archived_is_the_same_version(tmp_path: Path) -> None:
    path, settings = written(tmp_path / "sessions"), context()
    with Archive.open(tmp_path / "archive", start_date=settings.start_date) as archive:
        archive.store(discover([str(tmp_path)]), now=NOW)
        before = rows_of(parse_archive(archive))
        pack(path)
        report = archive.store(discover([str(tmp_path / "sessions")]), now=NOW + timedelta(days=8))
        assert (report.known_version_count, report.new_version_count) == (1, 0)
        assert rows_of(parse_archive(archive)) == before
        again = archive.store(discover([str(tmp_path / "sessions")]), now=NOW + timedelta(days=9))
        assert again.unchanged_file_count == 1


@pytest.mark.parametrize("content", [b"", b"no frame at all", "half"])
def test_packed_file_that_is_damaged_is_reported_and_the_rest_read(
    tmp_path: Path, content: bytes | str
) -> None:
    path = pack(written(tmp_path / "sessions"))
    whole = path.read_bytes()
    (path.parent / "rollout-other.jsonl.zst").write_bytes(
        content if isinstance(content, bytes) else whole[: len(whole) // 2]
    )
    tables = parse_folder(tmp_path / "sessions", tmp_path / "archive")
    assert len(tables.sessions) == 1
    reported = [name.name for name, _ in (*tables.report.unreadable, *tables.report.unknown)]
    assert reported == ["rollout-other.jsonl.zst"]


def test_packed_file_of_another_kind_is_none_of_ours(tmp_path: Path) -> None:
    path = pack(written(tmp_path / "sessions"))
    (path.parent / "core.zst").write_bytes(path.read_bytes())
    found = discover([str(tmp_path / "sessions")])
    assert [file.path for file in found.files] == [path]
    assert found.other_file_count == 1
