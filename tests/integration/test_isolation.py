"""A corpus of awkward files is released: what is wrong with one file or session stops nobody else."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.forgetting.forget import forget_person
from orchestration.ingest.sources import SOURCES
from orchestration.ingest.sources.claude_code import CLAUDE_CODE
from orchestration.progress import SilentReporter
from orchestration.publishing.summary import render_summary, summarise
from orchestration.run import RunOptions, RunOutcome, run_home
from orchestration.settings import Settings
from tests.demo_lake import NOW, query_file, settings_of
from tests.mutated_lines import seeded
from tests.parsed import write_files
from tests.transcripts import Transcript, plain

GOOD = ("aaa-good", "bbb-good", "ccc-good")


def repeating() -> Transcript:
    """A model that numbers its calls from zero, again and again."""
    written = Transcript(session="repeats-tool-ids", cwd="/home/ben/work")
    written.prompt("Look around.")
    for _ in range(3):
        written.result(written.calls("Bash", {"command": "ls"}, call_id="functions.Bash:0"), "ok")
    written.says("Looked.")
    return written


def gateway(session: str, home: str) -> Transcript:
    written = Transcript(session=session, cwd=f"/home/{home}/work")
    written.prompt("Say something.")
    written.says("Something.", message_id="relay")
    return written


def broken_parse(session: Any, files: Any, *, context: Any) -> Any:
    if session.session_id == "breaks-the-parser":
        raise ZeroDivisionError("words of a transcript")
    return CLAUDE_CODE.parse(session, files, context=context)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, RunOutcome]:
    folder = tmp_path_factory.mktemp("awkward")
    damaged = plain("half-damaged", cwd="/home/eva/work").lines + b"{not json\n" * 500
    transcripts = write_files(
        folder / "projects",
        {
            **{f"{name}.jsonl": plain(name) for name in GOOD},
            "repeats.jsonl": repeating(),
            "one.jsonl": gateway("gateway-one", "cleo"),
            "two.jsonl": gateway("gateway-two", "dino"),
            "breaks.jsonl": plain("breaks-the-parser"),
            "damaged.jsonl": damaged,
            "00000000-0000-4000-8000-000000000000.jsonl": b"\x7fELF\x00" + seeded(3).randbytes(50_000),
            "history.jsonl": [{"display": "look around", "project": "/home/ann/repo", "timestamp": 1}],
        },
    )
    settings = settings_of(folder / "home", transcripts, mode="personal", workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SOURCES, "claude_code", replace(CLAUDE_CODE, parse=broken_parse))
        outcome = run_home(settings, SilentReporter(), RunOptions())
    return settings, outcome


def test_awkward_corpus_is_released_with_every_good_session(released: tuple[Settings, RunOutcome]) -> None:
    settings, outcome = released
    assert outcome.ending == "released"
    rows = query_file(
        settings.published_dir / "current" / "marts.duckdb", "select session_id from marts.fct_sessions"
    )
    wanted = {*GOOD, "repeats-tool-ids", "gateway-one", "gateway-two", "half-damaged"}
    assert {row["session_id"] for row in rows} == wanted


def test_summary_and_dates_say_what_is_set_aside(
    released: tuple[Settings, RunOutcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = released
    summary = summarise(settings)
    assert summary is not None
    ((wrong, count),) = summary.set_aside
    assert count == 1
    assert "ZeroDivisionError" in wrong
    output = StringIO()
    for table in render_summary(summary):
        Console(file=output, width=160).print(table)
    assert "sessions set aside" in output.getvalue()
    monkeypatch.delenv("SESSIONMART_TRANSCRIPTS")  # a home knows its own
    listed = CliRunner().invoke(app, ["dates", "--home", str(settings.home)])
    assert "landed without 1 session: its parser raised ZeroDivisionError" in listed.output
    assert "words of a transcript" not in output.getvalue() + listed.output


def test_forgetting_one_lists_that_persons_files_alone(released: tuple[Settings, RunOutcome]) -> None:
    settings, _ = released
    for user in ("cleo", "dino", "ben"):
        report = forget_person(settings, user=user, now=NOW)
        found = {(place.name, place.unit): place.before for place in report.places}
        assert (found["archive", "sessions"], found["archive", "file versions"]) == (1, 1)
        assert report.bystanders.shared_with == ()
