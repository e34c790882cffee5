"""What is wrong with calls that a step has dispatched: names, arguments, on whose behalf, who pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from simnet.chain.calls import BATCHES, Calls, EncodeError
from simnet.chain.storage_writes import encoded, written_in
from simnet.errors import InputError
from simnet.fields import KeyPath
from simnet.network.topology import RELAY, Topology
from simnet.preflight._chains import name_of
from simnet.preflight._in_force import InForce, RuntimeInForce
from simnet.providers.dispatch_origins import (
    ByRoot,
    OfAccount,
    OfRuntime,
    Root,
    Scheduled,
    Signed,
    by_relay,
    origin_of,
    signer_of,
)
from simnet.providers.setting_storage import calls_of
from simnet.runtime.genesis_patch import endowment
from simnet.scenario.mistakes import Mistake
from simnet.scenario.state_steps import CallInBatch, SetStorage, Submit

_UPGRADES = ("System", ("set_code", "set_code_without_checks", "apply_authorized_upgrade"))
"""Calls after which a chain has another runtime (frame-system 49)."""

_CODE = "0x" + b":code".hex()
"""The storage key of a chain's code (sp-core storage well_known_keys)."""

_REKEYING = ("Sudo", ("set_key", "remove_key"))
"""Calls after which sudo has another key (pallet-sudo)."""


@dataclass
class Dispatches:
    """What steps had dispatched so far, as far as later ones depend on it."""

    topology: Topology
    in_force: InForce
    writes_blocks: bool
    """Whether the provider's relay chain can write storage in a block without a call of root."""
    _rekeyed: list[str] = field(default_factory=list)
    _encoded: list[bytes] = field(default_factory=list)
    """Calls of earlier steps: one that names an account may fund it."""

    def submit(self, way: KeyPath, submit: Submit) -> Iterator[Mistake]:
        """The calls of a step, each argument at its place."""
        runtime = self.in_force.runtime(submit.chain)
        if runtime is not None:
            encoded = []
            for index, call in enumerate(submit.each):
                at = way if submit.call is not None else (*way, "calls", index)
                try:
                    encoded.append(runtime.calls.compose(call.call, call.args))
                except EncodeError as error:
                    yield wrong_call(at, error)
                except InputError as error:
                    yield Mistake((*at, "args"), str(error))
            self._encoded += encoded
            yield from self._together(way, submit, runtime, encoded)
            writes = (one for call in submit.each for one in written_in(call.call, call.args, root=True))
            if any(_makes(runtime.calls, call, *_UPGRADES) for call in submit.each) or _CODE in [w.key for w in writes]:
                self.in_force.bring(submit.chain, None)
            if any(_makes(runtime.calls, call, *_REKEYING) for call in submit.each):
                self._rekeyed.append(submit.chain)
        if isinstance(submit.origin, Signed):
            yield from self.funds((*way, "as"), submit.chain, signer_of(self.topology, submit.chain, submit.origin))

    def caller(
        self, way: KeyPath, chain: str, signer: str | None, call: bytes, *, sudo: bool = False
    ) -> Iterator[Mistake]:
        """Whether who makes a call can pay, or root of the chain can make it; later steps count with the call."""
        runtime = self.in_force.runtime(chain)
        origin = origin_of(signer, sudo=sudo)
        if isinstance(origin, Signed):
            yield from self.funds((*way, "as"), chain, signer_of(self.topology, chain, origin))
        elif runtime is not None:
            yield from self.by_root((*way, "sudo" if sudo else "as"), chain, runtime, origin, call)
        self._encoded.append(call)

    def _together(
        self, way: KeyPath, submit: Submit, runtime: RuntimeInForce, encoded: list[bytes]
    ) -> Iterator[Mistake]:
        """Whether the runtime has what batches the calls, and a way to their origin."""
        call = encoded[0] if encoded else b"\0\0"
        if len(submit.each) > 1:
            try:
                call = runtime.calls.compose(BATCHES[submit.batch], {"calls": encoded})
            except InputError as error:
                yield Mistake((*way, "calls"), f"several calls cannot be one batch: {error}")
        if not isinstance(submit.origin, Signed):
            at = (*way, "sudo" if submit.sudo else "as")
            yield from self.by_root(at, submit.chain, runtime, submit.origin, call, fails=submit.expect == "failure")

    def set_storage(self, way: KeyPath, step: SetStorage) -> Iterator[Mistake]:
        """Each entry at its place, and whether root can write it."""
        runtime = self.in_force.runtime(step.chain)
        if runtime is None:
            return
        written = []
        for index, one in enumerate(step.items):
            try:
                written.append(encoded(runtime.metadata, runtime.calls, one.entry))
            except EncodeError as error:
                yield Mistake((*way, "items", index, *in_file(error)), error.reason, error.key is not None)
        if len(written) < len(step.items):
            return
        try:
            call = runtime.calls.together(calls_of(written))
        except InputError as error:
            yield Mistake(way, f"storage of {name_of(step.chain)} cannot be written: {error}")
            return
        self._encoded.append(call)
        if not (step.chain == RELAY and self.writes_blocks and self.rootless()):
            yield from self.by_root((*way, "chain"), step.chain, runtime, Root(), call)
        if any(key == b":code" for key, _ in written):
            self.in_force.bring(step.chain, None)

    def rootless(self) -> bool:
        """Whether the relay chain has no sudo key, as far as is known, or another one than the network's."""
        runtime = self.in_force.runtime(RELAY)
        if runtime is None or "Sudo" not in runtime.metadata.pallets:
            return True
        found = self.in_force.facts.chains[RELAY]
        return RELAY not in self._rekeyed and found.sudo != found.form.of(self.topology.relay.sudo)

    def by_root(
        self, at: KeyPath, chain: str, runtime: RuntimeInForce, origin: ByRoot, call: bytes, *, fails: bool = False
    ) -> Iterator[Mistake]:
        """Whether root of a chain can have a call dispatched so; one that ``fails`` shall do so for whatever reason."""
        name = name_of(chain)
        relay = self.in_force.runtime(RELAY) if RELAY in self.in_force else None
        if relay is None:
            return
        try:
            relayed = by_relay(chain, runtime.metadata, relay.metadata)
        except InputError as error:
            yield Mistake(at, str(error))
            return
        if relayed and at[-1] == "sudo":
            told = "its root is had through the relay chain, as: root"
            yield Mistake(at, f"the runtime of {name} has no Sudo pallet; {told}")
        elif relayed and self.in_force.facts.chains[chain].superuser is False:
            told = "and takes no superuser's call from the relay chain either, by a dry run on its genesis"
            yield Mistake(at, f"the runtime of {name} has no Sudo pallet, {told}")
        yield from _wrapped(at, runtime.calls, origin, call, relayed=relayed)
        payer = RELAY if relayed else chain
        yield from self._key(at, payer, origin, fails=fails)
        yield from self.funds(at, payer, signer_of(self.topology, payer, origin))

    def _key(self, at: KeyPath, chain: str, origin: ByRoot, *, fails: bool) -> Iterator[Mistake]:
        """Whether who signs is the sudo key. Where the step names nobody, it is looked at with the network."""
        found = self.in_force.facts.chains[chain]
        given = origin.signer if isinstance(origin, Root) else None
        if given is None or fails or chain in self._rekeyed or self.in_force.changed(chain) or found.accounts is None:
            return
        if found.form.of(self.topology.account(given)) != found.sudo:
            told = "it has none" if found.sudo is None else f"that is {found.form.text(found.sudo)}"
            yield Mistake(
                (*at[:-1], "as"),
                f"{given} is not the sudo key of {name_of(chain)}: {told}; leave `as` out, and give the chain's `sudo`",
            )

    def funds(self, at: KeyPath, chain: str, uri: str) -> Iterator[Mistake]:
        """A chain refuses extrinsics of accounts that it does not know, since they cannot pay (frame-system
        CheckNonce)."""
        if chain not in self.in_force:
            return
        found = self.in_force.facts.chains[chain]
        account, accounts = found.form.of(uri), found.accounts
        if accounts is None or account in accounts or any(account in one for one in self._encoded):
            return
        amount = endowment(found.metadata) // 1000
        balances = f'genesis: {{balances: {{balances: [["{found.form.text(account)}", {amount}]]}}}}'
        yield Mistake(at, f"{uri} has nothing on {name_of(chain)}, so that it cannot pay; give it a {balances}")


