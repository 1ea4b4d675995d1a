"""How a data home is known to be the demo's, and which transcripts it takes: its own and no others.

Belongs here: names of files and folders, and what they tell. Not here: writing any of it (the room demo,
which nothing else imports).
"""

from pathlib import Path

from orchestration.home_folder import HomeError
from orchestration.settings import own_folder

TRUTH_FILE = "demo-truth.json"
TRANSCRIPTS_FOLDER = "demo-transcripts"


def default_demo_home() -> Path:
    """Where a demo is made unless another folder is named."""
    return own_folder() / "demo-data"


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
