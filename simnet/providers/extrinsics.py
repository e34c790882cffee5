"""Calls as people write them, and the extrinsics that bring them into blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from simnet.chain.client import RuntimeCalls
from simnet.chain.storage_writes import StorageWrite, written_in
from simnet.chain.xcm import Message
from simnet.journal import Evidence, Record
from simnet.journal.records import Intervention, OurExtrinsic
from simnet.regular_files import RUNTIME, read_regular

CallAsked = tuple[str, Mapping[str, Any]]
"""A call and its arguments, as people write them."""


def codes_in(args: Any) -> Iterator[bytes]:
    """What arguments named ``code`` hold, of a call or of calls within it, and what is to be stored as the chain's
    code."""
    if isinstance(args, Mapping):
        for name, value in args.items():
            yield from _code(value) if name == "code" else codes_in(value)
    elif isinstance(args, list | tuple):
        if len(args) == 2 and args[0] in _CODE_KEYS:
            yield from _code(args[1])
            return
        for value in args:
            yield from codes_in(value)


_CODE_KEYS = (b":code", ":code", "0x" + b":code".hex())
"""The storage key of a chain's code, in the forms of arguments (sp-core storage well_known_keys)."""


def _code(value: Any) -> Iterator[bytes]:
    """Code that is written as bytes, 0x hex or the name of a file."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, str) and value.startswith("0x"):
        with suppress(ValueError):  # what is no hex cannot be encoded, which tells it
            yield bytes.fromhex(value[2:])
    elif isinstance(value, str) and value.startswith("@"):
        with suppress(OSError):
            yield read_regular(Path(value[1:]), RUNTIME)
    else:
        yield from codes_in(value)


def writes_of(calls: Iterable[CallAsked], *, root: bool) -> list[StorageWrite]:
    """What calls have root write of the state by its keys."""
    return [one for call, args in calls for one in written_in(call, args, root=root)]


def intervention(
    chain: str, written: Sequence[StorageWrite], how: Literal["sudo", "relay root", "block"], extrinsic: str | None
) -> Intervention:
    """What the journal says of a state that is written."""
    what = f"storage of {chain}: {'; '.join(map(str, written))}"
    return Intervention(what=what, items=[one.as_data() for one in written], how=how, extrinsic=extrinsic)


def calls_in_words(calls: Iterable[str]) -> str:
    """Names of calls in the order of their first use, each once: ``2 × Hrmp.force_open_hrmp_channel``."""
    counts = Counter(calls)
    return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in counts.items())


def ended_otherwise(what: str, chain: str, height: int | None, error: str | None) -> str:
    """That calls failed which were to succeed, the error first, or the other way round (None)."""
    place = f"on {chain} in block {height}"
    if error is None:
        return f"{what} succeeded {place} and was to fail"
    return f"{error.rstrip('.')}, of {what} {place}, which was to succeed"


@dataclass
class Pending:
    """A signed extrinsic on its way into a finalized block; ``handed`` is when it was last given to nodes.

    It is signed for the version of its chain's runtime, so that code of another one never takes it: it is signed anew
    then, with the same nonce, so that the chain takes one of both.
    """

    chain: str
    raw: str
    hash: str
    handed: float
    code: str
    """Hash of the code for which it is signed."""
    anew: Callable[[RuntimeCalls], tuple[str, str]]
    """Signs the same for another runtime; the extrinsic and its hash."""
    message: Message | None = None
    """What it sends, if it is a message."""
    call: bytes = b""
    """The call as it was signed first."""
    account: bytes = b""
    """The account that signs."""
    earlier: list[str] = field(default_factory=list)
    """Hashes by which it was called before."""

    def included(self, evidence: Evidence) -> Iterator[Record[OurExtrinsic]]:
        """Where it is in a block, by whichever hash."""
        for hash_ in (self.hash, *self.earlier):
            yield from evidence.message_log.extrinsics.get(hash_, ())


@dataclass(frozen=True)
class HandedIn:
    """Calls in an extrinsic that nodes were given."""

    what: str
    """The calls in words."""
    pending: Pending

    def included(self, evidence: Evidence) -> Record[OurExtrinsic] | None:
        """Where it is in a block, and how it ended there; None as long as it is in none."""
        return next(self.pending.included(evidence), None)
