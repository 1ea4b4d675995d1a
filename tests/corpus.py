"""The transcripts that corpus tests run on: real ones where SESSIONMART_CORPUS names them, else generated.

The real corpus is never committed. Nothing is skipped without it: a generated corpus takes its place.
"""

import os
from datetime import date
from pathlib import Path

from orchestration.demo import DemoPlan, write_demo_corpus


def corpus_folder(tmp: Path) -> Path:
    """Folder of Claude Code transcripts, real or generated into `tmp`."""
    named = os.environ.get("SESSIONMART_CORPUS")
    if named and (Path(named) / "claude-code").is_dir():
        return Path(named) / "claude-code"
    folder = tmp / "generated-corpus"
    write_demo_corpus(folder, DemoPlan(end_date=date(2026, 6, 30)))
    return folder


def transcript_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.jsonl"))
