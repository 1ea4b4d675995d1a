"""What a person did in one thread, and what the harness put into it.

A person's words stand in a `user_message` event and again in a message to the model: they are one act.
In a sub-agent's thread nobody types, and in a review the harness writes the request.
"""

from collections import Counter
from dataclasses import dataclass

from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.rows import HarnessTextKind
from orchestration.ingest.sources.codex.harness_texts import harness_kind, has_image, spoken_in, text_parts
from orchestration.ingest.sources.codex.threads import Entry, Thread
from orchestration.ingest.sources.codex.tool_call import Call, answers_in
from orchestration.ingest.sources.codex.turn import Act, Turn


@dataclass(slots=True)
class HarnessText:
    """One text of the harness at a record; `number` counts those of a record that says more, from one."""

    entry: Entry
    kind: HarnessTextKind
    text: str
    number: int


class TalkReader:
    """Reads who speaks in one thread; `acts` and `harness_texts` are the result."""

    def __init__(self, thread: Thread) -> None:
        self.acts: list[Act] = []
        self.harness_texts: list[HarnessText] = []
        self._is_sidechain = thread.meta.is_sidechain
        self._is_reviewing = False
        self._review: Act | None = None
        self._messages = Counter(
            _norm(string_of(entry.payload.get("message")) or "")
            for entry in thread.entries
            if entry.kind == "user_message"
        )

    def read(self, entry: Entry, turn: Turn | None, mode: str | None) -> None:
        """Read a record in which somebody may speak, inside a turn or between two."""
        kind, payload = entry.kind, entry.payload
        if kind == "user_message":
            self._read_said(entry, turn, mode)
        elif kind == "message" and payload.get("role") != "assistant":
            self._read_message(entry, turn, mode)
        elif kind == "entered_review_mode":
            self._enter_review(entry, turn, mode)
        elif kind == "exited_review_mode":
            self._is_reviewing = False

    def begin(self, turn: Turn) -> None:
        """A turn begins: a review that was asked for before it is what set it going."""
        if self._review is not None:
            turn.opened_by, turn.opening_act = "command", self._review
            self._review.turn_id, self._review = turn.turn_id, None

    def stop(self) -> None:
        """The turn ended, and a review with it."""
        self._is_reviewing = False

    def answer(self, entry: Entry, call: Call) -> None:
        """A question of the agent came back, perhaps with a person's answer."""
        text = answers_in(call)
        if text is not None and not self._is_sidechain:
            act = Act(entry.record_id, "answer", entry, text, call=call)
            act.turn_id = entry.turn_id
            self.acts.append(act)

    def is_said(self, entry: Entry) -> bool:
        """Whether a record holds a person's words, and is not the copy of one that does."""
        if entry.kind == "user_message":
            return harness_kind(string_of(entry.payload.get("message")) or "") is None
        return entry.kind == "message" and not self._messages and self._is_persons(entry)

    def _enter_review(self, entry: Entry, turn: Turn | None, mode: str | None) -> None:
        self._is_reviewing = True
        if self._is_sidechain:
            return
        words = string_of(mapping_of(entry.payload.get("target")).get("instructions"))
        self._review = Act(
            entry.record_id, "command", entry, words, command_name="review", permission_mode=mode
        )
        self.acts.append(self._review)
        if turn is not None and not turn.has_agent_work and turn.opening_act is None:
            self.begin(turn)

    def _read_said(self, entry: Entry, turn: Turn | None, mode: str | None) -> None:
        """A `user_message`: a person's words, or an agent's where nobody types in the thread."""
        message = string_of(entry.payload.get("message")) or ""
        kind = harness_kind(message)
        if self._is_sidechain or self._is_reviewing or kind is not None:
            self._keep(entry, kind or "injected", message)
        else:
            self._add_words(entry, message, turn, mode, image=bool(_images(entry.payload)))

    def _add_words(
        self, entry: Entry, message: str, turn: Turn | None, mode: str | None, *, image: bool
    ) -> None:
        spoken = spoken_in(message)
        if spoken.editor_text is not None:
            self._keep(entry, "editor", spoken.editor_text, number=1)
        act = Act(
            entry.record_id, "prompt", entry, spoken.words or None, permission_mode=mode, has_image=image
        )
        if turn is not None:
            act.turn_id = turn.turn_id
            if turn.opening_act is None and not turn.has_agent_work:
                turn.opened_by, turn.opening_act = "prompt", act
            else:
                act.kind, act.is_mid_run = "steering", True
        self.acts.append(act)

    def _read_message(self, entry: Entry, turn: Turn | None, mode: str | None) -> None:
        """A user or developer message to the model: a copy of what a person said, or the harness's texts."""
        parts = [part for part in text_parts(entry.payload.get("content")) if part.strip()]
        is_user = entry.payload.get("role") == "user"
        if is_user and self._is_repeated(entry):
            entry.fate = "counted"
            return
        if is_user and not self._messages and self._is_persons(entry):
            words = "\n".join(part for part in parts if harness_kind(part) is None)
            if not self._is_sidechain:
                self._add_words(entry, words, turn, mode, image=has_image(entry.payload.get("content")))
                return
        for number, part in enumerate(parts, start=1):
            kind = harness_kind(part) or "injected"
            self._keep(entry, kind, part, number=number if len(parts) > 1 else 0)
        if not parts:
            entry.fate = "counted"

    def _keep(self, entry: Entry, kind: HarnessTextKind, text: str, *, number: int = 0) -> None:
        if text.strip():
            self.harness_texts.append(HarnessText(entry, kind, text, number))
        else:
            entry.fate = "counted"

    def _is_repeated(self, entry: Entry) -> bool:
        """Whether a message is the copy of a `user_message`, for the model."""
        if entry.kind != "message":
            return False
        parts = text_parts(entry.payload.get("content"))
        texts = {_norm("\n".join(parts)), _norm("".join(parts)), *map(_norm, parts)}
        return any(self._messages[text] for text in texts if text)

    def _is_persons(self, entry: Entry) -> bool:
        """Whether a user message may be a person's: some part of it is not the harness's."""
        parts = text_parts(entry.payload.get("content"))
        return entry.payload.get("role") == "user" and any(
            part.strip() and harness_kind(part) is None for part in parts
        )


def _norm(text: str) -> str:
    return text.strip()


def _images(payload: dict[str, object]) -> list[object]:
    found = (payload.get(key) for key in ("images", "local_images"))
    return [image for images in found if isinstance(images, list) for image in images]
