"""What is wrong with a scenario's steps by the runtimes of its chains: calls, arguments, signers, mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from simnet.chain.calls import EncodeError
from simnet.chain.onboarding import onboarding
from simnet.chain.xcm import Message, Recipient, remark_prefix, send_call
from simnet.errors import HostError, InputError
from simnet.fields import KeyPath
from simnet.network.topology import RELAY, Topology
from simnet.preflight._chains import name_of
from simnet.preflight._dispatches import Dispatches
from simnet.preflight._facts import Facts
from simnet.preflight._in_force import InForce
from simnet.preflight._new_codes import NewCode, in_code, in_override, in_path
from simnet.preflight._xcm_steps import XcmSearch
from simnet.providers.rotation import SET_KEYS, account_of, rotating
from simnet.scenario.mistakes import Mistake
from simnet.scenario.steps import RotateKeys, Send, Step, Upgrade, WindowSpec


def in_steps(
    steps: Sequence[Step],
    schedule: Sequence[WindowSpec],
    topology: Topology,
    facts: Facts,
    *,
    writes_blocks: bool = True,
) -> tuple[list[Mistake], InForce]:
    """Each at its key, those of upgrades that go on beside the steps as well, and which runtimes the chains get. After
    an ``upgrade`` step, calls are looked at by the code that it brings; what a chain has after an upgrade beside the
    steps, or by a call, is not known."""
    search = _Search(topology, facts, writes_blocks=writes_blocks)
    beside = [found for index, window in enumerate(schedule) for found in search.window(("schedule", index), window)]
    found = beside + [found for index, step in enumerate(steps) for found in search.step(("steps", index), step)]
    return found, search.in_force


class _Search:
    """What steps have done so far, as far as later ones depend on it."""

    def __init__(self, topology: Topology, facts: Facts, *, writes_blocks: bool) -> None:
        self._topology = topology
        self._facts = facts
        self.in_force = InForce(topology, facts)
        self._dispatches = Dispatches(topology, self.in_force, writes_blocks)
        self._mail: dict[tuple[str, str], str | None] = {}
        """What is wrong with mail between two chains."""

    def window(self, way: KeyPath, window: WindowSpec) -> Iterator[Mistake]:
        """What the chain has when a step begins is not known then."""
        if window.upgrade is not None and window.upgrade.chain in self._facts.chains:
            yield from self._upgrade((*way, "upgrade"), window.upgrade, beside=True)
        if window.upgrade is None:
            yield from in_override((*way, window.fault.kind), window.fault)

    def step(self, way: KeyPath, step: Step) -> Iterator[Mistake]:
        if step.submit is not None and step.submit.chain in self._facts.chains:
            yield from self._dispatches.submit((*way, "submit"), step.submit)
        if step.set_storage is not None and step.set_storage.chain in self._facts.chains:
            yield from self._dispatches.set_storage((*way, "set_storage"), step.set_storage)
        if step.send is not None:
            yield from self._send((*way, "send"), step.send)
        if step.onboard is not None and {RELAY, step.onboard} <= self._facts.chains.keys():
            yield from self._onboard((*way, "onboard"), int(step.onboard))
        if step.upgrade is not None and step.upgrade.chain in self._facts.chains:
            yield from self._upgrade((*way, "upgrade"), step.upgrade)
        if step.cycle is not None:
            yield from in_override((*way, step.cycle.kind), step.cycle)
        if step.rotate_keys is not None:
            yield from self._rotate((*way, "rotate_keys"), step.rotate_keys)
        yield from XcmSearch(self._dispatches).step(way, step)

    def _upgrade(self, way: KeyPath, step: Upgrade, *, beside: bool = False) -> Iterator[Mistake]:
        """Whether the chain can be upgraded so, and takes the code; ``beside`` the steps or as one of them."""
        chain = self._facts.chains[step.chain]
        running = self.in_force.version(step.chain)
        yield from in_path(way, step, chain)
        at = (*way, "runtime")
        try:
            code = NewCode.of(step)
        except (InputError, HostError) as error:
            yield Mistake(at, str(error))
            return
        yield from in_code(at, step, code, self._facts, running)
        if beside:
            self.in_force.may_have(step.chain, code)
        else:
            self.in_force.bring(step.chain, code)

    def _onboard(self, way: KeyPath, para: int) -> Iterator[Mistake]:
        """Whether the relay chain's root can register a parachain by the call that simnet makes."""
        relay = self._facts.chains[RELAY]
        try:
            relay.calls.sudo(relay.calls.compose(*onboarding(para, b"", b"")))
        except EncodeError as error:
            yield Mistake(way, f"the relay chain cannot onboard a parachain: {error}")

    def _rotate(self, way: KeyPath, rotation: RotateKeys) -> Iterator[Mistake]:
        """Whether the chain's runtime takes session keys, and the account that sets them can pay."""
        with suppress(InputError):  # of nodes that cannot be is told elsewhere
            _, owner = rotating(self._topology, rotation.node, rotation.owner)
            if owner.chain not in self._facts.chains:
                return
            try:
                self._facts.chains[owner.chain].calls.index(SET_KEYS)
            except EncodeError as error:
                yield Mistake(way, f"session keys cannot be set on {name_of(owner.chain)}: {error}")
                return
            yield from self._dispatches.funds((*way, "as"), owner.chain, account_of(owner))

    def _send(self, way: KeyPath, send: Send) -> Iterator[Mistake]:
        pair = send.sender, send.recipient
        if not set(pair) <= self._facts.chains.keys() or any(map(self.in_force.changed, pair)):
            return
        if pair not in self._mail:
            self._mail[pair] = self._wrong_mail(*pair)
        wrong = self._mail[pair]
        if wrong is not None:
            yield Mistake(way, f"mail from {name_of(send.sender)} to {name_of(send.recipient)} cannot be made: {wrong}")

    def _wrong_mail(self, sender: str, recipient: str) -> str | None:
        chains = self._facts.chains
        try:
            there = Recipient(remark_prefix(chains[recipient].calls), fee_parents=0)
            send_call(chains[sender].calls, there, Message("", 0, sender, recipient, 32, bytes(32)))
        except InputError as error:
            return str(error)
        return None
