"""The parsed dbt project: made once by `make` or with the wheel, and the same bytes on every machine.

Belongs here: taking time and place out of the copy, reading it, and putting a home's lake in. Not here: where
the files are (project_files), parsing and building (warehouse). Parsing takes longer than building the
models of a small lake, and the folder of an installed wheel may be read-only.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.command_lines import command_line
from orchestration.publishing.dictionary import Table, published_tables
from orchestration.publishing.project_files import (
    MANIFEST_PATH,
    PARSED_PATH,
    PROJECT_DIR,
    STAMP_PATH,
    is_parsed,
    project_fingerprint,
    stamp,
)

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

LAKE_WHEN_PARSED = "/the-lake-of-the-home"
"""Where the sources of the parsed project are, until a home puts its lake in the place (`use_lake`)."""

PROJECT_WHEN_PARSED = "/the-folder-of-the-project"
"""Where the seeds of the parsed project are, until it is read."""

LOCATION = "external_location"
"""Key under which dbt-duckdb keeps the files of a source."""

_MOMENT = "2000-01-01T00:00:00+00:00"
_SAME_IN_EVERY_PARSE: dict[str, str] = {
    "generated_at": _MOMENT,
    "invocation_started_at": _MOMENT,
    "run_started_at": _MOMENT,
    "invocation_id": "00000000-0000-0000-0000-000000000000",
}
"""What stands in the copy's metadata for what would differ with every parse."""


class ManifestMissingError(Exception):
    """The dbt project has not been parsed; the message says how."""


def write_copy() -> None:
    """Make the copy of what dbt has just parsed in the folder of the project."""
    import msgpack

    STAMP_PATH.unlink(missing_ok=True)
    fingerprint = project_fingerprint()
    manifest = json.loads(MANIFEST_PATH.read_bytes())
    MANIFEST_PATH.write_text(json.dumps(timeless(manifest), ensure_ascii=False), encoding="utf-8")
    parsed = msgpack.unpackb(MANIFEST_PATH.with_name("partial_parse.msgpack").read_bytes())
    # Only dbt's next parse in this folder reads the states of its files, from its own copy.
    PARSED_PATH.write_bytes(msgpack.packb(timeless({**parsed, "files": {}})))
    STAMP_PATH.write_text(json.dumps({"project": fingerprint, "dbt": version("dbt-core")}) + "\n", "utf-8")


def timeless(parsed: dict[str, Any]) -> dict[str, Any]:
    """A parsed project without times and folders, its parts in the order of their names."""
    own = {
        name: {key: part[key] for key in sorted(part)} if isinstance(part, dict) else part
        for name, part in parsed.items()
    }
    return {**_without_times(own), "metadata": {**own["metadata"], **_SAME_IN_EVERY_PARSE}}


def _without_times(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_times(each) for each in value]
    if isinstance(value, dict):
        return {
            key: 0.0 if key == "created_at" and isinstance(each, float) else _without_times(each)
            for key, each in value.items()
        }
    return PROJECT_WHEN_PARSED if value == str(PROJECT_DIR) else value


def require_manifest() -> None:
    """Raise ManifestMissingError where `make` has not parsed the dbt project."""
    if not MANIFEST_PATH.exists():
        raise ManifestMissingError(
            f"The dbt project is not parsed yet: there is no {MANIFEST_PATH}. Run "
            f"`{command_line(None, 'manifest')}` (the other targets of the Makefile do it by themselves)."
        )


def read_manifest() -> dict[str, Any]:
    """The parsed dbt project; raises ManifestMissingError."""
    require_manifest()
    manifest: dict[str, Any] = json.loads(MANIFEST_PATH.read_text(encoding="utf-8"))
    return manifest


def descriptions() -> dict[str, Table]:
    """The published tables of the parsed dbt project, by `<schema>.<table>`; raises ManifestMissingError."""
    return {table.full_name: table for table in published_tables(read_manifest())}


def parsed_for(lake: Path | str) -> "Manifest | None":
    """The copy as dbt takes it, over this lake; None where it is of other files or another dbt."""
    from dbt.contracts.graph.manifest import Manifest

    if not is_parsed() or stamp().get("dbt") != version("dbt-core"):
        return None
    manifest = Manifest.from_msgpack(PARSED_PATH.read_bytes())
    for node in manifest.nodes.values():
        if getattr(node, "root_path", None) == PROJECT_WHEN_PARSED:
            node.root_path = str(PROJECT_DIR)  # type: ignore[union-attr,unused-ignore]  # seeds have it
    use_lake(manifest, lake)
    return manifest


def use_lake(manifest: "Manifest", lake: Path | str) -> None:
    """Put a lake in the place of LAKE_WHEN_PARSED."""
    place = str(lake).replace("'", "''")
    for source in manifest.sources.values():
        for meta in (source.meta, source.source_meta, source.config.meta):
            meta[LOCATION] = str(meta[LOCATION]).replace(LAKE_WHEN_PARSED, place)
