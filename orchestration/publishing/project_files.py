"""Where the dbt project and its parsed copy are, and whether the copy is of these files.

Standard library only: the build of the wheel asks too, before anything is installed (bin/wheel_hook.py). Not
here: parsing, and reading the copy (parsed_project).
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2] / "dbt_project"
MANIFEST_PATH = PROJECT_DIR / "target" / "manifest.json"
"""What the Dagster definitions are loaded from."""

PARSED_PATH = MANIFEST_PATH.with_name("parsed.msgpack")
"""What dbt builds from, so that no run parses."""

STAMP_PATH = MANIFEST_PATH.with_name("parsed.json")
"""Of which files, and by which dbt, the two were made; written last."""

PARSED_FILES = (MANIFEST_PATH, PARSED_PATH, STAMP_PATH)


def project_fingerprint() -> str:
    """Changes with every file of the dbt project that can change a figure."""
    digest = blake2b(digest_size=16)
    for path in sorted(_project_files()):
        digest.update(f"{path.relative_to(PROJECT_DIR)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def stamp() -> dict[str, str]:
    """What the parsed copy says of itself; empty where there is none."""
    try:
        read: dict[str, str] = json.loads(STAMP_PATH.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) and all(path.exists() for path in PARSED_FILES) else {}


def is_parsed() -> bool:
    """Whether there is a parsed copy, and of these files: times say nothing in an installed wheel."""
    return stamp().get("project") == project_fingerprint()


def _project_files() -> Iterator[Path]:
    for path in PROJECT_DIR.rglob("*"):
        inside = path.relative_to(PROJECT_DIR)
        if path.suffix in {".sql", ".yml", ".csv"} and inside.parts[0] not in {"target", "logs"}:
            yield path
