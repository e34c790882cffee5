"""What a test gets of a network: the network's own verbs, states to wait for, and expectations that fail the test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simnet.checks import Status
from simnet.errors import InputError
from simnet.scenario.states import await_state
from simnet.scenario.steps import AwaitedState, Wait
from simnet.testing._asking import AskingRpc

if TYPE_CHECKING:
    from simnet.chain.rpc import Rpc
    from simnet.checks import Check, Finding
    from simnet.journal import Evidence
    from simnet.providers.network import Network


class ExpectationError(AssertionError):
    """What a test expected of its network does not hold, or cannot be judged. ``finding`` says what was seen."""

    __module__ = "simnet.testing"

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(
            f"{finding.status.value}: {finding.check}\n  expected  {finding.expected}\n  seen      {finding.seen}"
        )


class NetworkUnderTest:
    """A running network at its barrier, for one test. ``network`` has what is not here; ``folder`` is the run folder.

    Times count from the test's own barrier: a check without ``during`` or ``after`` judges the test's time only.
    """

    def __init__(self, network: Network, folder: Path) -> None:
        self.network = network
        self.folder = folder
        self.topology = network.topology
        self.inject = network.inject
        self.heal_all = network.heal_all
        self.start = network.start
        self.send = network.send
        self.submit = network.submit
        self.onboard = network.onboard
        self.rotate_keys = network.rotate_keys
        self.upgrade = network.upgrade
        self.state = network.state
        self.now = network.now
        self.wait = network.wait
        self.wait_until = network.wait_until

    @property
    def evidence(self) -> Evidence:
        """What this test's journal shows so far."""
        return self.network.evidence

    def rpc(self, node: str) -> Rpc:
        """JSON-RPC of a running node; raises :class:`~simnet.errors.RpcError` when it cannot be reached."""
        return AskingRpc(self.network.rpc(node), node, self.network)

    def wait_for(
        self,
        state: AwaitedState,
        *,
        within: float = 120.0,
        nodes: Sequence[str] = ("all",),
        messages: Sequence[str] = (),
    ) -> None:
        """Waits for a state as a scenario's ``wait`` step does; raises :class:`~simnet.errors.DeadlineError`."""
        await_state(Wait(state=state, within=within, nodes=tuple(nodes), messages=tuple(messages)), self.network)

    def judge(self, check: Check) -> Finding:
        """What the journal shows now of a check.

        Raises :class:`InputError` for a fault that this test did not inject: judging nothing is no judgement.
        """
        name = check.during or check.after
        if name not in (None, "run") and self.evidence.window(str(name)) is None:
            raise InputError(f"{check}: this test injected no fault named {name!r}")
        self.network.settle()
        return check.judge(self.evidence)

    def expect(self, check: Check) -> Finding:
        """Judges a check now; raises :class:`ExpectationError` unless it holds. Wait before for what takes time."""
        __tracebackhide__ = True
        finding = self.judge(check)
        if finding.status is not Status.HELD:
            raise ExpectationError(finding)
        return finding
