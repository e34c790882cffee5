"""Runs a scenario's steps and schedule on a network that stands at its barrier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from simnet.errors import (
    DeadlineError,
    ExtrinsicError,
    FaultError,
    MessageError,
    NodeError,
    RpcError,
    SimnetError,
    UpgradeError,
)
from simnet.faults import Fault
from simnet.journal import Evidence
from simnet.journal.records import StepDone, WindowDone
from simnet.network.topology import RELAY
from simnet.providers.extrinsics import calls_in_words
from simnet.providers.injection import Injection
from simnet.providers.network import Network
from simnet.scenario._xcm_doing import XCM_VERBS, do_xcm, xcm_text
from simnet.scenario.rolling import roll
from simnet.scenario.scenario import Scenario
from simnet.scenario.states import await_state
from simnet.scenario.steps import Step, Upgrade, Wait, WindowSpec
from simnet.units import Moment, Span

FAR = 24 * 3600.0
"""Seconds that a moment may lie ahead: a scenario that waits a day for a session change is wrong."""

POLL = 0.5
"""Seconds between looks at whether a moment given in blocks or sessions has come."""


class Timeline:
    """Drives one scenario. ``say`` is told of every step and window as it begins, for people who watch."""

    def __init__(self, network: Network, scenario: Scenario, say: Callable[[str], None] = lambda _: None) -> None:
        self.network = network
        self.scenario = scenario
        self._say = say
        self._failed: SimnetError | None = None

    def run(self) -> None:
        """All steps in order, the schedule beside them; ends when both have ended and every fault is healed.

        A step whose state does not come in time is journaled and ends the steps: later ones build on it. Raises
        :class:`~simnet.errors.SimnetError` for what the harness could not do.
        """
        self._begin()
        for index, step in enumerate(self.scenario.steps):
            if step.at is not None:
                self._await(step.at)
            if not self._step(index, step):
                break
            self._raise_failed()
        while self.network.pending_actions():
            self.network.wait(POLL)
            self._raise_failed()
        self.network.heal_all()

    def _begin(self) -> None:
        """Called at the barrier, before the first step."""
        self._open_at(self.scenario.schedule)

    def _open_at(self, schedule: Iterable[WindowSpec]) -> None:
        """Has each window opened at its moment."""
        for window in schedule:
            self._when(window.at, partial(self._open_window, window))

    def _step(self, index: int, step: Step) -> bool:
        network = self.network
        start = network.now()
        text = _text(step)
        self._say(text)
        failure: SimnetError | None = None
        try:
            self._do(index, step)
        except (DeadlineError, ExtrinsicError, MessageError, NodeError, FaultError, RpcError, UpgradeError) as error:
            failure = error
        network.journal.append(
            StepDone(
                index=index,
                verb=step.verb,
                label=step.label,
                text=text,
                start=round(start, 6),
                end=round(network.now(), 6),
                failure=None if failure is None else str(failure),
                conclusive=not isinstance(failure, FaultError | RpcError),
            )
        )
        return failure is None

    def _do(self, index: int, step: Step) -> None:
        network = self.network
        if step.wait is not None:
            self._wait(step.wait)
        elif step.inject is not None:
            self._open(step.inject.fault, step.inject.name, step.inject.for_)
        elif step.change is not None:
            network.injection(step.change.name).change(step.change.fault)
        elif step.heal is not None:
            if "all" in step.heal:
                network.heal_all()
            for name in step.heal:
                if name != "all":
                    network.injection(name).heal()
        elif step.send is not None:
            network.send(**dict(step.send), label=step.label)
        elif step.submit is not None:
            network.submit(**step.submit.asked(), label=step.label, step=index)
        elif step.cycle is not None:
            network.inject(step.cycle, step.label)
        elif step.verb in XCM_VERBS:
            do_xcm(network, index, step)
        else:
            self._grow(step)

    def _grow(self, step: Step) -> None:
        """State, nodes, parachains, code, images and keys that were not there when the network began."""
        network = self.network
        if step.set_storage is not None:
            network.set_storage(**step.set_storage.asked())
        elif step.start is not None:
            network.start(*step.start)
        elif step.onboard is not None:
            network.onboard(step.onboard)
        elif step.upgrade is not None:
            network.upgrade(**dict(step.upgrade))
        elif step.roll is not None:
            roll(network, step.roll, step.label)
        elif step.rotate_keys is not None:
            network.rotate_keys(**dict(step.rotate_keys))

    def _wait(self, wait: Wait) -> None:
        network = self.network
        if wait.for_ is not None:
            pass_time(network, wait.for_)
        elif wait.until is not None:
            self._await(wait.until)
        elif wait.state is not None:
            await_state(wait, network)

    def _open(self, fault: Fault, name: str | None, length: Span | None) -> None:
        injection = self.network.inject(fault, name)
        if length is not None and not fault.instant:
            heal_after(self.network, injection, length, partial(self._close, injection))

    def _upgrade_beside(self, window: WindowSpec, upgrade: Upgrade) -> None:
        text, start = f"upgrade {upgrade.chain} to {upgrade.runtime}", self.network.now()
        self._say(text)

        def ended(error: SimnetError | None) -> None:
            self.network.journal.append(
                WindowDone(
                    label=window.name,
                    text=text,
                    start=round(start, 6),
                    end=round(self.network.now(), 6),
                    failure=None if error is None else str(error),
                )
            )

        self.network.upgrade_beside(**dict(upgrade), ended=ended)

    def _open_window(self, window: WindowSpec) -> None:
        """As a step's fault that does not take hold: it is journaled, which leaves the run inconclusive. Steps go on,
        since none of them builds on it."""
        if window.upgrade is not None:
            self._upgrade_beside(window, window.upgrade)
            return
        try:
            self._open(window.fault, window.name, window.for_)
        except FaultError as error:
            self._say(f"{window.fault} did not take hold: {error}")

    def _close(self, injection: Injection) -> None:
        self._say(f"heal {injection.name}")
        with self._kept():
            injection.heal()

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Within a wait: an error is kept for the steps' own thread of events."""
        try:
            yield
        except SimnetError as error:
            self._failed = self._failed or error

    def _raise_failed(self) -> None:
        if self._failed is not None:
            raise self._failed

    # -- moments --------------------------------------------------------------------------------------------------

    def _await(self, moment: Moment) -> None:
        self._when(moment, lambda: None)  # wakes the wait at the moment itself, when nothing else happens then
        self.network.wait_until(lambda _: self._come(moment), within=FAR, what=f"the moment {moment}")

    def _when(self, moment: Moment, act: Callable[[], None]) -> None:
        def kept() -> None:
            with self._kept():
                act()

        _once(self.network, lambda: self._come(moment), kept)

    def _come(self, moment: Moment) -> bool:
        """Whether a moment has come: its anchor happened and its span has passed since."""
        evidence = self.network.evidence
        anchor = evidence.t0 or 0.0
        if moment.session is not None:
            changes = (one for one in evidence.session_changes() if one[0] >= anchor and moment.session in (0, one[2]))
            change = next(changes, None)
            if change is None:
                return False
            anchor, height, _ = change
        elif moment.span.blocks is not None:
            height = height_at(evidence, anchor)
        if moment.span.blocks is not None:
            return best_height(evidence) >= height + moment.span.blocks
        return self.network.now() >= anchor + (moment.span.seconds or 0.0)


