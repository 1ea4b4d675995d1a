"""What becomes of good, bad, unchanged, changed and emptied dates; labels and estimates likewise."""

import errno
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.verdict import Verdict, gate_results_schema
from orchestration.ingest.archive.days import DayInput
from orchestration.ingest.rows import RawRecordCount, RawSession, arrow_schema, to_arrow
from orchestration.landing.chunk import ChunkLimits, LandingReport, LandingRun, UnjudgedDateError
from orchestration.landing.disk_space import DiskFullError
from orchestration.landing.journal import HomeLockedError
from orchestration.landing.lake import (
    LakeTable,
    PartitionWriter,
    landed_days,
    raw_lake_tables,
    read_partition,
)
from orchestration.landing.landed import (
    WantedRows,
    dirty_dates,
    held_dates,
    landed_dates,
    raw_tables,
    read_landed,
    read_stopped,
    stopped_dates,
)
from orchestration.landing.landing import LabelDate, land_dates, land_labels
from orchestration.landing.set_aside import SetAsideLimits
from tests.fakes.landing_days import (
    BAD_SESSION,
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    InventedArchive,
    SessionJudge,
    lake_bytes,
    landing_run,
    parse_sessions,
    parser,
)

RAW = {table.name: table for table in raw_lake_tables()}


def two_days() -> InventedArchive:
    return InventedArchive({MONDAY: {"a": 2, "b": 0}, TUESDAY: {"c": 1}}, {MONDAY: ["hash-1"]})


def dirty(
    archive: InventedArchive, home: Path, *, salt: str = "salt", skip_stopped: bool = False
) -> list[date]:
    wanted = WantedRows(archive, home / "lake", salt)
    return dirty_dates(home / "lake", raw_tables(), wanted, skip_stopped=skip_stopped)


def land(
    home: Path,
    archive: InventedArchive,
    judge: SessionJudge | None = None,
    *,
    run_id: str = "run-1",
    force: bool = False,
) -> LandingReport:
    run = landing_run(judge, run_id=run_id)
    return land_dates(
        home,
        archive,
        dirty(archive, home) or archive.dates(),
        parser=parser(),
        run=run,
        force=force,
    )


def session_ids(home: Path, day: date) -> list[str]:
    return list(read_partition(home / "lake", RAW["raw_sessions"], day)["session_id"].to_pylist())


def test_dates_land_with_their_state(data_home: Path) -> None:
    report = land(data_home, two_days())
    assert list(report.landed) == [MONDAY, TUESDAY]
    assert session_ids(data_home, MONDAY) == ["a", "b"]
    state = read_landed(data_home / "lake", MONDAY)
    assert state == report.landed[MONDAY]
    assert state is not None
    assert state.row_counts == {
        "raw_files": 1,
        "raw_quarantined_lines": 1,
        "raw_redactions": 2,
        "raw_sessions": 2,
        "raw_turns": 2,
    }
    assert state.redaction_counts == {"e-mail": 4}
    assert (state.verdict, state.version, state.run_id) == ("passed", "parser-1", "run-1")
    assert report.row_count("raw_sessions") == 3


def test_table_without_rows_on_a_date_has_no_file_that_date(data_home: Path) -> None:
    land(data_home, two_days())
    assert landed_days(data_home / "lake", RAW["raw_files"]) == [MONDAY]
    assert landed_days(data_home / "lake", RAW["raw_events"]) == []


def test_scans_land_with_parser_version_and_keyed_path(data_home: Path) -> None:
    land(data_home, two_days())
    (file,) = read_partition(data_home / "lake", RAW["raw_files"], MONDAY).to_pylist()
    (line,) = read_partition(data_home / "lake", RAW["raw_quarantined_lines"], MONDAY).to_pylist()
    assert (file["path_id"], file["parser_version"]) == ("keyed-plain", "parser-1")
    assert line["path_id"] == "keyed-plain"


