"""Which nodes have which session keys, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

from simnet.journal._evidence import Evidence
from simnet.journal._observations import Block
from simnet.journal.records import KeysStored, NodeUp
from simnet.network.session_keys import GRANDPA, KEY_TYPES, seals_with, session_key
from simnet.network.topology import Node


def sealing_key(block: Block) -> str | None:
    """What :class:`KeyHolders` calls the key of a block's seal; None where it is not known."""
    return block.key or block.author


@dataclass(frozen=True)
class DoubledKey:
    """A key of a type that a node came to although another one has it: from ``since`` to ``until``, which is infinite
    while it has it."""

    node: str
    key: str
    key_type: str
    since: float
    until: float


class KeyHolders:
    """The validators and collators that have each key that seals blocks. A node's own, its account's, is called by the
    node's name, of twins by the name of the one that is none, any other by itself (0x hex)."""

    def __init__(self, evidence: Evidence) -> None:
        self._spans: dict[str, dict[str, list[tuple[float, float]]]] = {}
        self._doubled: list[DoubledKey] = []
        nodes = {node.name: node for node in evidence.network.nodes if node.role != "full"}
        holders: dict[tuple[str, str], list[str]] = {}
        for node in nodes.values():
            owner = node.twin_of or node.name
            self._spans.setdefault(owner, {})[node.name] = [(-inf, inf)]
            for kind in _types(node):
                holders.setdefault((kind, owner), []).append(node.name)
        stored = [record for record in evidence.of(KeysStored) if record.observer in nodes]
        names = _of_accounts(nodes.values()) if stored else {}
        for record in stored:
            node, until = nodes[record.observer], _wiped(evidence, record.observer, record.t)
            for kind in _types(node):
                public = record.data.keys.get(kind)
                if public is None:
                    continue
                key = names.get((node.chain, kind, public), public)
                others = holders.setdefault((kind, key), [])
                if any(other != node.name for other in others):
                    self._doubled.append(DoubledKey(node.name, key, kind, record.t, until))
                others.append(node.name)
                if kind == seals_with(node.chain):
                    self._spans.setdefault(key, {}).setdefault(node.name, []).append((record.t, until))

    def of(self, key: str) -> tuple[str, ...]:
        """The nodes that had a key at some time, in the order in which they came to it."""
        return tuple(self._spans.get(key, ()))

    def within(self, key: str, start: float, end: float) -> tuple[str, ...]:
        """Those that had it at some time between two."""
        spans = self._spans.get(key, {})
        return tuple(node for node, held in spans.items() if any(one <= end and two >= start for one, two in held))

    def doubled(self) -> Iterator[DoubledKey]:
        """Keys that nodes came to which others had, in the order in which they did; none of twins' own."""
        yield from self._doubled

    def sharing(self, nodes: set[str]) -> set[str]:
        """Those nodes, and all that have, or had, a key of one of them."""
        return nodes.union(*(holders for holders in self._spans.values() if not nodes.isdisjoint(holders)))


def _of_accounts(nodes: Iterable[Node]) -> dict[tuple[str, str, str], str]:
    """The node whose account has a key, by chain, type and the key's public half (0x hex)."""
    return {
        (node.chain, kind, "0x" + session_key(kind, node.account).public.hex()): node.name
        for node in nodes
        if node.twin_of is None
        for kind in _types(node)
    }


def _types(node: Node) -> tuple[str, ...]:
    """Types of keys with which a validator or collator could equivocate."""
    return tuple(kind for kind in (seals_with(node.chain), GRANDPA) if kind in KEY_TYPES[node.role])


def _wiped(evidence: Evidence, node: str, since: float) -> float:
    """When a node's database was emptied for good after a time, and its keystore with it: a database that was put back
    later may have the key again. Infinite if it was not."""
    ups = [one for one in evidence.of(NodeUp) if one.observer == node and one.t > since]
    emptied = [one.t for one in ups if one.data.reason == "wipe"]
    return emptied[0] if emptied and not any(one.data.reason == "restore" for one in ups) else inf
