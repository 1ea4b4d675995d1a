"""A Spark Thrift server for tests: PyPI's pyspark in a folder of the test, on Debian's Java if there is none.

Test support. Everything of it is on the loopback and in the folder: catalogue in memory, no page. The
settings of the server make many small statements fast, and change no result.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

LOCK = Path("/tmp/sessionmart-java.lock")  # noqa: S108 - two processes of a test run must not both install
STARTS_WITHIN_SECONDS = 120
CLASS = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"

SMALL = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.hadoop.hive.server2.thrift.bind.host": "127.0.0.1",
    "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:sessions;create=true",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.hive.thriftServer.singleSession": "true",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.files.openCostInBytes": "0",
    "spark.sql.files.maxPartitionBytes": "1g",
    "spark.sql.files.minPartitionNum": "1",
    "spark.sql.parquet.columnarReaderBatchSize": "256",
    # Plans are as long as a book, and nobody reads them: describing them took half of the time.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.lightweightPlanChangeValidation": "false",
    # What these find costs more than reading tables this small.
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.optimizer.dynamicPartitionPruning.enabled": "false",
    "spark.sql.optimizer.runtime.bloomFilter.enabled": "false",
    "spark.sql.subexpressionElimination.enabled": "false",
    "spark.sql.debug.maxToStringFields": "0",
    "spark.sql.maxPlanStringLength": "100",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
}


@dataclass(frozen=True)
class SparkServer:
    """A running server."""

    port: int


def java() -> str:
    """Path of a Java that Spark runs on; Debian's package is installed where there is none and we may."""
    with FileLock(LOCK):
        found = shutil.which("java")
        if found is None and shutil.which("apt-get") and os.geteuid() == 0:
            package = "openjdk-17-jre-headless"
            for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
                subprocess.run(["apt-get", "--quiet", "--quiet", *command], check=True, capture_output=True)
            found = shutil.which("java")
    if found is None:
        raise RuntimeError(
            "Tests of facts on Spark need Java 17: install it (Debian: apt-get install "
            "openjdk-17-jre-headless) "
            "and run them again."
        )
    return found


@contextmanager
def spark_server(folder: Path) -> Iterator[SparkServer]:
    """A Thrift server that runs until the block ends; its log is in `folder`."""
    found = find_spec("pyspark")
    assert found is not None, "pyspark is in requirements-dev.lock: run bin/bootstrap dev"
    assert found.origin is not None
    home = Path(found.origin).parent
    port = _free_port()
    settings = {
        **SMALL,
        "spark.hadoop.hive.server2.thrift.port": str(port),
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.local.dir": str(folder / "local"),
    }
    options = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    quiet = folder / "log4j2.properties"
    quiet.write_text("rootLogger.level = error\n")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SPARK_")},
        "SPARK_HOME": str(home),
        "JAVA_HOME": str(Path(java()).resolve().parent.parent),
    }
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                home / "bin" / "spark-submit",
                "--master", "local[2]", "--driver-memory", "2g", "--class", CLASS,
                "--driver-java-options",
                f"-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile={quiet.as_uri()}",
                *options,
                "spark-internal",
            ],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait_for(server, port, folder / "server.log")
            yield SparkServer(port)
        finally:
            # Asked to end, it may wait for itself for ever; its folder goes with the test.
            server.kill()
            server.wait(60)


def _wait_for(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(STARTS_WITHIN_SECONDS * 5):
        if server.poll() is not None:
            raise RuntimeError(f"Spark ended: {log.read_text()[-3000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"Spark did not answer: {log.read_text()[-3000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
