"""What goes to a terminal or into a report."""

from __future__ import annotations

import pytest

from simnet.escaping import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ü 漢 🙂\t\n", "plain – ü 漢 🙂\t\n"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("\x07\x08\x7f\r", "\\x07\\x08\\x7f\\x0d"),
        ("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_a_terminal_acts_on_stands_there_as_its_number(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
    printable(text).encode()
