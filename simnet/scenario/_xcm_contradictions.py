"""What cannot be in steps of assets and XCM: chains, labels and accounts that are not there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from simnet.fields import KeyPath
from simnet.network.locations import placed
from simnet.network.topology import nearest
from simnet.providers.claims import LATEST
from simnet.providers.dispatch_origins import ROOT
from simnet.scenario.steps import Step
from simnet.scenario.xcm_steps import ClaimAssets, DryRun, Transfer, Xcm

_Found = Iterator[tuple[KeyPath, str]]


def in_xcm_step(
    path: KeyPath,
    step: Step,
    chains: Collection[str],
    labels: Collection[str],
    signs: Callable[[KeyPath, str | None], _Found],
) -> _Found:
    """Contradictions of a step with the network's chains and the labels of the steps before it; ``signs`` says what is
    wrong with who is to sign."""
    search = _Search(chains, labels, signs)
    if step.transfer is not None:
        yield from search.transfer((*path, "transfer"), step.transfer)
    if step.xcm is not None:
        yield from search.xcm((*path, "xcm"), step.xcm)
    if step.dry_run is not None:
        yield from search.dry_run((*path, "dry_run"), step.dry_run)
    if step.claim is not None:
        yield from search.claim((*path, "claim"), step.claim)


class _Search:
    def __init__(
        self, chains: Collection[str], labels: Collection[str], signs: Callable[[KeyPath, str | None], _Found]
    ) -> None:
        self._chains = chains
        self._labels = labels
        self._signs = signs

    def transfer(self, path: KeyPath, step: Transfer) -> _Found:
        yield from self._chain((*path, "from"), step.sender)
        yield from self._chain((*path, "to"), step.recipient)
        if step.reserve is not None:
            yield from self._chain((*path, "reserve"), step.reserve)
        yield from self._signs((*path, "as"), step.signer)
        if step.signer == ROOT:
            yield (*path, "as"), "a transfer is made by an account that has the asset, and root is none"

    def xcm(self, path: KeyPath, step: Xcm) -> _Found:
        yield from self._chain((*path, "chain"), step.chain)
        yield from self._signs((*path, "as"), step.signer)
        if isinstance(step.to, Mapping):
            yield from self._location((*path, "to"), step.to, step.chain)
        elif step.to == step.chain:
            yield (*path, "to"), f"a program from {step.chain} to itself crosses no chain; leave `to` out to execute it"
        elif step.to is not None:
            yield from self._chain((*path, "to"), step.to)

    def dry_run(self, path: KeyPath, step: DryRun) -> _Found:
        yield from self._chain((*path, "chain"), step.chain)
        yield from self._signs((*path, "as"), step.signer)
        if step.transfer is not None:
            yield from self.transfer((*path, "transfer"), step.transfer)
        if step.xcm is not None:
            yield from self.xcm((*path, "xcm"), step.xcm)

    def claim(self, path: KeyPath, step: ClaimAssets) -> _Found:
        yield from self._chain((*path, "chain"), step.chain)
        yield from self._signs((*path, "as"), step.signer)
        if step.trap != LATEST and not step.trap.startswith("0x") and step.trap not in self._labels:
            known = nearest(step.trap, [*self._labels, LATEST])
            yield (*path, "trap"), f"no earlier step that sends or executes is labelled {step.trap!r}{known}"

    def _chain(self, path: KeyPath, chain: str) -> _Found:
        if chain not in self._chains:
            yield path, f"no chain {chain!r}{nearest(chain, self._chains)}"

    def _location(self, path: KeyPath, location: Mapping[str, object], seen_from: str) -> _Found:
        try:
            chain, _ = placed(location, seen_from)
        except (KeyError, TypeError, ValueError, AttributeError):
            yield path, "this is no XCM location; write for example {parents: 1, interior: {X1: [{Parachain: 2000}]}}"
            return
        if chain is None:
            yield path, "this location leads to no chain of this network, where a message could be followed to its end"
        elif chain == seen_from:
            yield path, f"this location is in {chain} itself; leave `to` out to execute a program there"
        else:
            yield from self._chain(path, chain)
