"""The fake API itself, where other tests lean on it: cache, refusals, planted answers, its own process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import anthropic
import pytest
import requests

from classifiers.asking.message_params import document_params, message_params, question_params
from classifiers.asking.question import question_text
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier, Step
from classifiers.label_rows.read_response import typed_answer
from classifiers.observation import OBSERVATION
from orchestration.demo import DemoPlan, SessionTruth, write_demo_corpus
from tests.fakes.claude_api import FakeClaude
from tests.fakes.claude_api_answers import in_output_schema, plausible_answer
from tests.fakes.claude_api_faults import Fault
from tests.fakes.claude_api_process import ROOT, RemoteFake
from tests.fakes.claude_api_service import FakeService, FakeSettings
from tests.fakes.label_requests import ASKED, WORK_MODE, document, label_request
from tests.fakes.planted_labels import PLANTED, PlantedAnswers, SessionTokens

MINUTE = 60.0
QUESTIONS = [(one, step) for one in (*CATALOG, OBSERVATION) for step in one.steps]


@pytest.fixture
def fake() -> Iterator[FakeClaude]:
    with FakeClaude(settings=FakeSettings(min_cached_tokens=100)) as running:
        yield running


@pytest.fixture
def api(fake: FakeClaude) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="planted-key", base_url=fake.url, max_retries=0) as opened:
        yield opened


def params(**changes: Any) -> dict[str, Any]:
    return {**message_params(label_request("session-0")), **changes}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"model": "nobody"}, anthropic.NotFoundError),
        ({"max_tokens": 0}, anthropic.BadRequestError),
        ({"messages": []}, anthropic.BadRequestError),
        ({"output_config": {"effort": "some"}}, anthropic.BadRequestError),
        ({"extra_body": {"temperature": 0}}, anthropic.BadRequestError),
        ({"system": [{"type": "text", "text": ""}]}, anthropic.BadRequestError),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
            anthropic.BadRequestError,
        ),
        (
            {
                "output_config": {
                    "format": {"type": "json_schema", "schema": {"type": "integer", "minimum": 1}},
                }
            },
            anthropic.BadRequestError,
        ),
        ({"extra_headers": {"anthropic-version": "2020-01-01"}}, anthropic.BadRequestError),
    ],
)
def test_what_the_api_refuses_is_refused_and_free(
    changed: dict[str, Any], error: type[Exception], fake: FakeClaude, api: anthropic.Anthropic
) -> None:
    with pytest.raises(error):
        api.messages.create(**params(**changed))
    assert fake.account.charges == []


def test_request_without_a_key_is_refused(fake: FakeClaude) -> None:
    assert requests.post(f"{fake.url}/v1/messages", json=params(), timeout=10).status_code == 401


@pytest.mark.parametrize("custom_ids", [["a b"], ["a", "a"], ["x" * 65], []])
def test_batch_with_bad_ids_is_refused(custom_ids: list[str], api: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError):
        api.messages.batches.create(
            requests=[{"custom_id": one, "params": params()} for one in custom_ids]  # type: ignore[typeddict-item]
        )


def test_counted_tokens_are_those_that_are_charged(fake: FakeClaude, api: anthropic.Anthropic) -> None:
    request = label_request("session-0")
    sent = api.messages.create(**message_params(request)).usage
    whole = api.messages.count_tokens(**{k: v for k, v in params().items() if k != "max_tokens"}).input_tokens
    assert whole == sent.input_tokens + (sent.cache_creation_input_tokens or 0)
    shared = api.messages.count_tokens(**document_params(request)).input_tokens
    alone = api.messages.count_tokens(**question_params(request)).input_tokens
    assert shared + alone >= whole


@pytest.mark.parametrize(
    "changed",
    [
        {"model": "claude-opus-5-5"},
        {"system": [{"type": "text", "text": "another system text"}]},
        {"output_config": {}},
        {"output_config": {**params()["output_config"], "effort": "high"}},
    ],
)
def test_cache_is_read_only_for_the_same_envelope(changed: dict[str, Any], api: anthropic.Anthropic) -> None:
    api.messages.create(**params())
    assert api.messages.create(**params()).usage.cache_read_input_tokens
    assert not api.messages.create(**params(**changed)).usage.cache_read_input_tokens


def test_cache_entry_lives_as_long_as_it_was_asked_to() -> None:
    seconds = [0.0]
    service = FakeService(settings=FakeSettings(min_cached_tokens=100), cache_clock=lambda: seconds[0])

    def read(*, is_batch: bool) -> bool:
        asked = message_params(label_request("session-0"), is_batch=is_batch)
        return bool(service.message(asked, None)["usage"]["cache_read_input_tokens"])

    assert [read(is_batch=False)] == [False]
    seconds[0] += 4 * MINUTE
    assert read(is_batch=False)
    seconds[0] += 6 * MINUTE
    assert not read(is_batch=True)
    seconds[0] += 59 * MINUTE
    assert read(is_batch=True)


def test_hit_share_of_batches_is_as_set() -> None:
    service = FakeService(
        settings=FakeSettings(min_cached_tokens=100, batch_hit_share=0.3, looks_in_progress=0)
    )
    item = message_params(label_request("session-0"), is_batch=True)
    items = [{"custom_id": f"item-{number}", "params": item} for number in range(400)]
    service.batches.look_at(service.create_batch({"requests": items}, byte_count=1))
    hits = sum(charge.usage.cache_read_input_tokens > 0 for charge in service.account.charges)
    assert 0.25 < hits / len(items) < 0.35


@pytest.mark.parametrize(("classifier", "step"), QUESTIONS, ids=lambda one: one.name)
def test_plausible_answers_fit_every_question(classifier: Classifier, step: Step) -> None:
    question = question_text(classifier, step)
    list_field = classifier.list_field if step is classifier.steps[-1] else None
    for seed in range(20):
        output = in_output_schema(plausible_answer(document("session-0"), question, seed=seed))
        assert typed_answer(step.answer_type, list_field, output)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> list[SessionTruth]:
    truth = write_demo_corpus(tmp_path_factory.mktemp("corpus"), DemoPlan(end_date=date(2026, 6, 30)))
    return truth.sessions


def planted_values(
    sessions: list[SessionTruth], classifier: Classifier, *, error_rate: float
) -> list[tuple[Any, Any]]:
    """Planted and given label of each session; the document is one that shows every event."""
    facts = "".join(
        f"\n[t{number}] tool · turn 1\n  done\n  ⟦fact: {name}, {ended}⟧"
        for number, (name, ended) in enumerate(
            (name, ended)
            for name in ("commit", "pull request opened", "pull request merged", "test run", "rollback")
            for ended in ("succeeded", "failed")
        )
    )
    typed = "".join(f"\n[h{number}] human · turn 1 · typed prompt\n  words" for number in range(9))
    said = "".join(f"\n[a{number}] agent · turn 1\n  words" for number in range(9))
    tokens = SessionTokens()
    answers = PlantedAnswers(sessions, tokens, error_rate=error_rate)
    question = question_text(classifier, classifier.steps[-1])
    found = []
    for number, truth in enumerate(sessions):
        shown = f'<records token="{number:016x}">{typed}{said}{facts}\n</records token="{number:016x}">'
        tokens.tell(shown, truth.session_id)
        answer = answers(classifier.name, "answer", shown, question)
        typed_answer(classifier.answer_type, classifier.list_field, in_output_schema(answer))
        ((name, value),) = PLANTED[classifier.name](truth).items()
        given = [item["signal"] for item in answer[name]] if isinstance(answer[name], list) else answer[name]
        found.append((value, given))
    return found


@pytest.mark.parametrize(
    "classifier", [one for one in CATALOG if one.name in PLANTED], ids=lambda one: one.name
)
def test_planted_answers_are_the_truth_at_the_given_error_rate(
    classifier: Classifier, sessions: list[SessionTruth]
) -> None:
    assert all(value == given for value, given in planted_values(sessions, classifier, error_rate=0.0))
    wrong = [value != given for value, given in planted_values(sessions, classifier, error_rate=0.2)]
    assert 0.12 < sum(wrong) / len(wrong) < 0.28


def test_signal_that_no_record_shows_is_not_claimed(sessions: list[SessionTruth]) -> None:
    tokens = SessionTokens()
    truth = next(one for one in sessions if "commit_matches" in one.success_signals)
    shown = '<records token="0123456789abcdef">\n[a1] agent · turn 1\n  I made a commit.\n</records>'
    tokens.tell(shown, truth.session_id)
    (classifier,) = (one for one in CATALOG if one.name == "success_evidence")
    answer = PlantedAnswers(sessions, tokens)(
        "success_evidence", "answer", shown, question_text(classifier, classifier.steps[-1])
    )
    assert "commit_matches" not in [item["signal"] for item in answer["signals"]]


def test_fake_in_its_own_process_outlives_a_killed_sender(tmp_path: Path) -> None:
    sender = (
        "import anthropic, os, signal\n"
        "from classifiers.asking.message_params import message_params\n"
        "from tests.fakes.label_requests import label_request\n"
        "api = anthropic.Anthropic(max_retries=0)\n"
        "api.messages.create(**message_params(label_request('session-0')))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with RemoteFake(tmp_path, settings=FakeSettings(min_cached_tokens=100)) as fake:
        fake.queue("messages", None, Fault("status", 529))
        environment = {**os.environ, "ANTHROPIC_BASE_URL": fake.url, "ANTHROPIC_API_KEY": "planted-key"}
        ended = subprocess.run([sys.executable, "-c", sender], env=environment, cwd=ROOT, check=False)
        assert ended.returncode == -signal.SIGKILL
        assert fake.state["calls"] == {"messages": 1}
        assert list(fake.state["paid"].values()) == [1]
        assert document("session-0") in fake.texts
        with (
            anthropic.Anthropic(api_key="planted-key", base_url=fake.url, max_retries=0) as api,
            pytest.raises(anthropic.OverloadedError),
        ):
            api.messages.create(**params())
        fake.set(context_window_tokens=10)
        assert fake.state["settings"]["context_window_tokens"] == 10


def test_every_request_is_remembered_as_what_it_asks(fake: FakeClaude, api: anthropic.Anthropic) -> None:
    """A batch's longer cache entry is another way of asking the same."""
    asked = [label_request("session-0", classifier) for classifier in ASKED]
    for request in [*asked, replace(label_request("session-0", WORK_MODE), attempt=1)]:
        api.messages.create(**message_params(request))
    assert sorted(fake.account.paid.values()) == [1, 1, 1, 2]
