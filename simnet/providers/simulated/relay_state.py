"""What the relay chain's runtime says of a block: sessions, validators, groups, cores, epochs.

Each answer comes from a runtime API of the block's own state, is decoded by the types of the block's own runtime, and
is kept with the block. Names of fields are those of polkadot-primitives and sp-consensus-babe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from simnet.chain.consensus_logs import PARACHAINS, consensus_logs
from simnet.chain.metadata import NotInRuntimeError
from simnet.chain.parachain_host import CLAIM_QUEUE, VALIDATOR_GROUPS, Rotation, claims_from, groups_from
from simnet.chain.runtime_types import RuntimeTypes
from simnet.codec import blake2_256, u32
from simnet.errors import HostError, RuntimeTrap
from simnet.providers.simulated.ledger import ExecutedBlock, Fact
from simnet.providers.simulated.relay_values import Core, Epoch, HostConfiguration, Included, SessionInfo
from simnet.runtime.host import STACK_VALUES, Runtime

_T = TypeVar("_T")

_LEGACY_BACKING_VOTES, _DEFAULT_LOOKAHEAD = 2, 3
"""What nodes assume of runtimes that do not say (polkadot-primitives LEGACY_MIN_BACKING_VOTES,
DEFAULT_SCHEDULING_LOOKAHEAD)."""

_APPROVALS_ALONE = {"max_approval_coalesce_count": 1}
"""What nodes assume of runtimes without approval_voting_params (polkadot-primitives ApprovalVotingParams::default)."""

_V2_RECEIPTS = 3
"""Bit of the node features (polkadot-primitives FeatureIndex)."""

_BACKING_TIMEOUT, _APPROVAL_TIMEOUT = 2_000, 12_000
"""Milliseconds (polkadot-node-primitives DEFAULT_BACKING_EXECUTION_TIMEOUT, DEFAULT_APPROVAL_EXECUTION_TIMEOUT)."""

_NO_VOTES = (None, b"\0")
"""What an empty list of codes is stored as."""

_PRE_CHECKING_TIMEOUT = 60_000
"""Milliseconds (polkadot-node-primitives DEFAULT_PRECHECK_PREPARATION_TIMEOUT)."""

_PREPARING_TIMEOUT = 360_000
"""Milliseconds (polkadot-primitives 26, executor_params.rs, DEFAULT_LENIENT_PREPARATION_TIMEOUT)."""

_LARGEST_CODE = 4 * 3 << 20
"""Bytes, of runtimes that do not say (polkadot-node-primitives VALIDATION_CODE_BOMB_LIMIT)."""


class CodeFailed(RuntimeTrap):
    """New code of a chain, or a state that root wrote, does not do what nodes ask of it."""


def call(block: ExecutedBlock, api: str, argument: bytes = b"") -> bytes:
    """What a runtime API answers on the block's state, encoded. Raises :class:`CodeFailed` where code that came by an
    upgrade cannot be instantiated, has no such function or traps: nodes log that and go without."""
    with _of_new_code(block, api):
        return block.state.call(block.runtime, api, argument)


def types_of(block: ExecutedBlock) -> RuntimeTypes:
    """How the runtime's answers and storage read; raises :class:`CodeFailed` as :func:`call`."""
    with _of_new_code(block, "Metadata_metadata"):
        return block.runtime.types


@contextmanager
def _of_new_code(block: ExecutedBlock, function: str) -> Iterator[None]:
    """What genesis' code does wrong is no node's business: it ends the run."""
    try:
        yield
    except (RuntimeTrap, HostError, NotInRuntimeError) as error:
        if not block.upgraded:
            raise
        why = error.message if isinstance(error, RuntimeTrap) else str(error)
        raise CodeFailed(runtime=str(block.runtime), function=function, message=why) from error


def ask(block: ExecutedBlock, api: str, argument: bytes = b"") -> Any:
    """What a runtime API answers on the block's state, decoded."""
    answer = call(block, api, argument)
    return types_of(block).answer(api, answer)