def test_bad_date_keeps_its_last_good_state_and_good_dates_land(data_home: Path) -> None:
    archive = two_days()
    land(data_home, archive)
    before = lake_bytes(data_home)
    archive.sessions = {MONDAY: {"a": 2, "b": 0, BAD_SESSION: 1}, TUESDAY: {"c": 1, "d": 1}}
    report = land(data_home, archive, run_id="run-2")
    assert report.has_stopped
    (stopped,) = report.stopped
    assert stopped.day == MONDAY
    assert stopped.messages == (
        "raw_sessions 2026-03-02: raw_sessions.session_is_good fails for 1 of 3 rows: "
        "Mend the session and run again.",
    )
    assert session_ids(data_home, TUESDAY) == ["c", "d"]
    after = lake_bytes(data_home)
    kept = [name for name in before if MONDAY.isoformat() in name]
    assert kept
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    state = read_landed(data_home / "lake", MONDAY)
    assert state is not None
    assert state.run_id == "run-1"
    assert list((data_home / "lake" / ".staging").iterdir()) == []


def test_stopped_date_stays_dirty_but_a_sensor_need_not_ask_again(data_home: Path) -> None:
    archive = InventedArchive({MONDAY: {BAD_SESSION: 1}})
    land(data_home, archive)
    lake_dir = data_home / "lake"
    assert stopped_dates(lake_dir) == [MONDAY]
    assert dirty(archive, data_home) == [MONDAY]
    assert dirty(archive, data_home, skip_stopped=True) == []
    archive.sessions[MONDAY][BAD_SESSION] = 2
    assert dirty(archive, data_home, skip_stopped=True) == [MONDAY]


def test_mended_date_lands_and_is_no_longer_stopped(data_home: Path) -> None:
    archive = InventedArchive({MONDAY: {BAD_SESSION: 1}})
    land(data_home, archive)
    archive.sessions = {MONDAY: {"good": 1}}
    report = land(data_home, archive, run_id="run-2")
    assert list(report.landed) == [MONDAY]
    assert read_stopped(data_home / "lake", MONDAY) is None


def test_refused_state_that_is_withdrawn_is_forgotten(data_home: Path) -> None:
    archive = InventedArchive({MONDAY: {"good": 1}})
    land(data_home, archive)
    archive.sessions = {MONDAY: {BAD_SESSION: 1}}
    land(data_home, archive, run_id="run-2")
    archive.sessions = {MONDAY: {"good": 1}}
    wanted = WantedRows(archive, data_home / "lake", "salt")
    assert held_dates(data_home / "lake", raw_tables(), wanted) == {}
    assert land(data_home, archive, run_id="run-3").unchanged == (MONDAY,)
    assert stopped_dates(data_home / "lake") == []


def test_unchanged_dates_are_left_alone_unless_forced(data_home: Path) -> None:
    archive, judge = two_days(), SessionJudge()
    land(data_home, archive)
    assert dirty(archive, data_home) == []
    assert land(data_home, archive, judge).unchanged == (MONDAY, TUESDAY)
    assert judge.calls == []
    assert list(land(data_home, archive, judge, force=True).landed) == [MONDAY, TUESDAY]


def test_new_salt_or_a_lost_file_makes_dates_dirty(data_home: Path) -> None:
    archive = two_days()
    land(data_home, archive)
    lake_dir = data_home / "lake"
    assert dirty(archive, data_home, salt="new parser") == [MONDAY, TUESDAY]
    (lake_dir / "raw" / "raw_turns" / f"session_date={TUESDAY}" / "part.parquet").unlink()
    assert dirty(archive, data_home) == [TUESDAY]


def test_emptied_date_loses_its_files(data_home: Path) -> None:
    archive = two_days()
    land(data_home, archive)
    archive.sessions = {TUESDAY: {"a": 2, "b": 0, "c": 1}}
    archive.files = {}
    lake_dir = data_home / "lake"
    assert dirty(archive, data_home) == [MONDAY, TUESDAY]
    report = land(data_home, archive, run_id="run-2")
    assert report.emptied == (MONDAY,)
    assert not [name for name in lake_bytes(data_home) if MONDAY.isoformat() in name]
    assert landed_dates(lake_dir) == [TUESDAY]
    assert dirty(archive, data_home) == []


