"""One thing in which two runtimes differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RuntimePart = Literal[
    "pallet", "call", "event", "error", "constant", "storage", "api", "function", "extension", "extrinsic"
]
"""What of a runtime it is: ``function`` is one of a runtime API's, ``extrinsic`` the format of signed extrinsics."""

How = Literal["added", "removed", "moved", "changed"]
"""``moved``: it has another index, or another place in an order, and may have changed besides."""

Effect = Literal["renamed", "widened", "narrowed", "changed"]
"""What another type does to what is encoded. ``renamed``: the bytes are the same, names in it are not. ``widened``:
what was encoded before reads the same, and values came that are new to who reads with the old types. ``narrowed``: some
of what was encoded before is refused. ``changed``: the same value has other bytes."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that two runtimes do not have alike."""

    kind: RuntimePart
    """What of a runtime it is."""
    name: str
    """Its name: of a call `Balances.burn`, of a pallet `Balances`, of a function `Core_version`."""
    how: How
    """What became of it."""
    old: str | None
    """Its index, its value or how it is kept in the old runtime, in words; null of what was added."""
    new: str | None
    """The same in the new runtime; null of what was removed."""
    why: tuple[str, ...] = ()
    """Where the types differ, or what a pallet had, in words."""
    reuses: str | None = None
    """Of a pallet or a call that was added: which one had its index in the old runtime; null where none had."""
    effects: tuple[Effect, ...] = ()
    """What the other types do to what is encoded; none where they encode alike."""
