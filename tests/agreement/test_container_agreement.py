"""Dockerfile, compose file, locks and the wheel agree: what one file names, the others have.

A machine with Docker builds the image; here its files are held to each other, and
tests/integration/test_wheel.py runs their commands.
"""

import json
import re
import tomllib
from typing import Any

import yaml

from orchestration.dagster_instance import write_instance_config
from orchestration.settings import CHECKOUT, Settings

DOCKERFILE = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "compose.yaml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
OWN = ("webserver", "daemon")
"""The services that are the image of the Dockerfile."""


def pins(name: str) -> dict[str, str]:
    """The packages of a lock with their versions."""
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+(?:\[[a-z,-]+\])?)==(\S+)", text, re.MULTILINE))


def test_the_image_has_the_versions_of_the_other_locks() -> None:
    ours, server = pins("requirements.lock"), pins("requirements-server.lock")
    assert len(ours) > 100
    assert {name: server.get(name) for name in ours} == ours
    dev = pins("requirements-dev.lock")
    assert {name: server[name] for name in server if name in dev} == {
        name: dev[name] for name in server if name in dev
    }
    (postgres,) = PROJECT["project"]["optional-dependencies"]["server"]
    assert postgres == f"dagster-postgres=={server['dagster-postgres']}"


def test_the_default_install_has_nothing_of_the_server() -> None:
    added = set(pins("requirements-server.lock")) - set(pins("requirements.lock"))
    assert {"dagster-postgres", "psycopg2-binary", "obstore"} <= added
    assert not added & set(pins("requirements.lock"))


def test_what_the_wheel_needs_is_in_the_build_of_the_image() -> None:
    sent = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sent[0] == "*", "nothing is sent that is not named: data homes and transcripts lie in checkouts"
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["only-include"], wheel["hooks"]["custom"]["path"], PROJECT["project"]["readme"]}
    assert [name for name in needed if f"!{name}" not in sent] == []
    # The wheel's own folder has no rewrite; everything else is moved below it.
    assert set(wheel["sources"]) == set(wheel["only-include"]) - {"sessionmart"}
    assert {f"sessionmart/app/{name}" for name in wheel["sources"]} == set(wheel["sources"].values())


def test_the_image_runs_as_somebody_without_rights_on_one_volume() -> None:
    last = DOCKERFILE.split("\nFROM ")[-1]
    (user,) = re.findall(r"^USER (\d+):\d+$", last, re.MULTILINE)
    assert int(user) > 0
    assert re.findall(r"^VOLUME (.*)$", last, re.MULTILINE) == ["/data"]
    assert re.search(r"SESSIONMART_HOME=/data/", last)
    assert "TELEMETRY=1" in last
    for name in OWN:
        service = COMPOSE["services"][name]
        assert service["user"] == f"{user}:{user}"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        written = [each for each in service["volumes"] if not each.endswith(":ro")]
        assert written == ["data:/data"]


def test_both_services_are_the_same_image_with_the_same_settings() -> None:
    webserver, daemon = (dict(COMPOSE["services"][name]) for name in OWN)
    for service in (webserver, daemon):
        for own in ("command", "healthcheck", "ports"):
            service.pop(own, None)
    assert webserver == daemon
    (command,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert json.loads(command) == COMPOSE["services"]["webserver"]["command"]
    assert COMPOSE["services"]["webserver"]["ports"] == ["127.0.0.1:3000:3000"], "for this machine alone"


def test_settings_in_the_files_are_settings() -> None:
    named = set(re.findall(r"SESSIONMART_([A-Z_]+)\b", DOCKERFILE + str(COMPOSE)))
    assert named
    assert [name for name in named if name.lower() not in Settings.model_fields] == []


def test_dagster_takes_the_sections_that_compose_mounts(tmp_path: Any, monkeypatch: Any) -> None:
    service = COMPOSE["services"]["daemon"]
    (mounted,) = [each for each in service["volumes"] if each.endswith("dagster.yaml:ro")]
    source, target, _ = mounted.split(":")
    assert service["environment"]["SESSIONMART_DAGSTER_FILE"] == target
    monkeypatch.setenv("POSTGRES_PASSWORD", "made up")
    written = write_instance_config(tmp_path / "dagster", CHECKOUT / source)
    storage = yaml.safe_load(written.read_text(encoding="utf-8"))["storage"]["postgres"]["postgres_db"]
    database = COMPOSE["services"]["database"]
    assert storage["hostname"] == "database"
    assert storage["username"] == database["environment"]["POSTGRES_USER"]
    assert storage["db_name"] == database["environment"]["POSTGRES_DB"]
    assert storage["password"] == {"env": "POSTGRES_PASSWORD"}
    assert "made up" not in written.read_text(encoding="utf-8")
