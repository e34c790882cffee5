"""Mistakes that show only beyond a file: what it names is not in a runtime, or not on disk."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.fields import KeyPath


@dataclass(frozen=True)
class Mistake:
    """``way`` leads to what is wrong, or to where it would stand; a remedy follows the message's last semicolon.
    ``of_key``: the last key itself is wrong, not its value."""

    way: KeyPath
    message: str
    of_key: bool = False

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.way))}: {self.message}"

    def below(self, *way: str | int) -> Mistake:
        """The same, seen from further out."""
        return Mistake((*way, *self.way), self.message, self.of_key)
