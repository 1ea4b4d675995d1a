r"""The plain form of text whose signs are written another way: `\u003d`, `\x22`, `%3D`, `&quot;`, `\/`.

A secret inside such text is no match for a pattern, but any reader, a model too, can undo it. Redaction
looks at the plain form as well (redact.py). Not here: base64 or encryption, which hide all text alike,
and secrets that are put together by code or broken over lines.
"""

import html
import re

_ESCAPED = re.compile(r"\\+(?:u00|x)([2-7][0-9A-Fa-f])")
_PERCENT = re.compile(r"%([2-7][0-9A-Fa-f])")
_SLASH = re.compile(r"\\+/")
_ENTITY = re.compile(r"&(?:quot|amp|apos|lt|gt|#[0-9]{2,3}|#[xX][0-9A-Fa-f]{2});")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_COLOUR = re.compile(r"(?:\x1b|\\+(?:u001[bB]|x1[bB]|033))\[[0-9;]{0,20}[mK]")
_FULLWIDTH = re.compile("[\uff01-\uff5e]+")
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_FULLWIDTH_OFFSET = 0xFEE0

DISGUISE_LITERALS = (
    *("\x1b[", "\\u001", "\\x1", "\\033", "\\u00", "\\x", "\\/"),
    *(f"%{digit}" for digit in "234567"),
    *("&quot;", "&amp;", "&apos;", "&lt;", "&gt;", "&#"),
)
"""One of these stands in every ASCII text whose plain form is another."""

_MAX_LAYERS = 4
"""An escape inside an escape (`%2541`, `\\\\u0041`) takes one more look; nobody nests deeper by accident."""


def plain_form(text: str) -> str:
    """The text with printable ASCII as itself, in however many layers, and without signs nobody sees.

    Line ends stay as they are written, so that lines keep their meaning. The same string where there is
    nothing to undo.
    """
    for _ in range(_MAX_LAYERS):
        before, text = text, _one_layer(text)
        if text == before:
            break
    return text


def _one_layer(text: str) -> str:
    """Each way is looked for by a literal first: almost all texts hold none of them."""
    if "\x1b[" in text or "\\u001" in text or "\\x1" in text or "\\033" in text:
        text = _COLOUR.sub("", text)
    if "\\u00" in text or "\\x" in text:
        text = _ESCAPED.sub(_char, text)
    if "\\/" in text:
        text = _SLASH.sub("/", text)
    if "%" in text:
        text = _PERCENT.sub(_char, text)
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    if not text.isascii() and has_rare_signs(text):
        text = _FULLWIDTH.sub(_narrow, _INVISIBLE.sub("", text))
    return text


def has_rare_signs(text: str) -> bool:
    """Whether a text holds signs that nobody sees, or wide ones."""
    for sign in _UNSEEN:
        if sign in text:
            return True
    # A wide sign has the byte 0xff in UTF-16; hardly any other has. Looking for it is faster than a class.
    return b"\xff" in text.encode("utf-16-le", "surrogatepass") and _FULLWIDTH.search(text) is not None


def _char(match: re.Match[str]) -> str:
    sign = chr(int(match[1], 16))
    return match[0] if sign == "\x7f" else sign


def _entity(match: re.Match[str]) -> str:
    sign = html.unescape(match[0])
    return sign if sign.isascii() and sign.isprintable() else match[0]


def _narrow(match: re.Match[str]) -> str:
    return "".join(chr(ord(sign) - _FULLWIDTH_OFFSET) for sign in match[0])
