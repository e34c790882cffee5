"""A provider that goes through a scenario in no time and writes what people would do at real machines: a drill."""

from __future__ import annotations

from collections.abc import Sequence

from simnet.faults import Cycle, Effective, Process, differences
from simnet.providers.base import Launch, Plan, Unsupported
from simnet.providers.injection import Reading
from simnet.providers.readings import describe
from simnet.testing import ToyNetwork, ToyProvider

RUNBOOK = "runbook.txt"
"""In the run folder: a line each, its time in seconds first."""

_COMMANDS: dict[Process, str] = {
    "running": "systemctl start",
    "paused": "systemctl freeze",
    "stopped": "systemctl stop",
    "killed": "systemctl kill -s SIGKILL",
}


class RunbookNetwork(ToyNetwork):
    """A toy whose reconciling writes the runbook."""

    def reconcile(self, before: Effective, after: Effective) -> None:
        super().reconcile(before, after)
        changed = differences(before, after)
        for name, process in changed.nodes.items():
            if name not in self.absent:
                self._write(f"{name}: {_COMMANDS[process]} polkadot")
        for (source, target), state in changed.links.items():
            self._write(f"{source}: traffic to {target} is {describe(state)}")

    def cycle(self, nodes: Sequence[str], cycle: Cycle, reason: str) -> None:
        for node in nodes:
            end = _COMMANDS["killed" if cycle.kill else "stopped"]
            self._write(f"{node}: {end} polkadot, database {cycle.database}")
        super().cycle(nodes, cycle, reason)
        for node in nodes:
            self._write(f"{node}: {_COMMANDS['running']} polkadot")

    def measure(self, concerned: Effective, since: float, until: float) -> list[Reading]:
        readings = super().measure(concerned, since, until)
        for one in readings:
            self._write(f"look at {one.what}")
        return readings

    def _write(self, line: str) -> None:
        with (self.run_dir / RUNBOOK).open("a", encoding="utf-8") as file:
            file.write(f"{self.now():8.1f}  {line}\n")


class RunbookProvider(ToyProvider):
    """Runs nothing. Its network is a toy, so that a verdict says nothing of Polkadot: what counts is the runbook."""

    name = "runbook"

    def plan(self, plan: Plan) -> list[Unsupported]:
        """Nobody tells a real node to be byzantine."""
        dishonest = dict.fromkeys(fault.kind for fault in plan.faults if fault.misdeeds())
        return [Unsupported(f"the fault {kind}", "people drill with honest nodes") for kind in dishonest]

    def launch(self, plan: Plan, launch: Launch, deadline: float) -> RunbookNetwork:
        """A network whose nodes are all ready at once, and an empty runbook."""
        return RunbookNetwork(plan, launch)
