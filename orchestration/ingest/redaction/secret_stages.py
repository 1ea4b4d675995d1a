"""The stages in which secrets go out of a text, and which of them a text needs at all.

Belongs here: one search for the literals of all tables, who asked for which, the order of the stages, and
which of two findings at one place counts. What a secret looks like stands in the tables.
Each stage sees the text as the stages before it left it.
"""

import bisect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from orchestration.ingest.redaction import kubernetes_secrets, random_tokens
from orchestration.ingest.redaction.command_secrets import COMMAND_RULES
from orchestration.ingest.redaction.landmarks import LiteralFinder, ascii_signs
from orchestration.ingest.redaction.personal_data import FOLDER_LITERALS
from orchestration.ingest.redaction.secret_assignments import find_assignments
from orchestration.ingest.redaction.secret_disguises import DISGUISE_LITERALS
from orchestration.ingest.redaction.secret_names import NAME_LITERALS, NameLiteral
from orchestration.ingest.redaction.secret_rule import OPENING, PLACEHOLDER, ShapeRule, TokenRule
from orchestration.ingest.redaction.secret_shapes import (
    BLOCK_RULES,
    HEADLESS_KEY,
    RUN_RULES,
    SHAPE_RULES,
    headless_key_start,
)
from orchestration.ingest.redaction.vendor_tokens import TOKEN_RULES

Found = tuple[int, int, str]
"""Start, end and kind of a secret in a text."""

_KEY_END = "private key"
_PLACED = re.compile(r"\[redacted:([a-z_]{1,40})\]")

KUBERNETES, DISGUISE, FOLDER, KEY_END = 1, 2, 4, 8
"""What a literal may be a sign of, beside rules and names: bits, because a text has many literals."""

_ANCHORED: tuple[TokenRule | ShapeRule, ...] = (*TOKEN_RULES, *SHAPE_RULES, *COMMAND_RULES)

SECRET_KINDS = (
    frozenset(rule.kind for rule in (*BLOCK_RULES, *_ANCHORED))
    | {kind for kind, _ in RUN_RULES}
    | {name.kind for name in NAME_LITERALS}
    | {kubernetes_secrets.KIND, random_tokens.KIND, random_tokens.DJANGO_KIND}
)


@dataclass(slots=True)
class Askers:
    """Who wants to know where one literal stands; `order` is the place of a rule in the tables."""

    blocks: list[ShapeRule] = field(default_factory=list)
    rules: list[tuple[int, TokenRule | ShapeRule]] = field(default_factory=list)
    names: list[NameLiteral] = field(default_factory=list)
    signs_of: int = 0


def _askers() -> dict[str, Askers]:
    """Every literal of every table, with who asked for it."""
    asked: dict[str, Askers] = {}

    def of(literal: str) -> Askers:
        return asked.setdefault(literal, Askers())

    for block in BLOCK_RULES:
        for literal in block.literals:
            of(literal).blocks.append(block)
    for order, rule in enumerate(_ANCHORED):
        for literal in (rule.literal,) if isinstance(rule, TokenRule) else rule.literals:
            of(literal).rules.append((order, rule))
    for name in NAME_LITERALS:
        of(name.literal).names.append(name)
    for literal in kubernetes_secrets.KUBERNETES_LITERALS:
        of(literal).signs_of |= KUBERNETES
    for literal in DISGUISE_LITERALS:
        of(literal).signs_of |= DISGUISE
    for literal in FOLDER_LITERALS:
        of(literal).signs_of |= FOLDER
    of(_KEY_END).signs_of |= KEY_END
    return asked


_ASKERS = _askers()
LITERALS = tuple(_ASKERS)
"""Everything that a text is searched for, in lower case."""
_FINDER = LiteralFinder(LITERALS)
_BY_NUMBER = tuple(_ASKERS.values())


@dataclass(slots=True)
class Survey:
    """What one search found in a text: where its literals stand, by the stage that asked for them."""

    signs: bytes
    rules: list[tuple[int, int, TokenRule | ShapeRule]]
    names: list[tuple[int, NameLiteral]]
    blocks: list[tuple[int, ShapeRule]]
    signs_of: int = 0
    long_runs: list[tuple[int, int]] | None = None

    def runs(self, text: str) -> list[tuple[int, int]]:
        """The long runs of the text, looked for once."""
        if self.long_runs is None:
            self.long_runs = random_tokens.runs_with_digits(text, self.signs)
        return self.long_runs

    @property
    def has_folder(self) -> bool:
        return bool(self.signs_of & FOLDER)

    @property
    def may_be_disguised(self) -> bool:
        return bool(self.signs_of & DISGUISE)


def survey(text: str) -> Survey:
    """Search a text once for everything that any stage looks for."""
    signs = ascii_signs(text)
    seen = Survey(signs, [], [], [])
    signs_of = 0
    for number, at, _ in _FINDER.find(signs):
        askers = _BY_NUMBER[number]
        if askers.signs_of:
            signs_of |= askers.signs_of
        if askers.rules:
            seen.rules += [(order, at, rule) for order, rule in askers.rules]
        if askers.names:
            seen.names += [(at + name.keyword_at, name) for name in askers.names]
        if askers.blocks:
            seen.blocks += [(at, rule) for rule in askers.blocks]
    seen.signs_of = signs_of
    return seen


