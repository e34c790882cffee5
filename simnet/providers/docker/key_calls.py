"""What calls to real nodes' RPC do to their keystores, journaled as nodes that are simulated tell it themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simnet.chain.key_generation import session_keys
from simnet.chain.recorder import ChainRecorder
from simnet.chain.rpc import Rpc
from simnet.journal import Journal
from simnet.journal.records import KeysStored
from simnet.network.session_keys import given_key
from simnet.network.topology import Topology


@dataclass(frozen=True)
class KeyCalls:
    """Calls that simnet's own connections carry; of keys that others bring to a node nobody tells."""

    topology: Topology
    journal: Journal
    recorders: Mapping[str, ChainRecorder]

    def answered(
        self, node: str, incarnation: int, rpc: Callable[[str], Rpc], method: str, params: Sequence[Any], result: Any
    ) -> None:
        """A node answered a call. ``rpc`` is asked for its connection where what its keys are has to be asked."""
        match method:
            case "author_rotateKeys":
                self._tell(node, incarnation, "made", session_keys(rpc(node), result))
            case "author_rotateKeysWithOwner":
                self._tell(node, incarnation, "made", session_keys(rpc(node), result["keys"]))
            case "author_insertKey":
                kind, uri, public = params
                if given_key(kind, uri, bytes.fromhex(public.removeprefix("0x"))) is not None:
                    self._tell(node, incarnation, "given", {kind: public})

    def _tell(self, node: str, incarnation: int, how: Literal["made", "given"], keys: Mapping[str, str]) -> None:
        chain = self.topology.node(node).chain
        self.recorders[chain].learn(node, keys)
        self.journal.append(KeysStored(how=how, keys=keys), observer=node, incarnation=incarnation, chain=chain)
