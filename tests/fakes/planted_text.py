"""Secrets made for one place each, so that a leak says where it came from; and the session they go into."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.fakes.planted_secrets import DASHES, glue


@dataclass
class PlantedSession:
    """The transcript files by name, and the hearts of the secrets in them by place."""

    files: dict[str, bytes] = field(default_factory=dict)
    hearts: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        for name, content in self.files.items():
            path = folder / "-home-ann-repo" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def heart(self, place: str, length: int = 32) -> str:
        """A run of letters and digits that stands in this place alone; two letters at least in front."""
        digits = sha256(place.encode()).hexdigest()
        heart = "".join(chr(ord("g") + int(d, 16)) if n % 2 else d for n, d in enumerate(digits))[:length]
        self.hearts[place] = heart
        return heart

    def github(self, place: str) -> str:
        return glue("gh", "p_", self.heart(place) + "abcd")

    def anthropic(self, place: str) -> str:
        return glue("sk-", "ant-api03-", self.heart(place, 60))

    def aws(self, place: str) -> str:
        heart = sha256(place.encode()).hexdigest().upper()[:16].replace("0", "Q").replace("1", "R")
        heart = heart.replace("8", "S").replace("9", "T")
        self.hearts[place] = heart
        return glue("AK", "IA", heart)

    def password(self, place: str) -> str:
        return self.heart(place, 14) + "7z"

    def connection(self, place: str) -> str:
        return glue("postgres", "://app:", self.password(place), "@db.corp.io:5432/app")

    def private_key(self, place: str, newline: str = "\n") -> str:
        body = newline.join((self.heart(place, 60) + "AAAA", "b" * 64, "c" * 40 + "=="))
        return newline.join(
            (
                glue(DASHES, "BEGIN RSA PRIVATE", " KEY", DASHES),
                body,
                glue(DASHES, "END RSA PRIVATE", " KEY", DASHES),
            )
        )
