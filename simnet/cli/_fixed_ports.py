"""Which port of this machine each node is to answer on, from what a command line says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simnet.errors import InputError
from simnet.network.topology import Topology, nearest
from simnet.providers.ports import reserved

_HIGHEST = 65535


def fixed_ports(topology: Topology, first: int | None, single: Sequence[str]) -> dict[str, int]:
    """By node: from ``first`` on in file order, and what ``single`` says as ``NODE=PORT`` of one instead.

    Raises :class:`InputError` for what is no node or no port, for one port of two nodes, and for one that is taken.
    """
    names = [node.name for node in topology.nodes]
    ports = {} if first is None else {name: first + at for at, name in enumerate(names)}
    for text in single:
        said = re.fullmatch(r"(?P<node>.+)=(?P<port>\d{1,6})", text)
        if said is None:
            raise InputError(f"--port {text!r} is not NODE=PORT; write for example {names[0]}=9944")
        if said["node"] not in names:
            raise InputError(f"--port {text}: the network has no node {said['node']!r}{nearest(said['node'], names)}")
        ports[said["node"]] = int(said["port"])
    owners: dict[int, str] = {}
    for name, port in ports.items():
        if not 0 < port <= _HIGHEST:
            raise InputError(f"{name} cannot have port {port}: ports go from 1 to {_HIGHEST}")
        if port in owners:
            raise InputError(f"{owners[port]} and {name} cannot both have port {port}")
        owners[port] = name
        reserved(port).close()
    return ports
