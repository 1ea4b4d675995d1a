"""The fake API without its wire: what each call does to messages, cache, batches and bill."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.fakes.claude_api_account import Account
from tests.fakes.claude_api_answers import drawn, plausible_answer
from tests.fakes.claude_api_batches import FakeBatches, errored
from tests.fakes.claude_api_cache import Prompt, PromptCache, read_prompt
from tests.fakes.claude_api_checks import Refused, check_batch, check_message
from tests.fakes.claude_api_faults import Fault, Faults
from tests.fakes.claude_api_messages import Answer, made_message


@dataclass(frozen=True)
class FakeSettings:
    """How the fake behaves.

    `looks_in_progress`: how often a batch is looked at before it has ended. `batch_hit_share`: share of a
    batch's items that find a cached prefix where one exists. `latency_seconds`: from a message's arrival
    to the beginning of its response.
    """

    looks_in_progress: int = 1
    batch_hit_share: float = 1.0
    min_cached_tokens: int = 1024
    context_window_tokens: int = 1_000_000
    latency_seconds: float = 0.0


def hashed_answer(name: str, step: str, document: str, question: str) -> dict[str, Any]:
    """A plausible answer to any question; the fake's own where a test plants none."""
    return plausible_answer(document, question)


class FakeService:
    """The state of one fake API. Settings may be replaced while it runs."""

    def __init__(
        self,
        answer: Answer = hashed_answer,
        settings: FakeSettings | None = None,
        *,
        cache_clock: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.answer = answer
        self.settings = settings or FakeSettings()
        self.faults = Faults()
        self.account = Account()
        self.batches = FakeBatches(self.faults, self._batch_item, clock=clock)
        self.cache = PromptCache(clock=cache_clock, min_tokens=self.settings.min_cached_tokens)
        self._number = 0
        self._lock = threading.Lock()

    def count_tokens(self, params: Any) -> int:
        """Tokens of a prompt; nothing is charged."""
        check_message(params, is_counting=True)
        self.account.see_texts(params)
        prompt = read_prompt(params)
        return prompt.prefix_tokens + prompt.rest_tokens

    def message(self, params: Any, fault: Fault | None) -> dict[str, Any]:
        """Process and charge one message; raises Refused."""
        check_message(params)
        return self._processed(params, fault, custom_id=None)

    def create_batch(self, body: Any, *, byte_count: int) -> str:
        """A new batch's id; raises Refused."""
        check_batch(body, byte_count=byte_count)
        return self.batches.create(body["requests"], looks=self.settings.looks_in_progress).batch_id

    def _batch_item(self, custom_id: str, params: Mapping[str, Any], fault: Fault | None) -> dict[str, Any]:
        try:
            check_message(params)
            return {"type": "succeeded", "message": self._processed(params, fault, custom_id=custom_id)}
        except Refused as refused:
            return errored(refused.error_type, refused.message)

    def _processed(
        self, params: Mapping[str, Any], fault: Fault | None, *, custom_id: str | None
    ) -> dict[str, Any]:
        self.account.see_texts(params)
        prompt = read_prompt(params)
        self._check_window(prompt)
        is_batch = custom_id is not None
        is_allowed = not is_batch or drawn("hit", custom_id).random() < self.settings.batch_hit_share
        usage = self.cache.look_up(prompt, is_allowed=is_allowed)
        if not is_batch:
            time.sleep(self.settings.latency_seconds)
        self.cache.begin_response(prompt)
        with self._lock:
            self._number += 1
            number = self._number
        message, spent = made_message(
            params, number=number, answer=self.answer, usage=usage, fault=fault, is_batch=is_batch
        )
        self.account.charge(params, spent, custom_id=custom_id)
        return message

    def _check_window(self, prompt: Prompt) -> None:
        tokens = prompt.prefix_tokens + prompt.rest_tokens
        if tokens > self.settings.context_window_tokens:
            maximum = self.settings.context_window_tokens
            raise Refused(400, f"prompt is too long: {tokens} tokens > {maximum} maximum")
