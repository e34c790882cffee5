"""What is wrong with steps of assets and XCM by the runtimes of their chains: assets, amounts, accounts, instructions,
versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from simnet.chain.calls import EncodeError
from simnet.chain.dry_runs import CALL, WEIGHT
from simnet.chain.transfers import account_size
from simnet.chain.xcm_pallet import CLAIM, XcmPallet
from simnet.errors import InputError
from simnet.fields import KeyPath
from simnet.network.accounts import keys
from simnet.network.locations import HERE
from simnet.network.topology import ALICE
from simnet.preflight._chains import name_of
from simnet.preflight._facts import ChainFacts
from simnet.preflight._wrong_calls import keys_of, wrong_call
from simnet.providers.xcm_asked import Program, beneficiary_at
from simnet.scenario.mistakes import Mistake
from simnet.scenario.steps import Step, Submit
from simnet.scenario.xcm_steps import Claim, DryRun, Transfer, Xcm

_Found = Iterator[Mistake]

_ZERO = {"ref_time": 0, "proof_size": 0}


class XcmSearch:
    """``chains`` are those that have their genesis' runtime at a step; ``callers`` says what is wrong with who makes a
    call; ``encoded`` is told of each call, which may fund an account."""

    def __init__(
        self,
        chains: Mapping[str, ChainFacts],
        callers: Callable[[KeyPath, Submit], _Found],
        encoded: Callable[[bytes], None],
    ) -> None:
        self._chains = chains
        self._callers = callers
        self._encoded = encoded

    def step(self, way: KeyPath, step: Step) -> _Found:
        if step.transfer is not None:
            yield from self._transfer((*way, "transfer"), step.transfer)
        if step.xcm is not None:
            yield from self._xcm((*way, "xcm"), step.xcm)
        if step.dry_run is not None:
            yield from self._dry_run((*way, "dry_run"), step.dry_run)
        if step.claim is not None and step.claim.chain in self._chains:
            yield from self._claim((*way, "claim"), step.claim)

    def _transfer(self, way: KeyPath, step: Transfer) -> _Found:
        if not {step.sender, step.recipient} <= self._chains.keys():
            return
        sender, recipient = self._chains[step.sender], self._chains[step.recipient]
        uri = step.signer or ALICE
        try:
            version = _version(sender, recipient)
        except InputError as error:
            yield Mistake((*way, "from"), f"{name_of(step.sender)}: {error}")
            return
        size = account_size(recipient.metadata)
        try:
            there = beneficiary_at(recipient.calls, size, step.beneficiary, keys(uri).sr25519)
        except InputError as error:
            yield Mistake((*way, "beneficiary"), f"on {name_of(step.recipient)}: {error}")
            return
        yield from self._callers(way, Submit(chain=step.sender, call="System.remark", signer=step.signer))
        asked = step.asked()
        places: Sequence[KeyPath] = [(), ("fees",)]
        for place, one in zip(places, asked.assets, strict=False):
            here = (*way, *place)
            try:
                call = replace(asked, assets=(one,)).composed(sender.calls, HERE, sender.metadata, there)(version)
                self._encoded(sender.calls.compose(*call))
            except EncodeError as error:
                key = _key_of(error)
                at = here if key in ("asset", "amount") else way
                yield Mistake((*at, key), f"on {name_of(step.sender)}: {error.reason}")
            except InputError as error:
                yield Mistake((*here, "asset" if asked.method == "auto" else "method"), str(error))

    def _xcm(self, way: KeyPath, step: Xcm) -> _Found:
        program = step.asked()
        if not {step.chain, program.receiver} <= self._chains.keys():
            return
        sender, receiver = self._chains[step.chain], self._chains[program.receiver]
        try:
            versions = [(step.chain, XcmPallet.of(sender.calls))]
        except InputError as error:
            yield Mistake((*way, "chain"), f"{name_of(step.chain)}: {error}")
            return
        if program.goal is not None and receiver.calls.having("send", "execute"):
            versions.append((program.receiver, XcmPallet.of(receiver.calls)))
        for chain, pallet in versions if step.version is not None else ():
            try:
                pallet.knows(step.version or 0)
            except InputError as error:
                yield Mistake((*way, "version"), f"{name_of(chain)}: {error}")
                return
        version = step.version or min(pallet.versions[-1] for _, pallet in versions)
        yield from self._callers(
            way, Submit(chain=step.chain, call="System.remark", signer=step.signer, sudo=step.sudo)
        )
        yield from self._program(way, program, sender, receiver, version)
        apis = sender.metadata.apis
        if program.goal is None and step.weight is None and (apis is None or WEIGHT not in apis):
            what = f"the runtime of {name_of(step.chain)} does not weigh programs ({WEIGHT})"
            yield Mistake((*way, "program"), f"{what}; give the `weight` of its execution")

    def _program(
        self, way: KeyPath, program: Program, sender: ChainFacts, receiver: ChainFacts, version: int
    ) -> _Found:
        try:
            call = program.call(sender.calls, receiver.calls, version, program.weight or _ZERO)
            self._encoded(sender.calls.compose(*call))
        except EncodeError as error:
            yield _in_program(way, error, version)
        except InputError as error:
            yield Mistake((*way, "program"), str(error))

    def _dry_run(self, way: KeyPath, step: DryRun) -> _Found:
        if step.transfer is not None:
            yield from self._transfer((*way, "transfer"), step.transfer)
        if step.xcm is not None:
            yield from self._xcm((*way, "xcm"), step.xcm)
        whose = step.transfer.sender if step.transfer else step.xcm.chain if step.xcm else step.chain
        if whose not in self._chains:
            return
        chain = self._chains[whose]
        if step.call is not None:
            submit = Submit(chain=step.chain, call=step.call, args=step.args, signer=step.signer, sudo=step.sudo)
            try:
                chain.calls.compose(step.call, step.args)
            except EncodeError as error:
                yield wrong_call(way, submit, error)
            except InputError as error:
                yield Mistake((*way, "args"), str(error))
            yield from self._callers(way, submit)
        if step.expect is not None and (chain.metadata.apis is None or CALL not in chain.metadata.apis):
            lacks = f"the runtime of {name_of(whose)} has no {CALL} in its metadata"
            yield Mistake((*way, "expect"), f"{lacks}, so that nothing can be expected of it")

    def _claim(self, way: KeyPath, step: Claim) -> _Found:
        chain = self._chains[step.chain]
        try:
            pallet = XcmPallet.of(chain.calls)
            if CLAIM not in pallet.calls:
                raise InputError(f"the pallet {pallet.name} has no call {CLAIM}")
        except InputError as error:
            yield Mistake((*way, "chain"), f"nothing can be claimed on {name_of(step.chain)}: {error}")
            return
        try:
            there = beneficiary_at(chain.calls, account_size(chain.metadata), step.beneficiary, b"")
            version = pallet.versions[-1]
            self._encoded(chain.calls.compose(*pallet.claim({f"V{version}": []}, there, version)))
        except InputError as error:
            yield Mistake((*way, "beneficiary"), str(error))


def _version(sender: ChainFacts, recipient: ChainFacts) -> int:
    pallets = [XcmPallet.of(sender.calls)]
    if recipient.calls.having("send", "execute"):
        pallets.append(XcmPallet.of(recipient.calls))
    return min(pallet.versions[-1] for pallet in pallets)


def _key_of(error: EncodeError) -> str:
    """The key of a transfer to which an argument's part belongs."""
    if "beneficiary" in error.path or "custom_xcm_on_dest" in error.path:
        return "beneficiary"
    if "Fungible" in error.path:
        return "amount"
    return "asset" if {"id", "remote_fees_id"} & {*error.path} else "to"


def _in_program(way: KeyPath, error: EncodeError, version: int) -> Mistake:
    """The mistake at the instruction, or the part of it, to which the encoder's path leads."""
    written = f"V{version}"
    if "dest" in error.path[:2]:
        return Mistake((*way, "to"), error.reason)
    if written not in error.path:
        return Mistake((*way, "program"), str(error))
    inner = error.path[error.path.index(written) + 1 :]
    more = [] if error.key is None else [error.key]
    shown = " > ".join(step for step in inner if not step.startswith("["))
    message = f"{shown}: {error.reason}" if shown else error.reason
    return Mistake((*way, "program", *keys_of(inner), *more), message, error.key is not None)
