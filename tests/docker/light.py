"""Networks of light containers: the real launching code without node images."""

from __future__ import annotations

import json
import time
from pathlib import Path

from simnet.journal import Journal
from simnet.network.topology import Chain, Node, Topology
from simnet.providers.base import Launch, Plan
from simnet.runtime.bundled import runtime_code
from tests.runs import started

LIGHT_IMAGE = "debian:bookworm-slim"
_CODE = "0x" + runtime_code(Chain(id="light", runtime="westend")).hex()
SPEC = {"id": "light", "genesis": {"raw": {"top": {"0x3a636f6465": _CODE}, "childrenDefault": {}}}}
"""A chain that has a runtime and nothing else."""


def light_plan(folder: Path, commands: dict[str, tuple[str, ...]]) -> Plan:
    """A relay chain of nodes that run these commands instead of a node's."""
    spec = folder / "light-spec.json"
    spec.write_text(json.dumps(SPEC))
    nodes = tuple(
        Node(name=name, chain="relay", role="full", account=f"//{name}", image=LIGHT_IMAGE, command=command)
        for name, command in commands.items()
    )
    return Plan(topology=Topology(relay=Chain(id="relay", spec_file=str(spec)), nodes=nodes))


def light_launch(folder: Path, run: str) -> Launch:
    began = time.monotonic()
    journal = Journal(lambda: time.monotonic() - began, folder / "journal.jsonl")
    journal.append(started(run=run, scenario="light", provider="docker"))
    return Launch(run=run, run_dir=folder, journal=journal)
