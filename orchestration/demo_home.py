"""How a data home is known to be the demo's, and what it reads: its own transcripts, repositories and tables.

Belongs here: names of files and folders, and what they tell. Not here: writing any of it (the room demo,
which nothing else imports).
"""

from pathlib import Path

from orchestration.home_folder import HomeError
from orchestration.settings import own_folder

TRUTH_FILE = "demo-truth.json"
TRANSCRIPTS_FOLDER = "demo-transcripts"
ORGANISATION_FOLDER = "demo-organisation"

_PLACES = {
    "repositories": "repositories",
    "pull_requests": "pull-requests",
    "survey_answers": "survey-answers",
    "incidents": "incidents",
    "wages": "wages",
}
"""Setting → its folder below that of the organisation."""


def default_demo_home() -> Path:
    """Where a demo is made unless another folder is named."""
    return own_folder() / "demo-data"


def demo_transcripts(home: Path) -> str:
    """The folder of a demo home's synthetic transcripts."""
    return str(home.expanduser().absolute() / TRANSCRIPTS_FOLDER)


def demo_places(home: Path) -> dict[str, Path]:
    """Where a demo home has repositories and supplied tables, by the setting that names them."""
    folder = home.expanduser().absolute() / ORGANISATION_FOLDER
    return {name: folder / place for name, place in _PLACES.items()}


def demo_settings(home: Path) -> dict[str, tuple[str, ...]]:
    """The settings that say what a demo home reads; without an organisation, its transcripts alone."""
    read: dict[str, tuple[str, ...]] = {"transcripts": (demo_transcripts(home),)}
    for name, place in demo_places(home).items():
        if place.is_dir():
            several = sorted(place.glob("*.git")) if name == "repositories" else (place,)
            read[name] = tuple(map(str, several))
    return read


def is_demo(home: Path) -> bool:
    """Whether a data home is a demo's: only what it wrote itself may enter it."""
    return (home.expanduser().absolute() / TRUTH_FILE).exists()


def require_demo_home(home: Path) -> None:
    """Raise HomeError where a folder is a data home of other transcripts."""
    folder = home.expanduser().absolute()
    if not is_demo(folder) and any((folder / name).exists() for name in ("archive", "home.toml")):
        raise HomeError(
            f"{folder} is a data home with other transcripts: the demo does not mix with them. "
            "Give it a folder of its own with --home."
        )
