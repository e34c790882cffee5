"""What is wrong with the code of an `upgrade` step, as chains and validators look at it before they take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simnet.errors import HostError, InputError
from simnet.fields import KeyPath
from simnet.network.topology import RELAY
from simnet.preflight._chains import name_of
from simnet.preflight._facts import ChainFacts, Facts
from simnet.providers.upgrading import APPLY, CALLS, code_of
from simnet.scenario.mistakes import Mistake
from simnet.scenario.steps import Upgrade

_ANYWAY = "`path: without_checks` brings it in all the same"


@dataclass(frozen=True)
class Version:
    """What a chain compares: of another name, or not higher, it takes no code (frame-system 49 can_set_code)."""

    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


def in_upgrade(way: KeyPath, step: Upgrade, facts: Facts, running: Version | None) -> Iterator[Mistake]:
    """Each at its key; ``running`` is what the chain has by then, None where that is not known."""
    yield from _root(way, step, facts.chains[step.chain])
    at = (*way, "runtime")
    try:
        code = code_of(step.chain, step.runtime)
        brought = version_of(code)
    except (InputError, HostError) as error:
        yield Mistake(at, str(error))
        return
    most = facts.max_code_size
    if step.chain != RELAY and most is not None and len(code) > most:
        yield Mistake(
            at, f"it has {len(code)} bytes, and the relay chain takes {most} at most (max_code_size); compress it"
        )
    if step.path == "without_checks":
        return
    if brought is None:
        yield Mistake(at, f"it carries no version, so that {name_of(step.chain)} refuses it; {_ANYWAY}")
    elif running is not None and brought.name != running.name:
        yield Mistake(at, f"it is {brought}, and {name_of(step.chain)} has {running}, another runtime; {_ANYWAY}")
    elif running is not None and brought.number <= running.number:
        told = "and then no migration runs, since its version is not higher"
        yield Mistake(at, f"it is {brought}, and {name_of(step.chain)} has {running} already; {_ANYWAY}, {told}")


def version_of(code: bytes) -> Version | None:
    """What code carries; raises :class:`HostError` for what is no WASM, or grows beyond what chains take."""
    from simnet.runtime.host import embedded_version, wasm_of  # noqa: PLC0415 - loads wasmtime

    wasm_of(code)
    found = embedded_version(code)
    return None if found is None else Version(found.spec_name, found.spec_version)


def _root(way: KeyPath, step: Upgrade, chain: ChainFacts) -> Iterator[Mistake]:
    """Whether the chain's runtime has what is called, and root to call it."""
    if "Sudo" not in chain.metadata.pallets:
        yield Mistake(way, f"the runtime of {name_of(step.chain)} has no Sudo pallet, by which simnet upgrades it")
    for call in (CALLS[step.path], *((APPLY,) if step.path != "sudo" else ())):
        try:
            chain.calls.index(call)
        except InputError as error:
            yield Mistake((*way, "path"), f"{name_of(step.chain)} cannot be upgraded so: {error}")
