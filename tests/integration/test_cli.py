"""The main job on the command line: what it prints, when it does nothing, how it ends when it is stopped."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlparse

import dagster as dg
import duckdb
import pytest

from orchestration.dagster_instance import open_instance
from orchestration.demo import PlantedTruth
from orchestration.demo_home import TRUTH_FILE
from orchestration.home_folder import OWN_NAMES, open_paths
from orchestration.publishing.release import current_release, releases
from orchestration.settings import CHECKOUT, load_settings

OF_THE_ORGANISATION = (
    "rpt_merged_lines", "rpt_repositories", "rpt_landed_work", "rpt_pull_requests", "rpt_survey_medians",
    "rpt_time_ratios",
)  # fmt: skip
"""Tables of figures that need repositories or supplied tables."""

Home = tuple[Path, subprocess.CompletedProcess[str]]


def sessionmart(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "160", **variables}
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        umask=0o022,
    )


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return sessionmart(
        "run", "--home", str(home), "--transcripts", str(home / "demo-transcripts"), *arguments
    )


def grow_a_session(home: Path) -> None:
    """Repeat the last record of the newest session under a new id, as if the session had gone on."""
    files = [file for file in (home / "demo-transcripts").rglob("*.jsonl") if "agent-" not in file.name]
    for file in sorted(files, key=lambda file: file.stat().st_size, reverse=True):
        lines = file.read_text().splitlines()
        record = json.loads(next(line for line in reversed(lines) if '"type":"user"' in line))
        grown = {**record, "uuid": f"{record['uuid'][:-4]}feed", "parentUuid": record["uuid"]}
        file.write_text("\n".join([*lines, json.dumps(grown), ""]))
        return


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object) -> Home:
    """A home in which the demo has run, and what the run printed."""
    home = tmp_path_factory.mktemp("demo") / "home"
    return home, sessionmart("demo", "--home", str(home), "--sessions", "30")


def test_the_demo_ends_with_a_release_a_summary_and_what_to_do_next(demo: Home) -> None:
    home, done = demo
    assert done.returncode == 0, done.stderr
    release = current_release(home)
    assert release is not None
    assert release.name in done.stdout
    for line in ("sessions", "typed prompts", "tokens written", "redactions", "gate rules passed / warned"):
        assert line in done.stdout
    following = done.stdout.partition("What next:")[2].strip().splitlines()
    assert [line.split()[1] for line in following] == ["report", "dev", "sql", "run"]
    page = next(line for line in done.stdout.splitlines() if line.startswith("Report: "))
    address = page.removeprefix("Report: ")
    assert address == sessionmart("report", "--home", str(home), "--no-browser").stdout.strip()
    assert Path(unquote(urlparse(address).path)).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_demo_shows_the_organisations_repositories_and_tables(demo: Home) -> None:
    home, _ = demo
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as built:
        lines = built.execute(
            "select agent, sum(trailer_lines), sum(merged_lines) "
            "from intermediate.int_commits__attributed group by agent"
        ).fetchall()
        rows = {
            name: built.execute(f"select count(*) from metrics.{name}").fetchone()  # noqa: S608 - ours
            for name in OF_THE_ORGANISATION
        }
    planted = PlantedTruth.read(home / TRUTH_FILE).population["repositories"]
    assert set(lines) == {
        (agent, planted["trailer_lines"].get(agent, 0), planted["merged_lines"])
        for agent in ("claude_code", "codex")
    }
    assert planted["trailer_lines"]
    assert [name for name, count in rows.items() if count == (0,)] == []
    with duckdb.connect() as lake:
        path = home / "lake" / "supplied" / "set_aside" / "*.parquet"
        assert lake.execute("select count(*) from read_parquet($path)", {"path": str(path)}).fetchone() == (
            0,
        )


def test_the_query_that_is_offered_works(demo: Home) -> None:
    home, done = demo
    offered = next(line for line in done.stdout.splitlines() if line.strip().startswith("make sql"))
    (query,) = (word.removeprefix("QUERY=") for word in shlex.split(offered) if word.startswith("QUERY="))
    asked = sessionmart("sql", "--home", str(home), "-c", query)
    assert asked.returncode == 0, asked.stderr
    assert "claude_code" in asked.stdout
    assert "dollars" in asked.stdout


def test_output_to_a_pipe_is_plain_lines(demo: Home) -> None:
    _, done = demo
    assert "Archiving transcripts: done in" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_run_is_where_the_ui_looks(demo: Home) -> None:
    home, _ = demo
    with open_instance(home / "dagster") as instance:
        (run,) = instance.get_runs()
        assert run.job_name == "update"
        assert run.is_success
        for asset in ("archived_transcripts", "release"):
            assert instance.get_latest_materialization_event(dg.AssetKey(asset)) is not None


def test_without_changes_nothing_is_built(demo: Home) -> None:
    home, _ = demo
    before = releases(home)
    done = run(home)
    assert done.returncode == 0, done.stderr
    assert "Nothing has changed" in done.stdout
    assert "Building the warehouse" not in done.stdout
    assert releases(home) == before


def test_another_mode_is_refused_with_the_command_that_changes_the_home(demo: Home) -> None:
    home, _ = demo
    before = current_release(home)
    refused = run(home, "--mode", "personal")
    assert refused.returncode == 2
    assert "mode is team, and command line says personal" in refused.stderr
    assert "--set mode=personal" in refused.stderr
    assert current_release(home) == before


def test_no_word_of_a_transcript_reaches_the_log_or_the_terminal(demo: Home) -> None:
    home, done = demo
    logged = (home / "logs" / "sessionmart.log").read_text()
    with duckdb.connect() as lake:
        texts = lake.execute(
            "select distinct text from read_parquet(?) where length(text) > 12",
            [str(home / "lake" / "raw" / "raw_human_acts" / "*" / "*.parquet")],
        ).fetchall()
    assert len(texts) > 10
    assert [text for (text,) in texts if text in logged or text in done.stdout] == []


def test_the_home_is_for_its_owner_alone(demo: Home) -> None:
    home, _ = demo
    assert list(open_paths(home)) == []
    assert {path.name.removesuffix("-wal").removesuffix("-shm") for path in home.iterdir()} <= OWN_NAMES


def test_the_doctor_finds_the_home_well(demo: Home) -> None:
    home, _ = demo
    done = sessionmart(
        "doctor",
        "--home",
        str(home),
        "--transcripts",
        str(home / "demo-transcripts"),
        SESSIONMART_WORKERS="1",
    )
    assert done.returncode == 0, done.stdout
    assert "broken" not in done.stdout
    assert "SESSIONMART_WORKERS" in done.stdout


def test_the_demo_does_not_mix_with_a_home_of_other_transcripts(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    done = sessionmart("demo", "--home", str(tmp_path), "--sessions", "1")
    assert done.returncode == 2
    assert "does not mix" in done.stderr


def test_a_demo_home_takes_no_other_transcripts(demo: Home, tmp_path: Path) -> None:
    home, _ = demo
    refused = sessionmart("run", "--home", str(home), "--transcripts", str(tmp_path))
    assert refused.returncode == 2
    assert "takes no other transcripts" in refused.stderr
    wide = {"COLUMNS": "600"}  # a long path must not be broken over lines
    own = sessionmart("settings", "--home", str(home), SESSIONMART_TRANSCRIPTS="~/.claude/projects", **wide)
    assert "demo-transcripts" in own.stdout
    assert "~/.claude/projects" not in own.stdout


def test_a_run_that_was_killed_is_finished_by_the_next_which_reads_no_transcript_again(demo: Home) -> None:
    """With another setting of what is published: neither is a reason to read what is landed."""
    home, _ = demo
    before = current_release(home)
    grow_a_session(home)
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", "run", "--home", str(home)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout is not None
        for line in killed.stdout:
            if line.startswith("Building the warehouse"):
                killed.kill()
                break
    assert current_release(home) == before
    assert sessionmart("settings", "--home", str(home), "--set", "min_sessions=2").returncode == 0
    done = sessionmart("run", "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "Reading sessions" not in done.stdout
    release = current_release(home)
    assert release is not None
    assert release != before
    assert json.loads((release / "manifest.json").read_text())["settings"]["min_sessions"] == 2
    with duckdb.connect(str(release / "metrics.duckdb"), read_only=True) as metrics:
        reasons = metrics.execute(
            "select distinct suppressed_reason from metrics.rpt_activity where is_suppressed"
        ).fetchall()
    assert reasons == [("small_cell",)], "no reason narrows what is hidden"
    with open_instance(home / "dagster") as instance:
        statuses = [run.status.value for run in instance.get_runs()]
    assert statuses[:2] == ["SUCCESS", "FAILURE"]
    assert not {"STARTED", "STARTING", "QUEUED"} & set(statuses)


def test_a_stopped_date_ends_the_run_with_code_1_and_keeps_the_release(demo: Home) -> None:
    home, _ = demo
    settings = load_settings(home=home)
    assert run(home).returncode == 0
    before = current_release(settings.home)
    folder = home / "demo-transcripts" / "-home-someone-repo"
    folder.mkdir()
    for name in "abc":  # one damaged file would be the file's fault, and stop nobody
        summary = f'{{"type": "summary", "summary": "{name}", "leafUuid": "{name}"}}\n'
        (folder / f"{name}.jsonl").write_text(summary + "no JSON\n" * 5_000)
    done = run(home)
    assert done.returncode == 1
    assert "unreadable" in done.stderr
    assert "What to do" in done.stderr
    assert "Traceback" not in done.stderr
    assert current_release(home) == before
    listed = sessionmart("dates", "--home", str(home))
    assert "stopped by a gate" in listed.stdout
    skipped = run(home, "--skip-stopped")
    assert skipped.returncode == 0, skipped.stderr
    assert "Nothing has changed" in skipped.stdout
