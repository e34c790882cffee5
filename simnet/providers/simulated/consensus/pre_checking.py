"""Pre-checking: validators prepare the validation codes that the chain asks about, and vote on them.

Follows polkadot-node-core-pvf-checker. A code is prepared once by a process, whatever it is for; what comes of it is
voted for in the session in which it is known, and signed anew in each later one while the chain still asks. Codes that
the chain knows or trusts it never asks about.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simnet.codec import u32
from simnet.network.session_keys import PARA_VALIDATOR
from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.validation import Validation
from simnet.runtime.host import Host

_MAGIC = b"VCPC"
"""What signatures of votes begin with (polkadot-primitives PvfCheckStatement::signing_payload)."""


@dataclass
class _Checker:
    """What one validator's process knows."""

    leaves: dict[ExecutedBlock, tuple[bytes, ...]] = field(default_factory=dict)
    """Blocks that end a chain, with the codes that each asks about."""
    recent: ExecutedBlock | None = None
    """The highest of the blocks that it saw end a chain."""
    session: int = -1
    outcomes: dict[bytes, bool | None] = field(default_factory=dict)
    """By the hash of each code that a leaf asks about, whether it could be prepared; None while it is."""
    voted: set[bytes] = field(default_factory=set)
    """Codes that it voted on in this session."""


@dataclass(eq=False)
class PreChecking(NodeProtocol):
    """Votes on validation codes by all validators."""

    processes: Processes
    keys: Keyring
    pools: Pools
    validation: Validation
    runtimes: Host
    _checkers: dict[int, _Checker] = field(init=False, default_factory=dict)
    """Of nodes for which there was something to vote on since they started."""

    def started(self, node: int) -> None:
        """The process begins with the end of the best chain in its database."""
        self._checkers.pop(node, None)
        self.imported(node, self.processes.view(node).best)

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A new block ends a chain, its parent does not any more."""
        spec = self.processes.nodes[node].spec
        asked = relay_state.to_pre_check(block)
        if (not asked and node not in self._checkers) or spec.chain != RELAY or spec.role != "validator":
            return
        checker = self._checkers.setdefault(node, _Checker())
        if checker.recent is None or block.number >= checker.recent.number:
            checker.recent = block
        final = self.processes.view(node).finalized.number
        checker.leaves[block] = asked
        checker.leaves = {
            leaf: codes for leaf, codes in checker.leaves.items() if leaf is not block.parent and leaf.number >= final
        }
        relevant = {code for codes in checker.leaves.values() for code in codes}
        new = [code for code in asked if code not in checker.outcomes]
        checker.outcomes = {code: outcome for code, outcome in checker.outcomes.items() if code in relevant}
        for code in new:
            self._prepare(node, checker, code, block)
        session = relay_state.session(block)
        if session > checker.session:
            checker.session = session
            checker.voted.clear()
            for code in sorted(checker.outcomes):
                self._vote(node, checker, code)

    def _prepare(self, node: int, checker: _Checker, code: bytes, block: ExecutedBlock) -> None:
        checker.outcomes[code] = None

        def done(prepared: bool) -> None:
            if code in checker.outcomes:
                checker.outcomes[code] = prepared
                self._vote(node, checker, code)

        self.validation.pre_check(node, code, block, done)

    def _vote(self, node: int, checker: _Checker, code: bytes) -> None:
        """Votes with what is known of a code, once a session; whose key is no para-validator's has no vote."""
        accept, block = checker.outcomes[code], checker.recent
        assert block is not None
        mine = self.keys.place(node, PARA_VALIDATOR, relay_state.validator_indices(block))
        if accept is None or mine is None or code in checker.voted:
            return
        index, key = mine
        checker.voted.add(code)
        statement = bytes([accept]) + code + u32(checker.session) + u32(index)
        signature = self.keys.sign(key, _MAGIC + statement, node)
        relay_state.call(block, "ParachainHost_submit_pvf_check_statement", statement + signature)
        for extrinsic in self.runtimes.take_submitted():
            self.pools.take(self.processes.nodes[node], extrinsic)
