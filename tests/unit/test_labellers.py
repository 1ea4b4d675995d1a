"""One registry of labellers: what lands, is dirty, is held back and is released follows from it, for each.

A toy labeller is planted as a fourth one; nothing else is written for it. What a gate refuses is released by
nothing, whoever labelled it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest
from rich.console import Console
from typer.testing import CliRunner

from classifiers.rules.labeller import label_day, rules_label_tables
from expectations.verdict import Verdict
from orchestration.cli import app
from orchestration.commands.doctor import examine
from orchestration.date_states import DatesHeldError, HeldDate, dirty_days, held_days
from orchestration.definitions import build_definitions
from orchestration.ingest.archive.archive import ArchiveReport
from orchestration.labellers import LABELLERS
from orchestration.labellers.labeller import LabelAsset, Labeller
from orchestration.labellers.landing import USUAL, land_labels_by
from orchestration.labellers.rules import RULES
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.landing.judge_process import Staged
from orchestration.publishing.summary import Summary, render_summary
from orchestration.publishing.warehouse_stages import release_state, release_warehouse
from orchestration.sensors import wanted_run
from orchestration.settings import Settings, load_settings
from orchestration.stages import Scope, archive_transcripts, discover, land_raw, reader_of
from tests.fakes.claude_lines import record, response, write

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 3)
MESSAGE = "labels_outcome: a rule fails for 1 of 1 rows. What to do: label again."


@dataclass
class Toy:
    """Labels every landed session like the rules; `edition` stands for whatever they are made from."""

    settings: Settings
    edition: str

    def dates(self) -> Collection[date]:
        return days_with_sessions(self.settings)

    def fingerprint(self, day: date) -> str:
        return f"{self.edition} {day}" if day in self.dates() else ""

    def tables(self, day: date) -> Mapping[str, pa.Table]:
        table = label_day(reader_of(self.settings, day))["outcome"]
        at = table.schema.get_field_index("labeller")
        return {"outcome": table.set_column(at, table.field(at), pa.array(["toy"] * len(table)))}


class ToyShop:
    """Makes the toy labeller; its edition can be raised, as a prompt or a rule is."""

    edition = "first"

    @contextmanager
    def open(self, settings: Settings) -> Iterator[Toy]:
        yield Toy(settings, self.edition)

    def labeller(self) -> Labeller:
        return Labeller(
            name="toy",
            title="labels by a toy",
            schemas={"outcome": rules_label_tables()["outcome"]},
            version=lambda: self.edition,
            open=self.open,
            assets=(LabelAsset("toy_labels", ("outcome",), "One row per session.", counted=("outcome",)),),
            step="labels_by_toy",
        )


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> ToyShop:
    shop = ToyShop()
    monkeypatch.setitem(LABELLERS, "toy", shop.labeller())
    return shop


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with two dates of sessions, whose rows have landed and nobody has labelled."""
    settings = load_settings(transcripts=(str(tmp_path / "projects"),), workers=1)
    for day in (FIRST, SECOND):
        write_session(settings, day)
    assert archived(settings).file_count == 2
    land_raw(settings, dirty_days(settings), LandingRun("raw", NOW, judge(lambda *_: False)))
    return settings


def write_session(settings: Settings, day: date, *, prompts: int = 1) -> None:
    records = []
    for number in range(prompts):
        at = f"{day}T10:{number:02}:00.000Z"
        records.append(record(f"{day}-u{number}", str(day), at))
        records.append(response(f"{day}-a{number}", str(day), at, message_id=f"{day}-{number}"))
    write(Path(settings.transcripts[0]) / "-home-ann-repo" / f"{day}.jsonl", *records)


def archived(settings: Settings) -> ArchiveReport:
    return archive_transcripts(settings, discover(settings), now=NOW)


def judge(refuses: Callable[[date, Mapping[str, Path]], bool]) -> Callable[[Staged], list[Verdict]]:
    """Gates that refuse what they are told to, and let the rest pass."""

    def verdict(day: date, files: Mapping[str, Path]) -> Verdict:
        bad = refuses(day, files)
        return Verdict(
            gate="labels_outcome",
            table_name="labels_outcome",
            partition_date=day,
            rule="labels_outcome.good",
            severity="fail",
            status="fail" if bad else "pass",
            unexpected_count=int(bad),
            row_count=1,
            message=MESSAGE if bad else "",
        )

    return lambda staged: [verdict(day, files) for day, files in sorted(staged.items())]


def label(
    settings: Settings, *, refused: Collection[date] = (), by: str | None = None, scope: Scope = USUAL
) -> dict[str, LandingReport]:
    """Land what is dirty of every labeller (of one, `by`), with gates that refuse some dates."""
    run = LandingRun("label", NOW, judge(lambda day, _: day in refused))
    return {
        name: land_labels_by(labeller, settings, None, run, scope=scope)
        for name, labeller in LABELLERS.items()
        if by in (None, name)
    }


@pytest.mark.usefixtures("shop")
def test_a_fourth_labeller_lands_beside_the_others_and_is_then_up_to_date(settings: Settings) -> None:
    label(settings, by="rules")
    assert dirty_days(settings) == [FIRST, SECOND]
    unlabelled = release_state(settings)
    label(settings)
    assert dirty_days(settings) == []
    assert release_state(settings) != unlabelled
    files = {path.name for path in (settings.labels_dir / "outcome").glob(f"*={FIRST}/*.parquet")}
    assert files == {"part.parquet", "toy.parquet"}