def test_table_that_lost_its_rows_loses_its_file(data_home: Path) -> None:
    archive = InventedArchive({MONDAY: {"a": 2}})
    land(data_home, archive)
    archive.sessions = {MONDAY: {"a": 0}}
    land(data_home, archive)
    assert landed_days(data_home / "lake", RAW["raw_turns"]) == []
    assert landed_days(data_home / "lake", RAW["raw_sessions"]) == [MONDAY]


def test_one_call_judges_all_dates_of_a_chunk(data_home: Path) -> None:
    archive = InventedArchive({MONDAY: {"a": 1}, TUESDAY: {"b": 1}, WEDNESDAY: {"c": 1}})
    judge = SessionJudge()
    run = landing_run(judge, limits=ChunkLimits(max_dates=2))
    progress: list[tuple[int, int]] = []
    land_dates(
        data_home,
        archive,
        archive.dates(),
        parser=parser(),
        run=run,
        progress=lambda done, total: progress.append((done, total)),
    )
    assert judge.calls == [[MONDAY, TUESDAY], [WEDNESDAY]]
    assert progress == [(1, 3), (2, 3), (3, 3)]


def test_chunk_is_cut_by_staged_bytes_too(data_home: Path) -> None:
    judge = SessionJudge()
    run = landing_run(judge, limits=ChunkLimits(max_bytes=1))
    archive = two_days()
    land_dates(data_home, archive, archive.dates(), parser=parser(), run=run)
    assert judge.calls == [[MONDAY], [TUESDAY]]


def test_warning_lands_and_is_recorded(data_home: Path) -> None:
    report = land(data_home, two_days(), SessionJudge(warned=[MONDAY]))
    assert {day: state.verdict for day, state in report.landed.items()} == {
        MONDAY: "warned",
        TUESDAY: "passed",
    }


def test_verdicts_of_landed_and_stopped_dates_go_to_gate_results(data_home: Path) -> None:
    land(data_home, InventedArchive({MONDAY: {"a": 1}, TUESDAY: {BAD_SESSION: 1}}))
    folder = data_home / "lake" / "gate_results"
    tables = [
        pq.read_table(folder / f"gate_date={day}" / "run-1.raw.parquet", partitioning=None)
        for day in (MONDAY, TUESDAY)
    ]
    assert [table["status"].to_pylist() for table in tables] == [["pass"], ["fail"]]
    assert tables[0].cast(gate_results_schema())["checked_at"].to_pylist() == [NOW.replace(tzinfo=None)]
    assert (folder / "gate_date=1970-01-01" / "part.parquet").exists()


def test_date_without_verdict_does_not_land(data_home: Path) -> None:
    archive = two_days()
    run = LandingRun("run-1", NOW, judge=lambda _staged: [])
    with pytest.raises(UnjudgedDateError, match="2026-03-02"):
        land_dates(data_home, archive, archive.dates(), parser=parser(), run=run)
    assert landed_days(data_home / "lake", RAW["raw_sessions"]) == []


def test_error_while_parsing_stops_the_run_after_landing_earlier_dates(data_home: Path) -> None:
    def parse(day_input: DayInput) -> Iterator[dict[str, pa.Table]]:
        yield from parse_sessions(day_input)
        if day_input.day == TUESDAY:
            raise RuntimeError("a bug")

    archive = InventedArchive({MONDAY: {"a": 1}, TUESDAY: {"b": 1}, WEDNESDAY: {"c": 1}})
    with pytest.raises(RuntimeError, match="a bug"):
        land_dates(data_home, archive, archive.dates(), parser=parser(parse), run=landing_run())
    assert landed_dates(data_home / "lake") == [MONDAY]
    assert list((data_home / "lake" / ".staging").iterdir()) == []


