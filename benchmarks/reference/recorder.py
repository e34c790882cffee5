"""Records the chain of the reference: ``python -m benchmarks.reference.recorder``.

Only for a new bundled Rococo runtime: what it writes is another reference, to which no older ratio compares. It runs a
simulated network of four validators and two parachains with messages between all chains, takes the relay chain's
finalized blocks, and executes them once more to see of which types their events are.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wasmtime import FuncType, Global, Linker, Memory, MemoryType, Store

import simnet.runtime.host
from benchmarks.reference.chain import Chain
from benchmarks.reference.decoding import Decoders, read_compact
from benchmarks.reference.recording import BUNDLED, CODE, FILE, Code, Recording, Types
from benchmarks.reference.work import Work
from benchmarks.simulated_network import network
from simnet.chain import _type_registry as registry
from simnet.chain.metadata import Metadata
from simnet.codec import Header, vec
from simnet.journal import Journal
from simnet.network.topology import RELAY
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan
from simnet.providers.network import Network
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.runtime.genesis import GenesisMaker
from simnet.runtime.host import Host
from simnet.runtime.host._entry import ALLOCATOR, entry
from simnet.runtime.host._functions import ALLOCATOR_FUNCTIONS
from simnet.runtime.host._glue import glue, signature_of
from simnet.runtime.host._modules import engine, module
from simnet.runtime.host._native import Native, encode_list
from simnet.runtime.host._runtime import ON_CHAIN
from simnet.runtime.host._wasm import decompressed, static_data

SECONDS = 300.0
"""Virtual time under load, after the barrier."""

SLOT = 6.0
WITHIN = 3600.0


def main() -> None:
    """Writes the file and prints what it holds."""
    bodies, start = recorded_blocks()
    recording = record(bodies, start)
    recording.save(FILE)
    print(f"{len(recording.blocks)} blocks from {start + 1} on, {FILE.stat().st_size:,} bytes in {FILE.name}")
    print(f"a pass comes to {Work().run()}, which is CHECKSUM in work.py from now on")


def recorded_blocks() -> tuple[list[bytes], int]:
    """The finalized relay chain without genesis, each block as ``Core_execute_block`` takes it, and the height of its
    best block at the barrier."""
    spec = network(4, 2)
    with tempfile.TemporaryDirectory(prefix="simnet-bench-") as name:
        folder = Path(name)
        journal = Journal(time.monotonic)
        journal.begin(folder / "journal.jsonl", run="bench", scenario="bench", provider="simulated", seed=1, steps=0)
        plan = Plan(topology=spec.topology(), links=tuple(spec.links), seed=1)
        running = SimulatedProvider().launch(plan, Launch(run="bench", run_dir=folder, journal=journal), WITHIN)
        try:
            reach_barrier(running, WITHIN)
            start = running.evidence.finalized[running.running(RELAY)[0]][-1].height
            for one, other in (("2000", "2001"), ("2001", "2000"), ("2000", RELAY), (RELAY, "2001")):
                running.send(one, other, count=40, every=SLOT)
            running.wait(SECONDS)
            return list(finalized(running)), start
        finally:
            running.close()


def finalized(running: Network) -> Iterator[bytes]:
    """Each finalized block of the relay chain from the first on, its seal taken off."""
    rpc = running.rpc(running.running(RELAY)[0])
    last = int(rpc.call("chain_getHeader", [rpc.call("chain_getFinalizedHead")])["number"], 16)
    for height in range(1, last + 1):
        block = rpc.call("chain_getBlock", [rpc.call("chain_getBlockHash", [height])])["block"]
        header = Header.from_json(block["header"])
        unsealed = replace(header, logs=header.logs[:-1])
        yield unsealed.encode() + vec(bytes.fromhex(extrinsic[2:]) for extrinsic in block["extrinsics"])


def record(blocks: list[bytes], start: int) -> Recording:
    """The recording of the blocks above ``start``; those below it lead to its first state."""
    host = Host()
    genesis = GenesisMaker(host).all(network(4, 2).topology())[RELAY]
    state = genesis.state
    for block in blocks[:start]:
        execution = state.execute()
        execution.call(genesis.runtime, "Core_execute_block", block)
        state = execution.finish()
    metadata = Metadata.parse(genesis.runtime.metadata())
    native = (Path(simnet.runtime.host.__file__).parent / "native.wasm").read_bytes()
    items = dict(state.items())
    codes = {key: code for key, value in items.items() if (code := bundled(value)) is not None}
    wasm = decompressed(items[CODE])
    imports = module(wasm).imports
    wanted = {
        item.name or "": signature_of(item.type)
        for item in imports
        if isinstance(item.type, FuncType) and item.name not in ALLOCATOR_FUNCTIONS
    }
    least = next(item.type.limits.min for item in imports if isinstance(item.type, MemoryType))
    around = Native(bytes(32))
    _, writable = static_data(wasm)
    recording = Recording(
        native=native,
        allocator=ALLOCATOR,
        glue=glue(wanted, around.areas),
        entry=entry(writable, heap_base(wasm), 1, around.slots),
        state=encode_list(part for item in items.items() if item[0] not in codes for part in item),
        blocks=tuple(blocks[start:]),
        codes=codes,
        memory=(least, ON_CHAIN.bound(least)),
        events=events_type(metadata),
        types={number: written(metadata.types, number) for number in metadata.types},
    )
    return replace(recording, types=met(recording))


def bundled(value: bytes) -> Code | None:
    """Which bundled runtime a value in storage is, if it is one."""
    for path in sorted(BUNDLED.glob("*.wasm")):
        content = path.read_bytes()
        if value.endswith(content):
            return Code(path.name, hashlib.sha256(content).hexdigest(), value.removesuffix(content))
    return None


def heap_base(wasm: bytes) -> int:
    """End of a runtime's static bytes, as its module says it."""
    store = Store(engine())
    compiled = module(wasm)
    linker = Linker(engine())
    linker.define_unknown_imports_as_traps(compiled)
    memory = next(item.type for item in compiled.imports if isinstance(item.type, MemoryType))
    linker.define(store, "env", "memory", Memory(store, memory))
    base = linker.instantiate(store, compiled).exports(store)["__heap_base"]
    assert isinstance(base, Global)
    return int(base.value(store))