def test_labels_are_dirty_when_what_they_are_made_from_changes_whoever_labels(
    settings: Settings, shop: ToyShop
) -> None:
    label(settings)
    request = wanted_run(settings)
    assert isinstance(request, dg.RunRequest)
    assert request.job_name == "publish_landed"
    shop.edition = "second"
    assert dirty_days(settings) == [FIRST, SECOND]
    changed = wanted_run(settings)
    assert isinstance(changed, dg.RunRequest)
    assert changed.job_name == "update"
    shop.edition = "third"
    again = wanted_run(settings)
    assert isinstance(again, dg.RunRequest)
    assert again.run_key != changed.run_key, "Dagster runs a key once: another state needs another"


@pytest.mark.usefixtures("shop")
def test_labels_whose_files_are_gone_are_dirty(settings: Settings) -> None:
    label(settings)
    next((settings.labels_dir / "outcome").glob(f"*={SECOND}/toy.parquet")).unlink()
    assert dirty_days(settings) == [SECOND]


@pytest.mark.parametrize("labeller", ["rules", "toy"])
def test_refused_labels_are_released_by_nothing(settings: Settings, shop: ToyShop, labeller: str) -> None:
    label(settings, by="toy" if labeller == "rules" else "rules")
    report = label(settings, refused=[SECOND], by=labeller)[labeller]
    assert [stopped.day for stopped in report.stopped] == [SECOND]
    title = LABELLERS[labeller].title
    assert [(held.day, held.what) for held in held_days(settings)] == [(SECOND, title)]
    said = wanted_run(settings)
    assert isinstance(said, dg.SkipReason)
    assert title in str(said.skip_message)
    assert "dates" in str(said.skip_message)
    with pytest.raises(DatesHeldError, match=f"{SECOND} {title}.*What to do"):
        release_warehouse(settings, [], run_id="run", now=NOW)
    assert dirty_days(settings) == [SECOND], "a run tries again, and ends red"
    assert dirty_days(settings, skip_stopped=True) == []


def test_a_person_may_release_the_last_good_state_and_no_automation_does(settings: Settings) -> None:
    label(settings, refused=[SECOND], by="rules")
    with pytest.raises(FileNotFoundError, match="no built warehouse"):
        release_warehouse(settings, [], run_id="run", now=NOW, accepts_held=True)
    write_session(settings, FIRST, prompts=2)
    archived(settings)
    request = wanted_run(settings)
    assert isinstance(request, dg.RunRequest)
    assert "sessionmart/release_held" not in request.tags


def test_refused_labels_are_tried_again_when_they_are_made_from_something_else(
    settings: Settings, shop: ToyShop
) -> None:
    label(settings)
    shop.edition = "second"
    label(settings, refused=[FIRST])
    assert [held.day for held in held_days(settings)] == [FIRST]
    assert dirty_days(settings, skip_stopped=True) == []
    shop.edition = "third"
    assert dirty_days(settings, skip_stopped=True) == [FIRST, SECOND]
    label(settings, scope=Scope(skip_stopped=True))
    assert held_days(settings) == []
    assert dirty_days(settings) == []


def test_a_refusal_of_labels_that_are_withdrawn_holds_nothing(settings: Settings, shop: ToyShop) -> None:
    label(settings)
    shop.edition = "second"
    label(settings, refused=[FIRST, SECOND])
    shop.edition = "first"
    assert held_days(settings) == []
    assert isinstance(wanted_run(settings), dg.RunRequest)


def test_a_range_over_refused_labels_leaves_them_alone_if_it_is_told_to(settings: Settings) -> None:
    label(settings, refused=[FIRST])
    write_session(settings, SECOND, prompts=2)
    archived(settings)
    land_raw(settings, [SECOND], LandingRun("raw", NOW, judge(lambda *_: False)))
    run = LandingRun("again", NOW, judge(lambda day, _: day == FIRST))
    report = land_labels_by(RULES, settings, [FIRST, SECOND], run, scope=Scope(skip_stopped=True))
    assert (list(report.landed), report.stopped) == ([SECOND], ())


@pytest.mark.usefixtures("shop")
def test_doctor_and_dates_say_whose_labels_are_held_back_and_what_to_do(settings: Settings) -> None:
    label(settings, refused=[SECOND], by="toy")
    (found,) = [each for each in examine(settings) if each.subject == "gates"]
    assert found.health == "note"
    assert f"{SECOND} is held back by a gate (labels by a toy)" in found.detail
    assert "What to do" in found.remedy
    listed = CliRunner().invoke(app, ["dates", "--home", str(settings.home)]).stdout
    assert f"{SECOND}  stopped by a gate: labels by a toy" in listed
    assert MESSAGE in listed.replace("\n", " ")
    assert f"{FIRST}  changed" in listed, "the rules have not labelled it yet"


def test_the_summary_says_of_how_many_dates_it_shows_an_older_state(tmp_path: Path) -> None:
    held = [HeldDate(FIRST, "labels by rules", (MESSAGE,)), HeldDate(FIRST, "rows", (MESSAGE,))]
    summary = Summary(tmp_path, "personal", [], 0, 0, [], 0, 0, [], held=held)
    console = Console(width=100, record=True, file=StringIO())
    for table in render_summary(summary):
        console.print(table)
    lines = [line.split() for line in console.export_text().splitlines()]
    assert any("gate holds back" in " ".join(line) and "1" in line for line in lines)
    assert any("labels by rules" in " ".join(line) for line in lines)


@pytest.mark.usefixtures("shop")
def test_a_fourth_labeller_has_its_assets_its_gates_and_its_place_in_the_jobs(
    dbt_manifest: Mapping[str, Any],
) -> None:
    graph = build_definitions(load_settings()).resolve_asset_graph()
    node = graph.get(dg.AssetKey("toy_labels"))
    assert node.group_name == "labels"
    assert {key.name for key in graph.get_check_keys_for_assets({node.key})} == {"gate_labels_outcome"}
    assert node.key in graph.get(dg.AssetKey("stg_labels__labels")).parent_keys
