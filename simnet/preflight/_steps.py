"""What is wrong with a scenario's steps by the runtimes of its chains: calls, arguments, signers, mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simnet.chain.calls import Calls, EncodeError
from simnet.chain.onboarding import onboarding
from simnet.chain.xcm import Message, Recipient, remark_prefix, send_call
from simnet.errors import HostError, InputError
from simnet.fields import KeyPath
from simnet.network.accounts import address, keys
from simnet.network.topology import RELAY, Topology
from simnet.preflight._chains import name_of
from simnet.preflight._facts import Facts
from simnet.preflight._new_codes import NewCode, in_code, in_override, in_path
from simnet.providers.rotation import SET_KEYS, account_of, rotating
from simnet.scenario.mistakes import Mistake
from simnet.scenario.steps import RotateKeys, Send, Step, Submit, Upgrade, WindowSpec

if TYPE_CHECKING:
    from simnet.runtime.host import RuntimeVersion

_UPGRADES = ("System", ("set_code", "set_code_without_checks", "apply_authorized_upgrade"))
"""Calls after which a chain has another runtime (frame-system 49)."""

_REKEYING = ("Sudo", ("set_key", "remove_key"))
"""Calls after which sudo has another key (pallet-sudo)."""


def in_steps(steps: Sequence[Step], schedule: Sequence[WindowSpec], topology: Topology, facts: Facts) -> list[Mistake]:
    """Each at its key, those of upgrades that go on beside the steps as well. What a chain's runtime may be after an
    upgrade is not looked at."""
    search = _Search(topology, facts)
    beside = [found for index, window in enumerate(schedule) for found in search.window(("schedule", index), window)]
    return beside + [found for index, step in enumerate(steps) for found in search.step(("steps", index), step)]


class _Search:
    """What steps have done so far, as far as later ones depend on it."""

    def __init__(self, topology: Topology, facts: Facts) -> None:
        self._topology = topology
        self._facts = facts
        self._upgraded: dict[str, RuntimeVersion | None] = {}
        """What chains have that no longer have their genesis' runtime; None where that is not known."""
        self._rekeyed: list[str] = []
        self._encoded: list[bytes] = []
        """Calls of earlier steps: one that names an account may fund it."""
        self._mail: dict[tuple[str, str], str | None] = {}
        """What is wrong with mail between two chains."""

    def window(self, way: KeyPath, window: WindowSpec) -> Iterator[Mistake]:
        """What the chain has when a step begins is not known then."""
        if window.upgrade is not None and window.upgrade.chain in self._facts.chains:
            yield from self._upgrade((*way, "upgrade"), window.upgrade)
            self._upgraded[window.upgrade.chain] = None
        if window.upgrade is None:
            yield from in_override((*way, window.fault.kind), window.fault)

    def step(self, way: KeyPath, step: Step) -> Iterator[Mistake]:
        if step.submit is not None and step.submit.chain in self._facts.chains:
            yield from self._submit((*way, "submit"), step.submit)
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

    def _submit(self, way: KeyPath, submit: Submit) -> Iterator[Mistake]:
        chain = self._facts.chains[submit.chain]
        if submit.chain not in self._upgraded:
            try:
                self._encoded.append(chain.calls.compose(submit.call, submit.args))
            except EncodeError as error:
                yield _wrong_call(way, submit, error)
            except InputError as error:
                yield Mistake((*way, "args"), str(error))
            if submit.sudo:
                yield from self._sudo(way, submit)
            if brings_code(chain.calls, submit):
                self._upgraded[submit.chain] = None
            if _makes(chain.calls, submit, *_REKEYING):
                self._rekeyed.append(submit.chain)
        yield from self._funds(way, submit)

    def _upgrade(self, way: KeyPath, step: Upgrade) -> Iterator[Mistake]:
        """Whether the chain can be upgraded so, and takes the code."""
        chain = self._facts.chains[step.chain]
        running = self._upgraded.get(step.chain, chain.version)
        yield from in_path(way, step, chain)
        at = (*way, "runtime")
        try:
            code = NewCode.of(step)
        except (InputError, HostError) as error:
            yield Mistake(at, str(error))
            self._upgraded[step.chain] = running
            return
        yield from in_code(at, step, code, self._facts, running)
        self._upgraded[step.chain] = code.version

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
            yield from self._funds(way, Submit(chain=owner.chain, call=SET_KEYS, signer=account_of(owner)))

    def _sudo(self, way: KeyPath, submit: Submit) -> Iterator[Mistake]:
        """Whose key it is where the step names nobody is looked at with the network."""
        chain = self._facts.chains[submit.chain]
        name = name_of(submit.chain)
        if "Sudo" not in chain.metadata.pallets:
            yield Mistake((*way, "sudo"), f"the runtime of {name} has no Sudo pallet")
        elif submit.signer is None or submit.expect == "failure" or submit.chain in self._rekeyed:
            return
        elif chain.accounts is not None and keys(submit.signer).sr25519 != chain.sudo:
            told = "it has none" if chain.sudo is None else f"that is {address(chain.sudo)}"
            yield Mistake(
                (*way, "as"),
                f"{submit.signer} is not the sudo key of {name}: {told}; leave `as` out, and give the chain's `sudo`",
            )

    def _funds(self, way: KeyPath, submit: Submit) -> Iterator[Mistake]:
        """A chain refuses extrinsics of accounts that it does not know, since they cannot pay (frame-system
        CheckNonce)."""
        uri = self._topology.signer(submit.chain, submit.signer, sudo=submit.sudo)
        public = keys(uri).sr25519
        accounts = self._facts.chains[submit.chain].accounts
        if accounts is None or public in accounts or any(public in one for one in self._encoded):
            return
        balances = f'genesis: {{balances: {{balances: [["{address(public)}", {10**15}]]}}}}'
        yield Mistake(
            (*way, "as"), f"{uri} has nothing on {name_of(submit.chain)}, so that it cannot pay; give it a {balances}"
        )

    def _send(self, way: KeyPath, send: Send) -> Iterator[Mistake]:
        pair = send.sender, send.recipient
        if not set(pair) <= self._facts.chains.keys() or set(pair) & set(self._upgraded):
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


