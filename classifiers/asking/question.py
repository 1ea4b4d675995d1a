"""The question: a step's prompt with its answer fields rendered from the typed schema, and what asked.

Each label's meaning stands in the answer model and nowhere else; here it becomes text. The fingerprint is
the hash of everything that can change an answer (STYLE, "Prompts").
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from classifiers.asking.envelope import Envelope
from classifiers.classifier import Classifier, Step
from classifiers.label_row import Rendering


def question_text(classifier: Classifier, step: Step) -> str:
    """The last block of a request: whose question it is, the prompt, and each field with its meaning."""
    schema = step.answer_type.model_json_schema()
    return "\n".join(
        [
            f'<question name="{classifier.name}" step="{step.name}">',
            classifier.prompt(step),
            "",
            "Fields of the answer:",
            *_fields(schema, schema),
            "</question>",
        ]
    )


def fingerprint(
    classifier: Classifier,
    envelope: Envelope,
    *,
    rendering: Rendering | None = None,
    rendering_version: str,
    material: str = "",
) -> str:
    """`<name>-v<version>-<rendering>-<hash>`: prompts, schemas, model, effort, rendering.

    `material` stands for what the operator adds to a prompt (the table of postings). Not in it: the
    bound on the output, how requests are sent, prices.
    """
    rendered = rendering or classifier.rendering
    parts = [
        envelope.identity,
        rendered,
        rendering_version,
        material,
        *(question_text(classifier, step) for step in classifier.steps),
        *(json.dumps(step.answer_type.model_json_schema(), sort_keys=True) for step in classifier.steps),
    ]
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode() + b"\x1f")
    return f"{classifier.name}-v{classifier.version}-{rendered}-{digest.hexdigest()}"


def _fields(schema: Mapping[str, Any], root: Mapping[str, Any], indent: str = "") -> list[str]:
    """One line per field: its name, its type or values, its meaning; labels with meanings are listed once."""
    lines: list[str] = []
    targets = {name: _resolved(field, root) for name, field in schema["properties"].items()}
    meanings = {name: _meaning(field, targets[name]) for name, field in schema["properties"].items()}
    explained = {
        name: _labels(target) for name, target in targets.items() if _explains(target, meanings[name])
    }
    for name, target in targets.items():
        kind = _closed_kind(name, target, explained) or _kind(target, root)
        meaning = meanings[name].replace("\n", f"\n{indent}  ")
        lines.append(f"{indent}- `{name}` ({kind}): {meaning}")
        if target.get("type") == "array" and "properties" in (item := _resolved(target["items"], root)):
            lines += [f"{indent}  each item has:", *_fields(item, root, indent + "  ")]
    return lines


def _closed_kind(name: str, field: Mapping[str, Any], explained: Mapping[str, list[Any]]) -> str | None:
    """The kind of a closed field whose labels are explained: below itself, or below a field beside it."""
    labels = _labels(field)
    if not labels:
        return None
    or_null = " or null" if "anyOf" in field else ""
    if name in explained:
        return f"one label{or_null}"
    for other, known in explained.items():
        if set(labels) <= set(known):
            left_out = [str(label) for label in known if label not in labels]
            without = f" but {', '.join(left_out)}" if left_out else ""
            return f"one label of `{other}`{without}{or_null}"
    return None


def _labels(field: Mapping[str, Any]) -> list[Any]:
    """The values of a closed set, without null; empty for other kinds."""
    for member in field.get("anyOf", [field]):
        if "enum" in member:
            return list(member["enum"])
    return []


def _explains(field: Mapping[str, Any], meaning: str) -> bool:
    """Whether a description has a line for each label of its field (`with_meanings`)."""
    labels = _labels(field)
    return bool(labels) and all(f"\n- {label}: " in meaning for label in labels)


def _kind(field: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(_resolved(member, root), root) for member in field["anyOf"])
    if "enum" in field:
        return "one of " + ", ".join(json.dumps(value) for value in field["enum"])
    if "const" in field:
        return f"always {json.dumps(field['const'])}"
    kind = {"array": "list", "null": "null", "object": "item"}.get(field["type"], str(field["type"]))
    bounds = [f"{word} {field[key]}" for key, word in _BOUNDS.items() if key in field]
    return ", ".join([kind, *bounds])


_BOUNDS = {"minimum": "from", "maximum": "to", "minItems": "at least", "maxItems": "at most"}


def _meaning(field: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    return str(field.get("description") or target.get("description") or "").strip()


def _resolved(field: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The field, its reference followed; a description beside the reference stays the field's."""
    reference = field.get("$ref")
    if reference is None:
        return field
    found: Mapping[str, Any] = root["$defs"][reference.rsplit("/", maxsplit=1)[-1]]
    return found
