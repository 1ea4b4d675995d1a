"""Values of a Kubernetes secret: whatever their names are, the kind of the object says what they are.

Belongs here: manifests in YAML and JSON, as files, in answers of kubectl and inside JSON text.
"""

import re
from collections.abc import Iterator

KIND = "kubernetes_secret"
KUBERNETES_LITERALS = (
    "kind: secret",
    'kind: "secret"',
    '"kind":"secret"',
    '"kind": "secret"',
    'kind\\": \\"secret',
    'kind\\":\\"secret',
)

_YAML_BLOCK = re.compile(
    r"(?:^|\n|\\n)(?:data|stringData):[ \t]*((?:(?:\r?\n|\\n)[ \t]+[^\n\\]{1,8000}){1,200})", re.ASCII
)
_YAML_VALUE = re.compile(
    r"[ \t]+[\w.-]{1,200}:[ \t]*[\"']?(?P<secret>[^\s\"'|>\\{\[][^\s\"'\\]{3,8000})", re.ASCII
)
_JSON_BLOCK = re.compile(r"\"(?:data|stringData)\\{0,3}\"\s{0,4}:\s{0,4}\{([^{}]{1,20000})\}", re.ASCII)
_JSON_VALUE = re.compile(r"\"\s{0,4}:\s{0,4}\\{0,3}\"(?P<secret>[^\"\\\s]{4,8000})", re.ASCII)


def find_kubernetes_data(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each value below `data` or `stringData`."""
    for block, value in ((_YAML_BLOCK, _YAML_VALUE), (_JSON_BLOCK, _JSON_VALUE)):
        for found in block.finditer(text):
            for match in value.finditer(text, *found.span(1)):
                yield *match.span("secret"), KIND
