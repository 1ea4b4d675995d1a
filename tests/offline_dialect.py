"""Compiles the facts for an engine that is not here, with dbt's adapter of it and without its connector.

Test support; `compiled` runs this module in a process of its own. An adapter's macros and types are what
makes the SQL, and they are small. The connectors and clouds' libraries that adapters import are hundreds of
megabytes, and one of them contradicts the lock; nothing of them is used while compiling, so whatever of them
is missing is a stand-in.
"""

import json
import os
import subprocess
import sys
from abc import ABCMeta
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = CHECKOUT / "dbt_project"

CONNECTORS = (
    "trino", "snowflake", "google", "boto3", "botocore", "mypy_boto3_athena", "mypy_boto3_glue",
    "mypy_boto3_lakeformation", "pyathena", "mmh3", "cryptography", "tenacity", "pytz",
)  # fmt: skip
"""Top names of what adapters import and compiling does not use."""

TARGETS: dict[str, dict[str, Any]] = {
    "trino": {
        "method": "none", "user": "none", "host": "localhost", "port": 8080, "retries": 3, "database": "lake",
    },
    "snowflake": {
        "account": "none", "user": "none", "password": "none", "database": "lake", "warehouse": "none",
    },
    "bigquery": {"method": "oauth", "project": "lake"},
    "athena": {
        "database": "lake", "region_name": "eu-west-1",
        "s3_staging_dir": "s3://none/", "s3_data_dir": "s3://none/",
    },
}  # fmt: skip
"""A profile for each engine. No address in it is ever asked."""


def compiled(dialect: str, folder: Path) -> dict[str, str]:
    """The SQL of every node of the first pass for an engine, by name. Raises RuntimeError."""
    folder.mkdir(parents=True)
    output = {"type": dialect, "schema": "sessionmart", "threads": 1, **TARGETS[dialect]}
    profile = {"sessionmart": {"target": dialect, "outputs": {dialect: output}}}
    (folder / "profiles.yml").write_text(json.dumps(profile))
    path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
    found = subprocess.run(
        [sys.executable, "-m", "tests.offline_dialect", str(folder)],
        cwd=CHECKOUT, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode:
        raise RuntimeError(found.stdout[-3000:] + found.stderr[-3000:])
    nodes: dict[str, str] = json.loads((folder / "compiled.json").read_text())
    return nodes


class _Anything(ABCMeta):
    """A class that has every attribute, and is its own result when called."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name)

    def __or__(cls, other: Any) -> Any:
        return Any

    __ror__ = __or__


def _stand_in(name: str) -> Any:
    # An exception, because some of them are caught.
    members = {
        "__init__": lambda _self, *_given, **_named: None,
        "__call__": lambda self, *_given, **_named: self,
        "__getattr__": lambda _self, name: _stand_in(name),
    }
    return _Anything(name, (Exception,), members)


class _Missing(ModuleType):
    __path__: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _stand_in(name)
        setattr(self, name, made)
        return made


class _Connectors(MetaPathFinder, Loader):
    """Finds whatever of CONNECTORS is not installed; asked last."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        wanted = name.partition(".")[0] in CONNECTORS
        return ModuleSpec(name, self, is_package=True) if wanted else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Missing(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def _compile(folder: Path) -> None:
    sys.meta_path.append(_Connectors())
    from dbt.cli.main import dbtRunner

    options = [
        "--project-dir", str(PROJECT), "--profiles-dir", str(folder), "--target-path", str(folder / "target"),
        "--log-path", str(folder), "--quiet", "--no-send-anonymous-usage-stats",
    ]  # fmt: skip
    outcome = dbtRunner().invoke(
        ["compile", "--no-introspect", "--no-populate-cache", "--selector", "facts", *options]
    )
    if not outcome.success:
        failed = [
            f"{each.node.name}: {each.message}" for each in getattr(outcome.result, "results", None) or []
        ]
        sys.exit("\n".join([str(outcome.exception), *failed]))
    results: Any = outcome.result
    nodes = {
        each.node.name: each.node.compiled_code
        for each in results.results
        if str(each.node.resource_type) != "seed"
    }
    (folder / "compiled.json").write_text(json.dumps(nodes))


if __name__ == "__main__":
    _compile(Path(sys.argv[1]))
