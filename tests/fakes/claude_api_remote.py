"""What a test asks of a fake that runs in another process, and what it sets there, over the same wire.

Paths under /_fake/: `state` (calls, bill, settings), `texts` (every text that arrived), `faults` and
`settings` (POST). Not here: starting the process (claude_api_process).
"""

from dataclasses import asdict, replace
from typing import Any

import orjson

from tests.fakes.claude_api_service import FakeService


def administer(service: FakeService, path: str, body: bytes) -> Any:
    """Do what one of these paths says; returns the state, or the texts."""
    if path == "/_fake/texts":
        return service.account.texts
    if path == "/_fake/faults":
        service.faults.read_script(orjson.loads(body))
    if path == "/_fake/settings":
        service.settings = replace(service.settings, **orjson.loads(body))
    return {**service.account.as_json(), "settings": asdict(service.settings)}
