"""From the wheel alone, in an empty folder and an environment of its own: a release, its page, the servers.

The environment sees the locked dependencies of the tests and the wheel, and no checkout. The servers are
started and asked by the very commands of compose.yaml, as far as a machine without Docker goes.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
import yaml

from orchestration.publishing.release import current_release
from orchestration.settings import CHECKOUT, load_settings
from tests.conftest import LOOPBACK_ONLY
from tests.served_home import ServedHome, free_port, group_ended, wait_for

COMPOSE = yaml.safe_load((CHECKOUT / "compose.yaml").read_text(encoding="utf-8"))
BUILT_FROM = ("sessionmart", "orchestration", "classifiers", "expectations", "dbt_project", "docs", "bin")


def build(checkout: Path, into: Path) -> Path:
    """The wheel that a checkout makes."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = into.glob("*.whl")
    return wheel


class Installed:
    """An environment with the wheel, and an empty folder in which a person stands."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.environment = folder / "environment"
        self.folder = folder / "empty"
        self.folder.mkdir()
        subprocess.run([sys.executable, "-m", "venv", str(self.environment)], check=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        self.packages = self.environment / "lib" / version / "site-packages"
        install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile", str(wheel)]
        self.python(*install)
        # A line is one more folder; files of this kind in it, such as the checkout's own, are not read.
        seen = (sysconfig.get_path("purelib"), str(LOOPBACK_ONLY))
        (self.packages / "dependencies.pth").write_text("\n".join(seen))
        self.before = self.files()

    @property
    def variables(self) -> dict[str, str]:
        """An environment without PYTHONPATH and settings of sessionmart."""
        path = f"{self.environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.folder.parent), "COLUMNS": "160", "LANG": "C.UTF-8"}

    def python(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self._run([str(self.environment / "bin" / "python"), *arguments], variables)

    def sessionmart(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self._run([str(self.environment / "bin" / "sessionmart"), *arguments], variables)

    def paste(self, line: str) -> subprocess.CompletedProcess[str]:
        return self._run(["bash", "-c", line], {})

    def _run(self, command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done

    @contextmanager
    def serving(self, *arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """`sessionmart serve …` until the block ends, with all its processes."""
        command = [str(self.environment / "bin" / "sessionmart"), *arguments]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.variables, "SESSIONMART_HOME": str(self.home)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            with group_ended(process):
                yield process

    @property
    def home(self) -> Path:
        return self.folder / "demo-data"

    def files(self) -> dict[str, int]:
        """What the wheel has put into the environment, with the time of its last change."""
        return {
            str(path.relative_to(self.packages)): path.stat().st_mtime_ns
            for path in (self.packages / "sessionmart").rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object) -> Path:
    return build(CHECKOUT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


@pytest.fixture(scope="module")
def demo(installed: Installed) -> str:
    """What the demo printed."""
    return installed.sessionmart("demo", "--sessions", "2").stdout


def test_another_checkout_builds_the_same_wheel_and_none_of_an_unparsed_project(
    wheel: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for name in BUILT_FROM:
        shutil.copytree(CHECKOUT / name, other / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(CHECKOUT / name, other / name)
    assert build(other, tmp_path / "built").read_bytes() == wheel.read_bytes()
    with (other / "dbt_project" / "models" / "exposures.yml").open("a") as file:
        file.write("# changed\n")
    with pytest.raises(AssertionError, match="make wheel"):
        build(other, tmp_path / "built again")
    assert not list(tmp_path.glob("built again/*"))


def test_the_wheel_claims_one_name_and_has_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [Path(name) for name in archive.namelist()]
    tops = {name.parts[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"sessionmart"}
    assert {name.parts[2] for name in names if name.parts[:2] == ("sessionmart", "app")} == {
        "orchestration", "classifiers", "expectations", "dbt_project", "docs",
    }  # fmt: skip
    assert not any(name.suffix in {".pyc", ".duckdb", ".ipynb"} for name in names)


def test_the_demo_releases_in_an_empty_folder(installed: Installed, demo: str) -> None:
    assert [path.name for path in installed.folder.iterdir()] == ["demo-data"]
    release = current_release(installed.home)
    assert release is not None
    assert release.name in demo
    made_by = json.loads((release / "manifest.json").read_text())["made_by"]
    assert made_by["git_revision"] is None
    assert made_by["sessionmart_version"]


def test_what_it_prints_can_be_pasted_without_a_makefile(installed: Installed, demo: str) -> None:
    following = demo.partition("What next:")[2].strip().splitlines()
    assert [shlex.split(line, comments=True)[:2] for line in following] == [
        ["sessionmart", verb] for verb in ("report", "dev", "sql", "settings")
    ]
    opened = next(line for line in following if " report " in line).replace("#", "--no-browser #")
    address = installed.paste(opened).stdout.strip()
    assert Path(unquote(urlparse(address).path)).read_text(encoding="utf-8").startswith("<!doctype html>")
    asked = installed.paste(next(line for line in following if " sql " in line)).stdout
    assert "dollars" in asked


def test_the_servers_load_from_the_wheel_by_the_commands_of_the_container(
    installed: Installed, demo: str, tmp_path: Path
) -> None:
    port = free_port()
    webserver, daemon = (COMPOSE["services"][name] for name in ("webserver", "daemon"))
    web_log, daemon_log = tmp_path / "webserver.log", tmp_path / "daemon.log"
    with (
        installed.serving(*webserver["command"], "--port", str(port), log=web_log) as server,
        installed.serving(*daemon["command"], log=daemon_log),
    ):
        home = ServedHome(load_settings(home=installed.home), port)
        wait_for(lambda: home.is_up() or server.poll() is not None, "the webserver")
        assert server.poll() is None, web_log.read_text()[-3000:]
        found = home.ask(
            "{repositoriesOrError{__typename ... on RepositoryConnection{nodes{name jobs{name}}} "
            "... on PythonError{message}}}"
        )["repositoriesOrError"]
        assert "nodes" in found, found
        (jobs,) = [{job["name"] for job in each["jobs"]} for each in found["nodes"]]
        assert "update" in jobs
        is_well = [word.replace(":3000", f":{port}") for word in webserver["healthcheck"]["test"][1:]]
        assert is_well[0] == "python"
        installed.python(*is_well[1:])
        alive = daemon["healthcheck"]["test"][1:]
        assert alive[0] == "python"
        wait_for(lambda: is_alive(installed, alive[1:]), f"the daemon ({daemon_log})")


def is_alive(installed: Installed, command: list[str]) -> bool:
    app = installed.packages / "sessionmart" / "app"
    try:
        installed.python(*command, DAGSTER_HOME=str(installed.home / "dagster"), PYTHONPATH=str(app))
    except AssertionError:
        return False
    return True


def test_nothing_was_written_beside_the_packages(installed: Installed, demo: str) -> None:
    """The last test of this file: after a run, questions and servers, the wheel is as it was installed."""
    assert installed.files() == installed.before
