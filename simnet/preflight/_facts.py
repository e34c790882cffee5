"""What a network's chains are at genesis, as far as files are checked by it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simnet.chain.calls import Calls
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.signing_scheme import account_format
from simnet.chain.writing import Writing
from simnet.codec import DecodeError
from simnet.errors import GenesisError, HostError, InputError, RuntimeTrap
from simnet.network.account_formats import ACCOUNT32, AccountFormat
from simnet.network.topology import RELAY, Chain, Topology
from simnet.preflight._superuser import takes_superuser
from simnet.preflight._trial_signature import unsigned
from simnet.runtime.tokens import writing_of

if TYPE_CHECKING:
    from simnet.runtime.genesis import Genesis
    from simnet.runtime.host import RuntimeVersion

_KEPT = 16
"""Networks whose facts are kept: files of a folder often share one, and a run checks again what a file was checked
for."""

_SCHEDULERS = ("ParaScheduler", "CoretimeAssignmentProvider")
"""Pallets of which one keeps what is assigned to cores (polkadot-runtime-parachains scheduler, before 30
assigner_coretime)."""


@dataclass(frozen=True)
class ChainFacts:
    """One chain at genesis. ``sudo`` is the account that may dispatch as root, None where nobody may; ``accounts``
    are those that exist. None of them is known where only the runtime could be had."""

    metadata: Metadata
    calls: Calls
    functions: frozenset[str]
    """Of runtime APIs, as the runtime exports them."""
    form: AccountFormat = ACCOUNT32
    """Of its accounts."""
    sudo: bytes | None = None
    accounts: frozenset[bytes] | None = None
    version: RuntimeVersion | None = None
    unsigned: str | None = None
    """Why simnet cannot sign extrinsics that the runtime takes; None where it can."""
    slot: int | None = None
    """Milliseconds of its slots; None where the runtime does not tell."""
    superuser: bool | None = None
    """Whether a parachain without Sudo takes the relay chain's root for its own; None where that is not known."""


@dataclass(frozen=True)
class CoreFacts:
    """How the relay chain's cores are served. ``assigned`` has the cores of each parachain by its id."""

    assigned: Mapping[int, tuple[int, ...]]
    validators: int
    cores: int
    extra: int
    """num_cores of the configuration, those that genesis added for its parachains included."""
    rotation: int
    """Blocks after which backing groups move on to the next core."""
    session: int
    """Blocks of a session at most."""


@dataclass(frozen=True)
class Facts:
    """``chains`` lacks those whose genesis is in ``wrong``; ``cores`` is None where the runtime does not tell."""

    chains: Mapping[str, ChainFacts]
    wrong: tuple[GenesisError, ...]
    cores: CoreFacts | None
    max_code_size: int | None = None
    """Bytes that a parachain's code may have as it is submitted; None where the relay chain's runtime does not tell."""


def facts_of(topology: Topology) -> Facts:
    """Builds genesis of every chain, some tenths of a second once the runtimes are compiled, and reads it."""
    return _facts_of(topology, tuple(_stamp(chain) for chain in (topology.relay, *topology.parachains)))


def _stamp(chain: Chain) -> tuple[int, int] | None:
    """What changes when the chain's file does."""
    try:
        seen = Path(chain.runtime_file or chain.spec_file or "").stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size


@lru_cache(maxsize=_KEPT)
def _facts_of(topology: Topology, stamps: tuple[tuple[int, int] | None, ...]) -> Facts:
    from simnet.runtime.genesis import GenesisMaker  # noqa: PLC0415 - loads wasmtime
    from simnet.runtime.host import Host  # noqa: PLC0415 - the same

    maker = GenesisMaker(Host())
    made, wrong = maker.attempt(topology)
    chains: dict[str, ChainFacts] = {}
    for chain in (topology.relay, *topology.parachains):
        writing = writing_of(topology, chain.id)
        try:
            if chain.id in made:
                chains[chain.id] = _at_genesis(made[chain.id], writing)
            else:
                runtime = maker.runtime(chain)
                metadata = runtime.types.metadata
                chains[chain.id] = ChainFacts(metadata, Calls(metadata, writing), frozenset(runtime.functions))
        except GenesisError:
            continue  # told by the attempt
        except (InputError, HostError, RuntimeTrap, DecodeError, NotInRuntimeError) as error:
            part = "runtime" if chain.spec_file is None else "spec"
            told = f"the runtime of chain {chain.id} cannot be read: {error}"
            wrong.append(GenesisError(told, chain=chain.id, part=(part,)))
    cores = max_code_size = None
    if RELAY in made and RELAY in chains:
        with suppress(NotInRuntimeError, DecodeError):
            cores = _cores(made[RELAY], chains[RELAY].metadata)
        with suppress(NotInRuntimeError, DecodeError):
            max_code_size = _read(made[RELAY], chains[RELAY].metadata, "Configuration", "ActiveConfig")["max_code_size"]
    return Facts(chains, tuple(wrong), cores, max_code_size)


