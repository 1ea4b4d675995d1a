"""The parameters of a message: the shared prefix is the same to the byte, and the question comes last."""

import json
from dataclasses import replace
from typing import Any

from classifiers.asking.envelope import OUTPUT_SCHEMA, system_text
from classifiers.asking.message_params import document_params, message_params, question_params
from tests.fakes.label_requests import ASKED, ENVELOPE, label_request

REQUEST = label_request("session-0")


def prefix(params: dict[str, Any]) -> str:
    """Everything up to the cache mark, and what a cache entry depends on beside it."""
    (message,) = params["messages"]
    envelope = [params["model"], params["system"], params["output_config"]]
    return json.dumps([envelope, message["content"][0]])


def test_questions_on_one_document_share_their_prefix_to_the_byte() -> None:
    asked = [message_params(label_request("session-0", classifier)) for classifier in ASKED]
    assert len({prefix(params) for params in asked}) == 1
    assert len({params["messages"][0]["content"][1]["text"] for params in asked}) == len(ASKED)


def test_another_document_or_envelope_has_another_prefix() -> None:
    others = [
        label_request("session-1"),
        label_request("session-0", envelope=replace(ENVELOPE, model="claude-opus-5-5")),
        label_request("session-0", envelope=replace(ENVELOPE, effort="high")),
    ]
    assert prefix(message_params(REQUEST)) not in {prefix(message_params(one)) for one in others}


def test_parameters_are_the_envelope_the_document_and_the_question() -> None:
    assert message_params(REQUEST) == {
        "model": ENVELOPE.model,
        "max_tokens": ENVELOPE.max_output_tokens,
        "system": [{"type": "text", "text": system_text()}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": REQUEST.document, "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": REQUEST.question},
                ],
            }
        ],
        "output_config": {
            "format": {"type": "json_schema", "schema": OUTPUT_SCHEMA},
            "effort": ENVELOPE.effort,
        },
    }


def test_batch_keeps_the_prefix_for_an_hour_and_is_the_same_otherwise() -> None:
    params = message_params(REQUEST, is_batch=True)
    assert params["messages"][0]["content"][0].pop("cache_control") == {"type": "ephemeral", "ttl": "1h"}
    alone = message_params(REQUEST)
    del alone["messages"][0]["content"][0]["cache_control"]
    assert params == alone


def test_model_without_effort_is_sent_none() -> None:
    params = message_params(label_request("session-0", envelope=replace(ENVELOPE, effort=None)))
    assert "effort" not in params["output_config"]


def test_request_without_a_document_has_one_block() -> None:
    params = message_params(replace(REQUEST, document=""))
    assert params["messages"][0]["content"] == [{"type": "text", "text": REQUEST.question}]


def test_counted_apart_are_the_document_and_the_question() -> None:
    document, question = document_params(REQUEST), question_params(REQUEST)
    assert [block["text"] for block in document["messages"][0]["content"]] == [REQUEST.document]
    assert [block["text"] for block in question["messages"][0]["content"]] == [REQUEST.question]
    assert all("max_tokens" not in params and "output_config" in params for params in (document, question))
