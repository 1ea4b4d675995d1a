"""What a source raised, as it may be written down: the kind of error and the place, never its text.

An error's message may quote the transcript that it stumbled over.
"""

import traceback
from pathlib import Path

OWN_FOLDER = Path(__file__).resolve().parents[1]
"""The ingest package: the deepest frame in it is where a reader starts to look."""


def kind_of(error: BaseException) -> str:
    """The class of an error."""
    return type(error).__name__


def place_of(error: BaseException) -> str | None:
    """File, line and function of the deepest frame in this package; None where there is none."""
    stack = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in stack if Path(frame.filename).is_relative_to(OWN_FOLDER)]
    if not own:
        return None
    frame = own[-1]
    path = Path(frame.filename).relative_to(OWN_FOLDER).as_posix()
    return f"{path}:{frame.lineno} in {frame.name}"
