"""Setting up without a usable Python says what to install, and touches nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.settings import CHECKOUT

BASH = shutil.which("bash") or "/bin/bash"


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder of programs with the few that a shell script needs, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("cat", "dirname"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def bootstrap(checkout: Path, path: Path) -> subprocess.CompletedProcess[str]:
    (checkout / "bin").mkdir(parents=True)
    shutil.copy(CHECKOUT / "bin" / "bootstrap", checkout / "bin" / "bootstrap")
    return subprocess.run(
        [BASH, "bin/bootstrap"],
        cwd=checkout,
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_python_it_says_what_to_install(tmp_path: Path, bare_path: Path) -> None:
    done = bootstrap(tmp_path / "checkout", bare_path)
    assert done.returncode == 1
    assert "3.11, 3.12 or 3.13" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (tmp_path / "checkout" / ".venv").exists()


def test_an_unsupported_python_is_not_taken(tmp_path: Path, bare_path: Path) -> None:
    old = bare_path / "python3"
    old.write_text(f"#!{BASH}\nexit 1\n")
    old.chmod(0o755)
    assert bootstrap(tmp_path / "checkout", bare_path).returncode == 1


def test_help_is_what_make_does_by_itself() -> None:
    done = subprocess.run(["make"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    for target in ("demo", "run", "test", "check", "dev", "bench", "doctor", "clean"):
        assert f"make {target}" in done.stdout


def test_clean_removes_no_data_home() -> None:
    planned = subprocess.run(
        ["make", "--dry-run", "clean"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    words = planned.stdout.split()
    assert "rm" in words
    assert [word for word in words if word.startswith(("data", "demo-data", "/", "~"))] == []