def events_type(metadata: Metadata) -> int:
    """The number of the type of one event record."""
    definition = metadata.types[metadata.pallets["System"].storage["Events"].value]
    assert isinstance(definition, registry.Sequence)
    return definition.item


def met(recording: Recording) -> Types:
    """Those types, and of enums those variants, that the recorded events have."""
    decoders = Decoders(recording.types)
    decode = decoders.of(recording.events)
    for executed in Chain(recording).run():
        count, offset = read_compact(executed.events, 0)
        for _ in range(count):
            _, offset = decode(executed.events, offset)
    kept = {number: recording.types[number] for number in sorted(decoders.compiled)}
    for number, variants in decoders.variants.items():
        kept[number] = ["enum", {str(index): recording.types[number][1][str(index)] for index in sorted(variants)}]
    return kept


def written(types: registry.Types, number: int) -> list[Any]:
    """A type as :mod:`benchmarks.reference.decoding` reads it."""
    match types[number]:
        case registry.Primitive("bool"):
            return ["bool"]
        case registry.Primitive("str"):
            return ["text"]
        case registry.Primitive(name):
            return ["number", int(name[1:]) // 8, name[0] == "i"]
        case registry.Composite(fields=fields):
            return _fields(fields) or ["tuple", []]
        case registry.Enumeration(path=("Option",), variants=(_, some)):
            return ["option", some.fields[0].type_id]
        case registry.Enumeration(variants=variants):
            return ["enum", {str(one.index): [one.name, _fields(one.fields)] for one in variants}]
        case registry.TupleOf(items):
            return ["tuple", list(items)]
        case registry.Sequence(item):
            return ["bytes", None] if types[item] == registry.Primitive("u8") else ["list", item]
        case registry.Array(length, item):
            return ["bytes", length] if types[item] == registry.Primitive("u8") else ["array", length, item]
        case registry.CompactOf():
            return ["compact"]
        case registry.BitSequence(store, _):
            word = types[store]
            assert isinstance(word, registry.Primitive)
            return ["bits", int(word.name[1:]) // 8]


def _fields(fields: Sequence[registry.Field]) -> list[Any] | None:
    if not fields:
        return None
    if fields[0].name is not None:
        return ["struct", [[field.name, field.type_id] for field in fields]]
    if len(fields) == 1:
        return ["one", fields[0].type_id]
    return ["tuple", [field.type_id for field in fields]]


if __name__ == "__main__":
    main()
