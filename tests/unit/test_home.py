"""A data home is its owner's alone, remembers what it is, and becomes nothing else by accident."""

import os
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.commands.doctor import examine
from orchestration.commands.printing import passed_over
from orchestration.home import OtherHomeError, change_home, open_home
from orchestration.home_folder import HomeError, open_paths
from orchestration.home_record import HOME_FILE, REMEMBERED, read_record, remember
from orchestration.run import log_archived
from orchestration.run_log import logging_to
from orchestration.settings import Settings, SettingsError, load_settings, usual_places
from orchestration.stages import archive_transcripts, discover


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def doctor_of_home(**given: object) -> str:
    return next(each.health for each in examine(load_settings(**given)) if each.subject == "data home")


def remembered(home: Path, **given: object) -> Settings:
    """The settings of a home that has had its first run with them."""
    settings = open_home(load_settings(home=home, **given))
    remember(settings)
    return settings


def test_a_home_is_made_for_its_owner_alone_down_to_what_is_made_in_it_later(data_home: Path) -> None:
    with umask(0o022):
        open_home(load_settings())
        (data_home / "lake" / "raw").mkdir(parents=True)
        (data_home / "lake" / "raw" / "part.parquet").write_bytes(b"")
    assert mode_of(data_home) == 0o700
    assert list(open_paths(data_home)) == []
    assert doctor_of_home() == "well"


@pytest.mark.parametrize("loosened", ["", "lake", "published"])
def test_a_home_that_stands_open_is_closed_to_the_last_file(loosened: str, data_home: Path) -> None:
    deep = data_home / "published" / "releases" / "r1" / "parquet"
    deep.mkdir(parents=True)
    (data_home / "lake").mkdir()
    file = deep / "rows.parquet"
    file.write_bytes(b"rows")
    remembered(data_home)
    for path in (data_home / loosened, file):
        path.chmod(0o755)
    assert doctor_of_home() == "broken"
    open_home(load_settings())
    assert list(open_paths(data_home)) == []
    assert mode_of(file) == 0o700
    assert doctor_of_home() == "well"


def test_a_link_in_a_home_leaves_what_it_points_to_alone(data_home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "shared"
    outside.mkdir(mode=0o755)
    data_home.mkdir()
    (data_home / "archive").symlink_to(outside)
    open_home(load_settings())
    assert mode_of(outside) == 0o755


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda home: home.write_text("a file"), "is not a folder"),
        (lambda home: home.mkdir(mode=0o500), "read-only"),
        (lambda home: home.symlink_to(home.parent / "nowhere"), "link to nothing"),
        (lambda home: ((home / "archive").mkdir(parents=True), (home / "archive").chmod(0o500)), "read-only"),
    ],
)
def test_what_cannot_be_a_home_is_refused_with_a_way_out(made: object, said: str, data_home: Path) -> None:
    assert callable(made)
    made(data_home)
    with pytest.raises(HomeError, match=said):
        open_home(load_settings())
    assert doctor_of_home() == "broken"


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="cannot be"):
        open_home(load_settings(home=tmp_path / "file" / "home"))


def test_a_home_of_another_user_is_refused(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_home.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4711)
    with pytest.raises(HomeError, match="belongs to"):
        open_home(load_settings())


