"""Text of others made fit for a terminal and a report: what acts on them, or shows another order, stands there as its
number."""

from __future__ import annotations

import re

_UNFIT = re.compile(
    "[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control characters of ASCII and of C1, which terminals act on and XML 1.0 allows in no form; lone surrogates, which
no encoding takes; and what is unseen or turns the order of letters round (Unicode, bidirectional and format
characters)."""


def printable(text: str) -> str:
    """The text with what a terminal would act on written as ``\\xNN``, ``\\uNNNN`` or ``\\UNNNNNNNN``."""
    return _UNFIT.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
