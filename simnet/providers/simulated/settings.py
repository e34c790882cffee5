"""Settings of nodes' processes, which simulated nodes have none of: images, environment, limits of memory and pids.

Where nodes of one chain differ in them, the difference is what a scenario is about, and it would go unseen: that is
refused. What they share makes no node another than the rest; it is left aside, and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simnet.network.topology import COLLATOR_IMAGE, RELAY, RELAY_IMAGE, Node, Topology
from simnet.providers.base import Unsupported

_NOTHING = "none"
_WAY_OUT = "simulated nodes have none, so the difference would go unseen; give all the same, or run this on docker"


def refused_settings(topology: Topology) -> list[Unsupported]:
    """Settings in which nodes of one chain differ."""
    out = []
    for what, groups in _settings(topology):
        if len(groups) > 1:
            told = "; ".join(f"{setting}: {', '.join(names)}" for setting, names in groups.items())
            out.append(Unsupported(f"{what} ({told})", _WAY_OUT))
    return out


def shared_settings(topology: Topology) -> list[str]:
    """Settings that all nodes of a chain share, a line each, but for images that nobody named."""
    return [
        f"simulated nodes run without {what}: {setting}"
        for what, groups in _settings(topology)
        for setting in groups
        if len(groups) == 1 and setting not in (_NOTHING, RELAY_IMAGE, COLLATOR_IMAGE)
    ]


def _settings(topology: Topology) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Every kind of setting of each chain, and which nodes have which."""
    for chain in (topology.relay, *topology.parachains):
        nodes = topology.on_chain(chain.id)
        name = "the relay chain" if chain.id == RELAY else f"parachain {chain.id}"
        for noun, read in _READ:
            groups: dict[str, list[str]] = {}
            for node in nodes:
                groups.setdefault(read(node), []).append(node.name)
            yield f"the {noun} of {name}'s nodes", groups


def _image(node: Node) -> str:
    return node.image


def _environment(node: Node) -> str:
    return " ".join(f"{key}={value}" for key, value in node.env) or _NOTHING


def _memory(node: Node) -> str:
    return _NOTHING if node.memory is None else f"{node.memory / 2**20:g} MiB"


def _pids(node: Node) -> str:
    return _NOTHING if node.pids is None else f"{node.pids} processes"


_READ: tuple[tuple[str, Callable[[Node], str]], ...] = (
    ("image", _image),
    ("environment", _environment),
    ("memory limit", _memory),
    ("process limit", _pids),
)