def heal_after(network: Network, injection: Injection, length: Span, heal: Callable[[], None]) -> None:
    """Has ``heal`` called when a fault has lasted that long since it took hold, during the waits."""
    if length.seconds is not None:
        assert injection.apply_end is not None
        network.at(injection.apply_end + length.seconds, heal)
    else:
        goal = best_height(network.evidence) + (length.blocks or 0)
        _once(network, lambda: best_height(network.evidence) >= goal, heal)


def pass_time(network: Network, length: Span) -> None:
    """Waits for seconds, or until the relay chain's best block is so many blocks higher."""
    if length.seconds is not None:
        network.wait(length.seconds)
        return
    goal = best_height(network.evidence) + (length.blocks or 0)
    network.wait_until(lambda evidence: best_height(evidence) >= goal, within=FAR, what=f"relay block {goal}")


def _once(network: Network, come: Callable[[], bool], act: Callable[[], None]) -> None:
    """Has ``act`` done when something has come, during the waits."""

    def look() -> None:
        if come():
            act()
        else:
            network.at(network.now() + POLL, look)

    network.at(network.now(), look)


def best_height(evidence: Evidence) -> int:
    """The highest relay block that any node calls its best."""
    return max((evidence.best[node][-1].height for node in evidence.nodes(RELAY) if evidence.best[node]), default=0)


def height_at(evidence: Evidence, t: float) -> int:
    """The same at a time."""
    heads = (evidence.head_at(node, t, finalized=False) for node in evidence.nodes(RELAY))
    return max((head.height for head in heads if head is not None), default=0)


def _text(step: Step) -> str:
    """A step in one line."""
    value = getattr(step, step.verb)
    if step.inject is not None:
        length = f" for {step.inject.for_}" if step.inject.for_ is not None else ""
        return f"inject {step.inject.fault}{length}"
    if step.change is not None:
        return f"change {step.change.name} to {step.change.fault}"
    if step.send is not None:
        send = step.send
        pace = f", one every {send.every:g}s" if send.every else ""
        return f"send {send.count} × {send.size} B {send.sender}>{send.recipient}{pace}"
    if step.wait is not None:
        what = step.wait.for_ or step.wait.until or f"{step.wait.state} within {step.wait.within:g}s"
        return f"wait {'for' if step.wait.for_ else 'until'} {what}"
    if step.verb in XCM_VERBS:
        return xcm_text(step)
    if step.submit is not None:
        return f"submit {calls_in_words(one.call for one in step.submit.each)} to {step.submit.chain}"
    if step.set_storage is not None:
        names = dict.fromkeys(one.item or str(one.key) for one in step.set_storage.items)
        return f"set {', '.join(names)} of {step.set_storage.chain}"
    if step.upgrade is not None:
        return f"upgrade {step.upgrade.chain} to {Path(step.upgrade.runtime).name} ({step.upgrade.path})"
    if step.roll is not None:
        how = {"node": "one by one", "region": "region by region", "all": "at once"}[step.roll.by]
        return f"roll {', '.join(step.roll.targets)} to {step.roll.image} {how}"
    if step.rotate_keys is not None:
        rotation = step.rotate_keys
        whose = f" for {rotation.owner}" if rotation.owner else ""
        return f"rotate the session keys of {rotation.node}{whose}"
    return f"{step.verb} {' '.join(value) if isinstance(value, tuple) else value}"
