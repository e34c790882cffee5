"""Which nodes have the keys that seal blocks, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

from simnet.journal._evidence import Evidence
from simnet.journal._observations import Block
from simnet.journal.records import KeysStored
from simnet.network.session_keys import seals_with


def sealing_key(block: Block) -> str | None:
    """What :class:`KeyHolders` calls the key of a block's seal; None where it is not known."""
    return block.key or block.author


class KeyHolders:
    """The validators and collators that have each key. A node's own, its account's, is called by the node's name, any
    other by itself (0x hex). What a wiped node lost counts as if it had it still."""

    def __init__(self, evidence: Evidence) -> None:
        self._since: dict[str, dict[str, float]] = {}
        nodes = {node.name: node for node in evidence.network.nodes}
        for node in nodes.values():
            if node.role != "full":
                self._since.setdefault(node.twin_of or node.name, {})[node.name] = -inf
        self._given: list[tuple[str, str, float]] = []
        for record in evidence.of(KeysStored):
            if nodes[record.observer].role == "full":
                continue  # it signs nothing, whatever it has
            key = record.data.owner or record.data.keys.get(seals_with(nodes[record.observer].chain))
            if key is not None:
                holders = self._since.setdefault(key, {})
                if holders and record.observer not in holders:
                    self._given.append((record.observer, key, record.t))
                holders.setdefault(record.observer, record.t)

    def of(self, key: str) -> Mapping[str, float]:
        """Since when each node has a key, in the order in which they came to it."""
        return self._since.get(key, {})

    def given(self) -> Iterator[tuple[str, str, float]]:
        """Each node that came to a key which another one had, the key, and when."""
        yield from self._given

    def sharing(self, nodes: set[str]) -> set[str]:
        """Those nodes, and all that have a key of one of them."""
        return nodes.union(*(holders for holders in self._since.values() if not nodes.isdisjoint(holders)))
