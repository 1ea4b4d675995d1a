"""A first template for a kind, drawn from what its rule accepts: lengths, alphabets, fixed parts.

Belongs here: reading an expression's tree. What cannot be read is written by hand (kinds.tsv).
"""

import re
import string
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from tests.secret_kinds.templates import ALPHABETS

_NOT_DRAFTED = ("django", "base58", "BECH32")
_LONGEST_FREE = 40
"""Length of a piece whose rule sets no upper bound."""


def python_expression(expression: str) -> str:
    """An expression of Go's engine as Python reads it: flags in the middle hold to the end of their group."""
    text = expression.replace("[[:alnum:]]", "[0-9A-Za-z]").replace(r"\z", r"\Z")
    text = re.sub(r"\(\?P<(\w+)>", r"(?P<\1>", text)
    return _scoped(text)


def _scoped(text: str) -> str:
    """`a(?i)b` is `a(?i:b)` to Python."""
    found = re.search(r"(?<!\\)\(\?(i|m|s|-i)\)", text)
    while found is not None:
        depth, at = 0, found.end()
        in_class = False
        while at < len(text):
            sign = text[at]
            if sign == "\\":
                at += 1
            elif in_class:
                in_class = sign != "]"
            elif sign == "[":
                in_class = True
            elif sign == "(":
                depth += 1
            elif sign == ")":
                if depth == 0:
                    break
                depth -= 1
            at += 1
        text = f"{text[: found.start()]}(?{found[1]}:{text[found.end() : at]}){text[at:]}"
        found = re.search(r"(?<!\\)\(\?(i|m|s|-i)\)", text)
    return text


def draft_template(expression: str) -> str:
    """A template of the expression's first group, or of all of it."""
    tree = parser.parse(python_expression(expression))
    return "".join(_pieces(_first_group(tree) or tree))


def _first_group(tree: Any) -> Any:
    for operation, value in tree:
        if operation is sre.SUBPATTERN:
            if value[0] is not None:
                return value[3]
            found = _first_group(value[3])
        elif operation is sre.BRANCH:
            found = next(filter(None, map(_first_group, value[1])), None)
        elif operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            found = _first_group(value[2])
        else:
            found = None
        if found is not None:
            return found
    return None


def _pieces(tree: Any) -> list[str]:
    pieces: list[str] = []
    for operation, value in tree:
        if operation is sre.LITERAL:
            pieces.append(chr(value))
        elif operation is sre.IN:
            pieces.append(_piece(value, 1))
        elif operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            pieces += _repeated(*value)
        elif operation is sre.SUBPATTERN:
            pieces += _pieces(value[3])
        elif operation is sre.BRANCH:
            pieces += _pieces(value[1][0])
        elif operation is sre.ANY or operation is sre.NOT_LITERAL:
            pieces.append("<alnum*1>")
        elif operation not in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            raise ValueError(f"no template for {operation}")
    return pieces


def _repeated(least: int, most: int, tree: Any) -> list[str]:
    count = least if most == least else max(least, min(most, _LONGEST_FREE))
    if least == 0 and most <= 3:
        return []
    if len(tree) == 1 and tree[0][0] is sre.IN:
        return [_piece(tree[0][1], count)]
    return _pieces(tree) * (least or 0)


def _piece(members: Any, count: int) -> str:
    name = _alphabet(members)
    return name[1:] * count if name.startswith("=") else f"<{name}*{count}>"


def _alphabet(members: Any) -> str:
    """The named alphabet that is the largest within the class; `=x` where a class has a few signs only."""
    signs: set[str] = set()
    for operation, value in members:
        if operation is sre.NEGATE:
            return "alnum"
        if operation is sre.LITERAL:
            signs.add(chr(value))
        elif operation is sre.RANGE:
            signs |= {chr(code) for code in range(value[0], value[1] + 1)}
        elif operation is sre.CATEGORY:
            signs |= set(
                string.digits if value is sre.CATEGORY_DIGIT else string.digits + string.ascii_letters + "_"
            )
    if any(map(str.isspace, signs)) and len(signs) < 8:
        raise ValueError("blanks are no part of a token")
    if len(signs) <= 4 and signs - set("_-"):
        return f"={min(signs - set('_-'))}"
    fitting = [
        name for name, alphabet in ALPHABETS.items() if name not in _NOT_DRAFTED and set(alphabet) <= signs
    ]
    if not fitting:
        raise ValueError(f"no alphabet for {sorted(signs)}")
    return max(fitting, key=lambda name: len(ALPHABETS[name]))
