"""How fast events are decoded and metadata is parsed: simnet's compiled decoders beside scalecodec.

Run ``python benchmarks/decode_events.py`` from the project's root; it reads the recordings in ``tests/chain/data``.
Prints a line for each chain and decoder: events a second, microseconds a block, and milliseconds for the metadata; then
simnet's own beside the reference (``benchmarks/reference``), which is what compares with other hours and machines.
"""

from __future__ import annotations

import json
import lzma
import statistics
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
ROUNDS = 11


def seconds(run: Callable[[], object]) -> float:
    """The mean of a few runs: what disturbs one of them disturbs the reference as well."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.mean(times)


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
    label: str, parse: Callable[[bytes], Callable[[bytes], list[Any]]], raw: bytes, blocks: list[bytes]
) -> list[Figure]:
    """Prints one line for a decoder that ``parse`` makes from metadata, and gives what it measured."""
    decode = parse(raw)
    events = sum(len(decode(block)) for block in blocks)  # also compiles what these blocks need
    taken = seconds(lambda: [decode(block) for block in blocks])
    parsing = seconds(lambda: parse(raw))
    print(f"{label:<22} {events / taken:>10,.0f} {taken / len(blocks) * 1e6:>10,.0f} {parsing * 1e3:>10,.0f}")
    return [Figure(f"{label}, decoding", events / taken, "events/s"), Figure(f"{label}, metadata", parsing * 1e3, "ms")]


def main() -> None:
    """Measure both on each recorded chain."""
    recorded = json.loads(lzma.decompress((DATA / "blocks.json.xz").read_bytes()))
    print(f"{'':<22} {'events/s':>10} {'µs/block':>10} {'parse ms':>10}")
    with beside_reference() as figures:
        for chain, runtime in (("relay", "rococo"), ("para-2000", "penpal")):
            raw = lzma.decompress((DATA / f"{runtime}.metadata.xz").read_bytes())
            blocks = [bytes.fromhex(block["events"]) for block in recorded[chain]]
            ours = measure(
                f"{chain} simnet", lambda metadata: Metadata(parse_registry(metadata)).decode_events, raw, blocks
            )
            measure(f"{chain} scalecodec", with_scalecodec, raw, blocks)
            figures.extend(ours)


if __name__ == "__main__":
    main()
