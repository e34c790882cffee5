"""What a test gets of a network: the network's own verbs, states to wait for, and expectations that fail the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from simnet.chain.calls import Batch
from simnet.checks import Check, Status
from simnet.errors import InputError
from simnet.faults import Fault
from simnet.fields import ChainForm, ChainId, Seconds, SecondsForm, SelectorsForm, SizeForm, SpanField, SpanForm
from simnet.forms import read_as
from simnet.journal.records import UpgradeAsked
from simnet.network.topology import nearest
from simnet.preflight import check_contents
from simnet.refusals import in_short
from simnet.scenario import Expectation, Send, Submit, Wait
from simnet.scenario.awaited import AwaitedState
from simnet.scenario.roll import By, Roll
from simnet.scenario.rolling import roll
from simnet.scenario.state_steps import SetStorage
from simnet.scenario.states import await_state
from simnet.scenario.steps import RotateKeys, Upgrade
from simnet.scenario.timeline import heal_after, pass_time
from simnet.testing._asking import AskingRpc

if TYPE_CHECKING:
    from simnet.chain.rpc import Rpc
    from simnet.checks import Finding
    from simnet.faults import Effective
    from simnet.journal import Evidence
    from simnet.journal.records import UpgradePath
    from simnet.providers.injection import Injection
    from simnet.providers.live_chain import LiveChain
    from simnet.providers.network import Network

_T = TypeVar("_T")


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

    Its verbs are those of scenario files and take what files take: ``network.send(2000, "relay", every="6s")``. A
    number without a unit is seconds or bytes. What a verb does not take it refuses by an :class:`InputError`.
    Times count from the test's own barrier: a check without ``during`` or ``after`` judges the test's time only.
    """

    def __init__(self, network: Network, folder: Path) -> None:
        self.network = network
        self.folder = folder
        self.topology = network.topology
        self.transfer, self.xcm, self.dry_run, self.claim = (
            network.transfer,
            network.xcm,
            network.dry_run,
            network.claim,
        )

    # -- faults ---------------------------------------------------------------------------------------------------

    def inject(self, fault: Fault, name: str | None = None, *, for_: SpanForm | None = None) -> Injection:
        """Injects a fault and returns when it has taken hold, read back.

        ``name`` is how checks and :meth:`heal` call it, by default the fault's kind. ``for_`` heals it during later
        waits, when it has lasted that long: ``"60s"`` or ``"10 blocks"`` of the relay chain. Without, it lasts until it
        is healed: by :meth:`heal`, at the end of a ``with`` block, or with the test. An instant fault, such as a
        restart, is over when this returns.

        Raises :class:`InputError` for unknown targets and for a fault that changes nothing,
        :class:`~simnet.errors.UnsupportedError` for what the provider cannot do here, and
        :class:`~simnet.errors.FaultError` when it did not take hold; nothing of it stays then.
        """
        if not isinstance(fault, Fault):
            raise InputError(f"inject takes a fault, such as Stop(targets='alice'), and not {in_short(fault)}")
        length = None if for_ is None else read_as(SpanField, for_, "inject: for_")
        if length is not None and fault.instant:
            raise InputError(f"a {fault.kind} takes no for_: it is over when its nodes are back")
        injection = self.network.inject(fault, name)
        if length is not None:
            heal_after(self.network, injection, length, injection.heal)
        return injection

    def heal(self, *names: str) -> None:
        """Heals the faults of these names, in this order, or ``"all"``, the latest first; returns when that was read
        back. Others keep what they hold. One that is healed already stays so.

        Raises :class:`InputError` for a name that no fault has, and :class:`~simnet.errors.FaultError` when a fault did
        not go.
        """
        if not names:
            raise InputError('heal takes names of faults, or "all"')
        for injection in [self.network.injection(name) for name in names if name != "all"]:
            injection.heal()
        if "all" in names:
            self.network.heal_all()

    def state(self) -> Effective:
        """What the active faults together ask of every process, link and byzantine node."""
        return self.network.state()

    # -- nodes, parachains and keys that join ---------------------------------------------------------------------

    def start(self, *nodes: str) -> None:
        """Starts nodes that join late (``joins_late``), named or by selectors; returns when they are ready.

        Raises :class:`InputError` for one that runs, and :class:`~simnet.errors.FaultError` for one that an active
        fault keeps down.
        """
        self.network.start(*nodes)

    def onboard(self, para: ChainForm, *, within: SecondsForm = 60.0) -> None:
        """Has root register a parachain that genesis does not have (``registered: false``); returns when the call is in
        a block, ``within`` seconds. Its blocks are included two sessions after validators accepted its code.

        Raises :class:`InputError` for what is no such parachain, and as :meth:`submit` does.
        """
        self.network.onboard(
            read_as(ChainId, para, "onboard: para"), within=read_as(Seconds, within, "onboard: within")
        )

    def rotate_keys(
        self, node: str, owner: str | None = None, *, in_force: bool = False, within: SecondsForm = 60.0
    ) -> None:
        """Has a validator or collator make new session keys, and its account set them, or that of ``owner``, whose keys
        they then are; returns when that is in a block, ``within`` seconds. With ``in_force`` it waits as long again
        until the chain's authorities have them, two sessions later.

        Raises :class:`InputError` for who has no session keys, and as :meth:`submit` does.
        """
        asked = RotateKeys(node=node, owner=owner, in_force=in_force, within=within)
        self.network.rotate_keys(**dict(asked))

    def upgrade(
        self,
        runtime: str,
        *,
        chain: ChainForm = "relay",
        path: UpgradePath = "authorized",
        within: SecondsForm = 600.0,
    ) -> None:
        """Brings the code of a bundled runtime or a ``.wasm`` file into a chain; returns when every running node of the
        chain has finalized a block whose state has it, ``within`` seconds for all of that.

        ``path`` says how: root authorizes it and anybody applies it, with a look at its version (``"authorized"``) or
        ``"without_checks"``, or root sets it (``"sudo"``). Raises :class:`~simnet.errors.UpgradeError` when the chain
        or validators refused it, and :class:`~simnet.errors.DeadlineError` with how far it came.
        """
        asked = Upgrade(runtime=runtime, chain=chain, path=path, within=within)
        self.network.upgrade(**dict(asked))

    def roll(
        self,
        image: str,
        *,
        targets: SelectorsForm,
        by: By = "node",
        state: AwaitedState | None = None,
        within: SecondsForm = 300.0,
    ) -> None:
        """Takes nodes to another image, one after another, by region or all at once (``"node"``, ``"region"``,
        ``"all"``), with their keys and databases; returns when the last have recovered, ``within`` seconds for those
        that go together.

        ``state`` is what must come in between, as :meth:`wait_for` names it; by default that they are in sync and
        finality has advanced. Raises :class:`~simnet.errors.UnsupportedError` where nodes run no image, and
        :class:`~simnet.errors.NodeError`, :class:`~simnet.errors.FaultError` or
        :class:`~simnet.errors.DeadlineError` for a node that did not come back, with those that have the image.
        """
        roll(self.network, Roll(targets=targets, image=image, by=by, state=state, within=within))

    # -- messages and calls ---------------------------------------------------------------------------------------

    def send(
        self,
        sender: ChainForm,
        recipient: ChainForm,
        *,
        count: int = 1,
        every: SecondsForm = 0.0,
        size: SizeForm = 32,
        label: str | None = None,
    ) -> str:
        """Asks for cross-chain messages from one chain (``"relay"`` or a parachain's id) to another, the first now,
        then one ``every`` so many seconds, during later waits; returns the label by which checks and :meth:`wait_for`
        call them. ``size`` is the payload of each in bytes.

        They are handed to the sender's chain in that order, as soon as a node of it answers. Raises
        :class:`InputError` for unknown chains and for a label that was used.
        """
        asked = Send(sender=sender, recipient=recipient, count=count, every=every, size=size)
        return self.network.send(**dict(asked), label=label)

    def submit(
        self,
        call: str | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        calls: Sequence[tuple[str, Mapping[str, Any]]] = (),
        batch: Batch = "all",
        chain: ChainForm = "relay",
        signer: str | Mapping[str, Any] | None = None,
        sudo: bool = False,
        expect: Literal["success", "failure"] = "success",
        within: SecondsForm = 60.0,
    ) -> str | None:
        """Submits a call, such as ``"System.remark"``, or several ``calls`` as one batch, and returns when they were
        dispatched, ``within`` seconds: the text of the dispatch error, None when they succeeded.

        ``signer`` is a secret URI or a node's name, by default the chain's sudo key's under ``sudo`` and else
        ``//Alice``; or ``"root"``, ``{"account": ...}``, ``{"origin": ...}``, ``{"scheduler": blocks}``, as ``as`` of a
        step. Raises :class:`~simnet.errors.ExtrinsicError` when it ended otherwise than ``expect`` says, and
        :class:`~simnet.errors.DeadlineError` when it came into no block.
        """
        asked = Submit(
            call=call,
            args=args or {},
            calls=[{"call": one, "args": given} for one, given in calls],
            batch=batch,
            chain=chain,
            signer=signer,
            sudo=sudo,
            expect=expect,
            within=within,
        )
        return self.network.submit(**asked.asked())

    def set_storage(
        self,
        *items: Mapping[str, Any],
        chain: ChainForm = "relay",
        within: SecondsForm = 60.0,
    ) -> None:
        """Has root of a chain write entries of its storage, such as ``{"item": "Balances.TotalIssuance", "value":
        10**18}``, with ``"keys"`` of a map, or a raw ``"key"`` in place of the item; a value of None removes one.
        Returns when that was dispatched, ``within`` seconds. The verdict lists it as an intervention.

        Raises :class:`InputError` for what the runtime has not and where there is no way to the chain's root, and
        :class:`~simnet.errors.ExtrinsicError` where the chain refused it.
        """
        if any(isinstance(one, list | tuple) for one in items):
            raise InputError("set_storage takes each entry as an argument of its own; write set_storage(*entries)")
        asked = SetStorage(chain=chain, items=list(items), within=within)
        self.network.set_storage(**asked.asked())

    def chain(self, chain: ChainForm) -> LiveChain:
        """One chain, ``"relay"`` or a parachain's id, in its own terms: storage, constants, runtime APIs, events, calls
        and waiting for what they show: ``network.chain(2000).query("System.Account", "//Bob").data.free``. Raises
        :class:`InputError` where there is none."""
        return self.network.chain(read_as(ChainId, chain, "chain"))

    def rpc(self, node: str) -> Rpc:
        """JSON-RPC of a running node: ``network.rpc("alice").call("system_health")``. Raises :class:`InputError` for a
        name that no node has, and :class:`~simnet.errors.RpcError` when it cannot be reached."""
        self.topology.node(node)
        return AskingRpc(self.network.rpc(node), node, self.network)

    # -- time -----------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since the network was launched, real on Docker, virtual when simulated."""
        return self.network.now()

    def wait(self, for_: SpanForm) -> None:
        """Lets time pass: seconds, ``"60s"`` or ``"10 blocks"`` of the relay chain. What is scheduled is done
        meanwhile: messages are sent, faults with a length healed."""
        pass_time(self.network, read_as(SpanField, for_, "wait: for_"))

    def wait_until(self, state: Callable[[Evidence], _T | None], *, within: SecondsForm, what: str) -> _T:
        """Waits for a state of your own: ``state`` is asked of the :attr:`evidence` and gives something true once it is
        reached, which this returns. ``what`` is how an error calls it.

        Raises :class:`~simnet.errors.DeadlineError` after ``within`` seconds with what each node showed last, and
        :class:`~simnet.errors.NodeError` as soon as a node crashes.
        """
        return self.network.wait_until(state, within=read_as(Seconds, within, "wait_until: within"), what=what)

    def wait_for(
        self,
        state: AwaitedState,
        *,
        within: SecondsForm = 120.0,
        nodes: SelectorsForm = "all",
        messages: SelectorsForm = (),
    ) -> None:
        """Waits for a state by the name that it has in scenario files, such as ``"finalizing"`` or ``"delivered"``, of
        some ``nodes``, or of the ``messages`` of some labels.

        Raises :class:`~simnet.errors.DeadlineError` after ``within`` seconds, with the cause where that can be told,
        :class:`~simnet.errors.NodeError` as soon as a node crashes, and :class:`~simnet.errors.MessageError` for
        ``delivered`` as soon as a message cannot arrive any more.
        """
        await_state(Wait(state=state, within=within, nodes=nodes, messages=messages), self.network)

    # -- judging --------------------------------------------------------------------------------------------------

    @property
    def evidence(self) -> Evidence:
        """What this test's journal shows so far."""
        return self.network.evidence

    def judge(self, check: Check | Mapping[str, Any]) -> Finding:
        """What the journal shows now of a check, given as a value or as files say it:
        ``{"finality_advances": {"within": "60s"}}``.

        Raises :class:`InputError` for a fault that this test did not inject, and for what no runtime of the network
        has: judging nothing is no judgement.
        """
        if not isinstance(check, Check | Mapping):
            raise InputError(f"a check or a mapping such as {{'one_chain': {{}}}} is judged, and not {in_short(check)}")
        asked = check if isinstance(check, Check) else Expectation(**check).check
        changed = {record.chain for record in self.evidence.of(UpgradeAsked) if record.chain is not None}
        check_contents(self.topology, asked, changed)
        name = asked.during or asked.after
        if name not in (None, "run") and self.evidence.window(str(name)) is None:
            known = dict.fromkeys(window.name for window in self.evidence.windows.values())
            raise InputError(f"{asked}: this test injected no fault named {name!r}{nearest(str(name), known)}")
        self.network.settle()
        return asked.judge(self.evidence)

    def watch(self, *checks: Check) -> None:
        """Has what these checks are about read of every block from now on: storage, answers of runtime APIs, balances,
        and events that journals leave out. Over blocks that were read before, such a check is inconclusive.

        Raises :class:`InputError` for what no runtime of the network has.
        """
        for check in checks:
            check_contents(self.topology, check, ())
            self.network.ask(check.asks())

    def expect(self, check: Check | Mapping[str, Any]) -> Finding:
        """Judges a check now, as :meth:`judge`; raises :class:`ExpectationError` unless it holds. Wait before for what
        takes time: a check whose time is not over yet is inconclusive."""
        __tracebackhide__ = True
        finding = self.judge(check)
        if finding.status is not Status.HELD:
            raise ExpectationError(finding)
        return finding
