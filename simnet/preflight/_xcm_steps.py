"""What is wrong with steps of assets and XCM by the runtimes of their chains: assets, amounts, accounts, instructions,
versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simnet.chain.calls import EncodeError
from simnet.chain.dry_run_api import CALL, WEIGHT
from simnet.chain.xcm_pallet import CLAIM, XcmPallet, has_xcm
from simnet.errors import InputError
from simnet.fields import KeyPath
from simnet.network.locations import HERE
from simnet.network.topology import ALICE
from simnet.preflight._chains import name_of
from simnet.preflight._dispatches import Dispatches, in_file, wrong_call
from simnet.preflight._in_force import RuntimeInForce
from simnet.providers.xcm_asked import beneficiary_at
from simnet.scenario.mistakes import Mistake
from simnet.scenario.steps import Step
from simnet.scenario.xcm_steps import ClaimAssets, DryRun, Transfer, Xcm

_Found = Iterator[Mistake]

_ZERO = {"ref_time": 0, "proof_size": 0}


class XcmSearch:
    """``dispatches`` knows the runtimes in force, and who can pay."""

    def __init__(self, dispatches: Dispatches) -> None:
        self._dispatches = dispatches
        self._in_force = dispatches.in_force

    def step(self, way: KeyPath, step: Step) -> _Found:
        if step.transfer is not None:
            yield from self._transfer((*way, "transfer"), step.transfer)
        if step.xcm is not None:
            yield from self._xcm((*way, "xcm"), step.xcm)
        if step.dry_run is not None:
            yield from self._dry_run((*way, "dry_run"), step.dry_run)
        if step.claim is not None:
            yield from self._claim((*way, "claim"), step.claim)

    def _runtimes(self, *chains: str) -> list[RuntimeInForce] | None:
        """What these chains have at this step; None where that is not known of one."""
        if not all(chain in self._in_force for chain in chains):
            return None
        found = [self._in_force.runtime(chain) for chain in chains]
        return None if None in found else [one for one in found if one is not None]

    def _transfer(self, way: KeyPath, step: Transfer) -> _Found:
        runtimes = self._runtimes(step.sender, step.recipient)
        if runtimes is None:
            return
        sender, recipient = runtimes
        uri = self._dispatches.topology.account(step.signer or ALICE)
        try:
            version = _version(sender, recipient)
        except InputError as error:
            yield Mistake((*way, "from"), f"{name_of(step.sender)}: {error}")
            return
        try:
            there = beneficiary_at(recipient.calls, step.beneficiary, uri)
        except InputError as error:
            yield Mistake((*way, "beneficiary"), f"on {name_of(step.recipient)}: {error}")
            return
        asked = step.asked()
        places: Sequence[KeyPath] = [(), ("fees",)]
        for place, one in zip(places, asked.assets, strict=False):
            here = (*way, *place)
            try:
                call = replace(asked, assets=(one,)).composed(sender.calls, HERE, sender.metadata, there)(version)
                composed = sender.calls.compose(*call)
            except EncodeError as error:
                yield _in_transfer(way, here, error, step)
            except InputError as error:
                yield Mistake((*here, "asset" if asked.method == "auto" else "method"), str(error))
            else:
                yield from self._dispatches.caller(way, step.sender, step.signer, composed)

    def _xcm(self, way: KeyPath, step: Xcm) -> _Found:
        program = step.asked()
        runtimes = self._runtimes(step.chain, program.receiver)
        if runtimes is None:
            return
        sender, receiver = runtimes
        try:
            versions = [(step.chain, XcmPallet.of(sender.calls))]
        except InputError as error:
            yield Mistake((*way, "chain"), f"{name_of(step.chain)}: {error}")
            return
        if program.goal is not None and has_xcm(receiver.calls):
            versions.append((program.receiver, XcmPallet.of(receiver.calls)))
        for chain, pallet in versions if step.version is not None else ():
            try:
                pallet.knows(step.version or 0)
            except InputError as error:
                yield Mistake((*way, "version"), f"{name_of(chain)}: {error}")
                return
        version = step.version or min(pallet.versions[-1] for _, pallet in versions)
        try:
            call = program.call(sender.calls, receiver.calls, version, program.weight or _ZERO)
            composed = sender.calls.compose(*call)
        except EncodeError as error:
            yield _in_program(way, error, version)
        except InputError as error:
            yield Mistake((*way, "program"), str(error))
        else:
            yield from self._dispatches.caller(way, step.chain, step.signer, composed, sudo=step.sudo)
        apis = sender.metadata.apis
        if program.goal is None and step.weight is None and (apis is None or WEIGHT not in apis):
            what = f"the runtime of {name_of(step.chain)} does not weigh programs ({WEIGHT})"
            yield Mistake((*way, "program"), f"{what}; give the `weight` of its execution")

    def _dry_run(self, way: KeyPath, step: DryRun) -> _Found:
        if step.transfer is not None:
            yield from self._transfer((*way, "transfer"), step.transfer)
        if step.xcm is not None:
            yield from self._xcm((*way, "xcm"), step.xcm)
        whose = step.transfer.sender if step.transfer else step.xcm.chain if step.xcm else step.chain
        runtimes = self._runtimes(whose)
        if runtimes is None:
            return
        (chain,) = runtimes
        if step.call is not None:
            try:
                composed = chain.calls.compose(step.call, step.args)
            except EncodeError as error:
                yield wrong_call(way, error)
            except InputError as error:
                yield Mistake((*way, "args"), str(error))
            else:
                yield from self._dispatches.caller(way, whose, step.signer, composed, sudo=step.sudo)
        if step.expect is not None and (chain.metadata.apis is None or CALL not in chain.metadata.apis):
            lacks = f"the runtime of {name_of(whose)} has no {CALL} in its metadata"
            yield Mistake((*way, "expect"), f"{lacks}, so that nothing can be expected of it")

    def _claim(self, way: KeyPath, step: ClaimAssets) -> _Found:
        runtimes = self._runtimes(step.chain)
        if runtimes is None:
            return
        (chain,) = runtimes
        try:
            pallet = XcmPallet.of(chain.calls)
            if CLAIM not in pallet.calls:
                raise InputError(f"the pallet {pallet.name} has no call {CLAIM}")
        except InputError as error:
            yield Mistake((*way, "chain"), f"nothing can be claimed on {name_of(step.chain)}: {error}")
            return
        try:
            there = beneficiary_at(chain.calls, step.beneficiary)
            version = pallet.versions[-1]
            chain.calls.compose(*pallet.claim({f"V{version}": []}, there, version))
        except InputError as error:
            yield Mistake((*way, "beneficiary"), str(error))


def _version(sender: RuntimeInForce, recipient: RuntimeInForce) -> int:
    pallets = [XcmPallet.of(sender.calls)]
    if has_xcm(recipient.calls):
        pallets.append(XcmPallet.of(recipient.calls))
    return min(pallet.versions[-1] for pallet in pallets)


def _in_transfer(way: KeyPath, here: KeyPath, error: EncodeError, step: Transfer) -> Mistake:
    """The mistake at the key of a transfer to which an argument's part belongs; ``here`` are the asset and its
    amount."""
    path = error.path
    if "Fungible" in path:
        return Mistake((*here, "amount"), f"on {name_of(step.sender)}: {error.reason}")
    for after, place in (("id", (*here, "asset")), ("beneficiary", (*way, "beneficiary"))):
        if after in path:
            rest = path[path.index(after) :]
            rest = rest[1:] if rest[1:2] and rest[1].startswith("V") else rest
            inner = in_file(EncodeError(error.reason, rest, key=error.key))[1:]
            return Mistake((*place, *inner), f"on {name_of(step.sender)}: {error.reason}", error.key is not None)
    return Mistake((*way, "to"), f"on {name_of(step.sender)}: {error.reason}")


def _in_program(way: KeyPath, error: EncodeError, version: int) -> Mistake:
    """The mistake at the instruction, or the part of it, to which the encoder's path leads."""
    written = f"V{version}"
    if "dest" in error.path[:2]:
        return Mistake((*way, "to"), error.reason)
    if written not in error.path:
        return Mistake((*way, "program"), str(error))
    inner = EncodeError(error.reason, error.path[error.path.index(written) :], key=error.key)
    shown = " > ".join(step for step in inner.path[1:] if not step.startswith("["))
    message = f"{shown}: {error.reason}" if shown else error.reason
    return Mistake((*way, "program", *in_file(inner)[1:]), message, error.key is not None)
