"""The demo's own data home: a synthetic corpus beside its archive, never mixed with real transcripts."""

import json
from datetime import date
from pathlib import Path

from orchestration.demo.corpus import write_demo_corpus
from orchestration.demo.plan import DemoPlan
from orchestration.home_folder import HomeError
from orchestration.progress import Reporter
from orchestration.settings import Settings

CODEX_SHARE = 0.5
"""Of the sessions that rollouts can tell: enough people and sessions that both agents show in the metrics."""

TRUTH_FILE = "demo-truth.json"
TRANSCRIPTS_FOLDER = "demo-transcripts"


def demo_transcripts(home: Path) -> str:
    """The folder of a demo home's synthetic transcripts."""
    return str(home.expanduser().absolute() / TRANSCRIPTS_FOLDER)


def is_demo(home: Path) -> bool:
    """Whether a data home is a demo's: only its own transcripts may enter it."""
    return (home.expanduser().absolute() / TRUTH_FILE).exists()


def require_demo_home(home: Path) -> None:
    """Raise HomeError where a folder is a data home of other transcripts."""
    folder = home.expanduser().absolute()
    if not is_demo(folder) and any((folder / name).exists() for name in ("archive", "home.toml")):
        raise HomeError(
            f"{folder} is a data home with other transcripts: the demo does not mix with them. "
            "Give it a folder of its own with --home."
        )


def write_demo(settings: Settings, sessions: int, *, today: date, reporter: Reporter) -> Path:
    """Write the corpus once; later calls leave it as it is. Returns the file of planted facts.

    Raises HomeError where the home holds an archive that is not the demo's.
    """
    truth = settings.home / TRUTH_FILE
    if truth.exists():
        return truth
    require_demo_home(settings.home)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with reporter.task("Writing a synthetic corpus") as advance:
        planted = write_demo_corpus(
            Path(demo_transcripts(settings.home)),
            DemoPlan(end_date=today, sessions=sessions, codex_share=CODEX_SHARE),
            progress=lambda written: advance(written, sessions),
        )
    partial = truth.with_suffix(".partial")
    partial.write_bytes(planted.to_json())
    json.loads(partial.read_bytes())
    partial.replace(truth)
    return truth
