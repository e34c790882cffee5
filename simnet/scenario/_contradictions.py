"""What cannot be in a scenario that reads well: names unknown or used twice, faults healed but never injected.

Places are in a file's own terms: its keys and positions in lists.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from math import inf
from typing import TypeVar

from simnet.checks import Check, Messages
from simnet.errors import InputError
from simnet.faults import Cycle, Fault, admit, effect, effective
from simnet.fields import KeyPath
from simnet.network.accounts import junctions
from simnet.network.topology import ALICE, RELAY, Topology, nearest
from simnet.providers.dispatch_origins import ROOT
from simnet.providers.rotation import rotating
from simnet.scenario._choices import FaultChoice
from simnet.scenario._written import written_fields
from simnet.scenario._xcm_contradictions import in_xcm_step
from simnet.scenario.state_steps import Behalf
from simnet.scenario.steps import Inject, RotateKeys, Step, WindowSpec
from simnet.units import Span

_T = TypeVar("_T")
_Found = TypeVar("_Found")

Contradiction = tuple[KeyPath, str]
_ADDRESS = 42
"""Letters from which on a text is an address rather than a name (simnet.fields.NodeName)."""

_CHAIN_FIELDS = ("chain", "para", "sender", "recipient")
"""What checks call the chains that they judge."""


def in_scenario(
    topology: Topology, steps: Sequence[Step], schedule: Sequence[WindowSpec], checks: Iterable[Check]
) -> list[Contradiction]:
    """Contradictions between steps, schedule and expectations, each at its place. The network itself is sound."""
    search = _Search(topology)
    # Windows run beside the steps, so that steps and expectations may name their faults.
    never = search.never_started(steps)
    windows = [
        found for index, window in enumerate(schedule) for found in search.window(("schedule", index), window, never)
    ]
    rest = [found for index, step in enumerate(steps) for found in search.step(("steps", index), step)]
    for index, check in enumerate(checks):
        rest += search.expectation(("expect", index, check.kind), check)
    return windows + rest


class _Search:
    """The names known so far, while a scenario is read from its first step to its last expectation."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._chains = [RELAY, *(chain.id for chain in topology.parachains)]
        self._faults: list[str] = []
        self._labels: list[str] = []
        self._sending: list[str] = []
        """Labels of steps that send, execute or transfer something."""
        self._absent = {node.name for node in topology.nodes if node.joins_late}
        """Nodes that no step has started yet."""
        self._later = {one.id for one in topology.parachains if not one.registered}
        """Parachains that no step has onboarded yet."""
        self._active: dict[str, tuple[Fault, float]] = {}
        """Faults by name that are active at this step for certain, and for how many seconds more."""
        self._kept: list[str] = []
        """Nodes of which a snapshot was taken."""
        self._lengths: dict[str, float] = {}
        """Seconds that faults and labelled steps last, where the file says so."""
        self._lasting: dict[str, float | None] = {}
        """Faults that a later step heals, with the seconds that they lasted so far; None where a step's own are not
        written."""

    def never_started(self, steps: Iterable[Step]) -> set[str]:
        """Nodes that join late and that none of the steps starts."""
        started = (_unless_refused(self._topology.select, step.start or ()) for step in steps)
        return self._absent.difference(*started)

    def window(self, path: KeyPath, window: WindowSpec, never: Container[str]) -> Iterator[Contradiction]:
        """``never`` are nodes that do not run at any time."""
        if window.upgrade is not None:
            yield from self._chain((*path, "upgrade", "chain"), window.upgrade.chain)
            self._labels += [] if window.name is None else [window.name]
            return
        yield from self._choice(path, window)
        yield from self._no_process((*path, window.fault.kind), window.fault, never, "is started by no step")
        if window.name is not None:
            yield from self._new_fault((*path, "as"), window.name)
            self._lasts(window.name, window.for_)

    def step(self, path: KeyPath, step: Step) -> Iterator[Contradiction]:
        self._pass(step)
        if step.label is not None:
            if step.label in self._labels:
                yield (*path, "label"), f"the label {step.label!r} is used twice"
            self._labels.append(step.label)
        if step.inject is not None:
            yield from self._inject((*path, "inject"), step.inject)
        if step.change is not None:
            yield from self._choice((*path, "change"), step.change)
            if step.change.name in self._active:
                self._stands(step.change.name, step.change.fault, self._active.pop(step.change.name)[1])
            yield from self._known_fault((*path, "change", "fault"), step.change.name)
        for index, name in enumerate(step.heal or ()):
            if name != "all":
                yield from self._known_fault((*path, "heal", index), name)
        if step.cycle is not None:
            here = (*path, step.cycle.kind)
            yield from in_fault(self._topology, here, step.cycle)
            yield from self._no_process(here, step.cycle, self._absent)
            yield from self._copies(here, step.cycle)
        if step.roll is not None:
            yield from self._select((*path, "roll", "targets"), step.roll.targets)
            for restart in _unless_refused(lambda one: tuple(one.restarts(self._topology).values()), step.roll):
                yield from self._no_process((*path, "roll"), restart, self._absent)
        if step.start is not None:
            yield from self._select((*path, "start"), step.start)
            yield from self._started((*path, "start"), step.start)
        yield from self._of_chains(path, step)
        yield from in_xcm_step(path, step, self._chains, self._sending, self._signs)
        if step.wait is not None:
            yield from self._select((*path, "wait", "nodes"), step.wait.nodes)
            yield from self._sent((*path, "wait", "messages"), step.wait.messages)
        self._age(step)

    def _of_chains(self, path: KeyPath, step: Step) -> Iterator[Contradiction]:
        if step.label is not None and step.verb in ("send", "transfer", "xcm"):
            self._sending.append(step.label)
        if step.send is not None:
            yield from self._chain((*path, "send", "from"), step.send.sender)
            yield from self._chain((*path, "send", "to"), step.send.recipient)
        if step.submit is not None:
            yield from self._chain((*path, "submit", "chain"), step.submit.chain)
            yield from self._signs((*path, "submit", "as"), step.submit.signer)
        if step.set_storage is not None:
            yield from self._chain((*path, "set_storage", "chain"), step.set_storage.chain)
        if step.onboard is not None:
            yield from self._onboarded((*path, "onboard"), step.onboard)
        if step.rotate_keys is not None:
            yield from self._rotated((*path, "rotate_keys"), step.rotate_keys)

    def _signs(self, path: KeyPath, signer: str | Behalf | None) -> Iterator[Contradiction]:
        """That a text names no account of which simnet has the secret."""
        if not isinstance(signer, str) or signer == ROOT:
            return
        uri = self._topology.account(signer)
        if signer.startswith("//") or uri != signer:
            yield from no_secret(path, uri)
        elif signer.startswith("para:"):
            yield path, f"nobody can sign for {signer}; have root dispatch it so, as: {{account: '{signer}'}}"
        else:
            names = [ROOT, *(node.name for node in self._topology.nodes)]
            close = nearest(signer, names) if len(signer) < _ADDRESS else ""
            hint = close or "; write for example //Alice; or have root dispatch it, as: {account: ...}"
            yield path, f"{signer!r} is neither a secret URI nor the name of a node{hint}"

    def _inject(self, path: KeyPath, inject: Inject) -> Iterator[Contradiction]:
        name = inject.name or inject.fault.kind
        yield from self._choice(path, inject)
        yield from self._no_process((*path, inject.fault.kind), inject.fault, self._absent)
        yield from self._new_fault(path if inject.name is None else (*path, "as"), name)
        self._lasts(name, inject.for_)
        self._stands(name, inject.fault, inf if inject.for_ is None else inject.for_.seconds or 0.0)
        if inject.for_ is None:
            self._lasting[name] = 0.0

    def _stands(self, name: str, fault: Fault, length: float) -> None:
        """From here on that fault is active for so many seconds, if it can be."""
        with suppress(InputError):
            admit(self._topology, fault)
            self._active[name] = (fault, length)

    def _pass(self, step: Step) -> None:
        """Counts a step's time to the faults that last; what ends with it has its length now."""
        seconds = _seconds(step)
        if step.at is not None:
            self._lasting = dict.fromkeys(self._lasting)
        if step.label is not None and seconds is not None and step.verb in ("wait", "send"):
            self._lengths[step.label] = seconds
        healed = self._lasting if "all" in (step.heal or ()) else (step.heal or ())
        for name in list(healed):
            lasted = self._lasting.pop(name, None)
            if lasted is not None:
                self._lengths[name] = lasted
        for name, lasted in self._lasting.items():
            self._lasting[name] = None if lasted is None or seconds is None else lasted + seconds

    def _age(self, step: Step) -> None:
        """Takes a step's time from the faults that are active; one whose time may be over does not count any more."""
        seconds = _seconds(step)
        passed = inf if seconds is None else seconds
        healed = self._active if "all" in (step.heal or ()) else (step.heal or ())
        left = {name: (fault, rest if rest == inf else rest - passed) for name, (fault, rest) in self._active.items()}
        self._active = {name: one for name, one in left.items() if one[1] > 0 and name not in healed}

    def _started(self, path: KeyPath, selectors: Iterable[str]) -> Iterator[Contradiction]:
        names = _unless_refused(self._topology.select, selectors)
        running = ", ".join(name for name in names if name not in self._absent)
        if running:
            yield path, f"{running} runs already; only nodes with joins_late are started by a step, and once"
        yield from self._kept_down(path, names, "start")
        self._absent -= set(names)

    def _onboarded(self, path: KeyPath, chain: str) -> Iterator[Contradiction]:
        """Only parachains that genesis does not have are onboarded, and once."""
        yield from self._chain(path, chain)
        if chain in self._later:
            self._later.remove(chain)
        elif any(one.id == chain for one in self._topology.parachains):
            yield path, f"parachain {chain} is registered already; give it `registered: false`, and onboard it once"
        elif chain == RELAY:
            yield path, "the relay chain is none of its parachains"

    def _rotated(self, path: KeyPath, rotation: RotateKeys) -> Iterator[Contradiction]:
        """Keys are made by one node that runs, for one that has a place to set them for."""
        for key, owner in (("node", None), ("owner", rotation.owner)):
            try:
                rotating(self._topology, rotation.node, owner)
            except InputError as error:
                yield (*path, key), str(error)
                return
        if rotation.node in self._absent:
            yield (*path, "node"), f"{rotation.node} is started by no earlier step, so that it makes no keys"
        yield from self._kept_down((*path, "node"), [rotation.node], "rotation of its keys")

    def _lasts(self, name: str, span: Span | None) -> None:
        if span is not None and span.seconds is not None:
            self._lengths[name] = span.seconds

    def _no_process(
        self, path: KeyPath, fault: Fault, absent: Container[str], why: str = "is started by no earlier step"
    ) -> Iterator[Contradiction]:
        """A fault of processes which are not there: all of them, or one for an instant, which needs every one."""
        affected = _unless_refused(partial(admit, self._topology), fault)
        if not affected:
            return
        concerned = affected if fault.instant else effect(self._topology, fault).nodes
        lacking = [name for name in concerned if name in absent]
        if lacking and (fault.instant or len(lacking) == len(concerned)):
            yield path, f"{', '.join(lacking)} {why}, so there is no process for the {fault.kind}"
        if fault.instant:
            yield from self._kept_down(path, [name for name in affected if name not in absent], fault.kind)

    def _kept_down(self, path: KeyPath, names: Iterable[str], act: str) -> Iterator[Contradiction]:
        """An act for which these processes must run, that an earlier step's fault keeps down or frozen."""
        state = effective(self._topology, (fault for fault, _ in self._active.values())).nodes
        for name in names:
            if state[name] != "running":
                by = [key for key, (fault, _) in self._active.items() if name in effect(self._topology, fault).nodes]
                yield path, f"{name} is {state[name]} by {' and '.join(by)}; heal that before a {act}"

    def _copies(self, path: KeyPath, instant: Fault) -> Iterator[Contradiction]:
        """A node can be set back only to a database that was copied before."""
        targets = _unless_refused(instant.affected, self._topology)
        cycle = instant.cycle() or Cycle()
        lacking = [name for name in targets if name not in self._kept]
        if cycle.database == "copied":
            self._kept += targets
        elif cycle.database == "put back" and lacking:
            yield path, f"no earlier step took a snapshot of {', '.join(lacking)}"

    def expectation(self, path: KeyPath, check: Check) -> Iterator[Contradiction]:
        places = {selector: (*path, *where) for where, selector in _selectors(check)}
        for selector in check.selectors():
            yield from _no_node(self._topology, places.get(selector, path), selector)
        unfit = check.unfit(self._topology)
        if unfit is not None:
            yield path, unfit
        for field in written_fields(type(check)):
            held = getattr(check, field.name)
            if field.name in _CHAIN_FIELDS and held is not None:
                yield from self._chain((*path, field.key), held)
            if field.name == "para" and held == RELAY:
                yield (*path, field.key), "the relay chain is none of its parachains"
        if isinstance(check, Messages):
            yield from self._sent((*path, "labels"), check.labels)
        known = [*self._faults, *self._labels, "run"]
        for key in ("during", "after"):
            name = getattr(check, key)
            if name is not None and name not in known:
                yield (*path, key), f"no fault or step is named {name!r}{nearest(name, known)}"
        yield from self._outlasted(path, check)

    def _outlasted(self, path: KeyPath, check: Check) -> Iterator[Contradiction]:
        """A check that needs more time than its interval has: where that is written, it is known before the run."""
        needs, length = check.needs(), self._lengths.get(check.during or "")
        if length is not None and sum(needs.values()) > length:
            fields = " and ".join(f"{name} {seconds:g}s" for name, seconds in needs.items())
            verb = "are" if len(needs) > 1 else "is"
            yield (
                (*path, next(iter(needs))),
                f"{fields} {verb} longer than {check.during!r} with its {length:g}s; ask less, or judge a longer time",
            )

    def _choice(self, path: KeyPath, choice: FaultChoice) -> Iterator[Contradiction]:
        return in_fault(self._topology, (*path, choice.fault.kind), choice.fault)

    def _new_fault(self, path: KeyPath, name: str) -> Iterator[Contradiction]:
        if name in self._faults:
            yield path, f"a fault named {name!r} exists already; give this one another `as`"
        else:
            self._faults.append(name)

    def _known_fault(self, path: KeyPath, name: str) -> Iterator[Contradiction]:
        if name not in self._faults:
            yield path, f"no fault named {name!r} was injected{nearest(name, self._faults)}"

    def _sent(self, path: KeyPath, labels: Iterable[str]) -> Iterator[Contradiction]:
        for index, label in enumerate(labels):
            if label not in self._labels:
                yield (*path, index), f"no step is labelled {label!r}{nearest(label, self._labels)}"

    def _chain(self, path: KeyPath, chain: str) -> Iterator[Contradiction]:
        if chain not in self._chains:
            yield path, f"no chain {chain!r}{nearest(chain, self._chains)}"

    def _select(self, path: KeyPath, selectors: Iterable[str]) -> Iterator[Contradiction]:
        for index, selector in enumerate(selectors):
            yield from _no_node(self._topology, (*path, index), selector)


