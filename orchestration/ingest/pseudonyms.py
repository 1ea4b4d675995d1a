"""Who and where, without names: keyed pseudonyms of users, projects and paths, and the rules behind.

The key is made on the first run and lies beside the lake, never in it: who has lake and key can test
guesses of names. **Back the key up** (`<home>/pseudonym.key`, one line of text) apart from the lake:
with another key every person and project becomes a new one, and earlier releases no longer join.
It is never printed or logged, and no error shows it.
"""

import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize

OWNER = "owner"
"""The person of a personal home, whose name no transcript has to say."""

KEY_BYTES = 32
PSEUDONYM_HEX_DIGITS = 16

_GENERIC_NAMES = """
root ubuntu debian centos fedora admin administrator runner runneradmin user users username default
defaultuser public shared guest anonymous nobody unknown redacted someone me you coder code codespace
codespaces vscode gitpod workspace sandbox devcontainer container docker ec2-user azureuser opc vagrant
pi node app appuser application service daemon system ci build builder jenkins travis circleci
gitlab-runner github-runner vsts buildkite-agent dev developer agent claude home jovyan linuxbrew test
tester
"""
GENERIC_NAMES = frozenset(_GENERIC_NAMES.split())
"""Account names of images, runners and placeholders: many people share them, so they name no one."""

_HOME = re.compile(
    r"^(?:/(?:usr|var|export|private)(?=/))?"  # /var/home of image-based Linux, /export/home, …
    r"(?://wsl[^/]*/[^/]+|/mnt/[a-z]|/[a-z]|[a-z]:)?"  # WSL, Git Bash and Windows drives
    r"/(?:users|home)/([^/]+)",
    re.IGNORECASE,
)
_ROOT_HOME = re.compile(r"^/(?:private/var/)?root(?:/|$)")


class PseudonymKeyError(Exception):
    """The pseudonym key cannot be used; the message says what to do and never shows the key."""


@dataclass(frozen=True)
class Pseudonyms:
    """Stable names from a secret key (HMAC-SHA256, 64 bits): the same key gives the same names."""

    key: bytes = field(repr=False)

    def user(self, name: str) -> str:
        """`user_…` of a person's name; case and Unicode form do not matter."""
        return self._name("user", normalize("NFC", name.strip()).casefold())

    def project(self, root: str) -> str:
        """`project_…` of a project root."""
        return self._name("project", root)

    def address(self, address: str) -> str:
        """`address_…` of a commit author's address; case does not matter."""
        return self._name("address", normalize("NFC", address.strip()).casefold())

    def repository(self, name: str) -> str:
        """`repository_…` of a repository's remote, or of its place where it has none."""
        return self._name("repository", name)

    def commit(self, repository_id: str, sha: str) -> str:
        """`commit_…` of a commit in its repository."""
        return self._name("commit", f"{repository_id}\0{sha}")

    def deployment(self, text: str) -> str:
        """`deployment_…` of what tells one use of an API from others."""
        return self._name("deployment", text)

    def pull_request(self, text: str) -> str:
        """`pull_request_…` of a pull request's project and number: a forge names the author of a number."""
        return self._name("pull_request", text)

    def incident(self, text: str) -> str:
        """`incident_…` of an incident's own id."""
        return self._name("incident", text)

    def change(self, sha: str) -> str:
        """`change_…` of a commit."""
        return self._name("change", sha)

    def path(self, path: str) -> str:
        """`path_…` of a path, or of the archive's `path_id`."""
        return self._name("path", path)

    def _name(self, kind: str, text: str) -> str:
        message = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return f"{kind}_{hmac.digest(self.key, message, 'sha256').hex()[:PSEUDONYM_HEX_DIGITS]}"


def key_exists(path: Path) -> bool:
    """Whether there is a key: none beside a filled lake means that it was lost."""
    return os.path.lexists(path)


def load_or_create_key(path: Path) -> bytes:
    """The key of this data home, made on the first call. Raises PseudonymKeyError with the mend."""
    try:
        if not key_exists(path):
            _create_key(path)
        text = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise PseudonymKeyError(
            f"The pseudonym key {path} cannot be read or made ({error.strerror}). Check that it is a file "
            "of this user, or restore it from its backup."
        ) from error
    if os.name != "nt" and mode & 0o077:
        raise PseudonymKeyError(
            f"Others may read the pseudonym key {path} (mode {mode:04o}). Run: chmod 600 {path}"
        )
    key = b""
    with suppress(ValueError):
        key = bytes.fromhex(text.decode("ascii"))
    if len(key) != KEY_BYTES:
        raise PseudonymKeyError(
            f"The pseudonym key {path} is damaged: it must hold {2 * KEY_BYTES} hexadecimal digits. "
            "Restore it from its backup. Only if there is none, remove it: a new key is made, and all "
            "people and projects get new names, so the lake must be landed anew."
        )
    return key


def _create_key(path: Path) -> None:
    """Write a new key whole or not at all; a key that another process made first stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        beside.unlink()
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_bytes(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(beside, path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def is_generic(name: str) -> bool:
    return name.strip().casefold() in GENERIC_NAMES or not name.strip()


def user_name_from_cwd(cwd: str | None) -> str | None:
    """The home folder's name in a working directory; None outside homes and for generic names."""
    name = None if cwd is None else _home_name(cwd)
    return None if name is None or is_generic(name) else name


def resolve_user(author: str | None, cwds: Iterable[str], users: Mapping[str, str]) -> str | None:
    """The person behind a session: the operator's map first, then author, then the homes of `cwds`.

    The map (any case) may rename a name or give a generic one a person; unmapped generic names are
    passed over. None where nobody is known.
    """
    mapped = {name.casefold(): person for name, person in users.items()}
    for name in (author, *map(_home_name, cwds)):
        if name is None:
            continue
        if name.casefold() in mapped:
            return mapped[name.casefold()]
        if not is_generic(name):
            return name
    return None


def _home_name(cwd: str) -> str | None:
    path = _forward(cwd)
    if _ROOT_HOME.match(path):
        return "root"
    found = _HOME.match(path)
    return found.group(1) if found else None


def _forward(path: str) -> str:
    r"""Forward slashes, none doubled but the two that open a Windows share."""
    slashed = path.strip().replace("\\", "/")
    share = "/" if slashed.startswith("//") else ""
    return share + re.sub(r"/{2,}", "/", slashed)
