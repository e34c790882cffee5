"""The part of a running network that faults act on: what they ask for together, set, read back, measured and healed."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace

from simnet.errors import FaultError, InputError, SimnetError
from simnet.faults import Cycle, Effective, Fault, admit, effect, effective, leaves_nothing
from simnet.journal import Journal
from simnet.journal.records import FaultApplied, FaultChanged, FaultFailed, FaultHealed, FaultObserved, Reading
from simnet.network.topology import Topology, nearest
from simnet.providers.cycles import Copy, Life, absence_of, cycle_readings
from simnet.providers.injection import Injection, Observation
from simnet.providers.timed_network import TimedNetwork


class FaultedNetwork(TimedNetwork):
    """Nodes and links under faults, which a provider brings into the state that is asked for."""

    def __init__(self, topology: Topology, journal: Journal, links: Sequence[Fault] = ()) -> None:
        super().__init__(journal)
        self.topology = topology
        self.injections: list[Injection] = []
        self.marks: list[str] = []
        """What was done to it that outlasts a run."""
        self.ask_provider: Callable[[Fault], None] = lambda _: None
        """Raises :class:`~simnet.errors.UnsupportedError` for a fault that its provider cannot do here; who launches a
        network sets it."""
        self._links = tuple(links)
        self.absent = {node.name for node in topology.nodes if node.joins_late}
        """Nodes that join late and were not started yet: no fault touches their processes."""
        self._numbers = itertools.count(1)

    # -- what a provider fills in ---------------------------------------------------------------------------------

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