def in_fault(topology: Topology, path: KeyPath, fault: Fault) -> Iterator[Contradiction]:
    """Unknown selectors, each where it stands; else what the fault itself says of these nodes."""
    unknown = [
        found for where, selector in _selectors(fault) for found in _no_node(topology, (*path, *where), selector)
    ]
    yield from unknown or _refused(path, partial(admit, topology), fault)


def no_secret(path: KeyPath, uri: str | None) -> Iterator[Contradiction]:
    """That an account which is given is no secret URI."""
    return _refused(path, junctions, uri or ALICE)


def _refused(path: KeyPath, ask: Callable[[_T], object], value: _T) -> Iterator[Contradiction]:
    """Why a value is refused, if it is."""
    try:
        ask(value)
    except InputError as error:
        yield path, str(error)


def _unless_refused(ask: Callable[[_T], tuple[_Found, ...]], value: _T) -> tuple[_Found, ...]:
    """The nodes that a value concerns, or what it asks of them; none where it is refused, which is told at its own
    place."""
    with suppress(InputError):
        return ask(value)
    return ()


def _seconds(step: Step) -> float | None:
    """How long a step takes; None where the file does not say: it waits for something."""
    if step.at is not None:
        return None
    if step.wait is not None:
        return step.wait.for_.seconds if step.wait.for_ is not None else None
    return 0.0 if step.verb in ("inject", "change", "heal", "send") else None


def _no_node(topology: Topology, path: KeyPath, selector: str) -> Iterator[Contradiction]:
    return _refused(path, topology.select, (selector,))


def _selectors(value: Fault | Check) -> Iterator[tuple[KeyPath, str]]:
    """Every selector of a fault or a check, with the way to it; a place's name is one with its kind before it."""
    for field in written_fields(type(value)):
        held = getattr(value, field.name)
        if field.selects:
            yield from _texts((field.key,), held)
        elif field.place is not None and held is not None:
            yield (field.key,), f"{field.place}:{held}"


def _texts(path: KeyPath, value: object) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts((*path, index), item)
