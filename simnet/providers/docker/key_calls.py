"""What calls to real nodes' RPC do to their keystores, journaled as nodes that are simulated tell it themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simnet.chain.key_generation import session_keys
from simnet.chain.recorder import ChainRecorder
from simnet.chain.rpc import Rpc
from simnet.errors import InputError
from simnet.journal import Journal
from simnet.journal.records import KeysStored
from simnet.network.session_keys import session_key
from simnet.network.topology import Topology


@dataclass(frozen=True)
class KeyCalls:
    """Calls that simnet's own connections carry; of keys that others bring to a node nobody tells."""

    topology: Topology
    journal: Journal
    recorders: Mapping[str, ChainRecorder]

    def answered(self, node: str, incarnation: int, rpc: Rpc, method: str, params: Sequence[Any], result: Any) -> None:
        """A node answered a call."""
        match method:
            case "author_rotateKeys":
                self._tell(node, incarnation, "made", session_keys(rpc, result))
            case "author_rotateKeysWithOwner":
                self._tell(node, incarnation, "made", session_keys(rpc, result["keys"]))
            case "author_insertKey" if _gives(*params):
                self._tell(node, incarnation, "given", {params[0]: params[2]})

    def _tell(self, node: str, incarnation: int, how: Literal["made", "given"], keys: Mapping[str, str]) -> None:
        chain = self.topology.node(node).chain
        self.recorders[chain].learn(node, keys)
        self.journal.append(KeysStored(how=how, keys=keys), observer=node, incarnation=incarnation, chain=chain)


def _gives(kind: str, uri: str, public: str) -> bool:
    """Whether a secret URI gives the key that it is said to: else the node can sign nothing with it."""
    try:
        return "0x" + session_key(kind, uri).public.hex() == public
    except InputError:
        return False
