"""Where a home has tables in Spark, and asking Spark's Thrift server for something.

Belongs here: the place, the connection with its password and TLS, what is said where Spark does not answer.
Not here: what is asked (spark_tables), how dbt logs in, which is in its profile and has the same settings.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from orchestration.settings import IS_CHECKOUT, Settings, spark_password

Ask = Callable[[str], Sequence[tuple[Any, ...]]]
"""Runs a statement, and gives its rows."""

WITH_PASSWORD = "LDAP"  # noqa: S105 - the name of a way to log in
"""What clients of Thrift call a login with user and password, whoever checks them behind the server."""


ANSWERS_WITHIN_SECONDS = 10
"""Thrift itself would wait for a host that is not there as long as the machine does: minutes."""


class SparkError(Exception):
    """Spark cannot be asked, or what is there is not ours; the message says what to do."""


@dataclass(frozen=True)
class SparkPlace:
    """Where a home has tables in Spark."""

    host: str
    port: int
    user: str
    prefix: str
    folder: str
    has_tls: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "SparkPlace":
        return cls(
            settings.spark_host,
            settings.spark_port,
            settings.spark_user,
            settings.spark_schema,
            str(settings.spark_dir),
            settings.spark_tls,
        )

    def folder_of(self, schema: str) -> Path:
        """Folder of the tables of one of the home's schemas, named without the prefix."""
        return Path(self.folder) / f"{self.prefix}_{schema}"


def require_spark() -> None:
    """Raise SparkError where the extra `spark` is not installed."""
    # The names of an adapter are found below `dbt`, which every home has.
    if find_spec("pyhive") is None or find_spec("dbt.adapters.spark") is None:
        install = (
            ".venv/bin/python -m pip install -e '.[spark]'"
            if IS_CHECKOUT
            else "pipx install 'sessionmart[spark]'"
        )
        raise SparkError(
            f"Facts on Spark need the extra `spark`, which is not installed: {install}. "
            "Or set facts_engine=duckdb."
        )


@contextmanager
def asking(place: SparkPlace) -> Iterator[Ask]:
    """A function that runs a statement on the Thrift server. Raises SparkError where nothing answers."""
    from pyhive import hive
    from thrift.Thrift import TException

    try:
        connection = _connected(place)
    # A wrong password is a TTransportException; a server that speaks otherwise may cut its answer short.
    except (OSError, EOFError, TException, hive.Error) as error:
        raise SparkError(
            f"Spark's Thrift server does not answer on {place.host}:{place.port} ({_said(error)}). Start it, "
            "or correct spark_host, spark_port, spark_user, spark_tls and the variable SPARK_PASSWORD, and "
            "run the same command again."
        ) from error

    def ask(statement: str) -> Sequence[tuple[Any, ...]]:
        cursor = connection.cursor()
        try:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
        except hive.OperationalError as error:
            raise SparkError(f"Spark refused `{statement[:60]} …`: {_first_line(error)}") from error
        finally:
            cursor.close()

    try:
        yield ask
    finally:
        connection.close()


def _connected(place: SparkPlace) -> Any:
    from pyhive import hive

    session = {
        "set:hiveconf:spark.sql.timestampType": "TIMESTAMP_NTZ",
        # The dates of the lake are read from its folders when a table is read, and are not in the catalogue.
        "set:hiveconf:spark.sql.hive.manageFilesourcePartitions": "false",
    }
    socket.create_connection((place.host, place.port), timeout=ANSWERS_WITHIN_SECONDS).close()
    password = spark_password()
    login: dict[str, Any] = {
        "username": place.user,
        "auth": WITH_PASSWORD if password else None,
        "password": password,
    }
    if place.has_tls:
        from dbt.adapters.spark.connections import build_ssl_transport  # heavy

        transport = build_ssl_transport(place.host, place.port, kerberos_service_name="", **login)
        return hive.connect(username=place.user, thrift_transport=transport, configuration=session)
    return hive.connect(place.host, place.port, configuration=session, **login)


def _said(error: Exception) -> str:
    """What kind of error it is, and what the other side said in a line."""
    first = next(iter(str(error).splitlines()), "")[:200]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _first_line(error: Exception) -> str:
    status = getattr(error.args[0], "status", None) if error.args else None
    lines = str(getattr(status, "errorMessage", "") or "it gave no reason").splitlines()
    return lines[0][:300]
