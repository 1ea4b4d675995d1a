"""A PostgreSQL server of a test's own: Debian's, installed where it is missing and we may.

Its cluster lies in a folder of its own and listens on this machine alone. PostgreSQL does not run as root:
there its own user runs it, whom the package makes.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

LOCK = Path("/tmp/sessionmart-postgres.lock")  # noqa: S108 - two processes of a test run must not both install
PASSWORD = "kept-in-the-environment-4d1e"
USER = "dagster"


@dataclass(frozen=True)
class Postgres:
    """A running server; `programs` is the folder of its client programs."""

    port: int
    programs: Path

    def rows(self, query: str) -> list[tuple[str, ...]]:
        """The rows of a query, as texts."""
        command = [str(self.programs / "psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", USER]
        asked = subprocess.run(
            [*command, "--no-align", "--tuples-only", "--field-separator=\t", "-c", query, USER],
            check=True, capture_output=True, text=True, env={**os.environ, "PGPASSWORD": PASSWORD},
        )  # fmt: skip
        return [tuple(line.split("\t")) for line in asked.stdout.splitlines()]


def programs() -> Path:
    """The folder of initdb and pg_ctl; Debian's package is installed where there is none and we may."""
    with FileLock(LOCK):
        found = _found()
        if found is None and shutil.which("apt-get") and os.geteuid() == 0:
            for command in (["update"], ["install", "--yes", "--no-install-recommends", "postgresql"]):
                subprocess.run(["apt-get", "--quiet", "--quiet", *command], check=True, capture_output=True)
            found = _found()
    if found is None:
        raise RuntimeError(
            "Tests of Dagster's history in Postgres need PostgreSQL: install it (Debian: apt-get install "
            "postgresql) and run them again."
        )
    return found


def _found() -> Path | None:
    named = shutil.which("initdb")
    places = [Path(named).resolve().parent] if named else []
    # Debian keeps the server's programs out of the path, by version.
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wanted = ("initdb", "pg_ctl", "createdb", "psql")
    return next((place for place in places if all((place / name).exists() for name in wanted)), None)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server with a database and a user that asks for a password."""
    bin_folder, owner = programs(), _owner()
    # Not below pytest's folder, which only its own user may enter.
    folder = Path(tempfile.mkdtemp(prefix="sessionmart-postgres-"))
    try:
        password_file = folder / "password"
        password_file.write_text(PASSWORD)
        if owner is not None:
            for path in (folder, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        data, port = folder / "data", _free_port()
        user = None if owner is None else owner.pw_name

        def call(*command: str) -> None:
            subprocess.run(command, check=True, capture_output=True, user=user, cwd=folder, timeout=60)

        call(
            str(bin_folder / "initdb"), "--pgdata", str(data), "--username", USER, "--auth=scram-sha-256",
            "--pwfile", str(password_file), "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        pg_ctl = [str(bin_folder / "pg_ctl"), "--pgdata", str(data), "--wait"]
        call(*pg_ctl, "--log", str(folder / "log"), "--options", options, "start")
        try:
            server = Postgres(port, bin_folder)
            command = [str(bin_folder / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, USER]
            subprocess.run(command, check=True, env={**os.environ, "PGPASSWORD": PASSWORD}, timeout=60)
            yield server
        finally:
            call(*pg_ctl, "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _owner() -> pwd.struct_passwd | None:
    """Who runs it: ourselves, or the package's user where we are root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
