"""A running network, whatever it runs on: time, faults, messages, calls. Providers fill in what only they can do."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from substrateinterface import Keypair

from simnet.chain.calls import Batch
from simnet.chain.rpc import Rpc
from simnet.chain.storage_writes import StorageWrite
from simnet.errors import FaultError, InputError, SimnetError
from simnet.faults import Cycle, Effective, Fault, admit, effect, effective, leaves_nothing
from simnet.journal import Ask, Evidence, Journal, Trap
from simnet.journal.records import (
    DryRunAsked,
    FaultApplied,
    FaultChanged,
    FaultFailed,
    FaultHealed,
    FaultObserved,
    Reading,
    ReadingAsked,
    UpgradePath,
)
from simnet.network.accounts import keypair
from simnet.network.topology import Topology, nearest
from simnet.providers.claims import LATEST, Claims
from simnet.providers.cycles import Copy, Life, absence_of, cycle_readings
from simnet.providers.dispatch_origins import origin_of
from simnet.providers.dispatching import Dispatching
from simnet.providers.injection import Injection, Observation
from simnet.providers.live_chain import LiveChain
from simnet.providers.messenger import CallAsked, Messenger
from simnet.providers.rotation import rotate_keys
from simnet.providers.setting_storage import set_storage
from simnet.providers.timed_network import TimedNetwork
from simnet.providers.upgrading import Upgrading
from simnet.providers.xcm_asked import Program, Transferred
from simnet.providers.xcm_calls import CallEnding, Manner, XcmCalls

_T = TypeVar("_T")


class Network(TimedNetwork):
    """A started network.

    A provider fills in the abstract methods. What happens it journals: how nodes' processes begin and end, what they
    show, blocks and what is in them (:mod:`simnet.journal` lists the records). Faults, their composition,
    messages and calls are here, waits in :class:`~simnet.providers.timed_network.TimedNetwork`; they ask for nothing
    but those methods.
    """

    def __init__(
        self, topology: Topology, journal: Journal, run_dir: Path, seed: int, links: Sequence[Fault] = ()
    ) -> None:
        super().__init__(journal)
        self.topology = topology
        self.run_dir = run_dir
        self.seed = seed
        self.injections: list[Injection] = []
        self.marks: list[str] = []
        """What was done to it that outlasts a run; see :meth:`left_behind`."""
        self.ask_provider: Callable[[Fault], None] = lambda _: None
        """Raises :class:`~simnet.errors.UnsupportedError` for a fault that its provider cannot do here; who launches a
        network sets it."""
        self.messenger = Messenger(self)
        self.xcm_calls = XcmCalls(self.messenger)
        self.claims = Claims(self.xcm_calls)
        self._links = tuple(links)
        self.absent = {node.name for node in topology.nodes if node.joins_late}
        """Nodes that join late and were not started yet: no fault touches their processes."""
        self._numbers = itertools.count(1)
        self._live_chains: dict[str, LiveChain] = {}

    # -- what a provider fills in ---------------------------------------------------------------------------------

    @abstractmethod
    def rpc(self, node: str) -> Rpc:
        """JSON-RPC of a running node; raises :class:`~simnet.errors.RpcError` when it cannot be reached."""

    @abstractmethod
    def reconcile(self, before: Effective, after: Effective) -> None:
        """Brings nodes and links from one state to the other, but no :attr:`absent` node, and returns when it was read
        back; raises :class:`FaultError` when it was not so. Both have every node and all links that are not clear;
        :func:`~simnet.faults.differences` says what is to be done. It is called for faults that begin, change, heal,
        and to take back what was half applied.
        """

    @abstractmethod
    def measure(self, concerned: Effective, since: float, until: float) -> list[Reading]:
        """What is seen now of the processes, links and acts that a fault concerns: process states, loss and round-trip
        times; of acts what was done between two times.

        At least a reading for each process, and one for all links that are alike. What is asked of them is
        :meth:`state`, since other faults may concern them too. It is measured where the network is, not taken from what
        it was told. :mod:`simnet.providers.readings` makes the readings of links and acts.
        """

    @abstractmethod
    def cycle(self, nodes: Sequence[str], cycle: Cycle, reason: str) -> None:
        """Takes running nodes down and up again together as the cycle says; returns when they are ready. ``reason`` is
        for their ``node_up`` records. What is read back are the records, and :meth:`life` and :meth:`copy` before and
        after."""

    @abstractmethod
    def life(self, node: str) -> Life:
        """A node's process as it is."""

    @abstractmethod
    def copy(self, node: str) -> Copy | None:
        """The copy of a node's database that a ``restore`` goes back to, if one was kept."""

    @abstractmethod
    def join(self, node: str) -> None:
        """Starts a node that joins late and returns when it is ready."""

    @abstractmethod
    def watch(self, chain: str, extrinsic: str, *, busy: bool = False) -> None:
        """Has the inclusion of an extrinsic (hash, 0x hex) journaled; ``busy`` has message queues journaled too."""

    def settle(self) -> None:
        """Lets the journal catch up with what was seen, before the run is judged.

        What byzantine nodes did is read again where it changed since: of faults that last, and of acts whose
        consequence came after the healing.
        """
        self.messenger.forget_final()
        for injection in self.injections:
            if effect(self.topology, injection.fault).acts:
                self._observe(injection, injection.fault, anew=False)

    def rebase(self, run_dir: Path) -> None:
        """Makes this the network of another run, whose journal has begun: nothing that the last one scheduled or sent
        remains.

        Raises :class:`InputError` while a fault is active, or when something of the last run stays in it.
        """
        active = [one.name for one in self.injections if one.active]
        if active:
            raise InputError(f"the network is still under {', '.join(active)}; heal that before another run uses it")
        if self.marks:
            raise InputError(f"the network is not as it was launched: {'; '.join(self.marks)}")
        self.run_dir = run_dir
        self.injections.clear()
        self._forget_actions()
        self.messenger.begin_again()

    def left_behind(self, run: Evidence) -> list[str]:
        """What the next run would find that it did not bring, in words; ``run`` is what the last one shows.

        Everything that is done to a network counts unless it is known to pass: faults of links and processes that are
        healed, restarts, messages that ended.
        """
        under_way = [trace for trace in run.messages() if not trace.terminals and trace.refused is None]
        return self.marks + [f"message {trace.label}#{trace.index} is under way" for trace in under_way]

    @abstractmethod
    def close(self) -> None:
        """Ends the network and removes what it made, unless it was launched to be kept. Safe to call twice."""

    def snapshot(self) -> str:
        """What every node showed last, for error messages."""
        parts = []
        for node in self.topology.nodes:
            best, final = (self.evidence.best.get(node.name), self.evidence.finalized.get(node.name))
            heads = f"best {best[-1].height if best else '-'}, finalized {final[-1].height if final else '-'}"
            state = self.state().nodes[node.name] if node.name not in self.absent else "not started"
            parts.append(f"{node.name}: {heads}{'' if state == 'running' else f' ({state})'}")
        return "; ".join(parts)

    # -- faults ---------------------------------------------------------------------------------------------------

    def state(self, without: Injection | None = None, plus: Sequence[Fault] = ()) -> Effective:
        """The state that all active faults together ask for."""
        active = (one.fault for one in self.injections if one.active and one is not without)
        return effective(self.topology, [*self._links, *active, *plus])

    def inject(self, fault: Fault, name: str | None = None) -> Injection:
        """Injects a fault and returns when it has taken hold, read back.

        ``name`` is how checks and ``heal`` call it, by default its kind. An instant fault is over when this returns.
        Raises :class:`InputError` for unknown targets and for a fault that changes nothing,
        :class:`~simnet.errors.UnsupportedError` for what the provider cannot do here, and :class:`FaultError` when it
        did not take hold; nothing of it stays then.
        """
        affected = admit(self.topology, fault)
        self.ask_provider(fault)
        name = name or fault.kind
        if any(one.name == name and one.active for one in self.injections):
            raise InputError(f"a fault named {name!r} is active; heal it first or give this one another name")
        self._mark(fault)
        injection = Injection(self, next(self._numbers), name, fault)
        start = injection.apply_start = self.now()
        readings: list[Reading] = []
        try:
            self._can_act_on(affected, fault)
            cycle = fault.cycle()
            if cycle is not None:
                for nodes in [affected] if cycle.at_once else [[node] for node in affected]:
                    readings += self._cycle_and_read(nodes, cycle, fault.kind)
            else:
                self.reconcile(self.state(), self.state(plus=[fault]))
        except SimnetError as error:
            self.journal.append(FaultFailed(id=injection.id, name=name, why=str(error)))
            if not fault.instant:
                self.reconcile(self.state(plus=[fault]), self.state())
            raise
        injection.apply_end = self.now()
        self.journal.append(
            FaultApplied(
                id=injection.id,
                name=name,
                fault=fault.as_data(),
                nodes=list(affected),
                start=round(start, 6),
                end=round(injection.apply_end, 6),
            )
        )
        self.injections.append(injection)
        if fault.instant:
            self._healed(injection, injection.apply_end, injection.apply_end)
            self._tell(injection, readings)
        else:
            self.observe(injection)
        return injection

    def _can_act_on(self, affected: Sequence[str], fault: Fault) -> None:
        """Raises :class:`FaultError` when the nodes are in no state for it."""
        cycle = fault.cycle()
        concerned = effect(self.topology, fault).nodes if cycle is None else affected
        absent = [name for name in concerned if name in self.absent]
        if absent and (fault.instant or len(absent) == len(concerned)):
            raise FaultError(f"{', '.join(absent)} was not started yet, so there is no process for the {fault.kind}")
        if cycle is None:
            return
        for name in affected:
            self._must_run(name, fault.kind)
            if cycle.database == "put back" and self.copy(name) is None:
                raise FaultError(f"no snapshot of {name} was taken; take one before it is restored")

    def _must_run(self, name: str, act: str) -> None:
        process = self.state().nodes[name]
        if process != "running":
            raise FaultError(f"{name} is {process} by another fault; heal that before a {act}")

    def _cycle_and_read(self, nodes: Sequence[str], cycle: Cycle, reason: str) -> list[Reading]:
        before, mark = {node: self.life(node) for node in nodes}, len(self.evidence.records)
        final = {node: heads[-1].height if (heads := self.evidence.finalized[node]) else 0 for node in nodes}
        self.cycle(nodes, cycle, reason)
        found: list[Reading] = []
        for node in nodes:
            absence, copy = absence_of(node, self.evidence.records[mark:]), self.copy(node)
            was, now = before[node], self.life(node)
            found += cycle_readings(node, cycle, was, now, final=final[node], absence=absence, copy=copy)
        return found

    def _mark(self, fault: Fault) -> None:
        if not leaves_nothing(fault):
            self.marks.append(f"the fault {fault}")

    def injection(self, name: str) -> Injection:
        """The latest injection of that name; raises :class:`InputError` when there was none."""
        for one in reversed(self.injections):
            if one.name == name:
                return one
        known = dict.fromkeys(one.name for one in self.injections)
        raise InputError(f"no fault named {name!r} was injected{nearest(name, known)}")

    def observe(self, injection: Injection) -> Observation:
        """Measures a fault and journals it; a reading that does not hold makes verdicts on it inconclusive. Of an
        instant fault, which is over, it gives what was read back then."""
        if injection.fault.instant and injection.last is not None:
            return injection.last
        return self._observe(injection, injection.fault)

    def _observe(self, injection: Injection, *faults: Fault, anew: bool = True) -> Observation:
        """Measures all that these values of a fault concern; journaled if it is to be ``anew``, or changed."""
        since = injection.apply_start or 0.0
        until = self.now() if injection.heal_start is None else injection.heal_start
        concerned = effect(self.topology, *faults)
        processes = {name: process for name, process in concerned.nodes.items() if name not in self.absent}
        readings = self.measure(replace(concerned, nodes=processes), since, until)
        if anew or injection.last is None or injection.last.readings != tuple(readings):
            return self._tell(injection, readings)
        return injection.last

    def _tell(self, injection: Injection, readings: Sequence[Reading]) -> Observation:
        observation = injection.last = Observation(self.now(), tuple(readings))
        self.journal.append(
            FaultObserved(
                id=injection.id, holds=observation.holds, readings=[one.as_data() for one in observation.readings]
            )
        )
        return observation

    def change(self, injection: Injection, fault: Fault) -> None:
        """Replaces an active fault's value. What the old value held and the new one does not is read back as well.

        Raises :class:`InputError` for a fault that changes nothing, and :class:`FaultError` when the new value did not
        take hold; the old one stays then, and the fault counts as one that did not hold.
        """
        if not injection.active:
            raise InputError(f"the fault {injection.name!r} is not active, so it cannot change")
        affected = admit(self.topology, fault)
        if fault.instant:
            raise InputError(f"a {fault.kind} is an instant, which a fault that lasts cannot change into")
        self.ask_provider(fault)
        self._mark(fault)
        old, before = injection.fault, self.state()
        injection.fault = fault
        try:
            self._can_act_on(affected, fault)
            self.reconcile(before, self.state())
        except SimnetError as error:
            self.journal.append(FaultFailed(id=injection.id, name=injection.name, why=f"changing: {error}"))
            changed, injection.fault = self.state(), old
            self.reconcile(changed, before)
            raise
        self.journal.append(
            FaultChanged(id=injection.id, name=injection.name, fault=fault.as_data(), nodes=list(affected))
        )
        self._observe(injection, old, fault)

    def heal(self, injection: Injection) -> None:
        """Ends a fault; other active faults keep what they hold."""
        if not injection.active:
            return
        before, after = self.state(), self.state(without=injection)
        start = injection.heal_start = self.now()
        try:
            self.reconcile(before, after)
        except SimnetError as error:
            self.journal.append(FaultFailed(id=injection.id, name=injection.name, why=f"healing: {error}"))
            raise
        self._healed(injection, start, self.now())
        self.observe(injection)

    def _healed(self, injection: Injection, start: float, end: float) -> None:
        injection.heal_start, injection.heal_end = start, end
        self.journal.append(FaultHealed(id=injection.id, name=injection.name, start=round(start, 6), end=round(end, 6)))

    def heal_all(self) -> None:
        """Heals every active fault, latest first."""
        for injection in reversed(self.injections):
            self.heal(injection)

    def start(self, *nodes: str) -> None:
        """Starts nodes that join late and returns when they are ready. Raises :class:`FaultError` for one that an
        active fault keeps down or frozen."""
        for name in self.topology.select(nodes):
            if name not in self.absent:
                raise InputError(f"{name} runs already; only nodes with joins_late are started by a step")
            self._must_run(name, "start")
            self.marks.append(f"{name} joined")
            self.absent.discard(name)
            self.join(name)

    def running(self, chain: str) -> list[str]:
        """Nodes of a chain that should run now."""
        state = self.state()
        return [
            node.name
            for node in self.topology.on_chain(chain)
            if state.nodes[node.name] == "running" and node.name not in self.absent
        ]

    def ask(self, asks: Iterable[Ask]) -> None:
        """Has what is asked for read of every block whose contents are read from now on."""
        for one in asks:
            if one not in self.evidence.asked[one.chain]:
                self.journal.append(ReadingAsked(what=one.what, name=one.name, args=one.arguments), chain=one.chain)

    def chain(self, chain: str) -> LiveChain:
        """One of its chains, ``relay`` or a parachain's id, to query and call in the chain's own terms; raises
        :class:`InputError` where there is none."""
        return self._live_chains.setdefault(chain, LiveChain(self, self.topology.chain(chain).id))

    # -- messages and calls ---------------------------------------------------------------------------------------

    def send(
        self,
        sender: str,
        recipient: str,
        *,
        count: int = 1,
        every: float = 0.0,
        size: int = 32,
        label: str | None = None,
    ) -> str:
        """Asks for messages from now on, one each ``every`` seconds; returns the label that names them.

        They are handed to the sender's chain in that order, as soon as a node of it answers."""
        return self.messenger.send(sender, recipient, count=count, every=every, size=size, label=label)

    def submit(
        self,
        call: str | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        calls: Sequence[CallAsked] = (),
        batch: Batch = "all",
        chain: str = "relay",
        signer: str | Mapping[str, Any] | None = None,
        sudo: bool = False,
        expect: Literal["success", "failure"] = "success",
        within: float = 60.0,
        dry_run: bool = False,
        label: str | None = None,
        step: int | None = None,
    ) -> str | None:
        """Submits a call, or several ``calls`` with their arguments as one batch, and waits until they were dispatched;
        the dispatch error's text, None when all succeeded.

        ``signer`` says on whose behalf: a secret URI or a node's name, by default the chain's sudo key's under ``sudo``
        and else //Alice; ``"root"``; ``{"account": ...}``, which root dispatches them as; ``{"origin": ...}`` of the
        runtime; or ``{"scheduler": blocks}``, root by the scheduler so many blocks later. Where a parachain has no
        Sudo, its root is had by a message of the relay chain's. Raises :class:`InputError` for an origin to which the
        chain has no path, and :class:`~simnet.errors.ExtrinsicError` when it ended otherwise than expected. With
        ``dry_run`` the chain is asked before what it would do, under that label or as that step of a scenario.
        """
        if (call is None) == (not calls):
            raise InputError("give either a call or several calls")
        asked = list(calls) if call is None else [(call, args or {})]
        origin = origin_of(signer, sudo=sudo)
        before = self.xcm_calls.asking(asked, Manner(label=label, step=step)) if dry_run else None
        return Dispatching(self.messenger, chain, origin, batch, within, before=before).run(asked, expect)

    def transfer(
        self,
        sender: str,
        recipient: str,
        amount: int | str,
        *,
        asset: Any = "native",
        fees: tuple[Any, int | str] | None = None,
        beneficiary: Any = None,
        method: str = "auto",
        signer: str | None = None,
        label: str | None = None,
        expect: CallEnding = "success",
        within: float = 60.0,
        step: int | None = None,
    ) -> str | None:
        """Transfers an asset to another chain, after a dry run, and waits until the call is in a block; the dispatch
        error's text, None when it succeeded. What it sends is a message that is followed under its label.

        ``amount`` is in the asset's smallest unit, or text with a token's unit; ``asset`` is ``native``, an XCM
        location or ``{"pallet": name, "id": id}``. ``fees`` are an asset and its amount that go along and pay at the
        recipient's, by default the asset itself pays. ``method`` is ``auto``, ``teleport``, ``local_reserve``,
        ``destination_reserve``, or the id of the chain that is the reserve. ``signer`` is a secret URI, by default
        //Alice's, and the beneficiary's account is by default the signer's. ``step`` is the position of a scenario's
        step that asks. Raises :class:`~simnet.errors.ExtrinsicError` when it ended otherwise than expected.
        """
        assets = ((asset, amount), *(() if fees is None else (fees,)))
        asked = Transferred(sender=sender, recipient=recipient, assets=assets, beneficiary=beneficiary, method=method)
        return self.xcm_calls.transfer(
            asked, Manner(signer=signer, label=label, step=step, expect=expect, within=within)
        )

    def xcm(
        self,
        chain: str,
        program: Sequence[Any],
        *,
        to: str | Mapping[str, Any] | None = None,
        version: int | None = None,
        weight: Mapping[str, int] | None = None,
        signer: str | None = None,
        sudo: bool = False,
        label: str | None = None,
        expect: CallEnding = "success",
        within: float = 60.0,
        step: int | None = None,
    ) -> str | None:
        """Sends an XCM program to another chain or a location, or has the chain execute it itself (``to`` None), after
        a dry run, and waits until the call is in a block; the dispatch error's text, None when it succeeded. What is
        sent is a message that is followed under its label.

        ``program`` has instructions in the terms of the metadata. ``version`` is the highest that both chains speak
        unless given, and ``weight`` what the chain itself says. The others are as in :meth:`transfer`; with ``sudo``
        root calls.
        """
        asked = Program(chain=chain, to=to, instructions=program, version=version, weight=weight)
        manner = Manner(signer=signer, sudo=sudo, label=label, step=step, expect=expect, within=within)
        return self.xcm_calls.xcm(asked, manner)

    def dry_run(
        self,
        call: str,
        args: Mapping[str, Any] | None = None,
        *,
        chain: str = "relay",
        signer: str | None = None,
        sudo: bool = False,
        label: str | None = None,
        expect: CallEnding | None = None,
        step: int | None = None,
    ) -> DryRunAsked:
        """Asks a chain's runtime what a call would do, and the receivers of its messages what those would, on the state
        that they have now; nothing is done. All of it is journaled, and what the chain said of the call is the answer.

        Raises :class:`~simnet.errors.ExtrinsicError` when it is not as ``expect`` says, also where the runtime cannot
        be asked.
        """
        manner = Manner(signer=signer, sudo=sudo, label=label, step=step)
        return self.xcm_calls.dry_run((call, dict(args or {})), chain, manner, expect)

    def claim(
        self,
        chain: str,
        trap: str = LATEST,
        *,
        beneficiary: Any,
        signer: str | None = None,
        label: str | None = None,
        within: float = 180.0,
        step: int | None = None,
    ) -> Trap:
        """Claims assets that are trapped on a chain, and waits until a finalized block says that they are claimed.

        ``trap`` is the label of what left them, their hash (0x hex) or ``latest``. An account of the chain claims what
        it may itself, ``signer`` where nobody else knows it; for other chains a message of theirs does, which is
        followed under the label. Raises :class:`~simnet.errors.ExtrinsicError` when there is none or the claim is
        refused, :class:`~simnet.errors.MessageError` when that message fails, :class:`InputError` for what nobody in
        the network may claim.
        """
        return self.claims.claim(chain, trap, beneficiary, Manner(signer=signer, label=label, step=step, within=within))

    def set_storage(self, entries: Sequence[StorageWrite], *, chain: str = "relay", within: float = 60.0) -> None:
        """Has root of a chain write or remove entries of its storage, and waits until the call was dispatched;
        journaled as an intervention. Raises :class:`InputError` for an entry that the chain's runtime has not, and
        where there is no way to its root, and :class:`~simnet.errors.ExtrinsicError` where the chain refused it."""
        set_storage(self.messenger, entries, chain, within)

    def onboard(self, para: str, *, within: float = 60.0) -> None:
        """Has root register a parachain that genesis does not have; waits until the call is in a block. The parachain
        runs two sessions after validators accepted its code. Raises :class:`InputError` for what is no such parachain.
        """
        self.messenger.onboard(para, within=within)

    def rotate_keys(self, node: str, owner: str | None = None, *, in_force: bool = False, within: float = 60.0) -> None:
        """Has a node make session keys, and its account, or that of ``owner``, set them; waits until that is in a
        block, and with ``in_force`` until the chain's authorities have them, two sessions later. Raises
        :class:`InputError` for who has no session keys, and as :meth:`submit` does."""
        rotate_keys(self.messenger, node, owner, in_force=in_force, within=within)

    def upgrade(
        self, runtime: str, *, chain: str = "relay", path: UpgradePath = "authorized", within: float = 600.0
    ) -> None:
        """Brings the code of a bundled runtime or a ``.wasm`` file into a chain, and waits until its hash is that of
        ``:code`` in a finalized block of every running node of the chain; a version says nothing of that.

        ``path``: root authorizes the code and anybody applies it (``authorized``; ``without_checks`` whatever its
        version is), root has the scheduler authorize it (``scheduled``), or root sets it at once (``sudo``). Of a
        parachain validators pre-check it then, and the relay chain tells when it may go. ``within`` is seconds for all
        of that. Raises
        :class:`~simnet.errors.UpgradeError` when the chain or validators refused it, and
        :class:`~simnet.errors.DeadlineError` with how far it came.
        """
        Upgrading(self.messenger, chain, runtime, path, within).wait()

    def upgrade_beside(
        self,
        runtime: str,
        ended: Callable[[SimnetError | None], None],
        *,
        chain: str = "relay",
        path: UpgradePath = "authorized",
        within: float = 600.0,
    ) -> None:
        """As :meth:`upgrade`, and returns at once: it goes on during the waits, and ``ended`` is called with why it
        failed, or with None."""
        Upgrading(self.messenger, chain, runtime, path, within).beside(ended)

    def keypair(self, uri: str) -> Keypair:
        """The sr25519 pair of a secret URI, which signs what simnet submits."""
        return keypair(uri)

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
