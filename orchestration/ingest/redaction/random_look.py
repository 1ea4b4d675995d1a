"""Whether a text looks as if a machine had drawn it: the measure behind every second look at a token.

Belongs here: counts of signs, of changes between their classes, of letters in words. No context, no lists.
In a random token of letters and digits three of five neighbours are of different classes, and one letter in
six stands in a run of lower case; in a name that a person made of words (`getUserV2Handler`) most do.
"""

import re
import string
from typing import NamedTuple

_CLASS_OF = {
    **dict.fromkeys(string.ascii_lowercase, "a"),
    **dict.fromkeys(string.ascii_uppercase, "A"),
    **dict.fromkeys(string.digits, "0"),
}
_TO_CLASSES = str.maketrans(_CLASS_OF)

CHANGES_IN_THREE_CLASSES = 0.4
"""Share of neighbours of different classes from which upper case, lower case and digits are random."""
CHANGES_IN_TWO_CLASSES = 0.15
"""The same for letters of one case and digits: random ones change at 0.4 and more, names seldom."""
LETTERS_IN_WORDS = 0.45
"""Share of letters in runs of lower case up to which a text of three classes is random."""

_WORD = re.compile("[a-z]{3,}")


class Look(NamedTuple):
    """What stands in a text: signs per class, and neighbours of different classes."""

    lower: int
    upper: int
    digits: int
    changes: int
    length: int


def look_of(text: str) -> Look:
    """Counts of letters and digits only: signs between them neither count nor change anything."""
    classes = text.translate(_TO_CLASSES)
    lower, upper, digits = classes.count("a"), classes.count("A"), classes.count("0")
    # Pairs of neighbours never overlap a pair of their own kind; written out, because this runs often.
    changes = (
        classes.count("aA")
        + classes.count("Aa")
        + classes.count("a0")
        + classes.count("0a")
        + classes.count("A0")
        + classes.count("0A")
    )
    return Look(lower, upper, digits, changes, lower + upper + digits)


def is_drawn_of_three(text: str) -> bool:
    """Whether upper case, lower case and digits are mixed as only chance mixes them."""
    look = look_of(text)
    has_three = bool(look.lower and look.upper and look.digits)
    return has_three and _is_mixed(text, look, CHANGES_IN_THREE_CLASSES)


def is_drawn(text: str) -> bool:
    """Whether letters and digits are mixed by chance, be the letters of one case or of both."""
    look = look_of(text)
    if look.lower and look.upper:
        return bool(look.digits) and _is_mixed(text, look, CHANGES_IN_THREE_CLASSES / 2)
    return look.digits > 1 and look.changes >= max(3, CHANGES_IN_TWO_CLASSES * (look.length - 1))


def _is_mixed(text: str, look: Look, share: float) -> bool:
    if look.changes < share * (look.length - 1):
        return False
    return sum(map(len, _WORD.findall(text))) <= LETTERS_IN_WORDS * look.length
