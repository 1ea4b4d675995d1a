"""When sending stops: failures of one kind in a row, and what the error says."""

import pytest

from classifiers.send.limits import Breaker, SendingStoppedError


def fail(breaker: Breaker, kind: str, *numbers: int, document: str | None = None) -> None:
    for number in numbers:
        breaker.failed(kind, request_id=f"request-{number}", document_key=document or f"document-{number}")


def test_breaker_opens_at_its_limit_and_not_before() -> None:
    breaker = Breaker(3)
    fail(breaker, "api_error", 1, 2)
    breaker.raise_if_open()
    fail(breaker, "api_error", 3)
    with pytest.raises(SendingStoppedError, match="api_error, 3 times in a row"):
        breaker.raise_if_open()


def test_success_and_another_kind_begin_anew() -> None:
    breaker = Breaker(3)
    fail(breaker, "api_error", 1, 2)
    breaker.succeeded()
    fail(breaker, "api_error", 3, 4)
    fail(breaker, "timeout", 5, 6)
    assert not breaker.is_open


def test_failures_that_lie_in_a_document_count_once_for_it() -> None:
    breaker = Breaker(2)
    fail(breaker, "invalid_request_error", 1, 2, 3, document="too long")
    assert not breaker.is_open
    fail(breaker, "invalid_request_error", 4)
    assert breaker.is_open


def test_failures_of_the_way_count_whatever_the_document() -> None:
    breaker = Breaker(2)
    fail(breaker, "connection_lost", 1, 2, document="the same")
    assert breaker.is_open


def test_open_breaker_keeps_naming_why_it_opened() -> None:
    breaker = Breaker(1)
    fail(breaker, "permission_error", 1)
    fail(breaker, "timeout", 2)
    breaker.succeeded()
    with pytest.raises(SendingStoppedError, match="permission_error, once"):
        breaker.raise_if_open()


def test_canary_stops_at_one_failure_and_at_none_does_not() -> None:
    sound, broken = Breaker(10), Breaker(10)
    sound.raise_if_open()
    assert not sound.has_failures
    fail(broken, "api_error", 1)
    broken.trip()
    with pytest.raises(SendingStoppedError):
        broken.raise_if_open()


def test_error_says_what_to_do_and_that_nothing_is_lost() -> None:
    known = str(SendingStoppedError("rate_limit_error", 5))
    assert "lower the concurrency" in known
    assert "sends only what is missing" in known
    assert "wait a while" in str(SendingStoppedError("http_418", 1))
