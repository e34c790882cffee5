"""Byzantine validators that dispute many candidates at once: all that others still take a dispute about as no spam.

The storms of May 2025 on Kusama and Polkadot came so: validators that could not judge a new kind of candidate disputed
each that they checked, and the honest ones had to execute all of them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simnet.network.session_keys import PARA_VALIDATOR
from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.consensus.disputes import KEPT_AFTER_FINALITY, DisputeCoordinators
from simnet.providers.simulated.ledger import ExecutedBlock, ancestry
from simnet.providers.simulated.protocols import ValidatorProtocol


@dataclass(eq=False)
class Disputants(ValidatorProtocol):
    """The act ``dispute_recent`` of all nodes."""

    disputes: DisputeCoordinators
    candidates: Mapping[bytes, Candidate]
    _done: set[tuple[int, bytes]] = field(init=False, default_factory=set)
    """Which node has disputed which candidate."""

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """With each block it disputes what that includes, and at first what the blocks before do."""
        one = self.processes.nodes[node]
        if one.spec.chain != RELAY or not self.misdeeds.does(node, "dispute_recent"):
            return
        for recent in ancestry(block, above=max(0, one.relay.finalized.number - KEPT_AFTER_FINALITY)):
            for included in relay_state.included(recent):
                candidate = self.candidates.get(included.candidate)
                if candidate is not None and (node, candidate.hash) not in self._done:
                    self._dispute(node, candidate, recent)

    def prune(self, below: int) -> None:
        """What nobody can dispute any more is forgotten."""
        self._done = {(node, hash_) for node, hash_ in self._done if hash_ in self.candidates}

    def _dispute(self, node: int, candidate: Candidate, block: ExecutedBlock) -> None:
        assert block.parent is not None
        session = relay_state.session_info(block.parent)
        places = {key: place for place, key in reversed([*enumerate(session.validators)])}
        mine = self.keys.place(node, PARA_VALIDATOR, places)
        if mine is not None:
            self._done.add((node, candidate.hash))
            self.misdeeds.commits(node, "dispute_recent", candidate.hash)
            self.disputes.open(node, mine[0], candidate, session)