def ask_or(otherwise: Any, block: ExecutedBlock, api: str, argument: bytes = b"") -> Any:
    """The same, or what nodes assume of a runtime that has no such function."""
    return ask(block, api, argument) if types_of(block).has(api) else otherwise


def stored(block: ExecutedBlock, pallet: str, item: str, *keys: bytes) -> Any:
    """The value of a storage item in the block's state; ``keys`` are a map's key parts, encoded."""
    with _of_new_code(block, "Metadata_metadata"):
        types = types_of(block)
        return types.stored(pallet, item, block.state.get(types.metadata.storage_key(pallet, item, *keys)))


def _raw(block: ExecutedBlock, pallet: str, item: str) -> bytes | None:
    """What is stored under a value's key, encoded."""
    with _of_new_code(block, "Metadata_metadata"):
        return block.state.get(types_of(block).metadata.storage_key(pallet, item))


def _known_above(fact: Fact[_T], block: ExecutedBlock) -> _T | None:
    """What was found out about the block's parent; None when nobody asked."""
    return None if block.parent is None else fact.known(block.parent)


def _same(fact: Callable[[ExecutedBlock], object], block: ExecutedBlock) -> bool:
    """Whether it is the same for the block and its parent."""
    return block.parent is not None and fact(block.parent) == fact(block)


def _runtime(block: ExecutedBlock) -> Runtime:
    return block.runtime


@Fact
def session(block: ExecutedBlock) -> int:
    """Session of the block's children."""
    found: int = ask(block, "ParachainHost_session_index_for_child")
    return found


@Fact
def validators(block: ExecutedBlock) -> tuple[bytes, ...]:
    """Para-validator keys in the order of their indices, which is shuffled each session."""
    return tuple(ask(block, "ParachainHost_validators"))


@Fact
def validator_indices(block: ExecutedBlock) -> dict[bytes, int]:
    """Indices of the para-validators by their keys."""
    return {key: index for index, key in enumerate(validators(block))}


@Fact
def groups(block: ExecutedBlock) -> tuple[tuple[tuple[int, ...], ...], Rotation]:
    """Backing groups as validator indices, and how they rotate."""
    return groups_from(ask(block, VALIDATOR_GROUPS))


@Fact
def claims(block: ExecutedBlock) -> dict[int, tuple[int, ...]]:
    """The claim queue: for each core the paras that are to use it, next first."""
    return claims_from(ask(block, CLAIM_QUEUE))


@Fact
def cores(block: ExecutedBlock) -> tuple[Core, ...]:
    """Availability cores by index."""
    return tuple(map(_core, ask(block, "ParachainHost_availability_cores")))


@Fact
def session_info(block: ExecutedBlock) -> SessionInfo:
    """Of the session of the block's children; blocks of one session share it, whatever is written meanwhile, as nodes
    keep it by the session's index (polkadot-node-core-runtime-api cache.rs)."""
    known = _known_above(session_info, block)
    if known is not None and known.index == session(block) and _same(validators, block):
        return known
    info = ask(block, "ParachainHost_session_info", u32(session(block)))
    if info is None:  # nodes log that and go without
        told = f"it knows no session {session(block)}"
        raise CodeFailed(runtime=str(block.runtime), function="ParachainHost_session_info", message=told)
    params = ask_or(_APPROVALS_ALONE, block, "ParachainHost_approval_voting_params")
    return SessionInfo(
        index=session(block),
        validators=tuple(info["validators"]),
        groups=tuple(map(tuple, info["validator_groups"])),
        cores=info["n_cores"],
        zeroth_width=info["zeroth_delay_tranche_width"],
        modulo_samples=info["relay_vrf_modulo_samples"],
        tranches=info["n_delay_tranches"],
        no_show_slots=info["no_show_slots"],
        needed=info["needed_approvals"],
        coalesce=params["max_approval_coalesce_count"],
    )


