"""How fast events are decoded and metadata is parsed: simnet's compiled decoders beside scalecodec.

Run ``python benchmarks/decode_events.py`` from the project's root; it reads the recordings in ``tests/chain/data``.
Prints a line for each chain and decoder, in CPU time: events a second, microseconds a block, and milliseconds for the
metadata. simnet's own are told once more beside the reference (``benchmarks/reference``), which is what compares with
other hours and machines.
"""

from __future__ import annotations

import json
import lzma
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

from benchmarks.beside import Figure, beside_reference
from simnet.chain._registry_reader import parse_registry
from simnet.chain.metadata import Metadata

DATA = Path(__file__).parent.parent / "tests/chain/data"
ROUNDS = 500
SCALECODEC_ROUNDS = 2
"""It takes a thousand times as long."""


def seconds(run: Callable[[], object], rounds: int) -> float:
    """The mean CPU time of a run: what slows some of them down slows the reference down as well."""
    start = time.process_time()
    for _ in range(rounds):
        run()
    return (time.process_time() - start) / rounds


def with_scalecodec(raw: bytes) -> Callable[[bytes], list[Any]]:
    """scalecodec's decoder of ``System.Events`` for a runtime."""
    codec = RuntimeConfigurationObject(implements_scale_info=True)
    codec.update_type_registry(load_type_registry_preset("core"))
    metadata = codec.create_scale_object("MetadataVersioned", ScaleBytes(raw))
    metadata.decode()
    codec.add_portable_registry(metadata)
    events = metadata.get_metadata_pallet("System").get_storage_function("Events").get_value_type_string()

    def decode(data: bytes) -> list[Any]:
        found = codec.create_scale_object(events, ScaleBytes(data))
        found.decode()
        return list(found.value)

    return decode


def measure(
    label: str, parse: Callable[[bytes], Callable[[bytes], list[Any]]], raw: bytes, blocks: list[bytes], rounds: int
) -> list[Figure]:
    """Prints one line for a decoder that ``parse`` makes from metadata, and gives what it measured."""
    decode = parse(raw)
    events = sum(len(decode(block)) for block in blocks)  # also compiles what these blocks need
    taken = seconds(lambda: [decode(block) for block in blocks], rounds)
    parsing = seconds(lambda: parse(raw), rounds)
    print(f"{label:<22} {events / taken:>10,.0f} {taken / len(blocks) * 1e6:>10,.0f} {parsing * 1e3:>10,.0f}")
    return [
        Figure(f"{label}, decoding", events / taken, "events/CPU-s"),
        Figure(f"{label}, metadata", parsing * 1e3, "CPU ms"),
    ]


def ours(raw: bytes) -> Callable[[bytes], list[Any]]:
    """simnet's decoder of ``System.Events`` for a runtime."""
    return Metadata(parse_registry(raw)).decode_events


def main() -> None:
    """Measures both on each recorded chain, the reference around simnet's own."""
    recorded = json.loads(lzma.decompress((DATA / "blocks.json.xz").read_bytes()))
    chains = [
        (
            chain,
            lzma.decompress((DATA / f"{runtime}.metadata.xz").read_bytes()),
            [bytes.fromhex(block["events"]) for block in recorded[chain]],
        )
        for chain, runtime in (("relay", "rococo"), ("para-2000", "penpal"))
    ]
    print(f"{'':<22} {'events/s':>10} {'µs/block':>10} {'parse ms':>10}")
    with beside_reference() as figures:
        for chain, raw, blocks in chains:
            figures.extend(measure(f"{chain} simnet", ours, raw, blocks, ROUNDS))
    for chain, raw, blocks in chains:
        measure(f"{chain} scalecodec", with_scalecodec, raw, blocks, SCALECODEC_ROUNDS)


if __name__ == "__main__":
    main()
