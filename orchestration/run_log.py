"""The log file of a data home: what was run, when, and how it ended; never a word of a transcript.

Belongs here: the file's place, rights and rotation, and what may be written about an error.
Not here: what a person sees (progress, summary) and Dagster's own event log.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from orchestration.failures import describe, frames

LOGGER = logging.getLogger("sessionmart")
MAX_BYTES = 5 * 1024 * 1024
KEPT_FILES = 3


@contextmanager
def logging_to(path: Path, *, title: str) -> Iterator[logging.Logger]:
    """Write the project's log lines to `path` while the block runs, with its beginning and its end.

    An error is logged (type and place; its message only where it is ours) and raised again.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    try:
        LOGGER.info("%s: begins", title)
        yield LOGGER
        LOGGER.info("%s: done", title)
    except BaseException as error:
        LOGGER.error("%s: stopped: %s\n%s", title, describe(error), frames(error))
        raise
    finally:
        LOGGER.removeHandler(handler)
        handler.close()
