"""Dagster's daemon that looks every three seconds: `python -m tests.fakes.hasty_daemon run -m <module>`.

The same program as `dagster-daemon`, which looks for backfills every 30 seconds, as often as our sensors ask,
and starts its code server anew every minute. A test would wait half of its time for that. Dagster has no
setting for any of it but the queue's; the others are constants.
"""

from typing import Any

from dagster._core.remote_representation.external import RemoteSensor
from dagster._daemon import controller, sensor
from dagster._daemon.cli import create_dagster_daemon_cli
from dagster._daemon.daemon import DagsterDaemon, IntervalDaemon

LOOK_SECONDS = 3
RELOAD_SECONDS = 3600

_daemon_of_type = controller.create_daemon_of_type


def hasten() -> None:
    """Shorten what a daemon waits; fails where Dagster no longer has the name that says how long."""
    for owner, name, ours in (
        (controller, "DEFAULT_DAEMON_INTERVAL_SECONDS", LOOK_SECONDS),
        (controller, "RELOAD_WORKSPACE_INTERVAL", RELOAD_SECONDS),
        (sensor, "MIN_INTERVAL_LOOP_TIME", LOOK_SECONDS),
        (controller, "create_daemon_of_type", hasty_daemon_of_type),
        (RemoteSensor, "min_interval_seconds", LOOK_SECONDS),
    ):
        getattr(owner, name)
        setattr(owner, name, ours)


def hasty_daemon_of_type(*arguments: Any) -> DagsterDaemon[Any]:
    """One of Dagster's daemons: the queue of runs is looked at every five seconds, runs every thirty."""
    daemon = _daemon_of_type(*arguments)
    if isinstance(daemon, IntervalDaemon):
        daemon.interval_seconds = LOOK_SECONDS
    return daemon


if __name__ == "__main__":
    hasten()
    create_dagster_daemon_cli()()
