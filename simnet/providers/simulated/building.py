"""Making blocks with a chain's own runtime: initialize, inherents, extrinsics, finalize, seal.

What a node's block builder does (sc-basic-authorship, sc-block-builder), in the same order of runtime calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from simnet.codec import blake2_256, compact, read_bytes, read_compact, vec, vec_bytes
from simnet.errors import SimnetError
from simnet.providers.simulated.block_writes import Entries
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.runtime.diff import not_offered
from simnet.runtime.host import Execution, Runtime, State

PRE_RUNTIME, SEAL = b"\x06", b"\x05"

_FUTURE = b"\x01\x00\x02"
"""``Err(InvalidTransaction::Future)``: an earlier nonce is still missing."""

_EXHAUSTED = b"\x01\x00\x06"
"""``Err(InvalidTransaction::ExhaustsResources)``: the block is full, so it waits for the next."""

_ONLY_INHERENTS = b"\x01"
"""``ExtrinsicInclusionMode`` of a block of a migration that takes several: what is in the pool waits, since importers
would refuse the block (sc-block-builder 0.51, ``extrinsic_inclusion_mode``; frame-executive 49,
``apply_extrinsics``)."""


@dataclass(frozen=True)
class Built:
    """A sealed block, and the extrinsics of the pool that the runtime will never take."""

    block: ExecutedBlock
    refused: tuple[bytes, ...]


def header(parent: bytes, number: int, logs: Iterable[bytes], state_root: bytes = bytes(32)) -> bytes:
    """An unsealed header as ``Core_initialize_block`` takes it."""
    return parent + compact(number) + state_root + bytes(32) + vec(logs)


def digest(kind: bytes, engine: bytes, payload: bytes) -> bytes:
    """A digest item that an engine wrote."""
    return kind + engine + vec_bytes(payload)


def inherent_data(items: Sequence[tuple[bytes, bytes]]) -> bytes:
    """sp_inherents::InherentData: values by identifiers of eight bytes, in their order."""
    return vec(name + vec_bytes(value) for name, value in sorted(items))


def build(
    parent: ExecutedBlock,
    logs: Sequence[bytes],
    inherents: Sequence[tuple[bytes, bytes]],
    pool: Sequence[bytes],
    seal: Callable[[bytes], bytes],
    *,
    record: bool = False,
    after: Execution | None = None,
    limit: int | None = None,
    runtime: Runtime | None = None,
    amend: Callable[[ExecutedBlock, Execution], None] | None = None,
    writes: Entries = (),
) -> tuple[Built, Execution]:
    """A block on ``parent``. ``seal`` gives the seal's digest item for the hash of the unsealed header; ``amend`` may
    change the state of the block on ``parent`` after its extrinsics, as a runtime with a planted defect does; with
    ``writes`` it begins, before its runtime is called. With a record, what the pool has goes into the block only while
    it and the proof stay within ``limit`` bytes. ``after`` recorded ``parent`` as the block before it in one candidate,
    so that the record continues that one's. ``runtime`` is what the author runs, by default what ``parent`` leaves.

    Raises :class:`SimnetError` when the runtime refuses an inherent and
    :class:`~simnet.runtime.host.RuntimeTrap` when it panics: the author loses its slot then.
    """
    runtime = runtime or parent.runtime
    execution = parent.state.execute(record=record) if after is None else parent.state.execute_after(after)
    for key, value in writes:
        execution.set(key, value)
    mode = execution.call(runtime, "Core_initialize_block", header(parent.hash, parent.number + 1, logs))
    body = _list(execution.peek(runtime, "BlockBuilder_inherent_extrinsics", inherent_data(inherents)))
    for extrinsic in body:
        answer = execution.call(runtime, "BlockBuilder_apply_extrinsic", extrinsic)
        if answer[:1] != b"\0":
            raise SimnetError(f"the runtime {runtime.version.spec_name} refused an inherent: 0x{answer.hex()}")
    open_to = () if mode == _ONLY_INHERENTS else pool
    taken, refused = _apply(execution, runtime, open_to, sum(map(len, body)), limit)
    body += taken
    if amend is not None:
        amend(parent, execution)
    unsealed = execution.call(runtime, "BlockBuilder_finalize_block")
    state = execution.finish()
    if state.root not in unsealed[32:80]:
        raise AssertionError("the header has another state root than the state")
    sealed = _sealed(unsealed, seal(blake2_256(unsealed)))
    block = ExecutedBlock(sealed, parent, tuple(body), state, runtime, made_by=runtime, upgraded=parent.upgraded)
    if state.code_id != parent.state.code_id:  # whoever wrote it: nodes read the state, not the header
        block.runtime = _brought(state, runtime)
        block.upgraded |= block.runtime is not runtime
    return Built(block, refused), execution


def _brought(state: State, before: Runtime) -> Runtime:
    """What new code leaves. Nodes instantiate none that imports a function which they do not offer; those that the code
    before imported, they do."""
    runtime = state.runtime_or_unusable(before.owners)
    parachain = "validate_block" in runtime.functions
    lacking = set(not_offered(runtime.imports, parachain=parachain)).difference(before.imports)
    if not lacking:
        return runtime
    return state.unusable_runtime(f"it imports {', '.join(sorted(lacking))}, which no published node offers")


def _apply(
    execution: Execution, runtime: Runtime, pool: Sequence[bytes], used: int, limit: int | None
) -> tuple[list[bytes], tuple[bytes, ...]]:
    """Applies extrinsics in order, those that came before their nonce's turn again after others.

    ``used`` bytes of extrinsics are in the block already. One that exceeds ``limit`` with them and the proof so far is
    not tried (sc-basic-authorship, with the proof in the estimate)."""
    taken: list[bytes] = []
    refused: list[bytes] = []
    waiting = list(pool)
    while waiting:
        later = []
        for extrinsic in waiting:
            if limit is not None and used + execution.proof_size + len(extrinsic) > limit:
                continue
            execution.begin()
            answer = execution.call(runtime, "BlockBuilder_apply_extrinsic", extrinsic)
            if answer[:1] == b"\0":
                execution.commit()
                taken.append(extrinsic)
                used += len(extrinsic)
                continue
            execution.rollback()
            if answer.startswith(_FUTURE):
                later.append(extrinsic)
            elif not answer.startswith(_EXHAUSTED):
                refused.append(extrinsic)
        if len(later) == len(waiting):
            break
        waiting = later
    return taken, tuple(refused)


def _list(data: bytes) -> list[bytes]:
    """Extrinsics of a ``Vec<OpaqueExtrinsic>``, each with its length in front."""
    count, offset = read_compact(data, 0)
    out = []
    for _ in range(count):
        start = offset
        _, offset = read_bytes(data, offset)
        out.append(data[start:offset])
    return out


def _sealed(unsealed: bytes, item: bytes) -> bytes:
    offset = read_compact(unsealed, 32)[1] + 64
    count, rest = read_compact(unsealed, offset)
    return unsealed[:offset] + compact(count + 1) + unsealed[rest:] + item
