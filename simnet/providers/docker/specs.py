"""The raw chain specs of a network, in a volume that all its nodes read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simnet.network.topology import Topology
from simnet.providers.docker.engine import Engine, archive
from simnet.providers.docker.site import CONFIG_VOLUME


@dataclass(frozen=True)
class Spec:
    """A raw chain spec as nodes take it, the chain id inside it, and what of its genesis was adjusted.

    ``slot_based`` says that only the slot-based collator can build for its runtime: that asks for relay parents behind
    the best block and for what descends from them, of which the lookahead collator brings none (found on real Asset
    Hub collators: `InvalidNumberOfDescendants` at their first block).
    """

    id: str
    raw: bytes
    adjusted: tuple[str, ...] = ()
    slot_based: bool = False


def make_specs(topology: Topology) -> dict[str, Spec]:
    """The spec of every chain by id. Raises :class:`~simnet.errors.InputError` where a genesis cannot be built."""
    from simnet.runtime.genesis import GenesisMaker  # noqa: PLC0415 - loads wasmtime
    from simnet.runtime.host import Host  # noqa: PLC0415 - the same

    made = GenesisMaker(Host()).all(topology)
    return {
        chain: Spec(one.id, one.raw_spec(), one.adjusted, slot_based=one.relay_parent_offset > 0)
        for chain, one in made.items()
    }


def write_specs(engine: Engine, specs: Mapping[str, Spec], image: str) -> None:
    """Makes the volume. The container that it is written through comes from an image of the network and never runs."""
    volume = engine.volume(CONFIG_VOLUME)
    writer = engine.container(image, "config", role="tool", volumes={volume: {"bind": "/cfg", "mode": "rw"}})
    try:
        writer.put_archive("/", archive({f"cfg/{chain}.json": spec.raw for chain, spec in specs.items()}))
    finally:
        writer.remove(force=True)