def test_a_folder_of_other_things_is_no_home_and_is_left_as_it_is(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir(mode=0o755)
    (documents / "letter.txt").write_text("dear")
    with pytest.raises(HomeError, match=r"letter\.txt"):
        open_home(load_settings(home=documents))
    assert mode_of(documents) == 0o755


def test_transcripts_may_lie_in_the_home_that_is_fed_with_them(data_home: Path) -> None:
    (data_home / "exports" / "mine").mkdir(parents=True)
    assert open_home(load_settings(transcripts=str(data_home / "exports"))).home == data_home


def test_looking_makes_no_home(data_home: Path) -> None:
    open_home(load_settings(), make=False)
    assert not data_home.exists()


def test_the_first_run_writes_down_what_the_home_is(data_home: Path) -> None:
    remembered(data_home, mode="personal", transcripts="/my/transcripts", time_zone="Europe/Berlin")
    kept = tomllib.loads((data_home / HOME_FILE).read_text(encoding="utf-8"))
    assert set(kept) == {"format", "written_by", *REMEMBERED}
    assert kept["mode"] == "personal"
    assert kept["transcripts"] == ["/my/transcripts"]
    assert kept["time_zone"] == "Europe/Berlin"
    assert kept["start_date"] == date(2025, 2, 24)


@pytest.mark.parametrize("name", ["it's mine", 'say "hello"', "a\\b", "übung #1 $HOME"])
def test_any_path_is_remembered_as_it_is(name: str, data_home: Path, tmp_path: Path) -> None:
    remembered(data_home, transcripts=str(tmp_path / name))
    record = read_record(data_home)
    assert record is not None
    assert record.transcripts == (str(tmp_path / name),)


def test_a_plain_run_of_a_personal_home_stays_personal(
    data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered(data_home, mode="personal", transcripts="/my/transcripts", min_users=3)
    monkeypatch.delenv("SESSIONMART_TRANSCRIPTS")
    settings = open_home(load_settings())
    assert settings.mode == "personal"
    assert settings.transcripts == ("/my/transcripts",)
    assert settings.min_users == 3


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ({"mode": "personal"}, {"mode": "team"}),
        ({"transcripts": "/mine"}, {"transcripts": "/colleagues"}),
        ({"transcripts": "/mine"}, {"transcripts": "/mine:/colleagues"}),
        ({"time_zone": "Europe/Berlin"}, {"time_zone": "UTC"}),
        ({"min_users": 5}, {"min_users": 2}),
        ({}, {"min_sessions": 3}),
        ({}, {"start_date": "2026-01-01"}),
    ],
)
def test_a_contradiction_is_refused_and_says_how_to_change_the_home(
    first: dict[str, object], later: dict[str, object], data_home: Path
) -> None:
    remembered(data_home, **first)
    before = read_record(data_home)
    with pytest.raises(OtherHomeError, match="something else") as refused:
        open_home(load_settings(**later))
    (name,) = later
    assert f"settings --home {data_home} --set {name}=" in str(refused.value)
    assert read_record(data_home) == before


def test_the_environment_contradicts_like_an_option(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered(data_home, mode="personal")
    monkeypatch.setenv("SESSIONMART_MODE", "team")
    with pytest.raises(OtherHomeError, match="SESSIONMART_MODE says team"):
        open_home(load_settings())


def test_what_neither_takes_in_nor_publishes_goes_by_the_home(
    data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered(data_home, mode="personal")
    monkeypatch.setenv("SESSIONMART_MODE", "team")
    assert open_home(load_settings(), as_kept=True).mode == "personal"


@pytest.mark.parametrize("same", ["{0}/", "{0}/../transcripts", "{0}:{0}"])
def test_the_same_folder_said_otherwise_is_no_contradiction(
    same: str, data_home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "transcripts"
    folder.mkdir()
    remembered(data_home, transcripts=str(folder))
    assert open_home(load_settings(transcripts=same.format(folder))).transcripts == (str(folder),)


def test_a_relative_folder_is_remembered_where_it_was(
    data_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    remembered(data_home, transcripts="mine")
    record = read_record(data_home)
    assert record is not None
    assert record.transcripts == (str(tmp_path / "mine"),)


def test_a_person_who_says_yes_changes_the_home(data_home: Path) -> None:
    remembered(data_home, mode="personal")
    asked: list[str] = []

    def yes(question: str) -> bool:
        asked.append(question)
        return True

    assert open_home(load_settings(mode="team"), confirm=yes).mode == "team"
    assert "mode from personal to team" in asked[0]
    record = read_record(data_home)
    assert record is not None
    assert record.mode == "team"


def test_a_person_who_says_no_changes_nothing(data_home: Path) -> None:
    remembered(data_home, mode="personal")
    with pytest.raises(OtherHomeError):
        open_home(load_settings(mode="team"), confirm=lambda _question: False)
    assert open_home(load_settings()).mode == "personal"


def test_a_home_is_changed_on_purpose(data_home: Path) -> None:
    remembered(data_home, mode="personal", min_users=4)
    (line,) = change_home(load_settings(), {"mode": "team"})
    assert line == "mode: team (before: personal)"
    settings = open_home(load_settings())
    assert (settings.mode, settings.min_users) == ("team", 4)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"mode": "everybody"}, SettingsError), ({"workers": "3"}, HomeError), ({"moed": "team"}, HomeError)],
)
def test_a_wrong_change_is_refused(changes: dict[str, str], error: type[Exception], data_home: Path) -> None:
    remembered(data_home)
    before = (data_home / HOME_FILE).read_bytes()
    with pytest.raises(error):
        change_home(load_settings(), changes)
    assert (data_home / HOME_FILE).read_bytes() == before