@Fact
def host_configuration(block: ExecutedBlock) -> HostConfiguration:
    """Of the session of the block's children; blocks of one session share them, as :func:`session_info`."""
    known = _known_above(host_configuration, block)
    if known is not None and known.session == session(block) and _same(_runtime, block):
        return known

    params = ask_or(None, block, "ParachainHost_session_executor_params", u32(session(block)))
    executor = _executor_params(params or [])
    return HostConfiguration(
        session=session(block),
        backing_votes=ask_or(_LEGACY_BACKING_VOTES, block, "ParachainHost_minimum_backing_votes"),
        lookahead=ask_or(_DEFAULT_LOOKAHEAD, block, "ParachainHost_scheduling_lookahead"),
        v2_receipts=bool(ask_or(0, block, "ParachainHost_node_features") >> _V2_RECEIPTS & 1),
        memory_pages=executor.get("memory"),
        backing_timeout=executor.get("Backing", _BACKING_TIMEOUT),
        approval_timeout=executor.get("Approval", _APPROVAL_TIMEOUT),
        pre_checking_timeout=executor.get("Precheck", _PRE_CHECKING_TIMEOUT),
        preparing_timeout=executor.get("Prepare", _PREPARING_TIMEOUT),
        stack_values=executor.get("stack", STACK_VALUES),
        largest_code=ask_or(_LARGEST_CODE, block, "ParachainHost_validation_code_bomb_limit"),
    )


@Fact
def included(block: ExecutedBlock) -> tuple[Included, ...]:
    """Candidates that the block itself includes."""
    if block.parent is None or not any(core.candidate for core in cores(block.parent)):
        return ()
    events = (event.get("CandidateIncluded") for event in ask(block, "ParachainHost_candidate_events"))
    return tuple(_included(*event) for event in events if event is not None)


@Fact
def to_pre_check(block: ExecutedBlock) -> tuple[bytes, ...]:
    """Hashes of validation codes on which the chain asks validators to vote; none where a runtime does not ask."""
    api = "ParachainHost_pvfs_require_precheck"
    if not types_of(block).has(api) or _raw(block, "Paras", "PvfActiveVoteList") in _NO_VOTES:
        return ()
    return tuple(ask(block, api))


@Fact
def disputed(block: ExecutedBlock) -> dict[tuple[int, bytes], tuple[int, int]]:
    """Disputes that the chain knows: by session and candidate who voted for and against, as bits by validator."""
    return {
        (session_, candidate): (state["validators_for"], state["validators_against"])
        for session_, candidate, state in ask(block, "ParachainHost_disputes")
    }


@Fact
def backers(block: ExecutedBlock) -> dict[bytes, tuple[int, ...]]:
    """Candidates that the block itself backs, by hash, each with the validators whose votes it took."""
    votes = ask(block, "ParachainHost_on_chain_votes")
    if votes is None:
        return {}
    return {
        blake2_256(receipt): tuple(validator for validator, _ in backing)
        for (_, receipt), backing in votes["backing_validators_per_candidate"]
    }


@Fact
def reversions(block: ExecutedBlock) -> tuple[int, ...]:
    """Heights of ancestors that the block gives up with all on them, lowest first: the runtime saw that they include
    what was found invalid (ConsensusLog::Revert of polkadot-primitives)."""
    logs = consensus_logs(block.decoded().logs, PARACHAINS)
    return tuple(sorted(height for name, height in logs if name == "Revert"))


@Fact
def unapplied_slashes(block: ExecutedBlock) -> tuple[tuple[int, bytes, bytes, int, bytes], ...]:
    """Validators that lost a dispute of an earlier session and are not punished yet: session, candidate, kind of
    offence (one byte), index and key of each."""
    newer = "ParachainHost_unapplied_slashes_v2"
    api = newer if types_of(block).has(newer) else "ParachainHost_unapplied_slashes"
    return tuple(
        (session_, candidate, slashes["kind"][1], index, key)
        for session_, candidate, slashes in ask(block, api)
        for index, key in slashes["keys"]
    )


