"""An S3-compatible object store, as far as a data home uses one: put, put under a condition, list, delete.

Belongs here: how the store is reached and what its refusals mean to a person. Not here: what is put there
(mirror, releases). Keys, region and endpoint are obstore's to read from the environment (`AWS_…`); no
message repeats what obstore says, and nothing of them is written anywhere.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

SCHEME = "s3://"
SECONDS_OF_RETRIES = 30


class StoreError(Exception):
    """The object store cannot be used; the message says why and what to do."""


class StoreConflictError(StoreError):
    """An object changed while this process was about to change it: another one is at work there."""


class Stored(NamedTuple):
    """An object as a listing shows it."""

    size: int
    e_tag: str
    modified: datetime


class ObjectStore:
    """The objects below one address (`s3://bucket/prefix`), by their names below it."""

    def __init__(self, address: str) -> None:
        try:
            from obstore.store import S3Store
        except ImportError:
            raise StoreError(
                f"The object store {address} needs the extra `s3`: pip install 'sessionmart[s3]'."
            ) from None
        self.address = address
        bucket, _, prefix = address.removeprefix(SCHEME).partition("/")
        with _explained(address):
            self._store = S3Store(
                bucket,
                prefix=prefix or None,
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=SECONDS_OF_RETRIES)},
            )

    def put(self, name: str, content: bytes | Path) -> str:
        """Write an object over whatever is there; returns its tag."""
        return self._put(name, content, "overwrite")

    def put_if(self, name: str, content: bytes, *, e_tag: str | None) -> str:
        """Write an object that still has the tag `e_tag` (None: that is not there yet); returns its new tag.

        Raises StoreConflictError where it has another.
        """
        return self._put(name, content, "create" if e_tag is None else {"e_tag": e_tag})

    def get(self, name: str) -> tuple[bytes, str] | None:
        """Content and tag of an object; None where there is none."""
        import obstore

        with _explained(self.address):
            try:
                found = obstore.get(self._store, name)
                return bytes(found.bytes()), str(found.meta["e_tag"])
            except FileNotFoundError:
                return None

    def list(self, folder: str = "") -> dict[str, Stored]:
        """Every object below a folder, by its name."""
        import obstore

        with _explained(self.address):
            return {
                str(each["path"]): Stored(int(each["size"]), str(each["e_tag"]), each["last_modified"])
                for chunk in obstore.list(self._store, prefix=folder or None)
                for each in chunk
            }

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects; one that is not there is removed."""
        import obstore

        wanted = sorted(names)
        with _explained(self.address):
            if wanted:
                obstore.delete(self._store, wanted)

    def _put(self, name: str, content: bytes | Path, mode: Any) -> str:
        import obstore

        with _explained(self.address):
            put = obstore.put(self._store, name, content, mode=mode)
        if put["version"] not in (None, "null"):
            raise StoreError(
                f"{self.address} keeps old versions of its objects. What is deleted or replaced there would "
                "stay, also the data of people who are deleted. Name a bucket without versioning, or "
                "suspend it and remove the old versions."
            )
        return str(put["e_tag"])


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """Errors of the library as ours; its own messages quote requests."""
    from obstore import exceptions as refused

    try:
        yield
    except FileNotFoundError as error:
        raise StoreError(f"{address}: there is no such bucket. Make it, or correct the setting.") from error
    except (refused.AlreadyExistsError, refused.PreconditionError) as error:
        raise StoreConflictError(
            f"Another process changes {address} at this moment. One home writes there, and one process of "
            "it: end the other, and run the same command again."
        ) from error
    except (refused.PermissionDeniedError, refused.UnauthenticatedError) as error:
        raise StoreError(
            f"{address} refuses these keys. They come from the environment alone (AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY, AWS_REGION, for another service AWS_ENDPOINT_URL), and need the rights "
            "to list, read, write and delete."
        ) from error
    except (refused.BaseError, OSError, ValueError) as error:
        raise StoreError(
            f"{address} cannot be reached ({type(error).__name__}). Check network, AWS_ENDPOINT_URL and "
            "AWS_REGION (plain http needs AWS_ALLOW_HTTP=true), then run the same command again."
        ) from error