def _wrapped(at: KeyPath, calls: Calls, origin: ByRoot, call: bytes, *, relayed: bool) -> Iterator[Mistake]:
    """Whether the runtime has the call that dispatches with the origin, and knows the origin."""
    key = {OfAccount: "account", OfRuntime: "origin", Scheduled: "scheduler"}.get(type(origin))
    try:
        if isinstance(origin, OfAccount) and not relayed:
            origin.by_sudo(calls, call)
        else:
            origin.wrap(calls, call)
    except EncodeError as error:
        way = at if key is None else (*at, key)
        if key != "origin" or len(error.path) < 2:  # the call itself is not there, or what was made of an account
            yield Mistake(way, error.reason)
            return
        inner = (
            *error.path[2:],
            *(() if error.key is None else (error.key,)),
        )  # within Utility.dispatch_as > as_origin
        yield Mistake((*way, *inner), error.reason, error.key is not None)


def wrong_call(way: KeyPath, error: EncodeError) -> Mistake:
    """The mistake at the argument to which the encoder's path leads; what has no path is wrong with the call's name."""
    if not error.path:
        return Mistake((*way, "call"), str(error))
    of_key = error.key is not None
    message = error.reason if len(error.path) == 1 else f"{' > '.join(error.path[1:])}: {error.reason}"
    return Mistake((*way, "args", *in_file(error)[1:]), message, of_key)


def in_file(error: EncodeError) -> KeyPath:
    """The way of a fault as a file has it, to the key that does not exist where it is one."""
    nested = (part for step in error.path[1:] for part in step.split("."))  # a nested call is one step, System.remark
    steps = [*error.path[:1], *nested]
    inner = [int(step[1:-1]) if step[:1] == "[" else step for step in steps]
    return (*inner, *([error.key] if error.key is not None else []))


def _makes(calls: Calls, call: CallInBatch, pallet: str, functions: tuple[str, ...]) -> bool:
    """Whether a step makes one of these calls, itself or nested in its own."""
    if call.call in [f"{pallet}.{function}" for function in functions]:
        return True
    encoded = []
    for function in functions:
        with suppress(EncodeError):  # the runtime has it not
            encoded.append("0x" + calls.index(f"{pallet}.{function}").hex())
    return _holds(call.args, functions, tuple(encoded))


def _holds(value: Any, functions: tuple[str, ...], encoded: tuple[str, ...]) -> bool:
    """Whether an argument names one of these calls, or is one that begins so."""
    if isinstance(value, Mapping):
        return any(key in functions or _holds(one, functions, encoded) for key, one in value.items())
    if isinstance(value, list | tuple):
        return any(_holds(one, functions, encoded) for one in value)
    return isinstance(value, str) and (value in functions or value.startswith(encoded))
