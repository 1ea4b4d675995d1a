"""The doctor finds what keeps a run from working, says what to do, and changes nothing."""

import socket
from datetime import date
from pathlib import Path

import pytest

from orchestration.commands.doctor import examine, is_broken
from orchestration.commands.findings import Finding
from orchestration.ingest.pseudonyms import load_or_create_key
from orchestration.ingest.rows import RawDrift, RawRecordCount
from orchestration.landing.drift_kinds import DriftKind, drift_kinds
from orchestration.landing.journal import home_lock, write_json
from orchestration.landing.landed import StoppedState, as_json, stopped_path
from orchestration.setting_sources import source_of
from orchestration.settings import load_settings
from tests.raw_lake import Lake, make


def finding(subject: str, **settings: object) -> Finding:
    found = [each for each in examine(load_settings(**settings)) if each.subject == subject]
    assert len(found) == 1, subject
    return found[0]


def test_a_fresh_checkout_is_not_broken_for_want_of_data(data_home: Path) -> None:
    broken = [each.subject for each in examine(load_settings()) if each.health == "broken"]
    assert broken in ([], ["dbt manifest"])
    assert not data_home.exists()


def test_a_home_that_others_may_enter_is_broken(data_home: Path) -> None:
    data_home.mkdir(mode=0o755)
    found = finding("data home")
    assert found.health == "broken"
    assert found.remedy == f"chmod -R go-rwx {data_home}"
    data_home.chmod(0o700)
    assert finding("data home").health == "well"


def test_a_disk_that_is_too_full_is_broken() -> None:
    found = finding("disk", min_free_gb=1e9)
    assert found.health == "broken"
    assert "min_free_gb" in found.remedy


def test_a_lost_key_beside_a_lake_is_broken(data_home: Path) -> None:
    (data_home / "lake").mkdir(parents=True, mode=0o700)
    data_home.chmod(0o700)
    found = finding("pseudonym key")
    assert found.health == "broken"
    assert "backup" in found.remedy


def test_a_key_that_others_may_read_is_broken(data_home: Path) -> None:
    load_or_create_key(data_home / "pseudonym.key")
    assert finding("pseudonym key").health == "well"
    (data_home / "pseudonym.key").chmod(0o644)
    found = finding("pseudonym key")
    assert found.health == "broken"
    assert "chmod 600" in found.remedy


def test_the_key_is_never_shown(data_home: Path) -> None:
    load_or_create_key(data_home / "pseudonym.key")
    key = (data_home / "pseudonym.key").read_text().strip()
    assert not any(key in f"{each.detail}{each.remedy}" for each in examine(load_settings()))


def test_a_missing_scikit_learn_is_noted_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert finding("clusters").health == "well"
    monkeypatch.setattr("orchestration.commands.doctor.is_available", lambda: False)
    found = finding("clusters")
    assert found.health == "note"
    assert "pip install 'scikit-learn" in found.remedy


def test_missing_transcripts_are_named(tmp_path: Path) -> None:
    found = examine(load_settings(transcripts=(str(tmp_path / "absent"),)))
    notes = [each for each in found if each.subject == "transcripts"]
    assert any(str(tmp_path / "absent") in each.detail for each in notes)
    assert all(each.remedy for each in notes)


def test_a_lock_that_is_held_is_noted(data_home: Path) -> None:
    import threading

    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with home_lock(data_home, purpose="a test"):
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    try:
        found = finding("lock of the home")
    finally:
        done.set()
        thread.join()
    assert found.health == "note"
    assert "a test" in found.detail


def test_everything_that_is_not_well_says_what_to_do() -> None:
    assert [each for each in examine(load_settings()) if each.health != "well" and not each.remedy] == []


def test_broken_is_what_decides() -> None:
    assert is_broken([Finding("a", "well", ""), Finding("b", "broken", "")])
    assert not is_broken([Finding("a", "well", ""), Finding("b", "note", "")])


def test_the_source_of_a_value_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("min_users = 7\n")
    monkeypatch.setenv("SESSIONMART_CONFIG", str(config))
    monkeypatch.setenv("SESSIONMART_WORKERS", "3")
    settings = load_settings(mode="personal")
    assert source_of(settings, "min_users") == str(config)
    assert source_of(settings, "workers") == "SESSIONMART_WORKERS"
    assert source_of(settings, "mode") == "command line"
    assert source_of(settings, "time_zone") == "default"


def test_dates_that_a_gate_holds_back_are_told_with_what_to_do(data_home: Path) -> None:
    for day in (date(2026, 3, 1), date(2026, 3, 4)):
        held = StoppedState("fingerprint", ["raw_turns: a rule fails. What to do: mend it."], "run", "now")
        write_json(stopped_path(data_home / "lake", day), as_json(held))
    found = finding("gates")
    assert found.health == "note"
    assert "2 dates from 2026-03-01 to 2026-03-04" in found.detail
    assert "mend it" in found.remedy


def test_what_no_list_knows_is_a_note_with_its_versions(data_home: Path) -> None:
    lake = Lake()
    day = date(2026, 6, 1)
    seen = [("origin_kind", "oracle", "2.3.1", 2), ("origin_kind", "oracle", "2.4.0", 1)]
    seen += [("attachment_type", f"scent-{number}", None, 1) for number in range(20)]
    for place, name, version, count in seen:
        row = make(
            RawDrift, session_id="s1", source="claude_code", place=place, name=name, cli_version=version,
            example="{}", occurrence_count=count,
        )  # fmt: skip
        lake.add("drift", day, row)
    lake.add(
        "record_counts", day,
        make(RawRecordCount, content_hash="h", record_type="hologram", disposition="unknown", object_count=7),
        make(RawRecordCount, content_hash="h", record_type="summary", disposition="counted", object_count=9),
    )  # fmt: skip
    lake.write(data_home / "lake")
    kinds = drift_kinds(load_settings())
    assert kinds[0] == DriftKind("record_type", "hologram", (), 7)
    assert kinds[1] == DriftKind("origin_kind", "oracle", ("2.3.1", "2.4.0"), 3)
    assert len(kinds) == 22
    found = finding("unknown kinds in transcripts")
    assert found.health == "note"
    assert "record_type hologram, 7 times; origin_kind oracle (2.3.1 to 2.4.0), 3 times" in found.detail
    assert found.detail.endswith("; and 10 more")
    assert "dim_transcript_drift" in found.remedy


def test_a_home_without_drift_has_no_such_finding() -> None:
    assert drift_kinds(load_settings()) == []
    assert "unknown kinds in transcripts" not in [each.subject for each in examine(load_settings())]


def test_a_spark_that_does_not_answer_is_broken_with_its_address_and_what_to_do() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    found = finding("Spark", facts_engine="spark", spark_host="127.0.0.1", spark_port=port)
    assert found.health == "broken"
    assert f"127.0.0.1:{port}" in found.detail
    assert "Start it, or correct spark_host, spark_port" in found.remedy


def test_spark_is_not_asked_for_where_duckdb_builds_the_facts() -> None:
    assert "Spark" not in [each.subject for each in examine(load_settings())]