def test_unknown_table_stops_the_run(data_home: Path) -> None:
    def parse(day_input: DayInput) -> Iterator[dict[str, pa.Table]]:
        yield {"raw_surprises": pa.table({"a": [1]})}

    archive = InventedArchive({MONDAY: {"a": 1}})
    with pytest.raises(KeyError, match="raw_surprises"):
        land_dates(data_home, archive, archive.dates(), parser=parser(parse), run=landing_run())


def test_full_disk_keeps_the_last_good_state_and_says_what_to_free(
    data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = two_days()
    land(data_home, archive)
    before = lake_bytes(data_home)
    write = PartitionWriter.write

    def full(writer: PartitionWriter, table: pa.Table) -> None:
        if table.schema.names == RAW["raw_turns"].schema.names:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(writer, table)

    archive.sessions[TUESDAY]["new"] = 3
    with monkeypatch.context() as patch:
        patch.setattr(PartitionWriter, "write", full)
        with pytest.raises(DiskFullError, match="never the archive"):
            land(data_home, archive, run_id="run-2")
    assert lake_bytes(data_home) == before
    assert list((data_home / "lake" / ".staging").iterdir()) == []
    assert list(land(data_home, archive, run_id="run-3").landed) == [TUESDAY]


def test_two_writers_do_not_mix(data_home: Path) -> None:
    raised: list[BaseException] = []

    def second() -> None:
        try:
            land(data_home, two_days(), run_id="second")
        except HomeLockedError as error:
            raised.append(error)

    def parse(day_input: DayInput) -> Iterator[dict[str, pa.Table]]:
        thread = Thread(target=second)
        thread.start()
        thread.join()
        yield from parse_sessions(day_input)

    archive = InventedArchive({MONDAY: {"a": 1}})
    report = land_dates(data_home, archive, [MONDAY], parser=parser(parse), run=landing_run())
    assert len(raised) == 1
    assert list(report.landed) == [MONDAY]


days = st.dictionaries(
    st.sampled_from([MONDAY + timedelta(days=offset) for offset in range(4)]),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3), max_size=4),
    max_size=4,
)


@settings(max_examples=12, deadline=None)
@given(first=days, second=days)
def test_landing_twice_is_landing_once_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[date, dict[str, int]],
    second: dict[date, dict[str, int]],
) -> None:
    homes = [tmp_path_factory.mktemp("home") for _ in range(2)]
    for sessions in (first, second, second):
        land(homes[0], InventedArchive(sessions))
    land(homes[0], InventedArchive(second), force=True)
    land(homes[1], InventedArchive(second))
    assert lake_bytes(homes[0]) == lake_bytes(homes[1])


LABELS = arrow_schema(RawSession).remove_metadata()
ITEMS = pa.schema([pa.field("unit_id", pa.string()), pa.field("item", pa.string())])


def labels(home: Path, *dates: LabelDate, judge: SessionJudge | None = None) -> LandingReport:
    return land_labels(
        home,
        "outcome",
        dates,
        schemas={"outcome": LABELS, "outcome_items": ITEMS},
        version="1",
        run=landing_run(judge, run_id="labelling"),
    )


def label_date(day: date, *unit_ids: str) -> LabelDate:
    rows = [
        table["raw_sessions"]
        for table in parse_sessions(InventedArchive({day: dict.fromkeys(unit_ids, 0)}).day(day))
    ]
    items = pa.table({"unit_id": list(unit_ids), "item": ["x"] * len(unit_ids)}, schema=ITEMS)
    outcome = pa.concat_tables(rows) if rows else LABELS.empty_table()
    return LabelDate(day, f"labels of {unit_ids}", {"outcome": outcome, "outcome_items": items})


def no_labels(day: date) -> LabelDate:
    """A date that should have no labels."""
    return LabelDate(day, "", {})


class LabelJudge(SessionJudge):
    """Judges labels as the session judge judges sessions."""

    def __call__(self, staged: Mapping[date, Mapping[str, Path]]) -> list[Verdict]:
        return super().__call__({day: {"raw_sessions": files["outcome"]} for day, files in staged.items()})