def _wrong_call(way: KeyPath, submit: Submit, error: EncodeError) -> Mistake:
    """The mistake at the argument to which the encoder's path leads; what has no path is wrong with the call's name."""
    if not error.path:
        return Mistake((*way, "call"), str(error))
    steps = (part for step in error.path[1:] for part in step.split("."))  # a nested call is one step, System.remark
    inner = [int(step[1:-1]) if step[:1] == "[" else step for step in steps]
    of_key = error.key is not None
    message = error.reason if len(error.path) == 1 else f"{' > '.join(error.path[1:])}: {error.reason}"
    return Mistake((*way, "args", *inner, *([error.key] if error.key is not None else [])), message, of_key)


def brings_code(calls: Calls, submit: Submit) -> bool:
    """Whether a step's call, or one nested in it, gives its chain another runtime."""
    return _makes(calls, submit, *_UPGRADES)


def _makes(calls: Calls, submit: Submit, pallet: str, functions: tuple[str, ...]) -> bool:
    """Whether the step makes one of these calls, itself or nested in its own."""
    if submit.call in [f"{pallet}.{function}" for function in functions]:
        return True
    encoded = []
    for function in functions:
        with suppress(EncodeError):  # the runtime has it not
            encoded.append("0x" + calls.index(f"{pallet}.{function}").hex())
    return _holds(submit.args, functions, tuple(encoded))


def _holds(value: Any, functions: tuple[str, ...], encoded: tuple[str, ...]) -> bool:
    """Whether an argument names one of these calls, or is one that begins so."""
    if isinstance(value, Mapping):
        return any(key in functions or _holds(one, functions, encoded) for key, one in value.items())
    if isinstance(value, list | tuple):
        return any(_holds(one, functions, encoded) for one in value)
    return isinstance(value, str) and (value in functions or value.startswith(encoded))