def hide_secrets(text: str, seen: Survey, counts: Counter[str]) -> str:
    """The text after every stage that it needs; `seen` is its survey."""
    for stage in _STAGES:
        found = stage(text, seen)
        changed = _replace(text, found, counts) if found else text
        if changed is not text:
            text, seen = changed, survey(changed)
    return text


def _replace(text: str, found: Iterable[Found], counts: Counter[str]) -> str:
    """The text with a placeholder for each finding; what is one already, or overlaps another, stays."""
    pieces: list[str] = []
    done = 0
    for start, end, kind in sorted(found):
        if start < done or text.startswith(OPENING, start):
            continue
        if OPENING in text[start:end]:
            _uncount(text[start:end], counts)
        pieces += (text[done:start], PLACEHOLDER.format(kind=kind))
        counts[kind] += 1
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _uncount(replaced: str, counts: Counter[str]) -> None:
    """Take back the count of each placeholder that a wider one swallows: a place counts once."""
    for kind in _PLACED.findall(replaced):
        if counts[kind] > 1:
            counts[kind] -= 1
        else:
            del counts[kind]


def _blocks(text: str, seen: Survey) -> list[Found]:
    if not seen.blocks:
        return []
    found = [
        (*match.span(), rule.kind)
        for at, rule in seen.blocks
        if (match := rule.regex.match(text, at)) is not None
    ]
    return _first_of_overlapping(found)


def _headless_keys(text: str, seen: Survey) -> list[Found]:
    if not seen.signs_of & KEY_END:
        return []
    done, found = 0, []
    for match in HEADLESS_KEY.finditer(text):
        found.append((max(done, headless_key_start(text, match.start())), match.end(), "private_key"))
        done = match.end()
    return found


def _kubernetes(text: str, seen: Survey) -> list[Found]:
    return list(kubernetes_secrets.find_kubernetes_data(text)) if seen.signs_of & KUBERNETES else []


def _rules(text: str, seen: Survey) -> list[Found]:
    """Tokens and shapes; where two findings overlap, the rule that stands first in the tables counts."""
    if not seen.rules:
        return []
    found: list[tuple[int, Found]] = []
    searched: set[int] = set()
    for order, at, rule in seen.rules:
        if isinstance(rule, TokenRule):
            end = rule.end(text, at)
            if end is not None:
                found.append((order, (at, end, rule.kind)))
        elif not rule.is_anywhere:
            found += ((order, one) for one in _match(rule, text, at))
        elif order not in searched:
            searched.add(order)
            found += ((order, one) for one in _search(rule, text))
    if len(found) > 1:
        found.sort()
    return _first_of_overlapping([one for _, one in found])


def _match(rule: ShapeRule, text: str, at: int) -> Iterator[Found]:
    match = rule.regex.match(text, at)
    if match is not None and (rule.confirm is None or rule.confirm(match)):
        yield *match.span("secret" if "secret" in rule.regex.groupindex else 0), rule.kind


def _search(rule: ShapeRule, text: str) -> Iterator[Found]:
    group = "secret" if "secret" in rule.regex.groupindex else 0
    for match in rule.regex.finditer(text):
        if rule.confirm is None or rule.confirm(match):
            yield *match.span(group), rule.kind


def _first_of_overlapping(found: list[Found]) -> list[Found]:
    """Those that overlap none before them in the list."""
    taken: list[Found] = []
    for one in found:
        # Those that were taken overlap nowhere, so that only the neighbours on each side can.
        at = bisect.bisect_left(taken, one)
        is_clear_before = at == 0 or taken[at - 1][1] <= one[0]
        if is_clear_before and (at == len(taken) or one[1] <= taken[at][0]):
            taken.insert(at, one)
    return taken


def _assignments(text: str, seen: Survey) -> list[Found]:
    if not seen.names:
        return []
    names = sorted(seen.names, key=lambda pair: (pair[0], pair[1].is_weak))
    return list(find_assignments(text, seen.signs.lower(), names))


def _django_keys(text: str, seen: Survey) -> list[Found]:
    return list(random_tokens.find_django_keys(text, seen.signs))


def _known_runs(text: str, seen: Survey) -> list[Found]:
    return random_tokens.find_known_runs(text, seen.runs(text))


def _base64(text: str, seen: Survey) -> list[Found]:
    return list(random_tokens.find_base64(text, seen.signs))


def _drawn_runs(text: str, seen: Survey) -> list[Found]:
    return random_tokens.find_drawn_runs(text, seen.runs(text))


_STAGES: tuple[Callable[[str, Survey], list[Found]], ...] = (
    _blocks,
    _headless_keys,
    _kubernetes,
    _rules,
    _known_runs,
    _assignments,
    _django_keys,
    _base64,
    _drawn_runs,
)
"""Whole blocks first, because their parts look like tokens; what only its look betrays last, because a name
or a prefix says better what it is."""
