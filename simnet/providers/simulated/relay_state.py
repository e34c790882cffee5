"""What the relay chain's runtime says of a block: sessions, validators, groups, cores, epochs.

Each answer comes from a runtime API of the block's own state and is kept with the block. Layouts are those of
polkadot-primitives' runtime_api and sp-consensus-babe; integers are little-endian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TypeVar

from simnet.chain.parachain_host import CLAIM_QUEUE, VALIDATOR_GROUPS, Rotation, decode_claims, decode_groups
from simnet.codec import blake2_256, read_bytes, read_compact, storage_prefix, take, twox_64, u32
from simnet.providers.simulated.ledger import Block

_T = TypeVar("_T")

_DESCRIPTOR = 292
"""Bytes of a candidate descriptor, version 2 as well as 1."""

_INCLUDED_EVENT, _TIMED_OUT_EVENT = 1, 2
"""Variants of polkadot-primitives' CandidateEvent."""

_LEGACY_BACKING_VOTES, _DEFAULT_LOOKAHEAD = 2, 3
"""What nodes assume of runtimes that do not say (polkadot-primitives LEGACY_MIN_BACKING_VOTES,
DEFAULT_SCHEDULING_LOOKAHEAD)."""

_V2_RECEIPTS = 3
"""Bit of the node features (polkadot-primitives FeatureIndex)."""

_REVERT = b"\x04"
"""Variant of polkadot-primitives' ConsensusLog."""

_FORCED_CHANGE = b"\x02"

_ATTESTATION = 65
"""Bytes of a ValidityAttestation: its kind and a signature."""


