"""What is wrong with the code of an `upgrade` step, as chains and validators look at it before they take it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.codec import DecodeError
from simnet.errors import HostError, InputError, RuntimeTrap, printable
from simnet.faults import Fault
from simnet.fields import KeyPath
from simnet.network.topology import RELAY
from simnet.preflight._chains import name_of
from simnet.preflight._facts import ChainFacts, Facts
from simnet.providers.upgrading import APPLY, CALLS, code_of
from simnet.scenario.mistakes import Mistake
from simnet.scenario.steps import Upgrade

if TYPE_CHECKING:
    from simnet.runtime.host import RuntimeVersion

_DEFERRED = 3
"""From this system_version on, which earlier releases call state_version, code is not in `:code` at once
(frame-system 49 update_code_in_storage)."""

_ANYWAY = "`path: without_checks` brings it in all the same"


@dataclass(frozen=True)
class NewCode:
    """What an `upgrade` step brings: its bytes as they are submitted, and the version that it carries, if any."""

    size: int
    version: RuntimeVersion | None
    code: bytes

    def metadata(self) -> Metadata | None:
        """What the code says of itself; None where it cannot be run."""
        from simnet.runtime.host import Host  # noqa: PLC0415 - loads wasmtime

        with suppress(HostError, RuntimeTrap, DecodeError, NotInRuntimeError):
            return Host().runtime(self.code).types.metadata
        return None

    @classmethod
    def of(cls, step: Upgrade) -> NewCode:
        """Raises :class:`InputError` for what cannot be read, :class:`~simnet.errors.HostError` for what is no WASM."""
        from simnet.runtime.host import embedded_version, wasm_of  # noqa: PLC0415 - loads wasmtime

        code = code_of(step.chain, step.runtime)
        wasm_of(code)
        return cls(len(code), embedded_version(code), code)


def in_code(
    at: KeyPath, step: Upgrade, code: NewCode, facts: Facts, running: RuntimeVersion | None
) -> Iterator[Mistake]:
    """What the chain would not take; ``running`` is what it has by then, None where that is not known. Code of another
    name, or of no higher version, it refuses (frame-system 49 can_set_code)."""
    most, brought = facts.max_code_size, code.version
    if step.chain != RELAY and most is not None and code.size > most:
        yield Mistake(
            at, f"it has {code.size} bytes, and the relay chain takes {most} at most (max_code_size); compress it"
        )
    if step.path == "without_checks":
        return
    if brought is None:
        yield Mistake(at, f"it carries no version, so that {name_of(step.chain)} refuses it; {_ANYWAY}")
        return
    if running is None:
        return
    has = f"it is {version_in_words(brought)}, and {name_of(step.chain)} has {version_in_words(running)}"
    if brought.spec_name != running.spec_name:
        yield Mistake(at, f"{has}, another runtime; {_ANYWAY}")
    elif brought.spec_version <= running.spec_version:
        told = "and then no migration runs, since its version is not higher"
        yield Mistake(at, f"{has} already; {_ANYWAY}, {told}")


def version_in_words(version: RuntimeVersion) -> str:
    """``penpal-parachain 1``."""
    return f"{printable(version.spec_name)} {version.spec_version}"


def in_path(way: KeyPath, step: Upgrade, chain: ChainFacts) -> Iterator[Mistake]:
    """Whether the chain's runtime has what is called, and root to call it."""
    if "Sudo" not in chain.metadata.pallets:
        yield Mistake(way, f"the runtime of {name_of(step.chain)} has no Sudo pallet, by which simnet upgrades it")
    if chain.version is not None and chain.version.state_version >= _DEFERRED:
        how = f"has system_version {chain.version.state_version}, by which code waits a block in `:pending_code`"
        yield Mistake((*way, "chain"), f"the runtime of {name_of(step.chain)} {how}; simnet does not follow that yet")
    for call in (CALLS[step.path], *((APPLY,) if step.path != "sudo" else ())):
        try:
            chain.calls.index(call)
        except InputError as error:
            yield Mistake((*way, "path"), f"{name_of(step.chain)} cannot be upgraded so: {error}")


def in_override(way: KeyPath, fault: Fault) -> Iterator[Mistake]:
    """Whether nodes can take a restart's other code: they go by the version that it carries."""
    cycle = fault.cycle()
    if cycle is None or cycle.runtime_override is None:
        return
    from simnet.runtime.host import embedded_version, wasm_of  # noqa: PLC0415 - loads wasmtime

    at = (*way, "runtime_override")
    try:
        code = code_of(RELAY, cycle.runtime_override)
        wasm_of(code)
    except (InputError, HostError) as error:
        yield Mistake(at, str(error))
        return
    if embedded_version(code) is None:
        yield Mistake(at, "it carries no version, by which nodes tell in whose place they run it")