def test_labels_replace_their_date_and_have_a_state_of_their_own(data_home: Path) -> None:
    labels(data_home, label_date(MONDAY, "a", "b"), label_date(TUESDAY, "c"))
    once = lake_bytes(data_home)
    labels(data_home, label_date(MONDAY, "a", "b"), label_date(TUESDAY, "c"))
    assert lake_bytes(data_home) == once
    state = read_landed(data_home / "lake", MONDAY, scope="labels/outcome")
    assert state is not None
    assert state.fingerprint == "labels of ('a', 'b')"
    assert landed_dates(data_home / "lake") == []
    assert (data_home / "lake/labels/outcome_items/session_date=1970-01-01/outcome.parquet").exists()


def test_labels_that_a_gate_stops_keep_their_last_good_state(data_home: Path) -> None:
    labels(data_home, label_date(MONDAY, "a"), judge=LabelJudge())
    before = lake_bytes(data_home)
    report = labels(data_home, label_date(MONDAY, BAD_SESSION), judge=LabelJudge())
    assert [stopped.day for stopped in report.stopped] == [MONDAY]
    assert lake_bytes(data_home) == before
    assert stopped_dates(data_home / "lake", scope="labels/outcome") == [MONDAY]


def test_labels_of_a_date_without_units_are_removed(data_home: Path) -> None:
    labels(data_home, label_date(MONDAY, "a"), label_date(TUESDAY, "b"))
    report = labels(data_home, no_labels(MONDAY))
    assert report.emptied == (MONDAY,)
    assert landed_days(data_home / "lake", LakeTable("labels/outcome", LABELS)) == [TUESDAY]


def test_a_date_on_which_nobody_could_be_asked_lands_without_rows_and_is_not_dirty_for_ever(
    data_home: Path,
) -> None:
    report = labels(data_home, label_date(MONDAY))
    assert list(report.landed) == [MONDAY]
    state = read_landed(data_home / "lake", MONDAY, scope="labels/outcome")
    assert state is not None
    assert (state.fingerprint, dict(state.row_counts)) == ("labels of ()", {})
    assert landed_days(data_home / "lake", LakeTable("labels/outcome", LABELS)) == []


class RowJudge(SessionJudge):
    """Refuses rows of sessions whose name begins with `bad`, and says whose they are; or the whole date."""

    whole = False

    def __call__(self, staged: Mapping[date, Mapping[str, Path]]) -> list[Verdict]:
        verdicts = []
        for day, files in sorted(staged.items()):
            self.calls.append([day])
            ids = pq.read_table(files["raw_turns"])["session_id"].to_pylist() if "raw_turns" in files else []
            bad = tuple(sorted({each for each in ids if each.startswith("bad")}))
            verdicts.append(
                Verdict(
                    "raw_turns", "raw_turns", day, "raw_turns.turn_is_good", "fail",
                    "fail" if bad or self.whole else "pass", len(bad), len(ids), "Mend it.",
                    sessions=() if self.whole else bad,
                )
            )  # fmt: skip
        return verdicts


def counted_day(*session_ids: str) -> InventedArchive:
    return InventedArchive({MONDAY: dict.fromkeys(session_ids, 1)}, {MONDAY: ["hash-1"]})


GOOD = tuple(f"good-{number:03d}" for number in range(97))