def _at_genesis(genesis: Genesis, writing: Writing) -> ChainFacts:
    runtime, metadata = genesis.runtime, genesis.runtime.types.metadata
    calls, form = Calls(metadata, writing), account_format(metadata)
    accounts = frozenset(key[-form.size :] for key in genesis.state.keys(metadata.storage_key("System", "Account")))
    sudo = superuser = None
    if "Sudo" in metadata.pallets:
        key = genesis.state.get(metadata.storage_key("Sudo", "Key"))
        owner = metadata.decode_storage("Sudo", "Key", key)
        sudo = None if owner is None else bytes.fromhex(owner[2:])
    elif genesis.chain.id != RELAY:
        superuser = takes_superuser(genesis, calls)
    functions = frozenset(runtime.functions)
    return ChainFacts(
        metadata,
        calls,
        functions,
        form,
        sudo,
        accounts,
        runtime.version,
        unsigned=unsigned(genesis, calls, form, accounts),
        slot=_slot(genesis, functions),
        superuser=superuser,
    )


def _slot(genesis: Genesis, functions: frozenset[str]) -> int | None:
    """As BABE or Aura has it."""
    types = genesis.runtime.types
    for function in ("AuraApi_slot_duration", "BabeApi_configuration"):
        if function in functions and types.has(function):
            answer = types.answer(function, genesis.state.call(genesis.runtime, function))
            return int(answer["slot_duration"] if isinstance(answer, dict) else answer)
    return None


def _read(genesis: Genesis, metadata: Metadata, pallet: str, item: str) -> Any:
    return metadata.decode_storage(pallet, item, genesis.state.get(metadata.storage_key(pallet, item)))


def _cores(relay: Genesis, metadata: Metadata) -> CoreFacts | None:
    def read(pallet: str, item: str) -> Any:
        return _read(relay, metadata, pallet, item)

    scheduler = next((one for one in _SCHEDULERS if "CoreSchedules" in _items(metadata, one)), None)
    if scheduler is None or "ActiveConfig" not in _items(metadata, "Configuration"):
        return None
    config = read("Configuration", "ActiveConfig")
    params = config.get("scheduler_params", {})
    if not {"num_cores", "max_validators_per_core", "group_rotation_frequency"} <= params.keys():
        return None
    assigned: dict[int, tuple[int, ...]] = {}
    for key, value in relay.state.items(metadata.storage_key(scheduler, "CoreSchedules")):
        core = int.from_bytes(key[-4:], "little")  # the map's key ends in (block, core), unhashed
        for whom, _ in metadata.decode_storage(scheduler, "CoreSchedules", value)["assignments"]:
            if isinstance(whom, dict) and "Task" in whom:
                assigned[whom["Task"]] = (*assigned.get(whom["Task"], ()), core)
    validators = min(len(read("Session", "Validators")), config.get("max_validators") or 2**32)
    per_core = params["max_validators_per_core"]
    return CoreFacts(
        assigned=assigned,
        validators=validators,
        cores=max(params["num_cores"], validators // per_core if per_core else 0),
        extra=params["num_cores"],
        rotation=params["group_rotation_frequency"],
        session=int(metadata.constant("Babe", "EpochDuration")),
    )


def _items(metadata: Metadata, pallet: str) -> Mapping[str, Any]:
    found = metadata.pallets.get(pallet)
    return {} if found is None else found.storage
