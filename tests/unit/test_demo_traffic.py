"""The demo's logs of API traffic: deterministic, read by the source, and true to what is planted of them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest

from orchestration.demo import DemoPlan, PlantedTruth, write_demo_corpus
from orchestration.demo.traffic.deployments import DEPLOYMENTS
from orchestration.demo.traffic.logs import FOLDER, WrittenTraffic, write_logs
from orchestration.ingest.sources import SOURCES

PLAN = DemoPlan(end_date=date(2026, 7, 1), months=2, has_weekends=False, api_conversations=200)
EVER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WrittenTraffic]:
    folder = tmp_path_factory.mktemp("logs")
    return folder, write_logs(folder, PLAN)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / FOLDER).iterdir())}


def test_the_same_plan_writes_the_same_logs(logs: tuple[Path, WrittenTraffic], tmp_path: Path) -> None:
    folder, written = logs
    assert write_logs(tmp_path, PLAN) == written
    assert contents(tmp_path) == contents(folder)
    assert write_logs(tmp_path / "other", replace(PLAN, seed=2)) != written


def test_the_source_reads_every_line(logs: tuple[Path, WrittenTraffic]) -> None:
    folder, written = logs
    source, stamps = SOURCES["api_traffic"], 0
    for name, content in contents(folder).items():
        assert source.owns(Path(name), content[:4096])
        found = source.scan(content, earliest=EVER[0], latest=EVER[1])
        assert (found.bad_pieces, found.loose_counts) == ((), ())
        stamps += len(found.earliest)
    assert stamps == written.population["requests"]


def test_every_planted_call_is_called_once_by_its_customer(logs: tuple[Path, WrittenTraffic]) -> None:
    folder, written = logs
    lines = [orjson.loads(line) for content in contents(folder).values() for line in content.splitlines()]
    called = [
        (block["id"], line["customer"], line["time"])
        for line in lines
        for block in line["response"]["content"]
        if block["type"] == "tool_use"
    ]
    assert sorted(called) == sorted(
        (call.tool_use_id, call.customer, call.called_at) for call in written.calls
    )
    assert len({name for name, _, _ in called}) == len(called) > 400
    assert {datetime.fromisoformat(line["time"]).weekday() for line in lines} <= set(range(5))


def test_the_corpus_has_the_traffic_beside_its_sessions(tmp_path: Path) -> None:
    plan = replace(PLAN, sessions=12, users=4, api_conversations=20)
    alone = write_demo_corpus(tmp_path / "alone", replace(plan, api_conversations=0))
    truth = write_demo_corpus(tmp_path / "both", plan)
    assert (truth.sessions, truth.files) == (alone.sessions, alone.files)
    assert (alone.calls, (tmp_path / "alone" / FOLDER).exists()) == ([], False)
    assert len(truth.calls) > 20
    assert PlantedTruth.from_json(truth.to_json()) == truth


def test_deployments_differ_in_what_they_plant(logs: tuple[Path, WrittenTraffic]) -> None:
    _, written = logs
    assert written.population["deployments"] == len(DEPLOYMENTS)
    risk = {
        each.name: [call.action_risk for call in written.calls if call.deployment == each.name]
        for each in DEPLOYMENTS
    }
    means = {name: sum(own) / len(own) for name, own in risk.items()}
    assert max(means.values()) - min(means.values()) > 4
    (evaluation,) = [each.name for each in DEPLOYMENTS if each.is_evaluation]
    contexts = {(call.deployment == evaluation, call.execution_context) for call in written.calls}
    assert (True, "evaluation_or_red_team") in contexts
    assert (False, "evaluation_or_red_team") not in contexts
