"""What this machine can and cannot do with Docker: engine, kernel, memory, cores, then fault by fault."""

from __future__ import annotations

import os

from simnet.errors import EngineError
from simnet.faults import KINDS
from simnet.providers.base import Capability
from simnet.providers.docker.engine import connect


def capabilities() -> list[Capability]:
    """Found by asking the engine; starts nothing."""
    try:
        client = connect()
    except EngineError as error:
        return [Capability("engine", False, str(error))]
    info = client.info()
    out = [
        Capability(
            "engine", True, f"Docker {info['ServerVersion']}, {info['Architecture']}, {info['OperatingSystem']}"
        ),
        Capability("cores", (os.cpu_count() or 1) >= 2, f"{info['NCPU']} cores; six nodes want two or more"),
        Capability(
            "memory", info["MemTotal"] > 4 * 2**30, f"{info['MemTotal'] / 2**30:.1f} GiB; a node takes about 0.3 GiB"
        ),
    ]
    return out + [Capability(kind, True, "by signal or by packet filter in the node's own sandbox") for kind in KINDS]
