"""Driving a network from processes that did not launch it: faults overlap, heal and are read back as in one process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from simnet.errors import EngineError, InputError
from simnet.faults import CLEAR, Isolate, LinkState, Partition
from simnet.journal import Evidence, read_journal
from simnet.journal.records import FaultFailed, FaultHealed
from simnet.providers.docker.attach import attach
from simnet.providers.docker.engine import Engine, remove_run
from simnet.providers.docker.handover import NETWORK_FILE, lock_run, read_handover
from simnet.providers.docker.links import LinkControl
from simnet.providers.docker.sandbox_image import ensure_sandbox_image
from simnet.providers.docker.site import SANDBOX_SUFFIX, Site
from tests.docker.answering import ROOT, answering_plan, in_a_process
from tests.links_read_back import links_read_back

pytestmark = pytest.mark.docker

NODES = ("alice", "bob", "charlie")
CUT = LinkState(cut=True)


@dataclass(frozen=True)
class Standing:
    """A network whose launching process is gone, and how it is, seen without simnet's own memory of it."""

    engine: docker.DockerClient
    run: str
    folder: Path

    def simnet(self, *arguments: str, code: int = 0) -> str:
        """Runs a command in a process of its own; what it printed."""
        command = [sys.executable, "-c", "from simnet.cli import main; main()", *arguments]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def fault(self, *arguments: str, code: int = 0) -> str:
        return self.simnet("fault", self.run, *arguments, code=code)

    def state(self, node: str) -> str:
        return str(self.engine.containers.get(f"simnet-{self.run}-{node}").status)

    def cut(self) -> set[str]:
        """The links that are cut, asked of the agents."""
        handover = read_handover(self.folder)
        sandboxes = {
            node.name: self.engine.containers.get(f"simnet-{self.run}-{node.name}{SANDBOX_SUFFIX}")
            for node in handover.plan.topology.nodes
        }
        site = Site(
            engine=Engine(self.engine, self.run),
            sandboxes=sandboxes,
            tokens=handover.tokens,
            spec_ids=handover.spec_ids,
        )
        control = LinkControl(site.agents, site.addresses)
        return {f"{a}>{b}" for (a, b), link in links_read_back(control).items() if link != CLEAR}

    def evidence(self) -> Evidence:
        evidence = Evidence()
        for record in read_journal(self.folder):
            evidence.add(record)
        return evidence


@pytest.fixture(scope="module")
def standing(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    ensure_sandbox_image(engine)
    run = f"attaching-{os.getpid()}"
    folder = tmp_path_factory.mktemp(run)
    assert in_a_process(folder, run, keep=True, names=NODES) == 0
    yield Standing(engine, run, folder)
    remove_run(engine, run)


def test_what_is_handed_over_is_for_the_owner_alone_and_comes_back_the_same(standing: Standing) -> None:
    assert (standing.folder / NETWORK_FILE).stat().st_mode & 0o777 == 0o600
    assert read_handover(standing.folder).plan == answering_plan(standing.folder, NODES)


def test_a_pause_from_a_second_process_is_healed_from_a_third(standing: Standing) -> None:
    assert "asked paused, seen paused" in standing.fault("pause", "targets=bob", "--as", "frozen")
    assert standing.state("bob") == "paused"
    shown = standing.simnet("status", standing.run)
    assert "fault frozen: pause targets=bob" in shown
    standing.fault("--heal", "frozen")
    assert standing.state("bob") == "running"
    assert "fault frozen" not in standing.simnet("status", standing.run)


def test_a_kill_from_a_second_process_is_healed_from_a_third(standing: Standing) -> None:
    standing.fault("kill", "targets=charlie")
    assert standing.state("charlie") == "exited"
    assert "exited (137)" in standing.simnet("status", standing.run)
    standing.fault("--heal", "kill")
    assert standing.state("charlie") == "running"
    downs = standing.evidence().downs["charlie"]
    assert [(down.intended, down.end is not None) for down in downs] == [(True, True)]


def test_faults_of_several_processes_overlap_as_in_one(standing: Standing) -> None:
    standing.fault("partition", "groups=[alice, [bob, charlie]]", "--as", "cut")
    between = {"alice>bob", "bob>alice", "alice>charlie", "charlie>alice"}
    assert standing.cut() == between
    standing.fault("isolate", "targets=bob", "--as", "alone")
    assert standing.cut() == between | {"bob>charlie", "charlie>bob"}
    standing.fault("--heal", "cut")
    assert standing.cut() == {"alice>bob", "bob>alice", "bob>charlie", "charlie>bob"}
    standing.fault("--heal", "all")
    assert standing.cut() == set()
    windows = [window for window in standing.evidence().windows.values() if window.name in ("cut", "alone")]
    assert [window.holds for window in windows] == [True, True]


def test_the_journal_and_its_clock_go_on(standing: Standing) -> None:
    before = standing.evidence()
    with attach(standing.run) as network:
        assert network.now() > before.now
        network.inject(Partition(groups=(("alice",), ("bob",))), "again")
        network.heal_all()
    after = standing.evidence()
    times = [record.t for record in after.records]
    assert times == sorted(times)
    assert after.records[: len(before.records)] == before.records
    assert after.of(FaultHealed)[-1].data.name == "again"


def test_an_attached_process_that_is_killed_in_a_change_is_put_right_by_the_next(standing: Standing) -> None:
    network = attach(standing.run)
    network._link_control.apply({("alice", "bob"): CUT})
    network.close()
    standing.engine.containers.get(f"simnet-{standing.run}-bob").pause()
    with (standing.folder / "journal.jsonl").open("a") as journal:
        journal.write('{"seq": 1, "cut sho')
    assert standing.cut() == {"alice>bob"}
    attach(standing.run).close()
    assert standing.cut() == set()
    assert standing.state("bob") == "running"


def test_a_second_driver_is_turned_away(standing: Standing) -> None:
    with attach(standing.run), pytest.raises(EngineError, match=rf"driven by process {os.getpid()} now"):
        attach(standing.run)
    with lock_run(standing.folder):
        assert "is driven by process" in standing.fault("pause", "targets=bob", code=3)
    assert standing.state("bob") == "running"


def test_mistakes_are_told_and_change_nothing(standing: Standing) -> None:
    assert "did you mean 'bob'" in standing.fault("pause", "targets=bobb", code=2)
    assert "did you mean 'pause'" in standing.fault("pauze", "targets=bob", code=2)
    assert "no active fault is named 'cut'" in standing.fault("--heal", "cut", code=2)
    assert standing.evidence().of(FaultFailed) == []
    assert {standing.state(node) for node in NODES} == {"running"}
    with pytest.raises(InputError, match="did you mean"):
        attach(standing.run + "x")


def test_logs_of_a_node(standing: Standing) -> None:
    assert "answering" in standing.simnet("logs", standing.run, "alice", "--tail", "5")
    assert "did you mean 'alice'" in standing.simnet("logs", standing.run, "alicia", code=2)


def test_active_faults_are_known_to_who_attaches(standing: Standing) -> None:
    with attach(standing.run) as network:
        network.inject(Isolate(targets=("alice",)), "alone")
    with attach(standing.run) as network:
        assert [(one.name, one.fault) for one in network.injections if one.active] == [
            ("alone", Isolate(targets=("alice",)))
        ]
        with pytest.raises(InputError, match="is active"):
            network.inject(Isolate(targets=("bob",)), "alone")
        network.injection("alone").heal()
    assert standing.cut() == set()
