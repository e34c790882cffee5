"""Bringing new code into a running chain, and seeing it come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from simnet.codec import blake2_256
from simnet.errors import DeadlineError, ExtrinsicError, RpcError, SimnetError, UpgradeError
from simnet.journal import REFUSALS, Evidence, in_words, migrations_run, upgrade_phases, why_slots_were_lost
from simnet.journal.records import CodeRead, UpgradeAsked, UpgradePath
from simnet.network.topology import Chain
from simnet.providers.extrinsics import ended_otherwise
from simnet.providers.messenger import Messenger
from simnet.providers.submitter import SubmittingNetwork
from simnet.runtime.bundled import runtime_code

CALLS: dict[UpgradePath, str] = {
    "authorized": "System.authorize_upgrade",
    "without_checks": "System.authorize_upgrade_without_checks",
    "sudo": "System.set_code",
    "scheduled": "Scheduler.schedule_after",
}
"""What root calls."""

APPLY = "System.apply_authorized_upgrade"
"""What anybody calls after an authorization, with the code."""

AFTER = 2
"""Blocks after which the scheduler dispatches what it was given."""

POLL = 0.5
"""Seconds between looks at an upgrade that goes on beside the steps."""

_Awaited = tuple[Callable[[Evidence], object], str]
"""A state, which gives something true when it has come, and what it is in words."""


def code_of(chain: str, runtime: str) -> bytes:
    """The code, compressed or not, of a bundled runtime or a ``.wasm`` file; raises :class:`InputError`."""
    is_file = runtime.endswith(".wasm")
    named = Chain(id=chain, runtime=None if is_file else runtime, runtime_file=runtime if is_file else None)
    return runtime_code(named)


@dataclass
class Upgrading:
    """One upgrade under way. ``within`` is seconds from now for all of it."""

    messenger: Messenger
    chain: str
    runtime: str
    path: UpgradePath
    within: float

    def __post_init__(self) -> None:
        self._network = self.messenger.network
        self._network.topology.chain(self.chain)
        self._code = code_of(self.chain, self.runtime)
        self._hash = "0x" + blake2_256(self._code).hex()
        self._begun = self._network.now()

    def wait(self) -> None:
        """See :meth:`simnet.providers.network.Network.upgrade`."""
        for state, what in self._stages():
            try:
                self._network.wait_until(state, within=self._left(), what=what)
            except DeadlineError as error:
                raise DeadlineError(f"{self._standing()}; {error}") from None

    def beside(self, ended: Callable[[SimnetError | None], None]) -> None:
        """The same while something else is waited for. ``ended`` gets why it failed, None when it did not."""
        stages = self._stages()

        def begin() -> None:
            try:
                state, what = next(stages)
            except StopIteration:
                ended(None)
            except SimnetError as error:
                ended(error)
            else:
                look(state, what)

        def look(state: Callable[[Evidence], object], what: str) -> None:
            try:
                with self._network.journal.changed:
                    came = state(self._network.evidence)
            except SimnetError as error:
                ended(error)
                return
            if came:
                begin()
            elif self._left() <= 0:
                ended(DeadlineError(f"{self._standing()}; waited {self.within:g} s for {what}"))
            else:
                self._network.at(self._network.now() + POLL, lambda: look(state, what))

        begin()

    def _left(self) -> float:
        return max(0.0, self._begun + self.within - self._network.now())

    def _standing(self) -> str:
        return standing(self._network.evidence, self.chain, self._hash, self._begun)

    def _stages(self) -> Iterator[_Awaited]:
        """What is done, with what is awaited after each."""
        chain = self.chain
        yield lambda _: _answers(self._network, chain), f"a node of {chain} to answer"
        self._ask()
        if self.path == "sudo":
            yield from self._calls([(CALLS["sudo"], {"code": self._code})], sudo_=True)
        else:
            yield from self._authorize()
            yield from self._calls([(APPLY, {"code": self._code})], sudo_=False)
        yield (
            lambda evidence: _came(self._network, evidence, chain, self._hash, self._begun),
            f"the code of {chain} to be that of {self.runtime} in a finalized block of each running node",
        )

    def _ask(self) -> None:
        """Journals what is asked for."""
        from simnet.runtime.host import embedded_version  # noqa: PLC0415 - loads wasmtime

        before = _running(self._network.evidence, self.chain)
        version = embedded_version(self._code)
        self._network.marks.append(f"the code of {self.chain}")
        self._network.journal.append(
            UpgradeAsked(
                code=self._hash,
                path=self.path,
                size=len(self._code),
                spec_version=None if version is None else version.spec_version,
                migrates=None if version is None or before is None else migrations_run(before, version),
            ),
            chain=self.chain,
        )
        if before is not None and before.code == self._hash:
            raise UpgradeError(
                f"{self.chain} has the code of {self.runtime} already, so that nothing could be seen to come"
            )

    def _authorize(self) -> Iterator[_Awaited]:
        call, args = CALLS[self.path], {"code_hash": self._hash}
        if self.path != "scheduled":
            yield from self._calls([(call, args)], sudo_=True)
            return
        later = {"System": {"authorize_upgrade": args}}
        what = {"after": AFTER, "maybe_periodic": None, "priority": 0, "call": later}
        yield from self._calls([(call, what)], sudo_=True)
        yield (
            lambda evidence: _authorized(evidence, self.chain, self._hash, self._begun),
            f"the scheduler of {self.chain} to authorize the code",
        )

    def _calls(self, calls: list[tuple[str, dict[str, Any]]], *, sudo_: bool) -> Iterator[_Awaited]:
        """Hands calls in; what is awaited is that they succeed in a block."""
        handed = self.messenger.hand_in(calls, chain=self.chain, sudo_=sudo_)

        def succeeded(evidence: Evidence) -> bool:
            record = handed.included(evidence)
            if record is not None and record.data.error is not None:
                raise ExtrinsicError(ended_otherwise(handed.what, self.chain, record.height, record.data.error))
            return record is not None

        yield succeeded, f"{handed.what} to be in a block of {self.chain}"


def _authorized(evidence: Evidence, chain: str, code: str, since: float) -> bool:
    """Whether a block authorized the code; raises :class:`UpgradeError` when what the scheduler dispatched failed."""
    if any(phase.name == "authorized" for phase in upgrade_phases(evidence, chain, code, since)):
        return True
    for event in evidence.all_events("Scheduler", "Dispatched"):
        result = event.data.fields.get("result")
        if event.chain == chain and event.t >= since and isinstance(result, dict) and "Err" in result:
            raise UpgradeError(f"the scheduler of {chain} could not authorize the code: {result['Err']}")
    return False


def _answers(network: SubmittingNetwork, chain: str) -> bool | None:
    """Whether any node of a chain does."""
    for node in network.running(chain):
        with suppress(RpcError):
            network.rpc(node).call("system_name")
            return True
    return None


def standing(evidence: Evidence, chain: str, code: str, since: float) -> str:
    """How far a code has come into a chain, in words."""
    phases = upgrade_phases(evidence, chain, code, since)
    came = in_words(phases)
    if not came:
        return f"no block of {chain} tells anything of {code[:10]}"
    told = f"{code[:10]} was {came}"
    applied = next((phase for phase in phases if phase.name == "applied"), None)
    if applied is None or any(phase.name == "first used" for phase in phases):
        return told
    lost = why_slots_were_lost(evidence, chain, applied.t)
    return f"{told}, and no block of {chain} is built on that{f', whose slots were lost: {lost}' if lost else ''}"


def _running(evidence: Evidence, chain: str) -> CodeRead | None:
    """The code that a chain has by the highest best block of its nodes, as far as it was read."""
    heads = [evidence.best[node][-1] for node in evidence.nodes(chain) if evidence.best[node]]
    best = max(heads, key=lambda head: head.height, default=None)
    read = None if best is None else evidence.code(chain, best.hash)
    return None if read is None else read.data


def _came(network: SubmittingNetwork, evidence: Evidence, chain: str, code: str, since: float) -> bool:
    """Whether nodes run and each has finalized a block whose state has the code; raises :class:`UpgradeError` when it
    cannot come any more."""
    for phase in upgrade_phases(evidence, chain, code, since):
        if phase.name in REFUSALS and _is_final(evidence, phase.chain, phase.hash):
            raise UpgradeError(f"the code of {chain} stays what it was: {standing(evidence, chain, code, since)}")
    came = [read for read in evidence.codes[chain].values() if read.data.code == code and read.t >= since]
    if not came:
        return False
    if all(read.data.why is not None for read in came):
        told = standing(evidence, chain, code, since)
        raise UpgradeError(f"no node of {chain} can run its new code: {came[0].data.why}; {told}")
    final = [evidence.finalized[node] for node in network.running(chain)]
    has = (evidence.code(chain, heads[-1].hash) if heads else None for heads in final)
    return bool(final) and all(read is not None and read.data.code == code for read in has)


def _is_final(evidence: Evidence, chain: str, hash_: str) -> bool:
    tip = evidence.tip(chain)
    return tip is not None and evidence.is_ancestor(chain, hash_, tip.hash)