@Fact
def disabled(block: ExecutedBlock) -> tuple[int, ...]:
    """Indices of the para-validators that are disabled: those of pallet-session that the session has as such."""
    known = _known_above(disabled, block)
    if known is not None and _same(session, block) and _same(_disabled_seats, block):
        return known
    return tuple(ask_or((), block, "ParachainHost_disabled_validators"))


@Fact
def _disabled_seats(block: ExecutedBlock) -> bytes | None:
    """What pallet-session has of them, encoded."""
    return _raw(block, "Session", "DisabledValidators")


@Fact
def authorities(block: ExecutedBlock) -> tuple[bytes, ...]:
    """GRANDPA authorities (ed25519) that the block's state has."""
    return keys_of(ask(block, "GrandpaApi_grandpa_authorities"))


def para_head(block: ExecutedBlock, para: int) -> bytes:
    """Head data of the last included block of a parachain; empty without one."""
    heads = _heads(block)
    if para not in heads:
        heads[para] = stored(block, "Paras", "Heads", u32(para)) or b""
    return heads[para]


@Fact
def _heads(block: ExecutedBlock) -> dict[int, bytes]:
    """Head data by parachain, of those that were asked for."""
    return {}


def epoch_for(parent: ExecutedBlock, slot: int) -> Epoch:
    """The epoch in which a child of ``parent`` at ``slot`` is authored."""
    if parent.number == 0:
        return _genesis_epoch(parent).starting_at(slot)
    current = epoch(parent)
    if slot < current.end_slot:
        return current
    return _next_epoch(parent).at_slot(slot)


@Fact
def epoch(block: ExecutedBlock) -> Epoch:
    """The epoch that a block is in. The first block at or after its end begins another (pallet-babe's
    should_epoch_change)."""
    known = _known_above(epoch, block)
    if known is not None and block.slot < known.end_slot:
        return known
    return _epoch(ask(block, "BabeApi_current_epoch"))


@Fact
def _next_epoch(block: ExecutedBlock) -> Epoch:
    return _epoch(ask(block, "BabeApi_next_epoch"))


@Fact
def _genesis_epoch(block: ExecutedBlock) -> Epoch:
    """The first epoch, which begins with the slot of the first block."""
    told = ask(block, "BabeApi_configuration")
    return Epoch(0, 0, told["epoch_length"], keys_of(told["authorities"]), told["randomness"], tuple(told["c"]))


def keys_of(weighted: list[Any]) -> tuple[bytes, ...]:
    """Keys of authorities, which come with weights."""
    return tuple(key for key, _ in weighted)


def _epoch(told: Any) -> Epoch:
    return Epoch(
        index=told["epoch_index"],
        start_slot=told["start_slot"],
        duration=told["duration"],
        authorities=keys_of(told["authorities"]),
        randomness=told["randomness"],
        c=tuple(told["config"]["c"]),
    )


def _core(state: Any) -> Core:
    if state == "Free":
        return Core(None, None)
    ((kind, told),) = state.items()
    if kind == "Scheduled":
        return Core(None, told["para_id"])
    candidate = told["candidate_descriptor"]
    return Core(told["candidate_hash"], candidate["para_id"], candidate["para_head"])


def _included(receipt: tuple[Any, bytes], _head: bytes, core: int, group: int) -> Included:
    value, encoded = receipt
    return Included(blake2_256(encoded), value["descriptor"]["para_id"], core, group)


def _executor_params(parameters: list[Any]) -> dict[str, int]:
    """What simulated validators heed of a session's executor parameters (polkadot-primitives executor_params.rs):
    pages of ``memory``, values on the ``stack``, by the kind of execution or preparation the milliseconds that it may
    take."""
    found: dict[str, int] = {}
    for parameter in parameters:
        match parameter:
            case {"MaxMemoryPages": pages}:
                found["memory"] = pages
            case {"PvfExecTimeout": [kind, milliseconds]} | {"PvfPrepTimeout": [kind, milliseconds]}:
                found[kind] = milliseconds
            case {"StackLogicalMax": values}:
                found["stack"] = values
    return found