def test_a_home_without_memory_is_what_its_release_was(data_home: Path) -> None:
    release = data_home / "published" / "releases" / "r1"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text(
        '{"settings": {"mode": "personal", "min_users": 6, "min_sessions": 20, "time_zone": "Asia/Tokyo"}}'
    )
    (data_home / "published" / "current").symlink_to("releases/r1")
    settings = open_home(load_settings())
    assert (settings.mode, settings.min_users, settings.min_sessions) == ("personal", 6, 20)
    assert settings.time_zone == "Asia/Tokyo"
    assert open_home(load_settings(mode="team")).mode == "team"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("mode = ", "cannot be read"),
        ("format = 7\nwritten_by = '9.0'\n", "another version"),
        ("format = 1\nmode = 'team'\n", "wrong values"),
    ],
)
def test_a_damaged_memory_is_not_guessed_at(content: str, said: str, data_home: Path) -> None:
    data_home.mkdir(mode=0o700)
    (data_home / HOME_FILE).write_text(content)
    with pytest.raises(HomeError, match=said):
        open_home(load_settings())


def test_the_usual_places_are_those_of_every_source(monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.ingest.sources import SOURCES

    monkeypatch.delenv("SESSIONMART_TRANSCRIPTS")
    assert load_settings().transcripts == usual_places()
    assert all(set(source.usual_places) <= set(usual_places()) for source in SOURCES.values())


def test_a_usual_place_that_no_agent_uses_here_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    used, unused = tmp_path / "agents" / "used", tmp_path / "agents" / "unused"
    monkeypatch.setattr("orchestration.stages.usual_places", lambda: (str(used), "~/agents/unused"))
    used.mkdir(parents=True)
    found = discover(load_settings(transcripts=(str(used), str(unused))))
    assert found.unreadable == ()
    used.rmdir()
    found = discover(load_settings(transcripts=(str(used), str(unused))))
    assert [path for path, _ in found.unreadable] == [unused, used]


def test_a_named_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    found = discover(load_settings(transcripts=(str(tmp_path / "there"), str(tmp_path / "absent"))))
    assert [path for path, _ in found.unreadable] == [tmp_path / "absent"]


def test_what_was_passed_over_is_counted_in_the_summary_and_named_in_the_log(
    data_home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for number in range(5):
        (folder / f"history-{number}.jsonl").write_text('{"display": "ls", "timestamp": 1}\n')
    (folder / "picture.png").write_bytes(b"\x89PNG")
    settings = open_home(load_settings(transcripts=str(folder)))
    report = archive_transcripts(settings, discover(settings), now=datetime(2026, 6, 1, tzinfo=UTC))
    lines = list(passed_over(report))
    assert any("5 files named like a transcript" in line for line in lines)
    assert any("1 file of other kinds" in line for line in lines)
    assert sum(str(folder) in line for line in lines) == 3
    with logging_to(settings.log_path, title="a test"):
        log_archived(report)
    logged = settings.log_path.read_text(encoding="utf-8")
    assert all(f"history-{number}.jsonl" in logged for number in range(5))
    assert "display" not in logged
    assert not (data_home / HOME_FILE).exists()  # no session: the right folder may still be named
