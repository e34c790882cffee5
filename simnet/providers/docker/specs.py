"""The raw chain specs of a network, in a volume that all its nodes read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simnet.network.topology import Topology
from simnet.providers.docker.engine import Engine
from simnet.providers.docker.site import CONFIG_VOLUME

if TYPE_CHECKING:
    from simnet.runtime.genesis import Genesis


def make_geneses(topology: Topology) -> dict[str, Genesis]:
    """The genesis of every chain by id. Raises :class:`~simnet.errors.InputError` where one cannot be built."""
    from simnet.runtime.genesis import GenesisMaker  # noqa: PLC0415 - loads wasmtime
    from simnet.runtime.host import Host  # noqa: PLC0415 - the same

    return GenesisMaker(Host()).all(topology)


def slot_based(made: Mapping[str, Genesis]) -> set[str]:
    """The chains for whose runtimes only the slot-based collator can build.

    That asks for relay parents behind the best block and for what descends from them, of which the lookahead collator
    brings none (found on real Asset Hub collators: `InvalidNumberOfDescendants` at their first block).
    """
    return {chain for chain, one in made.items() if one.relay_parent_offset > 0}


def write_specs(engine: Engine, made: Mapping[str, Genesis], image: str) -> None:
    """Makes the volume, through an image of the network."""
    engine.fill_volume(image, CONFIG_VOLUME, "/cfg", {f"{chain}.json": one.raw_spec() for chain, one in made.items()})
