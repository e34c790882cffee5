"""Reads what was asked for of a chain's blocks: storage items, and answers of runtime APIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain import _type_registry as registry
from simnet.chain.api_calls import ApiCall, api_call
from simnet.chain.code_history import CODE_KEY
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.rpc import Rpc
from simnet.chain.storage import values_at
from simnet.chain.storage_places import StoragePlace, storage_place
from simnet.chain.writing import Writing
from simnet.codec import DecodeError
from simnet.errors import InputError, RpcError
from simnet.journal import Ask
from simnet.journal.records import ValueRead

_BLOCKS = 256
"""Blocks of which a reader knows the values by heart, so that it tells those alone that are not as in the parent."""

_RUNTIMES = 4
"""Runtimes for which it keeps what was asked for encoded: forks may have two, one before an upgrade and one after."""


@dataclass(frozen=True)
class _Question:
    """What was asked for, encoded for one runtime: a place in storage or a function with its arguments. ``why`` says
    why it cannot be."""

    place: StoragePlace | None = None
    key: str = ""
    """Of the place, 0x hex."""
    call: ApiCall | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a block's state gave, not decoded yet (0x hex, None where there is nothing), with the runtime that reads it.
    ``why``: why nothing was given."""

    metadata: Metadata | None
    raw: str | None = None
    why: str | None = None


class ValueReader:
    """Reads one chain. What cannot be read of a block that its node has is said in the record."""

    def __init__(self, writing: Writing | None = None) -> None:
        self._writing = writing
        self._told: dict[str, Mapping[Ask, _Answer]] = {}
        """By block hash: what each ask gave there."""
        self._questions: dict[Metadata, dict[Ask, _Question]] = {}

    def read(
        self,
        rpc: Rpc,
        metadata: Metadata,
        hash_: str,
        parent: str,
        asks: Sequence[Ask],
        answering: Callable[[], Metadata] | None = None,
    ) -> list[ValueRead]:
        """A record of each value that is not as it was in the parent, or whose parent was not read with it, or was read
        by another runtime. ``metadata`` is that of the runtime which made the block and so its storage; ``answering``
        gives that of the one in its state, which answers, if it is another. RpcError where the node does not give the
        block's state."""
        stored = [ask for ask in asks if ask.what == "storage"]
        called = [ask for ask in asks if ask.what == "api"]
        found = {
            **self._stored(rpc, metadata, hash_, stored),
            **self._answered(rpc, answering, metadata, hash_, called),
        }
        if not found:
            return []
        before = self._told.get(parent, {})
        self._told[hash_] = found
        for oldest in list(self._told)[:-_BLOCKS]:
            self._told.pop(oldest, None)
        return [self._record(ask, found[ask]) for ask in asks if ask in found and before.get(ask) != found[ask]]

    def _question(self, metadata: Metadata, ask: Ask) -> _Question:
        questions = self._questions.get(metadata)
        if questions is None:
            questions = self._questions[metadata] = {}
            for oldest in list(self._questions)[:-_RUNTIMES]:
                self._questions.pop(oldest, None)
        if ask not in questions:
            questions[ask] = self._encoded(metadata, ask)
        return questions[ask]

    def _encoded(self, metadata: Metadata, ask: Ask) -> _Question:
        try:
            if ask.what == "storage":
                place = storage_place(metadata, ask.name, self._writing)
                return _Question(place, "0x" + place.storage_key(ask.arguments).hex())
            return _Question(call=api_call(metadata, ask.name, ask.arguments, writing=self._writing))
        except (InputError, NotInRuntimeError) as error:
            return _Question(why=str(error))

    def _stored(self, rpc: Rpc, metadata: Metadata, hash_: str, asks: Sequence[Ask]) -> dict[Ask, _Answer]:
        """All storage items by one call."""
        questions = {ask: self._question(metadata, ask) for ask in asks}
        keys = dict.fromkeys(one.key for one in questions.values() if one.place is not None)
        values = values_at(rpc, list(keys), hash_)
        return {
            ask: _Answer(None, why=one.why) if one.place is None else _Answer(metadata, _hex(values.get(one.key)))
            for ask, one in questions.items()
        }

    def _answered(
        self, rpc: Rpc, answering: Callable[[], Metadata] | None, metadata: Metadata, hash_: str, asks: Sequence[Ask]
    ) -> dict[Ask, _Answer]:
        if not asks:
            return {}
        if answering is not None:
            try:
                metadata = answering()
            except (RpcError, DecodeError) as error:  # of code that no node can run
                _must_have(rpc, hash_)
                return {ask: _Answer(None, why=str(error)) for ask in asks}
        return {ask: self._answer(rpc, metadata, hash_, self._question(metadata, ask)) for ask in asks}

    def _answer(self, rpc: Rpc, metadata: Metadata, hash_: str, question: _Question) -> _Answer:
        if question.call is None:
            return _Answer(None, why=question.why)
        try:
            asked = [question.call.exported, "0x" + question.call.arguments.hex(), hash_]
            return _Answer(metadata, rpc.call("state_call", asked))
        except RpcError as error:
            _must_have(rpc, hash_)
            return _Answer(None, why=str(error))

    def _record(self, ask: Ask, answer: _Answer) -> ValueRead:
        value, why = None, answer.why
        if answer.metadata is not None:
            try:
                value = self._decoded(answer.metadata, self._question(answer.metadata, ask), answer.raw)
            except DecodeError as error:
                why = str(error)
        return ValueRead(what=ask.what, name=ask.name, args=ask.arguments, value=value, why=why)

    def _decoded(self, metadata: Metadata, question: _Question, raw: str | None) -> Any:
        data = None if raw is None else bytes.fromhex(raw[2:])
        if question.call is not None:
            return question.call.answer(data or b"")
        assert question.place is not None
        pallet, item = question.place.pallet, question.place.item
        value = metadata.decode_storage(pallet, item, data)
        if value is None and data is not None and _is_unit(metadata, metadata.storage_item(pallet, item).value):
            return []  # the key is there, which is all that such an item says
        return value


def _must_have(rpc: Rpc, hash_: str) -> None:
    """RpcError where a node does not give a block's state: one that does was refused by the runtime."""
    rpc.call("state_getStorageHash", [CODE_KEY, hash_])


def _hex(data: bytes | None) -> str | None:
    return None if data is None else "0x" + data.hex()


def _is_unit(metadata: Metadata, type_id: int) -> bool:
    return registry.bare(metadata.types, type_id) == registry.TupleOf(())