@dataclass(frozen=True)
class Epoch:
    """A BABE epoch: who may author in its slots. ``c`` is the primary rate, ``randomness`` 32 bytes."""

    index: int
    start_slot: int
    duration: int
    authorities: tuple[bytes, ...]
    randomness: bytes
    c: tuple[int, int]

    @property
    def end_slot(self) -> int:
        return self.start_slot + self.duration

    def at_slot(self, slot: int) -> Epoch:
        """The epoch, moved so that it holds the slot: data of a skipped epoch is used for a later one."""
        skipped = max(0, (slot - self.start_slot) // self.duration)
        return replace(self, index=self.index + skipped, start_slot=self.start_slot + skipped * self.duration)

    @property
    def primary_threshold(self) -> int:
        """A score below this claims a slot: 2**128 (1 - (1 - c)**(1/n)), in the float arithmetic of
        sc-consensus-babe's calculate_primary_threshold."""
        share = Fraction(1.0 - (1.0 - self.c[0] / self.c[1]) ** (1.0 / len(self.authorities)))
        return share.numerator * (1 << 128) // share.denominator


@dataclass(frozen=True)
class Core:
    """An availability core: the candidate pending on it, if any."""

    candidate: bytes | None
    para: int | None
    relay_parent: bytes | None = None
    head_hash: bytes | None = None


@dataclass(frozen=True)
class SessionInfo:
    """What a session fixes for approval checking and disputes (polkadot-primitives SessionInfo)."""

    index: int
    validators: tuple[bytes, ...]
    groups: tuple[tuple[int, ...], ...]
    cores: int
    zeroth_width: int
    """zeroth_delay_tranche_width."""
    modulo_samples: int
    """relay_vrf_modulo_samples."""
    tranches: int
    """n_delay_tranches."""
    no_show_slots: int
    needed: int
    """needed_approvals."""
    coalesce: int
    """max_approval_coalesce_count."""


@dataclass(frozen=True)
class Terms:
    """What the chain's configuration fixes for a session about backing and validation, beside :class:`SessionInfo`."""

    session: int
    backing_votes: int
    """minimum_backing_votes: a smaller group needs all its votes."""
    lookahead: int
    """scheduler_params.lookahead: a candidate's relay parent is one of the newest so many relay blocks."""
    v2_receipts: bool
    """Whether candidates have descriptors of version 2 (FeatureIndex::CandidateReceiptV2)."""
    memory_pages: int | None
    """ExecutorParam::MaxMemoryPages; the node's own where that is not set."""
    backing_timeout: int
    approval_timeout: int
    """Milliseconds that executing a proof may take (ExecutorParam::PvfExecTimeout, or polkadot-node-primitives'
    DEFAULT_BACKING_EXECUTION_TIMEOUT and DEFAULT_APPROVAL_EXECUTION_TIMEOUT)."""


@dataclass(frozen=True)
class Included:
    """A candidate that a block includes."""

    candidate: bytes
    para: int
    core: int
    group: int


def _fact(block: Block, name: str, make: Callable[[], _T]) -> _T:
    facts = block.facts
    if name not in facts:
        facts[name] = make()
    found: _T = facts[name]
    return found


def call(block: Block, api: str, argument: bytes = b"") -> bytes:
    """A runtime API on the block's state."""
    return block.state.call(block.runtime, api, argument)


def session(block: Block) -> int:
    """Session of the block's children."""
    return _fact(
        block, "session", lambda: int.from_bytes(call(block, "ParachainHost_session_index_for_child"), "little")
    )


def validators(block: Block) -> tuple[bytes, ...]:
    """Para-validator keys in the order of their indices, which is shuffled each session."""
    return _fact(block, "validators", lambda: _vector(call(block, "ParachainHost_validators"), 32))


def groups(block: Block) -> tuple[tuple[tuple[int, ...], ...], Rotation]:
    """Backing groups as validator indices, and how they rotate."""
    return _fact(block, "groups", lambda: decode_groups(call(block, VALIDATOR_GROUPS)))


def claims(block: Block) -> dict[int, tuple[int, ...]]:
    """The claim queue: for each core the paras that are to use it, next first."""
    return _fact(block, "claims", lambda: decode_claims(call(block, CLAIM_QUEUE)))


def cores(block: Block) -> tuple[Core, ...]:
    """Availability cores by index."""
    return _fact(block, "cores", lambda: _cores(call(block, "ParachainHost_availability_cores")))


def session_info(block: Block) -> SessionInfo:
    """Of the session of the block's children; blocks of one session share it."""

    def find() -> SessionInfo:
        above = block.parent
        if above is not None and "session info" in above.facts and validators(above) == validators(block):
            known: SessionInfo = above.facts["session info"]
            if known.index == session(block):
                return known
        answer = call(block, "ParachainHost_session_info", u32(session(block)))
        coalesce = call(block, "ParachainHost_approval_voting_params")
        return _session_info(session(block), answer, int.from_bytes(coalesce[:4], "little"))

    return _fact(block, "session info", find)


def terms(block: Block) -> Terms:
    """Of the session of the block's children; blocks of one session share them."""

    def find() -> Terms:
        above = block.parent
        if above is not None and "terms" in above.facts and above.runtime is block.runtime:
            known: Terms = above.facts["terms"]
            if known.session == session(block):
                return known
        return _terms(block)

    return _fact(block, "terms", find)


def included(block: Block) -> tuple[Included, ...]:
    """Candidates that the block itself includes."""

    def find() -> tuple[Included, ...]:
        if block.parent is None or not any(core.candidate for core in cores(block.parent)):
            return ()
        return _included(call(block, "ParachainHost_candidate_events"))

    return _fact(block, "included", find)


def disputed(block: Block) -> dict[tuple[int, bytes], tuple[int, int]]:
    """Disputes that the chain knows: by session and candidate who voted for and against, as bits by validator."""
    return _fact(block, "disputed", lambda: _disputes(call(block, "ParachainHost_disputes")))


def backers(block: Block) -> dict[bytes, tuple[int, ...]]:
    """Candidates that the block itself backs, by hash, each with the validators whose votes it took."""
    return _fact(block, "backers", lambda: _backers(call(block, "ParachainHost_on_chain_votes")))


def reversions(block: Block) -> tuple[int, ...]:
    """Heights of ancestors that the block gives up with all on them, lowest first: the runtime saw that they include
    what was found invalid (ConsensusLog::Revert of polkadot-primitives)."""

    def find() -> tuple[int, ...]:
        logs = _consensus_logs(block, b"POL1")
        return tuple(sorted(_int(payload, 1)[0] for payload in logs if payload[:1] == _REVERT))

    return _fact(block, "reversions", find)


def forces_change(block: Block) -> bool:
    """Whether the block forces another set of GRANDPA authorities (sp-consensus-grandpa ConsensusLog)."""
    return any(payload[:1] == _FORCED_CHANGE for payload in _consensus_logs(block, b"FRNK"))


def _consensus_logs(block: Block, engine: bytes) -> Iterator[bytes]:
    """What the runtime left in the block's digest for a consensus engine."""
    for log in block.decoded().logs:
        item = bytes.fromhex(log[2:])
        if item[:5] == b"\x04" + engine:
            yield read_bytes(item, 5)[0]


def unapplied_slashes(block: Block) -> tuple[tuple[int, bytes, bytes, int, bytes], ...]:
    """Validators that lost a dispute of an earlier session and are not punished yet: session, candidate, kind of
    offence (one byte), index and key of each."""
    return _fact(block, "slashes", lambda: _slashes(call(block, "ParachainHost_unapplied_slashes_v2")))


def disabled(block: Block) -> tuple[int, ...]:
    """Indices of the para-validators that are disabled: those of pallet-session that the session has as such."""

    def find() -> tuple[int, ...]:
        above = block.parent
        if above is not None and "disabled" in above.facts:
            known: tuple[int, ...] = above.facts["disabled"]
            if all(fact(above) == fact(block) for fact in (session, _disabled_validators)):
                return known
        data = call(block, "ParachainHost_disabled_validators")
        count, offset = read_compact(data, 0)
        return tuple(_int(data, offset + 4 * i)[0] for i in range(count))

    return _fact(block, "disabled", find)


def _disabled_validators(block: Block) -> bytes | None:
    """What pallet-session has of them."""
    key = storage_prefix("Session", "DisabledValidators")
    return _fact(block, "disabled validators", lambda: block.state.get(key))


def authorities(block: Block) -> tuple[bytes, ...]:
    """GRANDPA authorities (ed25519) that the block's state has."""
    return _fact(block, "grandpa", lambda: weighted_keys(call(block, "GrandpaApi_grandpa_authorities")))


def para_head(block: Block, para: int) -> bytes:
    """Head data of the last included block of a parachain."""
    return _fact(block, f"head {para}", lambda: read_bytes(block.state.get(_head_key(para)) or b"\0", 0)[0])


@cache
def _head_key(para: int) -> bytes:
    return storage_prefix("Paras", "Heads") + twox_64(u32(para)) + u32(para)


def epoch_for(parent: Block, slot: int) -> Epoch:
    """The epoch in which a child of ``parent`` at ``slot`` is authored."""
    if parent.number == 0:
        first = _fact(parent, "genesis epoch", lambda: _configuration(call(parent, "BabeApi_configuration")))
        return replace(first, start_slot=slot)
    current = _fact(parent, "epoch", lambda: _current_epoch(parent))
    if slot < current.end_slot:
        return current
    return _fact(parent, "next epoch", lambda: _epoch(call(parent, "BabeApi_next_epoch"))).at_slot(slot)


def _current_epoch(block: Block) -> Epoch:
    """The epoch that a block is in. The first block at or after its end begins another (pallet-babe's
    should_epoch_change)."""
    above = block.parent
    if above is not None and "epoch" in above.facts:
        known: Epoch = above.facts["epoch"]
        if block.slot < known.end_slot:
            return known
    return _epoch(call(block, "BabeApi_current_epoch"))


def weighted_keys(data: bytes, offset: int = 0) -> tuple[bytes, ...]:
    """Keys of a ``Vec<(key, weight)>``."""
    count, offset = read_compact(data, offset)
    return tuple(data[offset + 40 * i : offset + 40 * i + 32] for i in range(count))


def _vector(data: bytes, size: int) -> tuple[bytes, ...]:
    count, offset = read_compact(data, 0)
    return tuple(data[offset + size * i : offset + size * (i + 1)] for i in range(count))


def _int(data: bytes, offset: int, size: int = 4) -> tuple[int, int]:
    raw, offset = take(data, offset, size)
    return int.from_bytes(raw, "little"), offset


def _scheduled(data: bytes, offset: int) -> tuple[int, int]:
    """ScheduledCore: para id and an optional collator."""
    para, offset = _int(data, offset)
    return para, offset + (33 if data[offset] else 1)


def _optional_scheduled(data: bytes, offset: int) -> int:
    return _scheduled(data, offset + 1)[1] if data[offset] else offset + 1


def _cores(data: bytes) -> tuple[Core, ...]:
    count, offset = read_compact(data, 0)
    out = []
    for _ in range(count):
        state, offset = data[offset], offset + 1
        if state == 0:
            offset = _optional_scheduled(data, offset) + 8
            offset = _optional_scheduled(data, offset)
            bits, offset = read_compact(data, offset)
            offset += (bits + 7) // 8 + 4
            candidate, offset = take(data, offset, 32)
            descriptor, offset = take(data, offset, _DESCRIPTOR)
            head = descriptor[_DESCRIPTOR - 64 : _DESCRIPTOR - 32]
            out.append(Core(candidate, _int(descriptor, 0)[0], descriptor[4:36], head))
        elif state == 1:
            para, offset = _scheduled(data, offset)
            out.append(Core(None, para))
        else:
            out.append(Core(None, None))
    return tuple(out)


def _epoch(data: bytes) -> Epoch:
    index, start, duration = (_int(data, 8 * i, 8)[0] for i in range(3))
    keys = weighted_keys(data, 24)
    offset = read_compact(data, 24)[1] + 40 * len(keys)
    randomness, offset = take(data, offset, 32)
    return Epoch(index, start, duration, keys, randomness, (_int(data, offset, 8)[0], _int(data, offset + 8, 8)[0]))


def _configuration(data: bytes) -> Epoch:
    """BabeConfiguration: slot duration, epoch length, c, authorities, randomness, allowed slots."""
    duration = _int(data, 8, 8)[0]
    c = (_int(data, 16, 8)[0], _int(data, 24, 8)[0])
    keys = weighted_keys(data, 32)
    offset = read_compact(data, 32)[1] + 40 * len(keys)
    return Epoch(0, 0, duration, keys, take(data, offset, 32)[0], c)


def _session_info(index: int, data: bytes, coalesce: int) -> SessionInfo:
    """An ``Option<SessionInfo>``, which is there for a running session."""
    _, offset = _indices(data, 1)
    offset += 36
    keys = _vector_at(data, offset)
    for _ in range(3):  # validators, discovery keys, assignment keys
        count, offset = read_compact(data, offset)
        offset += 32 * count
    count, offset = read_compact(data, offset)
    groups_ = []
    for _ in range(count):
        group, offset = _indices(data, offset)
        groups_.append(group)
    cores_, width, samples, tranches, slots, needed = (_int(data, offset + 4 * i)[0] for i in range(6))
    return SessionInfo(index, keys, tuple(groups_), cores_, width, samples, tranches, slots, needed, coalesce)


def _terms(block: Block) -> Terms:
    has = block.runtime.functions

    def number(api: str, otherwise: int) -> int:
        return int.from_bytes(call(block, api), "little") if api in has else otherwise

    features, parameters = b"", b"\0\0"
    if "ParachainHost_node_features" in has:
        answer = call(block, "ParachainHost_node_features")
        features = answer[read_compact(answer, 0)[1] :]
    if "ParachainHost_session_executor_params" in has:
        parameters = call(block, "ParachainHost_session_executor_params", u32(session(block)))
    executor = _executor_params(parameters)
    return Terms(
        session=session(block),
        backing_votes=number("ParachainHost_minimum_backing_votes", _LEGACY_BACKING_VOTES),
        lookahead=number("ParachainHost_scheduling_lookahead", _DEFAULT_LOOKAHEAD),
        v2_receipts=bool(int.from_bytes(features, "little") >> _V2_RECEIPTS & 1),
        memory_pages=executor.get("memory"),
        backing_timeout=executor.get("backing", 2_000),
        approval_timeout=executor.get("approval", 12_000),
    )


def _executor_params(data: bytes) -> dict[str, int]:
    """Of an ``Option<ExecutorParams>`` what simulated validators heed; a list of variants (executor_params.rs)."""
    found: dict[str, int] = {}
    if data[:1] != b"\x01":
        return found
    count, offset = read_compact(data, 1)
    for _ in range(count):
        kind, offset = data[offset], offset + 1
        if kind == 7:  # WasmExtBulkMemory
            continue
        if kind in (5, 6):  # PvfPrepTimeout, PvfExecTimeout
            use, offset = data[offset], offset + 1
            value, offset = _int(data, offset, 8)
            if kind == 6:
                found[("backing", "approval")[use]] = value
            continue
        value, offset = _int(data, offset, 8 if kind == 4 else 4)  # 4: PrecheckingMaxMemory
        if kind == 1:
            found["memory"] = value
    return found


def _indices(data: bytes, offset: int) -> tuple[tuple[int, ...], int]:
    count, offset = read_compact(data, offset)
    return tuple(_int(data, offset + 4 * i)[0] for i in range(count)), offset + 4 * count


def _vector_at(data: bytes, offset: int) -> tuple[bytes, ...]:
    return _vector(data[offset:], 32)


def _included(data: bytes) -> tuple[Included, ...]:
    """Of a ``Vec<CandidateEvent>`` those that tell of an inclusion; each has a receipt, a head, a core, and unless it
    timed out a group."""
    count, offset = read_compact(data, 0)
    out = []
    for _ in range(count):
        kind = data[offset]
        receipt, offset = take(data, offset + 1, _DESCRIPTOR + 32)
        _, offset = read_bytes(data, offset)
        core, offset = _int(data, offset)
        if kind == _TIMED_OUT_EVENT:
            continue
        group, offset = _int(data, offset)
        if kind == _INCLUDED_EVENT:
            out.append(Included(blake2_256(receipt), _int(receipt, 0)[0], core, group))
    return tuple(out)


def _disputes(data: bytes) -> dict[tuple[int, bytes], tuple[int, int]]:
    count, offset = read_compact(data, 0)
    out = {}
    for _ in range(count):
        session_, offset = _int(data, offset)
        candidate, offset = take(data, offset, 32)
        bits = []
        for _ in range(2):
            length, offset = read_compact(data, offset)
            raw, offset = take(data, offset, (length + 7) // 8)
            bits.append(int.from_bytes(raw, "little"))
        out[session_, candidate] = (bits[0], bits[1])
        offset += 4
        offset += 5 if data[offset] else 1
    return out


def _backers(data: bytes) -> dict[bytes, tuple[int, ...]]:
    """Of an ``Option<ScrapedOnChainVotes>`` the receipts with their votes; the session stands before them."""
    if data[:1] != b"\x01":
        return {}
    count, offset = read_compact(data, 5)
    out = {}
    for _ in range(count):
        receipt, offset = take(data, offset, _DESCRIPTOR + 32)
        votes, offset = read_compact(data, offset)
        size = 4 + _ATTESTATION
        out[blake2_256(receipt)] = tuple(_int(data, offset + size * i)[0] for i in range(votes))
        offset += size * votes
    return out


def _slashes(data: bytes) -> tuple[tuple[int, bytes, bytes, int, bytes], ...]:
    count, offset = read_compact(data, 0)
    out = []
    for _ in range(count):
        session_, offset = _int(data, offset)
        candidate, offset = take(data, offset, 32)
        keys, offset = read_compact(data, offset)
        losers = [
            (_int(data, offset + 36 * i)[0], data[offset + 36 * i + 4 : offset + 36 * i + 36]) for i in range(keys)
        ]
        kind, offset = take(data, offset + 36 * keys, 1)
        out += [(session_, candidate, kind, index, key) for index, key in losers]
    return tuple(out)