@pytest.mark.parametrize("bad", [("bad-1",), ("bad-1", "bad-2")])
@pytest.mark.parametrize("good", [GOOD, GOOD[:1], ()], ids=["among many", "beside one", "alone"])
def test_few_bad_sessions_are_set_aside_and_the_date_lands(
    data_home: Path, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    report = land(data_home, counted_day(*good, *bad), RowJudge())
    assert not report.has_stopped
    assert session_ids(data_home, MONDAY) == list(good)
    rows = read_partition(data_home / "lake", RAW["raw_set_aside_sessions"], MONDAY).to_pylist()
    assert [(row["session_id"], row["reason"], row["rule_ids"]) for row in rows] == [
        (each, "rule_broken", "raw_turns.turn_is_good") for each in bad
    ]
    for name in ("raw_turns", "raw_redactions"):
        kept = read_partition(data_home / "lake", RAW[name], MONDAY)["session_id"].to_pylist()
        assert kept == list(good)
    state = report.landed[MONDAY]
    assert state.verdict == "warned"
    assert sum(state.redaction_counts.values()) == 2 * len(good)
    assert {verdict.status for verdict in report.verdicts} == {"warn"}
    assert f"set aside with {len(bad)} session" in report.verdicts[0].message


def test_sessions_in_are_sessions_landed_and_set_aside(data_home: Path) -> None:
    report = land(data_home, counted_day(*GOOD, "bad-1", "bad-2"), RowJudge())
    counts = report.landed[MONDAY].row_counts
    assert counts["raw_sessions"] + counts["raw_set_aside_sessions"] == len(GOOD) + 2


def test_more_than_the_share_stops_the_date_and_says_so(data_home: Path) -> None:
    bad = ("bad-1", "bad-2", "bad-3")
    report = land(data_home, counted_day(*GOOD, *bad), RowJudge())
    assert session_ids(data_home, MONDAY) == []
    (stopped,) = report.stopped
    assert "3 of 100 sessions would be set aside" in " ".join(stopped.messages)
    assert "raw_turns.turn_is_good" in " ".join(stopped.messages)


@pytest.mark.parametrize(("share", "least", "lands"), [(0.03, 3, True), (0.0, 4, True), (0.0, 1, False)])
def test_share_and_least_number_are_settable(
    data_home: Path, share: float, least: int, *, lands: bool
) -> None:
    run = replace(landing_run(RowJudge()), set_aside=SetAsideLimits(share, least))
    archive = counted_day(*GOOD, "bad-1", "bad-2", "bad-3")
    report = land_dates(data_home, archive, archive.dates(), parser=parser(), run=run)
    assert report.has_stopped != lands


def test_rule_about_the_whole_stops_the_date_whatever_is_set_aside(data_home: Path) -> None:
    judge = RowJudge()
    judge.whole = True
    assert land(data_home, counted_day(*GOOD, "bad-1"), judge).has_stopped


def test_setting_aside_twice_gives_the_same_bytes_and_healing_brings_the_session_back(
    data_home: Path,
) -> None:
    archive = counted_day(*GOOD[:5], "bad-1")
    land(data_home, archive, RowJudge())
    once = lake_bytes(data_home)
    land(data_home, archive, RowJudge(), run_id="run-2", force=True)
    assert lake_bytes(data_home) == once
    land(data_home, archive, SessionJudge(), run_id="run-3", force=True)
    assert session_ids(data_home, MONDAY) == ["bad-1", *GOOD[:5]]
    assert not (data_home / "lake/raw/raw_set_aside_sessions/session_date=2026-03-02").exists()


def test_objects_of_a_session_that_is_set_aside_stay_counted(data_home: Path) -> None:
    def parse(day_input: DayInput) -> Iterator[dict[str, pa.Table]]:
        for session, tables in zip(day_input.sessions, parse_sessions(day_input), strict=True):
            counts = [
                RawRecordCount("hash-1", "claude_code", session.session_id, "user", None, kind, None, number)
                for kind, number in (("row", 3), ("counted", 2), ("duplicate", 1))
            ]
            yield tables | {"raw_record_counts": to_arrow(counts, arrow_schema(RawRecordCount))}

    archive = counted_day("bad-1", "good-1")
    run = landing_run(RowJudge())
    land_dates(data_home, archive, archive.dates(), parser=parser(parse), run=run)
    counts = read_partition(data_home / "lake", RAW["raw_record_counts"], MONDAY).to_pylist()
    assert sum(row["object_count"] for row in counts) == 12
    found = [(row["disposition"], row["object_count"]) for row in counts if row["session_id"] == "bad-1"]
    assert found == [("set_aside", 6)]
    (row,) = read_partition(data_home / "lake", RAW["raw_set_aside_sessions"], MONDAY).to_pylist()
    assert (row["source"], row["file_count"], row["object_count"]) == ("claude_code", 1, 6)
