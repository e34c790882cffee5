"""What the steps of assets and XCM do on a network."""

from __future__ import annotations

from typing import Any

from simnet.network.locations import location_text
from simnet.network.topology import ALICE
from simnet.providers.network import Network
from simnet.providers.xcm_calls import Manner
from simnet.scenario.steps import Step
from simnet.scenario.xcm_steps import DryRun, Transfer, Xcm

XCM_VERBS = ("transfer", "xcm", "dry_run", "claim")
"""Steps that are done and told here."""


def do_xcm(network: Network, index: int, step: Step) -> None:
    """Does such a step, the ``index``-th of its scenario; other steps are not for it."""
    if step.transfer is not None:
        one = step.transfer
        manner = Manner(signer=one.signer, label=step.label, step=index, expect=one.expect, within=one.within)
        network.xcm_calls.transfer(one.asked(), manner)
    elif step.xcm is not None:
        two = step.xcm
        network.xcm_calls.xcm(
            two.asked(),
            Manner(
                signer=two.signer, sudo=two.sudo, label=step.label, step=index, expect=two.expect, within=two.within
            ),
        )
    elif step.dry_run is not None:
        _dry_run(network, index, step.label, step.dry_run)
    elif step.claim is not None:
        claim = step.claim
        manner = Manner(signer=claim.signer, label=step.label, step=index, within=claim.within)
        network.claims.claim(claim.chain, claim.trap, claim.beneficiary, manner)


def _dry_run(network: Network, index: int, label: str | None, step: DryRun) -> None:
    chain, call, signer, sudo = step.chain, (step.call or "", step.args), step.signer, step.sudo
    if step.transfer is not None:
        chain, signer = step.transfer.sender, step.transfer.signer
        call = network.xcm_calls.transfer_call(step.transfer.asked(), network.topology.account(signer or ALICE))
    elif step.xcm is not None:
        chain, signer, sudo = step.xcm.chain, step.xcm.signer, step.xcm.sudo
        call = network.xcm_calls.xcm_call(step.xcm.asked())
    network.xcm_calls.dry_run(call, chain, Manner(signer=signer, sudo=sudo, label=label, step=index), step.expect)


def xcm_text(step: Step) -> str:
    """Such a step in one line."""
    if step.transfer is not None:
        return f"transfer {_transfer_text(step.transfer)}"
    if step.xcm is not None:
        return _program_text(step.xcm)
    if step.claim is not None:
        return f"claim what is trapped on {step.claim.chain} ({step.claim.trap})"
    asked = step.dry_run
    if asked is None:
        return step.verb
    if asked.transfer is not None:
        return f"dry-run a transfer of {_transfer_text(asked.transfer)}"
    return f"dry-run: {_program_text(asked.xcm)}" if asked.xcm is not None else f"dry-run {asked.call} on {asked.chain}"


def _transfer_text(one: Transfer) -> str:
    asset = "" if one.asset == "native" else f" of {_asset_text(one.asset, one.sender)}"
    return f"{one.amount}{asset} {one.sender}>{one.recipient}" + (f" over {one.reserve}" if one.reserve else "")


def _asset_text(asset: str | dict[str, Any], chain: str) -> str:
    """``1000/PalletInstance(50)/GeneralIndex(1984)`` of a location, ``Assets 1984`` of what a pallet keeps."""
    if isinstance(asset, dict) and asset.keys() == {"parents", "interior"}:
        return location_text(asset, chain)
    return " ".join(map(str, asset.values())) if isinstance(asset, dict) else asset


def _program_text(one: Xcm) -> str:
    names = ", ".join(str(next(iter(part)) if isinstance(part, dict) and part else part) for part in one.program)
    return f"have {one.chain} execute {names}" if one.to is None else f"send {names} {one.chain}>{one.asked().receiver}"
