"""Dagster's history in an operator's PostgreSQL: runs and events are there, and nothing is in SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from orchestration.dagster_instance import open_instance
from orchestration.definitions import build_definitions
from orchestration.demo import DemoPlan
from orchestration.forgetting.forget import forget_person
from orchestration.jobs import ARCHIVE_JOB
from orchestration.progress import SilentReporter
from orchestration.settings import CHECKOUT
from tests.demo_lake import DemoHome, archived_demo
from tests.postgres import PASSWORD, Postgres, postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def operated(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """A home whose operator names the database as `deploy/dagster.yaml` does."""
    folder = tmp_path_factory.mktemp("operated")
    sections = yaml.safe_load((CHECKOUT / "deploy" / "dagster.yaml").read_text(encoding="utf-8"))
    sections["storage"]["postgres"]["postgres_db"] |= {"hostname": "127.0.0.1", "port": server.port}
    file = folder / "dagster.yaml"
    file.write_text(yaml.safe_dump(sections))
    plan = DemoPlan(end_date=datetime.now(UTC).date(), sessions=12, users=3, months=1)
    return archived_demo(folder, plan, dagster_file=file, workers=1)


def test_a_run_and_its_events_are_in_the_database_alone(
    operated: DemoHome, server: Postgres, monkeypatch: pytest.MonkeyPatch, dbt_manifest: object
) -> None:
    monkeypatch.setenv("POSTGRES_PASSWORD", PASSWORD)
    settings = operated.settings
    definitions = build_definitions(settings, overrides={"reporter": SilentReporter()})
    with open_instance(settings.dagster_home, settings.dagster_file) as instance:
        result = definitions.resolve_job_def(ARCHIVE_JOB).execute_in_process(instance=instance)
        assert result.success
    assert server.rows("select run_id, status from runs") == [(result.run_id, "SUCCESS")]
    kinds = {kind for (kind,) in server.rows("select distinct dagster_event_type from event_logs")}
    assert {"STEP_SUCCESS", "ASSET_MATERIALIZATION", "PIPELINE_SUCCESS"} <= kinds
    assert [path for path in settings.home.rglob("*.db") if "dagster" in path.parts] == []
    written = [path.read_bytes() for path in settings.dagster_home.rglob("*") if path.is_file()]
    assert not any(PASSWORD.encode() in content for content in written)


def test_a_deletion_finds_the_person_in_the_database(
    operated: DemoHome, server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event of a run that quotes a session, as none should."""
    monkeypatch.setenv("POSTGRES_PASSWORD", PASSWORD)
    home = operated.copy(tmp_path, dagster_file=operated.settings.dagster_file)
    session = next(each for each in home.truth.sessions if each.user)

    @dg.op(config_schema=str)
    def complain(context: dg.OpExecutionContext) -> None:
        said = {"problem": f"cannot read {context.op_config}"}
        context.log_event(dg.AssetMaterialization("raw_sessions", metadata=said))

    @dg.job
    def complaining() -> None:
        complain()

    with open_instance(home.settings.dagster_home, home.settings.dagster_file) as instance:
        for said in (session.session_id, "nobody"):
            ops = {"complain": {"config": said}}
            complaining.execute_in_process(instance=instance, run_config={"ops": ops})
    quoting = f"select 1 from event_logs where event like '%{session.session_id}%'"  # noqa: S608 - our own id
    assert len(server.rows(quoting)) > 0
    done = forget_person(
        home.settings, user=str(session.user), now=datetime.now(UTC) + timedelta(hours=1), is_confirmed=True
    )
    counts = {(place.name, place.unit): (place.before, place.after) for place in done.places}
    assert counts["run history", "runs"] == (1, 0)
    assert server.rows(quoting) == []
    assert len(server.rows("select 1 from event_logs where event like '%cannot read nobody%'")) > 0
