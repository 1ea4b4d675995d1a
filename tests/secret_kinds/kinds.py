"""Every kind of secret that the kept rule sets name, with our own example of it, and the places it stands in.

The list is kinds.tsv beside this file: one kind a line. `python -m tests.secret_kinds.regenerate` brings it
up to date when a rule set is upgraded. Here are the readers of it, and the places.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.secret_kinds.templates import marked_example

LIST = Path(__file__).with_name("kinds.tsv")
HEADER = ("rule_set", "kind", "standing", "template")

STANDINGS = {
    "bare": "known by its own look, so it is looked for in every place",
    "named": "known only where a name says what it is",
    "text": "known only in a text of its own kind, in which the secret is marked {{…}}",
    "identifier": "no secret: an id, an address or a name that a rule set pairs with one",
    "file": "a file's name, or bytes: never in a text",
}


@dataclass(frozen=True)
class Kind:
    """One kind of one rule set."""

    rule_set: str
    kind: str
    standing: str
    template: str

    @property
    def name(self) -> str:
        """The name under which a value of this kind is kept, in snake case."""
        words = self.kind.lower().replace(".", "-").replace(" ", "-").split("-")
        return "_".join(word for word in words if word and not word.isdigit())

    @property
    def holds_secret(self) -> bool:
        """Whether an example of the kind has to go."""
        return self.standing in ("bare", "named", "text")

    def text(self, number: int = 0) -> tuple[str, str]:
        """A made-up text of the template, and the secret in it (all of it where none is marked)."""
        return marked_example(self.template, seed=f"{self.rule_set} {self.kind} {number}")


def read_kinds() -> list[Kind]:
    """The rows of the list."""
    lines = LIST.read_text("utf-8").splitlines()
    return [Kind(*line.split("\t")) for line in lines[1:]]


def write_kinds(kinds: list[Kind]) -> None:
    """Write the list, in order of rule set and kind."""
    rows = sorted((kind.rule_set, kind.kind, kind.standing, kind.template) for kind in kinds)
    LIST.write_text("".join("\t".join(row) + "\n" for row in (HEADER, *rows)), "utf-8")


NAMED_PLACES = {
    "assignment": "{name} = '{secret}'",
    "environment": "export {NAME}={secret}",
    "dotenv": "{NAME}={secret}\n",
    "quoted dotenv": '{NAME}="{secret}"',
    "json": '{{"{name}": "{secret}", "retries": 3}}',
    "json in json": '{{\\"{name}\\": \\"{secret}\\"}}',
    "camel case": '{{"{camel}":"{secret}"}}',
    "yaml": "service:\n  {name}: {secret}\n  port: 80",
    "quoted yaml": '  {name}: "{secret}"',
    "toml": '[auth]\n{name} = "{secret}"',
    "header": "curl -H '{Header}: {secret}' https://api.local/v1",
    "query": "GET https://api.local/v1?{name}={secret}&page=2",
    "option": "mytool --{dashed} {secret} run",
    "option with a sign": "mytool --{dashed}={secret} run",
    "code": 'const {camel} = "{secret}";',
    "typed code": '{camel}: str = "{secret}"',
    "call": 'os.environ["{NAME}"] = "{secret}"',
    "pair": "- name: {NAME}\n  value: {secret}\n",
    "json pair": '{{"name": "{NAME}", "value": "{secret}"}}',
    "log": "2026-11-02T10:00:00Z INFO client ready {name}={secret} region=eu",
    "docker": "ENV {NAME} {secret}",
    "xml": "<{name}>{secret}</{name}>",
}
"""Ways to write a value behind its name."""

BARE_PLACES = {
    "prose": "the new one is {secret} and it works",
    "end of a sentence": "Use {secret}.",
    "line of its own": "here:\n{secret}\ndone",
    "quoted": 'client = Client("{secret}")',
    "list": '["a", "{secret}", "b"]',
    "unknown name": "thing = '{secret}'",
    "json": '{{"x": "{secret}"}}',
    "escaped line": "first\\n{secret}\\nlast",
    "colour": "\x1b[32m{secret}\x1b[0m",
    "authorization": "Authorization: Bearer {secret}",
    "user of an address": "git clone https://{secret}@host.local/a/b.git",
    "password of an address": "https://me:{secret}@host.local/a",
    "query": "https://host.local/?x={secret}&y=1",
    "argument": "mytool login {secret}",
    "log": "2026-11-02 10:00:00 ERROR rejected: {secret}",
    "markdown": "| prod | `{secret}` |",
    "diff": "+  {secret}",
    "parentheses": "({secret})",
}
"""Places where nothing but its look tells what it is."""


def filled(place: str, *, name: str, secret: str) -> str:
    """A place with a secret in it, its name in the writing that the place has."""
    words = name.split("_")
    return place.format(
        name=name,
        NAME=name.upper(),
        camel=words[0] + "".join(word.capitalize() for word in words[1:]),
        dashed="-".join(words),
        Header="-".join(("X", *(word.capitalize() for word in words))),
        secret=secret,
    )
