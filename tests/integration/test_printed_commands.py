"""Every command that is printed, pasted into a shell, does what it says: on a home that shells take apart.

One home, whose path has a space and an apostrophe, goes through a run, a refusal, a change of mode and a
deletion. Each test takes a line as it was printed and gives it to a real shell with the real Makefile.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.home_folder import open_paths
from orchestration.publishing.release import current_release
from orchestration.settings import CHECKOUT

MAKE = """\
#!/bin/bash
exec {make} BIN={programs} -o .venv/.installed -o dbt_project/target/parsed.json "$@"
"""
SESSIONMART = """\
#!/bin/bash
exec {python} -c '
import os
# The server would not end by itself; what it is started with is what matters here.
os.execvpe = lambda _program, _arguments, given: print("serves", given["SESSIONMART_HOME"])
from orchestration.cli import main
main()' "$@"
"""


class Shell:
    """A shell in the checkout whose `make` and `.venv/bin` are those of the tests' own Python."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.home = folder / "it's a home" / "data"
        self._write("python", f'#!/bin/bash\nexec {shlex.quote(sys.executable)} "$@"\n')
        make = subprocess.run(["which", "make"], capture_output=True, text=True, check=True).stdout.strip()
        self._write("make", MAKE.format(make=make, programs=shlex.quote(str(self.programs))))
        self._write("sessionmart", SESSIONMART.format(python=shlex.quote(sys.executable)))

    def _write(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def paste(self, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a printed line as a person would, under the umask of most machines."""
        own = re.sub(r"(?:\S*/)?\.venv/bin/", f"{self.programs}/", line)
        own = own.replace(f"{Path(sys.executable).parent}/", f"{self.programs}/")
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-c", own],
            cwd=CHECKOUT,
            env={
                **os.environ,
                "PATH": path,
                "COLUMNS": "160",
                "PYTHONPATH": os.environ["PYTHONPATH"],
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
            umask=0o022,
        )

    def sessionmart(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.paste(shlex.join([f"{self.programs}/sessionmart", *arguments]), **variables)


def printed(text: str, *, holding: str) -> str:
    """The one command in a text that holds this, without the backticks or words before it."""
    commands: list[str] = re.findall(r"`([^`]+)`", text) + [
        line.strip().removeprefix("Next: ") for line in text.splitlines()
    ]
    found = [
        each for each in commands if holding in each and re.match(r"make |\S*/(?:python|sessionmart) ", each)
    ]
    assert found, f"no command with {holding} in:\n{text}"
    return found[0]


def plain_run(shell: Shell) -> str:
    """The line that runs the home again; the tests of a changed mode paste it as it was printed."""
    return f"make run HOME_DIR={shlex.quote(str(shell.home))}"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object) -> Shell:
    return Shell(tmp_path_factory.mktemp("printed"))


@pytest.fixture(scope="module")
def ran(shell: Shell) -> str:
    """What the first run of the demo in that home printed."""
    done = shell.sessionmart("demo", "--home", str(shell.home), "--sessions", "12")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_home_made_under_umask_022_is_closed_to_the_last_file(shell: Shell, ran: str) -> None:
    assert "Released" in ran
    assert list(open_paths(shell.home)) == []


def test_the_ui_opens_on_that_home(shell: Shell, ran: str) -> None:
    done = shell.paste(printed(ran, holding="make dev"))
    assert done.stdout.strip() == f"serves {shell.home}", done.stderr


def test_the_query_asks_that_release(shell: Shell, ran: str) -> None:
    done = shell.paste(printed(ran, holding="make sql"))
    assert done.returncode == 0, done.stderr
    assert "dollars" in done.stdout
    assert re.search(r"^claude_code .*claude-", done.stdout, re.MULTILINE), done.stdout


def test_the_quote_names_a_command_that_runs_that_home(shell: Shell, ran: str) -> None:
    quoted = shell.sessionmart("quote", "--home", str(shell.home))
    line = printed(quoted.stdout, holding="BUDGET_USD=")
    done = shell.paste(line)
    assert done.returncode == 0, done.stderr
    assert str(shell.home) in done.stdout
    assert "Nothing has changed" in done.stdout, "a price that was asked for is no reason to build"


def test_the_doctor_agrees_and_its_commands_are_about_that_home(shell: Shell, ran: str) -> None:
    looked = shell.sessionmart("doctor", "--home", str(shell.home), ANTHROPIC_API_KEY="none")
    assert looked.returncode == 0, looked.stdout
    done = shell.paste(printed(looked.stdout, holding="make quote"))
    assert done.returncode == 0, done.stderr
    assert "Labels by Claude" in done.stdout


def test_a_sample_for_review_comes_home_by_the_printed_commands(shell: Shell, ran: str) -> None:
    drawn = shell.sessionmart("sample-for-review", "--home", str(shell.home), "--n", "3")
    assert drawn.returncode == 0, drawn.stderr
    imported = shell.paste(printed(drawn.stdout, holding="make import-reviews"))
    assert imported.returncode == 0, imported.stderr
    # The line that is pasted below.
    assert printed(imported.stdout, holding="make run") == plain_run(shell)


def test_a_person_is_deleted_by_the_printed_command(shell: Shell, ran: str) -> None:
    person = next(
        path.name
        for path in (shell.home / "demo-transcripts").iterdir()
        if not path.name.startswith("-") and path.name not in ("api-traffic", "codex-sessions")
    )
    shown = shell.sessionmart("forget", person, "--home", str(shell.home))
    assert shown.returncode == 0, shown.stderr
    assert "the same command with --yes" in shown.stdout
    deleted = shell.sessionmart("forget", person, "--home", str(shell.home), "--yes")
    assert deleted.returncode == 0, deleted.stderr
    assert not (shell.home / "demo-transcripts" / person).exists()
    # That line is pasted below, when the mode has been changed as well: each run takes a minute.
    assert printed(deleted.stdout, holding="make run").partition("#")[0].rstrip() == plain_run(shell)


def test_another_mode_is_refused_and_the_offered_command_changes_it(shell: Shell, ran: str) -> None:
    refused = shell.paste(f"make run HOME_DIR={shlex.quote(str(shell.home))} MODE=personal")
    assert refused.returncode != 0
    assert "(make" not in refused.stdout
    before = current_release(shell.home)
    changed = shell.paste(printed(refused.stderr, holding="--set mode=personal"))
    assert changed.returncode == 0, changed.stderr
    done = shell.paste(printed(changed.stdout, holding="make run"))
    assert done.returncode == 0, done.stderr
    assert "personal mode" in done.stdout
    assert list(open_paths(shell.home)) == []
    release = current_release(shell.home)
    assert release is not None
    assert release != before
    with duckdb.connect(str(release / "marts.duckdb"), read_only=True) as marts:
        people = marts.execute("select distinct user_id from marts.fct_sessions").fetchall()
    assert len(people) == 1
    assert people[0][0] is not None


def test_a_plain_run_of_the_personal_home_stays_personal(shell: Shell, ran: str) -> None:
    done = shell.paste(plain_run(shell), SESSIONMART_TRANSCRIPTS="/elsewhere")
    assert done.returncode == 0, done.stderr
    assert "personal mode" in done.stdout
    assert "Nothing has changed" in done.stdout
