"""What a process leaves in the run folder so that another can drive the network on: ``network.json`` and a lock.

Only what never changes stands in ``network.json``; what changes (active faults, incarnations, flags in force) is in the
journal, so that the two cannot contradict each other.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pydantic import TypeAdapter

from simnet.errors import EngineError, InputError
from simnet.faults import fault_from
from simnet.network.topology import Topology
from simnet.paths import write_whole
from simnet.providers.base import Plan
from simnet.regular_files import NOTES, only_regular, read_regular

NETWORK_FILE = "network.json"
LOCK_FILE = "lock"
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Handover:
    """What it takes to drive a launched network. ``started`` is wall time in seconds since 1970."""

    run: str
    started: float
    keep: bool
    plan: Plan
    tokens: Mapping[str, str]
    """The secret of each node's link agent."""
    spec_ids: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Stores it, readable by the owner alone since it has the agents' secrets."""
        plan = self.plan
        data = {
            "format": FORMAT,
            "run": self.run,
            "started": self.started,
            "keep": self.keep,
            "seed": plan.seed,
            "topology": plan.topology.as_data(),
            "links": [fault.as_data() for fault in plan.links],
            "log_patterns": plan.log_patterns,
            "metrics": plan.metrics,
            "tokens": dict(self.tokens),
            "spec_ids": dict(self.spec_ids),
        }
        write_whole(folder / NETWORK_FILE, json.dumps(data, indent=1).encode(), mode=0o600)


def read_handover(folder: Path) -> Handover:
    """Reads it back; raises :class:`InputError` when the folder has none that this simnet can read."""
    path = folder / NETWORK_FILE
    try:
        data = json.loads(read_regular(path, NOTES))
        if data["format"] != FORMAT:
            raise InputError(f"{path} has format {data['format']}; this simnet reads format {FORMAT}")
        return Handover(
            run=data["run"],
            started=data["started"],
            keep=data["keep"],
            plan=Plan(
                topology=TypeAdapter(Topology).validate_python(data["topology"], by_name=True),
                links=tuple(fault_from(item) for item in data["links"]),
                seed=data["seed"],
                log_patterns=tuple(data["log_patterns"]),
                metrics=tuple(data["metrics"]),
            ),
            tokens=data["tokens"],
            spec_ids=data["spec_ids"],
        )
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a run that this user launched") from error
    except InputError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not what simnet wrote at launch ({error!r})") from error


def lock_run(folder: Path) -> TextIO:
    """Takes the lock that the one process holds which drives a run's network, until the file is closed: at the latest
    by the end of the process. Raises :class:`EngineError` that names the process that has it."""
    file = open(folder / LOCK_FILE, "a+", encoding="utf-8", opener=only_regular)  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise EngineError(
            f"the network of {folder.name} is driven by {holder} now; wait for its end and try again"
        ) from None
    file.truncate(0)
    file.write(f"process {os.getpid()}")
    file.flush()
    return file
